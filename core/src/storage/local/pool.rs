//! A pool of connections to one SQLite database, for the threads of one process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, Weak};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::file_locks::{self, FileLocks, WriteLocks};
use super::forks::{Busy, FORKS, forked};
use super::log_files::{FolderLock, LogFiles, with_suffix};
use super::schema;
use super::session::{Session, run};
use super::transaction_error::TransactionError;
use super::writer::Writer;
use crate::storage::StorageError;

/// The largest number of idle readers that are kept.
const READERS: usize = 8;

/// One writer and a few readers. Pools of one database in one process share them.
#[derive(Debug)]
pub(super) struct Pool {
    connections: Arc<Connections>,
    /// Whether it has used the connections, and is one of their users.
    used: AtomicBool,
}

/// The connections of this process to one database. A connection is closed after an error.
#[derive(Debug)]
struct Connections {
    path: PathBuf,
    /// The id of the process that owns the connections; 0 before the first use.
    owner: AtomicU32,
    /// The number of pools that have used them. After the last of these no connection is open, so that the
    /// process may fork and its children use the other pools.
    users: AtomicUsize,
    /// Held for reading while a connection is in use, and for writing while all are closed.
    gate: RwLock<()>,
    writer: Writer,
    readers: Mutex<Vec<Session>>,
    open: Mutex<Open>,
}

/// What the connections have open.
#[derive(Debug, Default)]
struct Open {
    /// The files that they read and write. `None` before the first is open.
    files: Option<LogFiles>,
    locks: Option<Arc<FileLocks>>,
    folder: Option<FolderLock>,
}

/// The use of connections, while none is closed because of its files, and no fork is safe.
struct InUse<'a> {
    _gate: RwLockReadGuard<'a, ()>,
    _busy: Busy<'static>,
}

/// The databases of this process. SQLite shares its state of a file among all its connections in a
/// process, so they must be closed together.
static ALL: Mutex<Vec<Weak<Connections>>> = Mutex::new(Vec::new());

/// Those that no pool uses and that are open.
static KEPT: Mutex<Vec<Arc<Connections>>> = Mutex::new(Vec::new());

impl Pool {
    /// Opens the database at `path`, creates it if it does not exist, and closes it again, so that the
    /// process may still fork.
    pub(super) fn open(path: PathBuf) -> Result<Self, StorageError> {
        let connections = Connections::of(path)?;
        connections.create().map_err(|failure| {
            failure.while_trying_to(&format!("be opened at {}", connections.path.display()))
        })?;
        Ok(Self { connections, used: AtomicBool::new(false) })
    }

    /// Makes a change in a write transaction, and returns when it is committed. `work` runs again if the transaction
    /// could not be committed.
    pub(super) fn write<T>(
        &self,
        doing: &str,
        work: impl Fn(&Connection) -> Result<T, TransactionError>,
    ) -> Result<T, StorageError> {
        let connections = &*self.connections;
        let _in_use = self.in_use()?;
        connections
            .writer
            .write(|| connections.connect(), || connections.check_files(), work)
            .map_err(|failure| failure.while_trying_to(doing))
    }

    /// Runs `work` on a snapshot of the database.
    pub(super) fn read<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Connection) -> Result<T, TransactionError>,
    ) -> Result<T, StorageError> {
        let _in_use = self.in_use()?;
        self.connections.read(work).map_err(|failure| failure.while_trying_to(doing))
    }

    fn in_use(&self) -> Result<InUse<'_>, StorageError> {
        let connections = &*self.connections;
        connections.check_owner()?;
        let in_use = connections.in_use()?;
        // Once more, as the last user may have gone before.
        connections.check_owner()?;
        if !self.used.swap(true, Ordering::Relaxed) {
            connections.users.fetch_add(1, Ordering::Relaxed);
        }
        Ok(in_use)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let connections = &self.connections;
        // A child must not close its parent's connections.
        if !*self.used.get_mut() || connections.check_owner().is_err() {
            return;
        }
        let Ok(_busy) = FORKS.enter() else { return };
        let _closing = connections.gate.write().unwrap_or_else(PoisonError::into_inner);
        if connections.users.fetch_sub(1, Ordering::Relaxed) == 1 {
            if lock(&connections.open).have_other_copies() {
                connections.keep();
                return;
            }
            connections.close();
            lock(&KEPT).retain(|kept| !Arc::ptr_eq(kept, connections));
            connections.owner.store(0, Ordering::Relaxed);
        }
    }
}

impl Connections {
    /// Those of this process to the database at `path`.
    fn of(path: PathBuf) -> Result<Arc<Self>, StorageError> {
        let _busy = FORKS.enter()?;
        let mut all = lock(&ALL);
        all.retain(|other| other.strong_count() > 0);
        let known = all.iter().filter_map(Weak::upgrade).find(|other| other.path == path);
        Ok(known.unwrap_or_else(|| {
            let new = Arc::new(Self {
                path,
                owner: AtomicU32::new(0),
                users: AtomicUsize::new(0),
                gate: RwLock::default(),
                writer: Writer::default(),
                readers: Mutex::default(),
                open: Mutex::default(),
            });
            all.push(Arc::downgrade(&new));
            new
        }))
    }

    /// Creates or migrates the tables.
    fn create(self: &Arc<Self>) -> Result<(), TransactionError> {
        let _in_use = self.in_use()?;
        let mut open = lock(&self.open);
        let is_first = open.files.is_none();
        let session = match open.connect(&self.path, OpenFlags::SQLITE_OPEN_CREATE) {
            Ok(session) => session,
            Err(failure) => {
                if is_first {
                    *open = Open::default();
                }
                return Err(failure);
            }
        };
        let created =
            schema::is_current(&session.connection).map_err(TransactionError::from).and_then(
                |is_current| if is_current { Ok(()) } else { Self::prepare(&session, is_first) },
            );
        if !is_first {
            return created;
        }
        if open.have_other_copies() {
            lock(&self.readers).push(session);
            self.keep();
            return created;
        }
        let closed = std::mem::take(&mut *open).close(session);
        created.and(closed)
    }

    /// Only the first connection waits for locks: those of a process do not exclude each other.
    fn prepare(session: &Session, is_first: bool) -> Result<(), TransactionError> {
        let locks = if is_first { session.lock()? } else { None };
        let prepared =
            session.begin(locks.as_ref()).and_then(|()| schema::prepare(&session.connection));
        if prepared.is_err() {
            // Before the locks are released. After some errors there is nothing to roll back.
            let _ = run(&session.connection, "ROLLBACK");
        }
        prepared
    }

    /// Keeps the connections open although no pool uses them: to close them would release the locks of another copy of
    /// SQLite, and remove its log. The next pool of the database uses them.
    fn keep(self: &Arc<Self>) {
        // No child may use them.
        let _ = self.check_owner();
        let mut kept = lock(&KEPT);
        if !kept.iter().any(|other| Arc::ptr_eq(other, self)) {
            kept.push(Arc::clone(self));
        }
    }

    /// Waits while all connections are closed. Closes them first if another SQLite has removed the log:
    /// new ones open the log that is in the folder.
    fn in_use(&self) -> Result<InUse<'_>, StorageError> {
        let busy = FORKS.enter()?;
        loop {
            let gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
            if self.check_files().is_ok() {
                return Ok(InUse { _gate: gate, _busy: busy });
            }
            drop(gate);
            let _closing = self.gate.write().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = self.check_files() {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database is reopened"
                );
                let mut readers = std::mem::take(&mut *lock(&self.readers));
                let last = self.writer.take().or_else(|| readers.pop());
                drop(readers);
                lock(&self.open).close_removed(&self.path, last);
            }
        }
    }

    /// Whether the files that the connections have open are still those in the folder.
    fn check_files(&self) -> Result<(), StorageError> {
        let files = lock(&self.open).files;
        match files {
            Some(files) if files != LogFiles::of(&self.path) => Err(replaced(&self.path)),
            _ => Ok(()),
        }
    }

    fn connect(&self) -> Result<Session, TransactionError> {
        lock(&self.open).connect(&self.path, OpenFlags::empty())
    }

    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        let idle = lock(&self.readers).pop();
        let mut session = idle.map_or_else(|| self.connect(), Ok)?;
        let transaction =
            session.connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        let mut readers = lock(&self.readers);
        if readers.len() < READERS {
            readers.push(session);
        }
        Ok(value)
    }

    /// Closes all connections, while none is in use.
    fn close(&self) {
        let mut readers = std::mem::take(&mut *lock(&self.readers));
        let last = self.writer.take().or_else(|| readers.pop());
        drop(readers);
        let is_intact = self.check_files().is_ok();
        let open = std::mem::take(&mut *lock(&self.open));
        if let Some(last) = last
            && is_intact
        {
            let _ = open.close(last);
        }
    }

    /// Fails in a child of the owner. Called before any lock is taken: in a child, a lock that another
    /// thread held at the fork is never released.
    fn check_owner(&self) -> Result<(), StorageError> {
        let here = process::id();
        match self.owner.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed) {
            Err(owner) if owner != here => Err(forked(here, Some(owner))),
            _ => Ok(()),
        }
    }
}

impl Open {
    fn connect(&mut self, path: &Path, create: OpenFlags) -> Result<Session, TransactionError> {
        // Before a new connection makes the files that were removed.
        if self.files.is_some_and(|files| files != LogFiles::of(path)) {
            return Err(replaced(path).into());
        }
        if self.files.is_none() {
            file_locks::wait_before_opening(path)?;
        }
        if self.folder.is_none() {
            self.folder = FolderLock::share(path);
        }
        let locks = match &self.locks {
            Some(locks) => Some(Arc::clone(locks)),
            None if self.files.is_none() => {
                // Creates the files that are locked, and sets the journal mode, for which no SQLite may
                // have locked them.
                let first = Session::open(path, create, None)?;
                let locks = FileLocks::share(path).map_err(|error| {
                    StorageError::new("the database could not be locked").with_source(error)
                })?;
                drop(first);
                locks.map(Arc::new)
            }
            None => None,
        };
        self.locks.clone_from(&locks);
        let session = Session::open(path, OpenFlags::empty(), locks)?;
        let files = LogFiles::of(path);
        if *self.files.get_or_insert(files) == files {
            Ok(session)
        } else {
            Err(replaced(path).into())
        }
    }

    /// Whether another copy of SQLite in this process has the database open.
    fn have_other_copies(&self) -> bool {
        self.locks.as_ref().is_some_and(|locks| locks.have_other_copies())
    }

    /// Closes the last connection to files of which some were removed or replaced.
    fn close_removed(&mut self, path: &Path, last: Option<Session>) {
        let (Some(locks), Some(files), Some(last)) = (self.locks.take(), self.files.take(), last)
        else {
            return;
        };
        // Only with these locks is it certain that no SQLite has removed the log, which writes it to the database
        // before, and may have changed that since. One process after another looks.
        let turn = WriteLocks::wait(locks);
        if turn.is_ok() && files.lost_their_log(&LogFiles::of(path)) {
            last.rescue_log();
            // That of the removed log, which another process still has open.
            let _ = fs::remove_file(with_suffix(path, "-shm"));
        }
    }

    /// Closes the last connection of this process. That of all processes writes the log to the database and
    /// removes it.
    fn close(self, last: Session) -> Result<(), TransactionError> {
        if self.folder.as_ref().is_none_or(FolderLock::is_the_last) {
            if let Some(locks) = &self.locks {
                locks.release();
            }
            last.close_and_remove_log()?;
        }
        Ok(())
    }
}

fn replaced(path: &Path) -> StorageError {
    StorageError::new(format!(
        "the write-ahead log of {} was removed or replaced while it was in use: another SQLite library \
         opened the database in this process, or the file was copied in this process. Do that in another \
         process; to copy a store, use its backup",
        path.display()
    ))
}

impl Drop for Connections {
    fn drop(&mut self) {
        // A child of their owner; elsewhere the last user has closed them.
        if self.check_owner().is_err() {
            std::mem::forget(std::mem::take(&mut self.writer));
            std::mem::forget(std::mem::take(&mut self.readers));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> PathBuf {
        std::env::temp_dir().join(format!("userimage-pool-{}.sqlite3", uuid::Uuid::new_v4()))
    }

    fn remove(path: &Path) {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = path.as_os_str().to_owned();
            file.push(suffix);
            let _ = std::fs::remove_file(file);
        }
    }

    #[test]
    fn a_child_may_use_a_pool_that_was_opened_but_not_one_that_was_used() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        assert!(
            pool.connections.writer.take().is_none() && lock(&pool.connections.readers).is_empty()
        );
        pool.write("test", |_| Ok(())).unwrap();
        // The state in a child after a fork.
        pool.connections.owner.store(process::id() + 1, Ordering::Relaxed);
        let error = pool.read("test", |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("forked"), "{error}");
        pool.write("test", |_| Ok(())).unwrap_err();
        pool.connections.owner.store(process::id(), Ordering::Relaxed);
        pool.read("test", |_| Ok(())).unwrap();
        drop(pool);
        remove(&path);
    }

    #[test]
    fn after_the_last_user_nothing_is_open_and_another_process_may_be_the_owner() {
        let path = path();
        let (first, second) =
            (Pool::open(path.clone()).unwrap(), Pool::open(path.clone()).unwrap());
        first.write("test", |_| Ok(())).unwrap();
        first.read("test", |_| Ok(())).unwrap();
        let connections = Arc::clone(&second.connections);
        assert_eq!(connections.owner.load(Ordering::Relaxed), process::id());
        drop(first);
        assert_eq!(connections.owner.load(Ordering::Relaxed), 0);
        assert!(connections.writer.take().is_none() && lock(&connections.readers).is_empty());
        second.write("test", |_| Ok(())).unwrap();
        drop(second);
        assert_eq!(connections.owner.load(Ordering::Relaxed), 0);
        drop(connections);
        remove(&path);
    }

    #[test]
    fn every_connection_uses_wal_and_full_sync() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        for _ in 0..2 {
            let (mode, level): (String, i64) = pool
                .write("test", |tx| {
                    let mode = tx.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
                    let level = tx.pragma_query_value(None, "synchronous", |row| row.get(0))?;
                    Ok((mode, level))
                })
                .unwrap();
            assert_eq!((mode.as_str(), level), ("wal", 2));
        }
        drop(pool);
        remove(&path);
    }

    #[test]
    fn a_transaction_that_fails_or_panics_is_rolled_back() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        let insert = |tx: &Connection| {
            tx.execute("INSERT INTO pending VALUES (NULL, 'a', 1, 'b', 'c', '', 'storing', 0)", ())
                .map_err(TransactionError::from)
        };
        let failed = pool.write("test", |tx| {
            insert(tx)?;
            Err::<(), _>(TransactionError::Storage(StorageError::new("no")))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no");
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.write("test", |tx| -> Result<(), TransactionError> {
                let _ = insert(tx);
                panic!("a bug")
            })
        }));
        assert!(panicked.is_err());
        let rows: i64 = pool
            .read("test", |tx| {
                Ok(tx.query_row("SELECT count(*) FROM pending", (), |row| row.get(0))?)
            })
            .unwrap();
        assert_eq!(rows, 0);
        pool.write("test", insert).unwrap();
        drop(pool);
        remove(&path);
    }

    /// SQLite keeps those of closed connections, which shows here if it changes.
    #[test]
    #[cfg(target_os = "linux")]
    fn the_descriptors_of_a_database_are_counted() {
        use std::os::unix::fs::MetadataExt;

        let path = path();
        let session = || {
            Session::open(&path, OpenFlags::SQLITE_OPEN_CREATE, None).unwrap_or_else(|_| panic!())
        };
        let open = || {
            let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
            links.filter(|link| fs::read_link(link.path()).is_ok_and(|file| file == path)).count()
        };
        let counted = || {
            let file = fs::metadata(&path).unwrap();
            FORKS.descriptors(&FORKS.enter().unwrap(), (file.dev(), file.ino()))
        };
        let mut sessions = vec![session(), session(), session()];
        assert_eq!((open(), counted()), (3, 3));
        sessions.truncate(1);
        assert_eq!((open(), counted()), (3, 3));
        sessions.push(session());
        assert_eq!((open(), counted()), (3, 3));
        sessions.extend([session(), session()]);
        assert_eq!((open(), counted()), (4, 4));
        sessions.clear();
        assert_eq!((open(), counted()), (0, 0));
        remove(&path);
    }

    /// Another copy of SQLite comes while a change is made.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_change_is_made_again_if_another_copy_has_come() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        pool.write("test", |_| Ok(())).unwrap();
        let runs = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let change = |tx: &Connection| {
                if runs.fetch_add(1, Ordering::Relaxed) == 0 {
                    let index = with_suffix(&path, "-shm");
                    let other = fs::File::options().read(true).write(true).open(index).unwrap();
                    scope.spawn(move || {
                        std::thread::sleep(std::time::Duration::from_millis(100));
                        drop(other);
                    });
                }
                tx.execute(
                    "INSERT INTO pending VALUES (NULL, 'a', 1, 'b', 'c', '', 'storing', 0)",
                    (),
                )
                .map_err(TransactionError::from)
            };
            pool.write("test", change).unwrap();
        });
        assert_eq!(runs.into_inner(), 2);
        let rows: i64 = pool
            .read("test", |tx| {
                Ok(tx.query_row("SELECT count(*) FROM pending", (), |row| row.get(0))?)
            })
            .unwrap();
        assert_eq!(rows, 1);
        drop(pool);
        remove(&path);
    }
}

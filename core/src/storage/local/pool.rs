//! Connections to one SQLite database, for many threads of one process.

use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::schema;
use super::transaction_error::TransactionError;
use crate::storage::StorageError;

/// How long to wait for other processes.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many idle readers are kept.
const READERS: usize = 8;

/// One writer, for which threads queue up instead of polling SQLite's lock, and a few readers.
/// A connection that has seen an error is not used again.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    /// The process that the connections belong to; 0 while there has been none.
    owner: AtomicU32,
    writer: Mutex<Option<Session>>,
    readers: Mutex<Vec<Session>>,
}

/// An open connection. It is closed before it counts as closed.
#[derive(Debug)]
struct Session {
    connection: Connection,
    _counted: Counted,
}

impl Pool {
    /// Opens the database at `path` and makes it if need be. Nothing stays open: a process that
    /// forks its workers now does them no harm.
    pub(super) fn open(path: PathBuf) -> Result<Self, StorageError> {
        let create = || {
            let mut session = connect(&path, OpenFlags::SQLITE_OPEN_CREATE)?;
            schema::prepare(&mut session.connection)?;
            session.connection.close().map_err(|(_, error)| error)?;
            Ok(())
        };
        create().map_err(|failure: TransactionError| {
            failure.while_trying_to(&format!("be opened at {}", path.display()))
        })?;
        Ok(Self {
            path,
            owner: AtomicU32::new(0),
            writer: Mutex::default(),
            readers: Mutex::default(),
        })
    }

    /// Runs `work` in a transaction that nobody else writes beside, and commits it.
    pub(super) fn write<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, TransactionError>,
    ) -> Result<T, StorageError> {
        self.check_owner()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = writer.take();
        let (result, used) = self.run(idle, TransactionBehavior::Immediate, work);
        *writer = used;
        result.map_err(|failure| failure.while_trying_to(doing))
    }

    /// Runs `work` on one state of the database.
    pub(super) fn read<T>(
        &self,
        doing: &str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, TransactionError>,
    ) -> Result<T, StorageError> {
        self.check_owner()?;
        let readers = || self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = readers().pop();
        let (result, used) = self.run(idle, TransactionBehavior::Deferred, work);
        let mut readers = readers();
        if readers.len() < READERS {
            readers.extend(used);
        }
        result.map_err(|failure| failure.while_trying_to(doing))
    }

    /// Answers the connection as well if all went right. Else it is closed, which rolls back.
    fn run<T>(
        &self,
        idle: Option<Session>,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, TransactionError>,
    ) -> (Result<T, TransactionError>, Option<Session>) {
        let run = || {
            let mut session = match idle {
                Some(session) => session,
                None => connect(&self.path, OpenFlags::empty())?,
            };
            let transaction = session.connection.transaction_with_behavior(behavior)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok((value, session))
        };
        match run() {
            Ok((value, session)) => (Ok(value), Some(session)),
            Err(failure) => (Err(failure), None),
        }
    }

    /// Before any lock is taken: in a child, a lock that another thread held at the fork stays
    /// locked.
    fn check_owner(&self) -> Result<(), StorageError> {
        let here = process::id();
        match self.owner.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed) {
            Err(owner) if owner != here => Err(forked(here, owner)),
            _ => Ok(()),
        }
    }
}

fn forked(here: u32, owner: u32) -> StorageError {
    StorageError::new(format!(
        "process {here} cannot use a storage that process {owner} had used before it forked: \
         fork first, or open the storage in a process that was started afresh"
    ))
}

/// A connection that counts as open in this process. A child that was forked while one was open
/// opens none itself: SQLite's own state in it may be locked for ever by a thread that is not there, and
/// tells of locks on files that the child does not have.
#[derive(Debug)]
struct Counted(());

/// The process that has connections, in the upper half, and how many: in one word and without a lock, since
/// a fork may come at any instant.
static OPEN: AtomicU64 = AtomicU64::new(0);

impl Counted {
    fn new() -> Result<Self, StorageError> {
        let here = process::id();
        match OPEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| one_more(open, here)) {
            Ok(_) => Ok(Self(())),
            Err(open) => Err(forked(here, owner_of(open))),
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `None` where another process's are open.
fn one_more(open: u64, here: u32) -> Option<u64> {
    let own = u64::from(here) << 32;
    match open & u64::from(u32::MAX) {
        0 => Some(own + 1),
        _ if owner_of(open) == here => Some(open + 1),
        _ => None,
    }
}

fn owner_of(open: u64) -> u32 {
    (open >> 32) as u32
}

impl Drop for Pool {
    fn drop(&mut self) {
        // A child must not even close its parent's connections.
        if self.check_owner().is_err() {
            std::mem::forget(std::mem::take(&mut self.writer));
            std::mem::forget(std::mem::take(&mut self.readers));
        }
    }
}

fn connect(path: &Path, create: OpenFlags) -> Result<Session, TransactionError> {
    let counted = Counted::new()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let mut connection = Connection::open_with_flags(path, flags)?;
    let mut since = Instant::now();
    // Like SQLite's own, but it looks more often: a transaction takes about a millisecond.
    connection.busy_handler(Some(move |count| {
        if count == 0 {
            since = Instant::now();
        }
        thread::sleep(Duration::from_millis(if count < 100 { 1 } else { 5 }));
        since.elapsed() < PATIENCE
    }))?;
    connection.set_prepared_statement_cache_capacity(32);
    write_ahead(&connection)?;
    // Every commit waits for the disk; on Apple's systems also for the disk's own cache.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(Session { connection, _counted: counted })
}

/// Sets the journal mode that lets readers and a writer work at once. SQLite does not call the busy
/// handler for all locks of this change, which several processes may make to a new database at
/// once.
fn write_ahead(connection: &Connection) -> Result<(), TransactionError> {
    let since = Instant::now();
    loop {
        let set: Result<String, _> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match set {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(TransactionError::Storage(StorageError::new(format!(
                    "the database cannot keep a write-ahead log here (its journal mode is {mode})"
                ))));
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && since.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(error.into()),
        }
    }
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
    fn a_child_may_use_what_was_only_opened_but_not_what_was_used() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        assert!(pool.writer.lock().unwrap().is_none() && pool.readers.lock().unwrap().is_empty());
        pool.write("test", |_| Ok(())).unwrap();
        // As a child sees it after a fork.
        pool.owner.store(process::id() + 1, Ordering::Relaxed);
        let error = pool.read("test", |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("forked"), "{error}");
        pool.write("test", |_| Ok(())).unwrap_err();
        pool.owner.store(process::id(), Ordering::Relaxed);
        pool.read("test", |_| Ok(())).unwrap();
        drop(pool);
        remove(&path);
    }

    #[test]
    fn a_child_opens_none_where_its_parent_had_one_open() {
        let parent = one_more(one_more(0, 7).unwrap(), 7).unwrap();
        assert_eq!(parent, 7 << 32 | 2);
        assert_eq!(one_more(parent, 8), None);
        assert_eq!(one_more(parent - 2, 8), Some(8 << 32 | 1));

        let path = path();
        let session = connect(&path, OpenFlags::SQLITE_OPEN_CREATE);
        assert!(session.is_ok());
        assert_eq!(owner_of(OPEN.load(Ordering::Relaxed)), process::id());
        drop(session);
        remove(&path);
    }

    #[test]
    fn every_connection_waits_for_the_disk() {
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
    fn a_failed_or_panicking_transaction_is_rolled_back_and_harms_no_later_one() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        let insert = |tx: &Transaction<'_>| {
            tx.execute("INSERT INTO pending VALUES (NULL, 'a', 1, 'b', 'c', 'storing', 0)", ())
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
}

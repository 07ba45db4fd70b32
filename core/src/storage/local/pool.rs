//! A pool of connections to one SQLite database, for the threads of one process.

use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::forks::{FORKS, forked};
use super::schema;
use super::transaction_error::TransactionError;
use crate::storage::StorageError;

/// How long to wait for locks of other processes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest number of idle readers that are kept.
const READERS: usize = 8;

/// One writer, for which threads queue instead of polling SQLite's lock, and a few readers.
/// A connection is closed after an error.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    /// The id of the process that owns the connections; 0 before the first use.
    owner: AtomicU32,
    writer: Mutex<Option<Session>>,
    readers: Mutex<Vec<Session>>,
}

/// An open connection, counted in [`FORKS`].
#[derive(Debug)]
struct Session {
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    file: Option<(u64, u64)>,
}

impl Session {
    fn connection(&mut self) -> Result<&mut Connection, TransactionError> {
        let closed = || TransactionError::Storage(StorageError::new("the connection is closed"));
        self.connection.as_mut().ok_or_else(closed)
    }
}

impl Pool {
    /// Opens the database at `path`, creates it if it does not exist, and closes it again, so that the
    /// process may still fork.
    pub(super) fn open(path: PathBuf) -> Result<Self, StorageError> {
        let create = || {
            let _busy = FORKS.enter()?;
            let mut session = connect(&path, OpenFlags::SQLITE_OPEN_CREATE)?;
            schema::prepare(session.connection()?)?;
            if let Some(connection) = session.connection.take() {
                connection.close().map_err(|(_, error)| error)?;
            }
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

    /// Runs `work` in the only write transaction, and commits it.
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

    /// Runs `work` on a snapshot of the database.
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

    /// Also returns the connection on success. After a failure it is closed, which rolls back.
    fn run<T>(
        &self,
        idle: Option<Session>,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, TransactionError>,
    ) -> (Result<T, TransactionError>, Option<Session>) {
        let run = || {
            let _busy = FORKS.enter()?;
            let mut session = match idle {
                Some(session) => session,
                None => connect(&self.path, OpenFlags::empty())?,
            };
            let transaction = session.connection()?.transaction_with_behavior(behavior)?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok((value, session))
        };
        match run() {
            Ok((value, session)) => (Ok(value), Some(session)),
            Err(failure) => (Err(failure), None),
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

impl Drop for Session {
    fn drop(&mut self) {
        // A pool forgets the sessions of a parent.
        let Ok(busy) = FORKS.enter() else { return };
        drop(self.connection.take());
        if let Some(id) = self.file {
            FORKS.closed(&busy, id);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // A child must not close its parent's connections.
        if self.check_owner().is_err() {
            std::mem::forget(std::mem::take(&mut self.writer));
            std::mem::forget(std::mem::take(&mut self.readers));
        }
    }
}

fn connect(path: &Path, create: OpenFlags) -> Result<Session, TransactionError> {
    let busy = FORKS.enter()?;
    FORKS.check(&busy, path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    let file = FORKS.opened(&busy, path);
    // From here on an error closes and uncounts it.
    let mut session = Session { connection: Some(connection), file };
    let connection = session.connection()?;
    let mut since = Instant::now();
    // SQLite's own handler sleeps longer; a transaction takes about a millisecond.
    connection.busy_handler(Some(move |count| {
        if count == 0 {
            since = Instant::now();
        }
        thread::sleep(Duration::from_millis(if count < 100 { 1 } else { 5 }));
        since.elapsed() < BUSY_TIMEOUT
    }))?;
    connection.set_prepared_statement_cache_capacity(32);
    write_ahead(connection)?;
    // Every commit waits for the disk, and on Apple's systems for the disk's cache.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(session)
}

/// Sets the journal mode that allows readers beside a writer. SQLite does not call the busy handler for
/// all locks of this change, which several processes may make to a new database at the same time.
fn write_ahead(connection: &Connection) -> Result<(), TransactionError> {
    let since = Instant::now();
    loop {
        let set: Result<String, _> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match set {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(TransactionError::Storage(StorageError::new(format!(
                    "the database cannot use a write-ahead log here (its journal mode is {mode})"
                ))));
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && since.elapsed() < BUSY_TIMEOUT =>
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
    fn a_child_may_use_a_pool_that_was_opened_but_not_one_that_was_used() {
        let path = path();
        let pool = Pool::open(path.clone()).unwrap();
        assert!(pool.writer.lock().unwrap().is_none() && pool.readers.lock().unwrap().is_empty());
        pool.write("test", |_| Ok(())).unwrap();
        // The state in a child after a fork.
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

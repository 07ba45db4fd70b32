//! A connection to the database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::file_locks::{FileLocks, WriteLocks};
use super::forks::{FORKS, OpenDatabase};
use super::transaction_error::TransactionError;
use crate::storage::StorageError;

/// How long to wait for locks of other processes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// The length of the log, in pages, from which on it is written to the database.
const LONG_LOG: u32 = 1000;

/// An open connection. Fields are dropped in order: the connection is closed before the count drops, and
/// before the files of the locks are closed.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    /// The length of the log after the last commit, in pages.
    log_pages: Arc<AtomicU32>,
    _open: OpenDatabase,
    locks: Option<Arc<FileLocks>>,
}

impl Session {
    /// Opens the database at `path`, and its log. When the connection is closed, the log remains.
    pub(super) fn open(
        path: &Path,
        create: OpenFlags,
        locks: Option<Arc<FileLocks>>,
    ) -> Result<Self, TransactionError> {
        let busy = FORKS.enter()?;
        FORKS.check(&busy, path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
        // Before its descriptor is open, which would be taken for that of another copy of SQLite.
        let mut open = OpenDatabase::count(&busy, path);
        let connection = Connection::open_with_flags(path, flags)?;
        if !open.is_counted() {
            open = OpenDatabase::count(&busy, path);
        }
        let log_pages = Arc::new(AtomicU32::new(0));
        let mut session =
            Session { connection, log_pages: Arc::clone(&log_pages), _open: open, locks };
        let connection = &mut session.connection;
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
        // SQLite removes the log of the last connection, as far as its own locks show, which another SQLite in
        // this process, or a copy of the file made here, may have released.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        write_ahead(connection)?;
        // Instead of SQLite's own hook, which writes the log to the database within a commit.
        connection.wal_hook(Some(move |_: &mut Wal, pages: i32| {
            log_pages.store(pages.unsigned_abs(), Ordering::Relaxed);
            Ok(())
        }))?;
        // Every commit waits for the disk, and on Apple's systems for the disk's cache.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        // Opens the log.
        connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
        Ok(session)
    }

    /// Waits for the locks of a write transaction.
    pub(super) fn lock(&self) -> Result<Option<WriteLocks>, StorageError> {
        self.locks.as_ref().map(WriteLocks::wait_for_other_copies).transpose()
    }

    /// Begins a write transaction. The locks must be kept until it has ended.
    pub(super) fn begin(&self, locks: Option<&WriteLocks>) -> Result<(), TransactionError> {
        if let Some(locks) = locks {
            // Repairs the index if a process was killed while it wrote it, which the next lock prevents.
            self.connection.prepare_cached("SELECT 1 FROM sqlite_schema LIMIT 1")?.exists(())?;
            locks.prevent_checkpoints()?;
        }
        run(&self.connection, "BEGIN IMMEDIATE")?;
        Ok(())
    }

    /// Writes a long log to the database. `locks` are those of a transaction that has ended.
    pub(super) fn shorten_log(&self, locks: Option<&WriteLocks>) {
        if self.log_pages.load(Ordering::Relaxed) < LONG_LOG {
            return;
        }
        if let Some(locks) = locks {
            locks.allow_checkpoints();
        }
        // What is still read remains in the log until another time, and so does all of it after an error.
        let shortened = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()));
        if let Err(error) = shortened {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the write-ahead log was not written to the database"
            );
        }
    }

    /// Writes a log to the database that was removed, but that this connection still has open.
    pub(super) fn rescue_log(self) {
        let rescued = self.connection.query_row("PRAGMA wal_checkpoint(FULL)", (), |_| Ok(()));
        if let Err(error) = rescued {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the write-ahead log was removed, and could not be written to the database"
            );
        }
    }

    /// Closes the connection. The last one of all processes writes the log to the database and removes
    /// it.
    pub(super) fn close_and_remove_log(self) -> Result<(), TransactionError> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        self.connection.close().map_err(|(_, error)| error.into())
    }
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

/// Runs a statement that returns nothing.
pub(super) fn run(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute(()).map(|_| ())
}

//! A connection to the database.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::forks::{FORKS, OpenDatabase};
use super::transaction_error::TransactionError;
use crate::storage::StorageError;

/// How long to wait for locks of other processes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// An open connection. Fields are dropped in order: the connection is closed before the count drops.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    _open: OpenDatabase,
}

impl Session {
    /// Opens the database at `path`, and its log. When the connection is closed, the log remains.
    pub(super) fn open(path: &Path, create: OpenFlags) -> Result<Self, TransactionError> {
        connect(path, create)
    }

    /// Closes the connection. The last one of all processes writes the log to the database and removes
    /// it.
    pub(super) fn close_and_remove_log(self) -> Result<(), TransactionError> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        self.connection.close().map_err(|(_, error)| error.into())
    }
}

fn connect(path: &Path, create: OpenFlags) -> Result<Session, TransactionError> {
    let busy = FORKS.enter()?;
    FORKS.check(&busy, path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    let open = OpenDatabase::count(&busy, path);
    let mut session = Session { connection, _open: open };
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
    // SQLite removes the log of the last connection, as far as its locks show. Another SQLite in this
    // process, or a copy of the file made here, may have released the locks of this one.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    write_ahead(connection)?;
    // Every commit waits for the disk, and on Apple's systems for the disk's cache.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // Opens the log.
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
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

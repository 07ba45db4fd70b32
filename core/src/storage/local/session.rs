//! A connection to the database.

use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::transaction_error::TransactionError;
use crate::storage::StorageError;

/// How long to wait for locks of other processes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// An open connection. Fields are dropped in order: the connection is closed before the count drops.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    _counted: Counted,
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

pub(super) fn forked(here: u32, owner: u32) -> StorageError {
    StorageError::new(format!(
        "process {here} cannot use a storage that process {owner} had used before it forked: \
         fork first, or open the storage in a newly started process"
    ))
}

/// Counts a connection as open in this process. A child that was forked while one was open must not
/// open any: a lock inside SQLite may never be released there, as its thread does not exist in the
/// child, and SQLite's state lists file locks that the child does not hold.
#[derive(Debug)]
struct Counted(());

/// The id of the process that has open connections, in the upper 32 bits, and their number. One atomic
/// instead of a lock, since a fork may happen at any time.
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

/// `OPEN` with one more connection of process `here`. `None` when another process's are open.
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

fn connect(path: &Path, create: OpenFlags) -> Result<Session, TransactionError> {
    let counted = Counted::new()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let mut connection = Connection::open_with_flags(path, flags)?;
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
    write_ahead(&connection)?;
    // Every commit waits for the disk, and on Apple's systems for the disk's cache.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // Opens the log.
    connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
    Ok(Session { connection, _counted: counted })
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

    #[test]
    fn a_child_opens_no_connection_if_its_parent_had_one_open() {
        let parent = one_more(one_more(0, 7).unwrap(), 7).unwrap();
        assert_eq!(parent, 7 << 32 | 2);
        assert_eq!(one_more(parent, 8), None);
        assert_eq!(one_more(parent - 2, 8), Some(8 << 32 | 1));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.sqlite3");
        let session = Session::open(&path, OpenFlags::SQLITE_OPEN_CREATE);
        assert!(session.is_ok());
        assert_eq!(owner_of(OPEN.load(Ordering::Relaxed)), process::id());
    }
}

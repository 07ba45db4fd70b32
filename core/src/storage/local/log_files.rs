//! Which files the connections have open, and who else has them open.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::forks::{FileId, file_id};
use super::session::BUSY_TIMEOUT;

/// The database, its log and the log's index, as the file system identifies them.
///
/// They change when somebody removes or replaces them while they are in use. Where there are no
/// [`FileLocks`](super::file_locks::FileLocks), SQLite itself does so after another SQLite in this process, or a
/// copy of the file made here, has released the locks of this library's connections. On Windows an open file cannot be
/// removed, and locks belong to a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogFiles([Option<FileId>; 3]);

impl LogFiles {
    /// The files that are in the folder now.
    pub(super) fn of(database: &Path) -> Self {
        Self(["", "-wal", "-shm"].map(|suffix| file_id(&with_suffix(database, suffix))))
    }

    /// Whether `now`, the log is gone and no SQLite has opened the database since, which would have made new files.
    pub(super) fn lost_their_log(&self, now: &Self) -> bool {
        let (Self([database, _, index]), Self([database_now, log_now, index_now])) = (self, now);
        database == database_now && log_now.is_none() && (index_now.is_none() || index == index_now)
    }
}

/// The path of one of the files of a database.
pub(super) fn with_suffix(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// A lock on the folder of the database, shared by all processes that have connections. It belongs to
/// its descriptor (`flock`), so that nothing else in the process releases it.
#[derive(Debug)]
pub(super) struct FolderLock(File);

impl FolderLock {
    /// Locks the folder of `database`. `None` where folders cannot be locked.
    pub(super) fn share(database: &Path) -> Option<Self> {
        let folder = File::open(database.parent()?).ok()?;
        let since = Instant::now();
        loop {
            match folder.try_lock_shared() {
                Ok(()) => return Some(Self(folder)),
                // Another process is closing the last connection.
                Err(TryLockError::WouldBlock) if since.elapsed() < BUSY_TIMEOUT => {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(_) => return None,
            }
        }
    }

    /// Whether no other process has the lock. None gets it before this is dropped.
    pub(super) fn is_the_last(&self) -> bool {
        self.0.unlock().is_ok() && self.0.try_lock().is_ok()
    }
}

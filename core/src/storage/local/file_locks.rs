//! Locks on the database and the log's index that nothing else in the process releases.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::log_files::with_suffix;
use super::other_copies::{self, OtherCopies, OtherCopy};
use super::session::BUSY_TIMEOUT;
use crate::storage::StorageError;

/// SQLite's locks are POSIX's. Two copies of SQLite in one process do not see each other's, and closing any
/// descriptor of a file releases those of the whole process (sqlite.org, "How To Corrupt An SQLite
/// Database File", section 2.2). These locks are held beside them, on the same bytes. They belong to their
/// descriptor (`F_OFD_SETLK` of Linux), so every SQLite of every process sees them, also another one in
/// this process, and only this library releases them.
///
/// Which bytes these are is part of SQLite's file format ("Database File Format" and "WAL-mode File Format" at
/// sqlite.org); [`IN_USE`] is `UNIX_SHM_DMS` in its source.
#[derive(Debug)]
pub(super) struct FileLocks {
    database: File,
    index: File,
    other_copies: OtherCopies,
}

/// A range of bytes: the first, and how many.
type Range = (i32, i32);

/// How long a change waits for another copy of SQLite in this process to close the database.
const OTHER_COPY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long another copy may take from its lock on [`OPENING`] to the index, which are some system calls.
const OPENING_GRACE: Duration = Duration::from_millis(50);

/// In the database. Whoever opens it locks this for a moment. So nobody opens it while this is locked.
const OPENING: Range = (0x4000_0000, 1);
/// In the database. Whoever locks these for itself is the only one who has the database open, so it writes
/// the log to it and removes the log.
const OPEN: Range = (0x4000_0002, 510);
/// In the database, behind SQLite's own: one transaction of this library's processes at a time.
const WRITING: Range = (0x4000_0200, 1);
/// In the index. Whoever locks this for itself writes the log to the database.
const CHECKPOINT: Range = (121, 1);
/// In the index. Whoever finds it free empties the index.
const IN_USE: Range = (128, 1);

impl FileLocks {
    /// Locks the database for as long as connections are open. They must be closed before this is dropped, as that
    /// releases their own locks. `None` where the system or the file system has no such locks.
    ///
    /// # Errors
    ///
    /// When a file cannot be opened, or another process has locked it for 30 seconds.
    pub(super) fn share(database: &Path) -> io::Result<Option<Self>> {
        if !cfg!(any(target_os = "linux", target_os = "android")) {
            // To open and close the files would release the connections' locks.
            return Ok(None);
        }
        let open = |path: &Path| File::options().read(true).write(true).open(path);
        let lock = |file: File, range| match wait(&file, range, Kind::Shared) {
            Ok(()) => Ok(Some(file)),
            Err(error) if is_unsupported(&error) => Ok(None),
            Err(error) => Err(error),
        };
        // Nobody removes the index once the database is locked.
        let Some(database_file) = lock(open(database)?, OPEN)? else { return Ok(None) };
        let Some(index) = lock(open(&with_suffix(database, "-shm"))?, IN_USE)? else {
            return Ok(None);
        };
        let other_copies = OtherCopies::of(&database_file, &index)?;
        Ok(Some(Self { database: database_file, index, other_copies }))
    }

    /// Waits for a moment until no other copy of SQLite in this process has the database open, while [`OPENING`] keeps
    /// new ones away.
    fn other_copies_close(&self) -> bool {
        let start = Instant::now();
        let mut not_open_since = start;
        loop {
            match self.other_copies.find() {
                OtherCopy::Unused => return true,
                // It waits for OPENING, so it cannot read or write.
                OtherCopy::Opening if not_open_since.elapsed() > OPENING_GRACE => return true,
                OtherCopy::Opening | OtherCopy::Closed => {}
                OtherCopy::Open { .. } if start.elapsed() > OPENING_GRACE => return false,
                OtherCopy::Open { .. } => not_open_since = Instant::now(),
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether another copy of SQLite in this process has the database open.
    pub(super) fn have_other_copies(&self) -> bool {
        matches!(self.other_copies.find(), OtherCopy::Open { .. })
    }

    /// Releases the locks of [`FileLocks::share`], so that a connection may remove the log when it is closed.
    pub(super) fn release(&self) {
        let _ = lock(&self.database, OPEN, Kind::None);
        let _ = lock(&self.index, IN_USE, Kind::None);
    }
}

/// The locks of a write transaction.
#[derive(Debug)]
pub(super) struct WriteLocks(Arc<FileLocks>);

impl WriteLocks {
    /// Waits until no other process of this library writes.
    ///
    /// # Errors
    ///
    /// When one does so for 30 seconds.
    pub(super) fn wait(locks: Arc<FileLocks>) -> Result<Self, StorageError> {
        wait(&locks.database, WRITING, Kind::Exclusive).map_err(locked)?;
        Ok(Self(locks))
    }

    /// As [`wait`](Self::wait), and waits until no other copy of SQLite in this process has the database open, and
    /// keeps it closed from then on. The copies do not see each other's locks, so both would write at the same time.
    ///
    /// # Errors
    ///
    /// When one has had it open for 5 seconds, or some open it again and again for 30 seconds, or after 30 seconds of
    /// waiting for a lock.
    pub(super) fn wait_for_other_copies(locks: &Arc<FileLocks>) -> Result<Self, StorageError> {
        let start = Instant::now();
        loop {
            let turn = Self::wait(Arc::clone(locks))?;
            wait(&locks.database, OPENING, Kind::Exclusive).map_err(locked)?;
            if locks.other_copies_close() {
                return Ok(turn);
            }
            // Meanwhile other processes have their turns.
            drop(turn);
            while let OtherCopy::Open { since } = locks.other_copies.find() {
                if since.elapsed() > OTHER_COPY_TIMEOUT {
                    return Err(other_copy());
                }
                thread::sleep(Duration::from_millis(10));
            }
            if start.elapsed() > BUSY_TIMEOUT {
                return Err(other_copy());
            }
        }
    }

    /// Fails if another copy of SQLite in this process has opened the database since the last look. It can if the system
    /// has suspended it for long between its lock on [`OPENING`] and the index.
    pub(super) fn check_other_copies(&self) -> Result<(), StorageError> {
        match self.0.other_copies.find() {
            OtherCopy::Open { .. } | OtherCopy::Closed => Err(other_copy()),
            OtherCopy::Unused | OtherCopy::Opening => Ok(()),
        }
    }

    /// Waits until no SQLite writes the log to the database, and prevents it from then on. A log that is emptied
    /// while a transaction is added to it would lose the transaction.
    ///
    /// # Errors
    ///
    /// When it takes 30 seconds.
    pub(super) fn prevent_checkpoints(&self) -> Result<(), StorageError> {
        wait(&self.0.index, CHECKPOINT, Kind::Shared).map_err(locked)
    }

    pub(super) fn allow_checkpoints(&self) {
        let _ = lock(&self.0.index, CHECKPOINT, Kind::None);
    }
}

impl Drop for WriteLocks {
    fn drop(&mut self) {
        self.allow_checkpoints();
        let _ = lock(&self.0.database, OPENING, Kind::None);
        let _ = lock(&self.0.database, WRITING, Kind::None);
    }
}

/// Waits until no other copy of SQLite in this process has a database open of which this library has no connection yet. It
/// may have locked the whole database, which this library's SQLite does not see either.
///
/// # Errors
///
/// When one still has it open after 5 seconds.
pub(super) fn wait_before_opening(database: &Path) -> Result<(), StorageError> {
    let since = Instant::now();
    while other_copies::has_open(database) {
        if since.elapsed() > OTHER_COPY_TIMEOUT {
            return Err(other_copy());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn other_copy() -> StorageError {
    StorageError::new(
        "another SQLite library has the database open in this process, and the two do not see each other's \
         locks: close its connections, also those of a pool, or use another process",
    )
}

fn locked(error: io::Error) -> StorageError {
    StorageError::new("the database is locked").with_source(error)
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Shared,
    Exclusive,
    None,
}

/// Locks as soon as nobody's lock is in the way.
fn wait(file: &File, range: Range, kind: Kind) -> io::Result<()> {
    let since = Instant::now();
    loop {
        match lock(file, range, kind) {
            Err(error)
                if error.kind() == io::ErrorKind::WouldBlock && since.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(Duration::from_millis(1));
            }
            outcome => return outcome,
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn lock(file: &File, (first, count): Range, kind: Kind) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    let kind = match kind {
        Kind::Shared => libc::F_RDLCK,
        Kind::Exclusive => libc::F_WRLCK,
        Kind::None => libc::F_UNLCK,
    };
    let unsupported = |_| io::Error::from(io::ErrorKind::Unsupported);
    let range = libc::flock {
        l_type: kind.try_into().map_err(unsupported)?,
        l_whence: libc::SEEK_SET.try_into().map_err(unsupported)?,
        l_start: first.into(),
        l_len: count.into(),
        l_pid: 0,
    };
    match fcntl(file, FcntlArg::F_OFD_SETLK(&range)) {
        Ok(_) => Ok(()),
        // Either, by POSIX.
        Err(nix::Error::EACCES) => Err(io::ErrorKind::WouldBlock.into()),
        Err(error) => Err(error.into()),
    }
}

/// Elsewhere another SQLite is detected after it has removed the log; see
/// [`LogFiles`](super::log_files::LogFiles).
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn lock(_: &File, _: Range, _: Kind) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether the kernel or the file system has no such locks.
fn is_unsupported(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, Unsupported};
    matches!(error.kind(), InvalidInput | Unsupported)
}

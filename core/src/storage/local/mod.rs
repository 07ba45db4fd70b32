//! The embedded storage: a folder of files, and SQLite beside them.

mod columns;
mod file_blobs;
mod pool;
mod schema;
mod sqlite;
mod transaction_error;

use std::path::Path;

use super::{StorageError, TwoPhaseStorage};

pub use file_blobs::FileBlobs;
pub use sqlite::SqliteCatalog;

/// The embedded storage, and the default: `original/`, `standard/` and `userimage.sqlite3` in one
/// folder.
///
/// Several processes of one machine may open the same folder at once. It must be on a local file
/// system: SQLite's locks and its write-ahead log are not reliable over a network.
///
/// # What is durable
///
/// When [`store`](super::Storage::store) returns, both files, their entries in their folders and
/// the record have been forced to the disk (`fsync`; SQLite's write-ahead log with
/// `synchronous=FULL`; on Apple's systems `F_FULLFSYNC`). A crash of the process, of the system or
/// a loss of power loses nothing of it, as far as the disk keeps what it has acknowledged. When
/// `fsync` fails it is not tried again, as the system may have dropped what it could not write: the
/// upload fails whole. On Windows a folder cannot be forced to the disk; there the file system's
/// own journal keeps entries in order, and a file that a deletion has just removed may come back
/// with a loss of power.
///
/// # Fork
///
/// SQLite forbids a process to use a database that its parent had open when it forked. A storage
/// that has been opened but not used has nothing open, so a server may open it and then fork its
/// workers. A child of a process that has used it gets an error for every operation, and cannot open
/// any such storage itself.
pub type LocalStorage = TwoPhaseStorage<FileBlobs, SqliteCatalog>;

impl LocalStorage {
    /// Opens the storage in the folder `path`, which is made if need be. URLs are `base_url` (a `/`
    /// is added unless it ends with one) and `original/...` or `standard/...`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the folder or the database cannot be opened or made, or a newer
    /// version of this library has made it.
    pub fn open(path: impl AsRef<Path>, base_url: impl Into<String>) -> Result<Self, StorageError> {
        let folder = FileBlobs::open(path)?;
        let catalog = SqliteCatalog::open(folder.path().join("userimage.sqlite3"))?;
        Ok(Self::from_parts(folder, catalog, base_url))
    }
}

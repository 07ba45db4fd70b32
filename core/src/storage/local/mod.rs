//! The local storage: files in a folder, and a SQLite database in the same folder.

mod backup;
mod columns;
mod file_blobs;
mod file_locks;
mod forks;
mod lists;
mod log_files;
mod other_copies;
mod pool;
mod reserved_names;
mod rows;
mod schema;
mod session;
mod sqlite;
mod transaction_error;
mod writer;

use std::path::Path;

use super::{StorageError, TwoPhaseStorage};

pub use backup::{backup, restore};
pub use file_blobs::FileBlobs;
pub use sqlite::SqliteCatalog;

/// The name of the database in the folder.
const DATABASE: &str = "userimage.sqlite3";

/// The local storage: `original/`, `standard/` and `userimage.sqlite3` in one folder.
///
/// Do not open the database with another SQLite library in a process that uses the storage: the two do not
/// see each other's locks. On Linux every change waits until the other library has closed the database, and fails
/// after 5 seconds. rusqlite in a Rust program is the same library, and may be used once the storage has been. On macOS do not copy the folder in the process
/// either, as that releases the locks on the database; a log that was then removed is detected, and fails the upload
/// whose record it may have had. [`backup`] copies a storage.
///
/// Several processes on one machine may open the same folder at the same time. It must be on a local
/// file system: SQLite's locks and its write-ahead log are not reliable over a network.
///
/// # Durability
///
/// When [`store`](super::Storage::store) returns, both files, their directory entries and the record
/// have been flushed to the disk (`fsync`; SQLite's write-ahead log with `synchronous=FULL`; on Apple's
/// systems `F_FULLFSYNC`). A crash of the process or of the system, or a loss of power, does not lose
/// them, provided that the disk keeps what it has acknowledged. A failed `fsync` is not repeated, as the
/// system may have dropped the data that it could not write: the upload fails, and nothing of it
/// becomes visible. On Windows a folder cannot be flushed. There the file system's journal keeps the
/// entries in order, and a file that was deleted just before a loss of power may reappear.
///
/// # Example
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path();
/// use userimage::storage::{LocalStorage, Storage};
/// use userimage::{ClientKeys, PostedFile, UploadHead, UploadRequest, Uploader, Variant};
///
/// let uploader = Uploader::builder(LocalStorage::open(path, "https://img.example/")?)
///     .authenticator(ClientKeys::new([(1001, "abc123")])?)
///     .build()?;
/// # let png = include_bytes!("../../../../tests/fixtures/files/png-rgb8.png");
/// let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
/// let file = PostedFile::new("logo.png", &png[..]);
/// let image = uploader.upload(&UploadRequest::new(head, file))?;
/// let original = uploader.storage().read(image.record.website_id, image.id, Variant::Original)?;
/// assert_eq!(original.as_deref(), Some(&png[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Fork
///
/// SQLite forbids a process to use a database that its parent had open at the fork. A storage that has
/// been opened but not used has no open connection, so a server may open it and then fork its workers.
/// In a child of a process that has used it and not closed it every operation returns an error, and the child
/// cannot open the same folder. It may open another one, unless a thread of its parent was using a storage of this
/// type at the moment of the fork. A parent that drops its storages before it forks leaves no such limits.
pub type LocalStorage = TwoPhaseStorage<FileBlobs, SqliteCatalog>;

impl LocalStorage {
    /// Opens the storage in the folder `path`, and creates it if it does not exist. URLs are `base_url`
    /// (with a `/` appended unless it ends with one) and `original/...` or `standard/...`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the folder or the database cannot be opened or created, or the database
    /// was made by a newer version of this library.
    pub fn open(path: impl AsRef<Path>, base_url: impl Into<String>) -> Result<Self, StorageError> {
        let folder = FileBlobs::open(path)?;
        let catalog = SqliteCatalog::open(folder.path().join(DATABASE))?;
        Ok(Self::from_parts(folder, catalog, base_url))
    }
}

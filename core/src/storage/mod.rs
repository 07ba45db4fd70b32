//! Storage of images: the trait [`Storage`], and the library's implementations.
//!
//! The library's storages are a [`TwoPhaseStorage`] over two small traits: [`Blobs`] store the bytes
//! and a [`Catalog`] the records. Both are public so that a host can combine its own blobs with the
//! library's catalog, or its own catalog with the library's blobs. A host with both of its own may
//! also implement [`Storage`].

mod blobs;
mod catalog;
#[cfg(feature = "rendition")]
mod checked;
#[cfg(feature = "cloud")]
mod cloud;
mod content;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "local")]
mod local;
mod memory;
mod new_image;
mod read_at;
mod stored_file;
mod two_phase;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cause::Cause;
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, ImageId, InvalidRecord, StoredImage, Variant};

pub use blobs::Blobs;
pub use catalog::{AbortOutcome, Catalog, Entry, Orphan, PendingId};
#[cfg(feature = "rendition")]
pub(crate) use checked::CheckedStorage;
#[cfg(feature = "cloud")]
pub use cloud::{
    CloudRuntime, CloudStorage, ObjectBlobs, ObjectOptions, PostgresCatalog, PostgresOptions,
};
pub use content::Content;
#[cfg(feature = "local")]
pub use local::{FileBlobs, LocalStorage, SqliteCatalog};
pub use memory::{MemoryBlobs, MemoryCatalog, MemoryStorage};
pub use new_image::NewImage;
pub use read_at::{DiskFile, ReadAt};
pub use stored_file::{FileCursor, StoredFile};
pub use two_phase::TwoPhaseStorage;

/// Stores images. An implementation needs only [`store`](Storage::store); the other methods return
/// [`StorageError::unsupported`] by default.
///
/// Images belong to a website. No website can see, list or delete another's images. The suite in
/// `storage::contract` (feature `contract`) tests an implementation.
///
/// ```
/// use std::sync::Mutex;
///
/// use userimage::storage::{Storage, StorageError};
/// use userimage::{ImageId, NewImage, StoredImage};
///
/// /// Keeps the documents of images, and drops their bytes: a storage that only stores.
/// #[derive(Default)]
/// struct Documents(Mutex<Vec<String>>);
///
/// impl Storage for Documents {
///     fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
///         let mut documents = self.0.lock().map_err(|_| StorageError::new("a writer panicked"))?;
///         let id = ImageId::new(documents.len() as u64 + 1).ok_or(StorageError::new("full"))?;
///         let url = |key| format!("https://img.example/{key}");
///         let stored = StoredImage::new(
///             id,
///             id.to_string(),
///             url(image.record.blob_key(userimage::Variant::Original)),
///             url(image.record.blob_key(userimage::Variant::Standard)),
///             image.record.clone(),
///         );
///         documents.push(stored.to_json());
///         Ok(stored)
///     }
/// }
/// ```
pub trait Storage: Send + Sync {
    /// Stores an image atomically: the original, the standard rendition and the record become visible
    /// together, and are durable when this returns.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the image could not be stored. Nothing of it is visible then, with one
    /// exception: when the outcome of the last step is unknown (a connection was lost), the image may
    /// be visible, and is complete then.
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError>;

    /// Returns the image of `website` with this id, or `None`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        let _ = (website, id);
        Err(StorageError::unsupported("find"))
    }

    /// Returns the bytes of one of the image's files, or `None` when there is no such image.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read.
    fn read(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let _ = (website, id, variant);
        Err(StorageError::unsupported("read"))
    }

    /// Opens one of the image's files for reading in pieces, or returns `None` when there is no such
    /// image. By default, this reads the file into memory.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be opened, or its length is not the one that the record states.
    fn open(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
        let Some(image) = self.find(website, id)? else { return Ok(None) };
        let Some(bytes) = self.read(website, id, variant)? else { return Ok(None) };
        StoredFile::new(image, variant, Box::new(bytes)).map(Some)
    }

    /// Opens the file with this key, of any website, as [`find_key`](Self::find_key) finds it. By
    /// default, this reads the file into memory.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
        let Some(image) = self.find_key(key)? else { return Ok(None) };
        let (website, variant) = (image.record.website_id, key.variant());
        let Some(bytes) = self.read(website, image.id, variant)? else { return Ok(None) };
        StoredFile::new(image, variant, Box::new(bytes)).map(Some)
    }

    /// Returns a URL of one of the image's files that works at least until `expires` has passed: a
    /// signed one where the files are private, else the one in `image`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the URL cannot be signed.
    fn url(
        &self,
        image: &StoredImage,
        variant: Variant,
        expires: Duration,
    ) -> Result<String, StorageError> {
        let _ = expires;
        Ok(image.url(variant).to_owned())
    }

    /// Returns the image that has a file with this key, of any website: the name in a key cannot be
    /// guessed, and everyone who has the image's URL may view it.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
        let _ = key;
        Err(StorageError::unsupported("find_key"))
    }

    /// Returns a page of a user's images, newest first.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        let _ = (website, user, page);
        Err(StorageError::unsupported("list"))
    }

    /// Deletes an image and both its files. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it could not be deleted. The image may then be invisible while its files
    /// remain; the next [`sweep`](Storage::sweep) removes them.
    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        let _ = (website, id);
        Err(StorageError::unsupported("delete"))
    }

    /// Removes the remains of uploads and deletions that did not finish within `min_age`. An upload
    /// that is still running after `min_age` fails, and nothing of it becomes visible. Use a `min_age`
    /// of zero only while no uploads are running.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it could not remove everything. The next sweep tries again.
    fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
        let _ = min_age;
        Err(StorageError::unsupported("sweep"))
    }
}

/// A pointer to a storage is a storage.
macro_rules! forward_storage {
    ($pointer:ident) => {
        impl<S: Storage + ?Sized> Storage for $pointer<S> {
            fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
                (**self).store(image)
            }

            fn find(
                &self,
                website: WebsiteId,
                id: ImageId,
            ) -> Result<Option<StoredImage>, StorageError> {
                (**self).find(website, id)
            }

            fn read(
                &self,
                website: WebsiteId,
                id: ImageId,
                variant: Variant,
            ) -> Result<Option<Vec<u8>>, StorageError> {
                (**self).read(website, id, variant)
            }

            fn open(
                &self,
                website: WebsiteId,
                id: ImageId,
                variant: Variant,
            ) -> Result<Option<StoredFile>, StorageError> {
                (**self).open(website, id, variant)
            }

            fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
                (**self).open_key(key)
            }

            fn url(
                &self,
                image: &StoredImage,
                variant: Variant,
                expires: Duration,
            ) -> Result<String, StorageError> {
                (**self).url(image, variant, expires)
            }

            fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
                (**self).find_key(key)
            }

            fn list(
                &self,
                website: WebsiteId,
                user: &UserId,
                page: Page,
            ) -> Result<ImageList, StorageError> {
                (**self).list(website, user, page)
            }

            fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
                (**self).delete(website, id)
            }

            fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
                (**self).sweep(min_age)
            }
        }
    };
}

forward_storage!(Arc);
forward_storage!(Box);

/// A page of a list: `size` images, after the first `index * size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The number of the page, from 0.
    pub index: u64,
    /// The number of images on a page.
    pub size: u32,
}

impl Page {
    /// `size` images, after the first `index` times `size`.
    #[must_use]
    pub const fn new(index: u64, size: u32) -> Self {
        Self { index, size }
    }

    /// The number of images before the page.
    pub(crate) fn offset(self) -> u64 {
        self.index.saturating_mul(self.size.into())
    }
}

/// A page of a user's images.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImageList {
    /// The number of all the user's images.
    pub total: u64,
    /// The images of the page, newest first.
    pub images: Vec<StoredImage>,
}

impl ImageList {
    /// A page of `images`, of a user who has `total` in all.
    #[must_use]
    pub fn new(total: u64, images: Vec<StoredImage>) -> Self {
        Self { total, images }
    }
}

/// What a sweep removed. An upload that may still be running loses its files first, and its record in
/// a later sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// The number of records of unfinished uploads and deletions that were removed.
    pub records: u64,
    /// The number of blobs removed.
    pub files: u64,
}

impl SweepReport {
    /// A report of this many records and files.
    #[must_use]
    pub fn new(records: u64, files: u64) -> Self {
        Self { records, files }
    }
}

/// Why an operation of a storage failed. Clients get error 500.
#[derive(Debug)]
pub struct StorageError {
    unsupported: bool,
    unknown_outcome: bool,
    cause: Cause,
}

impl StorageError {
    /// Creates an error with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { unsupported: false, unknown_outcome: false, cause: Cause::new(reason) }
    }

    /// The error of an operation that the storage does not support.
    #[must_use]
    pub fn unsupported(operation: &str) -> Self {
        let reason = format!("this storage does not support {operation}");
        Self { unsupported: true, unknown_outcome: false, cause: Cause::new(reason) }
    }

    /// Sets the error that caused this one and appends its text to the reason.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = self.cause.with_source(source);
        self
    }

    /// Marks a change that may have been made all the same, or may still be made: a request that was sent
    /// and not answered.
    #[must_use]
    pub fn with_unknown_outcome(mut self) -> Self {
        self.unknown_outcome = true;
        self
    }

    /// Whether the change may have been made all the same, or may still be made.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.unknown_outcome
    }

    /// Whether the storage does not support the operation.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.unsupported
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

impl From<InvalidRecord> for StorageError {
    fn from(error: InvalidRecord) -> Self {
        Self { unsupported: false, unknown_outcome: false, cause: Cause::from_error(error) }
    }
}

//! Where images are kept: the trait, and the storages that come with the library.
//!
//! The storages of the library are one piece of code, [`TwoPhaseStorage`], over two small traits:
//! [`Blobs`] keep the bytes and a [`Catalog`] the records. They are public so that a host can put
//! its own blobs under the library's catalog, or the other way round; a host that has both of its
//! own writes a [`Storage`].

mod blobs;
mod catalog;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "local")]
mod local;
mod memory;
mod two_phase;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cause::Cause;
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, ImageId, InvalidRecord, NewImage, StoredImage, Variant};

pub use blobs::Blobs;
pub use catalog::{AbortOutcome, Catalog, Entry, Orphan, PendingId};
#[cfg(feature = "local")]
pub use local::{FileBlobs, LocalStorage, SqliteCatalog};
pub use memory::{MemoryBlobs, MemoryCatalog, MemoryStorage};
pub use two_phase::TwoPhaseStorage;

/// Keeps images. A host's own storage needs only [`store`](Storage::store); everything else
/// answers "not supported" until it is written.
///
/// Everything is per website: one website can never see, list or delete another's images.
pub trait Storage: Send + Sync {
    /// Keeps an image whole or not at all: the original, the standard rendition and the record
    /// become visible together, and are durable when this returns.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it could not be kept; nothing of it is then visible. Where the very
    /// last step cannot be told to have been made or not (a connection is lost), the image may turn
    /// out to be there, but then whole.
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError>;

    /// The image of `website` with this id, or `None`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        let _ = (website, id);
        Err(StorageError::unsupported("find"))
    }

    /// The bytes of one of the image's files, or `None` when there is no such image.
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

    /// The image that one of whose two files is `key`, whatever its website: the name in a key
    /// cannot be guessed, and who was given the image's URL may look at it.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
        let _ = key;
        Err(StorageError::unsupported("find_key"))
    }

    /// A user's images, newest first.
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

    /// Deletes an image and both its files; tells whether there was one.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it could not be deleted. The image may then be gone from sight with
    /// files that the next [`sweep`](Storage::sweep) removes.
    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        let _ = (website, id);
        Err(StorageError::unsupported("delete"))
    }

    /// Removes what uploads and deletions that never finished have left behind, once it is older
    /// than `min_age`. An upload that takes longer than `min_age` then fails whole. A zero
    /// `min_age` is for a store that nobody uploads to at the time.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it could not finish; what is left stays for the next sweep.
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

/// Which part of a list: `size` images, after skipping `index` times as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Counted from 0.
    pub index: u64,
    /// Images on a page.
    pub size: u32,
}

impl Page {
    /// How many images come before it.
    pub(crate) fn offset(self) -> u64 {
        self.index.saturating_mul(self.size.into())
    }
}

/// A page of a user's images.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImageList {
    /// How many images the user has in all.
    pub total: u64,
    /// The page's, newest first.
    pub images: Vec<StoredImage>,
}

/// What a sweep removed. Of an upload that may be slow rather than dead the files go first, and the
/// record only with a later sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// Records of uploads and deletions that never finished.
    pub records: u64,
    /// Files of such.
    pub files: u64,
}

/// Why a storage could not do its work. Clients see it as code 500.
#[derive(Debug)]
pub struct StorageError {
    unsupported: bool,
    cause: Cause,
}

impl StorageError {
    /// An error for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { unsupported: false, cause: Cause::new(reason) }
    }

    /// The storage has no such operation.
    #[must_use]
    pub fn unsupported(operation: &str) -> Self {
        let reason = format!("this storage does not support {operation}");
        Self { unsupported: true, cause: Cause::new(reason) }
    }

    /// Adds the error that caused this one; its words become part of the text.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = self.cause.with_source(source);
        self
    }

    /// Whether the storage has no such operation.
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
        Self { unsupported: false, cause: Cause::from_error(error) }
    }
}

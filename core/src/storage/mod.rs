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
mod copy;
mod image_list;
#[cfg(feature = "local")]
mod local;
mod memory;
mod new_image;
mod pointers;
mod quota;
mod read_at;
mod search;
mod storage_error;
mod stored_file;
mod two_phase;
mod usage;
mod verify;

use std::time::Duration;

use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, StoredImage, Variant};

pub use blobs::Blobs;
pub use catalog::{AbortOutcome, Catalog, Entry, Orphan, PendingId, Scanned};
#[cfg(feature = "rendition")]
pub(crate) use checked::CheckedStorage;
#[cfg(feature = "cloud")]
pub use cloud::{
    CloudRuntime, CloudStorage, ObjectBlobs, ObjectOptions, PostgresCatalog, PostgresOptions,
};
pub use content::Content;
pub use copy::{CopyReport, copy};
pub use image_list::{ImageList, Page, SimilarImage};
#[cfg(feature = "local")]
pub use local::{FileBlobs, LocalStorage, SqliteCatalog, backup, restore};
pub use memory::{MemoryBlobs, MemoryCatalog, MemoryStorage};
pub use new_image::NewImage;
pub use quota::{Quota, QuotaScope, Quotas};
pub use read_at::{DiskFile, ReadAt};
pub use storage_error::StorageError;
pub use stored_file::{FileCursor, StoredFile};
pub use two_phase::TwoPhaseStorage;
pub use usage::Usage;
pub use verify::{Problem, ProblemKind, VerifyReport};

/// Stores images. An implementation needs only [`store`](Storage::store); the other operations return
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
    /// Stores an image atomically: the original, all renditions and the record become visible together, and are
    /// durable when this returns.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the image could not be stored. Nothing of it is visible then, with one
    /// exception: when the outcome of the last step is unknown (a connection was lost), the image may
    /// be visible, and is complete then. [`StorageError::quota_exceeded`] when the image is over one of
    /// [`NewImage::quotas`].
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError>;

    /// Takes a name that this storage has reserved for an image of the same month, formats and renditions as `record`,
    /// if it has one. Each name is given once, and is for one call of [`store`](Self::store): with it in place of the
    /// record's own, the storage waits for the disk once less. A name that is not used within a minute saves nothing,
    /// and a sweep removes what was reserved. An [`Uploader`](crate::Uploader) uses these names; an implementation
    /// need not reserve any.
    ///
    /// ```
    /// use userimage::ImageRecord;
    /// use userimage::storage::Storage;
    ///
    /// fn name(storage: &dyn Storage, record: &mut ImageRecord) {
    ///     if let Some(reserved) = storage.take_reserved_name(record) {
    ///         record.unique_name = reserved;
    ///     }
    /// }
    /// ```
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        let _ = record;
        None
    }

    /// Whether a policy may limit what is stored: [`store`](Self::store) stays within
    /// [`NewImage::quotas`], and [`websites`](Self::websites) and [`expire`](Self::expire) work.
    fn supports_limits(&self) -> bool {
        false
    }

    /// Returns the image of `website` with this id, or `None`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        let _ = (website, id);
        Err(StorageError::unsupported("find"))
    }

    /// Returns the bytes of one of the image's files, or `None` when there is no such image, or it does not have
    /// that rendition, which it was uploaded without.
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
    /// image or rendition, as [`read`](Self::read). By default, this reads the file into memory.
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
    /// [`StorageError`] when the image does not have that rendition, or the URL cannot be signed.
    fn url(
        &self,
        image: &StoredImage,
        variant: Variant,
        expires: Duration,
    ) -> Result<String, StorageError> {
        let _ = expires;
        image.url(variant).map(str::to_owned).ok_or_else(|| no_rendition(image, variant))
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

    /// Deletes an image and all its files. Returns whether it existed.
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

    /// Returns at most `size` of a user's images, newest first: those with ids less than `before`, which
    /// is the last id of the page before. Every page is as fast as the first.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<StoredImage>, StorageError> {
        let _ = (website, user, before, size);
        Err(StorageError::unsupported("list_after"))
    }

    /// Returns a page of those of a user's images whose name contains `text`, ignoring case, newest
    /// first, and how many there are. By default, this lists all of the user's images.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        search::search_lists(self, website, user, text, page)
    }

    /// Returns at most `limit` images of a website, or of one of its users, that look like the picture with the
    /// difference hash `hash`: those whose hash differs from it in at most `distance` of the 64 bits. The most similar
    /// are first, and of equally similar ones the newest. Images that were stored before hashes were recorded are not
    /// found.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<SimilarImage>, StorageError> {
        let _ = (website, user, hash, distance, limit);
        Err(StorageError::unsupported("find_similar"))
    }

    /// Returns how much a website, or one of its users, has stored.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when this cannot be read.
    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        let _ = (website, user);
        Err(StorageError::unsupported("usage"))
    }

    /// Returns at most `limit` websites that have images, the least id first: those with ids greater than
    /// `after`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        let _ = (after, limit);
        Err(StorageError::unsupported("websites"))
    }

    /// Deletes all images of a user and their files, in steps of at most 100 images. Returns how many
    /// images. `progress` is called with their number after each step, and stops when it returns `false`. After
    /// that, an error or a crash, call it again. An image that is uploaded meanwhile may remain.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when not everything was deleted. Images may then be invisible while their files
    /// remain; the next [`sweep`](Storage::sweep) removes them.
    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        let _ = (website, user, progress);
        Err(StorageError::unsupported("delete_user"))
    }

    /// Makes all images of the user `from` images of `to`, e.g. when a guest signs in, in steps of at
    /// most 1,000 images. Returns how many. Ids, photo codes and URLs remain. `progress` is called as by
    /// [`delete_user`](Storage::delete_user). After an error or a crash, call it again.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when not all were reassigned.
    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        let _ = (website, from, to, progress);
        Err(StorageError::unsupported("reassign"))
    }

    /// Deletes the images of a website that were uploaded at least `age` ago, in steps of at most 100
    /// images. Returns how many. `progress` is called as by [`delete_user`](Storage::delete_user). After an error
    /// or a crash, call it again.
    ///
    /// # Errors
    ///
    /// As [`delete_user`](Storage::delete_user).
    fn expire(
        &self,
        website: WebsiteId,
        age: Duration,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        let _ = (website, age, progress);
        Err(StorageError::unsupported("expire"))
    }

    /// Compares every file with the length and the SHA-256 of its record, and looks for files without
    /// records. Uploads may go on meanwhile. `report` is the default, or that of a call that was stopped;
    /// `progress` is called after each step of at most 100 images or files, and stops when it returns
    /// `false`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records or names cannot be read. A file that cannot be read is a
    /// [`Problem`] of the report.
    fn verify(
        &self,
        report: VerifyReport,
        progress: &mut dyn FnMut(&VerifyReport) -> bool,
    ) -> Result<VerifyReport, StorageError> {
        let _ = (report, progress);
        Err(StorageError::unsupported("verify"))
    }

    /// Returns at most `limit` images of all websites with ids greater than `after`, oldest first: for
    /// [`copy`](copy()).
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the records cannot be read.
    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<StoredImage>, StorageError> {
        let _ = (after, limit);
        Err(StorageError::unsupported("scan"))
    }

    /// Stores an image as [`store`](Storage::store) does, but with the id and photo code that another
    /// storage has given: for [`copy`](copy()). Later ids are greater.
    ///
    /// # Errors
    ///
    /// As [`store`](Storage::store), and when there is an image with this id.
    fn import(
        &self,
        image: &NewImage<'_>,
        id: ImageId,
        photo_code: &str,
    ) -> Result<StoredImage, StorageError> {
        let _ = (image, id, photo_code);
        Err(StorageError::unsupported("import"))
    }

    /// Returns the greatest id that was ever given. `None` before the first.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when this cannot be read.
    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        Err(StorageError::unsupported("last_id"))
    }

    /// Makes all later ids greater than `id`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when this failed.
    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        let _ = id;
        Err(StorageError::unsupported("raise_last_id"))
    }
}

/// The error of a rendition that an image does not have.
fn no_rendition(image: &StoredImage, variant: Variant) -> StorageError {
    StorageError::new(format!("image {} has no rendition {variant}", image.id))
}

/// What a sweep removed. An upload that may still be running loses its files first, and its record in
/// a later sweep. The record of a [reserved name](Storage::take_reserved_name) is counted if files of it are removed, because
/// then an upload has used the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// The number of records of unfinished uploads and deletions that were removed.
    pub records: u64,
    /// The number of blobs of these that were removed.
    pub files: u64,
    /// The number of images that were deleted because of their age: what
    /// [`Uploader::sweep`](crate::Uploader::sweep) does for policies with a retention.
    pub images: u64,
}

impl SweepReport {
    /// A report of this many records and files.
    #[must_use]
    pub fn new(records: u64, files: u64) -> Self {
        Self { records, files, images: 0 }
    }
}

//! The half of a [`TwoPhaseStorage`](super::TwoPhaseStorage) that stores records.

use std::time::Duration;

use super::{Page, Quotas, StorageError, Usage};
use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, InvalidBlobKey};

/// Stores the records of images and of operations in progress. Every upload that has begun and every
/// deletion has a *pending* row until its blobs are complete or removed, so that the blobs of an
/// operation that crashed can be found.
///
/// A pending row is in one of these states:
///
/// * *reserved*: its name is for the next upload, which may have begun. It can be committed. A catalog need not
///   have this state: [`take_reserved_name`](Self::take_reserved_name).
/// * *storing*: an upload is writing its blobs. It can be committed.
/// * *swept*: a sweep expired the upload. It can no longer be committed, but may still be writing.
/// * *deleting*: its blobs are to be removed, and no upload writes them any more.
///
/// Every change that a method makes is one transaction, atomic and durable on return. Several processes may use one
/// catalog at the same time. After an error of a method that makes a change, the change may or may not
/// have been made.
pub trait Catalog: Send + Sync {
    /// Takes a name that this catalog has reserved for an upload of the same month, formats and renditions as `record`, if
    /// it has one. The name has a durable pending row, which [`begin`](Self::begin) finds. Each name is given once.
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        let _ = record;
        None
    }

    /// Adds a pending row in state *storing*, or finds the *reserved* row of the record's name. A row is found only if
    /// it has the keys of these blobs, and was reserved so recently that a sweep gives the upload all its time.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the record's unique name is visible or has another pending row, or the row
    /// could not be written.
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError>;

    /// Replaces a pending row in state *storing* or *reserved* by a visible image. Its id is greater than that of
    /// every image that was ever visible. Its photo code is that of the earliest visible image with
    /// the same website, user and SHA-256, or its own id when there is no such image. What is stored
    /// stays within `quotas`, whatever is committed at the same time, if
    /// [`supports_limits`](Self::supports_limits) is `true`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the row is no longer in one of these states, or when it is not known whether the
    /// image became visible: [`abort`](Self::abort) then finds out. [`StorageError::quota_exceeded`] when
    /// the image does not fit; it is not visible then.
    fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, StorageError>;

    /// Whether [`commit`](Self::commit) stays within quotas, and [`websites`](Self::websites) and
    /// [`delete_older`](Self::delete_older) work.
    fn supports_limits(&self) -> bool {
        false
    }

    /// Aborts an upload in any state. Unless the image is visible, the upload has a pending row in
    /// state *deleting* afterwards, and no commit of it can succeed or turn out to have succeeded.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when this failed. The state of the upload is then unknown.
    fn abort(&self, pending: PendingId, record: &ImageRecord)
    -> Result<AbortOutcome, StorageError>;

    /// Returns the image of `website` with this id.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records cannot be read.
    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError>;

    /// Returns the image that has a blob with this key, of any website.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records cannot be read.
    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError>;

    /// Returns the number of a user's images, and a page of them, the greatest id first.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records cannot be read.
    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError>;

    /// Replaces the image of `website` with this id by a pending row in state *deleting*. `None` when
    /// there is no such image.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when this failed, or it is not known whether it did.
    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError>;

    /// Returns all pending rows that have been in their state for at least `min_age`, and sets those
    /// that are *storing* or *reserved* to *swept*. A time in the future (a clock was set back) is an age of zero.
    /// Unless `min_age` is zero, it is longer for *reserved* ones, by the time after which an upload cannot begin
    /// with them.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when this failed.
    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError>;

    /// Removes a pending row that is *swept* or *deleting*. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it may still exist.
    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError>;

    /// Returns at most `size` of a user's images, the greatest id first: those with ids less than
    /// `before`.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records cannot be read, or this is not supported, as for all methods below.
    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let _ = (website, user, before, size);
        Err(StorageError::unsupported("list_after"))
    }

    /// Returns the number of a user's images whose name contains `text` if both are in lower case, and
    /// a page of them, the greatest id first.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let _ = (website, user, text, page);
        Err(StorageError::unsupported("search"))
    }

    /// As [`Storage::find_similar`](super::Storage::find_similar), each image with the number of bits that differ.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<(u32, Entry)>, StorageError> {
        let _ = (website, user, hash, distance, limit);
        Err(StorageError::unsupported("find_similar"))
    }

    /// Returns how much a website, or one of its users, has stored.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        let _ = (website, user);
        Err(StorageError::unsupported("usage"))
    }

    /// Returns at most `limit` websites that have images, the least id first: those with ids greater than
    /// `after`.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        let _ = (after, limit);
        Err(StorageError::unsupported("websites"))
    }

    /// Replaces at most `limit` images of a user, the oldest first, by pending rows in state *deleting*,
    /// as [`delete`](Self::delete) does one.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        let _ = (website, user, limit);
        Err(StorageError::unsupported("delete_user"))
    }

    /// Replaces at most `limit` images of a website that were uploaded at least `age` ago, the oldest
    /// first, by pending rows in state *deleting*, as [`delete`](Self::delete) does one.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn delete_older(
        &self,
        website: WebsiteId,
        age: Duration,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        let _ = (website, age, limit);
        Err(StorageError::unsupported("delete_older"))
    }

    /// Makes at most `limit` images of the user `from` images of `to`. Ids and photo codes remain.
    /// Returns how many.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        limit: u32,
    ) -> Result<u64, StorageError> {
        let _ = (website, from, to, limit);
        Err(StorageError::unsupported("reassign"))
    }

    /// Returns at most `limit` images of all websites with ids greater than `after`, the least id first.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<Scanned>, StorageError> {
        let _ = (after, limit);
        Err(StorageError::unsupported("scan"))
    }

    /// Whether a visible image or a pending row has this key.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn holds(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let _ = key;
        Err(StorageError::unsupported("holds"))
    }

    /// Sets the pending row of the record's unique name to *deleting*, whatever its state, so that its upload
    /// cannot be committed: an import that was interrupted has left it. Returns its number, or `None` when
    /// there is no such row.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn take_over(&self, record: &ImageRecord) -> Result<Option<PendingId>, StorageError> {
        let _ = record;
        Err(StorageError::unsupported("take_over"))
    }

    /// As [`commit`](Self::commit), but with this id and photo code, which another storage has given.
    /// Later ids are greater than `id`.
    ///
    /// # Errors
    ///
    /// As [`commit`](Self::commit), and when there is an image with this id.
    fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, StorageError> {
        let _ = (pending, record, id, photo_code);
        Err(StorageError::unsupported("commit_as"))
    }

    /// Returns the greatest id that was ever given. `None` before the first.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        Err(StorageError::unsupported("last_id"))
    }

    /// Makes all later ids greater than `id`.
    ///
    /// # Errors
    ///
    /// As [`list_after`](Self::list_after).
    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        let _ = id;
        Err(StorageError::unsupported("raise_last_id"))
    }
}

/// An image that [`Catalog::scan`] found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned {
    /// Its id.
    pub id: ImageId,
    /// The image, or why its record cannot be read.
    pub entry: Result<Entry, StorageError>,
}

impl Scanned {
    /// An image that was found.
    #[must_use]
    pub fn new(id: ImageId, entry: Result<Entry, StorageError>) -> Self {
        Self { id, entry }
    }
}

/// The number of a pending row. Numbers are never reused, so that an expired upload is not mistaken
/// for a later one with the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PendingId(pub i64);

/// A visible image.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// The image's id.
    pub id: ImageId,
    /// The id of the first upload of the same bytes by the same user of the same website.
    pub photo_code: ImageId,
    /// The image's record.
    pub record: ImageRecord,
}

impl Entry {
    /// A visible image.
    #[must_use]
    pub fn new(id: ImageId, photo_code: ImageId, record: ImageRecord) -> Self {
        Self { id, photo_code, record }
    }
}

/// A pending row whose blobs are to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orphan {
    /// The row's number.
    pub pending: PendingId,
    /// The keys of the blobs that may exist. An error when the row is damaged.
    pub keys: Result<Vec<BlobKey>, InvalidBlobKey>,
    /// Whether this call set the row to *swept*: its upload may be slow, and still be writing.
    pub may_be_writing: bool,
    /// Whether its name was *reserved*: there may have been no upload.
    pub was_reserved: bool,
}

impl Orphan {
    /// A pending row whose blobs are to be removed, and are not being written any more.
    #[must_use]
    pub fn new(pending: PendingId, keys: Result<Vec<BlobKey>, InvalidBlobKey>) -> Self {
        Self { pending, keys, may_be_writing: false, was_reserved: false }
    }

    /// The same row, whose upload may still be writing.
    #[must_use]
    pub fn with_may_be_writing(mut self, may_be_writing: bool) -> Self {
        self.may_be_writing = may_be_writing;
        self
    }

    /// The same row, the name of which was reserved.
    #[must_use]
    pub fn with_was_reserved(mut self, was_reserved: bool) -> Self {
        self.was_reserved = was_reserved;
        self
    }
}

/// The state of an upload after [`Catalog::abort`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub enum AbortOutcome {
    /// It can no longer become visible. Its blobs are to be removed, then its row.
    Deleting,
    /// It is visible, durably: the commit succeeded after all.
    Visible(Box<Entry>),
    /// Another upload has begun with its name since it was swept. The blobs belong to that one.
    Superseded,
}

//! The half of a [`TwoPhaseStorage`](super::TwoPhaseStorage) that keeps records.

use std::sync::Arc;
use std::time::Duration;

use super::{Page, StorageError};
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, ImageId, ImageRecord, InvalidBlobKey};

/// Keeps the records of images, and of what is under way: every upload that has begun and every
/// deletion has a *pending* row until its blobs are settled, so whatever a crash leaves can be
/// found.
///
/// A pending row is in one of three states:
///
/// * *storing*: an upload writes its blobs; only from here can it be committed.
/// * *swept*: a sweep took it for dead. It can no longer be committed, but it may still be writing.
/// * *deleting*: its blobs are to be removed, and nobody writes them any more.
///
/// Every method is one transaction, atomic and durable on return. Many processes may use one
/// catalog at once. An error from a method that changes something may leave it done or not done.
pub trait Catalog: Send + Sync {
    /// Writes a pending row in state *storing*.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the record's unique name is pending or visible already, or the row
    /// could not be written.
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError>;

    /// Turns a pending row in state *storing* into a visible image. Its id is greater than that of
    /// every image that was ever visible before. Its photo code is that of the earliest visible
    /// image with the same website, user and SHA-256; when there is none, its own id.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the row is not in this state any more, or when it is not known whether
    /// the image became visible; [`abandon`](Self::abandon) tells.
    fn commit(&self, pending: PendingId, record: &ImageRecord) -> Result<Entry, StorageError>;

    /// Gives an upload up, whatever has become of it: unless it is visible, it has after this a
    /// pending row in state *deleting*, and no commit of it can succeed or turn out to have
    /// succeeded.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when that could not be done: nothing is known then.
    fn abort(&self, pending: PendingId, record: &ImageRecord)
    -> Result<AbortOutcome, StorageError>;

    /// The image of `website` with this id.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records cannot be read.
    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError>;

    /// The image that one of whose two blobs is `key`, of whatever website.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when records cannot be read.
    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError>;

    /// A user's images, the greatest id first, and how many there are in all.
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

    /// Turns the image of `website` with this id into a pending row in state *deleting*.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when that could not be done, or it is not known.
    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError>;

    /// Answers all pending rows that have been in their state for at least `min_age`, and turns
    /// those that are *storing* into *swept*. A time in the future (clocks are set back) is no age.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when that could not be done.
    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError>;

    /// Removes a pending row that is not *storing*; tells whether there was one.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it may still be there.
    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError>;
}

/// A pending row's number. Numbers are never used twice, so that an upload that was taken for dead
/// is not mistaken for a later one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PendingId(pub i64);

/// A visible image.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: ImageId,
    /// The number of the first upload of the same bytes by the same user of the same website.
    pub photo_code: ImageId,
    /// What is known of it.
    pub record: ImageRecord,
}

/// A pending row whose blobs are to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Its number.
    pub pending: PendingId,
    /// The blobs that may be there; an error where somebody has damaged the row.
    pub keys: Result<[BlobKey; 2], InvalidBlobKey>,
    /// It has only just become *swept*: its upload may be slow, not dead, and still be writing.
    pub may_be_writing: bool,
}

/// What has become of an upload that was given up.
#[derive(Clone, Debug, PartialEq)]
pub enum AbortOutcome {
    /// It cannot become visible any more; its blobs are to be removed, then its row.
    Deleting,
    /// It is visible, and durably so: the commit went through after all.
    Visible(Box<Entry>),
    /// Another upload has taken up its name since it was swept. The blobs are that one's.
    Superseded,
}

impl<C: Catalog + ?Sized> Catalog for Arc<C> {
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        (**self).begin(record)
    }

    fn commit(&self, pending: PendingId, record: &ImageRecord) -> Result<Entry, StorageError> {
        (**self).commit(pending, record)
    }

    fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, StorageError> {
        (**self).abort(pending, record)
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError> {
        (**self).find(website, id)
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError> {
        (**self).find_key(key)
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        (**self).list(website, user, page)
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        (**self).delete(website, id)
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        (**self).expire_pending(min_age)
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        (**self).remove_pending(pending)
    }
}

//! The half of a [`TwoPhaseStorage`](super::TwoPhaseStorage) that stores bytes.

use std::sync::Arc;
use std::time::Duration;

use super::{Content, ReadAt, StorageError};
use crate::record::BlobKey;

/// Stores bytes under keys, e.g. in a folder or a bucket. It has no knowledge of images: a blob becomes
/// visible only through a record of the [`Catalog`](super::Catalog).
///
/// Keys are random and used once, so a blob is never changed.
pub trait Blobs: Send + Sync {
    /// Stores `content` under a new key, durably: after this returns, a loss of power does not lose it.
    /// It never overwrites.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the key exists, or the bytes could not be read or stored. All, some or none
    /// of them may then exist: the caller deletes the key, unless another upload owns it. When they may
    /// still appear later, it is an error [with unknown outcome](StorageError::with_unknown_outcome).
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError>;

    /// Stores several blobs, as [`put`](Self::put) does each. A store that can write them at the same
    /// time does.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), of any of them. No write is in progress when this returns.
    fn put_all(&self, blobs: &[(BlobKey, Content<'_>)]) -> Result<(), StorageError> {
        blobs.iter().try_for_each(|(key, content)| self.put(key, content))
    }

    /// Opens the bytes under a key for reading, or returns `None` when the key does not exist. `len` is
    /// the length that its record states: a store may open without asking for the actual length, and
    /// then fails to read if it differs.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be opened.
    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError>;

    /// Deletes a key, durably: after this returns it does not reappear, even if another process has
    /// just deleted it. Returns whether the key existed, as far as the store knows.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it may still exist. A key that does not exist is not an error.
    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError>;

    /// Returns at most `limit` keys that exist, in an order of the store's own that never changes: the
    /// first ones, or those that follow `after`, which need not exist. Fewer than `limit` are the last
    /// ones. What is not a [`BlobKey`] is left out.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be listed.
    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError>;

    /// Returns a URL from which everyone can read the bytes under a key until `expires` has passed, or
    /// `None` when the store makes no URLs: then they are served under the storage's base URL.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the URL cannot be signed.
    fn url(&self, key: &BlobKey, expires: Duration) -> Result<Option<String>, StorageError> {
        let _ = (key, expires);
        Ok(None)
    }
}

impl<B: Blobs + ?Sized> Blobs for Arc<B> {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        (**self).put(key, content)
    }

    fn put_all(&self, blobs: &[(BlobKey, Content<'_>)]) -> Result<(), StorageError> {
        (**self).put_all(blobs)
    }

    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        (**self).open(key, len)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        (**self).delete(key)
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        (**self).list(after, limit)
    }

    fn url(&self, key: &BlobKey, expires: Duration) -> Result<Option<String>, StorageError> {
        (**self).url(key, expires)
    }
}

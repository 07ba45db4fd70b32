//! The half of a [`TwoPhaseStorage`](super::TwoPhaseStorage) that keeps bytes.

use std::sync::Arc;

use super::StorageError;
use crate::record::BlobKey;

/// Keeps bytes under keys: a folder, a bucket. It knows nothing of images, and nothing in it is
/// visible by itself: only the [`Catalog`](super::Catalog)'s records make it so.
///
/// Keys are random and used once, so nothing is ever changed in place.
pub trait Blobs: Send + Sync {
    /// Keeps `bytes` under a new key, durably: once this has returned, a loss of power loses
    /// nothing of them. It never overwrites.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the key is taken, or the bytes could not be kept. All, some or none of
    /// them may then be there: the caller deletes the key, unless it was not its own.
    fn put(&self, key: &BlobKey, bytes: &[u8]) -> Result<(), StorageError>;

    /// The bytes under a key, or `None` when there is no such key.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read.
    fn get(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, StorageError>;

    /// Removes a key, durably: once this has returned it does not come back, even if it was another
    /// process that had just removed it. Tells whether there was one, as far as the store knows.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it may still be there. That there is no such key is no error.
    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError>;
}

impl<B: Blobs + ?Sized> Blobs for Arc<B> {
    fn put(&self, key: &BlobKey, bytes: &[u8]) -> Result<(), StorageError> {
        (**self).put(key, bytes)
    }

    fn get(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        (**self).get(key)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        (**self).delete(key)
    }
}

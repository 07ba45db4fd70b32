//! The half of a [`TwoPhaseStorage`](super::TwoPhaseStorage) that stores bytes.

use std::sync::Arc;

use super::StorageError;
use crate::record::BlobKey;

/// Stores bytes under keys, e.g. in a folder or a bucket. It has no knowledge of images: a blob becomes
/// visible only through a record of the [`Catalog`](super::Catalog).
///
/// Keys are random and used once, so a blob is never changed.
pub trait Blobs: Send + Sync {
    /// Stores `bytes` under a new key, durably: after this returns, a loss of power does not lose them.
    /// It never overwrites.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the key exists, or the bytes could not be stored. All, some or none of
    /// them may then exist: the caller deletes the key, unless another upload owns it. When they may even
    /// appear later, the error is one [`with_unknown_outcome`](StorageError::with_unknown_outcome).
    fn put(&self, key: &BlobKey, bytes: &[u8]) -> Result<(), StorageError>;

    /// Stores several blobs as [`put`](Self::put) does, in order. Where each one is a request to another
    /// machine, an implementation may send them at the same time.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put), when any of them could not be stored. None of them is being written when
    /// this returns.
    fn put_all(&self, blobs: &[(BlobKey, &[u8])]) -> Result<(), StorageError> {
        blobs.iter().try_for_each(|(key, bytes)| self.put(key, bytes))
    }

    /// Returns the bytes under a key, or `None` when the key does not exist.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read.
    fn get(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, StorageError>;

    /// Deletes a key, durably: after this returns it does not reappear, even if another process has
    /// just deleted it. Returns whether the key existed, as far as the store knows.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it may still exist. A key that does not exist is not an error.
    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError>;
}

impl<B: Blobs + ?Sized> Blobs for Arc<B> {
    fn put(&self, key: &BlobKey, bytes: &[u8]) -> Result<(), StorageError> {
        (**self).put(key, bytes)
    }

    fn put_all(&self, blobs: &[(BlobKey, &[u8])]) -> Result<(), StorageError> {
        (**self).put_all(blobs)
    }

    fn get(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        (**self).get(key)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        (**self).delete(key)
    }
}

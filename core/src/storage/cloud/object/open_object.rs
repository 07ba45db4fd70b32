//! An object that is open for reading.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use object_store::GetRange;

use super::ObjectBlobs;
use crate::record::BlobKey;
use crate::storage::{ReadAt, StorageError};

/// The number of bytes of a request, if fewer are asked for: a smaller object is read at once.
pub(super) const WINDOW: u64 = 1024 * 1024;

/// The largest number of bytes of a request.
const LARGEST: u64 = 8 * WINDOW;

/// An object, and the bytes of it that were read last.
pub(super) struct OpenObject {
    blobs: ObjectBlobs,
    key: BlobKey,
    len: u64,
    /// Where the bytes begin.
    window: Mutex<(u64, Bytes)>,
}

impl OpenObject {
    /// An object of `len` bytes, which begins with `first`.
    pub(super) fn new(blobs: ObjectBlobs, key: BlobKey, len: u64, first: Bytes) -> Self {
        Self { blobs, key, len, window: Mutex::new((0, first)) }
    }

    /// The bytes from `offset` on that were read last; none if they are elsewhere.
    fn known(&self, offset: u64) -> Bytes {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, bytes) = &*window;
        let skip = offset.checked_sub(*start).and_then(|skip| usize::try_from(skip).ok());
        skip.filter(|skip| *skip < bytes.len()).map(|skip| bytes.slice(skip..)).unwrap_or_default()
    }

    /// Reads the bytes from `offset` on: at least `least` of them, unless they end.
    fn read(&self, offset: u64, least: u64) -> Result<Bytes, StorageError> {
        let end = offset.saturating_add(least.clamp(WINDOW, LARGEST)).min(self.len);
        let range = Some(GetRange::Bounded(offset..end));
        let found = self.blobs.runtime.block_on(self.blobs.fetch(&self.key, range))??;
        let (len, bytes) =
            found.ok_or_else(|| StorageError::new(format!("{} was deleted", self.key)))?;
        if len != self.len || bytes.len() as u64 != end - offset {
            return Err(StorageError::new(format!("{} has changed", self.key)));
        }
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = (offset, bytes.clone());
        Ok(bytes)
    }
}

impl ReadAt for OpenObject {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let mut filled = 0;
        let mut offset = offset;
        while offset < self.len {
            let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            let mut bytes = self.known(offset);
            if bytes.is_empty() {
                bytes = self.read(offset, rest.len() as u64)?;
            }
            let count = bytes.len().min(rest.len());
            let (Some(from), Some(to)) = (bytes.get(..count), rest.get_mut(..count)) else { break };
            to.copy_from_slice(from);
            filled += count;
            offset += count as u64;
        }
        Ok(filled)
    }
}

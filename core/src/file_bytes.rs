//! The bytes of an upload: in memory, or on disk, where they are read in pieces.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::container::disk::Disk;
use crate::format::Format;
use crate::geometry::Size;
use crate::policy::Policy;
use crate::probe::{self, ImageInfo, ProbeError};
use crate::rendition::{self, Source};
use crate::storage::{Content, DiskFile, ReadAt, StorageError};

/// A shorter file is read into memory.
const LARGE: u64 = 8 << 20;

/// The bytes of an upload.
#[derive(Clone, Copy)]
pub(crate) enum FileBytes<'a> {
    Memory(&'a [u8]),
    /// Of a file that [`open_large`] has opened.
    Disk(&'a DiskFile),
}

impl<'a> FileBytes<'a> {
    pub(crate) fn len(self) -> u64 {
        match self {
            Self::Memory(data) => data.len() as u64,
            Self::Disk(file) => file.len(),
        }
    }

    pub(crate) fn probe(self) -> Result<ImageInfo, ProbeError> {
        match self {
            Self::Memory(data) => probe::probe(data),
            Self::Disk(file) => probe::probe_reader(file.file()),
        }
    }

    /// The bytes, if they are in memory.
    pub(crate) fn in_memory(self) -> &'a [u8] {
        match self {
            Self::Memory(data) => data,
            Self::Disk(_) => &[],
        }
    }

    pub(crate) fn source(self, format: Format, stored_size: Size) -> Source<'a> {
        match self {
            Self::Memory(data) => Source::new(data, format, stored_size),
            Self::Disk(file) => Source::on_disk(disk(file), format, stored_size),
        }
    }

    pub(crate) fn sha256(self) -> Result<[u8; 32], StorageError> {
        let mut hasher = Sha256::new();
        let content = match self {
            Self::Memory(data) => Content::from(data),
            Self::Disk(file) => Content::from(file),
        };
        content.for_each_piece(|piece| {
            hasher.update(piece);
            Ok::<_, StorageError>(())
        })?;
        Ok(hasher.finalize().into())
    }
}

impl<'a> FileBytes<'a> {
    /// The bytes for one who reads them all. Those on disk have to be what `sha256` states; `unchanged` keeps what was
    /// read.
    pub(crate) fn content<'c>(
        self,
        sha256: [u8; 32],
        unchanged: &'c mut Option<Unchanged<'a>>,
    ) -> Content<'c> {
        match self {
            Self::Memory(data) => Content::from(data),
            Self::Disk(file) => {
                Content::from_reader(unchanged.insert(Unchanged::new(file, sha256)))
            }
        }
    }
}

fn disk(file: &DiskFile) -> Disk<'_> {
    Disk::new(file.file(), file.len())
}

/// Opens a file that is large, within the policy, and of a format that is read from disk in pieces. `None` for
/// any other, also if it cannot be read.
pub(crate) fn open_large(path: &Path, policy: &Policy) -> Option<DiskFile> {
    // Before it is opened: opening a FIFO waits for its writer. Frames are counted in memory.
    let facts = fs::metadata(path).ok()?;
    let is_read = facts.is_file() && facts.len() >= LARGE && facts.len() <= policy.max_bytes;
    if !is_read || policy.max_frames.is_some() {
        return None;
    }
    let file = DiskFile::open(path).ok()?;
    let format = probe::probe_reader(file.file()).ok()?.format;
    rendition::reads_from_disk(disk(&file), format).then_some(file)
}

/// A file that is being stored. One that is no longer what its SHA-256 states is an error at its end.
pub(crate) struct Unchanged<'a> {
    file: &'a DiskFile,
    sha256: [u8; 32],
    /// What was read from the start on, and where that ends.
    read: Mutex<(Sha256, u64)>,
}

impl<'a> Unchanged<'a> {
    pub(crate) fn new(file: &'a DiskFile, sha256: [u8; 32]) -> Self {
        Self { file, sha256, read: Mutex::default() }
    }
}

impl ReadAt for Unchanged<'_> {
    fn len(&self) -> u64 {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let count = self.file.read_at(offset, buffer)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (hasher, end) = &mut *read;
        // It may be read several times, by inspectors and by the storage, which may read a part again.
        if offset == 0 {
            (*hasher, *end) = Default::default();
        }
        if offset == *end {
            hasher.update(buffer.get(..count).unwrap_or_default());
            *end += count as u64;
            if *end == self.file.len() && hasher.clone().finalize().as_slice() != self.sha256 {
                return Err(StorageError::new("the file was changed while it was uploaded"));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_changed_is_not_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "0123456789").unwrap();
        let file = DiskFile::open(&path).unwrap();
        let sha256 = FileBytes::Disk(&file).sha256().unwrap();
        assert_eq!(sha256, FileBytes::Memory(b"0123456789").sha256().unwrap());
        let read = |unchanged: &Unchanged<'_>| Content::from_reader(unchanged).read_all().map(drop);
        let unchanged = Unchanged::new(&file, sha256);
        (0..2).for_each(|_| read(&unchanged).unwrap());
        fs::write(&path, "0123456780").unwrap();
        let error = read(&unchanged).unwrap_err();
        assert_eq!(error.to_string(), "the file was changed while it was uploaded");
    }
}

//! Bytes that are read in pieces.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::StorageError;

/// Bytes of a known length that are read in pieces, in any order and from several threads.
pub trait ReadAt: Send + Sync {
    /// The number of bytes.
    fn len(&self) -> u64;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the bytes at `offset` into `buffer` and returns their number: the length of `buffer`, or
    /// less where the bytes end. At or after the end it is 0.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read, or there are fewer than [`len`](Self::len) states.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError>;
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        let (Some(from), Some(to)) = (rest.get(..count), buffer.get_mut(..count)) else {
            return Ok(0);
        };
        to.copy_from_slice(from);
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        ReadAt::read_at(self.as_slice(), offset, buffer)
    }
}

/// A pointer to bytes is bytes.
macro_rules! forward_read_at {
    ($pointer:ident) => {
        impl<R: ReadAt + ?Sized> ReadAt for $pointer<R> {
            fn len(&self) -> u64 {
                (**self).len()
            }

            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
                (**self).read_at(offset, buffer)
            }
        }
    };
}

forward_read_at!(Arc);
forward_read_at!(Box);

/// A file on disk, open for reading. Its length is that at the time it was opened.
pub struct DiskFile {
    file: File,
    path: PathBuf,
    len: u64,
}

impl DiskFile {
    /// Opens the file `path`.
    ///
    /// # Errors
    ///
    /// [`io::Error`] when it cannot be opened, or is a folder or a device.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = File::open(path)?;
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok(Self { file, path: path.to_owned(), len: facts.len() })
    }

    /// The open file. Reads of this file do not use its position, except on Windows, where they set it.
    #[cfg(feature = "rendition")]
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    fn failed(&self, error: io::Error) -> StorageError {
        StorageError::new(format!("cannot read {}", self.path.display())).with_source(error)
    }
}

impl ReadAt for DiskFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        let mut rest = buffer.get_mut(..count).unwrap_or_default();
        let mut at = offset;
        while !rest.is_empty() {
            match read_once(&self.file, at, rest) {
                Ok(0) => return Err(self.failed(io::ErrorKind::UnexpectedEof.into())),
                Ok(read) => {
                    rest = rest.get_mut(read..).unwrap_or_default();
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(count)
    }
}

impl fmt::Debug for DiskFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskFile").field("path", &self.path).field("len", &self.len).finish()
    }
}

#[cfg(unix)]
fn read_once(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

/// Moves the file's position, which nothing else uses.
#[cfg(windows)]
fn read_once(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(not(any(unix, windows)))]
fn read_once(_: &File, _: u64, _: &mut [u8]) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &dyn ReadAt) {
        assert_eq!((bytes.len(), bytes.is_empty()), (10, false));
        let mut buffer = [b'x'; 4];
        for (offset, expected) in [(0, &b"0123"[..]), (5, b"5678"), (8, b"89"), (10, b"")] {
            let read = bytes.read_at(offset, &mut buffer).unwrap();
            assert_eq!(&buffer[..read], expected, "at {offset}");
        }
        assert_eq!(bytes.read_at(u64::MAX, &mut buffer).unwrap(), 0);
        assert_eq!(bytes.read_at(3, &mut []).unwrap(), 0);
    }

    #[test]
    fn a_read_is_short_only_at_the_end() {
        let bytes = b"0123456789".to_vec();
        check(&bytes);
        check(&Arc::new(bytes.clone()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        check(&DiskFile::open(&path).unwrap());
        assert!(DiskFile::open(folder.path()).is_err(), "a folder");
    }

    #[test]
    fn a_file_that_was_cut_since_it_was_opened_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "0123456789").unwrap();
        let file = DiskFile::open(&path).unwrap();
        std::fs::write(&path, "0123").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(file.read_at(0, &mut buffer[..4]).unwrap(), 4);
        let error = file.read_at(0, &mut buffer).unwrap_err().to_string();
        assert!(error.contains("cannot read"), "{error}");
    }
}

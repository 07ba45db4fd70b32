//! The bytes of a file that is being stored.

use std::borrow::Cow;
use std::fmt;

use super::{DiskFile, ReadAt, StorageError};

/// The bytes of a file that is being stored: in memory, or read in pieces from elsewhere, such as a
/// file on disk.
#[derive(Clone, Copy)]
pub struct Content<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Bytes(&'a [u8]),
    Reader(&'a dyn ReadAt),
}

impl<'a> Content<'a> {
    /// The most bytes that [`for_each_piece`](Self::for_each_piece) holds at a time.
    pub const PIECE: usize = 256 * 1024;

    /// Bytes that are read in pieces.
    #[must_use]
    pub fn from_reader(reader: &'a dyn ReadAt) -> Self {
        Self(Source::Reader(reader))
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self.0 {
            Source::Bytes(bytes) => bytes.len() as u64,
            Source::Reader(reader) => reader.len(),
        }
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes if they are in memory.
    #[must_use]
    pub fn in_memory(&self) -> Option<&'a [u8]> {
        match self.0 {
            Source::Bytes(bytes) => Some(bytes),
            Source::Reader(_) => None,
        }
    }

    /// Reads a part, as [`ReadAt::read_at`].
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be read.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        match self.0 {
            Source::Bytes(bytes) => bytes.read_at(offset, buffer),
            Source::Reader(reader) => reader.read_at(offset, buffer),
        }
    }

    /// All bytes. Those that are not in memory are read into it.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read, or memory cannot hold them.
    pub fn read_all(&self) -> Result<Cow<'a, [u8]>, StorageError> {
        match self.0 {
            Source::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Source::Reader(reader) => read_all(reader).map(Cow::Owned),
        }
    }

    /// Calls `work` with all bytes in order: at once if they are in memory, else in pieces of
    /// [`PIECE`](Self::PIECE) bytes.
    ///
    /// # Errors
    ///
    /// That of `work`, or [`StorageError`] when the bytes cannot be read.
    pub fn for_each_piece<E: From<StorageError>>(
        &self,
        mut work: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.0 {
            Source::Bytes(bytes) => work(bytes),
            Source::Reader(reader) => for_each_piece(reader, work),
        }
    }
}

/// Reads all of `reader` into memory.
pub(super) fn read_all(reader: &dyn ReadAt) -> Result<Vec<u8>, StorageError> {
    let len = reader.len();
    let too_long = || StorageError::new(format!("memory cannot hold a file of {len} bytes"));
    let size = usize::try_from(len).map_err(|_| too_long())?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|error| too_long().with_source(error))?;
    for_each_piece(reader, |piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, StorageError>(())
    })?;
    Ok(bytes)
}

/// Calls `work` with pieces of [`Content::PIECE`] bytes in order.
pub(super) fn for_each_piece<E: From<StorageError>>(
    reader: &dyn ReadAt,
    mut work: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let len = reader.len();
    let piece = usize::try_from(len).unwrap_or(usize::MAX).min(Content::PIECE);
    let mut buffer = vec![0; piece];
    let mut offset = 0;
    while offset < len {
        match reader.read_at(offset, &mut buffer)? {
            0 => {
                let reason = format!("the bytes end at {offset}, not at {len}");
                return Err(StorageError::new(reason).into());
            }
            read => {
                work(buffer.get(..read).unwrap_or_default())?;
                offset += read as u64;
            }
        }
    }
    Ok(())
}

impl<'a> From<&'a [u8]> for Content<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Source::Bytes(bytes))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Content<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self(Source::Bytes(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Content<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self(Source::Bytes(bytes))
    }
}

impl<'a> From<&'a DiskFile> for Content<'a> {
    fn from(file: &'a DiskFile) -> Self {
        Self(Source::Reader(file))
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_all_bytes_in_order() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let boxed: Box<dyn ReadAt> = Box::new(bytes.clone());
        for (content, most) in [(Content::from(&bytes), 1), (Content::from_reader(&*boxed), 3)] {
            let (mut pieces, mut joined) = (0, Vec::new());
            content
                .for_each_piece(|piece| {
                    pieces += 1;
                    joined.extend_from_slice(piece);
                    Ok::<_, StorageError>(())
                })
                .unwrap();
            assert_eq!((pieces, joined == bytes), (most, true));
            assert!(content.read_all().unwrap() == bytes);
            let mut part = [0; 3];
            assert_eq!(content.read_at(255, &mut part).unwrap(), 3);
            assert_eq!(part, [255, 0, 1]);
        }
    }

    #[test]
    fn bytes_that_end_early_are_an_error() {
        struct Short;
        impl ReadAt for Short {
            fn len(&self) -> u64 {
                10
            }
            fn read_at(&self, offset: u64, _: &mut [u8]) -> Result<usize, StorageError> {
                Ok(if offset == 0 { 4 } else { 0 })
            }
        }
        let error = Content::from_reader(&Short).read_all().unwrap_err();
        assert_eq!(error.to_string(), "the bytes end at 4, not at 10");
    }
}

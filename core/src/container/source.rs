//! The bytes of a file: a slice in memory, or a reader of which as little as possible is read.
//!
//! Every read goes through [`Source::get`], which checks the range first. Offsets are `u64` everywhere, so
//! that no format has to convert to `usize`.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::error::ProbeError;

/// The most bytes of one [`Source::get`]: the window of [`Stream`].
pub(crate) const WINDOW: usize = 4096;

/// Random access to the bytes of one file.
pub(crate) trait Source {
    /// How many bytes the file has.
    fn len(&self) -> u64;

    /// The `count` bytes at `at`: all of them, or [`ProbeError::Truncated`]. At most [`WINDOW`].
    fn get(&mut self, at: u64, count: usize) -> Result<&[u8], ProbeError>;

    /// As [`Source::get`], but fewer bytes where the file ends.
    fn get_up_to(&mut self, at: u64, count: usize) -> Result<&[u8], ProbeError> {
        let left = usize::try_from(self.len().saturating_sub(at)).unwrap_or(usize::MAX);
        self.get(at, count.min(left))
    }

    /// A fixed number of bytes, copied out.
    #[inline]
    fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N], ProbeError> {
        self.get(at, N)?.first_chunk().copied().ok_or(ProbeError::Truncated)
    }

    /// A big-endian 16-bit number.
    #[inline]
    fn be16(&mut self, at: u64) -> Result<u16, ProbeError> {
        self.array(at).map(u16::from_be_bytes)
    }

    /// A big-endian 32-bit number.
    #[inline]
    fn be32(&mut self, at: u64) -> Result<u32, ProbeError> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// A little-endian 16-bit number.
    #[inline]
    fn le16(&mut self, at: u64) -> Result<u16, ProbeError> {
        self.array(at).map(u16::from_le_bytes)
    }

    /// A little-endian 32-bit number.
    #[inline]
    fn le32(&mut self, at: u64) -> Result<u32, ProbeError> {
        self.array(at).map(u32::from_le_bytes)
    }
}

impl Source for &[u8] {
    #[inline]
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    #[inline]
    fn get(&mut self, at: u64, count: usize) -> Result<&[u8], ProbeError> {
        usize::try_from(at)
            .ok()
            .and_then(|at| <[u8]>::get(self, at..at.checked_add(count)?))
            .ok_or(ProbeError::Truncated)
    }
}

/// Bytes of the first read of a stream: enough for the header of most files.
const FIRST_READ: usize = 1024;
/// Bytes of a read after a jump: one segment or chunk header, or a few IFD entries.
const JUMP_READ: usize = 64;

/// A reader with a window of [`WINDOW`] bytes. A jump reads little; sequential reads double in size, so that
/// long runs take few system calls.
pub(crate) struct Stream<R> {
    reader: R,
    len: u64,
    window: [u8; WINDOW],
    start: u64,
    filled: usize,
    amount: usize,
}

impl<R: Read + Seek> Stream<R> {
    pub(crate) fn new(mut reader: R) -> Result<Self, ProbeError> {
        let len = reader.seek(SeekFrom::End(0)).map_err(ProbeError::Io)?;
        Ok(Self { reader, len, window: [0; WINDOW], start: 0, filled: 0, amount: FIRST_READ / 2 })
    }

    fn fill(&mut self, at: u64, count: usize) -> Result<(), ProbeError> {
        let end = self.start.saturating_add(self.filled as u64);
        // A gap of at most 64 bytes counts as sequential, or a file of small chunks would be read in small
        // pieces.
        let sequential = at >= self.start && at <= end.saturating_add(JUMP_READ as u64);
        self.amount = if sequential { (self.amount * 2).min(WINDOW) } else { JUMP_READ };
        let left = usize::try_from(self.len - at).unwrap_or(usize::MAX);
        let wanted = self.amount.max(count).min(left);

        self.filled = 0;
        self.reader.seek(SeekFrom::Start(at)).map_err(ProbeError::Io)?;
        self.start = at;
        while self.filled < wanted {
            let room = self.window.get_mut(self.filled..wanted).unwrap_or_default();
            match self.reader.read(room) {
                Ok(0) => break,
                Ok(read) => self.filled += read.min(room.len()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ProbeError::Io(error)),
            }
        }
        Ok(())
    }
}

impl<R: Read + Seek> Source for Stream<R> {
    fn len(&self) -> u64 {
        self.len
    }

    fn get(&mut self, at: u64, count: usize) -> Result<&[u8], ProbeError> {
        let end = at.checked_add(count as u64).ok_or(ProbeError::Truncated)?;
        if end > self.len || count > WINDOW {
            return Err(ProbeError::Truncated);
        }
        if at < self.start || end > self.start + self.filled as u64 {
            self.fill(at, count)?;
        }
        // If the file was cut since its length was read, this range is short.
        usize::try_from(at - self.start)
            .ok()
            .and_then(|from| self.window.get(..self.filled)?.get(from..from.checked_add(count)?))
            .ok_or(ProbeError::Truncated)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::container::error::lenient;

    #[test]
    fn a_stream_gives_the_same_bytes_as_a_slice() {
        let data: Vec<u8> =
            (0..20_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        let mut stream = Stream::new(Cursor::new(&data)).unwrap();
        let mut slice = data.as_slice();
        let mut at = 7_u64;
        for step in 0..3000_u64 {
            let count = usize::try_from((step * 31) % 600).unwrap();
            assert_eq!(
                stream.get(at, count).ok(),
                Source::get(&mut slice, at, count).ok(),
                "{count} bytes at {at}"
            );
            at = (at * 5 + step) % 21_000;
        }
    }

    #[test]
    fn ranges_past_the_end_are_truncated_and_never_wrap() {
        let mut slice = &[1_u8, 2, 3][..];
        let mut stream = Stream::new(Cursor::new([1_u8, 2, 3])).unwrap();
        for (at, count) in [(3, 1), (4, 0), (u64::MAX, 1), (u64::MAX, usize::MAX), (0, 4)] {
            assert!(matches!(Source::get(&mut slice, at, count), Err(ProbeError::Truncated)));
            assert!(matches!(stream.get(at, count), Err(ProbeError::Truncated)));
        }
        assert_eq!(slice.get_up_to(1, 10).unwrap(), [2, 3]);
        assert_eq!(stream.get_up_to(1, 10).unwrap(), [2, 3]);
    }

    #[test]
    fn a_failing_reader_is_an_io_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(ErrorKind::PermissionDenied.into())
            }
        }
        impl Seek for Broken {
            fn seek(&mut self, _: SeekFrom) -> std::io::Result<u64> {
                Ok(100)
            }
        }
        let error = Stream::new(Broken).unwrap().get(0, 4).map(drop).unwrap_err();
        let ProbeError::Io(error) = error else { panic!("{error:?}") };
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert!(matches!(lenient::<()>(Err(ProbeError::Truncated)), Ok(None)));
        assert!(lenient::<()>(Err(ProbeError::Io(ErrorKind::Other.into()))).is_err());
    }
}

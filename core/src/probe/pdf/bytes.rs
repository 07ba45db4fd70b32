//! Where the tokens of a PDF are read from: the file, or a stream of it that is inflated without a heap.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use crate::container::error::ProbeError;
use crate::container::source::Source;

/// The bytes that one probe may still read, so that it ends soon on every file.
pub(super) struct Work(u32);

impl Work {
    /// Enough for the cross-references of a million objects.
    pub(super) const fn new() -> Self {
        Self(16 << 20)
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), ProbeError> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.0 = self.0.checked_sub(bytes).ok_or(ProbeError::Truncated)?;
        Ok(())
    }
}

/// Bytes, one after the other.
pub(super) trait Bytes {
    /// The next byte, `None` at the end.
    fn next(&mut self) -> Result<Option<u8>, ProbeError>;

    /// The next byte. Its lack is an error.
    fn required(&mut self) -> Result<u8, ProbeError> {
        self.next()?.ok_or(ProbeError::Truncated)
    }
}

/// The bytes of the file from an offset on.
pub(super) struct FileBytes<'a, S> {
    pub(super) src: &'a mut S,
    pub(super) at: u64,
    pub(super) work: &'a mut Work,
}

impl<S: Source> Bytes for FileBytes<'_, S> {
    fn next(&mut self) -> Result<Option<u8>, ProbeError> {
        if self.at >= self.src.len() {
            return Ok(None);
        }
        self.work.spend(1)?;
        let [byte] = self.src.array(self.at)?;
        self.at += 1;
        Ok(Some(byte))
    }
}

/// The window of deflate (RFC 1951), which holds what was inflated last.
const RING: usize = 32 * 1024;
/// Bytes of the file that are inflated at a time.
const STEP: usize = 512;

/// The bytes of a stream with the filter `FlateDecode`.
pub(super) struct Inflated<'a, S> {
    file: FileBytes<'a, S>,
    state: DecompressorOxide,
    ring: [u8; RING],
    /// What of the ring is inflated and not read: `from..to`.
    from: usize,
    to: usize,
    has_ended: bool,
}

impl<'a, S: Source> Inflated<'a, S> {
    pub(super) fn new(file: FileBytes<'a, S>) -> Self {
        let state = DecompressorOxide::new();
        Self { file, state, ring: [0; RING], from: 0, to: 0, has_ended: false }
    }

    /// Inflates until a byte is there, or the stream ends.
    fn fill(&mut self) -> Result<(), ProbeError> {
        const FLAGS: u32 =
            inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
        while self.from == self.to && !self.has_ended {
            let start = self.to % RING;
            let input = self.file.src.get_up_to(self.file.at, STEP)?;
            let (status, read, written) =
                decompress(&mut self.state, input, &mut self.ring, start, FLAGS);
            (self.from, self.to) = (start, start + written);
            self.file.at += read as u64;
            self.file.work.spend(read + written)?;
            self.has_ended = match status {
                TINFLStatus::HasMoreOutput => false,
                TINFLStatus::NeedsMoreInput => read == 0,
                _ => true,
            };
        }
        Ok(())
    }
}

impl<S: Source> Bytes for Inflated<'_, S> {
    fn next(&mut self) -> Result<Option<u8>, ProbeError> {
        if self.from == self.to {
            self.fill()?;
        }
        if self.from == self.to {
            return Ok(None);
        }
        let byte = self.ring.get(self.from).copied();
        self.from += 1;
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_longer_than_the_window() {
        let text: Vec<u8> =
            (0..200_000_u32).flat_map(|n| (n.wrapping_mul(n) % 1009).to_le_bytes()).collect();
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&text, 6);
        let (mut src, mut work) = (&packed[..], Work::new());
        let mut stream = Inflated::new(FileBytes { src: &mut src, at: 0, work: &mut work });
        for (at, byte) in text.iter().enumerate() {
            assert_eq!(stream.next().unwrap(), Some(*byte), "at {at}");
        }
        assert_eq!(stream.next().unwrap(), None);
    }

    #[test]
    fn the_work_is_bounded() {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 32 << 20], 6);
        let (mut src, mut work) = (&packed[..], Work::new());
        let mut stream = Inflated::new(FileBytes { src: &mut src, at: 0, work: &mut work });
        let mut count = 0;
        let end = loop {
            match stream.next() {
                Ok(Some(0)) => count += 1,
                end => break end,
            }
        };
        assert!(end.is_err() && (8 << 20..17 << 20).contains(&count), "{count}");
    }
}

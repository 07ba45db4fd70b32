//! The chunks of a RIFF file, which WebP is (RFC 9649 sections 2.3 and 2.4).

use super::error::ProbeError;
use super::source::Source;

/// Offset of the first chunk, behind `RIFF`, a length and the form type.
const FIRST_CHUNK: u64 = 12;
/// Bytes of type and length before the data of a chunk.
const CHUNK_HEADER: u64 = 8;

/// One chunk.
#[derive(Clone, Copy)]
pub(crate) struct Chunk {
    pub(crate) kind: [u8; 4],
    /// Offset of its data in the file.
    pub(crate) at: u64,
    /// Bytes of data, by its header: the file may have fewer.
    pub(crate) len: u64,
}

/// The chunks of a file, in order.
pub(crate) struct Chunks {
    at: u64,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { at: FIRST_CHUNK }
    }

    /// Whether another chunk's header fits before the offset `end`.
    #[inline]
    pub(crate) fn more(&self, end: u64) -> bool {
        self.at.saturating_add(CHUNK_HEADER) <= end
    }

    /// The next chunk; [`ProbeError::Truncated`] where the file ends before the end of its header.
    #[inline]
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Chunk, ProbeError> {
        let [c0, c1, c2, c3, size @ ..] = src.array::<8>(self.at)?;
        let len = u64::from(u32::from_le_bytes(size));
        let at = self.at + CHUNK_HEADER;
        // Data are padded to an even length.
        self.at = at + len + (len & 1);
        Ok(Chunk { kind: [c0, c1, c2, c3], at, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_chunks_are_padded() {
        let data = b"RIFF\0\0\0\0WEBPaaaa\x03\0\0\0xyz\0bbbb\x02\0\0\0";
        let (mut src, mut chunks) = (&data[..], Chunks::new());
        for (kind, at, len) in [(b"aaaa", 20, 3), (b"bbbb", 32, 2)] {
            assert!(chunks.more(data.len() as u64));
            let chunk = chunks.next(&mut src).unwrap();
            assert_eq!((&chunk.kind, chunk.at, chunk.len), (kind, at, len));
        }
        assert!(!chunks.more(data.len() as u64));
        assert!(matches!(chunks.next(&mut src), Err(ProbeError::Truncated)));
    }
}

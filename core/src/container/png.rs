//! The chunks of a PNG (W3C PNG Specification, third edition, section 5.3).

use super::error::ProbeError;
use super::source::Source;

pub(crate) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// Bytes of length and type before the data of a chunk, and of its checksum behind them.
pub(crate) const CHUNK_HEADER: u64 = 8;
pub(crate) const CHUNK_CRC: u64 = 4;

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
#[derive(Clone, Copy)]
pub(crate) struct Chunks {
    /// Offset of the next chunk's header.
    pub(crate) at: u64,
}

impl Chunks {
    pub(crate) fn new() -> Self {
        Self { at: SIGNATURE.len() as u64 }
    }

    /// The next chunk; [`ProbeError::Truncated`] where the file ends before the end of its header.
    #[inline]
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Chunk, ProbeError> {
        let [l0, l1, l2, l3, kind @ ..] = src.array::<8>(self.at)?;
        let len = u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
        let at = self.at + CHUNK_HEADER;
        self.at = at + len + CHUNK_CRC;
        Ok(Chunk { kind, at, len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_each_other_to_the_end_of_the_file() {
        let data =
            [SIGNATURE, b"\0\0\0\x03aaaaxyzCRC_\0\0\0\0bbbbCRC_\xFF\xFF\xFF\xFFcccc"].concat();
        let (mut src, mut chunks) = (&data[..], Chunks::new());
        for (kind, at, len) in [(b"aaaa", 16, 3), (b"bbbb", 31, 0), (b"cccc", 43, u32::MAX.into())]
        {
            let chunk = chunks.next(&mut src).unwrap();
            assert_eq!((&chunk.kind, chunk.at, chunk.len), (kind, at, len));
        }
        assert!(matches!(chunks.next(&mut src), Err(ProbeError::Truncated)));
    }
}

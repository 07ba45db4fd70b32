//! The chunks before a PNG's pixels.

use super::profile::MAX_PROFILE;
use crate::container::png::Chunks;
use crate::rendition::decode_error::DecodeError;

/// Refuses critical chunks that the specification does not define: without them the pixels are read wrong
/// (section 5.4). Apple's `CgBI` is one.
pub(super) fn check_critical_chunks(data: &[u8]) -> Result<(), DecodeError> {
    let (mut src, mut chunks) = (data, Chunks::new());
    while let Ok(chunk) = chunks.next(&mut src) {
        match &chunk.kind {
            b"IDAT" => break,
            b"IHDR" | b"PLTE" | b"IEND" => {}
            [b'A'..=b'Z', rest @ ..] if rest.iter().all(u8::is_ascii_alphabetic) => {
                let name = String::from_utf8_lossy(&chunk.kind);
                return Err(DecodeError::unsupported(format!("the critical chunk {name}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The most memory that the `png` crate may take for these chunks.
pub(super) const METADATA: usize = 16 << 20;
/// What the `png` crate allocates for any file.
const READER: u64 = 256 << 10;

/// What these chunks take, at most: their data, in a vector that grows, and a profile inflated.
pub(super) fn memory(data: &[u8]) -> u64 {
    /// The greatest factor by which deflate compresses.
    const MOST_INFLATED: u64 = 1032;
    let (mut src, mut chunks) = (data, Chunks::new());
    let (mut kept, mut profile) = (0_u64, 0);
    while let Ok(chunk) = chunks.next(&mut src) {
        match &chunk.kind {
            b"IDAT" => break,
            b"iCCP" if profile == 0 => {
                // It is inflated into a vector that grows, and kept as long as it is.
                profile = chunk.len.saturating_mul(MOST_INFLATED).min(MAX_PROFILE.into()) * 2;
            }
            _ => kept = kept.saturating_add(chunk.len),
        }
    }
    let kept = kept.min(data.len().min(METADATA) as u64);
    READER + 2 * kept + profile
}

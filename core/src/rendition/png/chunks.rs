//! The chunks before a PNG's pixels.

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

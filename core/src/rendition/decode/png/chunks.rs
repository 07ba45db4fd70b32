//! The chunks that the `png` crate needs in a form of its own.

use std::borrow::Cow;

use flate2::Crc;

use crate::container::png::{CHUNK_CRC, Chunks};
use crate::rendition::decode_error::DecodeError;

/// The file with its end chunk, and with the checksum of its last pixels, where these are missing or cut:
/// the `png` crate needs a chunk behind the pixels. Also whether the checksum was missing, so that zlib's
/// own is needed to prove the pixels.
pub(super) fn with_end(data: &[u8]) -> (Cow<'_, [u8]>, bool) {
    const IEND: [u8; 12] = *b"\0\0\0\0IEND\xae\x42\x60\x82";
    let (mut src, mut chunks, mut pixels) = (data, Chunks::new(), false);
    loop {
        let header = usize::try_from(chunks.at).unwrap_or(usize::MAX);
        let Ok(chunk) = chunks.next(&mut src) else {
            // Nothing, or a part of a header: behind the pixels this is not damage.
            return if pixels {
                ([data.get(..header).unwrap_or(data), &IEND].concat().into(), false)
            } else {
                (data.into(), false)
            };
        };
        let is_idat = &chunk.kind == b"IDAT";
        let left = (data.len() as u64).checked_sub(chunk.at + chunk.len);
        match left {
            Some(CHUNK_CRC..) if &chunk.kind == b"IEND" => return (data.into(), false),
            Some(CHUNK_CRC..) => pixels |= is_idat,
            Some(left) if is_idat => {
                // At most three bytes of the checksum.
                let (body, rest) = data.split_at(data.len() - usize::try_from(left).unwrap_or(0));
                let mut crc = Crc::new();
                crc.update(body.get(header + 4..).unwrap_or_default());
                let crc = crc.sum().to_be_bytes();
                if !crc.starts_with(rest) {
                    return (data.into(), false);
                }
                return ([body, &crc, &IEND].concat().into(), true);
            }
            // Cut inside the pixels, or before them: an error of the decoder.
            _ if is_idat || !pixels => return (data.into(), false),
            // A part of a chunk behind the pixels.
            _ => return ([data.get(..header).unwrap_or(data), &IEND].concat().into(), false),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::super::tests::grey;
    use super::*;

    #[test]
    fn only_the_end_is_completed() {
        let whole = grey(None);
        let start = whole.len() - 12;
        for cut in start - 4..whole.len() {
            let (completed, unchecked) = with_end(&whole[..cut]);
            assert_eq!(*completed, *whole, "cut at {cut}");
            assert_eq!(unchecked, cut < start, "cut at {cut}");
        }
        // A checksum whose end looks like the start of the end chunk belongs to its own chunk.
        let mut zeros = whole[..start].to_vec();
        zeros[start - 4..].fill(0);
        assert_eq!(with_end(&zeros).0.len(), whole.len());
        // Inside the pixels nothing is completed.
        assert_eq!(with_end(&whole[..start - 5]).0.len(), start - 5);
    }
}

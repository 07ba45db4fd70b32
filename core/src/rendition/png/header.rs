//! What stands before a PNG's pixels.

use std::io::Cursor;

use flate2::Crc;
use png::{Decoder, Info};

use super::profile::MAX_PROFILE;
use crate::container::png::{CHUNK_CRC, CHUNK_HEADER, Chunk, Chunks, SIGNATURE};
use crate::rendition::decode_error::DecodeError;

/// The longest chunk that the `png` crate is given. A palette has 768 bytes.
const MAX_CHUNK: usize = 4 << 10;
/// All of them.
const MAX_CHUNKS: usize = 64 << 10;
/// What the `png` crate allocates for any file.
const READER: u64 = 256 << 10;

/// What the chunks before the pixels state. Ancillary chunks that are damaged are ignored.
pub(super) struct Header<'a> {
    /// Size, kind of pixels, palette, transparency and the colour space by sRGB, gAMA and cHRM.
    pub(super) info: Info<'static>,
    /// The data of the cICP chunk.
    pub(super) cicp: Option<&'a [u8]>,
    /// The data of the iCCP chunk.
    pub(super) icc: Option<&'a [u8]>,
    /// Whether the file is an animation.
    is_animated: bool,
    /// Whether the default picture is a frame of the animation.
    starts_with_default: bool,
}

impl<'a> Header<'a> {
    pub(super) fn read(data: &'a [u8]) -> Result<Self, DecodeError> {
        let (mut cicp, mut icc) = (None, None);
        let (mut is_animated, mut starts_with_default, mut has_palette) = (false, false, false);
        // For the `png` crate, which refuses files for chunks that decoders are to ignore.
        let mut head = SIGNATURE.to_vec();
        let (mut src, mut chunks) = (data, Chunks::new());
        while let Ok(chunk) = chunks.next(&mut src) {
            match &chunk.kind {
                b"IDAT" => break,
                b"IHDR" | b"PLTE" | b"tRNS" | b"sRGB" | b"gAMA" | b"cHRM" => {
                    has_palette |= &chunk.kind == b"PLTE";
                    let whole = whole(data, chunk).unwrap_or_default();
                    if whole.len() <= MAX_CHUNK && head.len() + whole.len() <= MAX_CHUNKS {
                        head.extend_from_slice(whole);
                    }
                }
                b"cICP" if cicp.is_none() && !has_palette => cicp = intact(data, chunk),
                b"iCCP" if icc.is_none() => icc = intact(data, chunk),
                b"acTL" => is_animated |= intact(data, chunk).is_some_and(states_frames),
                b"fcTL" => starts_with_default = true,
                b"IEND" => return Err("the file ends before its pixels".into()),
                // Without critical chunks that are not known, the pixels are read wrong (section 5.4). Apple's `CgBI`
                // is one.
                [b'A'..=b'Z', rest @ ..] if rest.iter().all(u8::is_ascii_alphabetic) => {
                    let name = String::from_utf8_lossy(&chunk.kind);
                    return Err(DecodeError::unsupported(format!("the critical chunk {name}")));
                }
                _ => {}
            }
        }
        head.extend(b"\0\0\0\0IDAT");
        let reader = Decoder::new(Cursor::new(head)).read_info().map_err(DecodeError::damaged)?;
        let info = reader.info().clone();
        Ok(Self { info, cicp, icc, is_animated, starts_with_default })
    }

    /// Whether the file is an animation to which the default picture does not belong.
    pub(super) fn has_frames_apart(&self) -> bool {
        self.is_animated && !self.starts_with_default
    }

    /// What it takes in memory at most, with the profile inflated.
    pub(super) fn memory(&self) -> u64 {
        /// The greatest factor by which deflate compresses.
        const MOST_INFLATED: u64 = 1032;
        let profile = self.icc.map_or(0, <[u8]>::len) as u64;
        // It is inflated into a vector that grows, and kept as long as it is.
        let profile = 2 * profile.saturating_mul(MOST_INFLATED).min(MAX_PROFILE.into());
        READER + 2 * MAX_CHUNKS as u64 + profile
    }
}

/// A chunk from its header to its checksum.
fn whole(data: &[u8], chunk: Chunk) -> Option<&[u8]> {
    let start = usize::try_from(chunk.at - CHUNK_HEADER).ok()?;
    let end = usize::try_from(chunk.at + chunk.len + CHUNK_CRC).ok()?;
    data.get(start..end)
}

/// The data of a chunk, if its checksum is right.
fn intact(data: &[u8], chunk: Chunk) -> Option<&[u8]> {
    let (_, named) = whole(data, chunk)?.split_first_chunk::<4>()?;
    let (named, checksum) = named.split_last_chunk::<4>()?;
    let mut crc = Crc::new();
    crc.update(named);
    (crc.sum() == u32::from_be_bytes(*checksum)).then_some(named.get(4..)?)
}

/// Whether the data of an acTL chunk are valid: a number of frames above 0 and one of repetitions, of 31 bits each.
fn states_frames(body: &[u8]) -> bool {
    const MOST: u32 = 0x7FFF_FFFF;
    let numbers = body.first_chunk::<8>().map(|numbers| numbers.as_chunks().0);
    let Some(&[frames, plays]) = numbers else { return false };
    let (frames, plays) = (u32::from_be_bytes(frames), u32::from_be_bytes(plays));
    (1..=MOST).contains(&frames) && plays <= MOST
}

#[cfg(test)]
mod tests {
    use super::super::tests::{decoded, grey, with_chunk};
    use super::*;

    #[test]
    fn damaged_ancillary_chunks_are_ignored() {
        let file = grey(Some(1.0));
        let planes = decoded(&file).unwrap().planes;
        let kinds = [
            b"cICP", b"iCCP", b"acTL", b"fcTL", b"bKGD", b"sBIT", b"mDCV", b"cLLI", b"pHYs",
            b"eXIf", b"hIST", b"tIME", b"zTXt", b"iTXt",
        ];
        for kind in kinds {
            for body in [&[][..], &[0], &[255; 4], &[0; 8], &[255; 26], &[0; 26], &[255; 5000]] {
                let file = with_chunk(&file, kind, body);
                assert_eq!(decoded(&file).unwrap().planes, planes, "{kind:?} {}", body.len());
            }
        }
    }

    #[test]
    fn what_critical_chunks_say_counts() {
        let file = grey(None);
        for (kind, body) in [(b"IEND", &b""[..]), (b"IHDR", b""), (b"CgBI", b"\0\0\0\0")] {
            assert!(decoded(&with_chunk(&file, kind, body)).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn a_chunk_needs_its_checksum() {
        let mut file = with_chunk(&grey(None), b"cICP", &[1, 8, 0, 1]);
        assert_eq!(Header::read(&file).unwrap().cicp, Some(&[1, 8, 0, 1][..]));
        let at = file.windows(4).position(|kind| kind == b"cICP").unwrap();
        file[at + 4] = 9;
        assert_eq!(Header::read(&file).unwrap().cicp, None);
    }
}

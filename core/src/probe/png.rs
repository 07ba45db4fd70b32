//! PNG: W3C PNG Specification (third edition); Apple's `CgBI` variant of it.
//!
//! All chunk headers are read: `pHYs` and `eXIf` may follow the pixels. Of a file that is cut inside its
//! pixels, the chunks that are there count; one that is cut before them is truncated.

use super::colour::{Colour, ColourModel};
use super::density::Density;
use super::exif::{self, Exif};
use super::inflate::{Wrapper, inflate};
use super::info::ImageInfo;
use crate::container::error::{ProbeError, lenient, malformed};
use crate::container::png::{Chunk, Chunks};
use crate::container::source::{Source, WINDOW};
use crate::format::Format;
use crate::geometry::Size;

/// Chunks that are read. Encoders write 8 KiB pieces: enough for 8 GiB of pixels.
const MAX_CHUNKS: u32 = 1 << 20;
/// Raw profiles that are unpacked: a million would take seconds.
const MAX_PROFILES: u32 = 8;
/// The highest size that the format allows (section 11.2.1).
const MAX_SIDE: u32 = i32::MAX.unsigned_abs();

/// EXIF as text, in `ImageMagick`'s "raw profile" form, which is older than the `eXIf` chunk.
const RAW_PROFILES: [&[u8]; 2] = [b"Raw profile type exif\0", b"Raw profile type APP1\0"];
const XMP: &[u8] = b"XML:com.adobe.xmp\0";

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut chunks = Chunks::new();
    let mut first = chunks.next(src)?;
    if &first.kind == b"CgBI" {
        first = chunks.next(src)?;
    }
    let mut info = ImageInfo::new(Format::Png);
    header(src, first, &mut info)?;
    info.frames = Some(1);

    let (mut exif, mut pixels, mut profiles) = (None, false, MAX_PROFILES);
    for _ in 0..MAX_CHUNKS {
        let Some(Chunk { kind, at: data, len }) = lenient(chunks.next(src))? else {
            if pixels {
                break;
            }
            return Err(ProbeError::Truncated);
        };
        match &kind {
            b"IDAT" => pixels = true,
            b"IEND" => break,
            b"pHYs" if len >= 9 && info.stored_dpi.is_none() => {
                if let Some([x0, x1, x2, x3, y0, y1, y2, y3, unit]) = lenient(src.array(data))? {
                    let x = u32::from_be_bytes([x0, x1, x2, x3]);
                    let y = u32::from_be_bytes([y0, y1, y2, y3]);
                    info.stored_dpi = Density::from_phys(unit, x, y);
                }
            }
            b"eXIf" if exif.is_none() => exif = exif::read(src, data, len)?,
            b"tEXt" | b"zTXt" if exif.is_none() && profiles > 0 && is_profile(src, data, len)? => {
                profiles -= 1;
                exif = lenient(raw_profile(src, data, len, kind == *b"zTXt"))?.flatten();
            }
            b"iTXt" if !info.has_xmp => info.has_xmp = begins_with(src, data, len, XMP)?,
            b"iCCP" => info.has_icc = true,
            b"acTL" => info.frames = lenient(src.be32(data))?.filter(|&frames| frames > 0),
            b"tRNS" => {
                if let Some(colour) = &mut info.colour {
                    colour.alpha = true;
                }
            }
            _ => {}
        }
    }
    if let Some(exif) = exif {
        exif.apply(&mut info);
    }
    Ok(info)
}

/// The IHDR chunk (section 11.2.1), which must be `first`.
fn header(src: &mut impl Source, first: Chunk, info: &mut ImageInfo) -> Result<(), ProbeError> {
    const LEN: u64 = 13;
    if &first.kind != b"IHDR" || first.len != LEN {
        return Err(malformed(Format::Png, "the first chunk is no IHDR"));
    }
    let [w0, w1, w2, w3, h0, h1, h2, h3, bits, kind] = src.array(first.at)?;
    let width = u32::from_be_bytes([w0, w1, w2, w3]);
    let height = u32::from_be_bytes([h0, h1, h2, h3]);
    if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
        return Err(malformed(Format::Png, "width or height is 0 or too high"));
    }
    let model = match kind {
        0 | 4 => ColourModel::Grey,
        3 => ColourModel::Palette,
        _ => ColourModel::Rgb,
    };
    info.stored_size = Some(Size::new(width, height));
    info.colour = Some(Colour { model, bits: bits.into(), alpha: matches!(kind, 4 | 6) });
    Ok(())
}

fn begins_with(
    src: &mut impl Source,
    at: u64,
    len: u64,
    wanted: &[u8],
) -> Result<bool, ProbeError> {
    if len < wanted.len() as u64 {
        return Ok(false);
    }
    Ok(lenient(src.get(at, wanted.len()).map(|bytes| bytes == wanted))?.unwrap_or(false))
}

fn is_profile(src: &mut impl Source, data: u64, len: u64) -> Result<bool, ProbeError> {
    let [exif, app1] = RAW_PROFILES;
    Ok(begins_with(src, data, len, exif)? || begins_with(src, data, len, app1)?)
}

/// Bytes of a raw profile's text that are unpacked: the first IFD is at its beginning. A byte of EXIF takes
/// two, in hexadecimal.
const MAX_PROFILE_TEXT: usize = 16 * 1024;

/// EXIF from a text chunk with a raw profile.
#[inline(never)]
fn raw_profile(
    src: &mut impl Source,
    data: u64,
    len: u64,
    compressed: bool,
) -> Result<Option<Exif>, ProbeError> {
    let keyword_len = RAW_PROFILES[0].len();
    let (at, len) = (data + keyword_len as u64, len - keyword_len as u64);
    let mut text = [0; MAX_PROFILE_TEXT];
    let filled = if compressed {
        // One byte names the method: 0, zlib, is the only one.
        inflate(src, at + 1, len.saturating_sub(1), Wrapper::Zlib, &mut text)?
    } else {
        copy(src, at, len, &mut text)?
    };
    let mut block = [0; MAX_PROFILE_TEXT / 2];
    let filled = unhex(text.get(..filled).unwrap_or_default(), &mut block);
    let mut block = block.get(..filled).unwrap_or_default();
    let len = filled as u64;
    let exif = exif::read(&mut block, 0, len)?;
    Ok(exif.map(|exif| Exif { range: None, ..exif }))
}

/// As much of the `len` bytes at `at` as `out` holds.
fn copy(src: &mut impl Source, at: u64, len: u64, out: &mut [u8]) -> Result<usize, ProbeError> {
    let mut filled = 0;
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    for part in out.chunks_mut(WINDOW) {
        let bytes = src.get_up_to(at + filled as u64, part.len().min(len - filled))?;
        if let Some(room) = part.get_mut(..bytes.len()) {
            room.copy_from_slice(bytes);
        }
        filled += bytes.len();
        if bytes.len() < part.len() {
            break;
        }
    }
    Ok(filled)
}

/// The bytes of a raw profile's text: a line with the name, one with the length, then hexadecimal
/// digits in lines.
fn unhex(text: &[u8], out: &mut [u8]) -> usize {
    let mut lines = text.trim_ascii_start().splitn(3, |&byte| byte == b'\n');
    let digits = lines.nth(2).unwrap_or_default();
    let mut nibbles = digits.iter().filter_map(|&byte| char::from(byte).to_digit(16));
    let mut filled = 0;
    for byte in out {
        let (Some(high), Some(low)) = (nibbles.next(), nibbles.next()) else { break };
        *byte = u8::try_from(high << 4 | low).unwrap_or(0);
        filled += 1;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::png::SIGNATURE;
    use crate::geometry::Orientation;
    use crate::probe::{DpiSource, probe};

    const EXIF: &[u8] = b"MM\0\x2A\0\0\0\x08\0\x03\
        \x01\x12\0\x03\0\0\0\x01\0\x06\0\0\
        \x01\x1A\0\x05\0\0\0\x01\0\0\0\x32\
        \x01\x1B\0\x05\0\0\0\x01\0\0\0\x32\
        \0\0\0\0\0\0\x01\x2C\0\0\0\x01";

    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut out = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
        out.extend(kind);
        out.extend(data);
        out.extend([0; 4]);
        out
    }

    fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend(chunk(b"IHDR", &[0, 0, 0, 7, 0, 0, 0, 5, 8, 2, 0, 0, 0]));
        out.extend(chunks.concat());
        out.extend(chunk(b"IEND", b""));
        out
    }

    fn phys(unit: u8) -> Vec<u8> {
        chunk(b"pHYs", &[0, 0, 0x2E, 0x23, 0, 0, 0x2E, 0x23, unit])
    }

    #[test]
    fn density_from_phys_then_exif_on_either_side_of_the_pixels() {
        let pixels = chunk(b"IDAT", &[0; 30]);
        for chunks in [vec![phys(1), pixels.clone()], vec![pixels.clone(), phys(1)]] {
            let info = probe(&png(&chunks)).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(7, 5)));
            let density = info.stored_dpi.unwrap();
            assert_eq!(density.source, DpiSource::Phys);
            assert!((density.x - 299.9994).abs() < 1e-9);
        }
        let info = probe(&png(&[pixels, phys(0), chunk(b"eXIf", EXIF)])).unwrap();
        assert_eq!(
            info.stored_dpi.map(|d| (d.x, d.y, d.source)),
            Some((300.0, 300.0, DpiSource::Exif))
        );
        assert_eq!(info.orientation, Orientation::Rotate90);
        assert!(info.has_exif && !info.has_gps);
    }

    #[test]
    fn exif_as_hexadecimal_text() {
        let mut text = b"Raw profile type exif\0\nexif\n      72\n".to_vec();
        for line in [&b"Exif\0\0"[..], EXIF].concat().chunks(36) {
            text.extend(line.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
            text.push(b'\n');
        }
        let info = probe(&png(&[chunk(b"tEXt", &text), chunk(b"IDAT", b"")])).unwrap();
        assert_eq!(info.orientation, Orientation::Rotate90);
        assert_eq!(info.stored_dpi.map(|d| d.x), Some(300.0));

        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&text[22..], 6);
        let zipped = [&text[..22], &[0], &packed].concat();
        let info = probe(&png(&[chunk(b"zTXt", &zipped), chunk(b"IDAT", b"")])).unwrap();
        assert_eq!(info.orientation, Orientation::Rotate90);
    }

    #[test]
    fn cut_before_the_pixels_is_truncated_and_behind_them_is_not() {
        let data = png(&[phys(1), chunk(b"IDAT", &[0; 30])]);
        let pixels_at = data.windows(4).position(|four| four == b"IDAT").unwrap() + 4;
        for cut in 8..data.len() {
            let info = probe(&data[..cut]);
            if cut < pixels_at {
                assert_eq!(info, Err(ProbeError::Truncated), "cut at {cut}");
            } else {
                assert_eq!(info, probe(&data), "cut at {cut}");
            }
        }
    }

    #[test]
    fn apples_variant_and_impossible_sizes() {
        let mut data = png(&[chunk(b"IDAT", b"")]);
        let apple = chunk(b"CgBI", &[0x50, 0, 0x20, 2]);
        data.splice(8..8, apple);
        assert_eq!(probe(&data).unwrap().stored_size, Some(Size::new(7, 5)));
        for (at, byte) in [(19, 0), (16, 0x80)] {
            let mut data = png(&[chunk(b"IDAT", b"")]);
            data[at] = byte;
            assert!(matches!(probe(&data), Err(ProbeError::Malformed { .. })));
        }
    }
}

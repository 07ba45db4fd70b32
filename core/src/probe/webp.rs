//! WebP: RFC 9649 (container and lossless), RFC 6386 section 9.1 (VP8 frame header).

use super::colour::{Colour, ColourModel};
use super::exif;
use super::info::ImageInfo;
use crate::container::error::{ProbeError, malformed};
use crate::container::riff::{Chunk, Chunks};
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

/// Chunks that are searched for EXIF: an animation has one for each frame.
const MAX_CHUNKS: u32 = 65_536;

/// Flags of the VP8X chunk (RFC 9649 section 2.7).
const FLAG_ICC: u8 = 0x20;
const FLAG_ALPHA: u8 = 0x10;
const FLAG_EXIF: u8 = 0x08;
const FLAG_XMP: u8 = 0x04;
const FLAG_ANIMATION: u8 = 0x02;

pub(super) fn matches(head: &[u8]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP")
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut info = ImageInfo::new(Format::WebP);
    info.frames = Some(1);
    let mut chunks = Chunks::new();
    let Chunk { kind, at: data, .. } = chunks.next(src)?;
    let mut announced = false;
    let (size, alpha) = match &kind {
        b"VP8X" => {
            let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = src.array(data)?;
            info.has_icc = flags & FLAG_ICC != 0;
            info.has_xmp = flags & FLAG_XMP != 0;
            announced = flags & FLAG_EXIF != 0;
            if flags & FLAG_ANIMATION != 0 {
                info.frames = None;
            }
            let width = u32::from_le_bytes([w0, w1, w2, 0]) + 1;
            let height = u32::from_le_bytes([h0, h1, h2, 0]) + 1;
            (Size::new(width, height), flags & FLAG_ALPHA != 0)
        }
        b"VP8 " => (lossy(src.array(data)?)?, false),
        b"VP8L" => lossless(src.array(data)?)?,
        _ => return Err(malformed(Format::WebP, "the first chunk is no image")),
    };
    info.stored_size = Some(size);
    info.colour = Some(Colour { model: ColourModel::Rgb, bits: 8, alpha });

    let stated = u64::from(src.le32(4)?) + 8;
    let end = src.len().min(stated);
    find_exif(src, &mut chunks, end, &mut info)?;
    if announced && !info.has_exif && end < stated {
        // The EXIF is cut off: orientation and DPI are not known.
        return Err(ProbeError::Truncated);
    }
    Ok(info)
}

/// The 10 bytes that begin a key frame: frame tag, start code, two 14-bit sizes with their scale.
fn lossy(head: [u8; 10]) -> Result<Size, ProbeError> {
    let [tag, _, _, s0, s1, s2, w0, w1, h0, h1] = head;
    let key_frame = tag & 1 == 0;
    let size = Size::new(
        (u16::from_le_bytes([w0, w1]) & 0x3FFF).into(),
        (u16::from_le_bytes([h0, h1]) & 0x3FFF).into(),
    );
    if !key_frame || [s0, s1, s2] != [0x9D, 0x01, 0x2A] || size.pixels() == 0 {
        return Err(malformed(Format::WebP, "no key frame with a size"));
    }
    Ok(size)
}

/// Signature, two 14-bit sizes less one, the alpha hint (RFC 9649 section 3.4).
fn lossless(head: [u8; 5]) -> Result<(Size, bool), ProbeError> {
    let [signature, bits @ ..] = head;
    if signature != 0x2F {
        return Err(malformed(Format::WebP, "no lossless signature"));
    }
    let bits = u32::from_le_bytes(bits);
    Ok((Size::new((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1), bits >> 28 & 1 != 0))
}

/// The EXIF chunk comes last, with or without its VP8X flag.
fn find_exif(
    src: &mut impl Source,
    chunks: &mut Chunks,
    end: u64,
    info: &mut ImageInfo,
) -> Result<(), ProbeError> {
    for _ in 0..MAX_CHUNKS {
        if !chunks.more(end) {
            break;
        }
        let Chunk { kind, at, len } = chunks.next(src)?;
        if &kind == b"EXIF"
            && at + len <= src.len()
            && let Some(exif) = exif::read(src, at, len)?
        {
            exif.apply(info);
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::probe::probe;

    fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (kind, data) in chunks {
            body.extend(*kind);
            body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            body.extend(*data);
            body.resize(body.len().next_multiple_of(2), 0);
        }
        [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
    }

    const LOSSY: &[u8] = &[0x10, 0, 0, 0x9D, 0x01, 0x2A, 7, 0x40, 5, 0xC0, 1];
    const LOSSLESS: &[u8] = &[0x2F, 6, 0, 1, 0x10, 0];
    const EXTENDED: &[u8] = &[0x38, 0, 0, 0, 6, 0, 0, 4, 0, 0];
    const EXIF: &[u8] = b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

    #[test]
    fn all_three_kinds() {
        for (kind, data, alpha) in
            [(b"VP8 ", LOSSY, false), (b"VP8L", LOSSLESS, true), (b"VP8X", EXTENDED, true)]
        {
            let info = probe(&webp(&[(kind, data)])).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(7, 5)));
            assert_eq!(info.colour.unwrap().alpha, alpha);
        }
        let delta = [&[0x11], &LOSSY[1..]].concat();
        for (kind, data) in [(b"VP8 ", &delta[..]), (b"VP8L", &delta), (b"ALPH", LOSSY)] {
            assert!(matches!(probe(&webp(&[(kind, data)])), Err(ProbeError::Malformed { .. })));
        }
    }

    #[test]
    fn exif_behind_an_odd_chunk_with_and_without_its_prefix() {
        let prefixed = [b"Exif\0\0", EXIF].concat();
        for exif in [EXIF, &prefixed] {
            let data = webp(&[(b"VP8X", EXTENDED), (b"VP8 ", LOSSY), (b"EXIF", exif)]);
            let info = probe(&data).unwrap();
            assert_eq!(info.orientation, Orientation::Rotate90);
            assert_eq!(info.size(), Some(Size::new(5, 7)));
            assert!(info.has_icc && info.has_exif);
        }
    }

    #[test]
    fn cut_anywhere() {
        let data = webp(&[(b"VP8X", EXTENDED), (b"EXIF", EXIF)]);
        for cut in 12..data.len() {
            match probe(&data[..cut]) {
                Ok(info) => assert_eq!(info, probe(&data).unwrap()),
                Err(error) => assert_eq!(error, ProbeError::Truncated),
            }
        }
    }
}

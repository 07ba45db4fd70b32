//! JPEG XL: ISO/IEC 18181-2 (boxes), and the image header of the code stream.

#[cfg(feature = "jxl")]
pub(super) mod frames;

use super::brotli::unpack;
use super::colour::{Colour, ColourModel};
use super::exif::{self, Exif};
use super::info::ImageInfo;
use crate::container::boxes::{Boxes, IsoBox};
use crate::container::error::{ProbeError, lenient};
use crate::container::jxl::header::Header;
use crate::container::jxl::{CODE_STREAM, CodeStream, LAST_PART, Part, SIGNATURE};
use crate::container::source::Source;
use crate::format::Format;

/// Boxes that are tried as EXIF.
const MAX_EXIF: u32 = 4;
/// Bytes of compressed EXIF that are unpacked: its first directory and the values of that.
const UNPACKED: usize = 8 << 10;
/// Bytes of a compressed box that are read for them.
const PACKED: u64 = 16 << 10;
/// The type of a box in a compressed one, and the offset of the TIFF header in front of EXIF.
const TYPE: u64 = 4;
const OFFSET: u64 = 4;

pub(super) fn matches(head: &[u8]) -> bool {
    head.starts_with(SIGNATURE)
}

pub(super) fn matches_code_stream(head: &[u8]) -> bool {
    head.starts_with(CODE_STREAM)
}

pub(super) fn probe_code_stream(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut info = ImageInfo::new(Format::Jxl);
    let whole = Part { at: 0, end: src.len() };
    read_header(src, CodeStream::Whole(whole), &mut info)?;
    Ok(info)
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut info = ImageInfo::new(Format::Jxl);
    let mut stream = None;
    // Whether the code stream goes on in a further box.
    let mut goes_on = false;
    let mut tried = 0;
    let len = src.len();
    let mut boxes = Boxes::new(0, len, Format::Jxl);
    loop {
        let found = match boxes.next(src) {
            Ok(Some(found)) => found,
            Ok(None) => break,
            // Behind the code stream may be anything.
            Err(ProbeError::Malformed { .. }) if stream.is_some() && !goes_on => break,
            Err(error) => return Err(error),
        };
        let kind = match &found.kind {
            // Another box, compressed.
            b"brob" => lenient(src.array(found.at))?
                .filter(|kind| !kind.starts_with(b"jxl"))
                .unwrap_or_default(),
            kind => *kind,
        };
        match &kind {
            // What follows a cut code stream is lost too.
            b"jxlc" | b"jxlp" | b"Exif" if found.end > len => return Err(ProbeError::Truncated),
            b"jxlc" => {
                let part = Part { at: found.at, end: found.end };
                stream = stream.or(Some(CodeStream::Whole(part)));
            }
            b"jxlp" => {
                let is_last = src.be32(found.at)? & LAST_PART != 0;
                goes_on = (goes_on || stream.is_none()) && !is_last;
                stream = stream.or(Some(CodeStream::Numbered));
            }
            b"Exif" if !info.has_exif && tried < MAX_EXIF => {
                tried += 1;
                if let Some(exif) = read_exif(src, found)? {
                    exif.apply(&mut info);
                }
            }
            b"xml " => info.has_xmp = true,
            _ => {}
        }
    }
    if goes_on {
        return Err(ProbeError::Truncated);
    }
    read_header(src, stream.ok_or(ProbeError::Truncated)?, &mut info)?;
    Ok(info)
}

/// EXIF of a box: behind the offset of its TIFF header.
fn read_exif(src: &mut impl Source, found: IsoBox) -> Result<Option<Exif>, ProbeError> {
    if &found.kind == b"brob" {
        let mut block = [0; UNPACKED];
        let at = found.at + TYPE;
        let filled = unpack(src, at, found.end.min(at + PACKED), &mut block)?;
        let mut block = block.get(..filled).unwrap_or_default();
        let len = block.len() as u64;
        // The file does not hold it as it is read here.
        return Ok(read_block(&mut block, 0, len)?.map(|exif| Exif { range: None, ..exif }));
    }
    read_block(src, found.at, found.end)
}

fn read_block(src: &mut impl Source, at: u64, end: u64) -> Result<Option<Exif>, ProbeError> {
    let Some(offset) = lenient(src.be32(at))? else { return Ok(None) };
    let at = at.saturating_add(OFFSET + u64::from(offset));
    exif::read(src, at, end.saturating_sub(at))
}

/// Writes what the header states to `info`. Its orientation counts, not that of EXIF: it may be a copy.
fn read_header(
    src: &mut impl Source,
    stream: CodeStream,
    info: &mut ImageInfo,
) -> Result<(), ProbeError> {
    let header = Header::read(src, stream)?;
    info.stored_size = Some(header.size);
    info.orientation = header.orientation;
    info.has_icc = header.has_icc;
    info.frames = (!header.is_animated).then_some(1);
    info.colour = Some(Colour {
        model: match (header.has_black, header.is_grey) {
            (true, _) => ColourModel::Cmyk,
            (false, true) => ColourModel::Grey,
            (false, false) => ColourModel::Rgb,
        },
        bits: header.bits,
        alpha: header.has_alpha,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::probe::probe;

    /// A code stream of these fields: a number and its bits.
    fn stream(fields: &[(u32, u32)]) -> Vec<u8> {
        let all = [&[(0x0AFF, 16)], fields].concat();
        let bits: Vec<bool> = all
            .iter()
            .flat_map(|&(n, count)| (0..count).map(move |bit| n >> bit & 1 == 1))
            .collect();
        let byte = |bits: &[bool]| (0..).zip(bits).map(|(at, &bit)| u8::from(bit) << at).sum();
        bits.chunks(8).map(byte).collect()
    }

    /// 7 x 5 pixels, with this metadata.
    fn image(metadata: &[(u32, u32)]) -> Vec<u8> {
        let size = [(0, 1), (0, 2), (4, 9), (0, 3), (0, 2), (6, 9)];
        stream(&[&size[..], metadata].concat())
    }

    const DEFAULT: (u32, u32) = (1, 1);

    fn bx(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let len = u32::try_from(data.len() + 8).unwrap().to_be_bytes();
        [&len[..], kind, data].concat()
    }

    fn boxed(boxes: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.to_vec(), bx(b"ftyp", b"jxl \0\0\0\0jxl "), boxes.concat()].concat()
    }

    fn part(number: u32, data: &[u8]) -> Vec<u8> {
        bx(b"jxlp", &[&number.to_be_bytes(), data].concat())
    }

    const EXIF: &[u8] = b"\0\0\0\0MM\0\x2A\0\0\0\x08\0\x03\
        \x01\x12\0\x03\0\0\0\x01\0\x03\0\0\
        \x01\x1A\0\x03\0\0\0\x01\0\x48\0\0\
        \x01\x1B\0\x03\0\0\0\x01\0\x48\0\0";

    #[test]
    fn sizes_in_every_coding() {
        for (fields, width, height) in [
            (vec![(1, 1), (5, 5), (0, 3), (7, 5)], 64, 48),
            (vec![(1, 1), (5, 5), (3, 3)], 64, 48),
            (vec![(0, 1), (1, 2), (999, 13), (7, 3)], 2000, 1000),
            (vec![(0, 1), (2, 2), (99_999, 18), (5, 3)], 177_777, 100_000),
            (vec![(0, 1), (3, 2), (0x3FFF_FFFF, 30), (1, 3)], 1 << 30, 1 << 30),
        ] {
            let info = probe(&stream(&[fields, vec![DEFAULT]].concat())).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(width, height)));
            let colour = info.colour.unwrap();
            assert_eq!((colour.model, colour.bits, colour.alpha), (ColourModel::Rgb, 8, false));
            assert_eq!(
                (info.frames, info.has_icc, info.orientation.to_exif()),
                (Some(1), false, 1)
            );
        }
        assert_eq!(probe(&image(&[DEFAULT])).unwrap().stored_size, Some(Size::new(7, 5)));
    }

    #[test]
    fn metadata_of_every_kind() {
        // Turned, with an intrinsic size, a preview and an animation; grey of 16 bits with alpha; a profile.
        let info = probe(&image(&[
            (0, 1),
            (1, 1),
            (5, 3),
            (1, 1),
            (1, 1),
            (9, 5),
            (1, 3),
            (1, 1),
            (0, 1),
            (1, 2),
            (9, 8),
            (0, 3),
            (2, 2),
            (9, 10),
            (1, 1),
            (3, 2),
            (9, 30),
            (2, 2),
            (9, 8),
            (3, 2),
            (9, 32),
            (1, 1),
            (0, 1),
            (3, 2),
            (15, 6),
            (1, 1),
            (1, 2),
            (1, 1),
            (0, 1),
            (0, 1),
            (1, 1),
            (1, 2),
        ]))
        .unwrap();
        assert_eq!((info.stored_size, info.orientation.to_exif()), (Some(Size::new(7, 5)), 6));
        assert_eq!((info.frames, info.has_icc), (None, true));
        assert_eq!(info.colour, Some(Colour { model: ColourModel::Grey, bits: 16, alpha: true }));
        // Floating point; three more channels: a spot colour with a name, a filter, black ink.
        let channel = |kind: u32, more: &[(u32, u32)]| {
            let kind = if kind < 2 { vec![(kind, 2)] } else { vec![(2, 2), (kind - 2, 4)] };
            [&[(0, 1)], &kind[..], &[(0, 1), (0, 2), (0, 2), (0, 2)], more].concat()
        };
        let mut spot = channel(2, &[(7, 32), (7, 32)]);
        // Its name, of three letters.
        spot.splice(6..7, [(1, 2), (3, 4), (0x616263, 24)]);
        let fields = [
            &[(0, 1), (0, 1), (1, 1), (0, 2), (7, 4), (0, 1), (2, 2), (1, 4)],
            &spot[..],
            &channel(5, &[(3, 2), (7, 8)]),
            &channel(4, &[]),
            &[(0, 1), (1, 1)],
        ];
        let info = probe(&image(&fields.concat())).unwrap();
        assert_eq!(info.colour, Some(Colour { model: ColourModel::Cmyk, bits: 32, alpha: false }));
        // 257 channels.
        let many = [(0, 1), (0, 1), (0, 1), (0, 2), (1, 1), (3, 2), (256, 12)];
        assert!(matches!(probe(&image(&many)), Err(ProbeError::Malformed { .. })));
    }

    #[test]
    fn parts_in_any_order_and_cut_anywhere() {
        let stream = image(&[(0, 1), (1, 1), (5, 3), (0, 3), (0, 3), (0, 10)]);
        let (first, second, last) =
            (part(0, &stream[..1]), part(1, &stream[1..4]), part(2 | LAST_PART, &stream[4..]));
        let exif = bx(b"Exif", EXIF);
        let ordered = boxed(&[exif.clone(), first.clone(), second.clone(), last.clone()]);
        let info = probe(&ordered).unwrap();
        assert_eq!((info.stored_size, info.orientation.to_exif()), (Some(Size::new(7, 5)), 6));
        assert_eq!(info.stored_dpi.map(|dpi| dpi.x), Some(72.0));
        assert_eq!(probe(&boxed(&[exif.clone(), last, second.clone(), first.clone()])), Ok(info));
        assert_eq!(probe(&boxed(&[exif, first, second])), Err(ProbeError::Truncated));
        for cut in SIGNATURE.len()..ordered.len() {
            assert_eq!(probe(&ordered[..cut]), Err(ProbeError::Truncated), "cut at {cut}");
        }
        let one_by_one: Vec<_> =
            (0..).zip(&stream).map(|(number, byte)| part(number, &[*byte])).collect();
        assert_eq!(probe(&boxed(&one_by_one)), Err(ProbeError::Truncated), "no last part");
        let mut padded: Vec<_> = (0..30).map(|number| part(number, &[])).collect();
        padded.push(part(30 | LAST_PART, &stream));
        assert!(matches!(probe(&boxed(&padded)), Err(ProbeError::Malformed { .. })));
    }

    #[test]
    fn metadata_behind_the_code_stream_and_in_compressed_boxes() {
        let stream = bx(b"jxlc", &image(&[DEFAULT]));
        // A stream of one block that is not compressed: a window of 16 bits, not the last, 50 bytes.
        let packed = [b"Exif".to_vec(), vec![0x10, 0x03, 0x10], EXIF.to_vec(), vec![3]].concat();
        for exif in [bx(b"Exif", EXIF), bx(b"brob", &packed)] {
            let info = probe(&boxed(&[stream.clone(), exif, bx(b"brob", b"xml \x3B")])).unwrap();
            assert!(info.has_exif && info.has_xmp);
            assert_eq!(info.stored_dpi.map(|dpi| dpi.y), Some(72.0));
            assert_eq!(info.orientation.to_exif(), 1, "that of the code stream");
        }
        // No box may hide the code stream.
        let hidden = bx(b"brob", &[b"jxlc", &image(&[DEFAULT])[..]].concat());
        assert_eq!(probe(&boxed(&[hidden])), Err(ProbeError::Truncated));
    }
}

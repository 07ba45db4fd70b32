//! BMP: Microsoft's `BITMAPFILEHEADER` and `BITMAPINFOHEADER` families, OS/2 1.x and 2.x.

use super::colour::{Colour, ColourModel};
use super::density::{Density, DpiSource};
use super::info::ImageInfo;
use crate::container::error::{ProbeError, malformed};
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

const FILE_HEADER: u64 = 14;
/// `BITMAPCOREHEADER`: 16-bit sizes.
const CORE: u32 = 12;
/// The shortest OS/2 2.x header; everything behind the sizes may be left out.
const SHORTEST_OS2: u32 = 16;
/// The shortest header that reaches behind both resolutions.
const WITH_RESOLUTION: u32 = 32;
/// Longer headers than version 5's 124 bytes are let through a little, for a version to come.
const LONGEST: u32 = 256;
/// Offset of version 4's alpha mask in the header, and the shortest header that has it.
const ALPHA_MASK: u64 = 52;
const WITH_ALPHA_MASK: u32 = 56;
/// Version 5: offset of the colour space and its values for an embedded or a linked profile.
const WITH_COLOUR_SPACE: u32 = 124;
const COLOUR_SPACE: u64 = 56;
const PROFILE_EMBEDDED: u32 = 0x4D42_4544;

/// Whether `head` begins a BMP, or an OS/2 bitmap array whose first element is one.
pub(super) fn matches(head: &[u8]) -> bool {
    head.starts_with(b"BM") || is_array(head)
}

fn is_array(head: &[u8]) -> bool {
    head.starts_with(b"BA") && head.get(14..16) == Some(b"BM")
}

pub(super) fn probe(src: &mut impl Source, head_is: &[u8]) -> Result<ImageInfo, ProbeError> {
    let file = if is_array(head_is) { FILE_HEADER } else { 0 };
    let at = file + FILE_HEADER;
    let header = src.le32(at)?;
    if header != CORE && !(SHORTEST_OS2..=LONGEST).contains(&header) {
        return Err(malformed(Format::Bmp, "no known header has this length"));
    }
    let (width, height, bits) = if header == CORE {
        let [w0, w1, h0, h1, _, _, b0, b1] = src.array(at + 4)?;
        let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
        (u32::from(width), u32::from(height), u16::from_le_bytes([b0, b1]))
    } else {
        let width = src.le32(at + 4)?.cast_signed();
        // A negative height says that the rows run downwards.
        let height = src.le32(at + 8)?.cast_signed().unsigned_abs();
        (u32::try_from(width).unwrap_or(0), height, src.le16(at + 14)?)
    };
    if width == 0 || height == 0 {
        return Err(malformed(Format::Bmp, "width or height is not above 0"));
    }
    let mut info = ImageInfo::new(Format::Bmp);
    info.stored_size = Some(Size::new(width, height));
    info.frames = Some(1);
    if header >= WITH_RESOLUTION {
        let x = src.le32(at + 24)?.cast_signed();
        let y = src.le32(at + 28)?.cast_signed();
        info.stored_dpi = Density::per_metre(x.into(), y.into(), DpiSource::Bmp);
    }
    let (model, bits) = match bits {
        1..=8 => (ColourModel::Palette, bits),
        16 => (ColourModel::Rgb, 5),
        _ => (ColourModel::Rgb, 8),
    };
    let alpha = header >= WITH_ALPHA_MASK && src.le32(at + ALPHA_MASK)? != 0;
    info.colour = Some(Colour { model, bits, alpha });
    info.has_icc = header >= WITH_COLOUR_SPACE && src.le32(at + COLOUR_SPACE)? == PROFILE_EMBEDDED;
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    fn bmp(header: u32, width: i32, height: i32, per_metre: (i32, i32)) -> Vec<u8> {
        let mut data = b"BM\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        data.extend(header.to_le_bytes());
        if header == CORE {
            data.extend(u16::try_from(width).unwrap().to_le_bytes());
            data.extend(u16::try_from(height).unwrap().to_le_bytes());
            data.extend([1, 0, 24, 0]);
        } else {
            data.extend(width.to_le_bytes());
            data.extend(height.to_le_bytes());
            data.extend([1, 0, 24, 0]);
            data.extend([0; 8]);
            data.extend(per_metre.0.to_le_bytes());
            data.extend(per_metre.1.to_le_bytes());
        }
        data.resize(14 + header as usize, 0);
        data
    }

    #[test]
    fn every_header_length_and_a_negative_height() {
        for header in [12, 16, 32, 40, 52, 56, 64, 108, 124] {
            let info = probe(&bmp(header, 7, 5, (0, 0))).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(7, 5)), "header {header}");
            assert_eq!(info.stored_dpi, None);
        }
        assert_eq!(probe(&bmp(40, 7, -5, (0, 0))).unwrap().stored_size, Some(Size::new(7, 5)));
        let lowest = probe(&bmp(40, 7, i32::MIN, (0, 0))).unwrap();
        assert_eq!(lowest.stored_size, Some(Size::new(7, 1 << 31)));
        for (header, width, height) in
            [(40, 0, 5), (40, 7, 0), (40, -7, 5), (11, 7, 5), (300, 7, 5)]
        {
            assert!(matches!(
                probe(&bmp(header, width, height, (0, 0))),
                Err(ProbeError::Malformed { format: Format::Bmp, .. })
            ));
        }
    }

    #[test]
    fn resolution_counts_when_both_axes_are_above_zero() {
        let density = probe(&bmp(40, 7, 5, (3780, 2835))).unwrap().stored_dpi.unwrap();
        assert!((density.x - 96.012).abs() < 1e-9 && (density.y - 72.009).abs() < 1e-9);
        assert_eq!(density.source, DpiSource::Bmp);
        assert_eq!(probe(&bmp(40, 7, 5, (3780, 0))).unwrap().stored_dpi, None);
        assert_eq!(probe(&bmp(40, 7, 5, (-3780, 3780))).unwrap().stored_dpi, None);
    }

    #[test]
    fn the_first_bitmap_of_an_os2_array() {
        let mut data = b"BA\x28\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        data.extend(bmp(12, 9, 4, (0, 0)));
        assert_eq!(probe(&data).unwrap().stored_size, Some(Size::new(9, 4)));
    }
}

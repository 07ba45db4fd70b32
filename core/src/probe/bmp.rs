//! BMP: the headers of Windows and of OS/2.

use super::colour::{Colour, ColourModel};
use super::density::{Density, DpiSource};
use super::info::ImageInfo;
use crate::container::bmp::{FILE_HEADER, Header};
use crate::container::error::ProbeError;
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

/// Whether a BMP, or an OS/2 bitmap array whose first element is one, begins with `head`.
pub(super) fn matches(head: &[u8]) -> bool {
    head.starts_with(b"BM") || is_array(head)
}

fn is_array(head: &[u8]) -> bool {
    head.starts_with(b"BA") && head.get(14..16) == Some(b"BM")
}

pub(super) fn probe(src: &mut impl Source, head: &[u8]) -> Result<ImageInfo, ProbeError> {
    let file = if is_array(head) { FILE_HEADER } else { 0 };
    let header = Header::read(src, file)?;
    let mut info = ImageInfo::new(Format::Bmp);
    info.stored_size = Some(Size::new(header.width, header.height));
    info.frames = Some(1);
    if let Some([x, y]) = header.per_metre(src)? {
        info.stored_dpi = Density::per_metre(x.into(), y.into(), DpiSource::Bmp);
    }
    let (model, bits) = match header.bits {
        bits @ 1..=8 => (ColourModel::Palette, bits),
        16 => (ColourModel::Rgb, 5),
        _ => (ColourModel::Rgb, 8),
    };
    let alpha = header.has_alpha(src)?;
    info.colour = Some(Colour { model, bits, alpha });
    info.has_icc = header.has_profile(src)?;
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    fn bmp(header: u32, width: i32, height: i32, per_metre: (i32, i32)) -> Vec<u8> {
        let mut data = b"BM\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        data.extend(header.to_le_bytes());
        if header == 12 {
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

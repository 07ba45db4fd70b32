//! Photoshop PSD and PSB, by the header and the image resources.

use super::colour::{Colour, ColourModel};
use super::exif;
use super::info::ImageInfo;
use super::photoshop::ResourceInfo;
use crate::container::error::ProbeError;
use crate::container::photoshop::Resources;
use crate::container::psd::{Header, Section};
use crate::container::source::Source;
use crate::format::Format;

pub(super) const SIGNATURE: &[u8] = b"8BPS";

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let header = Header::read(src)?;
    let (model, inks) = match header.mode {
        0 | 1 | 8 => (ColourModel::Grey, 1),
        2 => (ColourModel::Palette, 1),
        4 => (ColourModel::Cmyk, 4),
        7 => (ColourModel::DeviceN, u16::MAX),
        9 => (ColourModel::Lab, 3),
        _ => (ColourModel::Rgb, 3),
    };
    let mut info = ImageInfo::new(Format::Psd);
    info.stored_size = Some(header.size);
    info.frames = Some(1);
    info.colour = Some(Colour { model, bits: header.bits, alpha: header.channels > inks });

    let colour_data = Section::read(src, Header::LEN)?;
    let section = Section::read(src, colour_data.end())?;
    let mut resources = Resources::default();
    resources.push(section.at, section.len);
    let resources = ResourceInfo::read(&resources, src)?;
    info.has_icc = resources.icc;
    info.has_xmp = resources.xmp;
    if let Some((at, len)) = resources.exif
        && let Some(exif) = exif::read(src, at, len)?
    {
        exif.apply(&mut info);
    }
    // The resolution is Photoshop's: EXIF may have another one of a camera.
    info.stored_dpi = resources.density;
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::probe::{DpiSource, probe};

    fn psd(version: u8, height: u8, resources: &[u8]) -> Vec<u8> {
        let mut data = SIGNATURE.to_vec();
        data.extend([0, version, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, height, 0, 0, 0, 7, 0, 8, 0, 3]);
        data.extend([0, 0, 0, 3, 9, 9, 9]);
        data.extend(u32::try_from(resources.len()).unwrap().to_be_bytes());
        data.extend(resources);
        data
    }

    #[test]
    fn both_versions_with_the_resolution_behind_colour_data() {
        let mut resources = b"8BIM\x03\xED\0\0\0\0\0\x10".to_vec();
        resources.extend([1, 44, 0, 0, 0, 1, 0, 1, 0, 150, 0x80, 0, 0, 1, 0, 1]);
        for version in [1, 2] {
            let data = psd(version, 5, &resources);
            let info = probe(&data).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(7, 5)));
            let density = info.stored_dpi.unwrap();
            assert_eq!((density.x, density.y), (300.0, 150.5));
            assert_eq!(density.source, DpiSource::Photoshop);
            assert_eq!(info.colour, Some(Colour { model: ColourModel::Rgb, bits: 8, alpha: true }));
            for cut in 16..data.len() - 4 {
                assert_eq!(probe(&data[..cut]), Err(ProbeError::Truncated), "cut at {cut}");
            }
        }
        for bad in [psd(3, 5, b""), psd(1, 0, b"")] {
            assert!(matches!(probe(&bad), Err(ProbeError::Malformed { .. })));
        }
    }
}

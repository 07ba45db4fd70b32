//! HEIF, HEIC and AVIF: ISO/IEC 23008-12 (brands, items and their properties), ISO/IEC 14496-12
//! (boxes), ISO/IEC 23000-22 (MIAF), the AV1 image format. The size is in the meta box, or in a track
//! header of a sequence without a meta box.

use super::info::ImageInfo;
use super::items;
use crate::container::boxes::{Boxes, IsoBox, find_lenient};
use crate::container::error::ProbeError;
use crate::container::heif::Meta;
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

/// Compatible brands that are read.
const MAX_BRANDS: u64 = 64;

/// The format that a brand stands for.
fn brand_format(brand: [u8; 4]) -> Option<Format> {
    match &brand {
        b"avif" | b"avis" => Some(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Some(Format::Heic)
        }
        b"mif1" | b"mif2" | b"msf1" => Some(Format::Heif),
        _ => None,
    }
}

pub(super) fn matches(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let len = src.len();
    let mut boxes = Boxes::new(0, len, Format::Heif);
    let file_type = boxes.next(src)?.ok_or(ProbeError::Truncated)?;
    let brand = src.array(file_type.at)?;
    let format = match brand_format(brand) {
        Some(format) => format,
        None => compatible_format(src, file_type)?.ok_or(ProbeError::NotAnImage)?,
    };
    let mut info = ImageInfo::new(format);
    let sequence = matches!(&brand, b"avis" | b"msf1" | b"hevc" | b"hevx" | b"hevm" | b"hevs");
    info.frames = (!sequence).then_some(1);

    while let Some(found) = boxes.next(src)? {
        match &found.kind {
            b"meta" => {
                let meta = Meta::read(src, found, format)?;
                if meta.primary.is_some() {
                    items::read_info(&meta, src, &mut info)?;
                    return Ok(info);
                }
            }
            b"moov" if sequence => {
                if let Some(size) = track_size(src, found, format)? {
                    info.stored_size = Some(size);
                }
            }
            _ => {}
        }
    }
    // A sequence may have no meta box; a still picture that ends before it is cut.
    if info.stored_size.is_some() { Ok(info) } else { Err(ProbeError::Truncated) }
}

fn compatible_format(
    src: &mut impl Source,
    file_type: IsoBox,
) -> Result<Option<Format>, ProbeError> {
    const FIRST_COMPATIBLE: u64 = 8;
    for index in 0..MAX_BRANDS.min(file_type.len().saturating_sub(FIRST_COMPATIBLE) / 4) {
        let brand = src.array(file_type.at + FIRST_COMPATIBLE + index * 4)?;
        if let Some(format) = brand_format(brand) {
            return Ok(Some(format));
        }
    }
    Ok(None)
}

/// The size of the first track that has one: `moov/trak/tkhd` in 16.16 (ISO/IEC 14496-12 8.3.2).
fn track_size(
    src: &mut impl Source,
    movie: IsoBox,
    format: Format,
) -> Result<Option<Size>, ProbeError> {
    let mut tracks = Boxes::inside(movie, 0, format);
    while let Some(track) = tracks.find(src, b"trak")? {
        let boxes = Boxes::inside(track, 0, format);
        if let Some(header) = find_lenient(src, boxes, b"tkhd")?
            && header.len() >= 8
        {
            let (width, height) =
                (src.be32(header.end - 8)? >> 16, src.be32(header.end - 4)? >> 16);
            if width > 0 && height > 0 {
                return Ok(Some(Size::new(width, height)));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{DpiSource, probe};

    fn bx(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let len = u32::try_from(data.len() + 8).unwrap().to_be_bytes();
        [&len[..], kind, data].concat()
    }

    /// A file of one item with these properties, in their order, and an EXIF item in `idat`.
    fn heif(brand: &[u8; 4], properties: &[Vec<u8>]) -> Vec<u8> {
        const EXIF: &[u8] = b"\0\0\0\0MM\0\x2A\0\0\0\x08\0\x03\
            \x01\x12\0\x03\0\0\0\x01\0\x03\0\0\
            \x01\x1A\0\x03\0\0\0\x01\0\x48\0\0\
            \x01\x1B\0\x03\0\0\0\x01\0\x48\0\0";
        let count = u8::try_from(properties.len()).unwrap();
        let mut ipma = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 1, count];
        ipma.extend((1..=count).map(|index| index | 0x80));
        let infe = |id: u8, kind: &[u8; 4]| {
            bx(b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind[..], b"\0"].concat())
        };
        let iloc = [
            &[1, 0, 0, 0, 0x44, 0, 0, 1][..],
            &[0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, u8::try_from(EXIF.len()).unwrap()],
        ];
        let meta = [
            vec![0; 4],
            bx(b"pitm", &[0, 0, 0, 0, 0, 1]),
            bx(b"iinf", &[&[0, 0, 0, 0, 0, 2][..], &infe(1, b"hvc1"), &infe(2, b"Exif")].concat()),
            bx(b"iloc", &iloc.concat()),
            bx(b"idat", EXIF),
            bx(b"iprp", &[bx(b"ipco", &properties.concat()), bx(b"ipma", &ipma)].concat()),
        ];
        let file_type = bx(b"ftyp", &[&brand[..], &[0; 4], b"mif1"].concat());
        [file_type, bx(b"meta", &meta.concat())].concat()
    }

    fn ispe(width: u8, height: u8) -> Vec<u8> {
        bx(b"ispe", &[0, 0, 0, 0, 0, 0, 0, width, 0, 0, 0, height])
    }

    #[test]
    fn brands_state_the_format() {
        for (brand, format) in [
            (b"heic", Format::Heic),
            (b"hevx", Format::Heic),
            (b"avif", Format::Avif),
            (b"mif1", Format::Heif),
            (b"MiHE", Format::Heif),
        ] {
            let info = probe(&heif(brand, &[ispe(7, 5)])).unwrap();
            assert_eq!((info.format, info.stored_size), (format, Some(Size::new(7, 5))));
        }
        assert_eq!(probe(&bx(b"ftyp", b"isom\0\0\0\0mp42")), Err(ProbeError::NotAnImage));
    }

    #[test]
    fn turns_and_mirrors_in_their_order_and_never_exifs() {
        let irot = |turns| bx(b"irot", &[turns]);
        let imir = |axis| bx(b"imir", &[axis]);
        for (properties, orientation) in [
            (vec![], 1),
            (vec![imir(1)], 2),
            (vec![irot(2)], 3),
            (vec![imir(0)], 4),
            (vec![irot(1), imir(0)], 5),
            (vec![irot(3), imir(1)], 5),
            (vec![irot(3)], 6),
            (vec![irot(1), imir(1)], 7),
            (vec![imir(0), irot(1)], 7),
            (vec![irot(1)], 8),
        ] {
            let info = probe(&heif(b"heic", &[vec![ispe(7, 5)], properties].concat())).unwrap();
            assert_eq!(info.orientation.to_exif(), orientation);
            let density = info.stored_dpi.unwrap();
            assert_eq!((density.x, density.source), (72.0, DpiSource::Exif));
        }
    }

    #[test]
    fn a_crop_of_fractions_that_fits() {
        let clap =
            |n: u8, d: u8| bx(b"clap", &[[0, 0, 0, n, 0, 0, 0, d].repeat(2), vec![0; 16]].concat());
        for (n, d, side) in [(6, 2, 3), (7, 2, 4), (5, 0, 5), (0, 1, 5), (9, 1, 5)] {
            let info = probe(&heif(b"heic", &[ispe(5, 5), clap(n, d)])).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(side, side)), "{n}/{d}");
        }
    }

    #[test]
    fn cut_anywhere_is_truncated() {
        let data = heif(b"heic", &[ispe(7, 5)]);
        for cut in 24..data.len() {
            assert_eq!(probe(&data[..cut]), Err(ProbeError::Truncated), "cut at {cut}");
        }
    }
}

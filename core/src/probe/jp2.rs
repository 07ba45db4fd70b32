//! JPEG 2000: ISO/IEC 15444-1 annex I (boxes) and annex A.5.1 (SIZ of the code stream).

use super::colour::{Colour, ColourModel};
use super::density::{Density, DpiSource};
use super::exif;
use super::info::ImageInfo;
use crate::container::boxes::{Boxes, IsoBox};
use crate::container::error::{ProbeError, lenient, malformed};
use crate::container::jp2;
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
/// SOC and SIZ, which must come first.
const CODE_STREAM: &[u8] = b"\xFF\x4F\xFF\x51";
/// The boxes with EXIF: of most writers, and of Adobe's plug-in.
const EXIF_UUIDS: [&[u8; 16]; 2] =
    [b"JpgTiffExif->JP2", b"\x05\x37\xCD\xAB\x9D\x0C\x44\x31\xA7\x2A\xFA\x56\x1F\x2A\x11\x3E"];
const XMP_UUID: &[u8; 16] = b"\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";

pub(super) fn matches(head: &[u8]) -> bool {
    head.starts_with(SIGNATURE)
}

pub(super) fn matches_code_stream(head: &[u8]) -> bool {
    head.starts_with(CODE_STREAM)
}

pub(super) fn probe_code_stream(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut info = ImageInfo::new(Format::J2k);
    siz(src, 0, &mut info)?;
    Ok(info)
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut info = ImageInfo::new(Format::Jp2);
    let mut header = None;
    let len = src.len();
    let mut boxes = Boxes::new(0, len, Format::Jp2);
    loop {
        let found = match boxes.next(src) {
            Ok(Some(found)) => found,
            Ok(None) => break,
            // Behind the code stream may be anything.
            Err(ProbeError::Malformed { .. }) if info.stored_size.is_some() => break,
            Err(error) => return Err(error),
        };
        match &found.kind {
            b"jp2h" => header = header.or(Some(found)),
            b"jp2c" if info.stored_size.is_none() => siz(src, found.at, &mut info)?,
            b"uuid" => uuid(src, found, &mut info)?,
            _ => {}
        }
    }
    if info.stored_size.is_none() {
        return Err(ProbeError::Truncated);
    }
    if let Some(header) = header {
        lenient(read_header(src, header, &mut info))?;
    }
    Ok(info)
}

/// The size of the reference grid less its offset, the components and their depth.
fn siz(src: &mut impl Source, at: u64, info: &mut ImageInfo) -> Result<(), ProbeError> {
    const GRID: u64 = 8;
    const COMPONENTS: u64 = 40;
    let format = info.format;
    if src.get(at, CODE_STREAM.len())? != CODE_STREAM {
        return Err(malformed(format, "the code stream does not begin with its size"));
    }
    let mut grid = [0; 4];
    for (index, value) in (0..).zip(&mut grid) {
        *value = src.be32(at + GRID + index * 4)?;
    }
    let [x, y, x_offset, y_offset] = grid;
    let (width, height) = (x.saturating_sub(x_offset), y.saturating_sub(y_offset));
    if width == 0 || height == 0 {
        return Err(malformed(format, "the image area is empty"));
    }
    let [c0, c1, depth] = src.array(at + COMPONENTS)?;
    let components = u16::from_be_bytes([c0, c1]);
    info.stored_size = Some(Size::new(width, height));
    info.frames = Some(1);
    info.colour = Some(Colour {
        model: if components < 3 { ColourModel::Grey } else { ColourModel::Rgb },
        bits: u16::from(depth & 0x7F) + 1,
        alpha: matches!(components, 2 | 4),
    });
    Ok(())
}

/// The boxes of the JP2 header: colour, palette, resolution.
fn read_header(
    src: &mut impl Source,
    header: IsoBox,
    info: &mut ImageInfo,
) -> Result<(), ProbeError> {
    let mut boxes = Boxes::inside(header, 0, Format::Jp2);
    while let Some(found) = boxes.next(src)? {
        match &found.kind {
            b"res " => info.stored_dpi = resolution(src, found)?,
            b"colr" => {
                let stated: [u8; 7] = src.array(found.at)?;
                info.has_icc |= matches!(stated, [2 | 3, ..]);
                if let Some(colour) = &mut info.colour
                    && jp2::states_inks(stated)
                {
                    (colour.model, colour.alpha) = (ColourModel::Cmyk, false);
                }
            }
            b"pclr" => {
                if let Some(colour) = &mut info.colour {
                    colour.model = ColourModel::Palette;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Annex I.5.3.7: the capture resolution, else the default display resolution.
fn resolution(src: &mut impl Source, parent: IsoBox) -> Result<Option<Density>, ProbeError> {
    let (mut capture, mut display) = (None, None);
    let mut boxes = Boxes::inside(parent, 0, Format::Jp2);
    while let Some(found) = boxes.next(src)? {
        match &found.kind {
            b"resc" => capture = per_metre(src.array(found.at)?, DpiSource::Jp2Capture),
            b"resd" => display = per_metre(src.array(found.at)?, DpiSource::Jp2Display),
            _ => {}
        }
    }
    Ok(capture.or(display))
}

/// Two fractions, vertical first, and their powers of ten, in points per metre.
fn per_metre(data: [u8; 10], source: DpiSource) -> Option<Density> {
    let [yn0, yn1, yd0, yd1, xn0, xn1, xd0, xd1, y_power, x_power] = data;
    let value = |n, d, power: u8| {
        f64::from(u16::from_be_bytes(n)) / f64::from(u16::from_be_bytes(d))
            * 10_f64.powi(power.cast_signed().into())
    };
    let x = value([xn0, xn1], [xd0, xd1], x_power);
    let y = value([yn0, yn1], [yd0, yd1], y_power);
    Density::per_metre(x, y, source)
}

fn uuid(src: &mut impl Source, found: IsoBox, info: &mut ImageInfo) -> Result<(), ProbeError> {
    let Some(id) = lenient(src.array::<16>(found.at))? else { return Ok(()) };
    let (at, len) = (found.at + 16, found.len().saturating_sub(16));
    info.has_xmp |= &id == XMP_UUID;
    if !EXIF_UUIDS.contains(&&id) || info.has_exif {
        return Ok(());
    }
    if found.end > src.len() {
        return Err(ProbeError::Truncated);
    }
    if let Some(exif) = exif::read(src, at, len)? {
        // The density is that of the resolution boxes.
        exif.apply(info);
        info.stored_dpi = None;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    fn bx(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let len = u32::try_from(data.len() + 8).unwrap().to_be_bytes();
        [&len[..], kind, data].concat()
    }

    fn stream(x: u32, y: u32, x_offset: u32, y_offset: u32) -> Vec<u8> {
        let mut data = CODE_STREAM.to_vec();
        data.extend([0, 47, 0, 0]);
        for value in [x, y, x_offset, y_offset, x, y, 0, 0] {
            data.extend(value.to_be_bytes());
        }
        data.extend([0, 3, 7, 1, 1, 7, 1, 1, 7, 1, 1]);
        data
    }

    fn jp2(resolution: &[Vec<u8>]) -> Vec<u8> {
        let header = bx(b"jp2h", &bx(b"res ", &resolution.concat()));
        [SIGNATURE, &header, &bx(b"jp2c", &stream(17, 15, 10, 10))].concat()
    }

    #[test]
    fn the_image_area_is_the_grid_less_its_offset() {
        assert_eq!(probe(&stream(17, 15, 10, 10)).unwrap().stored_size, Some(Size::new(7, 5)));
        let info = probe(&jp2(&[])).unwrap();
        assert_eq!((info.format, info.stored_size), (Format::Jp2, Some(Size::new(7, 5))));
        for bad in [stream(17, 15, 17, 10), stream(17, 15, 20, 0)] {
            assert!(matches!(probe(&bad), Err(ProbeError::Malformed { .. })));
        }
        let data = jp2(&[]);
        for cut in 12..data.len() - 8 {
            assert_eq!(probe(&data[..cut]), Err(ProbeError::Truncated), "cut at {cut}");
        }
    }

    #[test]
    fn capture_resolution_goes_before_display() {
        let resd = bx(b"resd", &[0x2E, 0x23, 0, 1, 0x2E, 0x23, 0, 2, 0, 0]);
        let resc = bx(b"resc", &[0, 118, 0, 1, 0, 236, 0, 1, 2, 2]);
        let density = |boxes: &[Vec<u8>]| probe(&jp2(boxes)).unwrap().stored_dpi.unwrap();
        let both = density(&[resd.clone(), resc]);
        assert_eq!(both.source, DpiSource::Jp2Capture);
        assert!((both.x - 599.44).abs() < 1e-9 && (both.y - 299.72).abs() < 1e-9);
        let display = density(&[bx(b"resc", &[0; 10]), resd]);
        assert_eq!(display.source, DpiSource::Jp2Display);
        assert!((display.y - 299.9994).abs() < 1e-9);
    }
}

//! JPEG: ITU-T T.81 annex B (markers), T.871 (JFIF), EXIF 2.32 section 4.7 (APP1),
//! CIPA DC-007 (MPF, several pictures in one file).

use super::colour::{Colour, ColourModel};
use super::density::Density;
use super::exif::{self, Exif};
use super::info::ImageInfo;
use super::photoshop::ResourceInfo;
use crate::container::error::{ProbeError, lenient, malformed};
use crate::container::jpeg::{Segments, marker};
use crate::container::photoshop::Resources;
use crate::container::source::Source;
use crate::container::tiff::Tiff;
use crate::format::Format;
use crate::geometry::Size;

/// Segments that are read: enough for 64 MiB of metadata.
const MAX_SEGMENTS: u32 = 1024;
/// Bytes of garbage and fill between segments that are skipped, as in decoders.
const MAX_GARBAGE: u32 = 64 * 1024;

/// The names at the start of application segments. The last of EXIF's two zeros is not compared: some
/// cameras write another byte.
const JFIF: &[u8] = b"JFIF\0";
const EXIF: &[u8] = b"Exif\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const MPF: &[u8] = b"MPF\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const PHOTOSHOP_2_5: &[u8] = b"Adobe_Photoshop2.5:";

/// What the segments state.
#[derive(Default)]
struct Metadata {
    frame: Option<(Size, Colour)>,
    exif: Option<Exif>,
    jfif: Option<Density>,
    photoshop: Resources,
    icc: bool,
    xmp: bool,
    pictures: Option<u32>,
}

/// Reads the segments up to the first scan. A file that ends before it is cut inside its header.
pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut metadata = Metadata::default();
    metadata.read(src)?;
    metadata.into_info(src)
}

impl Metadata {
    fn read(&mut self, src: &mut impl Source) -> Result<(), ProbeError> {
        const AFTER_SOI: u64 = 2;
        let mut segments = Segments::new(AFTER_SOI, MAX_GARBAGE);
        for _ in 0..MAX_SEGMENTS {
            let marker = segments.marker(src)?;
            if matches!(marker, marker::SOS | marker::EOI) {
                return Ok(());
            }
            let (data, len) = segments.data(src)?;
            match marker {
                marker::DHT | marker::JPG | marker::DAC => {}
                marker::SOF0..=marker::SOF15 => self.frame(src, data)?,
                marker::APP0 | marker::APP1 | marker::APP2 | marker::APP13 => {
                    self.application(src, marker, data, len)?;
                }
                _ => {}
            }
        }
        Err(malformed(Format::Jpeg, "too many segments"))
    }

    /// A frame header (T.81 section B.2.2). The first one counts.
    fn frame(&mut self, src: &mut impl Source, data: u64) -> Result<(), ProbeError> {
        if self.frame.is_some() {
            return Ok(());
        }
        let [bits, h0, h1, w0, w1, components] = src.array(data)?;
        let (width, height) = (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]));
        if height == 0 {
            // The height is in a DNL segment behind the first scan, outside of the header.
            return Err(malformed(Format::Jpeg, "the height is not in the header"));
        }
        if width == 0 {
            return Err(malformed(Format::Jpeg, "the width is 0"));
        }
        let model = match components {
            1 | 2 => ColourModel::Grey,
            4 => ColourModel::Cmyk,
            _ => ColourModel::Rgb,
        };
        let colour = Colour { model, bits: bits.into(), alpha: false };
        self.frame = Some((Size::new(width.into(), height.into()), colour));
        Ok(())
    }

    fn application(
        &mut self,
        src: &mut impl Source,
        marker: u8,
        data: u64,
        len: u64,
    ) -> Result<(), ProbeError> {
        let name = |wanted: &[u8]| (len >= wanted.len() as u64).then_some(wanted.len());
        let mut is = |wanted: &[u8]| match name(wanted) {
            Some(count) => Ok(src.get(data, count)? == wanted),
            None => Ok(false),
        };
        match marker {
            marker::APP0 if self.jfif.is_none() && len >= 12 && is(JFIF)? => {
                let [unit, x0, x1, y0, y1] = src.array(data + 7)?;
                let (x, y) = (u16::from_be_bytes([x0, x1]), u16::from_be_bytes([y0, y1]));
                self.jfif = Density::from_jfif(unit, x, y);
                if self.jfif.is_none() {
                    // JFIF comes right behind SOI. Resources in front of it were copied from the
                    // original of the picture; JFIF, of these pixels, states no unit.
                    self.photoshop = Resources::default();
                }
            }
            marker::APP1 if self.exif.is_none() && len > 6 && is(EXIF)? => {
                self.exif = exif::read(src, data + 6, len - 6)?;
            }
            marker::APP1 if is(XMP)? => self.xmp = true,
            marker::APP2 if is(ICC)? => self.icc = true,
            marker::APP2 if is(MPF)? => {
                let block = (data + MPF.len() as u64, len - MPF.len() as u64);
                self.pictures = lenient(pictures(src, block.0, block.1))?.flatten();
            }
            marker::APP13 => {
                // Eight more bytes follow the old name.
                for (name, head) in [(PHOTOSHOP, 14), (PHOTOSHOP_2_5, 27)] {
                    if is(name)? {
                        self.photoshop.push(data + head, len.saturating_sub(head));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn into_info(self, src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
        let (size, colour) =
            self.frame.ok_or_else(|| malformed(Format::Jpeg, "a scan without a frame header"))?;
        let mut info = ImageInfo::new(Format::Jpeg);
        info.stored_size = Some(size);
        info.colour = Some(colour);
        info.frames = Some(self.pictures.unwrap_or(1));
        info.has_icc = self.icc;
        info.has_xmp = self.xmp;
        if let Some(exif) = &self.exif {
            exif.apply(&mut info);
        }
        info.stored_dpi = info.stored_dpi.or(self.jfif);
        if info.stored_dpi.is_none() {
            let resources = lenient(ResourceInfo::read(&self.photoshop, src))?.unwrap_or_default();
            info.stored_dpi = resources.density;
        }
        Ok(info)
    }
}

/// `NumberOfImages` of an MPF block (CIPA DC-007 section 5.2.3).
fn pictures(src: &mut impl Source, at: u64, len: u64) -> Result<Option<u32>, ProbeError> {
    const NUMBER_OF_IMAGES: u16 = 0xB001;
    let Some(tiff) = Tiff::open(src, at, len)? else { return Ok(None) };
    let ifd = tiff.ifd(src, tiff.first_ifd)?;
    let [count] = tiff.find(src, ifd, [NUMBER_OF_IMAGES])?;
    let count = tiff.integer(src, &count)?;
    Ok(count.filter(|&count| count > 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::probe::{DpiSource, probe};

    /// A TIFF block with orientation 6 and a resolution in inches.
    fn block(dpi: u8) -> Vec<u8> {
        let mut block = b"II\x2A\0\x08\0\0\0\x03\0\
            \x12\x01\x03\0\x01\0\0\0\x06\0\0\0\
            \x1A\x01\x05\0\x01\0\0\0\x32\0\0\0\
            \x1B\x01\x05\0\x01\0\0\0\x32\0\0\0\
            \0\0\0\0"
            .to_vec();
        block.extend([dpi, 0, 0, 0, 1, 0, 0, 0]);
        block
    }

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let len = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], &len[..], data].concat()
    }

    fn exif(dpi: u8) -> Vec<u8> {
        segment(0xE1, &[b"Exif\0\0", &block(dpi)[..]].concat())
    }

    fn jfif(unit: u8, dpi: u16) -> Vec<u8> {
        let [high, low] = dpi.to_be_bytes();
        segment(0xE0, &[b"JFIF\0\x01\x01", &[unit, high, low, high, low, 0, 0][..]].concat())
    }

    fn photoshop(dpi: u8) -> Vec<u8> {
        let mut data = b"Photoshop 3.0\x008BIM\x03\xED\0\0\0\0\0\x10".to_vec();
        data.extend([0, dpi, 0, 0, 0, 1, 0, 1, 0, dpi, 0, 0, 0, 1, 0, 1]);
        segment(0xED, &data)
    }

    fn frame(marker: u8, height: u8) -> Vec<u8> {
        segment(marker, &[8, 0, height, 0, 7, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
    }

    fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
        let scan = segment(0xDA, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
        [&[0xFF, 0xD8], &segments.concat()[..], &scan].concat()
    }

    fn density(segments: &[Vec<u8>]) -> Option<(f64, DpiSource)> {
        let info = probe(&jpeg(segments)).unwrap();
        assert_eq!(info.stored_size, Some(Size::new(7, 5)));
        info.stored_dpi.map(|density| (density.x, density.source))
    }

    #[test]
    fn exif_then_jfif_then_photoshop() {
        let sof = frame(0xC0, 5);
        let (exif_, jfif_) = (DpiSource::Exif, DpiSource::Jfif);
        let ps = DpiSource::Photoshop;
        assert_eq!(density(&[jfif(1, 96), exif(72), sof.clone()]), Some((72.0, exif_)));
        assert_eq!(density(&[jfif(1, 96), exif(0), sof.clone()]), Some((96.0, jfif_)));
        assert_eq!(density(&[jfif(2, 100), photoshop(150), sof.clone()]), Some((254.0, jfif_)));
        assert_eq!(density(&[jfif(0, 1), photoshop(150), sof.clone()]), Some((150.0, ps)));
        assert_eq!(density(&[photoshop(150), jfif(0, 1), sof.clone()]), None);
        assert_eq!(density(&[photoshop(150), jfif(1, 96), sof.clone()]), Some((96.0, jfif_)));
        // Behind other segments, behind the frame, behind a broken block.
        let broken = segment(0xE1, b"Exif\0\0II\x2A\0\xFF\0\0\0");
        let segments = [photoshop(150), broken, sof.clone(), exif(72), exif(99)];
        assert_eq!(density(&segments), Some((72.0, exif_)));
        assert_eq!(density(&[sof]), None);
    }

    #[test]
    fn garbage_and_fill_bytes_between_segments() {
        let sof = frame(0xC0, 5);
        let data = jpeg(&[exif(72), vec![0xFF; 9], sof.clone(), vec![0, 1, 0xFF, 0, 2]]);
        assert_eq!(probe(&data).unwrap().orientation, Orientation::Rotate90);
        let endless = [&[0xFF, 0xD8, 0xFF, 0xE0, 0, 2][..], &vec![7; 100_000]].concat();
        assert!(matches!(probe(&endless), Err(ProbeError::Malformed { .. })));
    }

    #[test]
    fn every_kind_of_frame_that_has_a_height() {
        for marker in (0xC0..=0xCF).filter(|marker| ![0xC4, 0xC8, 0xCC].contains(marker)) {
            assert_eq!(density(&[frame(marker, 5)]), None, "marker {marker:#x}");
        }
        for segments in [vec![frame(0xC0, 0)], vec![frame(0xC4, 5)], vec![], vec![vec![0xFF, 0xD9]]]
        {
            assert!(matches!(probe(&jpeg(&segments)), Err(ProbeError::Malformed { .. })));
        }
    }

    #[test]
    fn a_header_cut_before_the_scan_is_truncated() {
        let data = jpeg(&[jfif(1, 96), exif(72), frame(0xC0, 5)]);
        let scan = data.len() - 12;
        for cut in 3..data.len() {
            let expected = if cut < scan { Err(ProbeError::Truncated) } else { probe(&data) };
            assert_eq!(probe(&data[..cut]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn profiles_and_the_pictures_of_an_mpo() {
        let mpf = b"MPF\0MM\0\x2A\0\0\0\x08\0\x01\xB0\x01\0\x04\0\0\0\x01\0\0\0\x03\0\0\0\0";
        let data = jpeg(&[
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01"),
            segment(0xE2, mpf),
            frame(0xC2, 5),
        ]);
        let info = probe(&data).unwrap();
        assert!(info.has_icc && info.has_xmp && !info.has_exif);
        assert_eq!(info.frames, Some(3));
        assert_eq!(info.colour, Some(Colour { model: ColourModel::Rgb, bits: 8, alpha: false }));
    }
}

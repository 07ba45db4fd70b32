//! TIFF 6.0 and BigTIFF: the first IFD is the image.
//!
//! Camera raw files with the structure of TIFF (DNG, NEF, ...) are identified as TIFFs, with the size of
//! their first IFD. Canon's CR2 has a header of its own.

use super::colour::{Colour, ColourModel};
use super::exif::{self, Exif};
use super::info::ImageInfo;
use crate::container::error::{ProbeError, malformed};
use crate::container::source::Source;
use crate::container::tiff::Tiff;
use crate::format::Format;
use crate::geometry::Size;

/// Whether a TIFF or BigTIFF of either byte order begins with `head`.
pub(super) fn matches(head: &[u8]) -> bool {
    const CR2: &[u8] = b"CR\x02";
    let tiff =
        matches!(head.first_chunk(), Some(b"II\x2A\0" | b"MM\0\x2A" | b"II\x2B\0" | b"MM\0\x2B"));
    tiff && head.get(8..11) != Some(CR2)
}

/// The tags that are read of the first IFD (TIFF 6.0 appendix A), EXIF's own last.
const TAGS: [u16; 14] = {
    let [orientation, x, y, unit, gps] = exif::TAGS;
    [
        0x0100, // ImageWidth
        0x0101, // ImageLength
        0x0102, // BitsPerSample
        0x0106, // PhotometricInterpretation
        0x0115, // SamplesPerPixel
        0x0152, // ExtraSamples
        0x02BC, // XMP
        0x8773, // ICC profile
        0x8769, // EXIF IFD
        orientation,
        x,
        y,
        unit,
        gps,
    ]
};

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let len = src.len();
    let tiff = Tiff::open(src, 0, len)?.ok_or(if len < 16 {
        ProbeError::Truncated
    } else {
        malformed(Format::Tiff, "header")
    })?;
    let ifd = tiff.ifd(src, tiff.first_ifd)?;
    let [width, height, bits, photometric, samples, extra, xmp, icc, exif_ifd, exif @ ..] =
        tiff.find(src, ifd, TAGS)?;
    let mut field = |entry| tiff.integer(src, entry);
    let (Some(width @ 1..), Some(height @ 1..)) = (field(&width)?, field(&height)?) else {
        return Err(match ifd.is_cut {
            true => ProbeError::Truncated,
            false => malformed(Format::Tiff, "the first directory has no width or height"),
        });
    };
    let mut info = ImageInfo::new(Format::Tiff);
    info.stored_size = Some(Size::new(width, height));
    let mut colour = colour(field(&photometric)?, field(&samples)?, field(&bits)?);
    // Samples of another meaning may stand before alpha.
    colour.alpha = tiff.any_short(src, &extra, MOST_SAMPLES, |kind| {
        matches!(kind, ASSOCIATED_ALPHA | UNASSOCIATED_ALPHA)
    })?;
    info.colour = Some(colour);
    let [_, x, y, ..] = &exif;
    if x.is_there() && y.is_there() && (tiff.is_cut(x) || tiff.is_cut(y)) {
        // Values are usually behind the directory: this one is cut off.
        return Err(ProbeError::Truncated);
    }
    Exif::of(src, &tiff, &exif)?.apply(&mut info);
    info.has_exif = exif_ifd.is_there();
    info.has_icc = icc.is_there();
    info.has_xmp = xmp.is_there();
    info.frames = (tiff.next(src, ifd)? == 0).then_some(1);
    Ok(info)
}

/// Values of `ExtraSamples` (TIFF 6.0 section 18).
const ASSOCIATED_ALPHA: u16 = 1;
const UNASSOCIATED_ALPHA: u16 = 2;
/// Samples of a pixel, of which more are not rendered either.
const MOST_SAMPLES: u64 = 64;

/// `PhotometricInterpretation` and its neighbours (TIFF 6.0 appendix A), without alpha.
fn colour(photometric: Option<u32>, samples: Option<u32>, bits: Option<u32>) -> Colour {
    let model = match photometric {
        Some(3) => ColourModel::Palette,
        Some(5) => ColourModel::Cmyk,
        Some(8..=10) => ColourModel::Lab,
        Some(2 | 6) => ColourModel::Rgb,
        _ if samples >= Some(3) => ColourModel::Rgb,
        _ => ColourModel::Grey,
    };
    Colour {
        model,
        // Absent means one bit (TIFF 6.0 section 8).
        bits: bits.and_then(|bits| u16::try_from(bits).ok()).unwrap_or(1),
        alpha: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    /// A little-endian TIFF whose IFD lies behind `gap` bytes.
    fn tiff(gap: usize, entries: &[[u8; 12]]) -> Vec<u8> {
        let mut data = b"II\x2A\0".to_vec();
        data.extend(u32::try_from(8 + gap).unwrap().to_le_bytes());
        data.resize(8 + gap, 0);
        data.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        data.extend(entries.concat());
        data.extend([0; 4]);
        data
    }

    const WIDTH: [u8; 12] = *b"\0\x01\x03\0\x01\0\0\0\x07\0\0\0";
    const LONG_HEIGHT: [u8; 12] = *b"\x01\x01\x04\0\x01\0\0\0\x05\0\x01\0";
    const CMYK: [u8; 12] = *b"\x06\x01\x03\0\x01\0\0\0\x05\0\0\0";

    #[test]
    fn short_and_long_sizes_in_a_directory_anywhere() {
        for gap in [0, 1, 100_000] {
            let data = tiff(gap, &[WIDTH, LONG_HEIGHT, CMYK]);
            let info = probe(&data).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(7, 65541)));
            assert_eq!(info.colour.unwrap().model, ColourModel::Cmyk);
            assert_eq!(info.frames, Some(1));
            // Of a cut directory the entries that are there count.
            let sizes_end = 8 + gap + 2 + 2 * 12;
            for cut in (4..data.len() - 4).step_by(1 + gap / 50) {
                let size = probe(&data[..cut]).map(|info| info.stored_size);
                let want =
                    if cut < sizes_end { Err(ProbeError::Truncated) } else { Ok(info.stored_size) };
                assert_eq!(size, want, "cut at {cut}");
            }
        }
    }

    #[test]
    fn no_size_is_malformed_and_canons_raw_is_not_tiff() {
        let data = tiff(0, &[WIDTH, CMYK]);
        assert!(matches!(probe(&data), Err(ProbeError::Malformed { .. })));
        let mut data = tiff(8, &[WIDTH, LONG_HEIGHT]);
        data[8..11].copy_from_slice(b"CR\x02");
        assert_eq!(probe(&data), Err(ProbeError::NotAnImage));
    }
}

//! Encoding the rendition, with its density and no other metadata.

mod chroma;
mod density;
mod jpeg;
mod png;
mod webp;

use std::collections::BTreeSet;

use self::density::{Density, Ratio};
use super::decode_error::{DecodeError, catch_codec_panic};
use super::hash::PictureHashes;
use super::kernel::Cpu;
use super::options::{OutputFormat, StandardOptions};
use super::picture::{Layout, Picture};
use super::source::Source;
use super::ycbcr;
use crate::format::Format;
use crate::geometry::Size;
use crate::record::{DifferenceHash, ThumbHash};
use crate::warning::Warning;

/// A finished rendition.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standard {
    /// JPEG, PNG where the picture has transparency, or WebP where that is chosen and smaller.
    pub format: Format,
    /// Its width and height, in pixels.
    pub size: Size,
    /// The file.
    pub bytes: Vec<u8>,
    /// What decoding has found to warn of.
    pub(crate) warnings: BTreeSet<Warning>,
    /// The difference hash of the picture, the same for all of its renditions.
    pub difference_hash: DifferenceHash,
    /// The `ThumbHash` of the picture, the same for all of its renditions.
    pub thumb_hash: ThumbHash,
}

impl Standard {
    /// The coded file of a rendition of a picture with these hashes.
    pub(super) fn new(coded: Coded, hashes: &PictureHashes, warnings: BTreeSet<Warning>) -> Self {
        let (difference_hash, thumb_hash) = (hashes.difference, hashes.thumb.clone());
        let Coded { format, size, bytes } = coded;
        Self { format, size, bytes, warnings, difference_hash, thumb_hash }
    }
}

/// A coded picture.
#[derive(Debug)]
pub(super) struct Coded {
    pub(super) format: Format,
    pub(super) size: Size,
    pub(super) bytes: Vec<u8>,
}

/// Encodes `picture`, which was made from `source` and prints as large.
pub(super) fn encode(
    cpu: Cpu,
    picture: Picture,
    source: &Source<'_>,
    quality: u8,
) -> Result<Coded, DecodeError> {
    let displayed = source.stored_size.oriented(source.orientation);
    let size = picture.size;
    let density = density(size, source);
    let (format, bytes) = if picture.layout.has_alpha() {
        let file = png::encode(&picture.planes, size != displayed, density.dimensions());
        (Format::Png, file.map_err(DecodeError::damaged)?)
    } else {
        (Format::Jpeg, jpeg(cpu, picture, &density, quality)?)
    };
    Ok(Coded { format, size, bytes })
}

/// `coded`, or `picture` in the chosen format if that has fewer bytes.
pub(super) fn or_chosen_format(
    coded: Coded,
    picture: Picture,
    source: &Source<'_>,
    options: &StandardOptions,
) -> Result<Coded, DecodeError> {
    match options.format() {
        OutputFormat::Auto => Ok(coded),
        OutputFormat::WebP => {
            let density = density(coded.size, source);
            let file = catch_codec_panic(|| Ok(webp::encode(picture, &density)))?;
            Ok(match file {
                Some(bytes) if bytes.len() < coded.bytes.len() => {
                    Coded { format: Format::WebP, bytes, ..coded }
                }
                _ => coded,
            })
        }
    }
}

/// The density of a picture of `size` pixels that prints as large as `source`.
fn density(size: Size, source: &Source<'_>) -> Density {
    let displayed = source.stored_size.oriented(source.orientation);
    Density {
        x: Ratio::new(source.dpi, size.width, displayed.width),
        y: Ratio::new(source.dpi_y, size.height, displayed.height),
    }
}

/// The least quality with which chroma always keeps its size, as in `libvips`.
const FULL_CHROMA: u8 = 90;

/// A picture of luma alone, in RGB or in YCbCr.
fn jpeg(
    cpu: Cpu,
    picture: Picture,
    density: &Density,
    quality: u8,
) -> Result<Vec<u8>, &'static str> {
    let mut picture = ycbcr::from_rgb(cpu, picture);
    if picture.layout == Layout::YCbCr && quality < FULL_CHROMA {
        chroma::halve_if_soft(cpu, &mut picture.planes);
    }
    let mut metadata = vec![(jpeg::APP0, density.jfif())];
    metadata.extend(density.exif().map(|exif| (jpeg::APP1, exif)));
    jpeg::encode(cpu, &picture.planes, quality, &metadata)
}

#[cfg(test)]
mod tests {
    use super::super::picture::{Plane, Profile};
    use super::*;
    use crate::field::Dpi;

    /// Of 16 x 8 pixels, from an original of `displayed` pixels.
    fn standard(layout: Layout, (dpi, dpi_y): (u16, u16), displayed: Size) -> Coded {
        let size = Size::new(16, 8);
        let plane = Plane { width: 16, height: 8, samples: vec![100; 128] };
        let planes = vec![plane; layout.channels()];
        let picture = Picture { full: size, size, layout, planes, profile: Profile::Srgb };
        let mut source = Source::new(&[], Format::Bmp, displayed);
        (source.dpi, source.dpi_y) = (Dpi::new(dpi).unwrap(), Dpi::new(dpi_y).unwrap());
        encode(Cpu::detect(), picture, &source, 85).unwrap()
    }

    #[test]
    fn a_density_of_whole_numbers_needs_only_jfif() {
        let file = standard(Layout::Rgb, (300, 300), Size::new(32, 16));
        assert_eq!(file.format, Format::Jpeg);
        // SOI, APP0 of 16 bytes: JFIF 1.x, inches, 150 x 150.
        assert_eq!(file.bytes[..4], [0xff, 0xd8, 0xff, 0xe0]);
        assert_eq!(file.bytes[6..11], *b"JFIF\0");
        assert_eq!(file.bytes[13..18], [1, 0, 150, 0, 150]);
        assert_ne!(file.bytes[20..22], [0xff, 0xe1]);
    }

    #[test]
    fn a_fractional_density_is_exact_in_exif() {
        let file = standard(Layout::Grey, (300, 300), Size::new(33, 16));
        // 300 * 16 / 33 = 145.45, 150
        assert_eq!(file.bytes[13..18], [1, 0, 145, 0, 150]);
        assert_eq!(file.bytes[20..22], [0xff, 0xe1]);
        assert_eq!(file.bytes[24..34], *b"Exif\0\0MM\0\x2a");
        let rationals = 24 + 6 + 50;
        assert_eq!(
            file.bytes[rationals..rationals + 16],
            [0, 0, 0x06, 0x40, 0, 0, 0, 11, 0, 0, 0, 150, 0, 0, 0, 1]
        );
    }

    #[test]
    fn png_has_dots_per_metre() {
        let file = standard(Layout::Rgba, (72, 144), Size::new(16, 8));
        assert_eq!(file.format, Format::Png);
        let info = ::png::Decoder::new(std::io::Cursor::new(&file.bytes)).read_info().unwrap();
        let dims = info.info().pixel_dims.unwrap();
        assert_eq!((dims.xppu, dims.yppu), (2835, 5669));
    }

    #[test]
    fn a_density_is_never_zero() {
        let file = standard(Layout::Rgb, (1, 1), Size::new(16000, 8000));
        assert_eq!(file.bytes[13..18], [1, 0, 1, 0, 1]);
    }
}

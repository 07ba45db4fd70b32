//! Encoding the rendition, with its density and no other metadata.

use jpeg_encoder::{ColorType, Encoder, PixelDensity, PixelDensityUnit, SamplingFactor};

use super::decode_error::DecodeError;
use super::picture::{Layout, Picture};
use super::source::Source;
use crate::field::Dpi;
use crate::format::Format;
use crate::geometry::Size;

/// A finished rendition.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standard {
    /// JPEG, or PNG where the picture has transparency.
    pub format: Format,
    /// Its width and height, in pixels.
    pub size: Size,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Encodes `picture`, which was made from `source` and prints as large.
pub(super) fn encode(
    picture: &Picture,
    source: &Source<'_>,
    quality: u8,
) -> Result<Standard, DecodeError> {
    let displayed = source.stored_size.oriented(source.orientation);
    let density = Density {
        x: Ratio::new(source.dpi, picture.size.width, displayed.width),
        y: Ratio::new(source.dpi_y, picture.size.height, displayed.height),
    };
    let (format, bytes) = if picture.layout.has_alpha() {
        (Format::Png, png(picture, &density).map_err(DecodeError::damaged)?)
    } else {
        (Format::Jpeg, jpeg(picture, &density, quality).map_err(DecodeError::damaged)?)
    };
    Ok(Standard { format, size: picture.size, bytes })
}

/// Exact dots per inch along both axes.
struct Density {
    x: Ratio,
    y: Ratio,
}

struct Ratio {
    over: u32,
    under: u32,
}

impl Ratio {
    /// `dpi` scaled by `pixels` over `of`, in lowest terms.
    fn new(dpi: Dpi, pixels: u32, of: u32) -> Self {
        let (over, under) = (u64::from(dpi.get()) * u64::from(pixels), u64::from(of.max(1)));
        let (mut a, mut b) = (over, under);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let lowest = |n: u64| u32::try_from(n / a.max(1)).unwrap_or(u32::MAX);
        Self { over: lowest(over), under: lowest(under) }
    }

    /// The nearest whole number, at least 1.
    fn rounded(&self) -> u64 {
        let (over, under) = (u64::from(self.over), u64::from(self.under));
        ((2 * over + under) / (2 * under)).max(1)
    }

    /// Dots per metre, an inch being 0.0254 m.
    fn per_metre(&self) -> u32 {
        let (over, under) = (u64::from(self.over) * 10_000, u64::from(self.under) * 254);
        u32::try_from((2 * over + under) / (2 * under)).unwrap_or(u32::MAX).max(1)
    }
}

fn jpeg(
    picture: &Picture,
    density: &Density,
    quality: u8,
) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    let side = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
    let whole = |ratio: &Ratio| u16::try_from(ratio.rounded()).unwrap_or(u16::MAX);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_density(PixelDensity {
        density: (whole(&density.x), whole(&density.y)),
        unit: PixelDensityUnit::Inches,
    });
    // Chroma at full size: edges of a logo stay sharp. The encoder would halve it by skipping pixels
    // instead of taking their mean, which shifts and falsifies colours.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    if density.x.under != 1 || density.y.under != 1 {
        encoder.add_app_segment(1, exif(density))?;
    }
    let kind = match picture.layout {
        Layout::Grey | Layout::GreyAlpha => ColorType::Luma,
        Layout::YCbCr => ColorType::Ycbcr,
        Layout::Rgb | Layout::Rgba | Layout::Cmyk => ColorType::Rgb,
    };
    encoder.encode(
        &picture.interleaved(),
        side(picture.size.width),
        side(picture.size.height),
        kind,
    )?;
    Ok(bytes)
}

/// The exact density, which JFIF rounds to whole dots per inch: EXIF of three fields, big-endian.
fn exif(density: &Density) -> Vec<u8> {
    const RATIONALS: u32 = 8 + 2 + 3 * 12 + 4;
    let field = |tag: u16, kind: u16, value: [u8; 4]| {
        let mut field = Vec::from(tag.to_be_bytes());
        field.extend(kind.to_be_bytes());
        field.extend(1u32.to_be_bytes());
        field.extend(value);
        field
    };
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x03".to_vec();
    exif.extend(field(0x011a, 5, RATIONALS.to_be_bytes()));
    exif.extend(field(0x011b, 5, (RATIONALS + 8).to_be_bytes()));
    exif.extend(field(0x0128, 3, [0, 2, 0, 0]));
    exif.extend([0; 4]);
    for ratio in [&density.x, &density.y] {
        exif.extend(ratio.over.to_be_bytes());
        exif.extend(ratio.under.to_be_bytes());
    }
    exif
}

fn png(picture: &Picture, density: &Density) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.size.width, picture.size.height);
    encoder.set_color(if picture.layout == Layout::GreyAlpha {
        png::ColorType::GrayscaleAlpha
    } else {
        png::ColorType::Rgba
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: density.x.per_metre(),
        yppu: density.y.per_metre(),
        unit: png::Unit::Meter,
    }));
    encoder.write_header()?.write_image_data(&picture.interleaved())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::picture::{Plane, Profile};
    use super::*;

    /// Of 16 x 8 pixels, from an original of `displayed` pixels.
    fn standard(layout: Layout, (dpi, dpi_y): (u16, u16), displayed: Size) -> Standard {
        let size = Size::new(16, 8);
        let plane = Plane { width: 16, height: 8, samples: vec![100; 128] };
        let planes = vec![plane; layout.channels()];
        let picture = Picture { full: size, size, layout, planes, profile: Profile::Srgb };
        let mut source = Source::new(&[], Format::Bmp, displayed);
        (source.dpi, source.dpi_y) = (Dpi::new(dpi).unwrap(), Dpi::new(dpi_y).unwrap());
        encode(&picture, &source, 85).unwrap()
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
        let info = png::Decoder::new(std::io::Cursor::new(&file.bytes)).read_info().unwrap();
        let dims = info.info().pixel_dims.unwrap();
        assert_eq!((dims.xppu, dims.yppu), (2835, 5669));
    }

    #[test]
    fn a_density_is_never_zero() {
        let file = standard(Layout::Rgb, (1, 1), Size::new(16000, 8000));
        assert_eq!(file.bytes[13..18], [1, 0, 1, 0, 1]);
    }
}

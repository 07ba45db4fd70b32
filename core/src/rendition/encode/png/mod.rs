//! Writing PNG: with a palette where there are few colours, else coded as a photo or as a drawing.

mod coding;
mod palette;
mod unseen;

use png::{BitDepth, ColorType, Encoder, EncodingError, PixelDimensions};

use self::coding::Coding;
use self::palette::Palette;
use crate::rendition::picture::Plane;

/// The file of planes of luma, or of red, green and blue, and of alpha after them. All have one size.
///
/// It has the same pixels. Only of a picture that `is_fitted`, whose pixels are rounded already, differences that
/// are not seen are left out.
pub(super) fn encode(
    planes: &[Plane],
    is_fitted: bool,
    dimensions: PixelDimensions,
) -> Result<Vec<u8>, EncodingError> {
    let (width, height) = planes.first().map_or((0, 0), |plane| (plane.width, plane.height));
    let file = File { width, height, is_fitted, dimensions };
    match planes {
        [luma, alpha] => {
            let pixels = luma.samples.iter().zip(&alpha.samples).map(|(l, a)| [*l, *a]);
            let mut pixels: Vec<[u8; 2]> = pixels.collect();
            let colours = pixels.iter().map(|[l, a]| [*l, *l, *l, *a]);
            match Palette::new(colours) {
                Some(palette) => file.with_palette(&palette),
                None => file.with_pixels(ColorType::GrayscaleAlpha, &mut pixels),
            }
        }
        [red, green, blue, alpha] => {
            let colours = red.samples.iter().zip(&green.samples).zip(&blue.samples);
            let pixels = colours.zip(&alpha.samples).map(|(((r, g), b), a)| [*r, *g, *b, *a]);
            let mut pixels: Vec<[u8; 4]> = pixels.collect();
            match Palette::new(pixels.iter().copied()) {
                Some(palette) => file.with_palette(&palette),
                None => file.with_pixels(ColorType::Rgba, &mut pixels),
            }
        }
        _ => Err(std::io::Error::other("a PNG is written of planes with alpha").into()),
    }
}

/// What all files have in common.
#[derive(Clone, Copy)]
struct File {
    width: usize,
    height: usize,
    is_fitted: bool,
    dimensions: PixelDimensions,
}

impl File {
    fn with_palette(self, palette: &Palette) -> Result<Vec<u8>, EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = self.encoder(&mut bytes, Coding::Drawing);
        encoder.set_color(ColorType::Indexed);
        encoder.set_depth(match palette.bits() {
            1 => BitDepth::One,
            2 => BitDepth::Two,
            4 => BitDepth::Four,
            _ => BitDepth::Eight,
        });
        let colours = palette.colours.iter();
        encoder
            .set_palette(colours.clone().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect::<Vec<_>>());
        let alphas: Vec<u8> = colours.map(|[_, _, _, a]| *a).take_while(|a| *a < 255).collect();
        if !alphas.is_empty() {
            encoder.set_trns(alphas);
        }
        encoder.write_header()?.write_image_data(&palette.packed(self.width))?;
        Ok(bytes)
    }

    fn with_pixels<const N: usize>(
        self,
        colours: ColorType,
        pixels: &mut [[u8; N]],
    ) -> Result<Vec<u8>, EncodingError> {
        let coding = coding::choose(self.width, pixels, |height, pixels, coding| {
            let sample = Self { height, ..self };
            sample.with_coding(colours, pixels, coding).map(|file| file.len())
        })?;
        if coding == Coding::Drawing && self.is_fitted {
            unseen::join(self.width, pixels);
        }
        self.with_coding(colours, pixels, coding)
    }

    fn with_coding<const N: usize>(
        self,
        colours: ColorType,
        pixels: &[[u8; N]],
        coding: Coding,
    ) -> Result<Vec<u8>, EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = self.encoder(&mut bytes, coding);
        encoder.set_color(colours);
        encoder.set_depth(BitDepth::Eight);
        encoder.write_header()?.write_image_data(pixels.as_flattened())?;
        Ok(bytes)
    }

    fn encoder<'a>(self, bytes: &'a mut Vec<u8>, coding: Coding) -> Encoder<'a, &'a mut Vec<u8>> {
        // A side that is too long is an error of the encoder's.
        let side = |n: usize| u32::try_from(n).unwrap_or(0);
        let mut encoder = Encoder::new(bytes, side(self.width), side(self.height));
        encoder.set_pixel_dims(Some(self.dimensions));
        encoder.set_filter(coding.filter());
        encoder.set_deflate_compression(coding.compression());
        encoder
    }
}

#[cfg(test)]
mod tests;

//! BMP, by `image`.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder};

use super::{Failure, Layout, Picture, Profile};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, Demand};

/// Decodes a BMP file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, Failure> {
    let decoder = BmpDecoder::new(Cursor::new(data)).map_err(Failure::codec)?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    let layout = match decoder.color_type() {
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        _ => return Err("an unknown kind of pixels".into()),
    };
    let row = u64::from(width) * 4 + (1 << 16);
    budget.admit(&Demand { full: size, size, channels: layout.channels(), decoder: row })?;
    let bytes = usize::try_from(decoder.total_bytes()).map_err(Failure::codec)?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(Failure::codec)?;
    if layout == Layout::Rgba {
        show_if_all_hidden(&mut pixels);
    }
    Ok(Picture { full: size, size, layout, pixels, profile: Profile::Srgb })
}

/// Writers that know nothing of alpha leave it zero: such a picture is meant to be seen.
fn show_if_all_hidden(pixels: &mut [u8]) {
    let pixels = pixels.as_chunks_mut::<4>().0;
    if pixels.iter().all(|&[_, _, _, alpha]| alpha == 0) {
        pixels.iter_mut().for_each(|[_, _, _, alpha]| *alpha = 255);
    }
}

//! Lossless WebP, by the crate `image-webp`.

use image_webp::{ColorType, WebPEncoder};

use super::density::Density;
use crate::rendition::picture::{Layout, Picture};
use crate::rendition::ycbcr;

/// The file of a picture in sRGB with its density. `None` if it has a size or a layout that WebP does not have.
pub(super) fn encode(picture: Picture, density: &Density) -> Option<Vec<u8>> {
    let picture = ycbcr::to_rgb(picture);
    let colours = match picture.layout {
        Layout::Grey => ColorType::L8,
        Layout::GreyAlpha => ColorType::La8,
        Layout::Rgb => ColorType::Rgb8,
        Layout::Rgba => ColorType::Rgba8,
        Layout::YCbCr | Layout::Cmyk | Layout::CmykAlpha => return None,
    };
    let pixels = picture.interleaved();
    let (width, height) = (picture.size.width, picture.size.height);
    drop(picture);
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new(&mut file);
    encoder.set_exif_metadata(density.tiff());
    encoder.encode(&pixels, width, height, colours).ok()?;
    Some(file)
}

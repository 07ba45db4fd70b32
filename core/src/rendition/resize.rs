//! Fitting: Lanczos with three lobes on the stored values, as Pillow and the browsers do, with colours
//! weighted by their alpha.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::decode::{Failure, Layout, Picture};
use crate::geometry::Size;

/// `picture` at `target` pixels.
pub(super) fn fit(mut picture: Picture, target: Size) -> Result<Picture, Failure> {
    if picture.size == target {
        return Ok(picture);
    }
    let kind = match picture.layout {
        Layout::Grey => PixelType::U8,
        Layout::GreyAlpha => PixelType::U8x2,
        Layout::Rgb => PixelType::U8x3,
        Layout::Rgba | Layout::Cmyk => PixelType::U8x4,
    };
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    let mut small = Image::new(target.width, target.height, kind);
    let Size { width, height } = picture.size;
    let alpha = picture.layout.has_alpha();
    let mut large =
        Image::from_slice_u8(width, height, &mut picture.pixels, kind).map_err(Failure::codec)?;
    let weigh = MulDiv::new();
    if alpha {
        weigh.multiply_alpha_inplace(&mut large).map_err(Failure::codec)?;
    }
    Resizer::new().resize(&large, &mut small, &options).map_err(Failure::codec)?;
    if alpha {
        weigh.divide_alpha_inplace(&mut small).map_err(Failure::codec)?;
    }
    Ok(Picture { size: target, pixels: small.into_vec(), ..picture })
}

#[cfg(test)]
mod tests {
    use super::super::decode::Profile;
    use super::*;

    #[test]
    fn too_few_pixels_are_no_black_picture() {
        let size = Size::new(8, 8);
        let (layout, pixels) = (Layout::Rgb, vec![0; 8 * 8 * 3 - 1]);
        let picture = Picture { full: size, size, layout, pixels, profile: Profile::Srgb };
        assert!(fit(picture, Size::new(3, 3)).is_err());
    }

    #[test]
    fn hidden_colours_do_not_bleed() {
        // Opaque red beside transparent green.
        let pixels: Vec<u8> = (0..64u32)
            .flat_map(|i| if i % 8 < 4 { [255, 0, 0, 255] } else { [0, 255, 0, 0] })
            .collect();
        let picture = Picture {
            full: Size::new(8, 8),
            size: Size::new(8, 8),
            layout: Layout::Rgba,
            pixels,
            profile: Profile::Srgb,
        };
        let small = fit(picture, Size::new(3, 3)).unwrap();
        for pixel in small.pixels.chunks_exact(4) {
            assert!(pixel[3] == 0 || (pixel[0] >= 254 && pixel[1] <= 1), "{pixel:?}");
        }
    }
}

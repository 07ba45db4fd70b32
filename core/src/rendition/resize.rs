//! Fitting: Lanczos with three lobes on the stored values, as in Pillow and browsers, with colours weighted
//! by their alpha.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::decode_error::DecodeError;
use super::picture::{Layout, Picture};
use crate::geometry::Size;

/// `picture` at `target` pixels.
pub(super) fn fit(mut picture: Picture, target: Size) -> Result<Picture, DecodeError> {
    if picture.size == target {
        return Ok(picture);
    }
    // By type: the crate's own choice at run time would compile every kind of pixel, three quarters of the
    // code of this library.
    let fit = match picture.layout {
        Layout::Grey => fit_pixels::<U8>,
        Layout::GreyAlpha => fit_pixels::<U8x2>,
        Layout::Rgb => fit_pixels::<U8x3>,
        Layout::Rgba | Layout::Cmyk => fit_pixels::<U8x4>,
    };
    let pixels = fit(&mut picture, target)?;
    Ok(Picture { size: target, pixels, ..picture })
}

fn fit_pixels<P: PixelTrait>(picture: &mut Picture, target: Size) -> Result<Vec<u8>, DecodeError> {
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .use_alpha(false);
    let (size, alpha) = (picture.size, picture.layout.has_alpha());
    let bytes = target.pixels().saturating_mul(picture.layout.channels() as u64);
    let mut pixels = vec![0; usize::try_from(bytes).map_err(DecodeError::damaged)?];
    let mut large = TypedImage::<P>::from_buffer(size.width, size.height, &mut picture.pixels)
        .map_err(DecodeError::damaged)?;
    let mut small = TypedImage::<P>::from_buffer(target.width, target.height, &mut pixels)
        .map_err(DecodeError::damaged)?;
    let weigh = MulDiv::new();
    if alpha {
        weigh.multiply_alpha_inplace_typed(&mut large).map_err(DecodeError::damaged)?;
    }
    Resizer::new().resize_typed(&large, &mut small, &options).map_err(DecodeError::damaged)?;
    if alpha {
        weigh.divide_alpha_inplace_typed(&mut small).map_err(DecodeError::damaged)?;
    }
    Ok(pixels)
}

#[cfg(test)]
mod tests {
    use super::super::picture::Profile;
    use super::*;

    #[test]
    fn too_few_pixels_are_an_error() {
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

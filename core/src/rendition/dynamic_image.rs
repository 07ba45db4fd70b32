//! Pictures of the `image` crate, for hosts that use it.

use image::DynamicImage;

use super::bitmap::Bitmap;
use super::budget::Budget;
use super::conversion::Conversions;
use super::hash::PictureHashes;
use super::kernel::Cpu;
use super::picture::{Layout, Picture, Profile};
use super::{RenderError, Source, Standard, StandardOptions, decode, encode, ycbcr};
use crate::field::Dpi;
use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// Makes a rendition of a decoded picture: sRGB, upright, to be printed at `dpi`.
///
/// ```
/// use image::{DynamicImage, RgbImage};
/// use userimage::rendition::{StandardOptions, render_image};
/// use userimage::{Dpi, Format, Size};
///
/// let photo = DynamicImage::ImageRgb8(RgbImage::new(4000, 3000));
/// let standard = render_image(&photo, Dpi::DEFAULT, &StandardOptions::default())?;
/// assert_eq!((standard.format, standard.size), (Format::Jpeg, Size::new(1024, 768)));
/// # Ok::<(), userimage::rendition::RenderError>(())
/// ```
///
/// # Errors
///
/// [`RenderError::Damaged`] when the picture has no pixels.
pub fn render_image(
    image: &DynamicImage,
    dpi: Dpi,
    options: &StandardOptions,
) -> Result<Standard, RenderError> {
    // The format is only named in errors.
    let format = Format::Png;
    let size = Size::new(image.width(), image.height());
    let mut source = Source::new(&[], format, size);
    (source.dpi, source.dpi_y) = (dpi, dpi);
    let budget = Budget::new(u64::MAX, options, Orientation::Upright);
    let make = || {
        if size.pixels() == 0 {
            return Err("the picture has no pixels".into());
        }
        let cpu = Cpu::detect();
        let picture = bitmap(image).fit(cpu, &budget)?;
        let picture = super::colour::to_srgb(picture, &Conversions::default())?;
        let hashes = PictureHashes::new(cpu, &picture)?;
        let copy = picture.clone();
        let coded = encode::encode(cpu, picture, &source, options.jpeg_quality())?;
        let coded = encode::or_chosen_format(coded, copy, &source, options)?;
        Ok(Standard::new(coded, &hashes, budget.warnings()))
    };
    make().map_err(|error| RenderError::new(error, format, u64::MAX))
}

fn bitmap(image: &DynamicImage) -> Bitmap {
    let has_alpha = image.color().has_alpha();
    let (layout, pixels) = match (image.color().has_color(), has_alpha) {
        (false, false) => (Layout::Grey, image.to_luma8().into_raw()),
        (false, true) => (Layout::GreyAlpha, image.to_luma_alpha8().into_raw()),
        (true, false) => (Layout::Rgb, image.to_rgb8().into_raw()),
        (true, true) => (Layout::Rgba, image.to_rgba8().into_raw()),
    };
    let size = Size::new(image.width(), image.height());
    Bitmap { size, layout, pixels, profile: Profile::Srgb }
}

impl Standard {
    /// Decodes the rendition, for a host that draws on it or encodes it as something else.
    ///
    /// ```
    /// # use image::{DynamicImage, RgbImage};
    /// # use userimage::Dpi;
    /// # use userimage::rendition::{StandardOptions, render_image};
    /// # let photo = DynamicImage::ImageRgb8(RgbImage::new(40, 30));
    /// let standard = render_image(&photo, Dpi::DEFAULT, &StandardOptions::default())?;
    /// assert_eq!(standard.decode()?.width(), 40);
    /// # Ok::<(), userimage::rendition::RenderError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RenderError::Damaged`] when [`bytes`](Self::bytes) were changed and are no picture any longer.
    pub fn decode(&self) -> Result<DynamicImage, RenderError> {
        let options = StandardOptions::of_any_size();
        let budget = Budget::new(u64::MAX, &options, Orientation::Upright);
        let source = Source::new(&self.bytes, self.format, self.size);
        decode::decode(Cpu::detect(), &source, &budget)
            .map_err(|error| RenderError::new(error, self.format, u64::MAX))
            .and_then(|picture| {
                dynamic_image(&ycbcr::to_rgb(picture)).ok_or(RenderError::Damaged {
                    format: self.format,
                    reason: "the picture has another size than its pixels".into(),
                })
            })
    }
}

fn dynamic_image(picture: &Picture) -> Option<DynamicImage> {
    let (width, height) = (picture.size.width, picture.size.height);
    let pixels = picture.interleaved();
    match picture.layout {
        Layout::Grey => image::GrayImage::from_raw(width, height, pixels).map(Into::into),
        Layout::GreyAlpha => image::GrayAlphaImage::from_raw(width, height, pixels).map(Into::into),
        Layout::Rgb => image::RgbImage::from_raw(width, height, pixels).map(Into::into),
        Layout::Rgba => image::RgbaImage::from_raw(width, height, pixels).map(Into::into),
        Layout::YCbCr | Layout::Cmyk | Layout::CmykAlpha => None,
    }
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Rgba, RgbaImage};

    use super::*;

    #[test]
    fn transparency_survives_both_ways() {
        let image = RgbaImage::from_fn(30, 20, |x, y| {
            let (x, y) = (x.to_le_bytes()[0], y.to_le_bytes()[0]);
            Rgba([x * 8, y * 12, 99, if x < 15 { 255 } else { 0 }])
        });
        let options = StandardOptions::default();
        let standard = render_image(&image.clone().into(), Dpi::DEFAULT, &options).unwrap();
        assert_eq!(standard.format, Format::Png);
        let decoded = standard.decode().unwrap().into_rgba8();
        for (got, want) in decoded.pixels().zip(image.pixels()) {
            assert!(got == want || (got.0[3] == 0 && want.0[3] == 0), "{got:?} {want:?}");
        }
    }

    #[test]
    fn grey_stays_grey() {
        let image = GrayImage::from_fn(3000, 10, |x, _| image::Luma([(x / 12).to_le_bytes()[0]]));
        let options = StandardOptions::default();
        let standard = render_image(&image.into(), Dpi::DEFAULT, &options).unwrap();
        let decoded = standard.decode().unwrap();
        assert!(matches!(decoded, DynamicImage::ImageLuma8(_)));
        assert_eq!((decoded.width(), decoded.height()), (1024, 3));
    }

    #[test]
    fn no_pixels_are_an_error() {
        let options = StandardOptions::default();
        assert!(render_image(&DynamicImage::new_rgb8(0, 5), Dpi::DEFAULT, &options).is_err());
        let mut standard =
            render_image(&DynamicImage::new_rgb8(9, 5), Dpi::DEFAULT, &options).unwrap();
        standard.bytes.truncate(100);
        assert!(standard.decode().is_err());
    }
}

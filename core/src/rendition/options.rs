//! How a rendition is made.

use std::fmt;

use super::budget::fit;
use crate::geometry::Size;

/// How a rendition is made, the standard one or a further one. By default at most 1024 x 1024 pixels, with JPEG quality
/// 85. It can only hold values in range.
///
/// ```
/// use userimage::Size;
/// use userimage::rendition::StandardOptions;
///
/// let options = StandardOptions::default().with_max_size(Size::new(640, 480))?.with_jpeg_quality(90)?;
/// assert_eq!(options.max_size(), Size::new(640, 480));
/// assert!(options.with_jpeg_quality(101).is_err());
/// # Ok::<(), userimage::rendition::InvalidOption>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardOptions {
    max_width: u32,
    max_height: u32,
    jpeg_quality: u8,
    format: OutputFormat,
}

/// The formats that a rendition may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// `"auto"`: JPEG, or PNG where the picture has transparency. Everything shows these.
    #[default]
    Auto,
    /// `"webp"`: lossless WebP where that has fewer bytes than the file of [`Auto`](Self::Auto), else that.
    WebP,
}

impl OutputFormat {
    /// Their names in configurations.
    pub(crate) const NAMES: [(&'static str, Self); 2] =
        [("auto", Self::Auto), ("webp", Self::WebP)];
}

impl StandardOptions {
    /// The longest side of a JPEG, in pixels (T.81 section B.2.2).
    pub const MAX_SIDE: u32 = 65_535;

    /// With other limits of width and height as displayed, in pixels: 1 ..=
    /// [`MAX_SIDE`](Self::MAX_SIDE).
    ///
    /// # Errors
    ///
    /// [`InvalidOption`] when a side is out of range.
    pub fn with_max_size(self, max: Size) -> Result<Self, InvalidOption> {
        Ok(Self {
            max_width: in_range("max_width", max.width, Self::MAX_SIDE)?,
            max_height: in_range("max_height", max.height, Self::MAX_SIDE)?,
            ..self
        })
    }

    /// With another JPEG quality: 1 ..= 100, on the scale of `libjpeg`. At the default of 85 a photo looks as one of
    /// `libvips` does at 85, and takes 8 % fewer bytes. Chroma has half the width and height where it has no
    /// strong edges, as in most photos, and its full size where it has, as in logos and coloured text; from 90 on
    /// it always has its full size.
    ///
    /// # Errors
    ///
    /// [`InvalidOption`] when it is out of range.
    pub fn with_jpeg_quality(self, quality: u8) -> Result<Self, InvalidOption> {
        Ok(Self { jpeg_quality: in_range("jpeg_quality", quality, 100)?, ..self })
    }

    /// With another choice of formats.
    #[must_use]
    pub fn with_format(self, format: OutputFormat) -> Self {
        Self { format, ..self }
    }

    /// The formats that it may have.
    #[must_use]
    pub fn format(self) -> OutputFormat {
        self.format
    }

    /// The size of the rendition of a picture that is displayed with `size` pixels.
    pub(super) fn size_of(self, size: Size) -> Size {
        fit(size, self.max_size())
    }

    /// The greatest width and height as displayed, in pixels. The aspect ratio is kept, and nothing is
    /// enlarged.
    #[must_use]
    pub fn max_size(self) -> Size {
        Size::new(self.max_width, self.max_height)
    }

    /// Nothing is made smaller.
    #[cfg(feature = "dynamic-image")]
    pub(super) fn of_any_size() -> Self {
        Self { max_width: u32::MAX, max_height: u32::MAX, ..Self::default() }
    }

    /// The quality of a JPEG, 1 ..= 100.
    #[must_use]
    pub fn jpeg_quality(self) -> u8 {
        self.jpeg_quality
    }
}

impl Default for StandardOptions {
    fn default() -> Self {
        Self { max_width: 1024, max_height: 1024, jpeg_quality: 85, format: OutputFormat::Auto }
    }
}

/// An option of the rendition is out of range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOption {
    /// Its name in configurations.
    name: &'static str,
    reason: String,
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

impl std::error::Error for InvalidOption {}

fn in_range<N: Copy + Into<u32>>(
    name: &'static str,
    value: N,
    max: u32,
) -> Result<N, InvalidOption> {
    let number = value.into();
    if (1..=max).contains(&number) {
        Ok(value)
    } else {
        Err(InvalidOption {
            name,
            reason: format!("a number from 1 to {max} is expected, not {number}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_encoded_is_an_option() {
        let options = StandardOptions::default();
        for (width, height) in [(0, 1), (1, 0), (65_536, 1), (1, u32::MAX)] {
            assert!(options.with_max_size(Size::new(width, height)).is_err(), "{width} {height}");
        }
        let error = options.with_max_size(Size::new(5, 0)).unwrap_err();
        assert_eq!(error.to_string(), "max_height: a number from 1 to 65535 is expected, not 0");
        assert!(options.with_max_size(Size::new(65_535, 1)).is_ok());
        assert!(options.with_jpeg_quality(0).is_err() && options.with_jpeg_quality(101).is_err());
        assert_eq!(options.with_jpeg_quality(100).unwrap().jpeg_quality(), 100);
    }
}

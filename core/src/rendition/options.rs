//! How the standard rendition is made.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::geometry::Size;

/// How the standard rendition is made: at most 1024 x 1024 pixels, JPEG quality 85, unless said
/// otherwise. Values out of range cannot be held.
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
///
/// In a configuration it is an object of `max_width`, `max_height` and `jpeg_quality`; what is left
/// out has its default, and unknown keys are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StandardOptions {
    #[serde(deserialize_with = "side")]
    max_width: u32,
    #[serde(deserialize_with = "side")]
    max_height: u32,
    #[serde(deserialize_with = "quality")]
    jpeg_quality: u8,
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

    /// With another JPEG quality: 1 ..= 100.
    ///
    /// # Errors
    ///
    /// [`InvalidOption`] when it is out of range.
    pub fn with_jpeg_quality(self, quality: u8) -> Result<Self, InvalidOption> {
        Ok(Self { jpeg_quality: in_range("jpeg_quality", quality, 100)?, ..self })
    }

    /// The greatest width and height as displayed, in pixels. The aspect ratio is kept, and nothing is
    /// enlarged.
    #[must_use]
    pub fn max_size(self) -> Size {
        Size::new(self.max_width, self.max_height)
    }

    /// The quality of a JPEG, 1 ..= 100.
    #[must_use]
    pub fn jpeg_quality(self) -> u8 {
        self.jpeg_quality
    }
}

impl Default for StandardOptions {
    fn default() -> Self {
        Self { max_width: 1024, max_height: 1024, jpeg_quality: 85 }
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

fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let value = u32::deserialize(deserializer)?;
    in_range("", value, StandardOptions::MAX_SIDE).map_err(|error| D::Error::custom(error.reason))
}

fn quality<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = u8::deserialize(deserializer)?;
    in_range("", value, 100).map_err(|error| D::Error::custom(error.reason))
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

    #[test]
    fn a_configuration_is_held_to_the_same_ranges() {
        let read = serde_json::from_str::<StandardOptions>;
        assert_eq!(read("{}").unwrap(), StandardOptions::default());
        assert_eq!(read(r#"{"max_width": 5}"#).unwrap().max_size(), Size::new(5, 1024));
        for wrong in [
            r#"{"max_width": 0}"#,
            r#"{"max_height": 65536}"#,
            r#"{"jpeg_quality": 101}"#,
            r#"{"x": 1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}

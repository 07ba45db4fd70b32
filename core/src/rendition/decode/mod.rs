//! Decoding: one file per format, one kind of picture out of all of them.

mod bmp;
mod gif;
mod jpeg;
mod png;
mod tiff;
mod webp;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use moxcms::ColorProfile;

use super::budget::Budget;
use super::{RenderError, Source};
use crate::format::Format;
use crate::geometry::Size;

/// What a pixel is made of, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Inks: 255 is all of it.
    Cmyk,
}

impl Layout {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    pub(super) fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }
}

/// What the values of a picture mean.
#[derive(Debug, Default)]
pub(super) enum Profile {
    /// sRGB; inks without a profile.
    #[default]
    Srgb,
    /// An embedded ICC profile, not looked at yet.
    Icc(Vec<u8>),
    /// Described by other means than ICC.
    Built(Box<ColorProfile>),
}

/// A decoded picture.
pub(super) struct Picture {
    /// The size that the file tells.
    pub(super) full: Size,
    /// The size of these pixels: smaller where the decoder could spare itself the rest.
    pub(super) size: Size,
    pub(super) layout: Layout,
    /// Row by row, without padding; alpha not multiplied in.
    pub(super) pixels: Vec<u8>,
    pub(super) profile: Profile,
}

impl Picture {
    /// An alpha channel that hides nothing is dropped.
    pub(super) fn without_opaque_alpha(mut self) -> Self {
        let opaque = match self.layout {
            Layout::GreyAlpha => drop_alpha::<2>(&mut self.pixels),
            Layout::Rgba => drop_alpha::<4>(&mut self.pixels),
            _ => return self,
        };
        if opaque {
            self.layout = if self.layout == Layout::GreyAlpha { Layout::Grey } else { Layout::Rgb };
        }
        self
    }
}

/// Removes the last of `N` channels if it is full everywhere; says whether it was.
fn drop_alpha<const N: usize>(pixels: &mut Vec<u8>) -> bool {
    let whole = pixels.as_chunks::<N>().0;
    if !whole.iter().all(|pixel| pixel.last() == Some(&255)) {
        return false;
    }
    let count = whole.len();
    for at in 0..count {
        pixels.copy_within(at * N..at * N + N - 1, at * (N - 1));
    }
    pixels.truncate(count * (N - 1));
    true
}

/// Why there is no picture.
#[derive(Debug)]
pub(super) enum Failure {
    Undecodable(Cow<'static, str>),
    /// So many bytes would be needed.
    TooMuchMemory(u64),
}

impl From<&'static str> for Failure {
    fn from(reason: &'static str) -> Self {
        Self::Undecodable(reason.into())
    }
}

impl Failure {
    /// What a codec said.
    pub(super) fn codec(error: impl std::fmt::Display) -> Self {
        Self::Undecodable(error.to_string().into())
    }
}

/// The nearest of 256 steps to one of 65536.
fn to_8_bits(value: u16) -> u8 {
    ((u32::from(value) * 255 + 32_895) >> 16).to_le_bytes()[0]
}

/// Refuses at once a file too short for what it claims: no byte of it can tell more than so many bits of
/// the picture as its format stores it.
fn plausible(bits: u64, data: &[u8], bits_per_byte: u64) -> Result<(), Failure> {
    if bits > (data.len() as u64).saturating_mul(bits_per_byte) {
        return Err("the file is too short for its size in pixels".into());
    }
    Ok(())
}

/// Decodes the first picture of `source`, whole, within `budget`.
pub(super) fn decode(source: &Source<'_>, budget: &Budget) -> Result<Picture, RenderError> {
    let data = source.data;
    let picture = match source.format {
        Format::Jpeg => jpeg::decode(data, budget),
        Format::Png => guarded(|| png::decode(data, budget)),
        Format::Gif => guarded(|| gif::decode(data, budget)),
        Format::Bmp => guarded(|| bmp::decode(data, budget)),
        Format::Tiff => tiff::decode(data, budget),
        Format::WebP => guarded(|| webp::decode(data, budget)),
        _ => Err("there is no rendition of this format".into()),
    };
    let format = source.format;
    match picture {
        Ok(picture) if picture.full == source.size => Ok(picture),
        Ok(_) => Err(RenderError::Undecodable {
            format,
            reason: "the picture has another size than the header tells".into(),
        }),
        Err(failure) => Err(refused(failure, format, budget)),
    }
}

/// The answer to a failure.
pub(super) fn refused(failure: Failure, format: Format, budget: &Budget) -> RenderError {
    match failure {
        Failure::Undecodable(reason) => RenderError::Undecodable { format, reason: reason.into() },
        Failure::TooMuchMemory(needed) => {
            RenderError::TooMuchMemory { needed, limit: budget.limit() as u64 }
        }
    }
}

/// Runs a codec that is not our own. Its panic is a file that it does not decode: no upload may take a
/// thread of the host down. What it leaves behind is thrown away, so nothing half done is seen again.
pub(super) fn guarded<T>(codec: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(codec)).unwrap_or_else(|_| Err("the decoder failed".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codecs_panic_is_a_failure() {
        let failed = guarded::<()>(|| panic!("by a codec"));
        assert!(matches!(failed, Err(Failure::Undecodable(why)) if why.contains("failed")));
        assert!(matches!(guarded(|| Ok(1)), Ok(1)));
    }

    #[test]
    fn sixteen_bits_are_rounded() {
        for value in 0..=u16::MAX {
            let exact = (f64::from(value) / 257.0).round();
            assert_eq!(f64::from(to_8_bits(value)), exact);
        }
    }

    #[test]
    fn only_full_alpha_is_dropped() {
        let picture = |pixels: &[u8]| Picture {
            full: Size::new(2, 1),
            size: Size::new(2, 1),
            layout: Layout::Rgba,
            pixels: pixels.to_vec(),
            profile: Profile::Srgb,
        };
        let opaque = picture(&[1, 2, 3, 255, 4, 5, 6, 255]).without_opaque_alpha();
        assert_eq!(
            (opaque.layout, opaque.pixels.as_slice()),
            (Layout::Rgb, &[1, 2, 3, 4, 5, 6][..])
        );
        let see_through = picture(&[1, 2, 3, 255, 4, 5, 6, 254]).without_opaque_alpha();
        assert_eq!(see_through.layout, Layout::Rgba);
    }
}

//! A decoded picture, and what its values mean.

use moxcms::ColorProfile;

use crate::geometry::Size;

/// The channels of a pixel, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// Inks: 255 is full ink.
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

/// The colour space of a picture.
#[derive(Debug, Default)]
pub(super) enum Profile {
    /// sRGB; inks without a profile.
    #[default]
    Srgb,
    /// An embedded ICC profile, not parsed yet.
    Icc(Vec<u8>),
    /// Described by other means than ICC.
    Built(Box<ColorProfile>),
}

/// A decoded picture.
pub(super) struct Picture {
    /// The size that the file states.
    pub(super) full: Size,
    /// The size of these pixels: smaller where the decoder scales down as it decodes.
    pub(super) size: Size,
    pub(super) layout: Layout,
    /// Row by row, without padding; alpha not multiplied in.
    pub(super) pixels: Vec<u8>,
    pub(super) profile: Profile,
}

impl Picture {
    /// Drops an alpha channel that is opaque everywhere.
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

/// Removes the last of `N` channels if it is 255 in every pixel; returns whether it was.
fn drop_alpha<const N: usize>(pixels: &mut Vec<u8>) -> bool {
    let all = pixels.as_chunks::<N>().0;
    if !all.iter().all(|pixel| pixel.last() == Some(&255)) {
        return false;
    }
    let count = all.len();
    for at in 0..count {
        pixels.copy_within(at * N..at * N + N - 1, at * (N - 1));
    }
    pixels.truncate(count * (N - 1));
    true
}

/// The nearest of 256 steps to one of 65536.
pub(super) fn to_8_bits(value: u16) -> u8 {
    ((u32::from(value) * 255 + 32_895) >> 16).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn sixteen_bits_are_rounded() {
        for value in 0..=u16::MAX {
            let exact = (f64::from(value) / 257.0).round();
            assert_eq!(f64::from(to_8_bits(value)), exact);
        }
    }
}

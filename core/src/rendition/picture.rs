//! A picture of the size of the rendition, and what its values mean.

use moxcms::ColorProfile;

use crate::geometry::Size;

/// The channels of a picture, 8 bits each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// As in JFIF: all of 0 ..= 255, chroma centred on 128. Planes of chroma may be smaller than that of luma.
    YCbCr,
    /// Inks: 255 is full ink.
    Cmyk,
    CmykAlpha,
}

impl Layout {
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb | Self::YCbCr => 3,
            Self::Rgba | Self::Cmyk => 4,
            Self::CmykAlpha => 5,
        }
    }

    pub(super) fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba | Self::CmykAlpha)
    }
}

/// The colour space of a picture.
#[derive(Clone, Debug, Default)]
pub(super) enum Profile {
    /// sRGB; inks without a profile.
    #[default]
    Srgb,
    /// An embedded ICC profile, not parsed yet.
    Icc(Vec<u8>),
    /// Described by other means than ICC.
    Built(Box<ColorProfile>),
}

/// One channel of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Row by row, without padding.
    pub(super) samples: Vec<u8>,
}

impl Plane {
    /// All 0.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, samples: vec![0; width * height] }
    }

    /// Row `y`; no samples if there is no such row.
    pub(super) fn row(&self, y: usize) -> &[u8] {
        let at = y.saturating_mul(self.width);
        self.samples.get(at..at.saturating_add(self.width)).unwrap_or_default()
    }

    /// The same, to be written.
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let at = y.saturating_mul(self.width);
        self.samples.get_mut(at..at.saturating_add(self.width)).unwrap_or_default()
    }
}

/// A picture of the size of the rendition, as stored: not turned yet.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    /// The size that the file states.
    pub(super) full: Size,
    pub(super) size: Size,
    pub(super) layout: Layout,
    /// One for each channel of the layout; alpha not multiplied in.
    pub(super) planes: Vec<Plane>,
    pub(super) profile: Profile,
}

impl Picture {
    /// Drops the alpha channel.
    pub(super) fn without_alpha(mut self) -> Self {
        self.layout = match self.layout {
            Layout::GreyAlpha => Layout::Grey,
            Layout::Rgba => Layout::Rgb,
            Layout::CmykAlpha => Layout::Cmyk,
            other => other,
        };
        self.planes.truncate(self.layout.channels());
        self
    }

    /// Row by row, the channels of a pixel side by side. All planes are of the same size.
    pub(super) fn interleaved(&self) -> Vec<u8> {
        let channels = self.planes.len();
        let mut pixels = vec![0; self.planes.iter().map(|plane| plane.samples.len()).sum()];
        for (c, plane) in self.planes.iter().enumerate() {
            for (to, sample) in pixels.iter_mut().skip(c).step_by(channels).zip(&plane.samples) {
                *to = *sample;
            }
        }
        pixels
    }
}

/// The nearest of 256 steps to one of 65536.
pub(super) fn to_8_bits(value: u16) -> u8 {
    ((u32::from(value) * 255 + 32_895) >> 16).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded() {
        for value in 0..=u16::MAX {
            let exact = (f64::from(value) / 257.0).round();
            assert_eq!(f64::from(to_8_bits(value)), exact);
        }
    }
}

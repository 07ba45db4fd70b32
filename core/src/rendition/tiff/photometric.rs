//! The meaning of a pixel's samples.

use super::compression::Compression;
use super::fields::{Fields, tag};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::Layout;

/// The colours of a pixel: the `PhotometricInterpretation` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
    Lab { signed: bool },
}

impl Photometric {
    /// Of pixels of `per_pixel` samples. The field is required; some writers leave it out.
    pub(super) fn read(
        fields: &Fields<'_>,
        compression: Compression,
        per_pixel: usize,
    ) -> Result<Self, DecodeError> {
        let photometric = match (fields.integer(tag::PHOTOMETRIC), compression) {
            (Some(0), _) => Self::WhiteIsZero,
            (Some(1 | 4), _) => Self::BlackIsZero,
            // Some writers name the colours that they had before coding; JPEG is YCbCr, as in libtiff.
            (Some(2), Compression::OldJpeg) => Self::YCbCr,
            (Some(2), _) => Self::Rgb,
            (Some(3), _) => Self::Palette,
            (Some(5), _) => Self::Cmyk,
            (Some(6), _) => Self::YCbCr,
            (Some(8), _) => Self::Lab { signed: true },
            (Some(9), _) => Self::Lab { signed: false },
            (None, Compression::Fax(_)) => Self::WhiteIsZero,
            (None, _) if per_pixel >= 3 => Self::Rgb,
            (None, _) => Self::BlackIsZero,
            (Some(other), _) => {
                let reason = format!("photometric interpretation {other}");
                return Err(DecodeError::unsupported(reason));
            }
        };
        if per_pixel < photometric.colours() {
            return Err("a pixel has fewer samples than colours".into());
        }
        let inks = fields.integer(tag::INK_SET);
        if photometric == Self::Cmyk && inks.is_some_and(|inks| inks != 1) {
            return Err(DecodeError::unsupported("inks other than CMYK"));
        }
        Ok(photometric)
    }

    /// Samples of a pixel that are not extra.
    pub(super) fn colours(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Cmyk => 4,
            Self::Rgb | Self::YCbCr | Self::Lab { .. } => 3,
        }
    }

    pub(super) fn layout(self, has_alpha: bool) -> Layout {
        match (self, has_alpha) {
            (Self::WhiteIsZero | Self::BlackIsZero, false) => Layout::Grey,
            (Self::WhiteIsZero | Self::BlackIsZero, true) => Layout::GreyAlpha,
            (Self::Cmyk, false) => Layout::Cmyk,
            (Self::Cmyk, true) => Layout::CmykAlpha,
            (_, false) => Layout::Rgb,
            (_, true) => Layout::Rgba,
        }
    }
}

/// The sample of a pixel that is its alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alpha {
    /// Samples of the pixel before it: the colours, and extra ones of another meaning.
    pub(super) sample: usize,
    /// Whether it is multiplied into the colours.
    pub(super) is_associated: bool,
}

impl Alpha {
    /// The first extra sample that the `ExtraSamples` field declares as alpha. Some writers leave out the field
    /// for RGB with alpha.
    pub(super) fn read(
        fields: &Fields<'_>,
        photometric: Photometric,
        per_pixel: usize,
    ) -> Option<Self> {
        let colours = photometric.colours();
        if !fields.has(tag::EXTRA_SAMPLES) && (colours, per_pixel) == (3, 4) {
            return Some(Self { sample: colours, is_associated: false });
        }
        let extra = fields.integers(tag::EXTRA_SAMPLES).take(per_pixel.saturating_sub(colours));
        let (at, kind) = extra.enumerate().find(|(_, kind)| matches!(kind, 1 | 2))?;
        Some(Self { sample: colours + at, is_associated: kind == 1 })
    }
}

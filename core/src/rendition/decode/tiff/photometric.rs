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

    pub(super) fn layout(self, alpha: Alpha) -> Layout {
        match (self, alpha != Alpha::None) {
            (Self::WhiteIsZero | Self::BlackIsZero, false) => Layout::Grey,
            (Self::WhiteIsZero | Self::BlackIsZero, true) => Layout::GreyAlpha,
            (Self::Cmyk, _) => Layout::Cmyk,
            (_, false) => Layout::Rgb,
            (_, true) => Layout::Rgba,
        }
    }
}

/// The first extra sample of a pixel: the `ExtraSamples` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    /// Multiplied into the colours.
    Associated,
    Unassociated,
}

impl Alpha {
    /// Some writers leave out the field for RGB with alpha.
    pub(super) fn read(fields: &Fields<'_>, photometric: Photometric, per_pixel: usize) -> Self {
        let possible = !matches!(photometric, Photometric::Palette | Photometric::Cmyk)
            && per_pixel > photometric.colours();
        match fields.integer(tag::EXTRA_SAMPLES) {
            Some(1) if possible => Self::Associated,
            Some(2) if possible => Self::Unassociated,
            None if possible && per_pixel == 4 => Self::Unassociated,
            _ => Self::None,
        }
    }
}

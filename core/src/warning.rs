//! What whoever prints an accepted image should look at.

use std::fmt;
use std::str::FromStr;

/// What whoever prints an accepted image should look at. It is stored with the image, and refuses nothing.
///
/// Names are frozen, and the same in every language.
///
/// ```
/// use userimage::Warning;
///
/// assert_eq!(Warning::LowResolution.name(), "low_resolution");
/// assert_eq!("animation".parse(), Ok(Warning::Animation));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Warning {
    /// It has too few pixels for the website's [`MinPrint`](crate::MinPrint), which warns instead of refusing.
    LowResolution,
    /// Its colours are inks (CMYK), and no profile states which.
    CmykWithoutProfile,
    /// Pixels of it are transparent: the colour below them shows.
    Transparency,
    /// It has inks of its own beside or instead of CMYK, which the rendition does not show as they print.
    SpotColours,
    /// It is an animation, of which the rendition shows the first frame.
    Animation,
    /// Texts of it are drawn in another font, or not at all: theirs is neither in the file nor among the host's.
    FontsMissing,
}

impl Warning {
    /// Every warning, in the order of lists of them.
    pub const ALL: [Self; 6] = [
        Self::LowResolution,
        Self::CmykWithoutProfile,
        Self::Transparency,
        Self::SpotColours,
        Self::Animation,
        Self::FontsMissing,
    ];

    /// The name, the same in every language: `low_resolution`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LowResolution => "low_resolution",
            Self::CmykWithoutProfile => "cmyk_without_profile",
            Self::Transparency => "transparency",
            Self::SpotColours => "spot_colours",
            Self::Animation => "animation",
            Self::FontsMissing => "fonts_missing",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Warning {
    type Err = UnknownWarning;

    fn from_str(name: &str) -> Result<Self, UnknownWarning> {
        Self::ALL.into_iter().find(|warning| warning.name() == name).ok_or(UnknownWarning)
    }
}

/// A text is not the name of a [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a warning")]
pub struct UnknownWarning;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for warning in Warning::ALL {
            assert_eq!(warning.to_string().parse(), Ok(warning));
        }
        assert_eq!("LOW_RESOLUTION".parse::<Warning>(), Err(UnknownWarning));
        assert!(Warning::ALL.is_sorted());
    }
}

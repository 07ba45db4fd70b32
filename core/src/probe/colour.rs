//! How a file stores colour.

/// How a file stores colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Colour {
    /// What the channels are.
    pub model: ColourModel,
    /// Bits of one channel, or of a palette's index.
    pub bits: u16,
    /// Whether there is transparency.
    pub alpha: bool,
}

/// What a file's colour channels are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColourModel {
    /// Black to white, or the reverse.
    Grey,
    /// Red, green and blue, also as luma and chroma.
    Rgb,
    /// Printing inks, also as YCCK.
    Cmyk,
    /// An index into a table of colours.
    Palette,
    /// CIE L*a*b*.
    Lab,
    /// Several inks of the file's own.
    DeviceN,
}

impl ColourModel {
    pub(super) const ALL: [Self; 6] =
        [Self::Grey, Self::Rgb, Self::Cmyk, Self::Palette, Self::Lab, Self::DeviceN];

    /// The name in every interface: `grey`, `rgb`, `cmyk`, `palette`, `lab`, `devicen`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Rgb => "rgb",
            Self::Cmyk => "cmyk",
            Self::Palette => "palette",
            Self::Lab => "lab",
            Self::DeviceN => "devicen",
        }
    }
}

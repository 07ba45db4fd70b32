//! The image formats that the library identifies, and their names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An image format, identified by a file's bytes and never by its name.
///
/// The serde names, like [`Format::name`], are those of the configuration: `jpeg`, `png`, ...
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JPEG, and MPO (several JPEGs in one file).
    Jpeg,
    /// PNG and APNG.
    Png,
    /// GIF.
    Gif,
    /// Windows and OS/2 bitmap.
    Bmp,
    /// TIFF and BigTIFF.
    Tiff,
    /// WebP.
    WebP,
    /// HEIF with a codec other than HEVC, or with an unspecified one.
    Heif,
    /// HEIF with HEVC, as phones write it.
    Heic,
    /// AVIF.
    Avif,
    /// Photoshop PSD and PSB.
    Psd,
    /// JPEG 2000 in its box format.
    Jp2,
    /// A bare JPEG 2000 code stream.
    J2k,
    /// JPEG XL, bare or in its box format.
    Jxl,
    /// Windows icon.
    Ico,
    /// Windows cursor.
    Cur,
    /// SVG, also gzipped.
    Svg,
    /// Encapsulated PostScript.
    Eps,
    /// PDF, and Adobe Illustrator files that are PDF.
    Pdf,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 18] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::WebP,
        Self::Heif,
        Self::Heic,
        Self::Avif,
        Self::Psd,
        Self::Jp2,
        Self::J2k,
        Self::Jxl,
        Self::Ico,
        Self::Cur,
        Self::Svg,
        Self::Eps,
        Self::Pdf,
    ];

    /// The formats of the default policy. Every build of the library makes their rendition.
    pub const DEFAULT: [Self; 6] =
        [Self::Jpeg, Self::Png, Self::Gif, Self::Bmp, Self::Tiff, Self::WebP];

    /// Whether this build of the library makes a standard rendition of the format, so that a policy may accept
    /// it. Formats beyond [`Format::DEFAULT`] need a [feature](Self::rendition_feature).
    #[must_use]
    pub const fn has_rendition(self) -> bool {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::Bmp | Self::Tiff | Self::WebP => true,
            Self::Heic | Self::Heif if cfg!(feature = "heic") => true,
            Self::Psd if cfg!(feature = "psd") => true,
            Self::Jp2 | Self::J2k if cfg!(feature = "jp2") => true,
            Self::Jxl if cfg!(feature = "jxl") => true,
            Self::Svg if cfg!(feature = "svg") => true,
            Self::Eps if cfg!(feature = "eps") => true,
            Self::Pdf if cfg!(feature = "pdf") => true,
            _ => false,
        }
    }

    /// The cargo feature that the rendition of the format needs, if it needs one. `None` too for formats that
    /// have no rendition.
    #[must_use]
    pub const fn rendition_feature(self) -> Option<&'static str> {
        match self {
            Self::Heic | Self::Heif => Some("heic"),
            Self::Psd => Some("psd"),
            Self::Jp2 | Self::J2k => Some("jp2"),
            Self::Jxl => Some("jxl"),
            Self::Svg => Some("svg"),
            Self::Eps => Some("eps"),
            Self::Pdf => Some("pdf"),
            _ => None,
        }
    }

    /// Refuses a format of which this build of the library makes no rendition, with the reason.
    ///
    /// # Errors
    ///
    /// [`NoRendition`] unless [`Format::has_rendition`].
    pub const fn check_rendition(self) -> Result<(), NoRendition> {
        if self.has_rendition() { Ok(()) } else { Err(NoRendition(self)) }
    }

    /// Whether its pictures are drawn, so that they print sharply in every size.
    #[must_use]
    pub const fn is_vector(self) -> bool {
        matches!(self, Self::Svg | Self::Eps | Self::Pdf)
    }

    /// The name in configuration and logs, e.g. `jpeg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// The MIME type in the answer, e.g. `image/jpeg`.
    #[must_use]
    pub fn mime_type(self) -> &'static str {
        self.names().1
    }

    /// The extension in the answer, with its dot, e.g. `.jpg`.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.names().2
    }

    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Jpeg => ("jpeg", "image/jpeg", ".jpg"),
            Self::Png => ("png", "image/png", ".png"),
            Self::Gif => ("gif", "image/gif", ".gif"),
            Self::Bmp => ("bmp", "image/bmp", ".bmp"),
            Self::Tiff => ("tiff", "image/tiff", ".tif"),
            Self::WebP => ("webp", "image/webp", ".webp"),
            Self::Heif => ("heif", "image/heif", ".heif"),
            Self::Heic => ("heic", "image/heic", ".heic"),
            Self::Avif => ("avif", "image/avif", ".avif"),
            Self::Psd => ("psd", "image/vnd.adobe.photoshop", ".psd"),
            Self::Jp2 => ("jp2", "image/jp2", ".jp2"),
            Self::J2k => ("j2k", "image/x-jp2-codestream", ".j2k"),
            Self::Jxl => ("jxl", "image/jxl", ".jxl"),
            Self::Ico => ("ico", "image/vnd.microsoft.icon", ".ico"),
            Self::Cur => ("cur", "image/x-win-bitmap", ".cur"),
            Self::Svg => ("svg", "image/svg+xml", ".svg"),
            Self::Eps => ("eps", "application/postscript", ".eps"),
            Self::Pdf => ("pdf", "application/pdf", ".pdf"),
        }
    }
}

/// Parses the [name](Format::name) in configurations.
impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat)
    }
}

/// A text is not the name of a [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an image format")]
pub struct UnknownFormat;

/// This build of the library makes no rendition of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRendition(Format);

impl fmt::Display for NoRendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = self.0;
        match format.rendition_feature() {
            Some(feature) => write!(
                f,
                "{format} needs the feature \"{feature}\", which this build of the library does not have"
            ),
            None => write!(f, "{format} has no standard rendition"),
        }
    }
}

impl std::error::Error for NoRendition {}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration() {
        for format in Format::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
            assert_eq!(format.name().parse(), Ok(format));
        }
        for name in ["", "JPEG", "jpg", "image/jpeg", "jpeg "] {
            assert_eq!(name.parse::<Format>(), Err(UnknownFormat), "{name}");
        }
    }
}

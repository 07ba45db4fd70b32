//! What a file is, from its header alone: format, size, orientation, DPI.

use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// What a file's header tells.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImageInfo {
    /// The format, from the bytes.
    pub format: Format,
    /// Pixels as stored, before orientation. `None` where the format has none (PDF, SVG without
    /// sizes).
    pub size: Option<Size>,
    /// How the picture must be turned to stand upright.
    pub orientation: Orientation,
    /// Dots per inch that the file itself tells, and by which of its parts.
    pub density: Option<Density>,
}

impl ImageInfo {
    /// Pixels as a person sees the picture.
    #[must_use]
    pub fn displayed_size(&self) -> Option<Size> {
        self.size.map(|size| size.upright(self.orientation))
    }
}

/// A file's own dots per inch, both axes as stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Density {
    /// Dots per inch across.
    pub x: f64,
    /// Dots per inch down.
    pub y: f64,
    /// The part of the file that tells it.
    pub source: DensitySource,
}

/// The part of a file that tells its DPI.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DensitySource {
    /// `XResolution` and `YResolution` of an EXIF block or of a TIFF's first IFD.
    Exif,
    /// The JFIF segment of a JPEG.
    Jfif,
    /// Photoshop's image resource 0x03ED.
    Photoshop,
    /// The pHYs chunk of a PNG.
    Phys,
    /// The header of a BMP.
    Bmp,
    /// The capture resolution box of a JPEG 2000 file.
    Jp2Capture,
    /// The default display resolution box of a JPEG 2000 file.
    Jp2Display,
}

impl DensitySource {
    /// The name in answers: `exif`, `jfif`, `8bim`, `phys`, `bmp`, `jp2-capture`, `jp2-display`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exif => "exif",
            Self::Jfif => "jfif",
            Self::Photoshop => "8bim",
            Self::Phys => "phys",
            Self::Bmp => "bmp",
            Self::Jp2Capture => "jp2-capture",
            Self::Jp2Display => "jp2-display",
        }
    }
}

/// Why a file's header cannot be told.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// No known format begins like this.
    #[error("not a known image format")]
    Unknown,
    /// The file ends inside its header.
    #[error("the file ends inside its header")]
    Truncated,
    /// The header contradicts its format's specification.
    #[error("malformed {format} header: {reason}")]
    Malformed {
        /// The format that the file claims to be.
        format: Format,
        /// What is wrong.
        reason: &'static str,
    },
}

/// Tells what `data` is, from its header alone.
///
/// # Errors
///
/// [`ProbeError`] when the bytes are no known format or their header is cut or malformed.
pub fn probe(data: &[u8]) -> Result<ImageInfo, ProbeError> {
    let _ = data;
    Err(ProbeError::Unknown)
}

//! The standard rendition: decode, to sRGB, fit, upright, encode.
//!
//! The data walk forward through one file per step. Turning comes after fitting, where it is cheap.

mod budget;
mod colour;
mod decode;
mod encode;
mod orient;
mod resize;

use std::time::Instant;

use serde::Deserialize;

use self::budget::Budget;
use crate::field::Dpi;
use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// How the standard rendition is made. In a configuration, what is not named is at its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct StandardOptions {
    /// The greatest width, in pixels: 1024.
    pub max_width: u32,
    /// The greatest height, in pixels: 1024.
    pub max_height: u32,
    /// The JPEG quality, 1 ..= 100: 85.
    pub jpeg_quality: u8,
}

impl StandardOptions {
    /// The longest side that a JPEG can have (T.81 section B.2.2).
    pub const MAX_SIDE: u32 = 65_535;
}

impl Default for StandardOptions {
    fn default() -> Self {
        Self { max_width: 1024, max_height: 1024, jpeg_quality: 85 }
    }
}

/// What a rendition is made from.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Source<'a> {
    /// The whole file.
    pub data: &'a [u8],
    /// Its format, from the probe.
    pub format: Format,
    /// Its pixels as stored, from the probe.
    pub size: Size,
    /// How it must be turned.
    pub orientation: Orientation,
    /// The DPI of the original, upright: the printed size to keep.
    pub dpi: Dpi,
}

impl<'a> Source<'a> {
    /// An upright source of 72 DPI; the fields can be set.
    #[must_use]
    pub fn new(data: &'a [u8], format: Format, size: Size) -> Self {
        Self { data, format, size, orientation: Orientation::Upright, dpi: Dpi::DEFAULT }
    }
}

/// A finished rendition.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Standard {
    /// JPEG, or PNG where the picture has transparency.
    pub format: Format,
    /// Its pixels.
    pub size: Size,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why a rendition cannot be made.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The pixels are damaged or missing, or the file is of a kind that is not decoded.
    #[error("not a whole, decodable {format} image: {reason}")]
    Undecodable {
        /// The format of the file.
        format: Format,
        /// What the decoder said.
        reason: String,
    },
    /// Making it would need more memory than allowed.
    #[error("decoding needs {needed} bytes of memory, over the limit of {limit}")]
    TooMuchMemory {
        /// Reckoned from the header.
        needed: u64,
        /// The policy's limit.
        limit: u64,
    },
}

/// Makes the standard rendition of `source`, in at most `max_memory` bytes.
///
/// # Errors
///
/// [`RenderError`] when the image is not whole or the memory would not suffice.
pub fn render(
    source: &Source<'_>,
    options: &StandardOptions,
    max_memory: u64,
) -> Result<Standard, RenderError> {
    let start = Instant::now();
    let budget = Budget::new(max_memory, options, source.orientation);
    let picture = decode::decode(source, &budget)?;
    let decoded = start.elapsed();
    let target = budget.target(picture.full);
    let refused = |failure| decode::refused(failure, source.format, &budget);
    let picture = picture.without_opaque_alpha();
    let picture = decode::guarded(|| colour::to_srgb(picture)).map_err(refused)?;
    let converted = start.elapsed();
    let picture = resize::fit(picture, target).map_err(refused)?;
    let picture = orient::apply_orientation(picture, source.orientation);
    let fitted = start.elapsed();
    let displayed = source.size.oriented(source.orientation);
    let standard = encode::encode(&picture, displayed, source.dpi, options.jpeg_quality)
        .map_err(|reason| RenderError::Undecodable { format: source.format, reason })?;
    tracing::debug!(
        format = source.format.name(),
        decode = ?decoded,
        colour = ?converted.saturating_sub(decoded),
        fit = ?fitted.saturating_sub(converted),
        encode = ?start.elapsed().saturating_sub(fitted),
        "rendition made"
    );
    Ok(standard)
}

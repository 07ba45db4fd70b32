//! What a website takes: formats and limits, with a default for all.

use std::collections::BTreeSet;

use crate::field::Dpi;
use crate::format::Format;

/// What a website takes. [`Policy::default`] is the specification's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The formats it takes: by default the six that have a standard rendition.
    pub formats: BTreeSet<Format>,
    /// The largest file, in bytes: 25 MiB.
    pub max_bytes: u64,
    /// The greatest width as a person sees it, in pixels: 30,000.
    pub max_width: u32,
    /// The greatest height as a person sees it, in pixels: 30,000.
    pub max_height: u32,
    /// The most pixels: 120 million.
    pub max_pixels: u64,
    /// The most frames of an animation or pages of a TIFF: no limit.
    pub max_frames: Option<u32>,
    /// The lowest resolved DPI: no limit.
    pub min_dpi: Option<Dpi>,
    /// The most memory, in bytes, that making the rendition may need: 1 GiB. It is reckoned from
    /// the header before anything is allocated.
    pub max_memory: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            formats: Format::RENDERED.into(),
            max_bytes: 25 * 1024 * 1024,
            max_width: 30_000,
            max_height: 30_000,
            max_pixels: 120_000_000,
            max_frames: None,
            min_dpi: None,
            max_memory: 1024 * 1024 * 1024,
        }
    }
}

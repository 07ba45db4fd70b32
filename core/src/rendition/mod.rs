//! Renditions: web-size copies of an image, in sRGB, turned as displayed. The standard one, and those that the
//! configuration names.
//!
//! One step after the other: decode, fit, convert to sRGB, turn, encode. A decoder pushes rows into
//! `fit`, which makes them as few and as short as the rendition's; the other steps work on the small picture.

mod bitmap;
mod black;
mod bmp;
mod budget;
#[cfg(any(feature = "svg", feature = "pdf"))]
mod canvas;
mod cicp;
mod colour;
mod conversion;
mod decode;
mod decode_error;
#[cfg(feature = "dynamic-image")]
mod dynamic_image;
mod encode;
#[cfg(feature = "eps")]
mod eps;
mod error;
mod fit;
mod fonts;
mod gif;
mod hash;
#[cfg(feature = "heic")]
mod heic;
mod jpeg;
#[cfg(any(feature = "jp2", feature = "pdf"))]
mod jpeg2000;
mod jpeg_tables;
#[cfg(feature = "jxl")]
mod jxl;
mod kernel;
mod lab;
mod lzw;
pub(crate) mod memory_pool;
mod options;
mod orient;
mod original;
#[cfg(any(feature = "svg", feature = "pdf"))]
mod own_stack;
mod pack_bits;
mod palette;
#[cfg(feature = "pdf")]
mod pdf;
mod picture;
mod png;
#[cfg(feature = "psd")]
mod psd;
mod ratio;
mod series;
mod shrink;
mod source;
mod srgb;
#[cfg(feature = "svg")]
mod svg;
mod tiff;
mod webp;
mod ycbcr;

use std::sync::Arc;

pub(crate) use decode::reads_from_disk;
#[cfg(feature = "dynamic-image")]
pub use dynamic_image::render_image;
pub use encode::Standard;
pub use error::RenderError;
pub use fonts::Fonts;
pub use memory_pool::SharedMemory;
pub use options::{InvalidOption, OutputFormat, StandardOptions};
pub(crate) use series::Renditions;
pub use source::Source;

use self::budget::Budget;
use self::conversion::Conversions;
use self::memory_pool::MemoryPool;
use crate::cancellation::Cancellation;

/// Makes the standard rendition of `source`, in at most `max_memory` bytes.
///
/// ```
/// use userimage::rendition::{Source, StandardOptions, render_source};
/// use userimage::{Format, Size};
///
/// // A BMP of 2 x 1 pixels of 24 bits, red and blue.
/// let mut bmp = b"BM\x3e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
/// bmp.extend([0; 24]);
/// bmp.extend([0, 0, 255, 255, 0, 0, 0, 0]);
///
/// let source = Source::new(&bmp, Format::Bmp, Size::new(2, 1));
/// let standard = render_source(&source, &StandardOptions::default(), 1 << 26)?;
/// assert_eq!((standard.format, standard.size), (Format::Jpeg, Size::new(2, 1)));
/// # Ok::<(), userimage::rendition::RenderError>(())
/// ```
///
/// # Errors
///
/// [`RenderError`] when pixels are damaged, missing or coded in a form that is not decoded, or when
/// `max_memory` is too small.
pub fn render_source(
    source: &Source<'_>,
    options: &StandardOptions,
    max_memory: u64,
) -> Result<Standard, RenderError> {
    Renderer::default().render(source, options, max_memory, &Cancellation::new())
}

/// Makes renditions, and holds what they share.
#[derive(Default)]
pub(crate) struct Renderer {
    memory: Option<Arc<MemoryPool>>,
    fonts: Fonts,
    conversions: Arc<Conversions>,
}

impl Renderer {
    /// Renditions take their memory from what is shared.
    pub(crate) fn sharing(memory: SharedMemory) -> Self {
        Self { memory: Some(MemoryPool::new(memory)), ..Self::default() }
    }

    /// The same, drawing texts in `fonts`.
    pub(crate) fn with_fonts(self, fonts: Fonts) -> Self {
        Self { fonts, ..self }
    }

    /// As [`render_source`]. Waits for memory that other renditions have.
    pub(crate) fn render(
        &self,
        source: &Source<'_>,
        options: &StandardOptions,
        max_memory: u64,
        cancellation: &Cancellation,
    ) -> Result<Standard, RenderError> {
        let made = self.render_all(source, options, &[], max_memory, cancellation)?;
        Ok(made.standard)
    }

    /// The same, with a further rendition for each of the options `further`.
    pub(crate) fn render_all(
        &self,
        source: &Source<'_>,
        standard: &StandardOptions,
        further: &[StandardOptions],
        max_memory: u64,
        cancellation: &Cancellation,
    ) -> Result<Renditions, RenderError> {
        if !source.format.has_rendition() {
            return Err(RenderError::UnsupportedFormat(source.format));
        }
        let mut budget = Budget::new(max_memory, standard, source.orientation)
            .no_larger_than(source.stored_size)
            .with_fonts(&self.fonts)
            .with_conversions(&self.conversions)
            .cancelled_by(cancellation);
        if let Some(pool) = &self.memory {
            budget = budget.shared(pool);
        }
        let limit = budget.limit_bytes();
        series::make(source, standard, further, budget)
            .map_err(|error| RenderError::new(error, source.format, limit))
    }
}

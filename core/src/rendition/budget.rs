//! The memory that a rendition needs, estimated from the header before anything is allocated.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::conversion::Conversions;
use super::decode_error::DecodeError;
use super::fit::RowSink;
use super::fonts::Fonts;
use super::memory_pool::{MemoryPool, NotTaken, TakenMemory};
use super::options::StandardOptions;
use super::picture::Layout;
use crate::cancellation::Cancellation;
use crate::geometry::{Orientation, Size};
use crate::warning::Warning;

/// Bytes of the tables of the colour transform, the decoders and the encoders, for any size of picture.
const TABLES: u64 = 4 << 20;

/// The memory limit, the size of the rendition, and what renditions share.
pub(super) struct Budget {
    limit: u64,
    max: Size,
    /// The size of the picture as displayed, which no rendition is larger than.
    displayed: Size,
    orientation: Orientation,
    /// Where the memory is taken from, if others take from it too.
    pool: Option<Arc<MemoryPool>>,
    taken: RefCell<Option<TakenMemory>>,
    conversions: Arc<Conversions>,
    fonts: Fonts,
    cancellation: Cancellation,
    /// Pixels of the renditions after the first one.
    further_pixels: u64,
    /// Whether a rendition is also coded in WebP.
    is_coded_twice: bool,
    warnings: RefCell<BTreeSet<Warning>>,
    has_surplus: Cell<bool>,
}

impl Budget {
    pub(super) fn new(limit: u64, options: &StandardOptions, orientation: Orientation) -> Self {
        let max = options.max_size();
        Self {
            limit,
            max,
            displayed: Size::new(u32::MAX, u32::MAX),
            orientation,
            pool: None,
            taken: RefCell::default(),
            conversions: Arc::default(),
            fonts: Fonts::default(),
            cancellation: Cancellation::new(),
            further_pixels: 0,
            is_coded_twice: false,
            warnings: RefCell::default(),
            has_surplus: Cell::default(),
        }
    }

    /// The same, for the rendition with these options of a picture of `stored` pixels: it is never larger.
    pub(super) fn fit_into(&mut self, options: &StandardOptions) {
        self.max = options.max_size();
    }

    /// The same, with memory for further renditions of these sizes, and for WebP files if `is_coded_twice`.
    pub(super) fn with_further(
        mut self,
        sizes: impl Iterator<Item = Size>,
        is_coded_twice: bool,
    ) -> Self {
        self.further_pixels = sizes.map(Size::pixels).fold(0, u64::saturating_add);
        self.is_coded_twice = is_coded_twice;
        self
    }

    /// The same, taking its memory from `pool`.
    pub(super) fn shared(mut self, pool: &Arc<MemoryPool>) -> Self {
        self.limit = self.limit.min(pool.limits().max_bytes);
        self.pool = Some(Arc::clone(pool));
        self
    }

    /// The same, for a renderer that keeps `conversions`.
    pub(super) fn with_conversions(self, conversions: &Arc<Conversions>) -> Self {
        Self { conversions: Arc::clone(conversions), ..self }
    }

    /// The conversions of profiles that the renderer keeps.
    pub(super) fn conversions(&self) -> &Conversions {
        &self.conversions
    }

    /// The same, for a picture of `stored` pixels: its rendition is never larger.
    pub(super) fn no_larger_than(self, stored: Size) -> Self {
        Self { displayed: stored.oriented(self.orientation), ..self }
    }

    /// The same, for a renderer that draws texts in `fonts`.
    pub(super) fn with_fonts(self, fonts: &Fonts) -> Self {
        Self { fonts: fonts.clone(), ..self }
    }

    /// The fonts of texts.
    #[cfg_attr(not(feature = "svg"), allow(dead_code, reason = "only SVG has texts"))]
    pub(super) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    /// The same, given up by `cancellation`.
    pub(super) fn cancelled_by(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = cancellation.clone();
        self
    }

    /// Ends the work if it is given up.
    pub(super) fn check_cancelled(&self) -> Result<(), DecodeError> {
        if self.cancellation.is_cancelled() { Err(DecodeError::Cancelled) } else { Ok(()) }
    }

    /// Notes what only a decoder finds out about a picture.
    pub(super) fn warn(&self, warning: Warning) {
        self.warnings.borrow_mut().insert(warning);
    }

    /// What decoders have noted.
    pub(super) fn warnings(&self) -> BTreeSet<Warning> {
        self.warnings.borrow().clone()
    }

    /// Notes that coded data have bytes that code no pixels: they may be anything.
    pub(super) fn note_surplus(&self) {
        self.has_surplus.set(true);
    }

    /// Whether coded data have such bytes.
    pub(super) fn has_surplus(&self) -> bool {
        self.has_surplus.get()
    }

    /// The size of the rendition of a picture of `full` pixels, both as stored.
    pub(super) fn target(&self, full: Size) -> Size {
        let width = self.max.width.min(self.displayed.width);
        let height = self.max.height.min(self.displayed.height);
        fit(full.oriented(self.orientation), Size::new(width, height)).oriented(self.orientation)
    }

    /// The limit, for decoders that take one.
    pub(super) fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Refuses a picture that is decoded whole, by a decoder that takes `scratch_bytes` beside the pixels, where
    /// more than the limit is needed.
    pub(super) fn check_bitmap(
        &self,
        size: Size,
        layout: Layout,
        scratch_bytes: u64,
    ) -> Result<(), DecodeError> {
        let pixels = size.pixels().saturating_mul(layout.channels() as u64);
        let sink = RowSink::memory(size, self.target(size), layout);
        let bytes = pixels.saturating_add(scratch_bytes).saturating_add(sink);
        self.check_rows(size, layout, bytes)
    }

    /// Refuses a picture of `full` pixels that is fitted as its rows come, where that and its decoder take
    /// `bytes` and more than the limit is needed.
    pub(super) fn check_rows(
        &self,
        full: Size,
        layout: Layout,
        bytes: u64,
    ) -> Result<(), DecodeError> {
        // The small picture; turned, or in another colour space; as bytes of pixels, and as a file that does
        // not compress. A PNG is that file more than once, in vectors that grow.
        let copies = if layout.has_alpha() { 8 } else { 4 };
        // WebP: pixels side by side, the same in red, green, blue and alpha, and two copies of the file.
        let copies = if self.is_coded_twice { copies + 4 } else { copies };
        let channels = layout.channels() as u64;
        let target = self.target(full).pixels();
        let result = target.saturating_mul(copies * channels);
        // The picture is kept while it is coded, since smaller ones are made from it.
        let further = self.further_pixels.saturating_mul(copies * channels);
        let kept = if self.further_pixels > 0 { target.saturating_mul(channels) } else { 0 };
        let needed =
            [bytes, result, further, kept, TABLES].into_iter().fold(0, u64::saturating_add);
        if needed > self.limit {
            Err(DecodeError::TooMuchMemory(needed))
        } else {
            self.take(needed)
        }
    }

    /// Waits for `bytes` of the shared memory, until the rendition is made.
    fn take(&self, bytes: u64) -> Result<(), DecodeError> {
        let Some(pool) = &self.pool else { return Ok(()) };
        let mut taken = self.taken.borrow_mut();
        match &mut *taken {
            Some(taken) => taken.grow_to(bytes),
            None => match pool.take(bytes, &self.cancellation) {
                Ok(memory) => *taken = Some(memory),
                Err(NotTaken::TimedOut) => return Err(DecodeError::Busy),
                Err(NotTaken::Cancelled) => return Err(DecodeError::Cancelled),
            },
        }
        Ok(())
    }

    /// The limit, in bytes.
    pub(super) fn limit_bytes(&self) -> u64 {
        self.limit
    }
}

/// `size` fitted into `max`: never enlarged, with the same aspect ratio, at least one pixel a side. The side
/// that is not at its limit is rounded, halves up.
pub(super) fn fit(size: Size, max: Size) -> Size {
    if size.width <= max.width && size.height <= max.height {
        return size;
    }
    let scaled = |side: u32, by: u32, of: u32| {
        let (side, by, of) = (u64::from(side), u64::from(by), u64::from(of));
        u32::try_from((2 * side * by + of) / (2 * of)).unwrap_or(u32::MAX).max(1)
    };
    if u64::from(max.width) * u64::from(size.height)
        <= u64::from(max.height) * u64::from(size.width)
    {
        Size::new(max.width, scaled(size.height, max.width, size.width))
    } else {
        Size::new(scaled(size.width, max.height, size.height), max.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(width: u32, height: u32) -> (u32, u32) {
        let size = fit(Size::new(width, height), Size::new(1024, 1024));
        (size.width, size.height)
    }

    #[test]
    fn fits_without_enlarging_and_rounds_halves_up() {
        assert_eq!(fitted(640, 480), (640, 480));
        assert_eq!(fitted(1024, 1024), (1024, 1024));
        assert_eq!(fitted(4000, 3000), (1024, 768));
        assert_eq!(fitted(3000, 4000), (768, 1024));
        // 1024 * 3 / 2048 = 1.5
        assert_eq!(fitted(2048, 3), (1024, 2));
        assert_eq!(fitted(30_000, 1), (1024, 1));
        assert_eq!(fitted(1025, 1025), (1024, 1024));
    }

    #[test]
    fn the_limits_are_as_displayed() {
        let options = StandardOptions::default().with_max_size(Size::new(100, 50)).unwrap();
        let budget = Budget::new(0, &options, Orientation::Rotate90);
        assert_eq!(budget.target(Size::new(400, 400)), Size::new(50, 50));
        assert_eq!(budget.target(Size::new(100, 400)), Size::new(25, 100));
    }

    #[test]
    fn a_claim_beyond_all_numbers_saturates() {
        let budget = Budget::new(1 << 30, &StandardOptions::default(), Orientation::Upright);
        let refused = budget.check_bitmap(Size::new(u32::MAX, u32::MAX), Layout::Rgba, u64::MAX);
        assert!(matches!(refused, Err(DecodeError::TooMuchMemory(u64::MAX))));
    }
}

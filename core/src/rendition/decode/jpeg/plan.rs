//! The memory that a picture will take, decided before any of it is allocated.

use super::coding::Block;
use super::frame::{Component, Frame, Grid};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::{Damaged, DecodeError};

/// What the decoded pixels are for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'b> {
    /// The rendition, which may have fewer pixels.
    Rendition(&'b Budget),
    /// A strip or tile of a TIFF, with all of its pixels, in so many bytes of memory.
    Chunk { expected: Expected, memory: u64 },
}

/// What the frame header of a chunk must state.
#[derive(Clone, Copy, Debug)]
pub(in crate::rendition::decode) struct Expected {
    pub(in crate::rendition::decode) width: usize,
    pub(in crate::rendition::decode) rows: usize,
    /// The last strip may have as many rows as the others.
    pub(in crate::rendition::decode) most_rows: usize,
    pub(in crate::rendition::decode) channels: usize,
}

impl Expected {
    pub(super) fn fits(self, frame: &Frame) -> bool {
        frame.components.len() == self.channels
            && frame.width == self.width
            && (self.rows..=self.most_rows).contains(&frame.height)
    }
}

/// What will be allocated for a picture.
pub(super) struct Plan<'f> {
    pub(super) frame: &'f Frame,
    /// The size by the frame header.
    pub(super) full: Size,
    /// The size as decoded: the full one, or a half, a quarter or an eighth of it.
    pub(super) size: Size,
    /// Pixels that 8 of the full picture become, across and down: 8, 4, 2 or 1.
    pub(super) scale: usize,
    pub(super) components: Vec<ComponentPlan>,
}

/// What will be allocated for a component.
pub(super) struct ComponentPlan {
    pub(super) grid: Grid,
    /// Pixels of a block across and down.
    pub(super) block_size: usize,
    /// Sampling factors.
    pub(super) h: usize,
    pub(super) v: usize,
}

impl<'f> Plan<'f> {
    pub(super) fn new(frame: &'f Frame, purpose: Purpose<'_>) -> Result<Self, Damaged> {
        let to_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let full = Size::new(to_u32(frame.width), to_u32(frame.height));
        let scale = match purpose {
            Purpose::Rendition(budget) => scale(frame, budget.target(full)),
            Purpose::Chunk { expected, .. } if expected.fits(frame) => 8,
            Purpose::Chunk { .. } => return Err(Damaged("a JPEG strip or tile of another size")),
        };
        let scaled = |n: usize| to_u32((n * scale).div_ceil(8));
        let components = frame.components.iter().map(|c| ComponentPlan::new(frame, c, scale));
        Ok(Self {
            frame,
            full,
            size: Size::new(scaled(frame.width), scaled(frame.height)),
            scale,
            components: components.collect(),
        })
    }

    /// Refuses a picture that needs too much memory, with an ICC profile of `profile` bytes.
    pub(super) fn check_memory(
        &self,
        purpose: Purpose<'_>,
        profile: u64,
    ) -> Result<(), DecodeError> {
        let samples: u64 = self
            .components
            .iter()
            .map(|c| c.grid.all() as u64 * (c.block_size * c.block_size) as u64)
            .sum();
        let coefficients: u64 = if self.frame.progressive {
            self.components.iter().map(|c| (c.grid.all() * size_of::<Block>()) as u64).sum()
        } else {
            0
        };
        let channels = self.frame.components.len();
        let scratch_bytes = samples + coefficients + profile;
        match purpose {
            Purpose::Rendition(budget) => {
                let (full, size) = (self.full, self.size);
                budget.check(&MemoryEstimate { full, size, channels, scratch_bytes })
            }
            Purpose::Chunk { memory, .. } => {
                let needed = scratch_bytes + self.size.pixels() * channels as u64;
                if needed > memory { Err(DecodeError::TooMuchMemory(needed)) } else { Ok(()) }
            }
        }
    }
}

impl ComponentPlan {
    fn new(frame: &Frame, component: &Component, scale: usize) -> Self {
        let (h, v) = (component.h, component.v);
        let (h_max, v_max) = (frame.h_max() * scale, frame.v_max() * scale);
        // Subsampled components keep more of their frequencies instead of being upsampled.
        let mut block_size = scale;
        while block_size < 8 && h * block_size * 2 <= h_max && v * block_size * 2 <= v_max {
            block_size *= 2;
        }
        Self { grid: Grid::new(frame, h, v), block_size, h, v }
    }
}

/// The smallest scale that leaves a factor of at least 1.5 to the resizing filter. The result differs from
/// that of a full decode by no more than JPEG's own noise on photos, and by 4 of 255 on average on noise of
/// full contrast, whose overshoot a full decode clips before resizing (the tests of this folder measure
/// both).
fn scale(frame: &Frame, target: Size) -> usize {
    let enough = |side: usize, scale: usize, target: u32| {
        side as u64 * scale as u64 >= u64::from(target) * 12
    };
    let fits = |scale: &usize| {
        enough(frame.width, *scale, target.width) && enough(frame.height, *scale, target.height)
    };
    [1, 2, 4].into_iter().find(fits).unwrap_or(8)
}

//! How a picture is decoded, and the memory that it will take, decided before any of it is allocated.

use super::coefficients::Coefficients;
use super::frame::{Component, Frame, Grid};
use super::idct::SIZES;
use crate::geometry::Size;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fit::{Columns, Extent, Fitting};
use crate::rendition::picture::Layout;

/// Bytes of what reads the blocks of a scan, and of a piece of its data, at most.
const READER: u64 = 1 << 20;

/// What the decoded pixels are for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'b> {
    /// The rendition, which may have fewer pixels.
    Rendition(&'b Budget),
    /// The rendition, from all pixels: their colours are converted before they are fitted.
    Conversion(&'b Budget),
    /// A strip or tile of a TIFF, with all of its pixels, in so many bytes of memory.
    Chunk { expected: Expected, memory: u64 },
}

/// What the frame header of a chunk must state.
#[derive(Clone, Copy, Debug)]
pub(in crate::rendition) struct Expected {
    pub(in crate::rendition) width: usize,
    pub(in crate::rendition) rows: usize,
    /// The last strip may have as many rows as the others.
    pub(in crate::rendition) most_rows: usize,
    pub(in crate::rendition) channels: usize,
}

impl Expected {
    pub(super) fn fits(self, frame: &Frame) -> bool {
        frame.components.len() == self.channels
            && frame.width == self.width
            && (self.rows..=self.most_rows).contains(&frame.height)
    }
}

/// What will be allocated for a picture.
pub(super) struct Plan {
    /// The size by the frame header.
    pub(super) full: Size,
    /// The size of the planes that are made.
    pub(super) size: Size,
    progressive: bool,
    pub(super) components: Vec<ComponentPlan>,
}

/// What will be allocated for a component.
#[derive(Clone, Debug)]
pub(super) struct ComponentPlan {
    pub(super) grid: Grid,
    /// Samples that a block becomes, across and down: 8 or fewer.
    pub(super) block: (usize, usize),
    /// Pixels of the picture across and down that a sample stands for, where none is left out of a block; else 1.
    pub(super) enlarged: (usize, usize),
    /// Sampling factor down.
    v: usize,
    extent: Extent,
    target: (usize, usize),
}

impl Plan {
    pub(super) fn new(frame: &Frame, purpose: Purpose<'_>) -> Result<Self, DecodeError> {
        let to_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let full = Size::new(to_u32(frame.width), to_u32(frame.height));
        let size = match purpose {
            // In a TIFF they are grey and its alpha.
            Purpose::Rendition(_) if frame.components.len() == 2 => {
                return Err(DecodeError::unsupported("2 components"));
            }
            Purpose::Rendition(budget) => budget.target(full),
            Purpose::Conversion(_) => full,
            Purpose::Chunk { expected, .. } if expected.fits(frame) => full,
            Purpose::Chunk { .. } => return Err("a JPEG strip or tile of another size".into()),
        };
        let target = (size.width as usize, size.height as usize);
        let components = frame.components.iter().map(|c| ComponentPlan::new(frame, c, target));
        let components = components.collect();
        Ok(Self { full, size, progressive: frame.progressive, components })
    }

    /// Refuses a picture that needs too much memory, with an ICC profile of `profile` bytes.
    pub(super) fn check_memory(
        &self,
        purpose: Purpose<'_>,
        layout: Layout,
        profile: u64,
    ) -> Result<(), DecodeError> {
        let memory = |c: &ComponentPlan| {
            let coefficients =
                if self.progressive { Coefficients::memory(&c.grid, c.block) } else { 0 };
            c.fitting(c.v).memory().saturating_add(coefficients)
        };
        let components = self.components.iter().map(memory);
        let scratch_bytes = components.fold(READER + profile, u64::saturating_add);
        match purpose {
            Purpose::Rendition(budget) => budget.check_rows(self.full, layout, scratch_bytes),
            Purpose::Conversion(budget) => {
                let row = u64::from(self.size.width) * layout.channels() as u64;
                budget.check_bitmap(self.full, layout, scratch_bytes.saturating_add(row))
            }
            Purpose::Chunk { memory, .. } => {
                // The planes, and the pixels from them.
                let samples = self.size.pixels() * self.components.len() as u64;
                let needed = scratch_bytes.saturating_add(2 * samples);
                if needed > memory { Err(DecodeError::TooMuchMemory(needed)) } else { Ok(()) }
            }
        }
    }
}

impl ComponentPlan {
    /// Of a component whose plane becomes `target` samples.
    fn new(frame: &Frame, component: &Component, target: (usize, usize)) -> Self {
        let &Component { h, v, .. } = component;
        let across = Axis { pixels: frame.width, sampling: (h, frame.h_max()), target: target.0 };
        let down = Axis { pixels: frame.height, sampling: (v, frame.v_max()), target: target.1 };
        let block = (across.scale(), down.scale());
        let extent = Extent {
            samples: (across.samples(block.0), down.samples(block.1)),
            size: (across.length(block.0), down.length(block.1)),
        };
        let enlarged = (across.pixels_per_sample(block.0), down.pixels_per_sample(block.1));
        Self { grid: Grid::new(frame, h, v), block, enlarged, v, extent, target }
    }

    /// How the component becomes a plane, from bands of `rows` rows of blocks.
    pub(super) fn fitting(&self, rows: usize) -> Fitting {
        Fitting {
            extent: self.extent,
            target: self.target,
            layout: Layout::Grey,
            columns: Columns::Blocks(self.block.0),
            band: rows * self.block.1,
        }
    }
}

/// A side of a component.
#[derive(Clone, Copy)]
struct Axis {
    /// Of the picture.
    pixels: usize,
    /// The component's sampling factor, and the largest one.
    sampling: (usize, usize),
    target: usize,
}

impl Axis {
    /// How many samples 8 of a block become: as few as leave a factor of 1.6 to the resizing filter. The result
    /// then differs from that of a full decode by no more than JPEG's own noise on photos, and by less than 5
    /// of 255 on average on noise of full contrast (the tests of this folder measure both; with 1.5 it is 6).
    fn scale(self) -> usize {
        let enough = |scale: &usize| {
            5 * self.pixels * self.sampling.0 * scale >= 8 * 8 * self.sampling.1 * self.target
        };
        SIZES.into_iter().find(enough).unwrap_or(8)
    }

    /// Samples that show the picture, of which the last may lie across its edge.
    fn samples(self, scale: usize) -> usize {
        (self.pixels * self.sampling.0 * scale).div_ceil(8 * self.sampling.1)
    }

    /// Pixels of the picture that a sample stands for, if it is a whole number and `scale` is full; else 1.
    fn pixels_per_sample(self, scale: usize) -> usize {
        let (sampling, most) = self.sampling;
        if scale == 8 && most.is_multiple_of(sampling) { most / sampling } else { 1 }
    }

    /// Samples between the edges of the picture.
    fn length(self, scale: usize) -> f64 {
        (self.pixels * self.sampling.0 * scale) as f64 / (8 * self.sampling.1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;

    #[test]
    fn a_factor_of_1_6_is_left() {
        let scale = |pixels, sampling, target| Axis { pixels, sampling, target }.scale();
        for (pixels, expected) in [
            (1000, 8),
            (2133, 8),
            (2134, 6),
            (2559, 6),
            (2560, 5),
            (3200, 4),
            (4266, 4),
            (4267, 3),
            (6400, 2),
            (12_799, 2),
            (12_800, 1),
            (30_000, 1),
        ] {
            assert_eq!(scale(pixels, (2, 2), 1000), expected, "{pixels}");
        }
        // Subsampled chroma keeps more of its frequencies.
        assert_eq!(scale(4300, (2, 2), 1000), 3);
        assert_eq!(scale(4300, (1, 2), 1000), 6);
        assert_eq!(scale(4300, (1, 4), 1000), 8);
    }

    #[test]
    fn sides_are_not_rounded() {
        let axis = Axis { pixels: 2057, sampling: (1, 2), target: 400 };
        assert_eq!((axis.samples(3), axis.length(3)), (386, 2057.0 * 3.0 / 16.0));
    }

    #[test]
    fn large_pictures_take_little_memory() {
        let needed = |progressive, factors: [(usize, usize); 3]| {
            let component = |(h, v)| Component { id: 0, h, v, quantisation: 0 };
            let components = factors.map(component).to_vec();
            let frame = Frame { width: 12_000, height: 8400, progressive, components };
            let options = StandardOptions::default().with_max_size(Size::new(1024, 1024));
            let budget = Budget::new(0, &options.unwrap(), Orientation::Upright);
            let purpose = Purpose::Rendition(&budget);
            let plan = Plan::new(&frame, purpose).unwrap();
            match plan.check_memory(purpose, Layout::YCbCr, 0) {
                Err(DecodeError::TooMuchMemory(bytes)) => bytes >> 20,
                other => panic!("{other:?}"),
            }
        };
        let (full, half) = ([(1, 1); 3], [(2, 2), (1, 1), (1, 1)]);
        // Of which 13 MiB are for the rendition and its encoder.
        assert!(needed(false, full) < 24, "{}", needed(false, full));
        assert!(needed(false, half) < 24, "{}", needed(false, half));
        assert!(needed(true, full) < 110, "{}", needed(true, full));
        assert!(needed(true, half) < 75, "{}", needed(true, half));
    }
}

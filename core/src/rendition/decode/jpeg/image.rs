//! The picture that the scans of a file fill.

use super::coding::Block;
use super::frame::{Frame, Grid};
use super::idct::Steps;
use super::plan::{ComponentPlan, Plan};
use super::planes::{Colour, Plane, assemble};
use super::scan_header::Scan;
use super::tables::Tables;
use crate::geometry::Size;
use crate::rendition::decode_error::Damaged;

/// No bit of a coefficient is decoded.
const NO_BITS: u8 = 255;

/// The picture that the scans fill.
pub(super) struct Image {
    pub(super) full: Size,
    pub(super) size: Size,
    progressive: bool,
    components: Vec<ComponentImage>,
}

/// One component of it.
pub(super) struct ComponentImage {
    grid: Grid,
    plane: Plane,
    /// Pixels of a block across and down.
    block_size: usize,
    steps: Option<Steps>,
    /// The coefficients decoded so far, of a progressive picture.
    blocks: Vec<Block>,
    /// The lowest bit that is decoded of each coefficient, or [`NO_BITS`].
    bits_known: [u8; 64],
}

impl Image {
    /// Allocates what `plan` describes.
    pub(super) fn allocate(plan: &Plan<'_>) -> Self {
        let components = plan.components.iter().map(|c| ComponentImage::allocate(plan, c));
        Self {
            full: plan.full,
            size: plan.size,
            progressive: plan.frame.progressive,
            components: components.collect(),
        }
    }

    pub(super) fn component(&mut self, index: usize) -> Option<&mut ComponentImage> {
        self.components.get_mut(index)
    }

    /// Sets the quantisation of each component of a scan, of which its first scan decides.
    pub(super) fn set_steps(
        &mut self,
        frame: &Frame,
        scan: &Scan,
        tables: &Tables<'_>,
    ) -> Result<(), Damaged> {
        for component in &scan.components {
            let (Some(image), Some(header)) =
                (self.components.get_mut(component.index), frame.components.get(component.index))
            else {
                continue;
            };
            if image.steps.is_none() {
                let table = tables.quantisation.get(header.quantisation).and_then(Option::as_ref);
                let table = table.ok_or(Damaged("a quantisation table is missing"))?;
                image.steps = Some(Steps::new(table, image.block_size));
            }
        }
        Ok(())
    }

    /// Notes the bits of coefficients that a scan has decoded.
    pub(super) fn mark_decoded(&mut self, scan: &Scan) {
        for component in &scan.components {
            if let Some(image) = self.components.get_mut(component.index) {
                for known in image.bits_known.iter_mut().take(scan.last + 1).skip(scan.first) {
                    *known = (*known).min(u8::try_from(scan.low).unwrap_or(NO_BITS - 1));
                }
            }
        }
    }

    pub(super) fn is_sequential_and_complete(&self) -> bool {
        !self.progressive && self.is_complete(false)
    }

    /// Whether no pixel is missing. Before an end marker, a progressive picture may leave out coefficients
    /// that are zero; where the file just ends, the last bit of each must be decoded.
    pub(super) fn is_complete(&self, end_marker: bool) -> bool {
        self.components.iter().all(|image| {
            if end_marker && self.progressive {
                image.bits_known.first().is_some_and(|&low| low != NO_BITS)
            } else {
                image.bits_known.iter().all(|&low| low == 0)
            }
        })
    }

    /// The pixels of the picture.
    pub(super) fn into_pixels(mut self, colour: Colour) -> Vec<u8> {
        for component in &mut self.components {
            for (index, block) in std::mem::take(&mut component.blocks).iter().enumerate() {
                let only_dc = block.iter().skip(1).all(|&c| c == 0);
                component.reconstruct(index, block, only_dc);
            }
        }
        let planes: Vec<Plane> = self.components.into_iter().map(|image| image.plane).collect();
        assemble(&planes, self.size.width as usize, self.size.height as usize, colour)
    }
}

impl ComponentImage {
    fn allocate(plan: &Plan<'_>, component: &ComponentPlan) -> Self {
        let (frame, scale) = (plan.frame, plan.scale);
        let (h_max, v_max) = (frame.h_max(), frame.v_max());
        let &ComponentPlan { grid, block_size, h, v } = component;
        let stride = grid.across * block_size;
        let blocks = if frame.progressive { grid.all() } else { 0 };
        Self {
            grid,
            block_size,
            steps: None,
            blocks: vec![[0; 64]; blocks],
            bits_known: [NO_BITS; 64],
            plane: Plane {
                samples: vec![0; stride * grid.down * block_size],
                stride,
                width: (frame.width * h * block_size).div_ceil(8 * h_max),
                height: (frame.height * v * block_size).div_ceil(8 * v_max),
                across: (h_max * scale, h * block_size),
                down: (v_max * scale, v * block_size),
            },
        }
    }

    /// The coefficients of a block so far, of a progressive picture.
    pub(super) fn block(&mut self, index: usize) -> Option<&mut Block> {
        self.blocks.get_mut(index)
    }

    /// Writes the pixels of a block. `only_dc`: all other coefficients are zero.
    #[inline]
    pub(super) fn reconstruct(&mut self, index: usize, block: &Block, only_dc: bool) {
        let (row, column) = (index / self.grid.across, index % self.grid.across);
        let start = (row * self.plane.stride + column) * self.block_size;
        if let Some(steps) = &self.steps {
            steps.idct(block, only_dc, &mut self.plane.samples, start, self.plane.stride);
        }
    }
}

//! The samples of a component: blocks in, a plane of the size of the rendition out.

use super::coefficients::Coefficients;
use super::idct::{Steps, transform};
use super::plan::ComponentPlan;
use super::slots::LANES;
use crate::rendition::decode_error::Damaged;
use crate::rendition::fit::{Lanes, PlaneFit};
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::Plane;

/// Makes the plane of a component from its blocks.
pub(super) struct Output {
    steps: Steps,
    /// Samples of a block across and down.
    block: (usize, usize),
    fit: PlaneFit,
}

impl Output {
    /// For bands of `rows` rows of blocks.
    pub(super) fn new(plan: &ComponentPlan, quantisation: &[u16; 64], rows: usize) -> Self {
        let block = plan.block;
        Self {
            steps: Steps::new(quantisation, block),
            block,
            fit: PlaneFit::enlarged(plan.fitting(rows), plan.enlarged),
        }
    }

    /// Samples of a block across and down.
    pub(super) fn block(&self) -> (usize, usize) {
        self.block
    }

    /// Writes the group `group` of sixteen blocks of row `row` of the next band. Takes their coefficients and
    /// leaves zeros.
    pub(super) fn write(&mut self, cpu: Cpu, row: usize, group: usize, coefficients: &mut [Lanes]) {
        let (across, down) = self.block;
        let (band, stride) = self.fit.next_band();
        let left = group * across * LANES;
        let rows = band.get_mut(row * down * stride..).unwrap_or_default();
        // Blocks that are only padding may lie behind the end of the rows.
        let rows = if left < stride { rows.get_mut(left..).unwrap_or_default() } else { &mut [] };
        transform(cpu, coefficients, &self.steps, self.block, rows, stride);
    }

    /// Takes the next band, after all blocks of this one are written.
    pub(super) fn advance(&mut self, cpu: Cpu) {
        self.fit.advance(cpu);
    }

    /// Writes all blocks of a picture.
    pub(super) fn write_all(&mut self, cpu: Cpu, mut coefficients: Coefficients) {
        for row in coefficients.rows() {
            for (index, group) in row.enumerate() {
                self.write(cpu, 0, index, group);
            }
            self.advance(cpu);
        }
    }

    /// The plane.
    pub(super) fn finish(self) -> Result<Plane, Damaged> {
        self.fit.finish()?.into_iter().next().ok_or(Damaged("rows of pixels are missing"))
    }
}

//! A component of a frame: a plane, and its blocks of the row of MCUs that is being coded.

use super::dct::{Group, LANES, transform};
use super::quantisation::Divisors;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::Plane;

#[derive(Debug)]
pub(super) struct Component<'a> {
    plane: &'a Plane,
    divisors: &'a Divisors,
    /// 0 for luma, 1 for chroma.
    pub(super) table: usize,
    /// Blocks of an MCU, across as well as down.
    pub(super) factor: usize,
    /// `factor` rows of blocks.
    pub(super) groups: Vec<Group>,
    /// Groups in a row of blocks.
    pub(super) row_groups: usize,
    /// The DC coefficient of the block before.
    pub(super) predicted: i16,
}

impl<'a> Component<'a> {
    /// `mcus` are those of a row.
    pub(super) fn new(
        plane: &'a Plane,
        divisors: &'a Divisors,
        table: usize,
        factor: usize,
        mcus: usize,
    ) -> Self {
        let row_groups = (mcus * factor).div_ceil(LANES);
        let groups = vec![Group::ZERO; row_groups * factor];
        Self { plane, divisors, table, factor, groups, row_groups, predicted: 0 }
    }

    /// Transforms row `index` of MCUs. Below the plane, its last row is repeated.
    pub(super) fn transform(&mut self, cpu: Cpu, index: usize) {
        let rows_of_blocks = self.groups.chunks_exact_mut(self.row_groups.max(1));
        for (y, groups) in rows_of_blocks.enumerate() {
            let top = (index * self.factor + y) * 8;
            let mut rows: [&[u8]; 8] = [&[]; 8];
            for (row, y) in rows.iter_mut().zip(top..) {
                let start = y.min(self.plane.height.saturating_sub(1)) * self.plane.width;
                let end = start + self.plane.width;
                *row = self.plane.samples.get(start..end).unwrap_or_default();
            }
            transform(cpu, &rows, self.divisors, groups);
        }
    }
}

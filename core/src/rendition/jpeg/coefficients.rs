//! The coefficients of a component of a progressive picture, which its scans fill bit by bit.
//!
//! Only those that the picture's scale shows are kept. Of the others one bit each is known, whether it is zero:
//! the refinement of a block cannot be read without.

use super::frame::Grid;
use super::slots::{LANES, Slots};
use crate::rendition::decode_error::Damaged;
use crate::rendition::fit::Lanes;

pub(super) const OUTSIDE: Damaged = Damaged("a block outside of the picture");

/// The coefficients of all blocks.
pub(super) struct Coefficients {
    /// Groups of sixteen blocks across.
    groups: usize,
    /// The offset in a group of the lanes for coefficients that are not kept.
    rest: u16,
    pub(super) slots: Slots,
    /// A bit for each coefficient of a block that is not zero: the first is the uppermost.
    nonzero: Vec<u64>,
    /// The kept coefficients of each group, sixteen blocks interleaved.
    kept: Vec<i16>,
}

/// A block of them.
pub(super) struct BlockMut<'c> {
    pub(super) nonzero: &'c mut u64,
    /// The coefficients of its group, from those of the block on.
    kept: &'c mut [i16],
}

impl Coefficients {
    /// Bytes that those of `grid` take, of which `across` times `down` are kept.
    pub(super) fn memory(grid: &Grid, (across, down): (usize, usize)) -> u64 {
        let blocks = grid.across.next_multiple_of(LANES) as u64 * grid.down as u64;
        blocks * (8 + 2 * (across * down + 1) as u64)
    }

    /// All zero.
    pub(super) fn new(grid: &Grid, (across, down): (usize, usize)) -> Self {
        let groups = grid.across.div_ceil(LANES);
        let rest = across * down * LANES;
        let all = groups * grid.down;
        let rest_offset = u16::try_from(rest).unwrap_or(u16::MAX);
        Self {
            groups,
            rest: rest_offset,
            slots: Slots::new(across, down, rest_offset),
            nonzero: vec![0; all * LANES],
            kept: vec![0; all * (rest + LANES)],
        }
    }

    /// The positions of coefficients up to `last`.
    pub(super) fn slots_up_to(&self, last: usize) -> Slots {
        self.slots.up_to(last, self.rest)
    }

    /// A bit for each coefficient that is kept.
    pub(super) fn kept_bits(&self) -> u64 {
        self.slots.kept(self.rest)
    }

    fn group_len(&self) -> usize {
        usize::from(self.rest) + LANES
    }

    /// The block at `column` of `row`.
    #[inline(always)]
    pub(super) fn block(&mut self, row: usize, column: usize) -> Option<BlockMut<'_>> {
        let group = row * self.groups + column / LANES;
        let at = group * self.group_len() + column % LANES;
        let end = (group + 1) * self.group_len();
        let nonzero = self.nonzero.get_mut(group * LANES + column % LANES)?;
        Some(BlockMut { nonzero, kept: self.kept.get_mut(at..end)? })
    }

    /// The kept coefficients of each row of blocks: of one group after the other.
    pub(super) fn rows(&mut self) -> impl Iterator<Item = impl Iterator<Item = &mut [Lanes]>> {
        let (len, rest) = (self.group_len(), usize::from(self.rest));
        let rows = self.kept.chunks_exact_mut((self.groups * len).max(1));
        rows.map(move |row| {
            let groups = row.chunks_exact_mut(len);
            groups.map(move |group| group.get_mut(..rest).unwrap_or_default().as_chunks_mut().0)
        })
    }
}

impl BlockMut<'_> {
    /// The coefficient at `offset`, from [`Slots`].
    #[inline(always)]
    pub(super) fn at(&mut self, offset: usize) -> Option<&mut i16> {
        self.kept.get_mut(offset)
    }

    /// Sets the coefficient at `offset`.
    #[inline(always)]
    pub(super) fn set(&mut self, offset: usize, value: i16) {
        if let Some(to) = self.kept.get_mut(offset) {
            *to = value;
        }
    }
}

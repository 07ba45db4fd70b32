//! Which coefficients of a block are kept: those of the lowest frequencies, as many as the picture's scale
//! shows.

#![allow(clippy::indexing_slicing, reason = "a table of all values of a byte")]

use crate::rendition::jpeg_tables::ZIGZAG;

/// Blocks whose coefficients are interleaved: as many as a vector of 16-bit numbers has lanes.
pub(super) const LANES: usize = 16;

/// Where coefficients go: for each index of the zigzag, the offset of sixteen lanes. Those that are not kept,
/// and indices up to 255, go to lanes behind all others.
#[derive(Clone)]
pub(super) struct Slots {
    offsets: [u16; 256],
}

impl Slots {
    /// Keeps `across` times `down` coefficients, in rows; the others go to the lanes at `rest`.
    pub(super) fn new(across: usize, down: usize, rest: u16) -> Self {
        let mut offsets = [rest; 256];
        for (offset, &natural) in offsets.iter_mut().zip(&ZIGZAG) {
            let (row, column) = (usize::from(natural / 8), usize::from(natural % 8));
            if row < down && column < across {
                *offset = u16::try_from((row * across + column) * LANES).unwrap_or(rest);
            }
        }
        Self { offsets }
    }

    /// These, with all coefficients behind `last` left out.
    pub(super) fn up_to(&self, last: usize, rest: u16) -> Self {
        let mut slots = self.clone();
        slots.offsets.iter_mut().skip(last + 1).for_each(|offset| *offset = rest);
        slots
    }

    /// The offset of the coefficient `k` of block 0. Only the lowest eight bits of `k` count.
    #[inline(always)]
    pub(super) fn offset(&self, k: u32) -> usize {
        self.offsets[(k & 255) as usize].into()
    }

    /// A bit for each coefficient that is kept: the first is the uppermost.
    pub(super) fn kept(&self, rest: u16) -> u64 {
        let kept = self.offsets.iter().take(64).enumerate().filter(|(_, offset)| **offset != rest);
        kept.fold(0, |bits, (k, _)| bits | 1 << 63 >> k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_frequencies_are_kept() {
        let slots = Slots::new(2, 3, 96);
        let offsets: Vec<usize> = (0..10).map(|k| slots.offset(k)).collect();
        // In zigzag order: (0, 0), (1, 0), (0, 1), (0, 2), (1, 1), (2, 0), (3, 0), (2, 1), (1, 2), (0, 3).
        assert_eq!(offsets, [0, 16, 32, 64, 48, 96, 96, 96, 80, 96]);
        assert_eq!(slots.kept(96), 0b1111_1000_1000_0000 << 48);
        assert_eq!(slots.offset(255), 96);
        assert_eq!(slots.up_to(3, 96).kept(96), 0b1111 << 60);
    }
}

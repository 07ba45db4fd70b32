//! PNG's filters, undone (third edition, section 9).
//!
//! Each pixel needs the one to its left, so a row alone leaves nothing to do at once. Four rows are therefore
//! undone together, each two pixels behind the one above it.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "lanes and blocks, by constants or masked"
)]

use std::hint::black_box;

use crate::rendition::decode_error::Damaged;
use crate::rendition::kernel::{Cpu, kernel};

/// Bytes that are readable and writable around each row.
const MARGIN: usize = 96;
/// Bytes that are readable behind filtered rows, whatever they hold.
pub(super) const SLACK: usize = 128;
/// Rows that are undone together.
pub(super) const TOGETHER: usize = 4;

/// Rows without their filters.
pub(super) struct Rows {
    /// The row above the next ones, and those.
    bytes: Vec<u8>,
    row: usize,
    /// Bytes of a pixel, at least one.
    pixel: usize,
    cpu: Cpu,
}

impl Rows {
    /// What is allocated for rows of `row` bytes.
    pub(super) fn memory(row: usize) -> usize {
        (TOGETHER + 1).saturating_mul(row.saturating_add(2 * MARGIN))
    }

    /// For rows of at most `row` bytes, of pixels of `pixel` bytes: 1, 2, 3, 4, 6 or 8.
    pub(super) fn new(cpu: Cpu, row: usize, pixel: usize) -> Self {
        let bytes = vec![0; Self::memory(row)];
        Self { bytes, row, pixel, cpu }
    }

    /// Before the first of rows of `row` bytes: the row above is zero.
    pub(super) fn start(&mut self, row: usize) {
        self.row = row;
        self.bytes.fill(0);
    }

    /// Undoes `count` rows, at most [`TOGETHER`], each behind its filter's number, with [`SLACK`] behind the
    /// last.
    pub(super) fn undo(&mut self, filtered: &[u8], count: usize) -> Result<(), Damaged> {
        let stride = self.row + 1;
        let mut filters = [0; TOGETHER];
        for (filter, row) in filters.iter_mut().zip(filtered.chunks(stride)).take(count) {
            *filter = *row.first().unwrap_or(&u8::MAX);
        }
        if filters.iter().any(|&filter| filter > PAETH) {
            return Err(Damaged("a row has an unknown filter"));
        }
        let serial = |filter: &u8| *filter != NONE && *filter != UP;
        if count == TOGETHER && self.row >= 8 * self.pixel && filters.iter().any(serial) {
            let wave = match (self.pixel, filters == [PAETH; 4]) {
                (1, _) => wave_1,
                (2, _) => wave_2,
                (3, false) => wave_3,
                (3, true) => paeth_3,
                (4, false) => wave_4,
                (4, true) => paeth_4,
                (6, _) => wave_6,
                _ => wave_8,
            };
            return wave(self.cpu, filtered, &mut self.bytes, self.row, filters).ok_or(TOO_SHORT);
        }
        for (index, (&filter, row)) in
            filters.iter().zip(filtered.chunks(stride)).take(count).enumerate()
        {
            let filtered = row.get(1..).unwrap_or_default();
            undo_row(&mut self.bytes, index, self.row, self.pixel, filter, filtered)
                .ok_or(TOO_SHORT)?;
        }
        Ok(())
    }

    /// Row `index` of those that were undone last.
    pub(super) fn get(&self, index: usize) -> &[u8] {
        let at = (index + 1) * (self.row + 2 * MARGIN) + MARGIN;
        self.bytes.get(at..at + self.row).unwrap_or_default()
    }

    /// Makes the last of `count` rows the one above the next.
    pub(super) fn keep_last(&mut self, count: usize) {
        let at = count * (self.row + 2 * MARGIN) + MARGIN;
        self.bytes.copy_within(at..at + self.row, MARGIN);
    }
}

const TOO_SHORT: Damaged = Damaged("rows of pixels are missing");

const NONE: u8 = 0;
const SUB: u8 = 1;
const UP: u8 = 2;
const AVERAGE: u8 = 3;
const PAETH: u8 = 4;

/// Undoes one row, byte by byte.
fn undo_row(
    bytes: &mut [u8],
    index: usize,
    row: usize,
    pixel: usize,
    filter: u8,
    filtered: &[u8],
) -> Option<()> {
    let stride = row + 2 * MARGIN;
    let (above, to) = bytes.split_at_mut_checked((index + 1) * stride)?;
    let above = above.get(index * stride + MARGIN..)?.get(..row)?;
    let to = to.get_mut(MARGIN..MARGIN + row)?;
    let filtered = filtered.get(..row)?;
    match filter {
        NONE => to.copy_from_slice(filtered),
        UP => {
            for ((to, &value), &above) in to.iter_mut().zip(filtered).zip(above) {
                *to = value.wrapping_add(above);
            }
        }
        _ => {
            for i in 0..row {
                let (left, corner) = match i.checked_sub(pixel) {
                    Some(before) => (to[before], above[before]),
                    None => (0, 0),
                };
                let prediction = match filter {
                    SUB => left,
                    AVERAGE => left.midpoint(above[i]),
                    _ => paeth(left, above[i], corner),
                };
                to[i] = filtered[i].wrapping_add(prediction);
            }
        }
    }
    Some(())
}

/// Of three neighbours, the one nearest to left + above - corner.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let (to_left, to_above, to_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}

macro_rules! waves {
    ($($name:ident = $body:ident, $pixel:literal, $only_paeth:literal;)*) => { $(
        kernel!(
            /// Undoes four rows of pixels of as many bytes as the name says.
            fn $name(filtered: &[u8], bytes: &mut [u8], row: usize, filters: [u8; 4]) -> Option<()> = $body
        );

        #[inline(always)]
        fn $body(filtered: &[u8], bytes: &mut [u8], row: usize, filters: [u8; 4]) -> Option<()> {
            wave::<$pixel, 4, 16, $only_paeth>(filtered, bytes, row, filters)
        }
    )* };
}

waves! {
    wave_1 = wave_1_body, 1, false;
    wave_2 = wave_2_body, 2, false;
    wave_3 = wave_3_body, 3, false;
    wave_4 = wave_4_body, 4, false;
    paeth_3 = paeth_3_body, 3, true;
    paeth_4 = paeth_4_body, 4, true;
}

/// As those above. Wider vectors are no faster here: 32 lanes take two of them.
fn wave_6(_: Cpu, filtered: &[u8], bytes: &mut [u8], row: usize, filters: [u8; 4]) -> Option<()> {
    wave::<6, 8, 32, false>(filtered, bytes, row, filters)
}

fn wave_8(_: Cpu, filtered: &[u8], bytes: &mut [u8], row: usize, filters: [u8; 4]) -> Option<()> {
    wave::<8, 8, 32, false>(filtered, bytes, row, filters)
}

/// Undoes four rows of pixels of `B` bytes, in lanes of `P` bytes for each row, `L` in all. Bytes of a lane
/// beyond the pixel are garbage, which the next pixel overwrites.
///
/// In step s row k is at its pixel s - 2 * k; before its first and behind its last pixel it reads and writes
/// what lies in the margins.
#[inline(always)]
fn wave<const B: usize, const P: usize, const L: usize, const ONLY_PAETH: bool>(
    filtered: &[u8],
    bytes: &mut [u8],
    row: usize,
    filters: [u8; 4],
) -> Option<()> {
    let stride = row + 2 * MARGIN;
    let steps = (row / B + 6).next_multiple_of(4);
    // What four steps read and write of a row: four pixels, and the rest of the last lane.
    let span = steps * B + 8;
    let start = |k: usize| 1 + k * (row + 1);
    let (above, rest) = bytes.split_at_mut_checked(stride)?;
    let (o0, rest) = rest.split_at_mut_checked(stride)?;
    let (o1, rest) = rest.split_at_mut_checked(stride)?;
    let (o2, o3) = rest.split_at_mut_checked(stride)?;
    let mut rows = FourRows {
        filtered: [
            filtered.get(start(0)..)?.get(..span)?,
            filtered.get(start(1) - 2 * B..)?.get(..span)?,
            filtered.get(start(2) - 4 * B..)?.get(..span)?,
            filtered.get(start(3) - 6 * B..)?.get(..span)?,
        ],
        above: above.get(MARGIN..)?.get(..span)?,
        out: [
            o0.get_mut(MARGIN..)?.get_mut(..span)?,
            o1.get_mut(MARGIN - 2 * B..)?.get_mut(..span)?,
            o2.get_mut(MARGIN - 4 * B..)?.get_mut(..span)?,
            o3.get_mut(MARGIN - 6 * B..)?.get_mut(..span)?,
        ],
    };
    let filters = Filters::new(filters.map(|filter| [filter; P]).as_flattened());
    let mut wave = Wave { left: [0; L], corner: [0; L], before: [0; L] };
    for step in 0..BEGIN.min(steps) {
        // Without its number the compiler does not write out the six steps one by one.
        wave.step::<B, P, ONLY_PAETH, true>(black_box(step), &mut rows, &filters)?;
    }
    for step in BEGIN..steps {
        wave.step::<B, P, ONLY_PAETH, false>(step, &mut rows, &filters)?;
    }
    Some(())
}

/// Steps until all four rows have begun.
const BEGIN: usize = 6;

/// Each row from the pixel that it is at in step 0.
struct FourRows<'a> {
    filtered: [&'a [u8]; 4],
    /// The row above the four.
    above: &'a [u8],
    out: [&'a mut [u8]; 4],
}

/// For each filter all ones in the lanes that have it.
struct Filters<const L: usize> {
    sub: [i16; L],
    up: [i16; L],
    average: [i16; L],
    paeth: [i16; L],
}

impl<const L: usize> Filters<L> {
    #[inline(always)]
    fn new(of_lanes: &[u8]) -> Self {
        let (mut sub, mut up, mut average, mut paeth) = ([0; L], [0; L], [0; L], [0; L]);
        for (l, filter) in of_lanes.iter().enumerate().take(L) {
            sub[l] = -i16::from(*filter == SUB);
            up[l] = -i16::from(*filter == UP);
            average[l] = -i16::from(*filter == AVERAGE);
            paeth[l] = -i16::from(*filter == PAETH);
        }
        Self { sub, up, average, paeth }
    }
}

/// What a step needs of those before it.
struct Wave<const L: usize> {
    /// The pixels to the left.
    left: [i16; L],
    corner: [i16; L],
    /// What was undone two steps ago.
    before: [i16; L],
}

impl<const L: usize> Wave<L> {
    /// Undoes a pixel of each row. `BEGINS` where rows may not have begun.
    #[inline(always)]
    fn step<const B: usize, const P: usize, const ONLY_PAETH: bool, const BEGINS: bool>(
        &mut self,
        step: usize,
        rows: &mut FourRows<'_>,
        filters: &Filters<L>,
    ) -> Option<()> {
        let at = step * B;
        let [f0, f1, f2, f3] = rows.filtered;
        let parts =
            [f0.get(at..at + P)?, f1.get(at..at + P)?, f2.get(at..at + P)?, f3.get(at..at + P)?];
        let first = rows.above.get(at..at + P)?;
        let mut joined = [0_u8; L];
        let mut joined_above = [0_u8; L];
        for i in 0..P {
            joined[i] = parts[0][i];
            joined[P + i] = parts[1][i];
            joined[2 * P + i] = parts[2][i];
            joined[3 * P + i] = parts[3][i];
            joined_above[i] = first[i];
        }
        let mut above = joined_above.map(i16::from);
        above[P..].copy_from_slice(&self.before[..L - P]);
        self.before = self.left;
        let mut undone = [0_u8; L];
        for l in 0..L {
            let (a, b, c) = (self.left[l], above[l], self.corner[l]);
            let (from_above, from_left) = (b - c, a - c);
            let (to_left, to_above, to_corner) =
                (from_above.abs(), from_left.abs(), (from_above + from_left).abs());
            let nearer = if to_above <= to_corner { b } else { c };
            let nearest = if to_left <= to_above.min(to_corner) { a } else { nearer };
            let prediction = if ONLY_PAETH {
                nearest
            } else {
                (nearest & filters.paeth[l])
                    | (a & filters.sub[l])
                    | (b & filters.up[l])
                    | (((a + b) >> 1) & filters.average[l])
            };
            undone[l] = joined[l].wrapping_add(prediction.to_le_bytes()[0]);
        }
        if BEGINS {
            for l in 0..L {
                if step < 2 * (l / P) {
                    (undone[l], above[l]) = (0, 0);
                }
            }
        }
        (self.left, self.corner) = (undone.map(i16::from), above);
        let [o0, o1, o2, o3] = &mut rows.out;
        o0.get_mut(at..at + P)?.copy_from_slice(&undone[..P]);
        o1.get_mut(at..at + P)?.copy_from_slice(&undone[P..2 * P]);
        o2.get_mut(at..at + P)?.copy_from_slice(&undone[2 * P..3 * P]);
        o3.get_mut(at..at + P)?.copy_from_slice(&undone[3 * P..]);
        Some(())
    }
}

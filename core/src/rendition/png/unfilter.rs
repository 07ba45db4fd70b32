//! PNG's filters, undone (third edition, section 9).
//!
//! Each pixel needs the one to its left, so a row alone leaves nothing to do at once. Four rows are therefore
//! undone together, each two pixels behind the one above it.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "lanes and blocks, by constants or masked"
)]

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
    let f0 = filtered.get(start(0)..)?.get(..span)?;
    let f1 = filtered.get(start(1) - 2 * B..)?.get(..span)?;
    let f2 = filtered.get(start(2) - 4 * B..)?.get(..span)?;
    let f3 = filtered.get(start(3) - 6 * B..)?.get(..span)?;
    let (above, rest) = bytes.split_at_mut_checked(stride)?;
    let (o0, rest) = rest.split_at_mut_checked(stride)?;
    let (o1, rest) = rest.split_at_mut_checked(stride)?;
    let (o2, o3) = rest.split_at_mut_checked(stride)?;
    let above = above.get(MARGIN..)?.get(..span)?;
    let o0 = o0.get_mut(MARGIN..)?.get_mut(..span)?;
    let o1 = o1.get_mut(MARGIN - 2 * B..)?.get_mut(..span)?;
    let o2 = o2.get_mut(MARGIN - 4 * B..)?.get_mut(..span)?;
    let o3 = o3.get_mut(MARGIN - 6 * B..)?.get_mut(..span)?;

    // All ones where the filter is of that kind.
    let (mut sub, mut up, mut average, mut by_paeth) = ([0; L], [0; L], [0; L], [0; L]);
    for l in 0..L {
        let filter = filters[l / P];
        sub[l] = -i16::from(filter == SUB);
        up[l] = -i16::from(filter == UP);
        average[l] = -i16::from(filter == AVERAGE);
        by_paeth[l] = -i16::from(filter == PAETH);
    }
    // The pixels to the left, the corner, and what was undone two steps ago.
    let (mut left, mut corner, mut before) = ([0_i16; L], [0_i16; L], [0_i16; L]);
    for step in 0..steps {
        let at = step * B;
        let (mut value, mut above_it) = ([0_i16; L], [0_i16; L]);
        {
            let parts = [
                f0.get(at..at + P)?,
                f1.get(at..at + P)?,
                f2.get(at..at + P)?,
                f3.get(at..at + P)?,
            ];
            let first = above.get(at..at + P)?;
            let mut joined = [0_u8; L];
            let mut joined_above = [0_u8; L];
            for i in 0..P {
                joined[i] = parts[0][i];
                joined[P + i] = parts[1][i];
                joined[2 * P + i] = parts[2][i];
                joined[3 * P + i] = parts[3][i];
                joined_above[i] = first[i];
            }
            for l in 0..L {
                value[l] = i16::from(joined[l]);
                above_it[l] = i16::from(joined_above[l]);
            }
            above_it[P..].copy_from_slice(&before[..L - P]);
        }
        before = left;
        let mut undone = [0_i16; L];
        for l in 0..L {
            let (a, b, c) = (left[l], above_it[l], corner[l]);
            let (from_above, from_left) = (b - c, a - c);
            let (to_left, to_above, to_corner) =
                (from_above.abs(), from_left.abs(), (from_above + from_left).abs());
            let nearer = if to_above <= to_corner { b } else { c };
            let nearest = if to_left <= to_above.min(to_corner) { a } else { nearer };
            let prediction = if ONLY_PAETH {
                nearest
            } else {
                (nearest & by_paeth[l]) | (a & sub[l]) | (b & up[l]) | (((a + b) >> 1) & average[l])
            };
            undone[l] = (value[l] + prediction) & 255;
        }
        if step < 6 {
            // Rows that have not begun.
            for l in 0..L {
                let begun = -i16::from(step >= 2 * (l / P));
                undone[l] &= begun;
                above_it[l] &= begun;
            }
        }
        (left, corner) = (undone, above_it);
        let mut packed = [0_u8; L];
        for l in 0..L {
            packed[l] = undone[l].to_le_bytes()[0];
        }
        o0.get_mut(at..at + P)?.copy_from_slice(&packed[..P]);
        o1.get_mut(at..at + P)?.copy_from_slice(&packed[P..2 * P]);
        o2.get_mut(at..at + P)?.copy_from_slice(&packed[2 * P..3 * P]);
        o3.get_mut(at..at + P)?.copy_from_slice(&packed[3 * P..]);
    }
    Some(())
}

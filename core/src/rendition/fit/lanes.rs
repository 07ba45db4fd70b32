//! Sixteen numbers that are worked on at once.

#![allow(clippy::indexing_slicing, reason = "lanes, by constants")]

/// Sixteen samples, or sums of them.
pub(in crate::rendition) type Lanes = [i16; 16];

/// `a * b / 65536`, rounded down.
#[inline(always)]
pub(in crate::rendition) fn upper_half(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b)) >> 16) as i16
}

/// Adds half of `lanes * weight`, for a weight in units of 1 / 32768: samples are 128 or 256 times as large as
/// those of 8 bits, and half as much behind each filter, which is what the multiplication returns.
///
/// Products are rounded down. What that loses is half a unit on average; the first sum has it in advance.
#[inline(always)]
pub(super) fn add_weighted(sums: &mut Lanes, lanes: &Lanes, weight: i16) {
    for l in 0..16 {
        sums[l] = sums[l].wrapping_add(upper_half(lanes[l], weight));
    }
}

/// Half a unit for each of `taps` products.
#[expect(clippy::cast_possible_truncation, reason = "at most 32,767")]
pub(super) fn rounding(taps: usize) -> i16 {
    (taps / 2).min(0x7fff) as i16
}

/// Rows to columns.
#[inline(always)]
pub(in crate::rendition) fn transpose(rows: &[Lanes; 16]) -> [Lanes; 16] {
    interleave(&interleave(&interleave(&interleave(rows))))
}

/// Interleaves rows that lie 8 apart. Four times make columns of 16 rows.
#[inline(always)]
fn interleave(from: &[Lanes; 16]) -> [Lanes; 16] {
    let mut to = [[0; 16]; 16];
    for y in 0..8 {
        for l in 0..8 {
            to[2 * y][2 * l] = from[y][l];
            to[2 * y][2 * l + 1] = from[y + 8][l];
            to[2 * y + 1][2 * l] = from[y][l + 8];
            to[2 * y + 1][2 * l + 1] = from[y + 8][l + 8];
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let mut rows = [[0; 16]; 16];
        for (y, row) in (0..).zip(&mut rows) {
            for (x, value) in (0..).zip(row) {
                *value = y * 16 + x;
            }
        }
        for (x, column) in (0..).zip(transpose(&rows)) {
            for (y, value) in (0..).zip(column) {
                assert_eq!(value, y * 16 + x);
            }
        }
    }

    #[test]
    fn a_weight_of_a_half_is_a_half() {
        let mut sums = [rounding(2); 16];
        for lanes in [[8128 * 2; 16], [-8192 * 2; 16]] {
            add_weighted(&mut sums, &lanes, 0x4000);
        }
        assert_eq!(sums, [(8128 - 8192) / 2 + 1; 16]);
    }
}

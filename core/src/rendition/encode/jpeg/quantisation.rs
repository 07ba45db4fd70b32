//! Quantisation tables.

#![allow(clippy::indexing_slicing, reason = "positions in a block, which are below 64")]

use crate::rendition::jpeg_tables::ZIGZAG;

/// Luma, row by row: the table of N. Robidoux that `ImageMagick` and `mozjpeg` have. At equal scores of SSIMULACRA2,
/// photos take 4 % fewer bytes than with Table K.1.
pub(super) const LUMA: [u16; 64] = [
    16, 16, 16, 18, 25, 37, 56, 85, //
    16, 17, 20, 27, 34, 40, 53, 75, //
    16, 20, 24, 31, 43, 62, 91, 135, //
    18, 27, 31, 40, 53, 74, 106, 156, //
    25, 34, 43, 53, 69, 94, 131, 189, //
    37, 40, 62, 74, 94, 126, 169, 238, //
    56, 53, 91, 106, 131, 169, 226, 311, //
    85, 75, 135, 156, 189, 238, 311, 418,
];

/// Chroma, row by row: Table K.2.
pub(super) const CHROMA: [u16; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, //
    18, 21, 26, 66, 99, 99, 99, 99, //
    24, 26, 56, 99, 99, 99, 99, 99, //
    47, 66, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99, //
    99, 99, 99, 99, 99, 99, 99, 99,
];

/// The tables of luma and of chroma by `quality`, for chroma with one sample for `factor` x `factor` of luma. At equal
/// scores of SSIMULACRA2, files are smallest with divisors of chroma that are half as large if there is one sample
/// for four, and half as large again if there is one for each.
pub(super) fn tables(quality: u8, factor: usize) -> [[u8; 64]; 2] {
    let luma = percent(quality);
    let chroma = if factor == 1 { luma * 3 / 2 } else { luma / 2 };
    [table(&LUMA, luma), table(&CHROMA, chroma)]
}

/// How large divisors are by `quality`, 1 ..= 100, as in libjpeg.
pub(super) fn percent(quality: u8) -> u32 {
    let quality = u32::from(quality.clamp(1, 100));
    if quality < 50 { 5000 / quality } else { 200 - 2 * quality }
}

/// `percent` of `base`, in zigzag order.
pub(super) fn table(base: &[u16; 64], percent: u32) -> [u8; 64] {
    ZIGZAG.map(|position| {
        let divisor = (u32::from(base[usize::from(position)]) * percent + 50) / 100;
        divisor.clamp(1, 255).to_le_bytes()[0]
    })
}

/// How a coefficient, which is 16 times too large, is divided: times `factor`, over 2^16, plus `rounding`, over
/// 2^`shift`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Of the coefficient in a block, row by row.
    pub(super) position: u8,
    pub(super) factor: i16,
    pub(super) rounding: i16,
    pub(super) shift: u16,
    /// Of the coefficient in a word of sixteen in zigzag order.
    pub(super) bit: u16,
}

/// A quantisation table as multiplications, in zigzag order.
#[derive(Debug)]
pub(super) struct Divisors {
    pub(super) steps: [Step; 64],
}

impl Divisors {
    /// `table` is in zigzag order.
    pub(super) fn new(table: &[u8; 64]) -> Self {
        let zero = Step { position: 0, factor: 0, rounding: 0, shift: 0, bit: 0 };
        let mut steps = [zero; 64];
        for (k, ((step, position), divisor)) in steps.iter_mut().zip(ZIGZAG).zip(table).enumerate()
        {
            *step = Step { bit: 1 << (k % 16), ..Step::new(position, *divisor) };
        }
        Self { steps }
    }
}

impl Step {
    fn new(position: u8, divisor: u8) -> Self {
        let divisor = i32::from(divisor.max(1));
        let shift = divisor.ilog2() + 3;
        // 2^12 * 2^shift / divisor: 2^14 to 2^15
        let factor = ((1 << (12 + shift)) + divisor / 2) / divisor;
        let in_16_bits = |n: i32| i16::try_from(n).unwrap_or(i16::MAX);
        let half = 1 << (shift - 1);
        Self {
            position,
            factor: in_16_bits(factor),
            rounding: in_16_bits(half - ((bias(position) * factor) >> 16)),
            shift: u16::try_from(shift).unwrap_or(0),
            bit: 0,
        }
    }
}

/// What the cosine transform adds to each coefficient on average, because its products are rounded down.
const BIAS: [i16; 8] = [-1, -2, -1, 1, 0, -1, 0, 0];

/// What the transform of columns and then of rows adds to a coefficient on average.
fn bias(position: u8) -> i32 {
    let (v, u) = (usize::from(position / 8), usize::from(position % 8));
    let rows = i32::from(BIAS[u]);
    // What is the same in all columns is, to the row's transform, a constant: times the root of 8.
    if u == 0 { rows + i32::from(BIAS[v]) * 2828 / 1000 } else { rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_those_of_libjpeg() {
        let percents = [1, 10, 49, 50, 75, 85, 100].map(percent);
        assert_eq!(percents, [5000, 500, 102, 100, 50, 30, 0]);
    }

    #[test]
    fn divisors_are_1_to_255() {
        let last = |table: [u8; 64]| table[63];
        assert_eq!((table(&LUMA, 100)[0], last(table(&LUMA, 30))), (16, 125));
        assert_eq!((table(&LUMA, 500)[0], last(table(&LUMA, 500))), (80, 255));
        assert_eq!((table(&CHROMA, 30)[0], last(table(&CHROMA, 30))), (5, 30));
        assert_eq!((table(&CHROMA, 0), table(&CHROMA, 5000)), ([1; 64], [255; 64]));
    }

    #[test]
    fn chroma_is_finer_where_there_is_less_of_it() {
        assert_eq!(tables(85, 1), [table(&LUMA, 30), table(&CHROMA, 45)]);
        assert_eq!(tables(85, 2), [table(&LUMA, 30), table(&CHROMA, 15)]);
        assert_eq!((tables(100, 1), tables(100, 2)), ([[1; 64]; 2], [[1; 64]; 2]));
    }

    #[test]
    fn the_zigzag_meets_every_position_once() {
        let mut positions = ZIGZAG;
        positions.sort_unstable();
        assert!(positions.into_iter().eq(0..64));
    }

    /// Within a thousandth of a step of the true quotient, over the whole range.
    #[test]
    fn multiplying_is_dividing() {
        for divisor in 1..=255u8 {
            let step = Step::new(63, divisor);
            for value in (-16_384..=16_384).step_by(7) {
                let product = (value * i32::from(step.factor)) >> 16;
                let ours = (product + i32::from(step.rounding)) >> step.shift;
                let exact = f64::from(value) / 16.0 / f64::from(divisor);
                let error = (f64::from(ours) - exact).abs();
                assert!(error <= 0.53, "{value} / {divisor}: {ours} {exact}");
            }
        }
    }
}

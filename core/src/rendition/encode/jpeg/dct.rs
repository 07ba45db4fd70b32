//! The forward DCT and the quantisation of sixteen blocks at once, one in each lane.
//!
//! Arithmetic is in 16 bits. Samples are centred on 0 and multiplied by 16; a coefficient of the orthonormal
//! transform is then at most 16 * 128 * 8 = 2^14, and no sum on the way to it exceeds 2^15. A product keeps its
//! upper 16 bits, rounded down; the quantisation corrects for the half unit that this loses on average.

#![allow(clippy::indexing_slicing, clippy::needless_range_loop, reason = "lanes, by constants")]
#![allow(clippy::cast_possible_truncation, reason = "upper halves of 32 bits")]

use super::quantisation::{Divisors, Step};
use crate::rendition::kernel::kernel;

/// Blocks in a group.
pub(super) const LANES: usize = 16;

/// Samples in a row of a group.
const GROUP_WIDTH: usize = 8 * LANES;

/// A value of each block of a group.
type Lanes = [i16; LANES];

/// Sixteen blocks side by side, quantised.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// In zigzag order.
    pub(super) coefficients: [Lanes; 64],
    /// For each block one bit a coefficient, set where it is not 0, in words of sixteen coefficients.
    pub(super) non_zero: [[u16; LANES]; 4],
}

impl Group {
    /// All coefficients 0.
    pub(super) const ZERO: Self =
        Self { coefficients: [[0; LANES]; 64], non_zero: [[0; LANES]; 4] };
}

kernel! {
    /// Transforms and quantises eight rows of samples. The last sample of a row is repeated to the end of the
    /// last group.
    pub(super) fn transform(rows: &[&[u8]; 8], divisors: &Divisors, groups: &mut [Group]) =
        transform_groups
}

#[inline(always)]
fn transform_groups(rows: &[&[u8]; 8], divisors: &Divisors, groups: &mut [Group]) {
    for (index, group) in groups.iter_mut().enumerate() {
        let start = index * GROUP_WIDTH;
        let mut values = [[[0; LANES]; 8]; 8];
        for (row, values) in rows.iter().zip(&mut values) {
            match row.get(start..).and_then(|rest| rest.first_chunk()) {
                Some(samples) => load(samples, values),
                None => load(&padded(row, start), values),
            }
        }
        for x in 0..8 {
            transform_column(&mut values, x);
        }
        for row in &mut values {
            transform_row(row);
        }
        quantise(values.as_flattened(), divisors, group);
    }
}

/// The samples of `row` from `start`, with its last one repeated.
fn padded(row: &[u8], start: usize) -> [u8; GROUP_WIDTH] {
    let mut samples = [row.last().copied().unwrap_or(0); GROUP_WIDTH];
    for (to, from) in samples.iter_mut().zip(row.iter().skip(start)) {
        *to = *from;
    }
    samples
}

/// A row of sixteen blocks, from samples to `values[x][block]`.
#[inline(always)]
fn load(samples: &[u8; GROUP_WIDTH], values: &mut [Lanes; 8]) {
    // The index of a sample has 4 bits for the block and then 3 for x. Each shuffle rotates it by one bit; after
    // four of them the bits for x come first.
    let by_column = shuffle(&shuffle(&shuffle(&shuffle(samples))));
    for x in 0..8 {
        for l in 0..LANES {
            values[x][l] = (i16::from(by_column[x * LANES + l]) - 128) << 4;
        }
    }
}

/// Interleaves the first half with the second.
#[inline(always)]
fn shuffle(samples: &[u8; GROUP_WIDTH]) -> [u8; GROUP_WIDTH] {
    let mut shuffled = [0; GROUP_WIDTH];
    for i in 0..GROUP_WIDTH / 2 {
        shuffled[2 * i] = samples[i];
        shuffled[2 * i + 1] = samples[GROUP_WIDTH / 2 + i];
    }
    shuffled
}

// 2^15 * cos(n * pi / 16), of n = 4 divided by the root of 2, which makes the transform orthonormal.
const C1: i16 = 32_138;
const C2: i16 = 30_274;
const C3: i16 = 27_246;
const C4: i16 = 23_170;
const C5: i16 = 18_205;
const C6: i16 = 12_540;
const C7: i16 = 6_393;

/// The upper 16 bits of the product.
#[inline(always)]
fn times(value: i16, factor: i16) -> i16 {
    ((i32::from(value) * i32::from(factor)) >> 16) as i16
}

/// The DCT of T.81 section A.3.3 in one dimension.
#[inline(always)]
fn dct(x: [i16; 8]) -> [i16; 8] {
    let (s0, s1, s2, s3) = (x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]);
    let (d0, d1, d2, d3) = (x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4]);
    let (e0, e1, e2, e3) = (s0 + s3, s1 + s2, s0 - s3, s1 - s2);
    let (f0, f1) = (times(e0, C4), times(e1, C4));
    [
        f0 + f1,
        times(d0, C1) + times(d1, C3) + times(d2, C5) + times(d3, C7),
        times(e2, C2) + times(e3, C6),
        times(d0, C3) - times(d1, C7) - times(d2, C1) - times(d3, C5),
        f0 - f1,
        times(d0, C5) - times(d1, C1) + times(d2, C7) + times(d3, C3),
        times(e2, C6) - times(e3, C2),
        times(d0, C7) - times(d1, C5) + times(d2, C3) - times(d3, C1),
    ]
}

/// Column `x` of the blocks, from samples to coefficients.
#[inline(always)]
fn transform_column(v: &mut [[Lanes; 8]; 8], x: usize) {
    for l in 0..LANES {
        let column = dct([
            v[0][x][l], v[1][x][l], v[2][x][l], v[3][x][l], v[4][x][l], v[5][x][l], v[6][x][l],
            v[7][x][l],
        ]);
        v[0][x][l] = column[0];
        v[1][x][l] = column[1];
        v[2][x][l] = column[2];
        v[3][x][l] = column[3];
        v[4][x][l] = column[4];
        v[5][x][l] = column[5];
        v[6][x][l] = column[6];
        v[7][x][l] = column[7];
    }
}

/// A row of the blocks, from samples to coefficients.
#[inline(always)]
fn transform_row(v: &mut [Lanes; 8]) {
    for l in 0..LANES {
        let row = dct([v[0][l], v[1][l], v[2][l], v[3][l], v[4][l], v[5][l], v[6][l], v[7][l]]);
        v[0][l] = row[0];
        v[1][l] = row[1];
        v[2][l] = row[2];
        v[3][l] = row[3];
        v[4][l] = row[4];
        v[5][l] = row[5];
        v[6][l] = row[6];
        v[7][l] = row[7];
    }
}

/// From coefficients in rows to quotients in zigzag order.
#[inline(always)]
fn quantise(values: &[Lanes], divisors: &Divisors, group: &mut Group) {
    let words = group.non_zero.iter_mut().zip(group.coefficients.as_chunks_mut::<16>().0);
    for ((non_zero, coefficients), steps) in words.zip(divisors.steps.as_chunks::<16>().0) {
        let mut bits = [0; LANES];
        for (quotient, step) in coefficients.iter_mut().zip(steps) {
            // With this exit from the loop, the compiler vectorises over lanes and not over coefficients.
            let Some(value) = values.get(usize::from(step.position)) else { break };
            divide(value, step, quotient, &mut bits);
        }
        *non_zero = bits;
    }
}

#[inline(always)]
fn divide(value: &Lanes, step: &Step, quotient: &mut Lanes, bits: &mut [u16; LANES]) {
    for l in 0..LANES {
        let q = (times(value[l], step.factor) + step.rounding) >> (step.shift % 16);
        quotient[l] = q;
        bits[l] |= if q == 0 { 0 } else { step.bit };
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantisation::{CHROMA, LUMA, percent, table};
    use super::*;
    use crate::rendition::jpeg_tables::ZIGZAG;
    use crate::rendition::kernel::Cpu;

    /// T.81 section A.3.3, of samples centred on 0.
    fn exact(block: &[[f64; 8]; 8]) -> [[f64; 8]; 8] {
        let cosine = |n: usize, k: usize| {
            (std::f64::consts::PI * ((2 * n + 1) * k) as f64 / 16.0).cos()
                * if k == 0 { 0.5f64.sqrt() } else { 1.0 }
        };
        let mut out = [[0.0; 8]; 8];
        for (v, row) in out.iter_mut().enumerate() {
            for (u, value) in row.iter_mut().enumerate() {
                for (y, samples) in block.iter().enumerate() {
                    for (x, sample) in samples.iter().enumerate() {
                        *value += sample * cosine(x, u) * cosine(y, v) / 4.0;
                    }
                }
            }
        }
        out
    }

    /// Blocks that reach the greatest coefficients, and noise: of one group.
    fn samples(kind: usize) -> Vec<Vec<u8>> {
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24).to_le_bytes()[0]
        };
        let mut rows = vec![vec![0; GROUP_WIDTH]; 8];
        for (y, row) in rows.iter_mut().enumerate() {
            for (x, sample) in row.iter_mut().enumerate() {
                let (u, v) = (x / 8 % 8, x / 64 * 4 + kind % 4);
                let sign = |n: usize, k: usize| {
                    (std::f64::consts::PI * ((2 * n + 1) * k) as f64 / 16.0).cos() < 0.0
                };
                *sample = match kind {
                    0..4 => u8::from(sign(x % 8, u) != sign(y, v)) * 255,
                    4 => random(),
                    5 => u8::from(random() > 127) * 255,
                    6 => 0,
                    _ => 255,
                };
            }
        }
        rows
    }

    #[test]
    fn is_the_transform_of_the_standard() {
        for quality in [1, 30, 50, 85, 95, 100] {
            let table = table(&LUMA, percent(quality));
            for kind in 0..8 {
                let samples = samples(kind);
                let rows: [&[u8]; 8] = std::array::from_fn(|y| samples[y].as_slice());
                let mut groups = [Group::ZERO];
                transform(Cpu::detect(), &rows, &Divisors::new(&table), &mut groups);
                for block in 0..LANES {
                    let exact = exact(&std::array::from_fn(|y| {
                        std::array::from_fn(|x| f64::from(rows[y][block * 8 + x]) - 128.0)
                    }));
                    for (k, position) in ZIGZAG.into_iter().enumerate() {
                        let exact = exact.as_flattened()[usize::from(position)];
                        let ours = f64::from(groups[0].coefficients[k][block]);
                        let divisor = f64::from(table[k]);
                        // Half a step for the quotient's rounding, and the error of the arithmetic.
                        assert!(
                            (ours * divisor - exact).abs() <= 0.5 * divisor + 0.55,
                            "quality {quality}, kind {kind}, block {block}, {k}: {ours} * {divisor} {exact}"
                        );
                        let bit = groups[0].non_zero[k / 16][block] >> (k % 16) & 1;
                        assert_eq!(bit == 1, ours != 0.0);
                    }
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_returns_the_same() {
        let divisors = Divisors::new(&table(&CHROMA, 20));
        for width in [1, 7, 8, 100, 127, 128, 129, 300] {
            let samples: Vec<Vec<u8>> = samples(4).iter().map(|row| row.repeat(3)).collect();
            let rows: [&[u8]; 8] = std::array::from_fn(|y| &samples[y][..width]);
            let mut groups = [vec![Group::ZERO; 3], vec![Group::ZERO; 3]];
            for (cpu, groups) in [Cpu::detect(), Cpu::baseline()].into_iter().zip(&mut groups) {
                transform(cpu, &rows, &divisors, groups);
            }
            let [detected, baseline] = groups;
            for (a, b) in detected.iter().zip(&baseline) {
                assert_eq!((a.coefficients, a.non_zero), (b.coefficients, b.non_zero));
            }
        }
    }
}

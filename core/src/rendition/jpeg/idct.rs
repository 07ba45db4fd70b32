//! The inverse cosine transform of sixteen blocks at once, to as many samples as the picture's scale needs: 1 to
//! 6, or 8, across and down, each for itself.
//!
//! The lowest `n` frequencies of a block are the transform of the block at `n` / 8 of its size: a scaled
//! transform costs less than a full one, and needs no filter behind it. Numbers are 16 bits, samples centred on
//! 0 and multiplied by 64, and at the end by 256.

#![allow(clippy::indexing_slicing, reason = "lanes, by constants or masked")]

use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

use super::slots::LANES;
use crate::rendition::fit::{Lanes, upper_half};
use crate::rendition::jpeg_tables::ZIGZAG;
use crate::rendition::kernel::kernel;

/// How many samples the transform can make of 8.
pub(super) const SIZES: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];

/// What coefficients are multiplied by: the steps of quantisation, times 8. Of the kept ones only, in rows.
#[derive(Clone, Debug)]
pub(super) struct Steps([i16; 64]);

impl Steps {
    /// Of `quantisation` in natural order.
    pub(super) fn new(quantisation: &[u16; 64], (across, down): (usize, usize)) -> Self {
        let mut steps = [0; 64];
        for natural in ZIGZAG {
            let (row, column) = (usize::from(natural / 8), usize::from(natural % 8));
            if row < down && column < across {
                let step = u32::from(quantisation[usize::from(natural & 63)]) * 8;
                steps[row * across + column] = i16::try_from(step).unwrap_or(i16::MAX);
            }
        }
        Self(steps)
    }
}

kernel! {
    /// Takes the coefficients of sixteen blocks, rows of `size.0`, leaving zeros, and writes their samples to
    /// `out`: `size.1` rows, `stride` apart, of `size.0` times sixteen lanes.
    pub(super) fn transform(
        coefficients: &mut [Lanes], steps: &Steps, size: (usize, usize), out: &mut [i16], stride: usize,
    ) = transform_lanes
}

#[inline(always)]
fn transform_lanes(
    coefficients: &mut [Lanes],
    steps: &Steps,
    (across, down): (usize, usize),
    out: &mut [i16],
    stride: usize,
) {
    // Transformed down, in rows.
    let mut half = [[0i16; 16]; 64];
    let half = &mut half;
    match down {
        1 => columns_1(coefficients, steps, across, half),
        2 => columns_2(coefficients, steps, across, half),
        3 => columns_3(coefficients, steps, across, half),
        4 => columns_4(coefficients, steps, across, half),
        5 => columns_5(coefficients, steps, across, half),
        6 => columns_6(coefficients, steps, across, half),
        _ => columns_8(coefficients, steps, across, half),
    }
    match across {
        1 => rows_1(half, down, out, stride),
        2 => rows_2(half, down, out, stride),
        3 => rows_3(half, down, out, stride),
        4 => rows_4(half, down, out, stride),
        5 => rows_5(half, down, out, stride),
        6 => rows_6(half, down, out, stride),
        _ => rows_8(half, down, out, stride),
    }
}

/// Defines the two passes of `$n` values.
macro_rules! passes {
    ($columns:ident, $rows:ident, $n:literal, $idct:ident) => {
        #[inline(always)]
        fn $columns(
            coefficients: &mut [Lanes],
            steps: &Steps,
            across: usize,
            half: &mut [Lanes; 64],
        ) {
            for x in 0..across {
                let mut values = [[0i16; 16]; $n];
                let mut by = [0i16; $n];
                for y in 0..$n {
                    if let Some(lanes) = coefficients.get_mut(y * across + x) {
                        values[y] = *lanes;
                        *lanes = [0; 16];
                    }
                    by[y] = steps.0[(y * across + x) & 63];
                }
                for l in 0..LANES {
                    let mut lane = [0i16; $n];
                    for y in 0..$n {
                        lane[y] = values[y][l].wrapping_mul(by[y]);
                    }
                    let lane = $idct(lane);
                    for y in 0..$n {
                        values[y][l] = lane[y];
                    }
                }
                for y in 0..$n {
                    half[(y * across + x) & 63] = values[y];
                }
            }
        }

        #[inline(always)]
        fn $rows(half: &[Lanes; 64], down: usize, out: &mut [i16], stride: usize) {
            for y in 0..down {
                let Some(values) = half.get(y * $n..).and_then(<[Lanes]>::first_chunk::<$n>) else {
                    return;
                };
                let Some(out) = out.get_mut(y * stride..).and_then(|out| out.get_mut(..$n * LANES))
                else {
                    return;
                };
                let mut samples = [[0i16; 16]; $n];
                for l in 0..LANES {
                    let mut lane = [0i16; $n];
                    for x in 0..$n {
                        lane[x] = values[x][l];
                    }
                    let lane = $idct(lane);
                    for x in 0..$n {
                        samples[x][l] = lane[x].clamp(-128 << 6, 127 << 6) << 2;
                    }
                }
                for (to, lanes) in out.as_chunks_mut::<16>().0.iter_mut().zip(&samples) {
                    *to = *lanes;
                }
            }
        }
    };
}

passes!(columns_1, rows_1, 1, idct_1);
passes!(columns_2, rows_2, 2, idct_2);
passes!(columns_3, rows_3, 3, idct_3);
passes!(columns_4, rows_4, 4, idct_4);
passes!(columns_5, rows_5, 5, idct_5);
passes!(columns_6, rows_6, 6, idct_6);
passes!(columns_8, rows_8, 8, idct_8);

/// `$value` times a constant between 0 and 2, rounded down.
macro_rules! times {
    ($value:expr, $by:expr) => {{
        // The nearest whole number, and the rest in units of 1 / 65536.
        const WHOLE: i16 = if $by < 0.5 {
            0
        } else if $by < 1.5 {
            1
        } else {
            2
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most a half")]
        const REST: i16 = {
            let rest = ($by - WHOLE as f64) * 65536.0;
            (if rest < 0.0 { rest - 0.5 } else { rest + 0.5 }) as i16
        };
        let value: i16 = $value;
        add(value.wrapping_mul(WHOLE), upper_half(value, REST))
    }};
}

#[inline(always)]
fn add(a: i16, b: i16) -> i16 {
    a.saturating_add(b)
}

#[inline(always)]
fn sub(a: i16, b: i16) -> i16 {
    a.saturating_sub(b)
}

// The transforms of n values: the sum of the first, and of value k times sqrt 2 * cos((2 x + 1) * k * pi / 2 n).

#[inline(always)]
fn idct_1(values: [i16; 1]) -> [i16; 1] {
    values
}

#[inline(always)]
fn idct_2([v0, v1]: [i16; 2]) -> [i16; 2] {
    [add(v0, v1), sub(v0, v1)]
}

#[inline(always)]
fn idct_3([v0, v1, v2]: [i16; 3]) -> [i16; 3] {
    let even = add(v0, times!(v2, FRAC_1_SQRT_2));
    let odd = times!(v1, 1.224_744_871);
    [add(even, odd), sub(v0, times!(v2, SQRT_2)), sub(even, odd)]
}

#[inline(always)]
fn idct_4([v0, v1, v2, v3]: [i16; 4]) -> [i16; 4] {
    let (even0, even1) = (add(v0, v2), sub(v0, v2));
    let odd0 = add(times!(v1, 1.306_562_965), times!(v3, 0.541_196_100));
    let odd1 = sub(times!(v1, 0.541_196_100), times!(v3, 1.306_562_965));
    [add(even0, odd0), add(even1, odd1), sub(even1, odd1), sub(even0, odd0)]
}

#[inline(always)]
fn idct_5([v0, v1, v2, v3, v4]: [i16; 5]) -> [i16; 5] {
    let even0 = add(v0, add(times!(v2, 1.144_122_806), times!(v4, 0.437_016_024)));
    let even1 = sub(v0, add(times!(v2, 0.437_016_024), times!(v4, 1.144_122_806)));
    let even2 = sub(add(v0, times!(v4, SQRT_2)), times!(v2, SQRT_2));
    let odd0 = add(times!(v1, 1.344_997_024), times!(v3, 0.831_253_876));
    let odd1 = sub(times!(v1, 0.831_253_876), times!(v3, 1.344_997_024));
    [add(even0, odd0), add(even1, odd1), even2, sub(even1, odd1), sub(even0, odd0)]
}

#[inline(always)]
fn idct_6([v0, v1, v2, v3, v4, v5]: [i16; 6]) -> [i16; 6] {
    let sum = add(v0, times!(v4, FRAC_1_SQRT_2));
    let by = times!(v2, 1.224_744_871);
    let (even0, even2) = (add(sum, by), sub(sum, by));
    let even1 = sub(v0, times!(v4, SQRT_2));
    let odd0 = add(times!(v1, 1.366_025_404), add(v3, times!(v5, 0.366_025_404)));
    let odd1 = sub(sub(v1, v3), v5);
    let odd2 = sub(add(times!(v1, 0.366_025_404), times!(v5, 1.366_025_404)), v3);
    [
        add(even0, odd0),
        add(even1, odd1),
        add(even2, odd2),
        sub(even2, odd2),
        sub(even1, odd1),
        sub(even0, odd0),
    ]
}

#[inline(always)]
fn idct_8([v0, v1, v2, v3, v4, v5, v6, v7]: [i16; 8]) -> [i16; 8] {
    let (sum, difference) = (add(v0, v4), sub(v0, v4));
    let by0 = add(times!(v2, 1.306_562_965), times!(v6, 0.541_196_100));
    let by1 = sub(times!(v2, 0.541_196_100), times!(v6, 1.306_562_965));
    let (even0, even3) = (add(sum, by0), sub(sum, by0));
    let (even1, even2) = (add(difference, by1), sub(difference, by1));
    let odd0 = add(
        add(times!(v1, 1.387_039_845), times!(v3, 1.175_875_602)),
        add(times!(v5, 0.785_694_958), times!(v7, 0.275_899_379)),
    );
    let odd1 = sub(
        sub(times!(v1, 1.175_875_602), times!(v3, 0.275_899_379)),
        add(times!(v5, 1.387_039_845), times!(v7, 0.785_694_958)),
    );
    let odd2 = sub(
        add(times!(v1, 0.785_694_958), add(times!(v5, 0.275_899_379), times!(v7, 1.175_875_602))),
        times!(v3, 1.387_039_845),
    );
    let odd3 = sub(
        add(sub(times!(v1, 0.275_899_379), times!(v3, 0.785_694_958)), times!(v5, 1.175_875_602)),
        times!(v7, 1.387_039_845),
    );
    [
        add(even0, odd0),
        add(even1, odd1),
        add(even2, odd2),
        add(even3, odd3),
        sub(even3, odd3),
        sub(even2, odd2),
        sub(even1, odd1),
        sub(even0, odd0),
    ]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::rendition::kernel::Cpu;

    /// The sample `x` of `n` that the frequencies of a block of eight make.
    fn basis(n: usize, x: usize, k: usize) -> f64 {
        let angle = (2 * x + 1) as f64 * k as f64 * PI / (2 * n) as f64;
        if k == 0 { 1.0 } else { SQRT_2 * angle.cos() }
    }

    /// Numbers below `below`, the same ones each time.
    fn random(seed: &mut u32, below: i32) -> i32 {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i32::try_from(*seed >> 16).unwrap() % below
    }

    #[test]
    fn every_size_is_the_transform_of_the_lowest_frequencies() {
        let mut seed = 1;
        for across in SIZES {
            for down in SIZES {
                let mut quantisation = [0; 64];
                for step in &mut quantisation {
                    *step = u16::try_from(random(&mut seed, 20)).unwrap() + 1;
                }
                // Fewer and smaller, the higher their frequency, as in pictures.
                let mut coefficients = [[0i16; 16]; 64];
                for v in 0..down {
                    for u in 0..across {
                        for lane in &mut coefficients[v * across + u] {
                            let most = 900 / (1 + 2 * i32::try_from(u + v).unwrap());
                            let value = random(&mut seed, 2 * most) - most;
                            let step = i32::from(quantisation[v * 8 + u]);
                            *lane = i16::try_from(value / step).unwrap();
                        }
                    }
                }
                let steps = Steps::new(&quantisation, (across, down));
                let stride = across * 16;
                let (mut plain, mut best) = (vec![0; stride * down], vec![0; stride * down]);
                let mut copy = coefficients;
                transform(Cpu::baseline(), &mut copy, &steps, (across, down), &mut plain, stride);
                assert!(copy[..across * down].iter().flatten().all(|&value| value == 0));
                let mut copy = coefficients;
                transform(Cpu::detect(), &mut copy, &steps, (across, down), &mut best, stride);
                assert_eq!(plain, best);
                let mut sum = 0.0;
                for (index, got) in plain.iter().enumerate() {
                    let (y, x, lane) = (index / stride, index % stride / 16, index % 16);
                    let mut exact = 0.0;
                    for v in 0..down {
                        for u in 0..across {
                            let value = f64::from(coefficients[v * across + u][lane])
                                * f64::from(quantisation[v * 8 + u]);
                            exact += value / 8.0 * basis(across, x, u) * basis(down, y, v);
                        }
                    }
                    let off = f64::from(*got) / 256.0 - exact.clamp(-128.0, 127.0);
                    assert!(off.abs() < 0.5, "{across}x{down}: {off}");
                    sum += off;
                }
                // What is rounded down is added as often as it is subtracted.
                let mean = sum / plain.len() as f64;
                assert!(mean.abs() < 0.01, "{across}x{down}: {mean}");
            }
        }
    }

    #[test]
    fn impossible_coefficients_are_clamped() {
        let steps = Steps::new(&[65535; 64], (8, 8));
        for value in [i16::MIN, i16::MAX, -1, 1] {
            let mut out = vec![0; 64 * 16];
            let mut coefficients = [[value; 16]; 64];
            transform(Cpu::detect(), &mut coefficients, &steps, (8, 8), &mut out, 128);
            assert!(out.iter().all(|sample| (-32_768..=32_512).contains(sample)));
        }
    }
}

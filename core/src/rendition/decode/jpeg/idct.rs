//! The inverse cosine transform of a block, at full size or at a half, a quarter or an eighth of it.
//!
//! In floating point, which is exact to half a step of 255 (the test below) and has vector instructions on
//! every x86-64 and ARM; 32-bit integer products do not.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};
use std::ops::{Add, Mul, Sub};

/// Quantisation steps in natural order, multiplied by the scale of the transform.
#[derive(Clone)]
pub(super) struct Steps {
    by: [f32; 64],
    size: usize,
}

impl Steps {
    /// Of blocks that become `size` pixels a side: 1, 2, 4 or 8.
    pub(super) fn new(quantisation: &[u16; 64], size: usize) -> Self {
        let mut by = [0.0; 64];
        for (index, (step, &q)) in by.iter_mut().zip(quantisation).enumerate() {
            let (row, column) = (index / 8, index % 8);
            let scale = if size == 8 { aan(row) * aan(column) } else { norm(row) * norm(column) };
            *step = f32::from(q) * scale;
        }
        Self { by, size }
    }

    /// Writes the pixels of `block` to `plane` from `at` on, rows `stride` apart. `only_dc`: all other
    /// coefficients are zero.
    #[inline]
    pub(super) fn idct(
        &self,
        block: &[i16; 64],
        only_dc: bool,
        plane: &mut [u8],
        at: usize,
        stride: usize,
    ) {
        let rows = plane.get_mut(at..).unwrap_or_default().chunks_mut(stride);
        if only_dc || self.size == 1 {
            let ([dc, ..], [step, ..]) = (block, self.by);
            let pixel = clamp(f32::from(*dc) * step);
            for row in rows.take(self.size) {
                row.iter_mut().take(self.size).for_each(|p| *p = pixel);
            }
            return;
        }
        match self.size {
            8 => store(rows, &transform8(block, &self.by)),
            4 => store(rows, &transform_small::<4>(block, &self.by, &BASIS4)),
            _ => store(rows, &transform_small::<2>(block, &self.by, &BASIS2)),
        }
    }
}

/// Scale of the AAN transform: cos(k pi / 16) sqrt 2, and 1/8 over both passes.
fn aan(k: usize) -> f32 {
    let scale = if k == 0 { 1.0 } else { (k as f32 * std::f32::consts::PI / 16.0).cos() * SQRT_2 };
    scale / 8f32.sqrt()
}

/// The scale of the definition (T.81, A.3.3): 1/2 in each direction, and 1/sqrt 2 for the constant.
fn norm(k: usize) -> f32 {
    if k == 0 { 0.5 * FRAC_1_SQRT_2 } else { 0.5 }
}

fn clamp(value: f32) -> u8 {
    // Adding 1.5 * 2^23 leaves the rounded integer in the low bits, without a slow conversion.
    let bits = (value + 128.0).clamp(0.0, 255.0) + 12_582_912.0;
    bits.to_bits().to_le_bytes()[0]
}

fn store<'a, const N: usize>(rows: impl Iterator<Item = &'a mut [u8]>, pixels: &[[f32; N]; N]) {
    for (row, values) in rows.zip(pixels) {
        for (pixel, &value) in row.iter_mut().zip(values) {
            *pixel = clamp(value);
        }
    }
}

/// Eight lanes, which the compiler turns into vectors.
#[derive(Clone, Copy)]
struct Lanes([f32; 8]);

impl Lanes {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let mut lanes = self.0;
        for (a, b) in lanes.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        Self(lanes)
    }
}

impl Add for Lanes {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;
    #[inline(always)]
    fn mul(self, by: f32) -> Self {
        Self(self.0.map(|a| a * by))
    }
}

/// Arai, Agui and Nakajima's transform on eight columns at once.
#[inline(always)]
fn pass(v: [Lanes; 8]) -> [Lanes; 8] {
    let [v0, v1, v2, v3, v4, v5, v6, v7] = v;
    // Even part.
    let (t10, t11) = (v0 + v4, v0 - v4);
    let t13 = v2 + v6;
    let t12 = (v2 - v6) * SQRT_2 - t13;
    let (e0, e3) = (t10 + t13, t10 - t13);
    let (e1, e2) = (t11 + t12, t11 - t12);
    // Odd part.
    let (z13, z10) = (v5 + v3, v5 - v3);
    let (z11, z12) = (v1 + v7, v1 - v7);
    let o7 = z11 + z13;
    let t11 = (z11 - z13) * SQRT_2;
    let z5 = (z10 + z12) * 1.847_759_1;
    let t10 = z5 - z12 * 1.082_392_2;
    let t12 = z5 - z10 * 2.613_126;
    let o6 = t12 - o7;
    let o5 = t11 - o6;
    let o4 = t10 - o5;
    [e0 + o7, e1 + o6, e2 + o5, e3 + o4, e3 - o4, e2 - o5, e1 - o6, e0 - o7]
}

#[inline(always)]
fn transpose(v: [Lanes; 8]) -> [Lanes; 8] {
    let mut out = [Lanes([0.0; 8]); 8];
    for (column, lanes) in v.iter().enumerate() {
        for (row, &value) in out.iter_mut().zip(&lanes.0) {
            if let Some(slot) = row.0.get_mut(column) {
                *slot = value;
            }
        }
    }
    out
}

#[inline(always)]
fn transform8(block: &[i16; 64], by: &[f32; 64]) -> [[f32; 8]; 8] {
    let mut v = [Lanes([0.0; 8]); 8];
    for (lanes, (coefficients, steps)) in
        v.iter_mut().zip(block.as_chunks::<8>().0.iter().zip(by.as_chunks::<8>().0))
    {
        for (lane, (&c, &s)) in lanes.0.iter_mut().zip(coefficients.iter().zip(steps)) {
            *lane = f32::from(c) * s;
        }
    }
    transpose(pass(transpose(pass(v)))).map(|lanes| lanes.0)
}

/// cos((2x + 1) k pi / 8), row x.
const BASIS4: [[f32; 4]; 4] = [
    [1.0, 0.923_879_5, FRAC_1_SQRT_2, 0.382_683_43],
    [1.0, 0.382_683_43, -FRAC_1_SQRT_2, -0.923_879_5],
    [1.0, -0.382_683_43, -FRAC_1_SQRT_2, 0.923_879_5],
    [1.0, -0.923_879_5, FRAC_1_SQRT_2, -0.382_683_43],
];

/// cos((2x + 1) k pi / 4), row x.
const BASIS2: [[f32; 2]; 2] = [[1.0, FRAC_1_SQRT_2], [1.0, -FRAC_1_SQRT_2]];

/// A block of `N` pixels a side from the `N` lowest frequencies in each direction: it has none that it cannot
/// show.
#[inline(always)]
fn transform_small<const N: usize>(
    block: &[i16; 64],
    by: &[f32; 64],
    basis: &[[f32; N]; N],
) -> [[f32; N]; N] {
    let mut half = [[0.0; N]; N];
    for ((coefficients, steps), k) in
        block.as_chunks::<8>().0.iter().zip(by.as_chunks::<8>().0).zip(0..N)
    {
        for (out, weights) in half.iter_mut().zip(basis) {
            let weight = weights.get(k).copied().unwrap_or_default();
            for (slot, (&c, &s)) in out.iter_mut().zip(coefficients.iter().zip(steps)) {
                *slot += f32::from(c) * s * weight;
            }
        }
    }
    let mut pixels = [[0.0; N]; N];
    for (row, sums) in pixels.iter_mut().zip(&half) {
        for (pixel, weights) in row.iter_mut().zip(basis) {
            *pixel = sums.iter().zip(weights).map(|(s, w)| s * w).sum();
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, in double precision.
    fn exact(block: &[i16; 64], size: usize) -> Vec<f64> {
        let c = |k: usize| if k == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let cos = |x: usize, k: usize| {
            ((2 * x + 1) as f64 * k as f64 * std::f64::consts::PI / (2 * size) as f64).cos()
        };
        let mut out = Vec::new();
        for y in 0..size {
            for x in 0..size {
                let mut sum = 0.0;
                for v in 0..size {
                    for u in 0..size {
                        sum += c(u) * c(v) * f64::from(block[v * 8 + u]) * cos(x, u) * cos(y, v);
                    }
                }
                out.push((sum / 4.0 + 128.0).clamp(0.0, 255.0));
            }
        }
        out
    }

    #[test]
    fn every_size_is_the_definition() {
        let mut state = 1u32;
        for size in [1, 2, 4, 8] {
            let steps = Steps::new(&[1; 64], size);
            for round in 0..200 {
                let mut block = [0i16; 64];
                for (span, c) in (1i16..).zip(&mut block) {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let span = if span == 1 { 1000 } else { 200 / span + 3 };
                    let [.., noise, _] = state.to_be_bytes();
                    *c = i16::from(noise.cast_signed()) / 4 * span / 32;
                }
                let only_dc = round % 10 == 0;
                if only_dc {
                    block[1..].fill(0);
                }
                let mut plane = vec![0; 12 * 12];
                steps.idct(&block, only_dc, &mut plane, 14, 12);
                for (i, want) in exact(&block, size).into_iter().enumerate() {
                    let got = f64::from(plane[14 + i / size * 12 + i % size]);
                    assert!((got - want).abs() <= 0.51, "size {size}: {got} for {want}");
                }
            }
        }
    }
}

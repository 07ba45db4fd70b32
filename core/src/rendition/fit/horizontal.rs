//! Sixteen rows, as lanes side by side, are fitted across and become samples of 8 bits.

#![allow(clippy::indexing_slicing, reason = "lanes, by constants")]

use super::filter::Filter;
use super::lanes::{Lanes, add_weighted, rounding, transpose};
use crate::rendition::kernel::kernel;
use crate::rendition::picture::Plane;

kernel! {
    /// Sixteen rows of `stride` samples to columns. Where they come from blocks, `block` samples wide, sixteen
    /// blocks are interleaved: sample `x` of block `b` lies at `x * 16 + b`. Else `block` is 1.
    pub(super) fn to_columns(rows: &[i16], stride: usize, block: usize, columns: &mut [Lanes]) = columns_of
}

/// Fits columns of interleaved channels into `rows` rows of `planes`, from the row `top` on.
pub(super) type FitAcross = fn(
    cpu: crate::rendition::kernel::Cpu,
    columns: &[Lanes],
    filter: &Filter,
    planes: &mut [Plane],
    top: usize,
    rows: usize,
);

kernel! {
    /// One channel.
    pub(super) fn fit_1(
        columns: &[Lanes], filter: &Filter, planes: &mut [Plane], top: usize, rows: usize,
    ) = fit::<1, false>
}
kernel! {
    /// A colour that is multiplied by the alpha beside it.
    pub(super) fn fit_2_alpha(
        columns: &[Lanes], filter: &Filter, planes: &mut [Plane], top: usize, rows: usize,
    ) = fit::<2, true>
}
kernel! {
    /// Three channels.
    pub(super) fn fit_3(
        columns: &[Lanes], filter: &Filter, planes: &mut [Plane], top: usize, rows: usize,
    ) = fit::<3, false>
}
kernel! {
    /// Four channels.
    pub(super) fn fit_4(
        columns: &[Lanes], filter: &Filter, planes: &mut [Plane], top: usize, rows: usize,
    ) = fit::<4, false>
}
kernel! {
    /// Three colours that are multiplied by the alpha beside them.
    pub(super) fn fit_4_alpha(
        columns: &[Lanes], filter: &Filter, planes: &mut [Plane], top: usize, rows: usize,
    ) = fit::<4, true>
}
kernel! {
    /// Four inks that are multiplied by the alpha beside them.
    pub(super) fn fit_5_alpha(
        columns: &[Lanes], filter: &Filter, planes: &mut [Plane], top: usize, rows: usize,
    ) = fit::<5, true>
}

#[inline(always)]
fn columns_of(rows: &[i16], stride: usize, block: usize, columns: &mut [Lanes]) {
    for group in 0..stride / (16 * block) {
        for x in 0..block {
            let at = (group * block + x) * 16;
            let mut tile = [[0; 16]; 16];
            for (y, lanes) in tile.iter_mut().enumerate() {
                if let Some(samples) = rows.get(y * stride + at..).and_then(<[i16]>::first_chunk) {
                    *lanes = *samples;
                }
            }
            let tile = transpose(&tile);
            for (b, lanes) in tile.iter().enumerate() {
                if let Some(column) = columns.get_mut((group * 16 + b) * block + x) {
                    *column = *lanes;
                }
            }
        }
    }
}

/// `C` channels, the last of which is alpha if `ALPHA`.
#[inline(always)]
fn fit<const C: usize, const ALPHA: bool>(
    columns: &[Lanes],
    filter: &Filter,
    planes: &mut [Plane],
    top: usize,
    rows: usize,
) {
    let taps = filter.taps;
    let rounding = rounding(taps);
    let (starts, weights) = (filter.starts.chunks(16), filter.weights.chunks(16 * taps));
    for (tile, (starts, weights)) in starts.zip(weights).enumerate() {
        let mut tiles = [[[0; 16]; 16]; C];
        for (i, (start, weights)) in starts.iter().zip(weights.chunks_exact(taps)).enumerate() {
            if ALPHA {
                let values = divided_by_alpha(exact_sums::<C>(columns, start * C, weights));
                for c in 0..C {
                    tiles[c][i] = values[c];
                }
                continue;
            }
            let mut sums = [[rounding; 16]; C];
            let mut at = start * C;
            for weight in weights {
                // A second way out of the loop keeps the compiler from turning the loops inside out.
                let Some(column) = columns.get(at..).and_then(<[Lanes]>::first_chunk::<C>) else {
                    break;
                };
                for c in 0..C {
                    add_weighted(&mut sums[c], &column[c], *weight);
                }
                at += C;
            }
            for c in 0..C {
                for l in 0..16 {
                    tiles[c][i][l] = (sums[c][l] + (128 << 6) + 32) >> 6;
                }
            }
        }
        for (tile_of_plane, plane) in tiles.iter().zip(planes.iter_mut()) {
            put(tile_of_plane, plane, tile * 16, top, rows);
        }
    }
}

/// The sums of `C` channels, in units of 1 / 32768 of their samples.
#[inline(always)]
fn exact_sums<const C: usize>(columns: &[Lanes], mut at: usize, weights: &[i16]) -> [[i32; 16]; C] {
    let mut sums = [[0; 16]; C];
    for weight in weights {
        let Some(column) = columns.get(at..).and_then(<[Lanes]>::first_chunk::<C>) else {
            break;
        };
        for c in 0..C {
            for l in 0..16 {
                sums[c][l] += i32::from(column[c][l]) * i32::from(*weight);
            }
        }
        at += C;
    }
    sums
}

/// Divides colours by their alpha, the last channel. Values are of 8 bits.
///
/// Sums are exact here: what rounding loses is little beside a colour, but much beside one that is hardly seen, and
/// noise in colours that are one in the picture makes a PNG larger.
#[inline(always)]
#[expect(clippy::cast_precision_loss, reason = "24 bits are enough")]
fn divided_by_alpha<const C: usize>(sums: [[i32; 16]; C]) -> [Lanes; C] {
    /// A step of 8 bits, and 128 of them: that is what samples are centred on.
    const STEP: f32 = (1 << 22) as f32;
    const CENTRE: f32 = 128.0 * STEP;
    let mut values = [[0; 16]; C];
    let mut factor = [0.0; 16];
    for l in 0..16 {
        // Overshoot is cut off. Under half a step there is no colour.
        let alpha = ((sums[C - 1][l] as f32 + CENTRE) * (1.0 / STEP)).clamp(0.0, 255.0);
        factor[l] = if alpha < 0.5 { 0.0 } else { 255.0 / STEP / alpha };
        values[C - 1][l] = rounded(alpha);
    }
    for c in 0..C - 1 {
        for l in 0..16 {
            let colour = (sums[c][l] as f32 + CENTRE) * factor[l];
            values[c][l] = rounded(colour.clamp(0.0, 255.0));
        }
    }
    values
}

/// A number from 0 to 255, rounded. Added to 2 to the power of 23, it is the lowest bits of the sum; the compiler makes
/// no vectors of a conversion.
#[inline(always)]
fn rounded(value: f32) -> i16 {
    ((value + 8_388_608.0).to_bits() & 0xff) as i16
}

/// Sixteen columns into `rows` rows of a plane.
#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn put(tile: &[Lanes; 16], plane: &mut Plane, left: usize, top: usize, rows: usize) {
    let tile = transpose(tile);
    let count = 16.min(plane.width - left);
    for (y, lanes) in tile.iter().enumerate().take(rows) {
        let mut bytes = [0; 16];
        for l in 0..16 {
            bytes[l] = lanes[l].clamp(0, 255) as u8;
        }
        let at = (top + y) * plane.width + left;
        let Some(to) = plane.samples.get_mut(at..at + count) else { break };
        match to.first_chunk_mut::<16>() {
            Some(to) => *to = bytes,
            None => to.copy_from_slice(&bytes[..count]),
        }
    }
}

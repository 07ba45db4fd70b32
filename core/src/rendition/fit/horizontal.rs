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
            if ALPHA {
                divide_by_alpha(&mut sums);
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

/// Divides colours by their alpha, the last channel.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn divide_by_alpha<const C: usize>(sums: &mut [Lanes; C]) {
    let mut factor = [0.0; 16];
    for l in 0..16 {
        // Overshoot is cut off. Under half a step of 255 there is no colour.
        let alpha = (f32::from(sums[C - 1][l]) + 8192.0).min(16320.0);
        factor[l] = if alpha < 32.0 { 0.0 } else { 16320.0 / alpha };
    }
    for colours in sums.iter_mut().take(C - 1) {
        for l in 0..16 {
            let colour = (f32::from(colours[l]) + 8192.0) * factor[l];
            colours[l] = (colour.clamp(0.0, 16320.0) - 8192.0) as i16;
        }
    }
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

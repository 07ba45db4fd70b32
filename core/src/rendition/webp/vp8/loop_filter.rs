//! The loop filter, which smooths the edges between blocks (RFC 6386 section 15).

#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "lanes and blocks, by constants or masked"
)]

use super::header::{FilterHeader, Segment};
use super::strip::{KEPT, Plane, Strip};
use crate::rendition::kernel::kernel;

/// How the edges of a macroblock are filtered.
#[derive(Clone, Copy, Default)]
pub(super) struct EdgeFilter {
    /// 0 where nothing is filtered.
    level: u8,
    /// The largest step between neighbours beside an edge that is filtered.
    interior: u8,
    /// The step above which an edge is one of the picture's own.
    high_variance: u8,
    /// Whether the edges of its subblocks are filtered too.
    has_inner: bool,
}

impl EdgeFilter {
    /// For a macroblock of `segment`.
    #[inline(always)]
    pub(super) fn new(
        header: &FilterHeader,
        segment: &Segment,
        by_subblocks: bool,
        has_coefficients: bool,
    ) -> Self {
        if header.level == 0 {
            return Self::default();
        }
        let [always, subblocks] = header.deltas;
        let delta = if by_subblocks { always + subblocks } else { always };
        let level = (segment.filter_level + delta).clamp(0, 63);
        let mut interior = level;
        if header.sharpness > 0 {
            interior >>= if header.sharpness > 4 { 2 } else { 1 };
            interior = interior.min(9 - header.sharpness);
        }
        Self {
            level: level.to_le_bytes()[0],
            interior: interior.max(1).to_le_bytes()[0],
            high_variance: u8::from(level >= 15) + u8::from(level >= 40),
            has_inner: by_subblocks || has_coefficients,
        }
    }

    /// The limits for edges that are filtered `more` than those of subblocks.
    #[inline(always)]
    fn limits(self, more: i16) -> Limits {
        let (level, interior) = (i16::from(self.level), i16::from(self.interior));
        let edge = 2 * level + interior + more;
        Limits { edge, interior, high_variance: self.high_variance.into() }
    }
}

struct Limits {
    edge: i16,
    interior: i16,
    high_variance: i16,
}

/// Which edges are filtered, and how.
mod kind {
    /// Edges of macroblocks.
    pub(super) const OUTER: u8 = 0;
    /// Edges of subblocks.
    pub(super) const INNER: u8 = 1;
    /// Either, of luma only, with few taps.
    pub(super) const SIMPLE: u8 = 2;
}
use kind::{INNER, OUTER, SIMPLE};

kernel!(
    /// Filters a row of macroblocks; `has_above` unless it is the first.
    pub(super) fn filter_row(
        strip: &mut Strip,
        filters: &[EdgeFilter],
        is_simple: bool,
        has_above: bool,
    ) -> Option<()> = filter_row_body
);

#[inline(always)]
fn filter_row_body(
    strip: &mut Strip,
    filters: &[EdgeFilter],
    is_simple: bool,
    has_above: bool,
) -> Option<()> {
    for (x, filter) in filters.iter().enumerate() {
        if filter.level == 0 {
            continue;
        }
        if is_simple {
            simple(strip, x, *filter, has_above)?;
        } else {
            normal(strip, x, *filter, has_above)?;
        }
    }
    Some(())
}

/// Filters the edges of macroblock `x`.
#[inline(always)]
fn normal(strip: &mut Strip, x: usize, filter: EdgeFilter, has_above: bool) -> Option<()> {
    let (outer, inner) = (filter.limits(4), filter.limits(0));
    let [luma, u, v] = &mut strip.planes;
    let (stride, chroma_stride) = (luma.stride, u.stride);
    let start = KEPT * stride + 16 * x;
    let chroma_start = KEPT * chroma_stride + 8 * x;
    if x > 0 {
        luma_columns::<OUTER>(luma, start, &outer)?;
        chroma_columns::<OUTER>(u, v, chroma_start, &outer)?;
    }
    if filter.has_inner {
        for at in [4, 8, 12] {
            luma_columns::<INNER>(luma, start + at, &inner)?;
        }
        chroma_columns::<INNER>(u, v, chroma_start + 4, &inner)?;
    }
    if has_above {
        luma_rows::<OUTER>(luma, start, &outer)?;
        chroma_rows::<OUTER>(u, v, chroma_start, &outer)?;
    }
    if filter.has_inner {
        for at in [4, 8, 12] {
            luma_rows::<INNER>(luma, start + at * stride, &inner)?;
        }
        chroma_rows::<INNER>(u, v, chroma_start + 4 * chroma_stride, &inner)?;
    }
    Some(())
}

/// Filters the edges of macroblock `x` by the simple filter, which leaves chroma as it is.
#[inline(always)]
fn simple(strip: &mut Strip, x: usize, filter: EdgeFilter, has_above: bool) -> Option<()> {
    let (outer, inner) = (filter.limits(4), filter.limits(0));
    let [luma, ..] = &mut strip.planes;
    let stride = luma.stride;
    let start = KEPT * stride + 16 * x;
    if x > 0 {
        luma_columns::<SIMPLE>(luma, start, &outer)?;
    }
    if filter.has_inner {
        for at in [4, 8, 12] {
            luma_columns::<SIMPLE>(luma, start + at, &inner)?;
        }
    }
    if has_above {
        luma_rows::<SIMPLE>(luma, start, &outer)?;
    }
    if filter.has_inner {
        for at in [4, 8, 12] {
            luma_rows::<SIMPLE>(luma, start + at * stride, &inner)?;
        }
    }
    Some(())
}

/// Filters an edge of sixteen pixels above the pixel at `at`.
#[inline(always)]
fn luma_rows<const KIND: u8>(luma: &mut Plane, at: usize, limits: &Limits) -> Option<()> {
    let top = at.checked_sub(4 * luma.stride)?;
    let mut taps = [[0; 16]; 8];
    for (y, tap) in taps.iter_mut().enumerate() {
        *tap = *luma.samples.get(top + y * luma.stride..)?.first_chunk()?;
    }
    if smooth::<KIND>(&mut taps, limits) {
        for (y, tap) in taps.iter().enumerate().skip(1).take(6) {
            *luma.samples.get_mut(top + y * luma.stride..)?.first_chunk_mut()? = *tap;
        }
    }
    Some(())
}

/// Filters an edge of eight pixels above the pixel at `at`, in both chroma planes.
#[inline(always)]
fn chroma_rows<const KIND: u8>(
    u: &mut Plane,
    v: &mut Plane,
    at: usize,
    limits: &Limits,
) -> Option<()> {
    let top = at.checked_sub(4 * u.stride)?;
    let mut taps = [[0; 16]; 8];
    for (y, tap) in taps.iter_mut().enumerate() {
        let at = top + y * u.stride;
        tap[..8].copy_from_slice(u.samples.get(at..at + 8)?);
        tap[8..].copy_from_slice(v.samples.get(at..at + 8)?);
    }
    if smooth::<KIND>(&mut taps, limits) {
        for (y, tap) in taps.iter().enumerate().skip(1).take(6) {
            let at = top + y * u.stride;
            u.samples.get_mut(at..at + 8)?.copy_from_slice(&tap[..8]);
            v.samples.get_mut(at..at + 8)?.copy_from_slice(&tap[8..]);
        }
    }
    Some(())
}

/// Filters an edge of sixteen pixels to the left of the pixel at `at`.
#[inline(always)]
fn luma_columns<const KIND: u8>(luma: &mut Plane, at: usize, limits: &Limits) -> Option<()> {
    let left = at.checked_sub(4)?;
    let stride = luma.stride;
    let rows = luma.samples.get_mut(left..left + 15 * stride + 8)?;
    let mut square = [[0; 2]; 8];
    for (y, [upper, lower]) in square.iter_mut().enumerate() {
        *upper = u64::from_le_bytes(*rows[y * stride..].first_chunk()?);
        *lower = u64::from_le_bytes(*rows[(y + 8) * stride..].first_chunk()?);
    }
    if smooth_columns::<KIND>(&mut square, limits) {
        for (y, [upper, lower]) in square.iter().enumerate() {
            *rows[y * stride..].first_chunk_mut()? = upper.to_le_bytes();
            *rows[(y + 8) * stride..].first_chunk_mut()? = lower.to_le_bytes();
        }
    }
    Some(())
}

/// Filters an edge of eight pixels to the left of the pixel at `at`, in both chroma planes.
#[inline(always)]
fn chroma_columns<const KIND: u8>(
    u: &mut Plane,
    v: &mut Plane,
    at: usize,
    limits: &Limits,
) -> Option<()> {
    let left = at.checked_sub(4)?;
    let stride = u.stride;
    let u = u.samples.get_mut(left..left + 7 * stride + 8)?;
    let v = v.samples.get_mut(left..left + 7 * stride + 8)?;
    let mut square = [[0; 2]; 8];
    for (y, [of_u, of_v]) in square.iter_mut().enumerate() {
        *of_u = u64::from_le_bytes(*u[y * stride..].first_chunk()?);
        *of_v = u64::from_le_bytes(*v[y * stride..].first_chunk()?);
    }
    if smooth_columns::<KIND>(&mut square, limits) {
        for (y, [of_u, of_v]) in square.iter().enumerate() {
            *u[y * stride..].first_chunk_mut()? = of_u.to_le_bytes();
            *v[y * stride..].first_chunk_mut()? = of_v.to_le_bytes();
        }
    }
    Some(())
}

/// Eight pixels across an edge, at sixteen positions along it.
type Taps = [[u8; 16]; 8];

/// Filters rows of eight pixels, of which two lie beside each other.
#[inline(always)]
fn smooth_columns<const KIND: u8>(rows: &mut [[u64; 2]; 8], limits: &Limits) -> bool {
    transpose(rows);
    let mut taps = [[0; 16]; 8];
    for (tap, [low, high]) in taps.iter_mut().zip(&*rows) {
        tap[..8].copy_from_slice(&low.to_le_bytes());
        tap[8..].copy_from_slice(&high.to_le_bytes());
    }
    if !smooth::<KIND>(&mut taps, limits) {
        return false;
    }
    for (tap, [low, high]) in taps.iter().zip(&mut *rows) {
        let (halves, _) = tap.as_chunks();
        (*low, *high) = (u64::from_le_bytes(halves[0]), u64::from_le_bytes(halves[1]));
    }
    transpose(rows);
    true
}

/// Exchanges the rows and columns of two squares of eight by eight bytes: of blocks of four, of two, of one.
#[inline(always)]
fn transpose(rows: &mut [[u64; 2]; 8]) {
    for (step, mask) in [(4, 0xffff_ffff), (2, 0x0000_ffff_0000_ffff), (1, 0x00ff_00ff_00ff_00ff)] {
        for upper in 0..8 {
            if upper & step != 0 {
                continue;
            }
            let lower = upper + step;
            for l in 0..2 {
                let change = ((rows[upper][l] >> (8 * step)) ^ rows[lower][l]) & mask;
                rows[lower][l] ^= change;
                rows[upper][l] ^= change << (8 * step);
            }
        }
    }
}

/// Filters the pixels across an edge; returns whether any may have changed.
#[inline(always)]
fn smooth<const KIND: u8>(taps: &mut Taps, limits: &Limits) -> bool {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = wide(taps);
    // All ones where the pixels are filtered.
    let mut on = [0; 16];
    let mut any = 0;
    for l in 0..16 {
        let step = 2 * (p0[l] - q0[l]).abs() + ((p1[l] - q1[l]).abs() >> 1);
        let mut is_on = step <= limits.edge;
        if KIND != SIMPLE {
            let left = (p3[l] - p2[l]).abs().max((p2[l] - p1[l]).abs()).max((p1[l] - p0[l]).abs());
            let right = (q3[l] - q2[l]).abs().max((q2[l] - q1[l]).abs()).max((q1[l] - q0[l]).abs());
            is_on &= left.max(right) <= limits.interior;
        }
        on[l] = -i16::from(is_on);
        any |= on[l];
    }
    if any == 0 {
        return false;
    }
    let [_, p2_out, p1_out, p0_out, q0_out, q1_out, q2_out, _] = taps;
    for l in 0..16 {
        let variance = (p1[l] - p0[l]).abs().max((q1[l] - q0[l]).abs());
        let is_high = -i16::from(variance > limits.high_variance);
        let outer = clamp(p1[l] - q1[l]);
        let centre = 3 * (q0[l] - p0[l]);
        if KIND == OUTER {
            let all = clamp(outer + centre) & on[l];
            let (narrow, wide) = (all & is_high, all & !is_high);
            let (at_q, at_p) = (clamp(narrow + 4) >> 3, clamp(narrow + 3) >> 3);
            let near = (27 * wide + 63) >> 7;
            let middle = (18 * wide + 63) >> 7;
            let far = (9 * wide + 63) >> 7;
            p2_out[l] = pixel(p2[l] + far);
            p1_out[l] = pixel(p1[l] + middle);
            p0_out[l] = pixel(p0[l] + near + at_p);
            q0_out[l] = pixel(q0[l] - near - at_q);
            q1_out[l] = pixel(q1[l] - middle);
            q2_out[l] = pixel(q2[l] - far);
        } else {
            let outer = if KIND == INNER { outer & is_high } else { outer };
            let all = clamp(outer + centre) & on[l];
            let (at_q, at_p) = (clamp(all + 4) >> 3, clamp(all + 3) >> 3);
            p0_out[l] = pixel(p0[l] + at_p);
            q0_out[l] = pixel(q0[l] - at_q);
            if KIND == INNER {
                let beside = ((at_q + 1) >> 1) & !is_high;
                p1_out[l] = pixel(p1[l] + beside);
                q1_out[l] = pixel(q1[l] - beside);
            }
        }
    }
    true
}

#[inline(always)]
fn wide(taps: &Taps) -> [[i16; 16]; 8] {
    let mut wide = [[0; 16]; 8];
    for (wide, tap) in wide.iter_mut().zip(taps) {
        for l in 0..16 {
            wide[l] = i16::from(tap[l]);
        }
    }
    wide
}

/// To the range of a signed byte.
#[inline(always)]
fn clamp(value: i16) -> i16 {
    value.clamp(-128, 127)
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn pixel(value: i16) -> u8 {
    value.clamp(0, 255) as u8
}

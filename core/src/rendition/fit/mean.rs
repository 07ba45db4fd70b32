//! Rows of 8 bits become rows of 16: as they are, or by the mean of some pixels across and down.

#![allow(clippy::indexing_slicing, reason = "lanes, by constants")]

use crate::rendition::kernel::{Cpu, kernel};
use crate::rendition::picture::Layout;

/// Adds up the rows of 8 bits that become one of 16.
pub(super) struct Mean {
    layout: Layout,
    /// Pixels across and down whose mean is taken.
    across: usize,
    down: usize,
    /// Samples of a row of 8 bits.
    width: usize,
    /// For each sample of a row the sum of the last rows, with the last pixel repeated to whole means.
    sums: Vec<u16>,
    rows: usize,
    /// The sums of neighbours.
    wide: Vec<u16>,
    /// Three channels, of which 2 x 2 pixels are taken together, as in most large photos.
    is_rgb_by_2: bool,
}

/// What a sum of 16 bits holds for a value of 255.
const OPAQUE: u32 = 255;
/// The same where colours are multiplied by alpha: 255 * 255 / 16, rounded.
const WEIGHTED: u32 = 4064;

impl Mean {
    /// How many of `across` and `down` pixels can be taken together: as many as sums of 16 bits hold.
    pub(super) fn most(layout: Layout, across: usize, down: usize) -> (usize, usize) {
        let most = if layout.has_alpha() { 4 } else { 16 };
        (across.clamp(1, most), down.clamp(1, most))
    }

    /// For rows of `width` pixels, of which `across` and `down` are taken together.
    pub(super) fn new(layout: Layout, width: usize, (across, down): (usize, usize)) -> Self {
        let channels = layout.channels();
        let padded = width.next_multiple_of(across) * channels;
        let is_rgb_by_2 = channels == 3 && (across, down) == (2, 2);
        let wide = if across == 1 || is_rgb_by_2 { 0 } else { padded };
        Self {
            layout,
            across,
            down,
            width: width * channels,
            sums: vec![0; padded],
            rows: 0,
            wide: vec![0; wide],
            is_rgb_by_2,
        }
    }

    /// Bytes of memory for rows of `width` pixels.
    pub(super) fn memory(layout: Layout, width: usize) -> u64 {
        4 * (width as u64 + 16) * layout.channels() as u64
    }

    /// Whether no means are taken.
    fn is_plain(&self) -> bool {
        self.across == 1 && self.down == 1
    }

    /// Adds a row. True if `out`, a row of the ring, is complete by it.
    pub(super) fn push(&mut self, cpu: Cpu, row: &[u8], is_last: bool, out: &mut [i16]) -> bool {
        if self.is_plain() {
            match self.layout {
                Layout::GreyAlpha => widen_weighted_2(cpu, row, out),
                Layout::Rgba => widen_weighted_4(cpu, row, out),
                Layout::CmykAlpha => widen_weighted_5(cpu, row, out),
                Layout::Grey | Layout::Rgb | Layout::YCbCr | Layout::Cmyk => widen(cpu, row, out),
            }
            return true;
        }
        if self.is_rgb_by_2 {
            return self.push_rgb_by_2(cpu, row, is_last, out);
        }
        let sums = self.sums.get_mut(..self.width).unwrap_or_default();
        match self.layout {
            Layout::GreyAlpha => add_weighted_2(cpu, row, sums),
            Layout::Rgba => add_weighted_4(cpu, row, sums),
            Layout::CmykAlpha => add_weighted_5(cpu, row, sums),
            Layout::Grey | Layout::Rgb | Layout::YCbCr | Layout::Cmyk => add(cpu, row, sums),
        }
        self.rows += 1;
        if self.rows < self.down && !is_last {
            return false;
        }
        self.complete(cpu, out);
        true
    }

    /// Adds a row of three channels, of which 2 x 2 pixels are taken together.
    fn push_rgb_by_2(&mut self, cpu: Cpu, row: &[u8], is_last: bool, out: &mut [i16]) -> bool {
        let row = row.get(..self.width).unwrap_or(row);
        if self.rows == 0 {
            add_pairs(cpu, row, &mut self.sums);
            self.rows = 1;
            // Without a second row, the first counts twice.
            if !is_last {
                return false;
            }
        }
        add_pairs_and_scale(cpu, row, &self.sums, out);
        self.rows = 0;
        true
    }

    fn complete(&mut self, cpu: Cpu, out: &mut [i16]) {
        let channels = self.layout.channels();
        let full = if self.layout.has_alpha() { WEIGHTED } else { OPAQUE };
        let pixels = u32::try_from(self.across * self.rows).unwrap_or(u32::MAX);
        // 255 becomes 255 << 8.
        let factor = ((255 << 8) << 15) / (full * pixels);
        for at in self.width..self.sums.len() {
            self.sums.copy_within(at - channels..at - channels + 1, at);
        }
        let sums = if self.across == 1 {
            &self.sums
        } else {
            add_neighbours(cpu, &self.sums, channels, self.across, &mut self.wide);
            &self.wide
        };
        match channels {
            1 => scale_1(cpu, sums, self.across, factor, out),
            2 => scale_2(cpu, sums, self.across, factor, out),
            3 => scale_3(cpu, sums, self.across, factor, out),
            4 => scale_4(cpu, sums, self.across, factor, out),
            _ => scale_5(cpu, sums, self.across, factor, out),
        }
        self.sums.fill(0);
        self.rows = 0;
    }
}

kernel! { fn widen(row: &[u8], out: &mut [i16]) = widened }
kernel! { fn widen_weighted_2(row: &[u8], out: &mut [i16]) = widened_weighted::<2> }
kernel! { fn widen_weighted_4(row: &[u8], out: &mut [i16]) = widened_weighted::<4> }
kernel! { fn widen_weighted_5(row: &[u8], out: &mut [i16]) = widened_weighted::<5> }
kernel! { fn add(row: &[u8], sums: &mut [u16]) = added }
kernel! { fn add_weighted_2(row: &[u8], sums: &mut [u16]) = added_weighted::<2> }
kernel! { fn add_weighted_4(row: &[u8], sums: &mut [u16]) = added_weighted::<4> }
kernel! { fn add_weighted_5(row: &[u8], sums: &mut [u16]) = added_weighted::<5> }
kernel! {
    fn add_neighbours(sums: &[u16], channels: usize, across: usize, wide: &mut [u16]) = neighbours
}
kernel! { fn scale_1(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) = scaled::<1> }
kernel! { fn scale_2(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) = scaled::<2> }
kernel! { fn scale_3(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) = scaled::<3> }
kernel! { fn scale_4(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) = scaled::<4> }
kernel! { fn scale_5(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) = scaled::<5> }

#[inline(always)]
fn widened(row: &[u8], out: &mut [i16]) {
    for (out, value) in out.iter_mut().zip(row) {
        *out = (i16::from(*value) - 128) << 8;
    }
}

/// Colours times their alpha, the last of `C` channels.
#[inline(always)]
fn widened_weighted<const C: usize>(row: &[u8], out: &mut [i16]) {
    for (out, pixel) in out.as_chunks_mut::<C>().0.iter_mut().zip(row.as_chunks::<C>().0) {
        let alpha = u16::from(pixel[C - 1]);
        for c in 0..C {
            // From units of 1 / (255 * 255) to those of 1 / (255 * 256); exact where alpha is full.
            let value = if c == C - 1 { 255 } else { u16::from(pixel[c]) };
            let product = value * alpha;
            let wide = product.wrapping_add(product.wrapping_add(255) >> 8);
            out[c] = (wide ^ 0x8000).cast_signed();
        }
    }
}

#[inline(always)]
fn added(row: &[u8], sums: &mut [u16]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum = sum.wrapping_add(u16::from(*value));
    }
}

/// Colours times their alpha, the last of `C` channels.
#[inline(always)]
fn added_weighted<const C: usize>(row: &[u8], sums: &mut [u16]) {
    for (sum, pixel) in sums.as_chunks_mut::<C>().0.iter_mut().zip(row.as_chunks::<C>().0) {
        let alpha = u16::from(pixel[C - 1]);
        for c in 0..C {
            let value = if c == C - 1 { 255 } else { u16::from(pixel[c]) };
            sum[c] = sum[c].wrapping_add((value * alpha).wrapping_add(8) >> 4);
        }
    }
}

/// At every sample its sum with its neighbours to the right. One of `across` is needed, but these loops are of
/// vectors.
#[inline(always)]
fn neighbours(sums: &[u16], channels: usize, across: usize, wide: &mut [u16]) {
    wide.copy_from_slice(sums);
    for k in 1..across {
        for (wide, sum) in wide.iter_mut().zip(sums.get(k * channels..).unwrap_or_default()) {
            *wide = wide.wrapping_add(*sum);
        }
    }
}

/// One sum of 16 bits, centred on 0.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "at most 255 << 8")]
fn scaled_sum(sum: u16, factor: u32) -> i16 {
    ((((u32::from(sum) * factor) >> 15) as u16) ^ 0x8000).cast_signed()
}

/// One pixel of `across`.
#[inline(always)]
fn scaled<const C: usize>(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) {
    if across == 1 {
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = scaled_sum(*sum, factor);
        }
        return;
    }
    let pixels = sums.as_chunks::<C>().0.iter().step_by(across);
    for (out, sum) in out.as_chunks_mut::<C>().0.iter_mut().zip(pixels) {
        for c in 0..C {
            out[c] = scaled_sum(sum[c], factor);
        }
    }
}

/// The bytes of two groups of three that `pairs_of_12` adds.
const STEP: usize = 12;

/// The sums of the pixels 2 x and 2 x + 1 of a row of three channels. The last pixel is repeated.
fn add_pairs(cpu: Cpu, row: &[u8], sums: &mut [u16]) {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let done = cpu.0.as_sse4_2().map_or(0, |sse| sse::add_pairs(sse, row, sums));
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let done = 0;
    let _ = cpu;
    let sums = sums.as_chunks_mut::<3>().0.iter_mut();
    for (sum, pixels) in sums.zip(row.chunks(6)).skip(done) {
        *sum = sum_of_pair(pixels);
    }
}

/// The same, added to the sums of the row above, and scaled.
fn add_pairs_and_scale(cpu: Cpu, row: &[u8], above: &[u16], out: &mut [i16]) {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let done = cpu.0.as_sse4_2().map_or(0, |sse| sse::add_pairs_and_scale(sse, row, above, out));
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let done = 0;
    let _ = cpu;
    let (out, above) = (out.as_chunks_mut::<3>().0.iter_mut(), above.as_chunks::<3>().0);
    for ((out, above), pixels) in out.zip(above).zip(row.chunks(6)).skip(done) {
        let sum = sum_of_pair(pixels);
        for c in 0..3 {
            out[c] = sum[c].wrapping_add(above[c]).wrapping_sub(512).cast_signed() << 6;
        }
    }
}

/// Of two pixels, or one that counts twice.
#[inline(always)]
fn sum_of_pair(pixels: &[u8]) -> [u16; 3] {
    let mut sum = [0; 3];
    for (c, sum) in sum.iter_mut().enumerate() {
        let first = pixels.get(c).copied().unwrap_or_default();
        *sum = u16::from(first) + u16::from(pixels.get(c + 3).copied().unwrap_or(first));
    }
    sum
}

/// The same by SSE4.2, which has what the compiler does not find: bytes sorted by a table, and sums of neighbours.
/// Each function returns how many pairs it has done.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod sse {
    #[cfg(target_arch = "x86")]
    use std::arch::x86::*;
    #[cfg(target_arch = "x86_64")]
    use std::arch::x86_64::*;

    use fearless_simd::{Sse4_2, i16x8, prelude::*, u8x16};

    use super::STEP;

    /// Four pixels: the sums of both pairs are the first six of eight.
    #[inline]
    #[target_feature(enable = "sse4.2")]
    fn pairs(sse: Sse4_2, pixels: &[u8; 16]) -> __m128i {
        let pixels: u8x16<Sse4_2> = (*pixels).simd_into(sse);
        let order = _mm_setr_epi8(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1);
        _mm_maddubs_epi16(_mm_shuffle_epi8(pixels.into(), order), _mm_set1_epi8(1))
    }

    fearless_simd::kernel!(
        pub(super) fn add_pairs(sse: Sse4_2, row: &[u8], sums: &mut [u16]) -> usize {
            let mut done = 0;
            while let (Some(pixels), Some(sums)) = (
                row.get(done * 2 * 3..).and_then(<[u8]>::first_chunk::<16>),
                sums.get_mut(done * 3..).and_then(<[u16]>::first_chunk_mut::<8>),
            ) {
                let sum: i16x8<Sse4_2> = pairs(sse, pixels).simd_into(sse);
                let sum: [i16; 8] = sum.into();
                *sums = sum.map(i16::cast_unsigned);
                done += STEP / 6;
            }
            done
        }
    );

    fearless_simd::kernel!(
        pub(super) fn add_pairs_and_scale(
            sse: Sse4_2,
            row: &[u8],
            above: &[u16],
            out: &mut [i16],
        ) -> usize {
            let mut done = 0;
            while let (Some(pixels), Some(above), Some(out)) = (
                row.get(done * 2 * 3..).and_then(<[u8]>::first_chunk::<16>),
                above.get(done * 3..).and_then(<[u16]>::first_chunk::<8>),
                out.get_mut(done * 3..).and_then(<[i16]>::first_chunk_mut::<8>),
            ) {
                let above: i16x8<Sse4_2> = above.map(u16::cast_signed).simd_into(sse);
                let sum = _mm_add_epi16(pairs(sse, pixels), above.into());
                let sum = _mm_slli_epi16::<6>(_mm_sub_epi16(sum, _mm_set1_epi16(512)));
                let sum: i16x8<Sse4_2> = sum.simd_into(sse);
                *out = sum.into();
                done += STEP / 6;
            }
            done
        }
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_exact_at_the_edges_too() {
        for (across, down) in [(1, 1), (2, 2), (3, 5), (16, 16)] {
            for layout in [Layout::Grey, Layout::Rgb, Layout::Cmyk, Layout::Rgba, Layout::GreyAlpha]
            {
                let channels = layout.channels();
                let mut mean = Mean::new(layout, 7, Mean::most(layout, across, down));
                let row: Vec<u8> = std::iter::repeat_n([255, 255, 255, 255], 7)
                    .flat_map(|p| p.into_iter().take(channels))
                    .collect();
                let mut out = vec![0; 7 * channels];
                assert_eq!(mean.push(Cpu::detect(), &row, false, &mut out), mean.down == 1);
                while !mean.push(Cpu::detect(), &row, true, &mut out) {}
                let pixels = 7_usize.div_ceil(mean.across);
                for value in &out[..pixels * channels] {
                    assert!(
                        (32_496..=32_512).contains(value),
                        "{layout:?} {across} {down}: {value}"
                    );
                }
            }
        }
    }

    #[test]
    fn two_by_two() {
        let mut mean = Mean::new(Layout::Grey, 4, (2, 2));
        let mut out = [0; 2];
        assert!(!mean.push(Cpu::baseline(), &[10, 20, 30, 41], false, &mut out));
        assert!(mean.push(Cpu::baseline(), &[30, 40, 50, 60], false, &mut out));
        // The means are 25 and 45.25.
        assert_eq!(out, [(25 - 128) * 256, (45 - 128) * 256 + 64]);
    }
}

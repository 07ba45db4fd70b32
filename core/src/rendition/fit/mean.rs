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
        let wide = if across == 1 { 0 } else { padded };
        Self {
            layout,
            across,
            down,
            width: width * channels,
            sums: vec![0; padded],
            rows: 0,
            wide: vec![0; wide],
        }
    }

    /// Bytes of memory for rows of `width` pixels.
    pub(super) fn memory(layout: Layout, width: usize) -> u64 {
        4 * (width as u64 + 16) * layout.channels() as u64
    }

    /// Whether rows are taken as they are.
    fn is_plain(&self) -> bool {
        self.across == 1 && self.down == 1 && !self.layout.has_alpha()
    }

    /// Adds a row. True if `out`, a row of the ring, is complete by it.
    pub(super) fn push(&mut self, cpu: Cpu, row: &[u8], is_last: bool, out: &mut [i16]) -> bool {
        if self.is_plain() {
            widen(cpu, row, out);
            return true;
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

    fn complete(&mut self, cpu: Cpu, out: &mut [i16]) {
        let channels = self.layout.channels();
        let full = if self.layout.has_alpha() { WEIGHTED } else { OPAQUE };
        let pixels = u32::try_from(self.across * self.rows).unwrap_or(u32::MAX);
        // 255 becomes 255 << 6.
        let factor = ((255 << 6) << 15) / (full * pixels);
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
        *out = (i16::from(*value) << 6) - (128 << 6);
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

/// One pixel of `across`.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "at most 255 << 6")]
fn scaled<const C: usize>(sums: &[u16], across: usize, factor: u32, out: &mut [i16]) {
    let pixels = sums.as_chunks::<C>().0.iter().step_by(across);
    for (out, sum) in out.as_chunks_mut::<C>().0.iter_mut().zip(pixels) {
        for c in 0..C {
            out[c] = ((u32::from(sum[c]) * factor) >> 15) as i16 - (128 << 6);
        }
    }
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
                    assert!((8120..=8128).contains(value), "{layout:?} {across} {down}: {value}");
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
        assert_eq!(out, [(25 - 128) * 64, (45 - 128) * 64 + 16]);
    }
}

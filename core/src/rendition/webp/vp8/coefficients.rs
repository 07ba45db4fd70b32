//! The coefficients of a macroblock (RFC 6386 section 13).

#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "lanes and blocks, by constants or masked"
)]

use super::bool_decoder::BoolDecoder;
use super::header::Segment;
use super::tables::Probabilities;
use super::transform::luma_dc;

/// Where the coefficients of a block lie, in the order of the file.
const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// The row of probabilities for each position of a block; one more, for what follows the last.
const BANDS: [u8; 17] = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0];

/// A position's probabilities by context: whether the coefficient before is 0, 1 or more.
type Contexts = [[u8; 11]; 3];

/// Probabilities by position, for the four kinds of blocks.
pub(super) struct Tables([[Contexts; 17]; 4]);

impl Tables {
    pub(super) fn new(probabilities: &[Probabilities; 4]) -> Box<Self> {
        let mut tables = Box::new(Self([[[[0; 11]; 3]; 17]; 4]));
        for (table, kind) in tables.0.iter_mut().zip(probabilities) {
            for (contexts, &band) in table.iter_mut().zip(&BANDS) {
                *contexts = kind.get(usize::from(band)).copied().unwrap_or_default();
            }
        }
        tables
    }
}

/// The coefficients of a macroblock, dequantized: those of sixteen luma blocks and of four blocks of each
/// chroma plane, side by side.
pub(super) struct Coefficients {
    pub(super) luma: [[i16; 16]; 16],
    pub(super) chroma: [[i16; 8]; 16],
    /// Whether any of them is not zero.
    pub(super) has_luma: bool,
    pub(super) has_chroma: bool,
}

impl Coefficients {
    pub(super) fn new() -> Self {
        Self { luma: [[0; 16]; 16], chroma: [[0; 8]; 16], has_luma: false, has_chroma: false }
    }

    /// Sets all coefficients to zero.
    #[inline(always)]
    pub(super) fn clear(&mut self) {
        if self.has_luma {
            self.luma = [[0; 16]; 16];
        }
        if self.has_chroma {
            self.chroma = [[0; 8]; 16];
        }
        (self.has_luma, self.has_chroma) = (false, false);
    }
}

/// For each block along an edge of a macroblock, 1 if it has coefficients: four of luma, two of each chroma
/// plane, and that of luma's DC.
#[derive(Clone, Copy, Default)]
pub(super) struct Edge([u8; 9]);

const LUMA_DC: usize = 8;

impl Edge {
    /// After a macroblock without coefficients. One that is predicted by subblocks has no luma DC.
    #[inline(always)]
    pub(super) fn clear(&mut self, by_subblocks: bool) {
        let luma_dc = if by_subblocks { self.0[LUMA_DC] } else { 0 };
        self.0 = [0; 9];
        self.0[LUMA_DC] = luma_dc;
    }
}

/// Reads the coefficients of a macroblock into `out`, which is clear.
#[inline(always)]
pub(super) fn read(
    bits: &mut BoolDecoder<'_>,
    tables: &Tables,
    segment: &Segment,
    by_subblocks: bool,
    above: &mut Edge,
    left: &mut Edge,
    out: &mut Coefficients,
) {
    let [without_dc, only_dc, chroma, with_dc] = &tables.0;
    // A copy, which stays in registers.
    let mut reader = *bits;
    let (above, left) = (&mut above.0, &mut left.0);
    let (table, first) = if by_subblocks {
        (with_dc, 0)
    } else {
        let mut dc = [[0]; 16];
        let context = above[LUMA_DC] + left[LUMA_DC];
        let end = block(&mut reader, only_dc, context, 0, segment.luma_dc, &mut dc, 0);
        let has = u8::from(end > 0);
        (above[LUMA_DC], left[LUMA_DC]) = (has, has);
        if end > 0 {
            out.luma[0] = luma_dc(dc.as_flattened());
            out.has_luma = out.luma[0] != [0; 16];
        }
        (without_dc, 1)
    };
    for y in 0..4 {
        for x in 0..4 {
            let lane = 4 * y + x;
            let context = above[x] + left[y];
            let end = block(&mut reader, table, context, first, segment.luma, &mut out.luma, lane);
            let has = u8::from(end > first);
            (above[x], left[y]) = (has, has);
            out.has_luma |= end > first;
        }
    }
    for plane in 0..2 {
        for y in 0..2 {
            for x in 0..2 {
                let lane = 4 * plane + 2 * y + x;
                let (column, row) = (4 + 2 * plane + x, 4 + 2 * plane + y);
                let context = above[column] + left[row];
                let end =
                    block(&mut reader, chroma, context, 0, segment.chroma, &mut out.chroma, lane);
                let has = u8::from(end > 0);
                (above[column], left[row]) = (has, has);
                out.has_chroma |= end > 0;
            }
        }
    }
    *bits = reader;
}

/// Reads one block into a lane, from the position `first` on. Returns the position behind its last
/// coefficient that is not zero.
#[inline(always)]
fn block<const L: usize>(
    bits: &mut BoolDecoder<'_>,
    table: &[Contexts; 17],
    context: u8,
    first: usize,
    steps: [i32; 2],
    out: &mut [[i16; L]; 16],
    lane: usize,
) -> usize {
    let mut at = first;
    let mut p = &table[at][usize::from(context.min(2))];
    while at < 16 {
        bits.make_ready();
        if !bits.ready_bit(p[0]) {
            return at;
        }
        while !bits.ready_bit(p[1]) {
            at += 1;
            if at >= 16 {
                return 16;
            }
            p = &table[at][0];
            bits.make_ready();
        }
        let next = &table[(at + 1).min(16)];
        let magnitude = if bits.ready_bit(p[2]) {
            let magnitude = large(bits, p);
            bits.make_ready();
            p = &next[2];
            magnitude
        } else {
            p = &next[1];
            1
        };
        let value = bits.signed(magnitude) * steps[usize::from(at > 0)];
        let [low, high, ..] = value.to_le_bytes();
        out[usize::from(ZIGZAG[at & 15] & 15)][lane & (L - 1)] = i16::from_le_bytes([low, high]);
        at += 1;
    }
    16
}

/// The magnitude of a coefficient that is at least 2.
#[inline(always)]
fn large(bits: &mut BoolDecoder<'_>, p: &[u8; 11]) -> i32 {
    bits.make_ready();
    if !bits.ready_bit(p[3]) {
        return if bits.ready_bit(p[4]) { 3 + i32::from(bits.ready_bit(p[5])) } else { 2 };
    }
    if !bits.ready_bit(p[6]) {
        return if bits.ready_bit(p[7]) {
            let high = i32::from(bits.ready_bit(165));
            7 + 2 * high + i32::from(bits.bit(145))
        } else {
            5 + i32::from(bits.ready_bit(159))
        };
    }
    let (base, extra): (i32, &[u8]) = if bits.ready_bit(p[8]) {
        if bits.ready_bit(p[10]) {
            (67, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129])
        } else {
            (35, &[180, 157, 141, 134, 130])
        }
    } else if bits.ready_bit(p[9]) {
        (19, &[176, 155, 140, 135])
    } else {
        (11, &[173, 148, 140])
    };
    let mut value = 0;
    for &probability in extra {
        value = 2 * value + i32::from(bits.bit(probability));
    }
    base + value
}

//! The scans of a progressive picture that add a bit to its AC coefficients (ITU-T T.81, annex G.1.2.3).

#![allow(clippy::indexing_slicing, reason = "a table of all values of a look")]

use std::ops::Range;

use super::bits::Bits;
use super::coefficients::{BlockMut, Coefficients, OUTSIDE};
use super::huffman::{Huffman, fixed};
use super::scan::ReadMcus;
#[cfg(target_arch = "x86_64")]
use super::select::Bmi2;
use super::select::{Portable, Select};
use super::slots::Slots;
use crate::rendition::decode_error::Damaged;
use crate::rendition::kernel::Cpu;

/// Bits of a look at the table.
const LOOK: u32 = 10;

/// The symbols of a refinement, with the sign that follows some.
pub(super) struct RefinementTable {
    codes: Huffman,
    /// For each value of the next bits, a [`Symbol`], or 0 where it takes more bits.
    looks: Box<[u16; 1 << LOOK]>,
}

/// A run of zeros, and what is behind it: bits used in bits 0 to 4, the run in bits 8 to 11.
#[derive(Clone, Copy)]
struct Symbol(u16);

impl Symbol {
    const NEW: u16 = 1 << 12;
    const POSITIVE: u16 = 1 << 13;
    const END_OF_BANDS: u16 = 1 << 14;

    /// `symbol` of `length` bits, and the sign behind it.
    fn new(length: u32, symbol: u8, is_positive: bool) -> Result<Self, Damaged> {
        let (run, length) = (u16::from(symbol >> 4), u16::try_from(length).unwrap_or(0));
        match symbol & 15 {
            0 if run == 15 => Ok(Self(length | run << 8)),
            0 => Ok(Self(length | run << 8 | Self::END_OF_BANDS)),
            1 => {
                let sign = if is_positive { Self::POSITIVE } else { 0 };
                Ok(Self((length + 1) | run << 8 | Self::NEW | sign))
            }
            _ => Err(Damaged("a refinement of more than one bit")),
        }
    }

    fn run(self) -> u32 {
        u32::from(self.0 >> 8 & 15)
    }
}

impl RefinementTable {
    pub(super) fn new(codes: Huffman) -> Self {
        let mut looks = fixed(codes.looks(LOOK));
        for (bits, look) in looks.iter_mut().enumerate() {
            let length = u32::from(*look >> 8);
            let is_positive = bits >> LOOK.saturating_sub(length + 1) & 1 == 1;
            let symbol = Symbol::new(length, look.to_le_bytes()[0], is_positive);
            let fits = |symbol: &Symbol| length > 0 && u32::from(symbol.0 & 31) <= LOOK;
            *look = symbol.ok().filter(fits).map_or(0, |symbol| symbol.0);
        }
        Self { codes, looks }
    }

    /// The symbol at the top of `bits`.
    #[inline(always)]
    fn find(&self, bits: u64) -> Result<Symbol, Damaged> {
        let symbol = self.looks[(bits >> (64 - LOOK)) as usize];
        if symbol != 0 {
            return Ok(Symbol(symbol));
        }
        let (length, symbol) = self.codes.find(bits)?;
        Symbol::new(length, symbol, bits << length >> 63 == 1)
    }
}

/// Reads a scan of one more bit of AC coefficients.
pub(super) struct RefinementScan<'s> {
    cpu: Cpu,
    coefficients: &'s mut Coefficients,
    refinement: Refinement,
    /// Blocks from the next one on without new coefficients.
    end_of_band_run: u32,
}

/// What each block is refined by.
struct Refinement {
    table: RefinementTable,
    slots: Slots,
    /// Bits of the coefficients that are kept, the first uppermost.
    kept: u64,
    /// Bits of the coefficients of the band.
    band: u64,
    /// The bit that is added.
    bit: i16,
}

impl<'s> RefinementScan<'s> {
    /// Of the coefficients `first` to `last`, at least 1 and at most 63. `low` is the position of the bit.
    pub(super) fn new(
        cpu: Cpu,
        table: RefinementTable,
        coefficients: &'s mut Coefficients,
        (first, last): (u32, u32),
        low: u32,
    ) -> Self {
        let refinement = Refinement {
            table,
            slots: coefficients.slots.clone(),
            kept: coefficients.kept_bits(),
            band: u64::MAX.unbounded_shr(first)
                & u64::MAX.unbounded_shl(63u32.saturating_sub(last)),
            bit: 1i16.checked_shl(low).unwrap_or_default(),
        };
        Self { cpu, coefficients, refinement, end_of_band_run: 0 }
    }
}

impl ReadMcus for RefinementScan<'_> {
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged> {
        refine_blocks(self.cpu, self, bits, row, columns)
    }

    fn restart(&mut self) {
        self.end_of_band_run = 0;
    }
}

/// Refines the blocks `columns` of `row`, with the instructions of `cpu`.
fn refine_blocks(
    cpu: Cpu,
    scan: &mut RefinementScan<'_>,
    bits: &mut Bits<'_>,
    row: usize,
    columns: Range<usize>,
) -> Result<(), Damaged> {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = cpu.0.as_avx2() {
        fearless_simd::kernel!(
            fn with_bmi2(
                avx2: Avx2,
                scan: &mut RefinementScan<'_>,
                bits: &mut Bits<'_>,
                row: usize,
                columns: Range<usize>,
            ) -> Result<(), Damaged> {
                refine_all(Bmi2(avx2), scan, bits, row, columns)
            }
        );
        return with_bmi2(avx2, scan, bits, row, columns);
    }
    let _ = cpu;
    refine_all(Portable, scan, bits, row, columns)
}

#[inline(always)]
fn refine_all<S: Select>(
    select: S,
    scan: &mut RefinementScan<'_>,
    bits: &mut Bits<'_>,
    row: usize,
    columns: Range<usize>,
) -> Result<(), Damaged> {
    // A copy, which stays in registers.
    let mut local = *bits;
    let mut read = Ok(());
    for column in columns {
        let mut block = scan.coefficients.block(row, column).ok_or(OUTSIDE)?;
        let run = scan.end_of_band_run;
        match scan.refinement.refine(select, &mut local, &mut block, run) {
            Ok(run) => scan.end_of_band_run = run,
            Err(damage) => {
                read = Err(damage);
                break;
            }
        }
    }
    *bits = local;
    read
}

impl Refinement {
    /// Refines a block. `end_of_band_run` is how many blocks from this one on have no new coefficients; returns
    /// how many there are behind it.
    #[inline(always)]
    fn refine<S: Select>(
        &self,
        select: S,
        bits: &mut Bits<'_>,
        block: &mut BlockMut<'_>,
        mut end_of_band_run: u32,
    ) -> Result<u32, Damaged> {
        // Those that are not zero and have not got their bit yet.
        let mut left = *block.nonzero & self.band;
        if end_of_band_run == 0 {
            // The band from behind the last new one on.
            let mut rest = self.band;
            while rest != 0 {
                bits.refill();
                let symbol = self.table.find(bits.peek())?;
                bits.skip(u32::from(symbol.0) & 31);
                let run = symbol.run();
                if symbol.0 & Symbol::END_OF_BANDS != 0 {
                    end_of_band_run = (1 << run) + bits.take(run);
                    break;
                }
                // Behind so many zeros lies the new one. Those that are not zero are passed over.
                let zeros = !left & rest;
                if run >= zeros.count_ones() {
                    self.add_bits(bits, block, left);
                    return Ok(0);
                }
                let at = select.nth(zeros, run);
                rest = u64::MAX >> 1 >> (at & 63) & self.band;
                self.add_bits(bits, block, left & !rest);
                left &= rest;
                if symbol.0 & Symbol::NEW != 0 {
                    *block.nonzero |= 1 << 63 >> (at & 63);
                    let is_positive = symbol.0 & Symbol::POSITIVE != 0;
                    block
                        .set(self.slots.offset(at), if is_positive { self.bit } else { -self.bit });
                }
            }
        }
        if end_of_band_run == 0 {
            return Ok(0);
        }
        self.add_bits(bits, block, left);
        Ok(end_of_band_run - 1)
    }

    /// Adds the next bits to the coefficients `which`, one each.
    #[inline(always)]
    fn add_bits(&self, bits: &mut Bits<'_>, block: &mut BlockMut<'_>, mut which: u64) {
        if which == 0 {
            return;
        }
        let mut count = which.count_ones();
        bits.refill();
        if count > 56 {
            // One by one until the others fit.
            while count > 48 {
                let k = which.leading_zeros();
                self.add_bit(block, k, bits.peek());
                bits.skip(1);
                which &= !(1 << 63 >> (k & 63));
                count -= 1;
            }
            bits.refill();
        }
        let mut next = bits.peek();
        bits.skip(count);
        // The bits of those that are not kept are only passed over.
        while which & self.kept != 0 {
            let k = which.leading_zeros();
            self.add_bit(block, k, next);
            next <<= 1;
            which &= !(1 << 63 >> (k & 63));
        }
    }

    /// Adds the uppermost bit of `next` to the coefficient `k`: away from zero.
    #[inline(always)]
    fn add_bit(&self, block: &mut BlockMut<'_>, k: u32, next: u64) {
        if let Some(value) = block.at(self.slots.offset(k)) {
            let added = self.bit & (next.cast_signed() >> 63) as i16;
            *value = value.wrapping_add((*value >> 15 | 1).wrapping_mul(added));
        }
    }
}

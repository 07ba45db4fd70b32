//! The scans of a progressive picture (ITU-T T.81, annex G.2).

use std::ops::Range;

use super::bits::Bits;
use super::coefficients::{BlockMut, Coefficients, OUTSIDE};
use super::huffman::{AcTable, DcTable, END_OF_BLOCK};
use super::scan::ReadMcus;
use super::sequential::OVERFULL;
use super::slots::Slots;
use crate::rendition::decode_error::Damaged;

/// Reads a scan of DC coefficients: their upper bits, or one more bit of each.
pub(super) struct DcScan<'s> {
    pub(super) components: Vec<DcComponent<'s>>,
    /// The position of the lowest bit.
    pub(super) low: u32,
}

/// A component of a scan of DC coefficients.
pub(super) struct DcComponent<'s> {
    /// None in a scan of one more bit.
    pub(super) table: Option<&'s DcTable>,
    /// Blocks of an MCU across and down.
    pub(super) h: usize,
    pub(super) v: usize,
    pub(super) prediction: i32,
    pub(super) coefficients: &'s mut Coefficients,
}

impl ReadMcus for DcScan<'_> {
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged> {
        let mut local = *bits;
        let read = self.read_blocks(&mut local, row, columns);
        *bits = local;
        read
    }

    fn restart(&mut self) {
        self.components.iter_mut().for_each(|component| component.prediction = 0);
    }
}

impl DcScan<'_> {
    fn read_blocks(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged> {
        for column in columns {
            for component in &mut self.components {
                let (h, v) = (component.h, component.v);
                for y in row * v..(row + 1) * v {
                    for x in column * h..(column + 1) * h {
                        component.read(bits, y, x, self.low)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl DcComponent<'_> {
    #[inline]
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        column: usize,
        low: u32,
    ) -> Result<(), Damaged> {
        let block = self.coefficients.block(row, column);
        let mut block = block.ok_or(OUTSIDE)?;
        if let Some(table) = self.table {
            self.prediction = self.prediction.wrapping_add(bits.difference(table)?);
            #[expect(clippy::cast_possible_truncation, reason = "clamped")]
            let value = (self.prediction.wrapping_shl(low)).clamp(-32768, 32767) as i16;
            block.set(0, value);
        } else {
            bits.refill();
            let bit = bits.take(1) << low;
            if let Some(value) = block.at(0) {
                *value |= i16::try_from(bit).unwrap_or_default();
            }
        }
        Ok(())
    }
}

/// Reads a scan of the upper bits of AC coefficients.
pub(super) struct FirstScan<'s> {
    table: &'s AcTable,
    coefficients: &'s mut Coefficients,
    slots: Slots,
    /// First and last coefficient: at least 1, and at most 63.
    first: u32,
    last: u32,
    /// The position of the lowest bit.
    low: u32,
    /// Following blocks without coefficients.
    end_of_band_run: u32,
}

impl<'s> FirstScan<'s> {
    /// Of the coefficients `first` to `last`, at least 1 and at most 63. `low` is the position of the lowest bit.
    pub(super) fn new(
        table: &'s AcTable,
        coefficients: &'s mut Coefficients,
        (first, last): (u32, u32),
        low: u32,
    ) -> Self {
        let slots = coefficients.slots_up_to(last as usize);
        Self { table, coefficients, slots, first, last, low, end_of_band_run: 0 }
    }
}

impl ReadMcus for FirstScan<'_> {
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged> {
        let mut local = *bits;
        // A second coefficient of a look may lie behind the band, where another scan has been.
        let read = if self.last == 63 {
            self.read_blocks::<true>(&mut local, row, columns)
        } else {
            self.read_blocks::<false>(&mut local, row, columns)
        };
        *bits = local;
        read
    }

    fn restart(&mut self) {
        self.end_of_band_run = 0;
    }
}

impl FirstScan<'_> {
    fn read_blocks<const PAIRS: bool>(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged> {
        let mut column = columns.start;
        while column < columns.end {
            if self.end_of_band_run > 0 {
                let left = u32::try_from(columns.end - column).unwrap_or(u32::MAX);
                let skipped = self.end_of_band_run.min(left);
                self.end_of_band_run -= skipped;
                column += skipped as usize;
                continue;
            }
            let block = self.coefficients.block(row, column);
            let block = block.ok_or(OUTSIDE)?;
            let range = (self.first, self.last, self.low);
            self.end_of_band_run =
                read_first::<PAIRS>(bits, self.table, &self.slots, range, block)?;
            column += 1;
        }
        Ok(())
    }
}

/// Reads the band of a block whose coefficients are zero. Returns the number of following blocks without any.
#[inline(always)]
fn read_first<const PAIRS: bool>(
    bits: &mut Bits<'_>,
    table: &AcTable,
    slots: &Slots,
    (start, last, low): (u32, u32, u32),
    mut block: BlockMut<'_>,
) -> Result<u32, Damaged> {
    let mut k = start - 1;
    let mut nonzero = *block.nonzero;
    let mut run_of_blocks = 0;
    loop {
        bits.refill();
        let look = table.look(bits.peek());
        if look.is_long() {
            let (length, symbol) = table.code(look, bits.peek())?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            bits.skip(length);
            if size > 0 {
                k += run + 1;
                if k > last {
                    return Err(OVERFULL);
                }
                nonzero |= 1 << 63 >> (k & 63);
                block.set(slots.offset(k), shifted(bits.value(size), low));
            } else if run < 15 {
                run_of_blocks = (1 << run) - 1 + bits.take(run);
                break;
            } else {
                k += 16;
            }
            if k >= last {
                break;
            }
            continue;
        }
        let first = k + look.first_advance();
        let value = look.first_value();
        nonzero |= (u64::from(value != 0) << 63).unbounded_shr(first);
        if PAIRS {
            bits.skip(look.used());
            k = first + look.second_advance();
            let second = look.second_value();
            nonzero |= (u64::from(second != 0) << 63).unbounded_shr(k);
            block.set(slots.offset(k), second << low);
        } else {
            bits.skip((look.used() & 63) - look.second_used());
            k = first;
        }
        block.set(slots.offset(first), value << low);
        if k < last {
            continue;
        }
        let ends = if first >= last {
            if PAIRS && k > first {
                // The second one is of the next block.
                bits.unread(look.second_used());
            }
            first == last || look.first_advance() == END_OF_BLOCK || look.first_is_zeros()
        } else {
            k == last || look.second_advance() == END_OF_BLOCK || look.second_is_zeros()
        };
        if !ends {
            return Err(OVERFULL);
        }
        break;
    }
    *block.nonzero = nonzero;
    Ok(run_of_blocks)
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn shifted(value: i32, low: u32) -> i16 {
    (value << low).clamp(-32768, 32767) as i16
}

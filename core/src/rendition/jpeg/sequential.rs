//! The blocks of a sequential scan (ITU-T T.81, annex F.2), which become samples sixteen at a time.

#![allow(clippy::indexing_slicing, reason = "offsets are masked")]

use std::ops::Range;

use super::bits::Bits;
use super::huffman::{AcTable, DcTable, END_OF_BLOCK};
use super::output::Output;
use super::scan::ReadMcus;
use super::slots::{LANES, Slots};
use crate::rendition::decode_error::Damaged;
use crate::rendition::kernel::Cpu;

pub(super) const OVERFULL: Damaged = Damaged("a block has more than 64 coefficients");

/// The coefficients of sixteen blocks: 64 times sixteen lanes, and lanes for those that are not kept. Its length
/// is a power of two, so that no offset has to be checked.
type Coefficients = [i16; 2048];

/// The offset of the coefficients that are not kept.
const REST: u16 = 1024;

/// Looks at an AC table after a refill.
const LOOKS: usize = 4;

/// Reads a sequential scan.
pub(super) struct Sequential<'s> {
    pub(super) cpu: Cpu,
    pub(super) components: Vec<SequentialComponent<'s>>,
}

/// A component of a sequential scan.
pub(super) struct SequentialComponent<'s> {
    dc: &'s DcTable,
    ac: &'s AcTable,
    /// Blocks of an MCU across and down.
    h: usize,
    v: usize,
    slots: Slots,
    prediction: i32,
    /// Of a group of sixteen MCUs: `v` rows of `h` times sixteen blocks.
    coefficients: Vec<Coefficients>,
    output: &'s mut Output,
}

impl<'s> SequentialComponent<'s> {
    /// Of `h` times `v` blocks an MCU.
    pub(super) fn new(
        (dc, ac): (&'s DcTable, &'s AcTable),
        (h, v): (usize, usize),
        output: &'s mut Output,
    ) -> Self {
        let (across, down) = output.block();
        Self {
            dc,
            ac,
            h,
            v,
            slots: Slots::new(across, down, REST),
            prediction: 0,
            coefficients: vec![[0; 2048]; h * v],
            output,
        }
    }
}

impl ReadMcus for Sequential<'_> {
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        _: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged> {
        let mut local = *bits;
        let read = read_mcus(&mut local, &mut self.components, columns);
        *bits = local;
        read
    }

    fn restart(&mut self) {
        self.components.iter_mut().for_each(|component| component.prediction = 0);
    }

    fn finish_group(&mut self, first: usize) {
        for SequentialComponent { coefficients, output, h, .. } in &mut self.components {
            for (index, blocks) in coefficients.iter_mut().enumerate() {
                let group = first / LANES * *h + index % *h;
                output.write(self.cpu, index / *h, group, blocks.as_chunks_mut().0);
            }
        }
    }

    fn finish_row(&mut self) {
        self.components.iter_mut().for_each(|component| component.output.advance(self.cpu));
    }
}

fn read_mcus(
    bits: &mut Bits<'_>,
    components: &mut [SequentialComponent<'_>],
    columns: Range<usize>,
) -> Result<(), Damaged> {
    for column in columns {
        for component in components.iter_mut() {
            let SequentialComponent { dc, ac, slots, prediction, coefficients, .. } = component;
            for y in 0..component.v {
                for x in 0..component.h {
                    let block = column % LANES * component.h + x;
                    let index = y * component.h + block / LANES;
                    let Some(blocks) = coefficients.get_mut(index) else { return Err(OVERFULL) };
                    *prediction = prediction.wrapping_add(bits.difference(dc)?);
                    blocks[block % LANES] = saturate(*prediction);
                    read_ac(bits, ac, slots, blocks, block % LANES)?;
                }
            }
        }
    }
    Ok(())
}

/// Reads the AC coefficients of a block into its lane of `blocks`, which is all zero.
#[inline(always)]
fn read_ac(
    bits: &mut Bits<'_>,
    table: &AcTable,
    slots: &Slots,
    blocks: &mut Coefficients,
    lane: usize,
) -> Result<(), Damaged> {
    let mut k = 0u32;
    loop {
        bits.refill();
        for _ in 0..LOOKS {
            let look = table.look(bits.peek());
            if look.is_long() {
                // It does not fit in what the looks before it leave.
                bits.refill();
                let (length, symbol) = table.code(look, bits.peek())?;
                let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                bits.skip(length);
                if size == 0 {
                    if run < 15 {
                        return Ok(());
                    }
                    k += 16;
                } else {
                    k += run + 1;
                    if k > 63 {
                        return Err(OVERFULL);
                    }
                    let value = saturate(bits.value(size));
                    blocks[(slots.offset(k) + lane) & 2047] = value;
                }
                if k >= 63 {
                    return Ok(());
                }
                break;
            }
            bits.skip(look.used());
            let first = k + look.first_advance();
            k = first + look.second_advance();
            // Where there is only one, the first overwrites the second.
            blocks[(slots.offset(k) + lane) & 2047] = look.second_value();
            blocks[(slots.offset(first) + lane) & 2047] = look.first_value();
            if k >= 63 {
                return if first >= 63 {
                    // A second one behind the last is of the next block.
                    if k > first {
                        bits.unread(look.second_used());
                    }
                    let ends = first == 63
                        || look.first_advance() == END_OF_BLOCK
                        || look.first_is_zeros();
                    if ends { Ok(()) } else { Err(OVERFULL) }
                } else if k == 63 || look.second_advance() == END_OF_BLOCK || look.second_is_zeros()
                {
                    Ok(())
                } else {
                    Err(OVERFULL)
                };
            }
        }
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn saturate(value: i32) -> i16 {
    value.clamp(-32768, 32767) as i16
}

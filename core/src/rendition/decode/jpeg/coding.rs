//! The coefficients of a block (ITU-T T.81, annexes F.2 and G.2).

use super::bits::Bits;
use super::huffman::Huffman;
use super::scan_header::{Scan, ScanComponent};
use super::tables::{Codes, Tables, ZIGZAG};
use crate::rendition::decode_error::Damaged;

pub(super) const SHORT: Damaged = Damaged("the file ends before its last pixel");
const OVERFULL: Damaged = Damaged("a block has more than 64 coefficients");

pub(super) type Block = [i16; 64];

/// What is carried from block to block within a restart interval.
#[derive(Default)]
pub(super) struct State {
    /// The last DC value of each component of the scan.
    predictions: [i32; 4],
    /// Following blocks without new coefficients.
    end_of_band_run: u32,
}

fn table_of<'t>(tables: &'t [Option<Codes<'_>>; 4], index: usize) -> Result<&'t Huffman, Damaged> {
    let table = tables.get(index).and_then(Option::as_ref);
    table.ok_or(Damaged("a scan uses a missing Huffman table"))?.build()
}

/// The coding of a scan: the tables of each component, of which unused ones may be absent, and what it
/// codes.
pub(super) struct Coding<'t> {
    dc: Vec<Option<&'t Huffman>>,
    ac: Vec<Option<&'t Huffman>>,
    first: usize,
    last: usize,
    high: u32,
    low: u32,
}

impl<'t> Coding<'t> {
    pub(super) fn new(tables: &'t Tables<'_>, scan: &Scan) -> Result<Self, Damaged> {
        let needs_dc = scan.first == 0 && scan.high == 0;
        let get =
            |needed: bool, from: &'t [Option<Codes<'_>>; 4], index: fn(&ScanComponent) -> usize| {
                scan.components
                    .iter()
                    .map(|c| if needed { table_of(from, index(c)).map(Some) } else { Ok(None) })
                    .collect::<Result<Vec<_>, _>>()
            };
        Ok(Self {
            dc: get(needs_dc, &tables.dc, |c| c.dc)?,
            ac: get(scan.last > 0, &tables.ac, |c| c.ac)?,
            first: scan.first,
            last: scan.last,
            high: scan.high,
            low: scan.low,
        })
    }

    fn dc(&self, slot: usize) -> Result<&'t Huffman, Damaged> {
        self.dc.get(slot).copied().flatten().ok_or(SHORT)
    }

    fn ac(&self, slot: usize) -> Result<&'t Huffman, Damaged> {
        self.ac.get(slot).copied().flatten().ok_or(SHORT)
    }

    /// Reads a block of a sequential scan into `block`, which is all zero. Returns whether it has no
    /// coefficient but the DC.
    #[inline]
    pub(super) fn sequential(
        &self,
        bits: &mut Bits<'_>,
        slot: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<bool, Damaged> {
        let dc = next_dc(bits, self.dc(slot)?, slot, state)?;
        let [first, ..] = block;
        *first = saturate(dc);
        let table = self.ac(slot)?;
        let mut k = 1;
        let mut only_dc = true;
        while k < 64 {
            let short = bits.short_coefficient(table);
            let value = if short != 0 {
                k += (short >> 8 & 15).cast_unsigned() as usize;
                short >> 16
            } else {
                let symbol = bits.symbol(table)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 {
                    if run < 15 {
                        break;
                    }
                    k += 16;
                    continue;
                }
                k += run;
                bits.value(size)
            };
            *at(block, k)? = saturate(value);
            only_dc = false;
            k += 1;
        }
        Ok(only_dc)
    }

    /// Reads the part of a block that a progressive scan codes.
    pub(super) fn progressive(
        &self,
        bits: &mut Bits<'_>,
        slot: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<(), Damaged> {
        match (self.first, self.high) {
            (0, 0) => {
                let dc = next_dc(bits, self.dc(slot)?, slot, state)?;
                let [first, ..] = block;
                *first = saturate(dc << self.low);
                Ok(())
            }
            (0, _) => {
                if bits.take(1) == 1 {
                    let [first, ..] = block;
                    *first |= 1 << self.low;
                }
                Ok(())
            }
            (_, 0) => self.first_of_band(bits, slot, state, block),
            _ => self.refine_band(bits, slot, state, block),
        }
    }

    fn first_of_band(
        &self,
        bits: &mut Bits<'_>,
        slot: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<(), Damaged> {
        if state.end_of_band_run > 0 {
            state.end_of_band_run -= 1;
            return Ok(());
        }
        let table = self.ac(slot)?;
        let mut k = self.first;
        while k <= self.last {
            let symbol = bits.symbol(table)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run < 15 {
                    state.end_of_band_run = (1 << run) - 1 + bits.take(run);
                    break;
                }
                k += 16;
                continue;
            }
            k += run as usize;
            *at(block, k)? = saturate(bits.value(size) << self.low);
            k += 1;
        }
        Ok(())
    }

    fn refine_band(
        &self,
        bits: &mut Bits<'_>,
        slot: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<(), Damaged> {
        let table = self.ac(slot)?;
        let mut k = self.first;
        if state.end_of_band_run == 0 {
            while k <= self.last {
                let symbol = bits.symbol(table)?;
                let mut run = u32::from(symbol >> 4);
                let value = match symbol & 15 {
                    0 if run < 15 => {
                        state.end_of_band_run = (1 << run) + bits.take(run);
                        break;
                    }
                    0 => 0,
                    1 if bits.take(1) == 1 => 1i16 << self.low,
                    1 => -(1i16 << self.low),
                    _ => return Err(Damaged("a refinement of more than one bit")),
                };
                // Coefficients that are not zero get one more bit; `run` of the others stay zero.
                while k <= self.last {
                    let coefficient = at(block, k)?;
                    if *coefficient != 0 {
                        self.refine(bits, coefficient);
                    } else if run == 0 {
                        *coefficient = value;
                        k += 1;
                        break;
                    } else {
                        run -= 1;
                    }
                    k += 1;
                }
            }
        }
        if state.end_of_band_run > 0 {
            state.end_of_band_run -= 1;
            self.refine_rest(bits, k, block)?;
        }
        Ok(())
    }

    /// One more bit for the coefficients from index `first` on that are not zero.
    fn refine_rest(
        &self,
        bits: &mut Bits<'_>,
        first: usize,
        block: &mut Block,
    ) -> Result<(), Damaged> {
        for k in first..=self.last {
            let coefficient = at(block, k)?;
            if *coefficient != 0 {
                self.refine(bits, coefficient);
            }
        }
        Ok(())
    }

    fn refine(&self, bits: &mut Bits<'_>, coefficient: &mut i16) {
        let bit = 1i16 << self.low;
        if bits.take(1) == 1 && *coefficient & bit == 0 {
            *coefficient = coefficient.saturating_add(if *coefficient > 0 { bit } else { -bit });
        }
    }
}

/// The coefficient at index `k` of the zigzag.
#[inline]
fn at(block: &mut Block, k: usize) -> Result<&mut i16, Damaged> {
    let natural = ZIGZAG.get(k).ok_or(OVERFULL)?;
    block.get_mut(usize::from(*natural)).ok_or(OVERFULL)
}

#[inline]
fn next_dc(
    bits: &mut Bits<'_>,
    table: &Huffman,
    slot: usize,
    state: &mut State,
) -> Result<i32, Damaged> {
    let size = bits.symbol(table)?;
    if size > 15 {
        return Err(Damaged("a DC difference has over 15 bits"));
    }
    let difference = bits.value(size.into());
    let prediction = state.predictions.get_mut(slot).ok_or(SHORT)?;
    *prediction = prediction.wrapping_add(difference);
    Ok(*prediction)
}

#[inline]
fn saturate(value: i32) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let value = value.clamp(-32768, 32767) as i16;
    value
}

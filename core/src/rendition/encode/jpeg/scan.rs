//! The symbols of a scan: counted, or written.

#![allow(clippy::indexing_slicing, reason = "remainders by the length")]

use super::bits::BitWriter;
use super::component::Component;
use super::dct::{Group, LANES};
use super::huffman::{Code, Table, Tables};
use crate::rendition::kernel::kernel;

/// End of block.
const END: u32 = 0x00;
/// Sixteen zeros.
const ZEROS: u32 = 0xf0;

/// Takes symbols and the bits that follow them. `table` is 0 for luma, 1 for chroma.
trait Symbols {
    /// A difference of DC coefficients of `size` bits.
    fn dc(&mut self, table: usize, size: u32, bits: u32);
    /// A run of zeros and a coefficient of `size` bits.
    fn ac(&mut self, table: usize, symbol: u32, size: u32, bits: u32);
}

kernel! {
    /// Counts the symbols of a row of MCUs.
    pub(super) fn count_row(counter: &mut Counter, components: &mut [Component<'_>], mcus: usize) =
        count
}

kernel! {
    /// Writes a row of MCUs.
    pub(super) fn write_row(writer: &mut Writer, components: &mut [Component<'_>], mcus: usize) =
        write
}

#[inline(always)]
fn count(counter: &mut Counter, components: &mut [Component<'_>], mcus: usize) {
    code_row(counter, components, mcus);
}

#[inline(always)]
fn write(writer: &mut Writer, components: &mut [Component<'_>], mcus: usize) {
    code_row(writer, components, mcus);
}

#[inline(always)]
fn code_row(symbols: &mut impl Symbols, components: &mut [Component<'_>], mcus: usize) {
    for mcu in 0..mcus {
        for component in &mut *components {
            let factor = component.factor;
            for row in component.groups.chunks_exact(component.row_groups.max(1)) {
                for block in mcu * factor..(mcu + 1) * factor {
                    if let Some(group) = row.get(block / LANES) {
                        let (table, predicted) = (component.table, &mut component.predicted);
                        code_block(symbols, table, group, block % LANES, predicted);
                    }
                }
            }
        }
    }
}

/// One block (T.81 sections F.1.2.1 and F.1.2.2).
#[inline(always)]
fn code_block(
    symbols: &mut impl Symbols,
    table: usize,
    group: &Group,
    lane: usize,
    predicted: &mut i16,
) {
    let lane = lane % LANES;
    let dc = group.coefficients[0][lane];
    let (size, bits) = size_and_bits(i32::from(dc) - i32::from(*predicted));
    *predicted = dc;
    symbols.dc(table, size, bits);

    let mut left = 0;
    for (word, non_zero) in group.non_zero.iter().enumerate() {
        left |= u64::from(non_zero[lane]) << (16 * word);
    }
    left &= !1;
    let mut last = 0;
    while left != 0 {
        let k = left.trailing_zeros();
        left &= left - 1;
        let mut zeros = k - last - 1;
        last = k;
        while zeros > 15 {
            symbols.ac(table, ZEROS, 0, 0);
            zeros -= 16;
        }
        let (size, bits) = size_and_bits(i32::from(group.coefficients[k as usize % 64][lane]));
        symbols.ac(table, zeros << 4 | size, size, bits);
    }
    if last != 63 {
        symbols.ac(table, END, 0, 0);
    }
}

/// How many bits `value` takes, and these (T.81 section F.1.2.1.1): of a negative number, those of one less.
#[inline(always)]
fn size_and_bits(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    (size, (value + (value >> 31)).cast_unsigned() & ((1 << size) - 1))
}

/// How often each symbol of each table occurs.
#[derive(Debug)]
pub(super) struct Counter {
    dc: [[u32; 256]; 2],
    ac: [[u32; 256]; 2],
}

impl Counter {
    /// For a picture of which all symbols will be counted.
    pub(super) fn new() -> Self {
        Self { dc: [[0; 256]; 2], ac: [[0; 256]; 2] }
    }

    /// For a picture of which a part will be counted: every symbol of `tables` occurs, in proportion to the length
    /// of its code, about 256 in all.
    pub(super) fn with_prior(tables: &[Tables; 2]) -> Self {
        let mut counter = Self::new();
        let prior = |table: &Table| {
            table.codes().map(|code| match code.length {
                0 => 0,
                length => (256u32 >> length).max(1),
            })
        };
        for (i, tables) in tables.iter().enumerate() {
            counter.dc[i] = prior(&tables.dc);
            counter.ac[i] = prior(&tables.ac);
        }
        counter
    }

    /// The best tables for what was counted.
    pub(super) fn tables(&self) -> [Tables; 2] {
        let [luma, chroma] =
            [0, 1].map(|i| Tables { dc: Table::best(&self.dc[i]), ac: Table::best(&self.ac[i]) });
        [luma, chroma]
    }
}

impl Symbols for Counter {
    #[inline(always)]
    fn dc(&mut self, table: usize, size: u32, _: u32) {
        self.dc[table % 2][size as usize % 256] += 1;
    }

    #[inline(always)]
    fn ac(&mut self, table: usize, symbol: u32, _: u32, _: u32) {
        self.ac[table % 2][symbol as usize % 256] += 1;
    }
}

/// Writes symbols with the codes of their tables.
#[derive(Debug)]
pub(super) struct Writer {
    bits: BitWriter,
    dc: [[Code; 256]; 2],
    ac: [[Code; 256]; 2],
}

impl Writer {
    /// Appends to `file`.
    pub(super) fn new(file: Vec<u8>, [luma, chroma]: &[Tables; 2]) -> Self {
        Self {
            bits: BitWriter::new(file),
            dc: [luma.dc.codes(), chroma.dc.codes()],
            ac: [luma.ac.codes(), chroma.ac.codes()],
        }
    }

    /// The file, up to the end of the scan.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bits.finish()
    }

    #[inline(always)]
    fn put(&mut self, code: Code, size: u32, bits: u32) {
        // At most 16 bits of a code and 11 of a difference.
        self.bits.put(u32::from(code.bits) << size | bits, u32::from(code.length) + size);
    }
}

impl Symbols for Writer {
    #[inline(always)]
    fn dc(&mut self, table: usize, size: u32, bits: u32) {
        self.put(self.dc[table % 2][size as usize % 256], size, bits);
    }

    #[inline(always)]
    fn ac(&mut self, table: usize, symbol: u32, size: u32, bits: u32) {
        self.put(self.ac[table % 2][symbol as usize % 256], size, bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_bits_of_the_standard() {
        // T.81 Tables F.1 and F.2.
        assert_eq!(size_and_bits(0), (0, 0));
        assert_eq!(size_and_bits(1), (1, 1));
        assert_eq!(size_and_bits(-1), (1, 0));
        assert_eq!(size_and_bits(5), (3, 0b101));
        assert_eq!(size_and_bits(-5), (3, 0b010));
        assert_eq!(size_and_bits(-1023), (10, 0));
        assert_eq!(size_and_bits(-2047), (11, 0));
    }
}

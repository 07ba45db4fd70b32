//! Huffman tables, and the best one for given frequencies (T.81 Annexes C and K.2).

#![allow(
    clippy::indexing_slicing,
    reason = "symbols, lengths and nodes, of which there are as many"
)]

use std::cmp::Reverse;

/// The longest code.
const MAX_LENGTH: usize = 16;

/// A table as a file states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// How many codes there are of each length, from 1 to 16 bits.
    pub(super) counts: [u8; MAX_LENGTH],
    /// In the order of their codes.
    pub(super) symbols: Vec<u8>,
}

/// The tables of a component.
#[derive(Clone, Debug)]
pub(super) struct Tables {
    pub(super) dc: Table,
    pub(super) ac: Table,
}

/// The code of a symbol; of 0 bits if it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) bits: u16,
    pub(super) length: u8,
}

impl Table {
    /// The code of each symbol (T.81 Figures C.1 to C.3).
    pub(super) fn codes(&self) -> [Code; 256] {
        let mut codes = [Code::default(); 256];
        let mut symbols = self.symbols.iter();
        let mut bits = 0;
        for (length, count) in (1..).zip(self.counts) {
            for symbol in symbols.by_ref().take(usize::from(count)) {
                codes[usize::from(*symbol)] = Code { bits, length };
                bits += 1;
            }
            bits <<= 1;
        }
        codes
    }

    /// The table with which symbols of these frequencies take the fewest bits. A symbol that does not occur has
    /// no code, and no code is all ones.
    pub(super) fn best(frequencies: &[u32; 256]) -> Self {
        let mut used: Vec<(u32, u8)> = frequencies.iter().copied().zip(0..=255).collect();
        used.retain(|(frequency, _)| *frequency > 0);
        used.sort_unstable_by_key(|(frequency, symbol)| (Reverse(*frequency), *symbol));
        let mut lengths = code_lengths(&used);
        limit(&mut lengths);
        // The code of all ones is one of the longest.
        if let Some(longest) = lengths.iter_mut().rev().find(|count| **count > 0) {
            *longest -= 1;
        }
        let mut counts = [0; MAX_LENGTH];
        for (count, of_length) in counts.iter_mut().zip(lengths.iter().skip(1)) {
            *count = u8::try_from(*of_length).unwrap_or(u8::MAX);
        }
        Self { counts, symbols: used.into_iter().map(|(_, symbol)| symbol).collect() }
    }
}

/// How many codes there are of each length in bits, for symbols in falling order of frequency and one more that
/// never occurs, which stands for the code of all ones.
fn code_lengths(used: &[(u32, u8)]) -> [u32; 257] {
    // Leaves in rising order; nodes come into being in rising order too, so that the two rarest are at the front
    // of the two lists.
    let leaves: Vec<u64> =
        std::iter::once(0).chain(used.iter().rev().map(|(n, _)| u64::from(*n))).collect();
    let mut nodes: Vec<u64> = Vec::with_capacity(leaves.len());
    // Of leaves and then of nodes.
    let mut parents = vec![0; 2 * leaves.len()];
    let (mut leaf, mut node) = (0, 0);
    while nodes.len() + 1 < leaves.len() {
        let mut sum = 0;
        for _ in 0..2 {
            let next = match (leaves.get(leaf), nodes.get(node)) {
                (Some(a), Some(b)) if a > b => None,
                (leaf, _) => leaf,
            };
            let child = if let Some(frequency) = next {
                sum += frequency;
                leaf += 1;
                leaf - 1
            } else {
                sum += nodes.get(node).copied().unwrap_or(0);
                node += 1;
                leaves.len() + node - 1
            };
            parents[child] = leaves.len() + nodes.len();
        }
        nodes.push(sum);
    }
    let mut depths = vec![0usize; parents.len()];
    let mut lengths = [0; 257];
    let root = leaves.len() + nodes.len() - 1;
    for child in (0..root).rev() {
        depths[child] = depths[parents[child]] + 1;
        if child < leaves.len() {
            lengths[depths[child].min(256)] += 1;
        }
    }
    lengths
}

/// Makes codes of at most 16 bits of longer ones (T.81 Figure K.3).
fn limit(lengths: &mut [u32; 257]) {
    for length in (MAX_LENGTH + 1..lengths.len()).rev() {
        // The longest codes come in pairs. One of a pair takes their common prefix, the other a half of a
        // shorter code.
        while lengths[length] > 0 {
            let Some(shorter) = (1..length - 1).rev().find(|shorter| lengths[*shorter] > 0) else {
                return;
            };
            lengths[length] -= 2;
            lengths[length - 1] += 1;
            lengths[shorter + 1] += 2;
            lengths[shorter] -= 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "numbers for tests")]
mod tests {
    use super::super::standard_tables::standard_tables;
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        let [luma, _] = standard_tables();
        let codes = luma.ac.codes();
        // Table K.5: end of block, 0/1, 15/0 and 15/10.
        assert_eq!(codes[0x00], Code { bits: 0b1010, length: 4 });
        assert_eq!(codes[0x01], Code { bits: 0b00, length: 2 });
        assert_eq!(codes[0xf0], Code { bits: 0b111_1111_1001, length: 11 });
        assert_eq!(codes[0xfa], Code { bits: 0xfffe, length: 16 });
        assert_eq!(codes[0xfb].length, 0);
    }

    #[test]
    fn a_symbol_alone_takes_one_bit() {
        let mut frequencies = [0; 256];
        frequencies[17] = 5;
        let table = Table::best(&frequencies);
        assert_eq!(table.codes()[17], Code { bits: 0, length: 1 });
        assert_eq!(table.counts.iter().sum::<u8>(), 1);
        assert!(Table::best(&[0; 256]).symbols.is_empty());
    }

    /// The sum over all codes of 1 / 2^length is less than 1, by what the code of all ones takes; the lengths
    /// rise as the frequencies fall.
    #[test]
    fn any_frequencies_have_a_table() {
        let mut state = 3u64;
        for case in 0..2000 {
            let mut frequencies = [0u32; 256];
            let (mut a, mut b) = (1u32, 1u32);
            for frequency in &mut frequencies {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *frequency = match case % 4 {
                    // Fibonacci's numbers make the longest codes.
                    0 if a < 1 << 30 => {
                        (a, b) = (b, a + b);
                        a
                    }
                    0 => 0,
                    1 => (state >> (32 + state % 31)) as u32 & 0xffff,
                    2 => u32::from(state >> 63 == 1),
                    _ => (state >> 33) as u32,
                };
            }
            let table = Table::best(&frequencies);
            let codes = table.codes();
            let mut room = 1u32 << MAX_LENGTH;
            for (code, frequency) in codes.iter().zip(&frequencies) {
                assert_eq!(code.length > 0, *frequency > 0);
                if code.length > 0 {
                    room -= 1 << (MAX_LENGTH - usize::from(code.length));
                    assert_ne!(code.bits, ((1u32 << code.length) - 1) as u16, "all ones");
                }
            }
            assert!(room > 0);
            for pair in table.symbols.windows(2) {
                assert!(frequencies[usize::from(pair[0])] >= frequencies[usize::from(pair[1])]);
                assert!(codes[usize::from(pair[0])].length <= codes[usize::from(pair[1])].length);
            }
        }
    }
}

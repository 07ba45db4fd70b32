//! Huffman tables (ITU-T T.81, annex C).

use crate::rendition::decode_error::Damaged;

/// Codes of up to this many bits are found with one look.
pub(super) const LOOK: u32 = 10;

/// A Huffman table, ready to decode.
#[derive(Clone)]
pub(super) struct Huffman {
    /// For each value of the next [`LOOK`] bits: code length << 8 | symbol. 0 where the code is longer.
    pub(super) short: Box<[u16; 1 << LOOK]>,
    /// The same: coefficient << 16 | zero run << 8 | bits used, where code and coefficient fit in `LOOK`
    /// bits.
    pub(super) coefficient: Box<[i32; 1 << LOOK]>,
    /// One past the last code of each length, aligned to 16 bits.
    pub(super) limit: [u32; 17],
    /// What to add to a code of each length to get its symbol's index.
    pub(super) offset: [i32; 17],
    pub(super) symbols: [u8; 256],
}

impl Huffman {
    /// From the body of a DHT segment: the count of codes of each length and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Damaged> {
        let mut table = Self {
            short: Box::new([0; 1 << LOOK]),
            coefficient: Box::new([0; 1 << LOOK]),
            limit: [0; 17],
            offset: [0; 17],
            symbols: [0; 256],
        };
        for (to, from) in table.symbols.iter_mut().zip(symbols) {
            *to = *from;
        }
        let (mut code, mut index) = (0u32, 0u32);
        let mut symbol = symbols.iter();
        for ((length, &count), (limit, offset)) in
            (1u32..).zip(counts).zip(table.limit.iter_mut().zip(&mut table.offset).skip(1))
        {
            *offset = index.cast_signed() - code.cast_signed();
            for &symbol in symbol.by_ref().take(count.into()) {
                if length <= LOOK {
                    let first = (code << (LOOK - length)) as usize;
                    let entry = u16::from(symbol) | u16::try_from(length << 8).unwrap_or(0);
                    for slot in table.short.iter_mut().skip(first).take(1 << (LOOK - length)) {
                        *slot = entry;
                    }
                }
                code += 1;
            }
            index += u32::from(count);
            if code > 1 << length {
                return Err(Damaged("a Huffman table has more codes than bits"));
            }
            *limit = code << (16 - length);
            code <<= 1;
        }
        table.join_coefficients();
        Ok(table)
    }

    /// Fills in [`coefficient`](Self::coefficient): most AC codes fit in one look with their coefficient.
    fn join_coefficients(&mut self) {
        for ((bits, slot), &entry) in (0u32..).zip(self.coefficient.iter_mut()).zip(&*self.short) {
            let (length, run, size) =
                (u32::from(entry >> 8), i32::from(entry >> 4 & 15), u32::from(entry & 15));
            if length == 0 || size == 0 || length + size > LOOK {
                continue;
            }
            let value = bits >> (LOOK - length - size) & ((1 << size) - 1);
            *slot = extend(value, size) << 16 | run << 8 | (length + size).cast_signed();
        }
    }
}

/// The coefficient of a code of `size` bits (F.2.2.1, EXTEND).
#[inline]
pub(super) fn extend(value: u32, size: u32) -> i32 {
    if size == 0 {
        return 0;
    }
    let value = value.cast_signed();
    if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_too_many_codes_is_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_err());
    }
}

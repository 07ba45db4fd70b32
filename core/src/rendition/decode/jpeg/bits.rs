//! The bit reader of a scan (ITU-T T.81, annex F.2.2).
//!
//! It counts how many of its bits are padding: a scan that reads any of them has too few bits for its
//! pixels.

use super::huffman::{Huffman, LOOK, extend};
use crate::rendition::decode_error::Damaged;

/// The bits of one run of entropy-coded data, without byte stuffing.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, topmost first.
    buffer: u64,
    /// How many of them are valid.
    count: u32,
    /// How many of those are padding behind the end of the data.
    padding_bits: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], position: usize) -> Self {
        Self { data, position, buffer: 0, count: 0, padding_bits: 0 }
    }

    /// Makes at least 32 bits valid, with padding behind the end of the data.
    #[inline]
    fn refill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(&bytes) = self.data.get(self.position..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_be_bytes(bytes);
            // Zero exactly when no byte is 0xFF.
            let stuffed =
                (!word).wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080;
            if stuffed == 0 {
                // The next refill sets the bits past `count` again, to the same values.
                self.buffer |= word >> self.count;
                let bytes = (63 - self.count) >> 3;
                self.position += bytes as usize;
                self.count += bytes * 8;
                return;
            }
        }
        self.refill_slowly();
    }

    #[cold]
    #[inline(never)]
    fn refill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match self.data.get(self.position..) {
                Some([0xff, 0x00, ..]) => {
                    self.position += 2;
                    0xff
                }
                Some([byte, ..]) if *byte != 0xff => {
                    self.position += 1;
                    *byte
                }
                // A marker or the end of the file.
                _ => {
                    self.padding_bits += 64 - self.count;
                    self.count = 64;
                    return;
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn consume(&mut self, bits: u32) {
        self.buffer <<= bits;
        self.count -= bits;
    }

    /// Whether more bits were read than the data has.
    #[inline]
    pub(super) fn overrun(&self) -> bool {
        self.count < self.padding_bits
    }

    /// The next `size` bits, at most 16.
    #[inline]
    pub(super) fn take(&mut self, size: u32) -> u32 {
        self.refill();
        if size == 0 {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "size is at most 16")]
        let value = (self.buffer >> (64 - size)) as u32;
        self.consume(size);
        value
    }

    /// The next symbol of `table`.
    #[inline]
    pub(super) fn symbol(&mut self, table: &Huffman) -> Result<u8, Damaged> {
        self.refill();
        let entry =
            table.short.get((self.buffer >> (64 - LOOK)) as usize).copied().unwrap_or_default();
        if entry == 0 {
            return self.long_symbol(table);
        }
        self.consume(u32::from(entry >> 8));
        Ok(entry.to_le_bytes()[0])
    }

    #[cold]
    fn long_symbol(&mut self, table: &Huffman) -> Result<u8, Damaged> {
        let code = (self.buffer >> 48) as u32;
        for ((length, &limit), &offset) in (0u32..).zip(&table.limit).zip(&table.offset).skip(1) {
            if code < limit {
                let index = (code >> (16 - length)).cast_signed() + offset;
                let symbol = usize::try_from(index).ok().and_then(|i| table.symbols.get(i));
                self.consume(length);
                return symbol.copied().ok_or(Damaged("a Huffman code has no symbol"));
            }
        }
        Err(Damaged("invalid Huffman code"))
    }

    /// The next coefficient of `size` bits.
    #[inline]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        extend(self.take(size), size)
    }

    /// The next zero run and coefficient, if their code is short: coefficient << 16 | run << 8. Else 0.
    #[inline]
    pub(super) fn short_coefficient(&mut self, table: &Huffman) -> i32 {
        self.refill();
        let entry = table
            .coefficient
            .get((self.buffer >> (64 - LOOK)) as usize)
            .copied()
            .unwrap_or_default();
        self.consume(entry.cast_unsigned() & 0xff);
        entry
    }

    /// Ends the run: how many whole bytes were left unread, and the offset of the next marker.
    pub(super) fn finish(self) -> (usize, usize) {
        let unread = (self.count.saturating_sub(self.padding_bits) / 8) as usize;
        let rest = self.data.get(self.position..).unwrap_or_default();
        let length = rest
            .windows(2)
            .position(|pair| matches!(pair, [0xff, code] if !matches!(code, 0x00 | 0xff)))
            .unwrap_or(rest.len());
        (unread + length, self.position + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stop_at_a_marker_and_count_the_padding() {
        let data = [0xab, 0xff, 0x00, 0xcd, 0xff, 0xd9];
        let mut bits = Bits::new(&data, 0);
        assert_eq!(bits.take(8), 0xab);
        assert_eq!(bits.take(16), 0xffcd);
        assert!(!bits.overrun());
        assert_eq!(bits.take(1), 0);
        assert!(bits.overrun());
        assert_eq!(bits.finish(), (0, 4));
    }

    #[test]
    fn the_fast_refill_gives_the_same_bits() {
        let data: Vec<u8> = (0..200u8).map(|i| i.wrapping_mul(37) & 0x7f).collect();
        let mut bits = Bits::new(&data, 0);
        for pair in data.chunks_exact(2) {
            assert_eq!(bits.take(3), u32::from(pair[0] >> 5));
            assert_eq!(bits.take(13), u32::from(pair[0] & 31) << 8 | u32::from(pair[1]));
        }
        assert!(!bits.overrun());
    }

    #[test]
    fn codes_of_every_length() {
        // One code each of 1 to 16 bits: 0, 10, 110, ...
        let symbols: Vec<u8> = (1..=16).collect();
        let table = Huffman::new(&[1; 16], &symbols).unwrap();
        for length in 1..=16u32 {
            let code = ((1u32 << (length - 1)) - 1) << 1;
            let bytes = (code << (32 - length)).to_be_bytes();
            let stuffed: Vec<u8> =
                bytes.iter().flat_map(|&b| if b == 0xff { vec![b, 0] } else { vec![b] }).collect();
            let mut bits = Bits::new(&stuffed, 0);
            assert_eq!(u32::from(bits.symbol(&table).unwrap()), length);
        }
        let mut bits = Bits::new(&[0xff, 0x00, 0xff, 0x00, 0], 0);
        assert!(bits.symbol(&table).is_err());
    }
}

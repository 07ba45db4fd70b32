//! Huffman tables and the bit reader of a scan (ITU-T T.81, annexes C and F.2.2).
//!
//! The reader knows how many of its bits were really in the file: a scan that asks for more is
//! short of pixels, whatever comes after it.

use super::Damage;

/// Codes up to this length are found with one look.
const LOOK: u32 = 10;

/// A Huffman table, ready to decode.
#[derive(Clone)]
pub(super) struct Huffman {
    /// Code length << 8 | symbol for each value of the next `LOOK` bits; 0 where the code is longer.
    short: Box<[u16; 1 << LOOK]>,
    /// Coefficient << 16 | zero run << 8 | bits used, where code and coefficient fit in `LOOK` bits.
    coefficient: Box<[i32; 1 << LOOK]>,
    /// One past the last code of each length, aligned to 16 bits.
    limit: [u32; 17],
    /// What to add to a code of each length to get its symbol's place.
    offset: [i32; 17],
    symbols: [u8; 256],
}

impl Huffman {
    /// From the body of a DHT segment: the count of codes of each length and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Damage> {
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
        let (mut code, mut place) = (0u32, 0u32);
        let mut symbol = symbols.iter();
        for ((length, &count), (limit, offset)) in
            (1u32..).zip(counts).zip(table.limit.iter_mut().zip(&mut table.offset).skip(1))
        {
            *offset = place.cast_signed() - code.cast_signed();
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
            place += u32::from(count);
            if code > 1 << length {
                return Err("a Huffman table has more codes than bits");
            }
            *limit = code << (16 - length);
            code <<= 1;
        }
        table.join_coefficients();
        Ok(table)
    }

    /// Most AC codes and their coefficient fit in one look together.
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

/// The bits of one stretch of entropy-coded data, byte stuffing removed.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, topmost first.
    buffer: u64,
    /// How many of them count.
    count: u32,
    /// How many of those were not in the file.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], position: usize) -> Self {
        Self { data, position, buffer: 0, count: 0, made_up: 0 }
    }

    /// At least 32 bits to read, made up where the data ends.
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
                // Bits past `count` are those that the next refill puts there once more.
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
                    self.made_up += 64 - self.count;
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

    /// Whether more bits were read than the file has.
    #[inline]
    pub(super) fn overrun(&self) -> bool {
        self.count < self.made_up
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
    pub(super) fn symbol(&mut self, table: &Huffman) -> Result<u8, Damage> {
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
    fn long_symbol(&mut self, table: &Huffman) -> Result<u8, Damage> {
        let code = (self.buffer >> 48) as u32;
        for ((length, &limit), &offset) in (0u32..).zip(&table.limit).zip(&table.offset).skip(1) {
            if code < limit {
                let place = (code >> (16 - length)).cast_signed() + offset;
                let symbol = usize::try_from(place).ok().and_then(|p| table.symbols.get(p));
                self.consume(length);
                return symbol.copied().ok_or("a Huffman code has no symbol");
            }
        }
        Err("invalid Huffman code")
    }

    /// A coefficient's value of `size` bits (F.2.2.1, EXTEND).
    #[inline]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        extend(self.take(size), size)
    }

    /// The next zero run and coefficient when they are short: run << 8 in the second byte, the
    /// coefficient above; 0 otherwise.
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

    /// Ends the stretch: how many whole bytes were left unread, and where the next marker is.
    pub(super) fn finish(self) -> (usize, usize) {
        let unread = (self.count.saturating_sub(self.made_up) / 8) as usize;
        let rest = self.data.get(self.position..).unwrap_or_default();
        let length = rest
            .windows(2)
            .position(|pair| matches!(pair, [0xff, code] if !matches!(code, 0x00 | 0xff)))
            .unwrap_or(rest.len());
        (unread + length, self.position + length)
    }
}

#[inline]
fn extend(value: u32, size: u32) -> i32 {
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
    fn bits_stop_at_a_marker_and_count_what_is_missing() {
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

    #[test]
    fn a_table_with_too_many_codes_is_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Huffman::new(&counts, &[1, 2, 3]).is_err());
    }
}

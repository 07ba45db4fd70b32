//! Huffman tables (ITU-T T.81, annex C), made ready to decode.

#![allow(clippy::indexing_slicing, reason = "tables of all values of a look")]

use crate::rendition::decode_error::Damaged;

/// Bits of a look at an AC table.
pub(super) const LOOK: u32 = 11;

/// Bits of a look at a DC table.
const DC_LOOK: u32 = 9;

/// The codes of a table, of any length.
#[derive(Clone)]
pub(super) struct Huffman {
    /// One past the last code of each length, aligned to 16 bits.
    limit: [u32; 17],
    /// What to add to a code of each length to get its symbol's index.
    offset: [i32; 17],
    symbols: [u8; 256],
}

impl Huffman {
    /// From the body of a DHT segment: the count of codes of each length and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Damaged> {
        let mut table = Self { limit: [0; 17], offset: [0; 17], symbols: [0; 256] };
        for (to, from) in table.symbols.iter_mut().zip(symbols) {
            *to = *from;
        }
        let (mut code, mut index) = (0u32, 0u32);
        for ((length, &count), (limit, offset)) in
            (1u32..).zip(counts).zip(table.limit.iter_mut().zip(&mut table.offset).skip(1))
        {
            *offset = index.cast_signed() - code.cast_signed();
            code += u32::from(count);
            index += u32::from(count);
            if code > 1 << length {
                return Err(Damaged("a Huffman table has more codes than bits"));
            }
            *limit = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// The code at the top of `bits`: its length and symbol.
    #[inline(never)]
    pub(super) fn find(&self, bits: u64) -> Result<(u32, u8), Damaged> {
        let code = (bits >> 48) as u32;
        for ((length, &limit), &offset) in (0u32..).zip(&self.limit).zip(&self.offset).skip(1) {
            if code < limit {
                let index = (code >> (16 - length)).cast_signed() + offset;
                let symbol = usize::try_from(index).ok().and_then(|i| self.symbols.get(i));
                return symbol
                    .map(|&symbol| (length, symbol))
                    .ok_or(Damaged("a Huffman code has no symbol"));
            }
        }
        Err(Damaged("invalid Huffman code"))
    }

    /// For each value of the next `look` bits: code length << 8 | symbol. 0 where the code is longer.
    pub(super) fn looks(&self, look: u32) -> Vec<u16> {
        let mut looks = Vec::with_capacity(1 << look);
        while looks.len() < 1 << look {
            let next = looks.len() as u64;
            match self.find(next << (64 - look)) {
                Ok((length, symbol)) if length <= look => {
                    let entry = u16::from(symbol) | u16::try_from(length << 8).unwrap_or(0);
                    looks.resize(looks.len() + (1 << (look - length)), entry);
                }
                _ => looks.push(0),
            }
        }
        looks
    }
}

/// The table of DC differences.
#[derive(Clone)]
pub(super) struct DcTable {
    codes: Huffman,
    /// For each value of the next [`DC_LOOK`] bits: code length << 8 | size of the difference. 0 where the code
    /// is longer.
    looks: Box<[u16; 1 << DC_LOOK]>,
}

impl DcTable {
    pub(super) fn new(codes: Huffman) -> Self {
        let looks = fixed(codes.looks(DC_LOOK));
        Self { codes, looks }
    }

    /// The next code: its length, and the size of the difference that follows.
    #[inline(always)]
    pub(super) fn find(&self, bits: u64) -> Result<(u32, u32), Damaged> {
        let entry = self.looks[(bits >> (64 - DC_LOOK)) as usize];
        let (length, size) = (u32::from(entry >> 8), u32::from(entry & 0xff));
        let (length, size) = if length == 0 {
            let (length, size) = self.codes.find(bits)?;
            (length, size.into())
        } else {
            (length, size)
        };
        if size > 15 {
            return Err(Damaged("a DC difference has over 15 bits"));
        }
        Ok((length, size))
    }
}

/// What a look at an AC table finds: up to two coefficients.
#[derive(Clone, Copy)]
pub(super) struct Look(pub(super) u64);

/// An advance to behind the last coefficient: the end of the block.
pub(super) const END_OF_BLOCK: u32 = 64;

impl Look {
    const IS_LONG: u64 = 1 << 31;

    /// A code that is longer than a look, or whose value is, or which ends more than one block.
    fn long(length: u32, symbol: u8) -> Self {
        Self(Self::IS_LONG | u64::from(length) | u64::from(symbol) << 8)
    }

    fn pair(first: Step, second: Step) -> Self {
        Self(
            u64::from(first.used + second.used)
                | u64::from(first.advance) << 8
                | u64::from(second.advance) << 16
                | u64::from(second.used) << 24
                | u64::from(first.value.cast_unsigned()) << 32
                | u64::from(second.value.cast_unsigned()) << 48,
        )
    }

    /// Whether only a code is found, with [`symbol`](Self::symbol) and [`length`](Self::length).
    #[inline(always)]
    pub(super) fn is_long(self) -> bool {
        self.0 & Self::IS_LONG != 0
    }

    /// The bits used: in the lowest 6 bits.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "its lower bits")]
    pub(super) fn used(self) -> u32 {
        self.0 as u32
    }

    /// The length of a long code; 0 if it is longer than a look.
    #[inline(always)]
    pub(super) fn length(self) -> u32 {
        self.used() & 31
    }

    /// The symbol of a long code.
    #[inline(always)]
    pub(super) fn symbol(self) -> u8 {
        self.0.to_le_bytes()[1]
    }

    /// How far it is to the first coefficient.
    #[inline(always)]
    pub(super) fn first_advance(self) -> u32 {
        self.used() >> 8 & 0xff
    }

    /// The distance from the first to the second; 0 if there is no second.
    #[inline(always)]
    pub(super) fn second_advance(self) -> u32 {
        self.used() >> 16 & 0xff
    }

    /// The bits of the second coefficient.
    #[inline(always)]
    pub(super) fn second_used(self) -> u32 {
        self.used() >> 24 & 15
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 of its bits")]
    pub(super) fn first_value(self) -> i16 {
        (self.0 >> 32) as i16
    }

    #[inline(always)]
    pub(super) fn second_value(self) -> i16 {
        (self.0 >> 48) as i16
    }

    /// Whether the first is a run of 16 zeros.
    pub(super) fn first_is_zeros(self) -> bool {
        self.first_advance() == 16 && self.first_value() == 0
    }

    /// Whether the second is a run of 16 zeros.
    pub(super) fn second_is_zeros(self) -> bool {
        self.second_advance() == 16 && self.second_value() == 0
    }
}

/// A coefficient, a run of 16 zeros or the end of a block.
#[derive(Clone, Copy, Default)]
struct Step {
    used: u32,
    advance: u32,
    value: i16,
}

impl Step {
    /// That at the top of the `left` bits in `bits`, whose entry of [`Huffman::looks`] is `entry`. `None` if it
    /// does not fit or ends more than one block.
    fn new(bits: u32, left: u32, entry: u16) -> Option<Self> {
        let (length, run, size) =
            (u32::from(entry >> 8), u32::from(entry >> 4 & 15), u32::from(entry & 15));
        if length == 0 || length + size > left {
            return None;
        }
        if size == 0 {
            let advance = match run {
                0 => END_OF_BLOCK,
                15 => 16,
                _ => return None,
            };
            return Some(Self { used: length, advance, value: 0 });
        }
        let value = bits >> (LOOK - length - size) & ((1 << size) - 1);
        #[expect(clippy::cast_possible_truncation, reason = "less than 11 bits")]
        let value = extend(value, size) as i16;
        Some(Self { used: length + size, advance: run + 1, value })
    }
}

/// The table of AC coefficients.
#[derive(Clone)]
pub(super) struct AcTable {
    pub(super) codes: Huffman,
    looks: Box<[u64; 1 << LOOK]>,
}

impl AcTable {
    pub(super) fn new(codes: Huffman) -> Self {
        let entries = codes.looks(LOOK);
        let mut looks = Vec::with_capacity(1 << LOOK);
        for (bits, &entry) in (0u32..).zip(&entries) {
            let look = if let Some(first) = Step::new(bits, LOOK, entry) {
                let rest = bits << first.used & ((1 << LOOK) - 1);
                let second = entries.get(rest as usize).copied().unwrap_or_default();
                let second = Some(second)
                    .filter(|_| first.advance != END_OF_BLOCK)
                    .and_then(|second| Step::new(rest, LOOK - first.used, second));
                Look::pair(first, second.unwrap_or_default())
            } else {
                Look::long(u32::from(entry >> 8), entry.to_le_bytes()[0])
            };
            looks.push(look.0);
        }
        Self { codes, looks: fixed(looks) }
    }

    /// What the top of `bits` is.
    #[inline(always)]
    pub(super) fn look(&self, bits: u64) -> Look {
        Look(self.looks[(bits >> (64 - LOOK)) as usize])
    }

    /// The code at the top of `bits` if `look` is long: its length and symbol.
    #[inline(always)]
    pub(super) fn code(&self, look: Look, bits: u64) -> Result<(u32, u8), Damaged> {
        if look.length() > 0 { Ok((look.length(), look.symbol())) } else { self.codes.find(bits) }
    }
}

/// The vector as an array.
pub(super) fn fixed<T: Copy + Default, const N: usize>(entries: Vec<T>) -> Box<[T; N]> {
    entries.into_boxed_slice().try_into().unwrap_or_else(|_| Box::new([T::default(); N]))
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

    #[test]
    fn codes_of_every_length() {
        // One code each of 1 to 16 bits: 0, 10, 110, ...
        let symbols: Vec<u8> = (1..=16).collect();
        let table = Huffman::new(&[1; 16], &symbols).unwrap();
        let looks = table.looks(LOOK);
        for length in 1..=16u8 {
            let code = ((1u64 << (length - 1)) - 1) << 1;
            let bits = code << (64 - u32::from(length));
            assert_eq!(table.find(bits).unwrap(), (length.into(), length));
            let entry = looks[usize::try_from(bits >> (64 - LOOK)).unwrap()];
            let short = u16::from(length) << 8 | u16::from(length);
            assert_eq!(entry, if u32::from(length) <= LOOK { short } else { 0 });
        }
        assert!(table.find(u64::MAX).is_err());
    }

    #[test]
    fn two_coefficients_in_a_look() {
        // 0 is a coefficient of 1 bit, 10 one of 2 bits behind a zero, 110 the end, 1110 sixteen zeros.
        let counts = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let table = AcTable::new(Huffman::new(&counts, &[0x01, 0x12, 0x00, 0xf0]).unwrap());
        let look = table.look(0b0110_0011 << 56);
        assert_eq!((look.first_advance(), look.first_value()), (1, 1));
        assert_eq!((look.second_advance(), look.second_value()), (2, -3));
        assert_eq!((look.used() & 63, look.second_used(), look.is_long()), (6, 4, false));
        let look = table.look(0b1110_1100 << 56);
        assert!(look.first_is_zeros() && !look.second_is_zeros());
        assert_eq!((look.second_advance(), look.used() & 63), (END_OF_BLOCK, 7));
        // An end has nothing behind it.
        let look = table.look(0b1100_1000 << 56);
        assert_eq!((look.first_advance(), look.second_advance()), (END_OF_BLOCK, 0));
        assert_eq!(look.used() & 63, 3);
    }
}

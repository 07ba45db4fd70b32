//! Prefix codes: RFC 7932, section 3.

use super::bits::Bits;
use super::damaged;
use crate::container::error::ProbeError;
use crate::container::source::Source;

/// Symbols of the largest alphabet, that of insert and copy lengths.
const MAX_ALPHABET: usize = 704;
/// Symbols of all codes of a meta-block, and how many codes there are. Metadata needs fewer.
const MAX_SYMBOLS: usize = 8192;
const MAX_CODES: usize = 128;
/// Bits of the longest code.
const MAX_BITS: usize = 15;

/// A code, by its number.
#[derive(Clone, Copy, Default)]
pub(super) struct Code(usize);

impl Code {
    /// The code `by` places behind this one.
    pub(super) fn plus(self, by: usize) -> Self {
        Self(self.0 + by)
    }
}

/// The codes of a meta-block.
pub(super) struct Codes {
    /// The symbols of each code, in the order of their bits.
    symbols: [u16; MAX_SYMBOLS],
    used: usize,
    entries: [Entry; MAX_CODES],
    count: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Where its symbols begin.
    at: usize,
    /// How many symbols have as many bits. Of a code of one symbol, which has no bits, one has 0.
    lengths: [u16; MAX_BITS + 1],
}

impl Codes {
    pub(super) fn new() -> Self {
        let entry = Entry { at: 0, lengths: [0; MAX_BITS + 1] };
        Self { symbols: [0; MAX_SYMBOLS], used: 0, entries: [entry; MAX_CODES], count: 0 }
    }

    pub(super) fn clear(&mut self) {
        (self.used, self.count) = (0, 0);
    }

    /// The next symbol in `code`.
    pub(super) fn symbol<S: Source>(
        &self,
        bits: &mut Bits<'_, S>,
        code: Code,
    ) -> Result<usize, ProbeError> {
        let entry = self.entries.get(code.0).ok_or_else(damaged)?;
        let symbol = |index: usize| self.symbols.get(entry.at + index).map(|&s| usize::from(s));
        let [none, lengths @ ..] = &entry.lengths;
        if *none == 1 {
            return symbol(0).ok_or_else(damaged);
        }
        // Of each length: the code of its first symbol, and the symbols before it.
        let (mut value, mut first, mut before) = (0, 0, 0);
        for count in lengths {
            let count = usize::from(*count);
            value = value * 2 + bits.read(1)? as usize;
            first *= 2;
            if value < first + count {
                return symbol(before + value - first).ok_or_else(damaged);
            }
            first += count;
            before += count;
        }
        Err(damaged())
    }

    /// Reads `count` codes of an alphabet. Returns the first.
    pub(super) fn read_all<S: Source>(
        &mut self,
        bits: &mut Bits<'_, S>,
        alphabet: usize,
        count: usize,
    ) -> Result<Code, ProbeError> {
        let first = Code(self.count);
        for _ in 0..count {
            self.read(bits, alphabet)?;
        }
        Ok(first)
    }

    /// Reads a code of an alphabet.
    pub(super) fn read<S: Source>(
        &mut self,
        bits: &mut Bits<'_, S>,
        alphabet: usize,
    ) -> Result<Code, ProbeError> {
        const SIMPLE: u32 = 1;
        let mut room = [0; MAX_ALPHABET];
        let lengths = room.get_mut(..alphabet).ok_or_else(damaged)?;
        match bits.read(2)? {
            SIMPLE => {
                if let Some(only) = read_simple(bits, lengths)? {
                    return self.put_one(only);
                }
            }
            skipped => self.read_lengths(bits, skipped as usize, lengths)?,
        }
        self.put(lengths)
    }

    /// Section 3.5: the lengths, in a code that has a code of its own.
    fn read_lengths<S: Source>(
        &mut self,
        bits: &mut Bits<'_, S>,
        skipped: usize,
        lengths: &mut [u8],
    ) -> Result<(), ProbeError> {
        const ORDER: [usize; 18] = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        const REPEAT: usize = 16;
        let mut of_lengths = [0; 18];
        let mut space = 32_u32;
        for &symbol in ORDER.iter().skip(skipped) {
            let length = match bits.read(2)? {
                0 => 0,
                1 => 4,
                2 => 3,
                _ if !bits.flag()? => 2,
                _ if !bits.flag()? => 1,
                _ => 5,
            };
            if let Some(to) = of_lengths.get_mut(symbol) {
                *to = length;
            }
            if length > 0 {
                space = space.checked_sub(32 >> length).ok_or_else(damaged)?;
                if space == 0 {
                    break;
                }
            }
        }
        let (count, used) = (self.count, self.used);
        let code = self.put(&of_lengths)?;
        let mut space = 1_u32 << MAX_BITS;
        let (mut at, mut last, mut repeated) = (0, 8, (0, 0));
        while space > 0 && at < lengths.len() {
            let symbol = self.symbol(bits, code)?;
            let (length, times) = if symbol < REPEAT {
                repeated = (0, 0);
                (symbol.to_le_bytes()[0], 1)
            } else {
                // The last length again, or 0. Symbols in a row are the digits of one number.
                let digit = if symbol == REPEAT { 2 } else { 3 };
                let before = if repeated.0 == symbol { repeated.1 } else { 0 };
                let high = if before > 0 { (before - 2) << digit } else { 0 };
                let times = high + 3 + bits.read(digit)? as usize;
                repeated = (symbol, times);
                (if symbol == REPEAT { last } else { 0 }, times - before)
            };
            if length > 0 {
                last = length;
            }
            for to in lengths.get_mut(at..at + times).ok_or_else(damaged)? {
                *to = length;
                if length > 0 {
                    space = space
                        .checked_sub(1 << (MAX_BITS - usize::from(length)))
                        .ok_or_else(damaged)?;
                }
            }
            at += times;
        }
        (self.count, self.used) = (count, used);
        Ok(())
    }

    /// The code in which symbols have these lengths.
    fn put(&mut self, lengths: &[u8]) -> Result<Code, ProbeError> {
        let mut entry = Entry { at: self.used, lengths: [0; MAX_BITS + 1] };
        for length in 1..=MAX_BITS {
            for (symbol, _) in (0_u16..).zip(lengths).filter(|(_, of)| usize::from(**of) == length)
            {
                *self.symbols.get_mut(self.used).ok_or_else(damaged)? = symbol;
                self.used += 1;
                if let Some(count) = entry.lengths.get_mut(length) {
                    *count += 1;
                }
            }
        }
        if self.used == entry.at + 1 {
            entry.lengths = [0; MAX_BITS + 1];
            if let Some(none) = entry.lengths.first_mut() {
                *none = 1;
            }
        }
        self.push(entry)
    }

    /// The code of one symbol, which has no bits.
    fn put_one(&mut self, symbol: u16) -> Result<Code, ProbeError> {
        *self.symbols.get_mut(self.used).ok_or_else(damaged)? = symbol;
        let mut entry = Entry { at: self.used, lengths: [0; MAX_BITS + 1] };
        if let Some(none) = entry.lengths.first_mut() {
            *none = 1;
        }
        self.used += 1;
        self.push(entry)
    }

    fn push(&mut self, entry: Entry) -> Result<Code, ProbeError> {
        *self.entries.get_mut(self.count).ok_or_else(damaged)? = entry;
        self.count += 1;
        Ok(Code(self.count - 1))
    }
}

/// Section 3.4: up to four symbols. Returns the symbol if it is the only one.
fn read_simple<S: Source>(
    bits: &mut Bits<'_, S>,
    lengths: &mut [u8],
) -> Result<Option<u16>, ProbeError> {
    let count = bits.read(2)? as usize + 1;
    let width = usize::BITS - (lengths.len() - 1).leading_zeros();
    let mut symbols = [0; 4];
    for symbol in symbols.iter_mut().take(count) {
        *symbol = bits.read(width)?;
    }
    let [only, ..] = symbols;
    if count == 1 {
        return Ok(Some(u16::try_from(only).map_err(|_| damaged())?));
    }
    let of_symbols: [u8; 4] = match count {
        2 => [1, 1, 0, 0],
        3 => [1, 2, 2, 0],
        _ if bits.flag()? => [1, 2, 3, 3],
        _ => [2, 2, 2, 2],
    };
    for (symbol, length) in symbols.iter().zip(of_symbols).take(count) {
        let to = lengths.get_mut(*symbol as usize).filter(|length| **length == 0);
        *to.ok_or_else(damaged)? = length;
    }
    Ok(None)
}

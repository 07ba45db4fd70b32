//! The beginning of a Brotli stream (RFC 7932), unpacked into a fixed buffer: the compressed boxes of JPEG XL.
//!
//! The decoders on crates.io allocate a window of up to 16 MB. Here `out` is the window. The words of the static dictionary
//! are those of `brotli-decompressor`.

mod bits;
mod blocks;
mod context;
mod prefix;

use brotli_decompressor::dictionary::{
    kBrotliDictionary, kBrotliDictionaryOffsetsByLength, kBrotliDictionarySizeBitsByLength,
};
use brotli_decompressor::transform::{TransformDictionaryWord, kNumTransforms};

use self::bits::Bits;
use self::blocks::{Blocks, ContextMap, of_symbol};
use self::context::Mode;
use self::prefix::Codes;
use crate::container::error::{ProbeError, malformed};
use crate::container::source::Source;
use crate::format::Format;

/// Block types of literals and of distances. Metadata has fewer.
const MAX_TYPES: usize = 32;
const CONTEXTS: usize = 64;
const DISTANCE_CONTEXTS: usize = 4;

fn damaged() -> ProbeError {
    malformed(Format::Jxl, "a compressed box is damaged")
}

/// Unpacks from the bytes from `at` to `end` until `out` is full, the stream ends or it is damaged. Returns how many bytes
/// of `out` were filled. Nothing is allocated.
pub(super) fn unpack(
    src: &mut impl Source,
    at: u64,
    end: u64,
    out: &mut [u8],
) -> Result<usize, ProbeError> {
    let bits = Bits::new(src, at, end);
    let mut unpacker = Unpacker {
        bits,
        codes: Codes::new(),
        out: Output { bytes: out, len: 0 },
        window: 0,
        last_distances: [4, 11, 15, 16],
    };
    match unpacker.run() {
        Err(error @ ProbeError::Io(_)) => Err(error),
        _ => Ok(unpacker.out.len),
    }
}

/// What was unpacked.
struct Output<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl Output<'_> {
    fn is_full(&self) -> bool {
        self.len == self.bytes.len()
    }

    /// Adds a byte, if there is room.
    fn push(&mut self, byte: u8) {
        if let Some(to) = self.bytes.get_mut(self.len) {
            *to = byte;
            self.len += 1;
        }
    }

    /// The byte that was added as the `distance`th last one. 0 before the first.
    fn last(&self, distance: usize) -> u8 {
        let at = self.len.checked_sub(distance);
        at.and_then(|at| self.bytes.get(at)).copied().unwrap_or_default()
    }
}

struct Unpacker<'a, 'b, S> {
    bits: Bits<'a, S>,
    codes: Codes,
    out: Output<'b>,
    /// The farthest that a copy may reach back.
    window: usize,
    /// The last first.
    last_distances: [usize; 4],
}

impl<S: Source> Unpacker<'_, '_, S> {
    fn run(&mut self) -> Result<(), ProbeError> {
        self.window = (1 << self.window_bits()?) - 16;
        while !self.out.is_full() {
            let is_last = self.bits.flag()?;
            if is_last && self.bits.flag()? {
                break;
            }
            match self.bits.read(2)? {
                3 => self.skip_metadata()?,
                more => {
                    let length = self.meta_block_length(4 + more)?;
                    if !is_last && self.bits.flag()? {
                        self.bits.align();
                        self.literal_bytes(length)?;
                    } else {
                        self.meta_block(length)?;
                    }
                }
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    fn window_bits(&mut self) -> Result<u32, ProbeError> {
        if !self.bits.flag()? {
            return Ok(16);
        }
        match self.bits.read(3)? {
            0 => match self.bits.read(3)? {
                0 => Ok(17),
                1 => Err(damaged()),
                bits => Ok(8 + bits),
            },
            bits => Ok(17 + bits),
        }
    }

    fn skip_metadata(&mut self) -> Result<(), ProbeError> {
        if self.bits.flag()? {
            return Err(damaged());
        }
        let bytes = self.bits.read(2)?;
        let length = if bytes == 0 { 0 } else { u64::from(self.bits.read(8 * bytes)?) + 1 };
        self.bits.align();
        self.bits.skip(length)
    }

    fn meta_block_length(&mut self, digits: u32) -> Result<usize, ProbeError> {
        Ok(self.bits.read(4 * digits)? as usize + 1)
    }

    fn literal_bytes(&mut self, length: usize) -> Result<(), ProbeError> {
        for _ in 0..length {
            if self.out.is_full() {
                break;
            }
            let byte = self.bits.read(8)?;
            self.out.push(byte.to_le_bytes()[0]);
        }
        Ok(())
    }

    /// A compressed meta-block (section 9.2), of `length` bytes.
    fn meta_block(&mut self, length: usize) -> Result<(), ProbeError> {
        const LITERALS: usize = 256;
        const COMMANDS: usize = 704;
        let (bits, codes) = (&mut self.bits, &mut self.codes);
        codes.clear();
        let mut literals = Blocks::read(bits, codes)?;
        let mut commands = Blocks::read(bits, codes)?;
        let mut distances = Blocks::read(bits, codes)?;
        let postfix_bits = bits.read(2)?;
        let direct = (bits.read(4)? as usize) << postfix_bits;
        let mut modes = [Mode::default(); MAX_TYPES];
        for mode in modes.get_mut(..literals.types).ok_or_else(damaged)? {
            *mode = Mode::new(bits.read(2)?);
        }
        let (mut literal_map, literal_codes) =
            ContextMap::<{ CONTEXTS * MAX_TYPES }>::read(bits, codes, CONTEXTS * literals.types)?;
        let (mut distance_map, distance_codes) =
            ContextMap::<{ DISTANCE_CONTEXTS * MAX_TYPES }>::read(
                bits,
                codes,
                DISTANCE_CONTEXTS * distances.types,
            )?;
        literal_map.first = codes.read_all(bits, LITERALS, literal_codes)?;
        let first_command = codes.read_all(bits, COMMANDS, commands.types)?;
        let alphabet = 16 + direct + (48 << postfix_bits);
        distance_map.first = codes.read_all(bits, alphabet, distance_codes)?;

        let mut left = length;
        while left > 0 && !self.out.is_full() {
            let (bits, codes) = (&mut self.bits, &self.codes);
            let kind = commands.next(bits, codes)?;
            let symbol = codes.symbol(bits, first_command.plus(kind))?;
            let (insert, copy) = read_lengths(bits, symbol)?;
            for _ in 0..insert.min(left) {
                let kind = literals.next(bits, codes)?;
                let mode = modes.get(kind).copied().unwrap_or_default();
                let context = mode.context(self.out.last(1), self.out.last(2));
                let byte = codes.symbol(bits, literal_map.code(CONTEXTS * kind + context))?;
                self.out.push(byte.to_le_bytes()[0]);
                if self.out.is_full() {
                    return Ok(());
                }
            }
            left = left.saturating_sub(insert);
            if left == 0 {
                break;
            }
            let number = if symbol < 128 {
                0
            } else {
                let kind = distances.next(bits, codes)?;
                let context = DISTANCE_CONTEXTS * kind + (copy - 2).min(3);
                codes.symbol(bits, distance_map.code(context))?
            };
            let distance = self.distance(number, direct, postfix_bits)?;
            left = left.saturating_sub(self.copy(distance, copy, number > 0)?);
        }
        Ok(())
    }

    /// The distance of a symbol (section 4).
    fn distance(
        &mut self,
        number: usize,
        direct: usize,
        postfix_bits: u32,
    ) -> Result<usize, ProbeError> {
        let [last, second, third, fourth] = self.last_distances;
        let near = |from: usize, number: usize| {
            // 1 less, 1 more, 2 less, 2 more, 3 less, 3 more.
            let step = number / 2 + 1;
            let found =
                if number.is_multiple_of(2) { from.checked_sub(step) } else { Some(from + step) };
            found.filter(|found| *found > 0).ok_or_else(damaged)
        };
        match number {
            0 => Ok(last),
            1 => Ok(second),
            2 => Ok(third),
            3 => Ok(fourth),
            4..=9 => near(last, number - 4),
            10..=15 => near(second, number - 10),
            _ if number < 16 + direct => Ok(number - 15),
            _ => {
                let number = number - direct - 16;
                let (high, low) = (number >> postfix_bits, number & ((1 << postfix_bits) - 1));
                let extra_bits = 1 + (high >> 1);
                let offset = ((2 + (high & 1)) << extra_bits) - 4;
                let extra = self.bits.read(extra_bits.to_le_bytes()[0].into())? as usize;
                Ok(((offset + extra) << postfix_bits) + low + direct + 1)
            }
        }
    }

    /// Copies what was unpacked before, or a word of the dictionary. Returns how many bytes that are.
    fn copy(&mut self, distance: usize, length: usize, is_new: bool) -> Result<usize, ProbeError> {
        let farthest = self.window.min(self.out.len);
        if let Some(word) = distance.checked_sub(farthest + 1) {
            return self.copy_word(word, length);
        }
        if is_new {
            let [last, second, third, _] = self.last_distances;
            self.last_distances = [distance, last, second, third];
        }
        for _ in 0..length {
            let byte = self.out.last(distance);
            self.out.push(byte);
        }
        Ok(length)
    }

    /// Section 8.
    fn copy_word(&mut self, word: usize, length: usize) -> Result<usize, ProbeError> {
        /// The longest word, 24 bytes, with what a transform adds to it.
        const LONGEST: usize = 24 + 16;
        let bits = kBrotliDictionarySizeBitsByLength.get(length).copied().unwrap_or_default();
        let at = kBrotliDictionaryOffsetsByLength.get(length).copied().unwrap_or_default() as usize;
        let (index, transform) = (word & ((1 << bits) - 1), i32::try_from(word >> bits));
        let transform = transform.ok().filter(|number| bits > 0 && *number < kNumTransforms);
        let transform = transform.ok_or_else(damaged)?;
        let word = kBrotliDictionary.get(at + index * length..).and_then(|tail| tail.get(..length));
        let mut room = [0; LONGEST];
        let length_of_word = i32::try_from(length).map_err(|_| damaged())?;
        let made = TransformDictionaryWord(
            &mut room,
            word.ok_or_else(damaged)?,
            length_of_word,
            transform,
        );
        let made =
            usize::try_from(made).ok().and_then(|made| room.get(..made)).ok_or_else(damaged)?;
        for byte in made {
            self.out.push(*byte);
        }
        Ok(made.len())
    }
}

/// The lengths of literals and of the copy (section 5).
fn read_lengths<S: Source>(
    bits: &mut Bits<'_, S>,
    symbol: usize,
) -> Result<(usize, usize), ProbeError> {
    const INSERT_BITS: [u32; 24] =
        [0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 24];
    const COPY_BITS: [u32; 24] =
        [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 24];
    /// Of each 64 symbols, the first insert and copy symbols.
    const CELLS: [(usize, usize); 11] = [
        (0, 0),
        (0, 8),
        (0, 0),
        (0, 8),
        (8, 0),
        (8, 8),
        (0, 16),
        (16, 0),
        (8, 16),
        (16, 8),
        (16, 16),
    ];
    let (insert, copy) = CELLS.get(symbol / 64).ok_or_else(damaged)?;
    let mut read = |extra_bits: &[u32], first, symbol| {
        let (least, extra) = of_symbol(extra_bits, first, symbol).ok_or_else(damaged)?;
        Ok::<_, ProbeError>((least + bits.read(extra)?) as usize)
    };
    let insert = read(&INSERT_BITS, 0, insert + symbol / 8 % 8)?;
    Ok((insert, read(&COPY_BITS, 2, copy + symbol % 8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of the dictionary, as they are and changed, by libbrotli at its best.
    const PACKED: &[u8] = b"\x1B\x97\x00\xE0\x45\x4F\x96\xAA\x48\x31\xD4\x42\xE1\x1B\x40\x07\x07\xEC\x5F\xA0\x71\x94\x66\
        \x79\x1D\x74\x63\x2D\x0F\x1C\x28\x2F\x8A\x84\x51\x54\x43\xF4\xAC\x01\xEE\x05\x3A\xCA\x5C\x1E\x6A\xC4\x3E\xA5\xA8\
        \x5E\x93\xF5\x47\xD7\xC3\xDE\x4E\x1E\xDF\x9A\xAF\xC1\x8F\x17\x0E\xC2\x90\x3F\x97\x01";
    const TEXT: &[u8] =
        b"Adobe Photoshop Lightroom Classic 12.0 (Windows). All rights reserved. The time of the \
        camera is not available because of the international information.";

    fn unpacked(mut data: &[u8], most: usize) -> Vec<u8> {
        let mut out = vec![0; most];
        let end = data.len() as u64;
        let filled = unpack(&mut data, 0, end, &mut out).unwrap();
        out.truncate(filled);
        out
    }

    #[test]
    fn as_much_as_there_is_or_has_room() {
        assert_eq!(unpacked(PACKED, 1000), TEXT);
        for most in 0..TEXT.len() {
            assert_eq!(unpacked(PACKED, most), &TEXT[..most]);
        }
        for cut in 0..PACKED.len() {
            let found = unpacked(&PACKED[..cut], 1000);
            assert!(TEXT.starts_with(&found), "cut at {cut}");
        }
    }

    #[test]
    fn a_flipped_bit_is_survived() {
        for bit in 0..PACKED.len() * 8 {
            let mut data = PACKED.to_vec();
            data[bit / 8] ^= 1 << (bit % 8);
            assert!(unpacked(&data, 1000).len() <= 1000);
        }
    }
}

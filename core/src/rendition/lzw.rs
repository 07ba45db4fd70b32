//! LZW as in TIFF and GIF.
//!
//! Every string of the code table is also somewhere in the bytes that are already decoded, so the table has
//! only its offset and its length. The 256 single bytes lie in front of the decoded ones. A string is copied
//! 16 bytes at a time, whatever its length, and four codes are taken from one 64-bit word.
//!
//! The decoded bytes are handed out in order and dropped when no string refers to them any longer: a clear
//! code empties the table, and a full table stays as it is. Between the two a table describes at most 8 MB.

use super::decode_error::Damaged;

/// Single bytes, in front of the decoded ones.
const LITERALS: usize = 256;
/// Codes have at most 12 bits.
const MAX_WIDTH: u32 = 12;
const ENTRIES: usize = 1 << MAX_WIDTH;
/// A string is copied in pieces of 16 bytes, and so may be written that far beyond its end.
const PIECE: usize = 16;
/// No string is longer: each is one byte longer than an older one.
const LONGEST: usize = ENTRIES;
/// Decoded bytes after which a clear code leads to the buffer being reused: as much as the second-level cache
/// holds beside the rows that are made of them.
const WINDOW: usize = 64 << 10;

const SHORT: &str = "LZW data are shorter than their pixels";

/// How codes are packed into bytes, and when they get wider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// From the high end of each byte, of 9 bits at first, wider one code before it is necessary (TIFF 6.0,
    /// section 13).
    Tiff,
    /// From the low end of each byte, one bit wider than the pixels at first (`GIF89a`, appendix F). TIFF writers
    /// before TIFF 6.0 used it with 8 bits.
    Gif { bits: u32 },
}

impl Coding {
    /// Of data in TIFF: old data begin with the clear code, 256 in 9 bits, from the low end.
    pub(super) fn of_tiff(data: &[u8]) -> Self {
        if matches!(data, [0, second, ..] if second & 1 == 1) {
            Self::Gif { bits: 8 }
        } else {
            Self::Tiff
        }
    }

    fn bits(self) -> u32 {
        match self {
            Self::Tiff => 8,
            Self::Gif { bits } => bits.clamp(1, 8),
        }
    }
}

/// Why decoding stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// The buffer has no room for another string, or may be reused.
    Room,
    /// Nothing follows.
    End(&'static str),
}

/// A string as its offset in the buffer and its length, in one word so that a table entry is read at once.
#[derive(Clone, Copy)]
struct Text(u64);

impl Text {
    const NONE: Self = Self(0);

    #[inline(always)]
    fn new(at: usize, len: usize) -> Self {
        Self((at as u64) << 16 | len as u64)
    }

    #[inline(always)]
    fn at(self) -> usize {
        (self.0 >> 16) as usize
    }

    #[inline(always)]
    fn len(self) -> usize {
        (self.0 & 0xFFFF) as usize
    }

    /// With the byte that follows it in the buffer.
    #[inline(always)]
    fn longer(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A decoder of one stream after another.
pub(super) struct Decoder {
    coding: Coding,
    table: Box<[Text; ENTRIES]>,
    /// Codes that have a string, and the two special ones.
    known: usize,
    /// Bits of the next code.
    width: u32,
    /// The next bit of the data.
    bit: u64,
    /// The string of the last code; empty after a clear code.
    last: Text,
    /// The single bytes, the decoded ones, and `PIECE` bytes more.
    buffer: Vec<u8>,
    /// The decoded bytes that are not handed out yet.
    unread: usize,
    written: usize,
    /// Where the strings of a full table end.
    full_at: usize,
    end: Option<&'static str>,
}

impl Decoder {
    pub(super) fn new(coding: Coding) -> Self {
        let mut buffer: Vec<u8> = (0..=u8::MAX).collect();
        buffer.resize(LITERALS + WINDOW + LONGEST + PIECE, 0);
        let mut decoder = Self {
            coding,
            table: Box::new([Text::NONE; ENTRIES]),
            known: 0,
            width: 0,
            bit: 0,
            last: Text::NONE,
            buffer,
            unread: LITERALS,
            written: LITERALS,
            full_at: LITERALS,
            end: None,
        };
        decoder.restart(coding);
        decoder
    }

    /// The most memory that decoding `bytes` bytes takes.
    pub(super) fn memory(bytes: u64) -> u64 {
        // The buffer grows by half, and is copied then.
        let strings = (ENTRIES * LONGEST / 2) as u64;
        let buffer = bytes.min(strings) + (LITERALS + WINDOW + LONGEST + PIECE) as u64;
        (ENTRIES * 8) as u64 + 3 * buffer
    }

    /// Begins with other data.
    pub(super) fn restart(&mut self, coding: Coding) {
        self.coding = coding;
        // Of fewer bits before, their codes may have been those of longer strings.
        for (byte, text) in self.table.iter_mut().enumerate().take(LITERALS) {
            *text = Text::new(byte, 1);
        }
        (self.unread, self.written, self.bit, self.end) = (LITERALS, LITERALS, 0, None);
        self.clear();
    }

    /// The next `count` bytes of `data`, which are the same in each call.
    pub(super) fn next(&mut self, data: &[u8], count: usize) -> Result<&[u8], Damaged> {
        while self.written - self.unread < count {
            if let Some(reason) = self.end {
                return Err(Damaged(reason));
            }
            self.make_room(count);
            let pause = match self.coding {
                Coding::Tiff => self.decode::<true>(data),
                Coding::Gif { .. } => self.decode::<false>(data),
            };
            if let Pause::End(reason) = pause {
                self.end = Some(reason);
            }
        }
        let at = self.unread;
        self.unread += count;
        self.buffer.get(at..at + count).ok_or(Damaged(SHORT))
    }

    /// Empties the table.
    fn clear(&mut self) {
        self.known = self.clear_code() + 2;
        self.width = self.coding.bits() + 1;
        self.last = Text::NONE;
    }

    fn clear_code(&self) -> usize {
        1 << self.coding.bits()
    }

    /// Makes room for another string, and for `count` bytes that are not handed out yet.
    fn make_room(&mut self, count: usize) {
        // Up to here strings may refer to the buffer.
        let kept = match self.known {
            ENTRIES => self.full_at,
            _ if self.last.len() == 0 => LITERALS,
            _ => self.unread,
        };
        if kept < self.unread {
            self.buffer.copy_within(self.unread..self.written, kept);
            self.written -= self.unread - kept;
            self.unread = kept;
        }
        let least = self.written.max(self.unread + count) + LONGEST + PIECE;
        if self.buffer.len() < least {
            self.buffer.resize(least + least / 2, 0);
        }
    }

    /// Decodes until the buffer is full or may be reused.
    fn decode<const MSB: bool>(&mut self, data: &[u8]) -> Pause {
        loop {
            if self.known == ENTRIES {
                self.decode_run::<MSB, false>(data);
            } else if self.last.len() > 0 {
                self.decode_run::<MSB, true>(data);
                self.widen::<MSB>();
            }
            if self.written + LONGEST + PIECE > self.buffer.len() {
                return Pause::Room;
            }
            if let Some(pause) = self.decode_one::<MSB>(data) {
                return pause;
            }
        }
    }

    /// Decodes the next code, whatever it is.
    fn decode_one<const MSB: bool>(&mut self, data: &[u8]) -> Option<Pause> {
        let after = self.bit + u64::from(self.width);
        if after > data.len() as u64 * 8 {
            return Some(Pause::End(SHORT));
        }
        let code = Codes::<MSB>::load_near_end(data, self.bit).next(self.width);
        self.bit = after;
        let clear_code = self.clear_code();
        if code == clear_code {
            self.clear();
            return (self.written > LITERALS + WINDOW).then_some(Pause::Room);
        }
        if code == clear_code + 1 {
            return Some(Pause::End(SHORT));
        }
        if self.last.len() > 0 && self.known < ENTRIES {
            if let Some(text) = self.table.get_mut(self.known) {
                *text = self.last.longer();
            }
            self.known += 1;
            self.full_at = self.written + 1;
        }
        let text = self.table.get(code).copied().filter(|_| code < self.known);
        let Some(text) = text else { return Some(Pause::End("an invalid LZW code")) };
        // Byte by byte, since the newest string ends with the first byte of its copy.
        for i in 0..text.len() {
            let byte = self.buffer.get(text.at() + i).copied().unwrap_or_default();
            if let Some(to) = self.buffer.get_mut(self.written + i) {
                *to = byte;
            }
        }
        self.last = Text::new(self.written, text.len());
        self.written += text.len();
        self.widen::<MSB>();
        None
    }

    /// Widens the codes where as many are known as have fewer bits.
    fn widen<const MSB: bool>(&mut self) {
        if self.known >= widest::<MSB>(self.width) && self.width < MAX_WIDTH {
            self.width += 1;
        }
    }

    /// Decodes codes of one width, four at a time, until one is special or invalid, the width changes, or the
    /// room or the data are nearly used up. `GROW`: whether the table is not full.
    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        reason = "below the length of the table, which is a constant"
    )]
    fn decode_run<const MSB: bool, const GROW: bool>(&mut self, data: &[u8]) {
        let buffer = self.buffer.as_mut_slice();
        let table = &mut *self.table;
        let clear_code = 1 << self.coding.bits();
        let end = buffer.len().saturating_sub(PIECE);
        let (width, most) = (self.width, widest::<MSB>(self.width).min(ENTRIES));
        let (mut known, mut bit) = (self.known, self.bit);
        let (mut last, mut written) = (self.last, self.written);
        'codes: while (!GROW || known + 4 <= most) && written + 4 * PIECE <= end {
            let Some(mut codes) = Codes::<MSB>::load(data, bit) else { break };
            for _ in 0..4 {
                let code = codes.next(width) % ENTRIES;
                if code & !1 == clear_code {
                    break 'codes;
                }
                // Written before it is read: the code may be the one of this string.
                if GROW {
                    table[known % ENTRIES] = last.longer();
                }
                if code >= known + usize::from(GROW) {
                    break 'codes;
                }
                let text = table[code];
                let (at, len) = (text.at(), text.len());
                if len <= PIECE {
                    let Some(&piece) = piece(buffer, at) else { break 'codes };
                    let Some(to) = piece_mut(buffer, written) else { break 'codes };
                    *to = piece;
                    if GROW && code == known {
                        repeat_first(buffer, written, len);
                    }
                } else if written + len <= end {
                    copy_long(buffer, text, written);
                } else {
                    break 'codes;
                }
                known += usize::from(GROW);
                bit += u64::from(width);
                last = Text::new(written, len);
                written += len;
            }
        }
        if GROW {
            self.full_at = written;
        }
        (self.known, self.bit, self.last, self.written) = (known, bit, last, written);
    }
}

/// The number of known codes at which codes get wider than `width` bits.
const fn widest<const MSB: bool>(width: u32) -> usize {
    (1 << width) - MSB as usize
}

#[inline(always)]
fn piece(buffer: &[u8], at: usize) -> Option<&[u8; PIECE]> {
    buffer.get(at..)?.first_chunk()
}

#[inline(always)]
fn piece_mut(buffer: &mut [u8], at: usize) -> Option<&mut [u8; PIECE]> {
    buffer.get_mut(at..)?.first_chunk_mut()
}

/// Writes the last byte of a newest string, which is its first, and was not there yet as it was copied.
///
/// Out of line: as a branch of the loop it makes all of it three times as slow.
#[cold]
#[inline(never)]
fn repeat_first(buffer: &mut [u8], at: usize, len: usize) {
    if let Some([first, .., last]) = buffer.get_mut(at..at + len) {
        *last = *first;
    }
}

/// Copies a string of more than `PIECE` bytes to `to`, and what follows it up to a multiple of `PIECE`.
///
/// The pieces may be copied in order even where a string overlaps with its copy: they lie at least `PIECE` bytes
/// apart.
#[inline(never)]
fn copy_long(buffer: &mut [u8], text: Text, to: usize) {
    for offset in (0..text.len()).step_by(PIECE) {
        let Some(&piece) = piece(buffer, text.at() + offset) else { return };
        let Some(target) = piece_mut(buffer, to + offset) else { return };
        *target = piece;
    }
}

/// The next bits of the data.
struct Codes<const MSB: bool>(u64);

impl<const MSB: bool> Codes<MSB> {
    /// At least 57 bits. `None` within 8 bytes of the end.
    #[inline(always)]
    fn load(data: &[u8], bit: u64) -> Option<Self> {
        let bytes = data.get((bit / 8) as usize..)?.first_chunk()?;
        Some(Self::of(*bytes, bit))
    }

    /// Followed by zeros, if the data end.
    fn load_near_end(data: &[u8], bit: u64) -> Self {
        let mut bytes = [0; 8];
        let rest = data.get((bit / 8) as usize..).unwrap_or_default();
        for (to, from) in bytes.iter_mut().zip(rest) {
            *to = *from;
        }
        Self::of(bytes, bit)
    }

    #[inline(always)]
    fn of(bytes: [u8; 8], bit: u64) -> Self {
        let used = bit % 8;
        Self(if MSB {
            u64::from_be_bytes(bytes) << used
        } else {
            u64::from_le_bytes(bytes) >> used
        })
    }

    /// The next code of `width` bits, 1 to 12.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most 12 bits")]
    fn next(&mut self, width: u32) -> usize {
        // The masks keep the shifts in range, without a check.
        if MSB {
            let code = self.0 >> ((64 - width) & 63);
            self.0 <<= width & 63;
            code as usize
        } else {
            let code = self.0 & ((1 << (width & 63)) - 1);
            self.0 >>= width & 63;
            code as usize
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use weezl::{BitOrder, LzwStatus, decode, encode};

    fn with_weezl(coding: Coding, data: &[u8], most: usize) -> Vec<u8> {
        let mut decoder = match coding {
            Coding::Tiff => decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
            Coding::Gif { bits } => {
                decode::Decoder::new(BitOrder::Lsb, u8::try_from(bits).unwrap())
            }
        };
        let mut out = vec![0; most];
        let (mut read, mut written, mut idle) = (0, 0, 0);
        // A clear code behind another one makes no progress by these numbers.
        while written < most && idle < 64 {
            let result = decoder.decode_bytes(&data[read..], &mut out[written..]);
            read += result.consumed_in;
            written += result.consumed_out;
            idle = if result.consumed_in + result.consumed_out > 0 { 0 } else { idle + 1 };
            if !matches!(result.status, Ok(LzwStatus::Ok | LzwStatus::NoProgress)) {
                break;
            }
        }
        out.truncate(written);
        out
    }

    fn encoded(coding: Coding, pixels: &[u8]) -> Vec<u8> {
        let mut encoder = match coding {
            Coding::Tiff => encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8),
            Coding::Gif { bits } => {
                encode::Encoder::new(BitOrder::Lsb, u8::try_from(bits).unwrap())
            }
        };
        encoder.encode(pixels).unwrap()
    }

    /// All bytes, up to `most`, in pieces of `count` where as many follow.
    fn with_own(decoder: &mut Decoder, data: &[u8], mut count: usize, most: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < most && count > 0 {
            match decoder.next(data, count.min(most - out.len())) {
                Ok(bytes) => out.extend_from_slice(bytes),
                Err(_) => count /= 2,
            }
        }
        out
    }

    struct Random(u64);

    impl Random {
        #[expect(clippy::cast_possible_truncation, reason = "below a usize")]
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % limit as u64) as usize
        }

        /// Pixels of `colours` colours: noise, runs, steps, or what was there before.
        fn pixels(&mut self, count: usize, colours: usize) -> Vec<u8> {
            let (kind, longest) = (self.below(4), self.below(2000) + 1);
            let mut pixels: Vec<u8> = Vec::new();
            while pixels.len() < count {
                let colour = self.below(colours).to_le_bytes()[0];
                let run = match kind {
                    0 => 1,
                    1 => self.below(longest) + 1,
                    2 => {
                        let last = usize::from(pixels.last().copied().unwrap_or_default());
                        pixels.push(((last + self.below(3)) % colours).to_le_bytes()[0]);
                        0
                    }
                    _ => {
                        let start = self.below(pixels.len() + 1);
                        let end = (start + self.below(40)).min(pixels.len());
                        pixels.extend_from_within(start..end);
                        1
                    }
                };
                pixels.extend(std::iter::repeat_n(colour, run));
            }
            pixels.truncate(count);
            pixels
        }
    }

    #[test]
    fn as_weezl_decodes_whole_and_damaged_data() {
        let mut random = Random(0x1234_5678_9ABC_DEF1);
        let mut decoder = Decoder::new(Coding::Tiff);
        for round in 0..1500 {
            let bits = u32::try_from(random.below(7)).unwrap() + 2;
            let coding = match random.below(3) {
                0 => Coding::Tiff,
                1 => Coding::Gif { bits: 8 },
                _ => Coding::Gif { bits },
            };
            let count = [10, 300, 20_000, 150_000][random.below(4)];
            let count = random.below(count) + 1;
            let pixels = random.pixels(count, 1 << coding.bits());
            let mut data = encoded(coding, &pixels);
            match round % 4 {
                0 => {
                    let cut = random.below(data.len());
                    data.truncate(cut);
                }
                1 => {
                    for _ in 0..=random.below(3) {
                        let at = random.below(data.len());
                        data[at] ^= 1 << random.below(8);
                    }
                }
                // Without clear codes the table stays full.
                2 => {
                    for byte in &mut data {
                        if random.below(50) == 0 {
                            *byte = random.below(256).to_le_bytes()[0];
                        }
                    }
                }
                _ => {}
            }
            let most = 2 * count + 100;
            let step = [1, 100, 3000, 200_000][random.below(4)];
            decoder.restart(coding);
            let own = with_own(&mut decoder, &data, step, most);
            assert!(own == with_weezl(coding, &data, most), "{round}: {coding:?}, {count} pixels");
            assert!(round % 4 != 3 || own == pixels);
        }
    }

    /// The codes of `bits` bits each, from the low end.
    fn packed(codes: impl IntoIterator<Item = (u32, u32)>) -> Vec<u8> {
        let (mut bytes, mut buffer, mut count) = (Vec::new(), 0_u64, 0);
        for (code, bits) in codes {
            buffer |= u64::from(code) << count;
            count += bits;
            while count >= 8 {
                bytes.push(buffer.to_le_bytes()[0]);
                buffer >>= 8;
                count -= 8;
            }
        }
        bytes.push(buffer.to_le_bytes()[0]);
        bytes
    }

    /// Each code is the newest string: as long as any can be, and the buffer as large.
    #[test]
    fn memory_stays_within_the_bound() {
        let coding = Coding::Gif { bits: 8 };
        let width = |known: u32| (u32::BITS - known.leading_zeros()).clamp(9, 12);
        let newest = (258..4096).map(|code| (code, width(code)));
        let data = packed([(256, 9), (65, 9)].into_iter().chain(newest).chain([(4095, 12); 2000]));
        let mut decoder = Decoder::new(coding);
        let total = 3839 * 3840 / 2 + 2000 * 3839;
        let mut left = total;
        while left > 0 {
            let count = left.min(100_000);
            assert!(decoder.next(&data, count).unwrap().iter().all(|&byte| byte == 65));
            left -= count;
        }
        assert!(decoder.next(&data, 1).is_err());
        let used = decoder.buffer.capacity() as u64;
        assert!(used > 7 << 20 && used < Decoder::memory(u64::MAX), "{used}");
    }

    #[test]
    fn clear_codes_may_follow_each_other_and_end_a_buffer() {
        let rounds = (0..100_u32).flat_map(|i| {
            let literals = (0..200).map(move |j| ((i + j) % 256, 9));
            [(256, 9), (256, 9)].into_iter().chain(literals)
        });
        let mut decoder = Decoder::new(Coding::Gif { bits: 8 });
        let bytes = decoder.next(&packed(rounds), 20_000).unwrap();
        let want =
            (0..100_u32).flat_map(|i| (0..200).map(move |j| ((i + j) % 256).to_le_bytes()[0]));
        assert!(bytes.iter().copied().eq(want));
    }

    /// Pixels of one bit: four codes are known from the start, so the second one has three bits, as in giflib.
    #[test]
    fn pixels_of_one_bit() {
        let data = packed([(2, 2), (1, 2), (0, 3), (4, 3), (1, 3), (3, 3)]);
        let mut decoder = Decoder::new(Coding::Gif { bits: 1 });
        assert_eq!(decoder.next(&data, 5).unwrap(), [1, 0, 1, 0, 1]);
        assert!(decoder.next(&data, 1).is_err());
    }

    #[test]
    fn the_coding_of_old_tiff() {
        assert_eq!(Coding::of_tiff(&[0x80, 0, 0]), Coding::Tiff);
        assert_eq!(Coding::of_tiff(&[0, 1, 0]), Coding::Gif { bits: 8 });
        assert_eq!(Coding::of_tiff(&[0]), Coding::Tiff);
    }
}

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
/// Bytes of the strings of a full table, where each is one byte longer than the last.
const STRINGS: usize = ENTRIES * LONGEST / 2;
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

    /// The most memory that decoding `bytes` bytes takes, beside twice those that are handed out at once.
    pub(super) fn memory(bytes: u64) -> u64 {
        let buffer = bytes.min(STRINGS as u64) + (LITERALS + WINDOW + LONGEST + PIECE) as u64;
        // The buffer is copied when it grows.
        (ENTRIES * 8) as u64 + 2 * buffer
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
            let most = LITERALS + WINDOW + STRINGS + count + LONGEST + PIECE;
            self.buffer.resize((least + least / 2).min(most).max(least), 0);
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
    #[expect(clippy::cast_possible_truncation, reason = "of 12 bits")]
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
mod tests;

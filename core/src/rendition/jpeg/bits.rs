//! The bit reader of a scan (ITU-T T.81, annex F.2.2), over bytes without stuffing.

use super::huffman::DcTable;
use crate::rendition::decode_error::Damaged;

/// How far bytes are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor {
    /// The next byte that is not in `buffer`.
    pub(super) position: usize,
    /// The next bits, topmost first.
    buffer: u64,
    /// How many of them are valid. Only its lowest six bits count.
    count: u32,
}

impl Cursor {
    /// The bits read so far.
    pub(super) fn bits(self) -> u64 {
        (self.position as u64 * 8).saturating_sub(u64::from(self.count & 63))
    }
}

/// The bits of a piece of data, which ends with at least eight bytes of padding. Zeros follow it.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    pub(super) cursor: Cursor,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8], cursor: Cursor) -> Self {
        Self { data, cursor }
    }

    /// Makes at least 56 bits valid.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let Cursor { position, buffer, count } = &mut self.cursor;
        let next = self.data.get(*position..).and_then(<[u8]>::first_chunk::<8>);
        let word = next.map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let valid = *count & 63;
        // The next refill sets the bits behind the valid ones again, to the same values.
        *buffer |= word >> valid;
        *position += ((63 - valid) >> 3) as usize;
        *count = valid | 56;
    }

    /// The next bits, topmost first: at least as many as are valid.
    #[inline(always)]
    pub(super) fn peek(&self) -> u64 {
        self.cursor.buffer
    }

    /// Goes on by `bits`, of which only the lowest six bits count.
    #[inline(always)]
    pub(super) fn skip(&mut self, bits: u32) {
        self.cursor.buffer <<= bits & 63;
        self.cursor.count = self.cursor.count.wrapping_sub(bits);
    }

    /// The next `size` bits, at most 16, which must be valid.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "size is at most 16")]
    pub(super) fn take(&mut self, size: u32) -> u32 {
        let value = (self.cursor.buffer >> 1 >> ((63 - size) & 63)) as u32;
        self.skip(size);
        value
    }

    /// The next coefficient of `size` bits, at most 15, which must be valid (F.2.2.1, EXTEND).
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits, or only a sign")]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        let is_negative = !(self.cursor.buffer.cast_signed() >> 63) as i32;
        let value = self.take(size).cast_signed();
        value + (is_negative & ((-1i32 << size) + 1))
    }

    /// The next DC difference.
    #[inline(always)]
    pub(super) fn difference(&mut self, table: &DcTable) -> Result<i32, Damaged> {
        self.refill();
        let (length, size) = table.find(self.peek())?;
        self.skip(length);
        Ok(self.value(size))
    }

    /// Gives the last `bits` back.
    #[cold]
    #[inline(never)]
    pub(super) fn unread(&mut self, bits: u32) {
        let at = self.cursor.bits().saturating_sub(bits.into());
        let position = usize::try_from(at / 8).unwrap_or(usize::MAX);
        self.cursor = Cursor { position, buffer: 0, count: 0 };
        self.refill();
        self.skip((at % 8) as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bits_whatever_the_step() {
        let data: Vec<u8> = (0..200u8).map(|i| i.wrapping_mul(37)).chain([0; 8]).collect();
        let mut bits = Bits::new(&data, Cursor::default());
        for (i, pair) in (1u64..).zip(data.chunks_exact(2).take(100)) {
            bits.refill();
            assert_eq!(bits.take(3), u32::from(pair[0] >> 5));
            assert_eq!(bits.take(0), 0);
            assert_eq!(bits.take(13), u32::from(pair[0] & 31) << 8 | u32::from(pair[1]));
            bits.unread(9);
            assert_eq!(bits.take(9), u32::from(pair[0] & 1) << 8 | u32::from(pair[1]));
            assert_eq!(bits.cursor.bits(), i * 16);
        }
        // Behind the end.
        bits.refill();
        assert_eq!(bits.take(16), 0);
        assert_eq!(bits.cursor.bits(), 8 * 200 + 16);
    }

    #[test]
    fn coefficients_are_extended() {
        let data = [0b0100_1101, 0b0111_1000, 0, 0, 0, 0, 0, 0];
        let mut bits = Bits::new(&data, Cursor::default());
        bits.refill();
        let values: Vec<i32> = [1, 1, 2, 2, 2, 4, 4].map(|size| bits.value(size)).to_vec();
        assert_eq!(values, [-1, 1, -3, 3, -2, -8, 8]);
        assert_eq!(bits.value(0), 0);
    }
}

//! The bits of a scan (T.81 section F.1.2.3): after each byte of ones, a byte of zeros.

/// Appends bits to a file.
#[derive(Debug)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that are not written yet: the lower ones, of which there are 64 less `room`.
    pending: u64,
    room: u32,
}

impl BitWriter {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, pending: 0, room: 64 }
    }

    /// Writes the lower `count` bits of `bits`, at most 32; the others are 0.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u32, count: u32) {
        if count <= self.room {
            self.room -= count;
            self.pending = self.pending << count | u64::from(bits);
        } else {
            let left = count - self.room;
            self.write(self.pending << self.room | u64::from(bits) >> left);
            // Bits that are written already are shifted out later.
            self.pending = u64::from(bits);
            self.room = 64 - left;
        }
    }

    #[inline(always)]
    fn write(&mut self, word: u64) {
        const UPPER: u64 = 0x8080_8080_8080_8080;
        const LOWER: u64 = 0x0101_0101_0101_0101;
        // An upper bit is cleared by adding one only if its byte is all ones or a carry comes from below, which
        // takes a byte of ones there.
        if word & UPPER & !word.wrapping_add(LOWER) == 0 {
            self.bytes.extend_from_slice(&word.to_be_bytes());
        } else {
            self.write_stuffed(&word.to_be_bytes());
        }
    }

    #[cold]
    fn write_stuffed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.bytes.push(*byte);
            if *byte == 0xff {
                self.bytes.push(0);
            }
        }
    }

    /// The file, its last byte filled with ones.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.put(0x7f, 7);
        let whole = (64 - self.room) / 8;
        let word = self.pending.checked_shl(self.room).unwrap_or(0).to_be_bytes();
        self.write_stuffed(word.get(..whole as usize).unwrap_or_default());
        self.bytes
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "numbers for tests")]
mod tests {
    use super::*;

    #[test]
    fn bits_are_stuffed_and_filled() {
        let mut writer = BitWriter::new(vec![1]);
        writer.put(0b101, 3);
        assert_eq!(writer.finish(), [1, 0b1011_1111]);
        assert!(BitWriter::new(Vec::new()).finish().is_empty());
        let mut writer = BitWriter::new(Vec::new());
        writer.put(0xffff, 16);
        assert_eq!(writer.finish(), [0xff, 0, 0xff, 0]);
    }

    /// Against one bit at a time.
    #[test]
    fn any_sequence_of_lengths_is_written() {
        let (mut state, mut expected) = (7u64, Vec::new());
        let mut writer = BitWriter::new(Vec::new());
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let count = (state >> 59) as u32 + u32::from(state & 1 << 40 != 0);
            let ones = state & 1 << 41 != 0;
            let bits = if ones { u32::MAX } else { (state >> 8) as u32 };
            let bits = (u64::from(bits) & ((1 << count) - 1)) as u32;
            writer.put(bits, count);
            expected.extend((0..count).rev().map(|bit| bits >> bit & 1));
        }
        while expected.len() % 8 != 0 {
            expected.push(1);
        }
        let mut bytes = Vec::new();
        for byte in expected.chunks(8) {
            bytes.push(byte.iter().fold(0, |byte, bit| byte << 1 | *bit as u8));
            if bytes.last() == Some(&0xff) {
                bytes.push(0);
            }
        }
        assert_eq!(writer.finish(), bytes);
    }
}

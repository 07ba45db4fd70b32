//! The bits of a stream: RFC 7932, section 1.5.1.

use crate::container::error::ProbeError;
use crate::container::source::Source;

/// Reads bits, the lowest of a byte first.
pub(super) struct Bits<'a, S> {
    src: &'a mut S,
    at: u64,
    end: u64,
    /// Bits that were taken from the source, from the lowest.
    held: u32,
    count: u32,
}

impl<'a, S: Source> Bits<'a, S> {
    /// Of the bytes from `at` to `end`.
    pub(super) fn new(src: &'a mut S, at: u64, end: u64) -> Self {
        Self { src, at, end, held: 0, count: 0 }
    }

    /// The next `count` bits, at most 24.
    pub(super) fn read(&mut self, count: u32) -> Result<u32, ProbeError> {
        while self.count < count {
            if self.at >= self.end {
                return Err(ProbeError::Truncated);
            }
            let [byte] = self.src.array(self.at)?;
            self.at += 1;
            self.held |= u32::from(byte) << self.count;
            self.count += 8;
        }
        let value = self.held & ((1 << count) - 1);
        self.held >>= count;
        self.count -= count;
        Ok(value)
    }

    pub(super) fn flag(&mut self) -> Result<bool, ProbeError> {
        Ok(self.read(1)? == 1)
    }

    /// A number of 1 to 256 (section 9.2).
    pub(super) fn count(&mut self) -> Result<usize, ProbeError> {
        if !self.flag()? {
            return Ok(1);
        }
        let bits = self.read(3)?;
        Ok((1 + (1 << bits) + self.read(bits)?) as usize)
    }

    /// Goes to the next byte.
    pub(super) fn align(&mut self) {
        self.held >>= self.count % 8;
        self.count -= self.count % 8;
    }

    /// Skips whole bytes.
    pub(super) fn skip(&mut self, mut bytes: u64) -> Result<(), ProbeError> {
        while bytes > 0 && self.count > 0 {
            self.read(8)?;
            bytes -= 1;
        }
        self.at = self.at.saturating_add(bytes);
        Ok(())
    }
}

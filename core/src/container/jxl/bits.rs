//! The bits of a code stream: ISO/IEC 18181-1, annex B.

use super::{CodeStream, Part};
use crate::container::error::{ProbeError, malformed};
use crate::container::source::Source;
use crate::format::Format;

/// Parts that the header may lie in. Each is searched for from the start of the file.
const MAX_PARTS: u32 = 16;

/// Reads bits, the lowest of a byte first.
pub(super) struct Bits<'a, S> {
    src: &'a mut S,
    stream: CodeStream,
    /// What is left of the present part.
    part: Part,
    /// The number of the next part.
    next: u32,
    /// The bits of the last byte that are left, from the lowest.
    byte: u32,
    left: u32,
}

/// One of four codings of a number, of which two bits choose: the least value, and the bits that are added to it.
pub(super) type Codings = [(u32, u32); 4];

/// The codings of an enumeration.
const ENUMERATION: Codings = [(0, 0), (1, 0), (2, 4), (18, 6)];

impl<'a, S: Source> Bits<'a, S> {
    pub(super) fn new(src: &'a mut S, stream: CodeStream) -> Self {
        let part = Part { at: 0, end: 0 };
        Self { src, stream, part, next: 0, byte: 0, left: 0 }
    }

    /// The next `count` bits, at most 32.
    pub(super) fn read(&mut self, count: u32) -> Result<u32, ProbeError> {
        let (mut value, mut done) = (0, 0);
        while done < count {
            if self.left == 0 {
                (self.byte, self.left) = (self.next_byte()?.into(), 8);
            }
            let taken = self.left.min(count - done);
            value |= (self.byte & ((1 << taken) - 1)) << done;
            self.byte >>= taken;
            self.left -= taken;
            done += taken;
        }
        Ok(value)
    }

    pub(super) fn flag(&mut self) -> Result<bool, ProbeError> {
        Ok(self.read(1)? == 1)
    }

    /// A number in one of four codings.
    pub(super) fn number(&mut self, codings: Codings) -> Result<u32, ProbeError> {
        let selector = self.read(2)?;
        let (least, bits) = codings.get(selector as usize).copied().unwrap_or_default();
        Ok(least.saturating_add(self.read(bits)?))
    }

    /// The number of a value of an enumeration.
    pub(super) fn enumeration(&mut self) -> Result<u32, ProbeError> {
        self.number(ENUMERATION)
    }

    fn next_byte(&mut self) -> Result<u8, ProbeError> {
        while self.part.at >= self.part.end {
            if self.next == MAX_PARTS {
                return Err(malformed(Format::Jxl, "the header lies in too many parts"));
            }
            self.part = self.stream.part(self.src, self.next)?.ok_or(ProbeError::Truncated)?;
            self.next += 1;
        }
        let [byte] = self.src.array(self.part.at)?;
        self.part.at += 1;
        Ok(byte)
    }
}

//! Apple's byte runs, `PackBits` (TIFF 6.0, section 9; Photoshop).

use super::decode_error::Damaged;

const SHORT: Damaged = Damaged("the packed bytes end before the pixels");

/// Unpacks a stream piece by piece.
#[derive(Default)]
pub(super) struct PackBits {
    /// The next byte of the data.
    at: usize,
    /// Bytes of a literal that were not copied yet.
    literal: usize,
    /// Times that a byte is still repeated.
    run: usize,
    value: u8,
    buffer: Vec<u8>,
}

impl PackBits {
    /// Begins with other data.
    pub(super) fn restart(&mut self) {
        (self.at, self.literal, self.run) = (0, 0, 0);
    }

    /// The next `count` unpacked bytes of `data`.
    pub(super) fn next(&mut self, data: &[u8], count: usize) -> Result<&[u8], Damaged> {
        self.buffer.clear();
        while self.buffer.len() < count {
            let room = count - self.buffer.len();
            if self.run > 0 {
                let run = self.run.min(room);
                self.run -= run;
                self.buffer.resize(self.buffer.len() + run, self.value);
                continue;
            }
            let rest = data.get(self.at..).unwrap_or_default();
            if self.literal > 0 {
                let literal = rest.get(..self.literal.min(room)).ok_or(SHORT)?;
                self.buffer.extend_from_slice(literal);
                self.literal -= literal.len();
                self.at += literal.len();
                continue;
            }
            match rest {
                [128, ..] => self.at += 1,
                [header @ 0..128, ..] => {
                    self.literal = usize::from(*header) + 1;
                    self.at += 1;
                }
                [header, value, ..] => {
                    (self.run, self.value) = (257 - usize::from(*header), *value);
                    self.at += 2;
                }
                [] | [_] => return Err(SHORT),
            }
        }
        Ok(&self.buffer)
    }
}

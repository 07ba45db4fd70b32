//! A buffer that begins with a line of the processor's cache.

use std::ops::{Deref, DerefMut};

/// Bytes of a line.
const LINE: usize = 64;

/// Samples whose first one begins a line, so that vectors of them do not cross lines. Where an allocation begins depends
/// on those before it; rows that cross lines take twice as long to add up.
pub(super) struct LineBuffer {
    samples: Vec<i16>,
    start: usize,
}

impl LineBuffer {
    /// All 0.
    pub(super) fn new(length: usize) -> Self {
        const MOST: usize = LINE / size_of::<i16>();
        let samples = vec![0; length + MOST];
        // It is only slower where no start is found.
        let start = samples.as_ptr().align_offset(LINE).min(MOST);
        Self { samples, start }
    }
}

impl Deref for LineBuffer {
    type Target = [i16];

    fn deref(&self) -> &[i16] {
        self.samples.get(self.start..).unwrap_or_default()
    }
}

impl DerefMut for LineBuffer {
    fn deref_mut(&mut self) -> &mut [i16] {
        self.samples.get_mut(self.start..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_with_a_line() {
        for length in [0, 1, 64, 1000, 100_000] {
            let buffer = LineBuffer::new(length);
            assert_eq!(buffer.as_ptr().align_offset(LINE), 0, "{length}");
            assert!(buffer.len() >= length, "{length}");
        }
    }
}

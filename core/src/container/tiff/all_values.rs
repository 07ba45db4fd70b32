//! All values of a field, of a file in memory: only decoders ask for them.

use super::{Entry, Tiff, Values};
use crate::container::error::ProbeError;
use crate::container::source::{Source, WINDOW};

impl Tiff {
    /// The bytes of an entry's values. `None` if it has no values, their type is unknown, or they lie
    /// outside of the block.
    pub(crate) fn bytes<'v>(&self, file: &'v [u8], entry: &'v Entry) -> Option<&'v [u8]> {
        let len = usize::try_from(entry.value_size().checked_mul(entry.count)?).ok()?;
        match self.values(entry) {
            Values::Inside => entry.field.get(..len),
            Values::At(offset) => {
                let offset = usize::try_from(offset).ok()?;
                file.get(offset..offset.checked_add(len)?)
            }
            Values::None | Values::Outside => None,
        }
    }

    /// The integer values of an entry, as unsigned, read one at a time: a field may be as long as the file.
    /// None if the field is of another type.
    pub(crate) fn integers<'v>(
        &'v self,
        file: &'v [u8],
        entry: &'v Entry,
    ) -> impl Iterator<Item = u64> + 'v {
        let bytes = match entry.kind {
            1..=4 | 6..=9 | 13 | 16..=18 => self.bytes(file, entry).unwrap_or_default(),
            _ => &[],
        };
        let size = usize::try_from(entry.value_size()).unwrap_or(1).max(1);
        bytes.chunks_exact(size).map(|bytes| self.unsigned_of(bytes))
    }

    /// The values of an entry that are unsigned fractions: numerator and denominator.
    pub(crate) fn fractions<'v>(
        &'v self,
        file: &'v [u8],
        entry: &'v Entry,
    ) -> impl Iterator<Item = (u32, u32)> + 'v {
        const RATIONAL: u16 = 5;
        let bytes = if entry.kind == RATIONAL { self.bytes(file, entry) } else { None };
        let pairs = bytes.unwrap_or_default().as_chunks::<8>().0.iter();
        pairs.map(|&[n0, n1, n2, n3, d0, d1, d2, d3]| {
            (self.u32([n0, n1, n2, n3]), self.u32([d0, d1, d2, d3]))
        })
    }

    /// Copies the values of `entries` out of a file that is not in memory, if they have at most `most` bytes.
    /// Returns them as a block, and the structure of that block, to which `entries` then refer. The order of
    /// the other parts of the file is lost.
    pub(crate) fn gather(
        &self,
        src: &mut impl Source,
        entries: &mut [Entry],
        most: u64,
    ) -> Result<Option<(Self, Vec<u8>)>, ProbeError> {
        let mut block = Vec::new();
        for entry in entries {
            let mut offset = match self.values(entry) {
                Values::At(offset) => offset,
                // They stay outside, of the block too.
                Values::Outside => {
                    entry.field = [u8::MAX; 8];
                    continue;
                }
                Values::Inside | Values::None => continue,
            };
            let mut left = entry.value_size().saturating_mul(entry.count);
            if left.saturating_add(block.len() as u64) > most {
                return Ok(None);
            }
            entry.field = self.offset_field(block.len() as u64);
            while left > 0 {
                let count = usize::try_from(left).unwrap_or(WINDOW).min(WINDOW);
                block.extend_from_slice(src.get(offset, count)?);
                offset += count as u64;
                left -= count as u64;
            }
        }
        let tiff = Self { base: 0, len: block.len() as u64, ..*self };
        Ok(Some((tiff, block)))
    }

    /// The field of an entry whose values lie at `offset`.
    fn offset_field(&self, offset: u64) -> [u8; 8] {
        let mut field = [0; 8];
        let (size, shift) = if self.big { (8, 0) } else { (4, 32) };
        let bytes =
            if self.big_endian { (offset << shift).to_be_bytes() } else { offset.to_le_bytes() };
        for (to, from) in field.iter_mut().zip(bytes).take(size) {
            *to = from;
        }
        field
    }

    fn unsigned_of(&self, bytes: &[u8]) -> u64 {
        let add = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    /// Whether an entry that is there has no values that can be read.
    pub(crate) fn is_unreadable(&self, entry: &Entry) -> bool {
        let missing = matches!(self.values(entry), Values::Outside);
        entry.is_there() && (missing || entry.value_size() == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{FILE, entries};
    use super::*;

    #[test]
    fn values_that_were_gathered_are_the_same() {
        let (tiff, all) = entries();
        let values = |tiff: &Tiff, file: &[u8], entry: &Entry| {
            (tiff.integers(file, entry).collect::<Vec<_>>(), tiff.is_unreadable(entry))
        };
        let mut gathered = all;
        // Values outside of the file stay outside of the block.
        let (block_tiff, block) = tiff.gather(&mut &FILE[..], &mut gathered, 6).unwrap().unwrap();
        assert_eq!(block.len(), 6);
        for (old, new) in all.iter().zip(&gathered) {
            assert_eq!(values(&tiff, FILE, old), values(&block_tiff, &block, new));
        }
        assert!(tiff.gather(&mut &FILE[..], &mut all.clone(), 5).unwrap().is_none());
    }

    #[test]
    fn all_values_of_a_field() {
        let (tiff, [inside, behind, cut, unknown, absent]) = entries();
        let all = |entry: &Entry| tiff.integers(FILE, entry).collect::<Vec<_>>();
        assert_eq!(all(&inside), [0x0102, 0x0304]);
        assert_eq!(all(&behind), [7, 8, 9]);
        assert_eq!(tiff.bytes(FILE, &inside), Some(&[1, 2, 3, 4][..]));
        for none in [cut, unknown, absent] {
            assert!(all(&none).is_empty());
            assert_eq!(tiff.bytes(FILE, &none), None);
        }
        assert!(tiff.is_unreadable(&cut) && tiff.is_unreadable(&unknown));
        assert!(!tiff.is_unreadable(&inside) && !tiff.is_unreadable(&absent));
    }
}

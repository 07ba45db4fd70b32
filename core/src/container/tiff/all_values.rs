//! All values of a field, of a file in memory: only decoders ask for them.

use super::{Entry, Tiff, Values};

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

//! The directories (IFDs) of a TIFF, and of an EXIF block, which has the same structure.
//!
//! TIFF 6.0 section 2; BigTIFF as of libtiff's "The BigTIFF File Format". Offsets are checked against
//! the block, a directory is read once, and values are read only of entries that are asked for.

#[cfg(feature = "rendition")]
mod all_values;

use super::error::ProbeError;
use super::source::{Source, WINDOW};

const CLASSIC: u16 = 42;
const BIG: u16 = 43;
/// Entries that are read of one IFD. Real ones have fewer than a hundred.
const MAX_ENTRIES: u64 = 4096;

/// A TIFF structure in a file: its range and its byte order.
#[derive(Clone, Copy)]
pub(crate) struct Tiff {
    /// Its offset in the file, and its length.
    pub(crate) base: u64,
    pub(crate) len: u64,
    pub(crate) big_endian: bool,
    big: bool,
    /// Offset of the first IFD from the start of the block.
    pub(crate) first_ifd: u64,
}

/// The range of an IFD's entries.
#[derive(Clone, Copy)]
pub(crate) struct Ifd {
    first_entry: u64,
    count: u64,
    /// Whether it claims more entries.
    pub(crate) is_cut: bool,
}

impl Tiff {
    /// Reads the header at `base` of a block of `len` bytes. `None` if it is no TIFF header.
    pub(crate) fn open(
        src: &mut impl Source,
        base: u64,
        len: u64,
    ) -> Result<Option<Self>, ProbeError> {
        const HEADER: u64 = 8;
        const BIG_HEADER: u64 = 16;
        if len < HEADER {
            return Ok(None);
        }
        let [o0, o1, v0, v1, offset @ ..] = src.array::<8>(base)?;
        let big_endian = match &[o0, o1] {
            b"II" => false,
            b"MM" => true,
            _ => return Ok(None),
        };
        let mut tiff = Self { base, len, big_endian, big: false, first_ifd: 0 };
        match tiff.u16([v0, v1]) {
            CLASSIC => tiff.first_ifd = tiff.u32(offset).into(),
            BIG => {
                // Offset size 8, a reserved zero, then the first IFD.
                let [s0, s1, r0, r1] = offset;
                if len < BIG_HEADER || tiff.u16([s0, s1]) != 8 || tiff.u16([r0, r1]) != 0 {
                    return Ok(None);
                }
                tiff.big = true;
                tiff.first_ifd = tiff.u64(src.array(base + HEADER)?);
            }
            _ => return Ok(None),
        }
        Ok(Some(tiff))
    }

    #[inline]
    fn u16(&self, bytes: [u8; 2]) -> u16 {
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    #[inline]
    fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    #[inline]
    fn u64(&self, bytes: [u8; 8]) -> u64 {
        if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
    }

    /// The offset in the file of `len` bytes at `offset` of the block, if they lie inside it.
    #[inline]
    fn locate(&self, offset: u64, len: u64) -> Result<u64, ProbeError> {
        let end = offset.checked_add(len).ok_or(ProbeError::Truncated)?;
        if end > self.len {
            return Err(ProbeError::Truncated);
        }
        self.base.checked_add(offset).ok_or(ProbeError::Truncated)
    }

    /// The IFD at `offset` of the block. Of one that claims more entries than the block has room for, those
    /// that are there; one without any of its entries is cut.
    pub(crate) fn ifd(&self, src: &mut impl Source, offset: u64) -> Result<Ifd, ProbeError> {
        let (claimed, head) = if self.big {
            (self.u64(src.array(self.locate(offset, 8)?)?), 8)
        } else {
            (self.u16(src.array(self.locate(offset, 2)?)?).into(), 2)
        };
        let size = self.entry_size() as u64;
        let first = offset.checked_add(head).ok_or(ProbeError::Truncated)?;
        let first_entry = self.locate(first, 0)?;
        // The file may end inside the block.
        let end = self.base.saturating_add(self.len).min(src.len());
        let count = claimed.min(end.saturating_sub(first_entry) / size);
        if count == 0 && claimed > 0 {
            return Err(ProbeError::Truncated);
        }
        Ok(Ifd { first_entry, count, is_cut: count < claimed })
    }

    /// The offset of the IFD after this one; 0 when it is the last or the pointer is cut off.
    pub(crate) fn next(&self, src: &mut impl Source, ifd: Ifd) -> Result<u64, ProbeError> {
        let size = if self.big { 8 } else { 4 };
        let at = ifd.first_entry + ifd.count * self.entry_size() as u64;
        if ifd.is_cut || self.locate(at - self.base, size).is_err() {
            return Ok(0);
        }
        Ok(if self.big { self.u64(src.array(at)?) } else { self.u32(src.array(at)?).into() })
    }

    fn entry_size(&self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// The entries of `tags`, in that order. Of a repeated tag, the first counts.
    #[inline]
    pub(crate) fn find<const N: usize>(
        &self,
        src: &mut impl Source,
        ifd: Ifd,
        tags: [u16; N],
    ) -> Result<[Entry; N], ProbeError> {
        let mut found = [Entry::default(); N];
        let size = self.entry_size();
        let (mut at, mut left) = (ifd.first_entry, ifd.count.min(MAX_ENTRIES));
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW / size);
            for bytes in src.get(at, count * size)?.chunks_exact(size) {
                if let Some(&[t0, t1]) = bytes.first_chunk()
                    && let Some(slot) = tags.iter().position(|&tag| tag == self.u16([t0, t1]))
                    && let Some(entry) = found.get_mut(slot)
                    && !entry.is_there()
                {
                    *entry = self.entry(bytes);
                }
            }
            at += (count * size) as u64;
            left -= count as u64;
        }
        Ok(found)
    }

    /// An entry from its 12 bytes, or 20 of `BigTIFF`.
    #[inline]
    fn entry(&self, bytes: &[u8]) -> Entry {
        if let Some(&[t0, t1, k0, k1, c0, c1, c2, c3, c4, c5, c6, c7, ref field @ ..]) =
            bytes.first_chunk::<20>()
        {
            Entry {
                tag: self.u16([t0, t1]),
                kind: self.u16([k0, k1]),
                count: self.u64([c0, c1, c2, c3, c4, c5, c6, c7]),
                field: *field,
            }
        } else if let Some(&[t0, t1, k0, k1, c0, c1, c2, c3, f0, f1, f2, f3]) = bytes.first_chunk()
        {
            Entry {
                tag: self.u16([t0, t1]),
                kind: self.u16([k0, k1]),
                count: self.u32([c0, c1, c2, c3]).into(),
                field: [f0, f1, f2, f3, 0, 0, 0, 0],
            }
        } else {
            Entry::default()
        }
    }

    /// The location of an entry's values (TIFF 6.0 section 2, "IFD Entry").
    #[inline]
    fn values(&self, entry: &Entry) -> Values {
        let Some(total) = entry.value_size().checked_mul(entry.count) else {
            return Values::Outside;
        };
        if total == 0 {
            return Values::None;
        }
        let [o0, o1, o2, o3, ..] = entry.field;
        let offset = match (self.big, total) {
            (true, ..=8) | (false, ..=4) => return Values::Inside,
            (true, _) => self.u64(entry.field),
            (false, _) => self.u32([o0, o1, o2, o3]).into(),
        };
        self.locate(offset, total).map_or(Values::Outside, Values::At)
    }

    /// Whether an entry's values lie outside of the block.
    pub(crate) fn is_cut(&self, entry: &Entry) -> bool {
        matches!(self.values(entry), Values::Outside)
    }

    /// The bytes of an entry's first value, and what follows it.
    #[inline]
    fn first(&self, src: &mut impl Source, entry: &Entry) -> Result<Option<[u8; 8]>, ProbeError> {
        match self.values(entry) {
            Values::None | Values::Outside => Ok(None),
            Values::Inside => Ok(Some(entry.field)),
            Values::At(offset) if entry.value_size() == 8 => src.array(offset).map(Some),
            // Several values that do not fit: at least 5 bytes, of which the first value has 4.
            Values::At(offset) => {
                let [f0, f1, f2, f3] = src.array(offset)?;
                Ok(Some([f0, f1, f2, f3, 0, 0, 0, 0]))
            }
        }
    }

    /// Whether one of the first `most` values of an entry of unsigned 16-bit integers meets a condition.
    pub(crate) fn any_short(
        &self,
        src: &mut impl Source,
        entry: &Entry,
        most: u64,
        meets: impl Fn(u16) -> bool,
    ) -> Result<bool, ProbeError> {
        const SHORT: u16 = 3;
        if entry.kind != SHORT {
            return Ok(false);
        }
        let count = usize::try_from(entry.count.min(most)).unwrap_or(0).min(WINDOW / 2);
        let shorts = match self.values(entry) {
            Values::None | Values::Outside => &[],
            Values::Inside => entry.field.get(..2 * count).unwrap_or_default(),
            Values::At(offset) => src.get(offset, 2 * count)?,
        };
        Ok(shorts.as_chunks().0.iter().any(|&short| meets(self.u16(short))))
    }

    /// An entry's first value as a number.
    #[inline]
    pub(crate) fn number(
        &self,
        src: &mut impl Source,
        entry: &Entry,
    ) -> Result<Option<f64>, ProbeError> {
        let Some(bytes) = self.first(src, entry)? else { return Ok(None) };
        let [b0, b1, b2, b3, b4, b5, b6, b7] = bytes;
        let long = self.u32([b0, b1, b2, b3]);
        Ok(Some(match entry.kind {
            // n/0 is infinite and 0/0 not a number: both fail the rule of density.rs.
            5 => f64::from(long) / f64::from(self.u32([b4, b5, b6, b7])),
            10 => {
                let denominator = self.u32([b4, b5, b6, b7]).cast_signed();
                f64::from(long.cast_signed()) / f64::from(denominator)
            }
            6 => f64::from(b0.cast_signed()),
            8 => f64::from(self.u16([b0, b1]).cast_signed()),
            9 => f64::from(long.cast_signed()),
            11 => f64::from(f32::from_bits(long)),
            12 => f64::from_bits(self.u64(bytes)),
            kind => return Ok(self.unsigned(kind, bytes).map(f64::from)),
        }))
    }

    /// An entry's first value, if it is an integer that fits in 32 bits and is not negative.
    #[inline]
    pub(crate) fn integer(
        &self,
        src: &mut impl Source,
        entry: &Entry,
    ) -> Result<Option<u32>, ProbeError> {
        Ok(self.first(src, entry)?.and_then(|bytes| self.unsigned(entry.kind, bytes)))
    }

    #[inline]
    fn unsigned(&self, kind: u16, bytes: [u8; 8]) -> Option<u32> {
        let [b0, b1, b2, b3, ..] = bytes;
        let (short, long) = (self.u16([b0, b1]), self.u32([b0, b1, b2, b3]));
        match kind {
            1 => Some(b0.into()),
            3 => Some(short.into()),
            4 | 13 => Some(long),
            8 => u32::try_from(short.cast_signed()).ok(),
            9 => u32::try_from(long.cast_signed()).ok(),
            16 | 18 => u32::try_from(self.u64(bytes)).ok(),
            _ => None,
        }
    }
}

/// One entry of an IFD, undecoded. One that is absent has the tag 0, which is never asked for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// The values, or their offset where they do not fit.
    field: [u8; 8],
}

impl Entry {
    #[inline]
    pub(crate) fn is_there(&self) -> bool {
        self.tag != 0
    }

    /// Bytes of one value; 0 of a type that does not exist.
    #[inline]
    fn value_size(&self) -> u64 {
        match self.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => 0,
        }
    }
}

/// The location of an entry's values.
enum Values {
    /// The entry has no values, or their type is unknown.
    None,
    /// In the entry.
    Inside,
    /// At this offset in the file.
    At(u64),
    /// Outside of the block.
    Outside,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of a file of 64 bytes: two shorts inside the entry, three behind the directory, one
    /// that reaches beyond the file, and one of an unknown type.
    pub(super) const FILE: &[u8; 64] = b"MM\0\x2A\0\0\0\x08\0\x04\
        \0\x01\0\x03\0\0\0\x02\x01\x02\x03\x04\
        \0\x02\0\x03\0\0\0\x03\0\0\0\x3A\
        \0\x03\0\x04\0\0\0\x02\0\0\0\x39\
        \0\x04\0\x63\0\0\0\x01\0\0\0\0\
        \0\x07\0\x08\0\x09";

    pub(super) fn entries() -> (Tiff, [Entry; 5]) {
        let mut src = &FILE[..];
        let tiff = Tiff::open(&mut src, 0, FILE.len() as u64).unwrap().unwrap();
        // The next pointer is where the values are: this test does not follow it.
        let ifd = tiff.ifd(&mut src, tiff.first_ifd).unwrap();
        let entries = tiff.find(&mut src, ifd, [1, 2, 3, 4, 5]).unwrap();
        (tiff, entries)
    }

    #[test]
    fn of_a_directory_that_claims_too_many_entries_those_that_are_there() {
        for claimed in [5, 0xFF] {
            let mut file = FILE[..60].to_vec();
            file[9] = claimed;
            let mut src = &file[..];
            let tiff = Tiff::open(&mut src, 0, 60).unwrap().unwrap();
            let ifd = tiff.ifd(&mut src, tiff.first_ifd).unwrap();
            let [first, fourth] = tiff.find(&mut src, ifd, [1, 4]).unwrap();
            assert!(first.is_there() && fourth.is_there());
            assert_eq!(tiff.next(&mut src, ifd).unwrap(), 0);
            // In a block that its container cuts, and without an entry.
            let cut = Tiff { len: 10 + 12 + 11, ..tiff };
            let ifd = cut.ifd(&mut src, cut.first_ifd).unwrap();
            let [first, second] = cut.find(&mut src, ifd, [1, 2]).unwrap();
            assert!(first.is_there() && !second.is_there());
            let empty = Tiff { len: 10 + 11, ..tiff };
            assert!(empty.ifd(&mut src, empty.first_ifd).is_err());
        }
    }

    #[test]
    fn values_in_and_behind_the_entry() {
        let (tiff, [inside, behind, cut, unknown, absent]) = entries();
        let first = |entry: &Entry| tiff.integer(&mut &FILE[..], entry).unwrap();
        assert_eq!(first(&inside), Some(0x0102));
        assert_eq!(first(&behind), Some(7));
        for none in [cut, unknown, absent] {
            assert_eq!(first(&none), None);
        }
        assert!(tiff.is_cut(&cut) && !tiff.is_cut(&behind) && !tiff.is_cut(&absent));
        assert!(!absent.is_there() && unknown.is_there());
    }

    #[test]
    fn any_of_the_values_of_a_field() {
        let (tiff, [inside, behind, cut, unknown, absent]) = entries();
        let any = |entry: &Entry, most, value| {
            tiff.any_short(&mut &FILE[..], entry, most, |short| short == value).unwrap()
        };
        assert!(any(&inside, 2, 0x0304) && !any(&inside, 1, 0x0304));
        assert!(any(&behind, 3, 9) && any(&behind, u64::MAX, 9) && !any(&behind, 2, 9));
        assert!([cut, unknown, absent].iter().all(|entry| !any(entry, 9, 0)));
    }
}

//! The first directory of a TIFF or BigTIFF file (TIFF 6.0, section 2).

use crate::rendition::decode_error::DecodeError;

const DAMAGED: &str = "the directory is damaged";

/// The fields that decide what the pixels are.
const PIXEL_TAGS: [u16; 24] = [
    256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 317, 320, 322, 323, 324, 325, 332,
    338, 339, 347, 513, 530,
];

/// The first directory, and the file that it points into.
pub(super) struct Ifd<'a> {
    data: &'a [u8],
    pub(super) big_endian: bool,
    big: bool,
    entries: &'a [u8],
}

impl<'a> Ifd<'a> {
    pub(super) fn first(data: &'a [u8]) -> Result<Self, DecodeError> {
        let (big_endian, big) = match data {
            [b'I', b'I', 42, 0, ..] => (false, false),
            [b'M', b'M', 0, 42, ..] => (true, false),
            [b'I', b'I', 43, 0, 8, 0, 0, 0, ..] => (false, true),
            [b'M', b'M', 0, 43, 0, 8, 0, 0, ..] => (true, true),
            _ => return Err("no TIFF header".into()),
        };
        let mut ifd = Self { data, big_endian, big, entries: &[] };
        let (at, word) = if big { (8, 8) } else { (4, 4) };
        let at = ifd.bytes(at, word).map(|b| ifd.number(b)).ok_or(DAMAGED)?;
        let count_size = if big { 8 } else { 2 };
        let count = ifd.bytes(at, count_size).map(|b| ifd.number(b)).ok_or(DAMAGED)?;
        let length = count.checked_mul(ifd.entry_size() as u64).ok_or(DAMAGED)?;
        ifd.entries = ifd.bytes(at + count_size, length).ok_or(DAMAGED)?;
        // A value outside of the file is not the same as none.
        if PIXEL_TAGS.iter().any(|&tag| ifd.entry(tag).is_some() && ifd.value(tag).is_none()) {
            return Err(DAMAGED.into());
        }
        Ok(ifd)
    }

    /// `length` bytes of the file from `at`.
    pub(super) fn bytes(&self, at: u64, length: u64) -> Option<&'a [u8]> {
        let end = at.checked_add(length)?;
        self.data.get(usize::try_from(at).ok()?..usize::try_from(end).ok()?)
    }

    /// The rest of the file from `at`.
    pub(super) fn rest(&self, at: u64) -> &'a [u8] {
        usize::try_from(at).ok().and_then(|at| self.data.get(at..)).unwrap_or_default()
    }

    fn entry_size(&self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// An unsigned number in the file's byte order.
    fn number(&self, bytes: &[u8]) -> u64 {
        let add = |n: u64, &b: &u8| n << 8 | u64::from(b);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }

    fn entry(&self, tag: u16) -> Option<&'a [u8]> {
        let mut entries = self.entries.chunks_exact(self.entry_size());
        entries.find(|entry| entry.get(..2).is_some_and(|t| self.number(t) == u64::from(tag)))
    }

    /// The type of a field and its value's bytes.
    fn value(&self, tag: u16) -> Option<(u64, &'a [u8])> {
        let entry = self.entry(tag)?;
        let kind = self.number(entry.get(2..4)?);
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return None,
        };
        let (count, place) = entry.get(4..)?.split_at_checked(if self.big { 8 } else { 4 })?;
        let length = self.number(count).checked_mul(size)?;
        if length <= place.len() as u64 {
            Some((kind, place.get(..usize::try_from(length).ok()?)?))
        } else {
            Some((kind, self.bytes(self.number(place), length)?))
        }
    }

    /// The bytes of a field, whatever its type.
    pub(super) fn raw(&self, tag: u16) -> Option<&'a [u8]> {
        self.value(tag).map(|(_, bytes)| bytes)
    }

    /// The whole numbers of a field, read as they are asked for: a field can be as long as the file.
    pub(super) fn numbers(&self, tag: u16) -> impl Iterator<Item = u64> + '_ {
        let (kind, bytes) = self.value(tag).unwrap_or_default();
        let size = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 13 => 4,
            16..=18 => 8,
            // Not a whole number: none of them.
            _ => usize::MAX,
        };
        bytes.chunks_exact(size).map(|b| self.number(b))
    }

    /// The first number of a field.
    pub(super) fn one(&self, tag: u16) -> Option<u64> {
        self.numbers(tag).next()
    }

    /// The fractions of a field, if they are three.
    pub(super) fn fractions(&self, tag: u16) -> Option<[f32; 3]> {
        let Some((5, bytes)) = self.value(tag).filter(|(_, bytes)| bytes.len() == 24) else {
            return None;
        };
        let number = |b: &[u8]| u32::try_from(self.number(b)).unwrap_or(u32::MAX) as f32;
        let pairs = bytes.as_chunks::<8>().0.iter();
        pairs
            .map(|[n @ .., _, _, _, _]| n)
            .zip(bytes.as_chunks::<8>().0)
            .map(|(over, pair)| number(over) / number(pair.get(4..).unwrap_or_default()))
            .collect::<Vec<_>>()
            .try_into()
            .ok()
    }
}

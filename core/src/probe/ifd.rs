//! The IFD reader: TIFF files and the EXIF block inside other formats are the same structure.
//!
//! TIFF 6.0 section 2; BigTIFF as of libtiff's "The BigTIFF File Format". Offsets are checked against
//! the block, a directory is walked once, and values are read only of entries that are asked for.

use super::ProbeError;
use super::source::{Source, WINDOW};

const CLASSIC: u16 = 42;
const BIG: u16 = 43;
/// Entries that are looked at in one IFD. Real ones have fewer than a hundred.
const MAX_ENTRIES: u64 = 4096;

/// The type of a fraction.
const RATIONAL: u16 = 5;

/// A TIFF structure inside a file: where it lies and how its numbers are written.
#[derive(Clone, Copy)]
pub(super) struct Tiff {
    /// Where it lies in the file, and its length.
    pub(super) base: u64,
    pub(super) len: u64,
    big_endian: bool,
    big: bool,
    /// Offset of the first IFD from the start of the block.
    pub(super) first_ifd: u64,
}

/// Where an IFD's entries are.
#[derive(Clone, Copy)]
pub(super) struct Ifd {
    first_entry: u64,
    count: u64,
    /// Offset in the file of the offset of the next IFD.
    next_at: u64,
}

impl Tiff {
    /// Reads the header at `base` of a block of `len` bytes. `None` if it is no TIFF header.
    pub(super) fn open(
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

    /// The place in the file of `len` bytes at `offset` of the block, if they lie inside it.
    #[inline]
    fn place(&self, offset: u64, len: u64) -> Result<u64, ProbeError> {
        let end = offset.checked_add(len).ok_or(ProbeError::Truncated)?;
        if end > self.len {
            return Err(ProbeError::Truncated);
        }
        self.base.checked_add(offset).ok_or(ProbeError::Truncated)
    }

    /// The IFD at `offset`: all of its entries lie inside the block, else an error.
    pub(super) fn ifd(&self, src: &mut impl Source, offset: u64) -> Result<Ifd, ProbeError> {
        let (count, head) = if self.big {
            (self.u64(src.array(self.place(offset, 8)?)?), 8)
        } else {
            (self.u16(src.array(self.place(offset, 2)?)?).into(), 2)
        };
        let size = count.checked_mul(self.entry_size() as u64).ok_or(ProbeError::Truncated)?;
        let first = offset.checked_add(head).ok_or(ProbeError::Truncated)?;
        let first_entry = self.place(first, size)?;
        Ok(Ifd { first_entry, count, next_at: first_entry + size })
    }

    /// The offset of the IFD after this one; 0 when it is the last or the pointer is cut off.
    pub(super) fn next(&self, src: &mut impl Source, ifd: Ifd) -> Result<u64, ProbeError> {
        let size = if self.big { 8 } else { 4 };
        if self.place(ifd.next_at - self.base, size).is_err() {
            return Ok(0);
        }
        Ok(if self.big {
            self.u64(src.array(ifd.next_at)?)
        } else {
            self.u32(src.array(ifd.next_at)?).into()
        })
    }

    fn entry_size(&self) -> usize {
        if self.big { 20 } else { 12 }
    }

    /// The entries of the tags to which `slot` gives a place; of a tag that comes twice, the first.
    #[inline]
    pub(super) fn find<const N: usize>(
        &self,
        src: &mut impl Source,
        ifd: Ifd,
        slot: impl Fn(u16) -> Option<usize>,
    ) -> Result<Found<N>, ProbeError> {
        let mut found = [0; N];
        let size = self.entry_size();
        let (mut at, mut left) = (ifd.first_entry, ifd.count.min(MAX_ENTRIES));
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW / size);
            for entry in src.get(at, count * size)?.chunks_exact(size) {
                if let Some(&[t0, t1]) = entry.first_chunk()
                    && let Some(slot) = slot(self.u16([t0, t1]))
                    && let Some(place @ 0) = found.get_mut(slot)
                {
                    *place = at;
                }
                at += size as u64;
            }
            left -= count as u64;
        }
        Ok(Found(found))
    }

    /// Type and place of the values of the entry at `at`: `None` where there is no entry, no value,
    /// or a value outside the block (TIFF 6.0 section 2, "IFD Entry").
    #[inline]
    fn values(&self, src: &mut impl Source, at: u64) -> Result<Option<(u16, u64)>, ProbeError> {
        if at == 0 {
            return Ok(None);
        }
        let (kind, count, field) = if self.big {
            let [_, _, k0, k1, count @ ..] = src.array::<12>(at)?;
            (self.u16([k0, k1]), self.u64(count), at + 12)
        } else {
            let [_, _, k0, k1, count @ ..] = src.array::<8>(at)?;
            (self.u16([k0, k1]), self.u32(count).into(), at + 8)
        };
        let size: u64 = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return Ok(None),
        };
        let Some(total) = size.checked_mul(count).filter(|&total| total > 0) else {
            return Ok(None);
        };
        if total <= if self.big { 8 } else { 4 } {
            return Ok(Some((kind, field)));
        }
        let offset =
            if self.big { self.u64(src.array(field)?) } else { self.u32(src.array(field)?).into() };
        Ok(self.place(offset, total).ok().map(|place| (kind, place)))
    }

    /// The first value of the entry at `at` as a number.
    pub(super) fn number(&self, src: &mut impl Source, at: u64) -> Result<Option<f64>, ProbeError> {
        let Some((kind, at)) = self.values(src, at)? else { return Ok(None) };
        Ok(Some(match kind {
            RATIONAL | 10 => {
                let [n0, n1, n2, n3, denominator @ ..] = src.array::<8>(at)?;
                let (n, d) = (self.u32([n0, n1, n2, n3]), self.u32(denominator));
                // n/0 is infinite and 0/0 not a number: both fail the rule of density.rs.
                if kind == RATIONAL {
                    f64::from(n) / f64::from(d)
                } else {
                    f64::from(n.cast_signed()) / f64::from(d.cast_signed())
                }
            }
            6 => f64::from(i8::from_be_bytes(src.array(at)?)),
            8 => f64::from(self.u16(src.array(at)?).cast_signed()),
            9 => f64::from(self.u32(src.array(at)?).cast_signed()),
            11 => f64::from(f32::from_bits(self.u32(src.array(at)?))),
            12 => f64::from_bits(self.u64(src.array(at)?)),
            _ => return Ok(self.unsigned(src, kind, at)?.map(f64::from)),
        }))
    }

    /// The first value of the entry at `at`, if it is a whole number of 32 bits, not below 0.
    #[inline]
    pub(super) fn integer(
        &self,
        src: &mut impl Source,
        at: u64,
    ) -> Result<Option<u32>, ProbeError> {
        match self.values(src, at)? {
            Some((kind, at)) => self.unsigned(src, kind, at),
            None => Ok(None),
        }
    }

    #[inline]
    fn unsigned(
        &self,
        src: &mut impl Source,
        kind: u16,
        at: u64,
    ) -> Result<Option<u32>, ProbeError> {
        Ok(match kind {
            3 => Some(self.u16(src.array(at)?).into()),
            4 | 13 => Some(self.u32(src.array(at)?)),
            1 => Some(u8::from_be_bytes(src.array(at)?).into()),
            16 | 18 => u32::try_from(self.u64(src.array(at)?)).ok(),
            8 => u32::try_from(self.u16(src.array(at)?).cast_signed()).ok(),
            9 => u32::try_from(self.u32(src.array(at)?).cast_signed()).ok(),
            _ => None,
        })
    }
}

/// Where the entries of some tags lie in the file; 0, where no entry can lie, for those that are
/// not there. No more is kept, since most entries are never looked at.
#[derive(Clone, Copy)]
pub(super) struct Found<const N: usize>([u64; N]);

impl<const N: usize> Found<N> {
    /// The place of the entry in a slot, or 0.
    #[inline]
    pub(super) fn at(&self, slot: usize) -> u64 {
        self.0.get(slot).copied().unwrap_or(0)
    }
}

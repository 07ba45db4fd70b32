//! The IFD reader: TIFF files and the EXIF block inside other formats are the same structure.
//!
//! TIFF 6.0 section 2; BigTIFF as of libtiff's "The BigTIFF File Format"; EXIF 2.32 section 4.6.
//! Offsets are checked against the block, values are read only for the tags that the probe needs,
//! and nothing is followed but one IFD and its GPS pointer, so there is no loop to guard.

use super::source::{Source, WINDOW, lenient};
use super::{Density, ImageInfo, Orientation, ProbeError};

const CLASSIC: u16 = 42;
const BIG: u16 = 43;
/// Entries that are looked at in one IFD. Real ones have fewer than a hundred.
const MAX_ENTRIES: u64 = 4096;

/// The type of a fraction.
const RATIONAL: u16 = 5;

/// The tags that the probe reads (TIFF 6.0 appendix A, EXIF 2.32 section 4.6.3), in the order of
/// their slots in what [`Tiff::find`] returns.
const TAGS: usize = 14;
pub(super) const IMAGE_WIDTH: usize = 0;
pub(super) const IMAGE_LENGTH: usize = 1;
pub(super) const BITS_PER_SAMPLE: usize = 2;
pub(super) const PHOTOMETRIC: usize = 3;
pub(super) const SAMPLES_PER_PIXEL: usize = 4;
pub(super) const EXTRA_SAMPLES: usize = 5;
pub(super) const XMP: usize = 6;
pub(super) const ICC_PROFILE: usize = 7;
pub(super) const EXIF_IFD: usize = 8;
const ORIENTATION: usize = 9;
const X_RESOLUTION: usize = 10;
const Y_RESOLUTION: usize = 11;
const RESOLUTION_UNIT: usize = 12;
const GPS_IFD: usize = 13;

/// The slot of a tag.
#[inline]
fn slot(tag: u16) -> Option<usize> {
    Some(match tag {
        0x0100 => IMAGE_WIDTH,
        0x0101 => IMAGE_LENGTH,
        0x0102 => BITS_PER_SAMPLE,
        0x0106 => PHOTOMETRIC,
        0x0112 => ORIENTATION,
        0x0115 => SAMPLES_PER_PIXEL,
        0x011A => X_RESOLUTION,
        0x011B => Y_RESOLUTION,
        0x0128 => RESOLUTION_UNIT,
        0x0152 => EXTRA_SAMPLES,
        0x02BC => XMP,
        0x8769 => EXIF_IFD,
        0x8773 => ICC_PROFILE,
        0x8825 => GPS_IFD,
        _ => return None,
    })
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

/// A TIFF structure inside a file: where it lies and how its numbers are written.
#[derive(Clone, Copy)]
pub(super) struct Tiff {
    base: u64,
    len: u64,
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

    /// The entries that the probe reads of a first IFD.
    pub(super) fn find_fields(
        &self,
        src: &mut impl Source,
        ifd: Ifd,
    ) -> Result<Found<TAGS>, ProbeError> {
        self.find(src, ifd, slot)
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
    fn number(&self, src: &mut impl Source, at: u64) -> Result<Option<f64>, ProbeError> {
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

    /// The first value of the entry at `at`, if it is of an unsigned type and not above 32 bits.
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
            _ => None,
        })
    }
}

/// What an EXIF block tells, and of a TIFF the same: how the picture is turned, its DPI, and
/// whether the place is known.
pub(super) struct Exif {
    pub(super) density: Option<Density>,
    /// Where the block lies in the file, and its length. `None` where the file holds it in another
    /// form.
    pub(super) place: Option<(u64, u64)>,
    pub(super) orientation: Orientation,
    pub(super) gps: bool,
    /// Whether a resolution lies outside the block.
    pub(super) cut: bool,
}

impl Exif {
    /// From the entries of a first IFD.
    #[inline]
    pub(super) fn of(
        src: &mut impl Source,
        tiff: &Tiff,
        found: &Found<TAGS>,
    ) -> Result<Self, ProbeError> {
        let orientation = tiff.integer(src, found.at(ORIENTATION))?.unwrap_or(0);
        let mut exif = Self {
            density: None,
            place: Some((tiff.base, tiff.len)),
            orientation: Orientation::from_exif(orientation),
            gps: false,
            cut: false,
        };
        let (x, y) = (found.at(X_RESOLUTION), found.at(Y_RESOLUTION));
        if x != 0 && y != 0 {
            let (x, y) = (tiff.number(src, x)?, tiff.number(src, y)?);
            // A unit that cannot be read is no unit; only an absent tag means inch.
            let unit = match found.at(RESOLUTION_UNIT) {
                0 => None,
                unit => Some(tiff.integer(src, unit)?.unwrap_or(0)),
            };
            exif.density = Density::from_exif(x, y, unit);
            exif.cut = x.is_none() || y.is_none();
        }
        if let Some(offset) = tiff.integer(src, found.at(GPS_IFD))? {
            exif.gps = lenient(has_position(src, tiff, offset.into()))?.unwrap_or(false);
        }
        Ok(exif)
    }

    /// Puts what the block tells into `info`. Its density yields to one that is there already.
    #[inline]
    pub(super) fn apply(&self, info: &mut ImageInfo) {
        info.has_exif = true;
        info.exif_block = self.place;
        info.has_gps = self.gps;
        info.orientation = self.orientation;
        info.density = info.density.or(self.density);
    }
}

/// Whether a GPS IFD has both coordinates: cameras write an empty one when they have no fix.
fn has_position(src: &mut impl Source, tiff: &Tiff, offset: u64) -> Result<bool, ProbeError> {
    const LATITUDE: u16 = 0x0002;
    const LONGITUDE: u16 = 0x0004;
    let ifd = tiff.ifd(src, offset)?;
    let found: Found<2> = tiff.find(src, ifd, |tag| match tag {
        LATITUDE => Some(0),
        LONGITUDE => Some(1),
        _ => None,
    })?;
    Ok(found.at(0) != 0 && found.at(1) != 0)
}

const PREFIX: &[u8] = b"Exif\0\0";

/// The EXIF block of `len` bytes at `at`, if it parses: a TIFF header and a whole first IFD.
/// A leading `Exif\0\0`, which some writers put before it outside of JPEG too, is skipped.
pub(super) fn read(src: &mut impl Source, at: u64, len: u64) -> Result<Option<Exif>, ProbeError> {
    let len = src.len().saturating_sub(at).min(len);
    let skip = match src.get_up_to(at, PREFIX.len()) {
        Ok(head) if head == PREFIX => PREFIX.len() as u64,
        Err(error @ ProbeError::Io(_)) => return Err(error),
        _ => 0,
    };
    lenient(parse(src, at + skip, len.saturating_sub(skip))).map(Option::flatten)
}

#[inline]
fn parse(src: &mut impl Source, at: u64, len: u64) -> Result<Option<Exif>, ProbeError> {
    let Some(tiff) = Tiff::open(src, at, len)? else { return Ok(None) };
    let ifd = tiff.ifd(src, tiff.first_ifd)?;
    let found = tiff.find_fields(src, ifd)?;
    Exif::of(src, &tiff, &found).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A classic block of either byte order with these entries: tag, type, count, value.
    fn block(big_endian: bool, entries: &[(u16, u16, u32, [u8; 4])], tail: &[u8]) -> Vec<u8> {
        let two = |n: u16| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let four = |n: u32| if big_endian { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut out = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        out.extend(two(42));
        out.extend(four(8));
        out.extend(two(u16::try_from(entries.len()).unwrap()));
        for &(tag, kind, count, value) in entries {
            out.extend([two(tag), two(kind)].concat());
            out.extend(four(count));
            out.extend(value);
        }
        out.extend(four(0));
        out.extend(tail);
        out
    }

    fn fields(data: &[u8]) -> Option<Exif> {
        let mut src = data;
        read(&mut src, 0, data.len() as u64).unwrap()
    }

    #[test]
    fn both_byte_orders_and_any_number_type() {
        let be = block(true, &[(0x112, 3, 1, [0, 8, 0, 0])], b"");
        assert_eq!(fields(&be).unwrap().orientation, Orientation::Rotate270);
        let le = block(false, &[(0x112, 4, 1, [8, 0, 0, 0])], b"");
        assert_eq!(fields(&le).unwrap().orientation, Orientation::Rotate270);
        // A resolution as SHORT, as FLOAT, as RATIONAL behind the directory.
        let short = [(0x11A, 3, 1, [72, 0, 0, 0]), (0x11B, 11, 1, 96_f32.to_le_bytes())];
        let density = fields(&block(false, &short, b"")).unwrap().density.unwrap();
        assert_eq!((density.x, density.y), (72.0, 96.0));
        let at = [38, 0, 0, 0];
        let rational = [(0x11A, 5, 1, at), (0x11B, 5, 1, at)];
        let data = block(false, &rational, &[44, 1, 0, 0, 2, 0, 0, 0]);
        assert_eq!(fields(&data).unwrap().density.unwrap().x, 150.0);
    }

    #[test]
    fn out_of_range_values_are_passed_over_and_the_first_of_two_counts() {
        let far = [0xFF, 0xFF, 0xFF, 0x7F];
        let entries =
            [(0x11A, 5, 1, far), (0x112, 3, 1, [6, 0, 0, 0]), (0x112, 3, 1, [3, 0, 0, 0])];
        let told = fields(&block(false, &entries, b"")).unwrap();
        assert_eq!(told.density, None);
        assert_eq!(told.orientation, Orientation::Rotate90);
        let huge = [(0x112, 3, u32::MAX, far), (0x128, 2, 1, [b'x', 0, 0, 0])];
        assert_eq!(fields(&block(false, &huge, b"")).unwrap().orientation, Orientation::Upright);
    }

    #[test]
    fn a_cut_directory_is_no_block_and_a_prefix_is_skipped() {
        let data = block(true, &[(0x112, 3, 1, [0, 6, 0, 0])], b"");
        for cut in 0..data.len() - 4 {
            assert!(fields(&data[..cut]).is_none(), "cut at {cut}");
        }
        assert!(fields(&data[..data.len() - 4]).is_some(), "only the next pointer is missing");
        let prefixed = [b"Exif\0\0", &data[..]].concat();
        assert_eq!(fields(&prefixed).unwrap().orientation, Orientation::Rotate90);
    }

    #[test]
    fn a_gps_directory_counts_with_both_coordinates() {
        let gps = [(0x8825, 4, 1, [26, 0, 0, 0])];
        let both = b"\x02\0\x02\0\x05\0\x03\0\0\0\0\0\0\0\x04\0\x05\0\x03\0\0\0\0\0\0\0";
        assert!(fields(&block(false, &gps, both)).unwrap().gps);
        assert!(!fields(&block(false, &gps, b"\0\0")).unwrap().gps);
        assert!(!fields(&block(false, &gps, b"\xFF\xFF")).unwrap().gps);
    }

    #[test]
    fn bigtiff_of_both_byte_orders() {
        let le = b"II\x2B\0\x08\0\0\0\x10\0\0\0\0\0\0\0\
            \x01\0\0\0\0\0\0\0\x1A\x01\x05\0\x01\0\0\0\0\0\0\0\x48\0\0\0\x01\0\0\0";
        let be = b"MM\0\x2B\0\x08\0\0\0\0\0\0\0\0\0\x10\
            \0\0\0\0\0\0\0\x01\x01\x12\0\x03\0\0\0\0\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!(fields(le).unwrap().density, None, "one axis is none");
        assert_eq!(fields(be).unwrap().orientation, Orientation::Rotate90);
        for cut in 0..le.len() {
            assert!(fields(&le[..cut]).is_none());
        }
    }
}

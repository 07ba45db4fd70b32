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

/// The tags that the probe reads (TIFF 6.0 appendix A, EXIF 2.32 section 4.6.3).
mod tag {
    pub(super) const IMAGE_WIDTH: u16 = 0x0100;
    pub(super) const IMAGE_LENGTH: u16 = 0x0101;
    pub(super) const BITS_PER_SAMPLE: u16 = 0x0102;
    pub(super) const PHOTOMETRIC: u16 = 0x0106;
    pub(super) const ORIENTATION: u16 = 0x0112;
    pub(super) const SAMPLES_PER_PIXEL: u16 = 0x0115;
    pub(super) const X_RESOLUTION: u16 = 0x011A;
    pub(super) const Y_RESOLUTION: u16 = 0x011B;
    pub(super) const RESOLUTION_UNIT: u16 = 0x0128;
    pub(super) const EXTRA_SAMPLES: u16 = 0x0152;
    pub(super) const XMP: u16 = 0x02BC;
    pub(super) const EXIF_IFD: u16 = 0x8769;
    pub(super) const ICC_PROFILE: u16 = 0x8773;
    pub(super) const GPS_IFD: u16 = 0x8825;
    pub(super) const GPS_LATITUDE: u16 = 0x0002;
    pub(super) const GPS_LONGITUDE: u16 = 0x0004;
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

/// One entry of an IFD.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    kind: u16,
    count: u64,
    /// Offset in the file of the entry's own value field.
    field: u64,
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
    ///
    /// The directory is walked once, without a look at the values of other tags.
    #[inline]
    pub(super) fn find<const N: usize>(
        &self,
        src: &mut impl Source,
        ifd: Ifd,
        slot: impl Fn(u16) -> Option<usize>,
    ) -> Result<[Option<Entry>; N], ProbeError> {
        let mut found = [None; N];
        let size = self.entry_size();
        let (mut at, mut left) = (ifd.first_entry, ifd.count.min(MAX_ENTRIES));
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW / size);
            for entry in src.get(at, count * size)?.chunks_exact(size) {
                if let Some(&[t0, t1]) = entry.first_chunk()
                    && let Some(place) = slot(self.u16([t0, t1]))
                    && let Some(place @ None) = found.get_mut(place)
                {
                    *place = self.entry(entry, at);
                }
                at += size as u64;
            }
            left -= count as u64;
        }
        Ok(found)
    }

    /// An entry from its bytes, which lie at `at`.
    #[inline]
    fn entry(&self, bytes: &[u8], at: u64) -> Option<Entry> {
        if self.big {
            let &[_, _, k0, k1, ref count @ ..] = bytes.first_chunk::<12>()?;
            Some(Entry { kind: self.u16([k0, k1]), count: self.u64(*count), field: at + 12 })
        } else {
            let &[_, _, k0, k1, ref count @ ..] = bytes.first_chunk::<8>()?;
            Some(Entry { kind: self.u16([k0, k1]), count: self.u32(*count).into(), field: at + 8 })
        }
    }

    /// Where the values of an entry lie, if there are any and they lie inside the block.
    #[inline]
    fn values(&self, src: &mut impl Source, entry: Entry) -> Result<Option<u64>, ProbeError> {
        let size: u64 = match entry.kind {
            1 | 6 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return Ok(None),
        };
        let Some(total) = size.checked_mul(entry.count).filter(|&total| total > 0) else {
            return Ok(None);
        };
        if total <= if self.big { 8 } else { 4 } {
            return Ok(Some(entry.field));
        }
        let offset = if self.big {
            self.u64(src.array(entry.field)?)
        } else {
            self.u32(src.array(entry.field)?).into()
        };
        Ok(self.place(offset, total).ok())
    }

    /// The first value of an entry as a number: `None` for text, for no value and for a value
    /// outside the block (TIFF 6.0 section 2, "IFD Entry").
    fn number(&self, src: &mut impl Source, entry: Entry) -> Result<Option<f64>, ProbeError> {
        let Some(at) = self.values(src, entry)? else { return Ok(None) };
        Ok(Some(match entry.kind {
            RATIONAL => {
                let (n, d) = self.fraction(src.array(at)?);
                // n/0 is infinite and 0/0 not a number: both fail the rule of density.rs.
                f64::from(n) / f64::from(d)
            }
            10 => {
                let (n, d) = self.fraction(src.array(at)?);
                f64::from(n.cast_signed()) / f64::from(d.cast_signed())
            }
            6 => f64::from(i8::from_be_bytes(src.array(at)?)),
            8 => f64::from(self.u16(src.array(at)?).cast_signed()),
            9 => f64::from(self.u32(src.array(at)?).cast_signed()),
            11 => f64::from(f32::from_bits(self.u32(src.array(at)?))),
            12 => f64::from_bits(self.u64(src.array(at)?)),
            _ => return Ok(self.integer(src, entry)?.map(f64::from)),
        }))
    }

    fn fraction(&self, bytes: [u8; 8]) -> (u32, u32) {
        let [n0, n1, n2, n3, denominator @ ..] = bytes;
        (self.u32([n0, n1, n2, n3]), self.u32(denominator))
    }

    /// The first value of an entry, if it is of an unsigned type and not above 32 bits.
    #[inline]
    pub(super) fn integer(
        &self,
        src: &mut impl Source,
        entry: Entry,
    ) -> Result<Option<u32>, ProbeError> {
        let Some(at) = self.values(src, entry)? else { return Ok(None) };
        Ok(match entry.kind {
            1 => Some(u8::from_be_bytes(src.array(at)?).into()),
            3 => Some(self.u16(src.array(at)?).into()),
            4 | 13 => Some(self.u32(src.array(at)?)),
            16 | 18 => u32::try_from(self.u64(src.array(at)?)).ok(),
            _ => None,
        })
    }

    /// As [`Tiff::integer`], where the tag may be absent.
    #[inline]
    fn optional(
        &self,
        src: &mut impl Source,
        entry: Option<Entry>,
    ) -> Result<Option<u32>, ProbeError> {
        entry.map_or(Ok(None), |entry| self.integer(src, entry))
    }
}

/// What the first IFD of a TIFF or of an EXIF block tells.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) bits: Option<u32>,
    pub(super) samples: Option<u32>,
    pub(super) photometric: Option<u32>,
    pub(super) extra_samples: Option<u32>,
    pub(super) orientation: Orientation,
    pub(super) density: Option<Density>,
    pub(super) icc: bool,
    pub(super) xmp: bool,
    pub(super) exif: bool,
    pub(super) gps: bool,
    /// Whether a resolution lies outside the block.
    pub(super) cut: bool,
    /// Whether another IFD follows.
    pub(super) more: bool,
}

impl Fields {
    /// Reads the IFD at `offset`; what describes stored pixels only where it is a `picture`, since
    /// an EXIF block copies that from elsewhere, rightly or wrongly.
    pub(super) fn read(
        src: &mut impl Source,
        tiff: &Tiff,
        offset: u64,
        picture: bool,
    ) -> Result<Self, ProbeError> {
        let ifd = tiff.ifd(src, offset)?;
        let [
            width,
            height,
            bits,
            photometric,
            orientation,
            samples,
            x,
            y,
            unit,
            extra,
            xmp,
            exif,
            icc,
            gps,
        ] = tiff.find(src, ifd, |tag| {
            Some(match tag {
                tag::IMAGE_WIDTH => 0,
                tag::IMAGE_LENGTH => 1,
                tag::BITS_PER_SAMPLE => 2,
                tag::PHOTOMETRIC => 3,
                tag::ORIENTATION => 4,
                tag::SAMPLES_PER_PIXEL => 5,
                tag::X_RESOLUTION => 6,
                tag::Y_RESOLUTION => 7,
                tag::RESOLUTION_UNIT => 8,
                tag::EXTRA_SAMPLES => 9,
                tag::XMP => 10,
                tag::EXIF_IFD => 11,
                tag::ICC_PROFILE => 12,
                tag::GPS_IFD => 13,
                _ => return None,
            })
        })?;
        let mut fields = Self {
            orientation: Orientation::from_exif(tiff.optional(src, orientation)?.unwrap_or(0)),
            icc: icc.is_some_and(|entry| entry.count > 0),
            xmp: xmp.is_some_and(|entry| entry.count > 0),
            exif: exif.is_some(),
            more: tiff.next(src, ifd)? != 0,
            ..Self::default()
        };
        if picture {
            fields.width = tiff.optional(src, width)?;
            fields.height = tiff.optional(src, height)?;
            fields.bits = tiff.optional(src, bits)?;
            fields.samples = tiff.optional(src, samples)?;
            fields.photometric = tiff.optional(src, photometric)?;
            fields.extra_samples = tiff.optional(src, extra)?;
        }
        if let (Some(x), Some(y)) = (x, y) {
            // A unit that cannot be read is no unit; only an absent tag means inch.
            let unit = unit.map(|unit| tiff.integer(src, unit)).transpose()?;
            let unit = unit.map(|unit| unit.unwrap_or(0));
            let axes = [tiff.number(src, x)?, tiff.number(src, y)?];
            fields.density = Density::from_exif(axes[0], axes[1], unit);
            fields.cut = axes.contains(&None) && [x, y].iter().all(|entry| entry.kind == RATIONAL);
        }
        if let Some(offset) = tiff.optional(src, gps)? {
            fields.gps = lenient(has_position(src, tiff, offset.into()))?.unwrap_or(false);
        }
        Ok(fields)
    }
}

/// Whether a GPS IFD has both coordinates: cameras write an empty one when they have no fix.
fn has_position(src: &mut impl Source, tiff: &Tiff, offset: u64) -> Result<bool, ProbeError> {
    let ifd = tiff.ifd(src, offset)?;
    let [latitude, longitude] = tiff.find(src, ifd, |tag| match tag {
        tag::GPS_LATITUDE => Some(0),
        tag::GPS_LONGITUDE => Some(1),
        _ => None,
    })?;
    let counts = |entry: Option<Entry>| entry.is_some_and(|entry| entry.count > 0);
    Ok(counts(latitude) && counts(longitude))
}

/// The EXIF block of `len` bytes at `at`, if it parses: a TIFF header and a whole first IFD.
/// A leading `Exif\0\0`, which some writers put before it outside of JPEG too, is skipped.
pub(super) fn read(src: &mut impl Source, at: u64, len: u64) -> Result<Option<Exif>, ProbeError> {
    let at_most = src.len().saturating_sub(at).min(len);
    let skip = match src.get_up_to(at, PREFIX.len()) {
        Ok(head) if head == PREFIX => PREFIX.len() as u64,
        Err(error @ ProbeError::Io(_)) => return Err(error),
        _ => 0,
    };
    let (at, len) = (at + skip, at_most.saturating_sub(skip));
    let Some(tiff) = lenient(Tiff::open(src, at, len))?.flatten() else { return Ok(None) };
    let fields = lenient(Fields::read(src, &tiff, tiff.first_ifd, false))?;
    Ok(fields.map(|fields| Exif { place: Some((at, len)), fields }))
}

const PREFIX: &[u8] = b"Exif\0\0";

/// An EXIF block that was found and read.
pub(super) struct Exif {
    /// Where it lies in the file, and its length. `None` where the file holds it in another form.
    pub(super) place: Option<(u64, u64)>,
    pub(super) fields: Fields,
}

impl Exif {
    /// Puts what the block tells into `info`: all but the sizes, which a block inside another
    /// format only copies. Its density yields to one that is there already.
    pub(super) fn apply(&self, info: &mut ImageInfo) {
        info.has_exif = true;
        info.exif_block = self.place;
        info.has_gps = self.fields.gps;
        info.orientation = self.fields.orientation;
        info.density = info.density.or(self.fields.density);
    }
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

    fn fields(data: &[u8]) -> Option<Fields> {
        let mut src = data;
        read(&mut src, 0, data.len() as u64).unwrap().map(|exif| exif.fields)
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

//! The fields of an EXIF block in any format, and of a TIFF's first IFD: EXIF 2.32 section 4.6. Only one
//! IFD and its GPS pointer are followed, so there is no loop to guard against.

use super::density::Density;
use super::info::ImageInfo;
use crate::container::error::{ProbeError, lenient};
use crate::container::source::Source;
use crate::container::tiff::{Entry, Tiff};
use crate::geometry::Orientation;

/// The tags that the probe reads of a first IFD (TIFF 6.0 section 8, EXIF 2.32 section 4.6.3).
pub(super) const TAGS: [u16; 5] = [
    0x0112, // Orientation
    0x011A, // XResolution
    0x011B, // YResolution
    0x0128, // ResolutionUnit
    0x8825, // GPS IFD
];

/// The fields of an EXIF block, or of a TIFF's first IFD.
pub(super) struct Exif {
    pub(super) density: Option<Density>,
    /// Offset and length of the block in the file. `None` where the file holds it encoded, as text.
    pub(super) range: Option<(u64, u64)>,
    pub(super) orientation: Orientation,
    /// Whether it has latitude and longitude.
    pub(super) gps: bool,
}

impl Exif {
    /// From the entries of [`TAGS`].
    #[inline]
    pub(super) fn of(
        src: &mut impl Source,
        tiff: &Tiff,
        [orientation, x, y, unit, gps]: &[Entry; TAGS.len()],
    ) -> Result<Self, ProbeError> {
        let orientation = tiff.integer(src, orientation)?.unwrap_or(0);
        let mut exif = Self {
            density: None,
            range: Some((tiff.base, tiff.len)),
            orientation: Orientation::from_exif(orientation),
            gps: false,
        };
        if let (Some(x), Some(y)) = (tiff.number(src, x)?, tiff.number(src, y)?) {
            // A unit that cannot be read means none; only an absent one means inch.
            let unit = match unit.is_there() {
                true => Some(tiff.integer(src, unit)?.unwrap_or(0)),
                false => None,
            };
            exif.density = Density::from_exif(x, y, unit);
        }
        if let Some(offset) = tiff.integer(src, gps)? {
            exif.gps = lenient(has_position(src, tiff, offset.into()))?.unwrap_or(false);
        }
        Ok(exif)
    }

    /// Writes the fields to `info`, except a density where there is one already.
    #[inline]
    pub(super) fn apply(&self, info: &mut ImageInfo) {
        info.has_exif = true;
        info.exif_block = self.range;
        info.has_gps = self.gps;
        info.orientation = self.orientation;
        info.stored_dpi = info.stored_dpi.or(self.density);
    }
}

/// Whether a GPS IFD has both coordinates: without a fix, cameras write an empty one.
fn has_position(src: &mut impl Source, tiff: &Tiff, offset: u64) -> Result<bool, ProbeError> {
    const LATITUDE: u16 = 0x0002;
    const LONGITUDE: u16 = 0x0004;
    let ifd = tiff.ifd(src, offset)?;
    let found = tiff.find(src, ifd, [LATITUDE, LONGITUDE])?;
    Ok(found.iter().all(Entry::is_there))
}

const PREFIX: &[u8] = b"Exif\0\0";

/// The EXIF block of `len` bytes at `at`, if it parses: a TIFF header and a first IFD. A leading
/// `Exif\0\0`, which some writers add outside of JPEG too, is skipped.
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
    let found = tiff.find(src, ifd, TAGS)?;
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
        assert_eq!(fields(&block(false, &short[..1], b"")).unwrap().density, None, "one axis");
    }

    #[test]
    fn values_out_of_range_are_skipped_and_the_first_of_two_counts() {
        let far = [0xFF, 0xFF, 0xFF, 0x7F];
        let entries =
            [(0x11A, 5, 1, far), (0x112, 3, 1, [6, 0, 0, 0]), (0x112, 3, 1, [3, 0, 0, 0])];
        let exif = fields(&block(false, &entries, b"")).unwrap();
        assert_eq!(exif.density, None);
        assert_eq!(exif.orientation, Orientation::Rotate90);
        let huge = [(0x112, 3, u32::MAX, far), (0x128, 2, 1, [b'x', 0, 0, 0])];
        assert_eq!(fields(&block(false, &huge, b"")).unwrap().orientation, Orientation::Upright);
    }

    #[test]
    fn a_cut_directory_does_not_parse_and_a_prefix_is_skipped() {
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
        assert_eq!(fields(le).unwrap().density, None, "one axis only");
        assert_eq!(fields(be).unwrap().orientation, Orientation::Rotate90);
        for cut in 0..le.len() {
            assert!(fields(&le[..cut]).is_none());
        }
    }
}

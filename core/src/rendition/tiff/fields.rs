//! The fields of the first page (TIFF 6.0, section 8 and following).

use std::borrow::Cow;

use super::pixels::{File, tail};
use crate::container::disk::Disk;
use crate::container::source::Source;
use crate::container::tiff::{Entry, Tiff};
use crate::rendition::decode_error::DecodeError;

/// The fields that are read, by their tags.
pub(super) mod tag {
    pub(in super::super) const NEW_SUBFILE_TYPE: u16 = 254;
    pub(in super::super) const SUBFILE_TYPE: u16 = 255;
    pub(in super::super) const WIDTH: u16 = 256;
    pub(in super::super) const LENGTH: u16 = 257;
    pub(in super::super) const BITS_PER_SAMPLE: u16 = 258;
    pub(in super::super) const COMPRESSION: u16 = 259;
    pub(in super::super) const PHOTOMETRIC: u16 = 262;
    pub(in super::super) const FILL_ORDER: u16 = 266;
    pub(in super::super) const STRIP_OFFSETS: u16 = 273;
    pub(in super::super) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(in super::super) const ROWS_PER_STRIP: u16 = 278;
    pub(in super::super) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(in super::super) const PLANAR_CONFIGURATION: u16 = 284;
    pub(in super::super) const T4_OPTIONS: u16 = 292;
    pub(in super::super) const PREDICTOR: u16 = 317;
    pub(in super::super) const COLOUR_MAP: u16 = 320;
    pub(in super::super) const TILE_WIDTH: u16 = 322;
    pub(in super::super) const TILE_LENGTH: u16 = 323;
    pub(in super::super) const TILE_OFFSETS: u16 = 324;
    pub(in super::super) const TILE_BYTE_COUNTS: u16 = 325;
    pub(in super::super) const BAD_FAX_LINES: u16 = 326;
    pub(in super::super) const SUB_IFDS: u16 = 330;
    pub(in super::super) const INK_SET: u16 = 332;
    pub(in super::super) const EXTRA_SAMPLES: u16 = 338;
    pub(in super::super) const SAMPLE_FORMAT: u16 = 339;
    pub(in super::super) const JPEG_TABLES: u16 = 347;
    pub(in super::super) const OLD_JPEG_STREAM: u16 = 513;
    pub(in super::super) const OLD_JPEG_LENGTH: u16 = 514;
    pub(in super::super) const OLD_JPEG_RESTART_INTERVAL: u16 = 515;
    pub(in super::super) const OLD_JPEG_QUANTISATION: u16 = 519;
    pub(in super::super) const OLD_JPEG_DC: u16 = 520;
    pub(in super::super) const OLD_JPEG_AC: u16 = 521;
    pub(in super::super) const YCBCR_COEFFICIENTS: u16 = 529;
    pub(in super::super) const YCBCR_SUBSAMPLING: u16 = 530;
    pub(in super::super) const REFERENCE_BLACK_WHITE: u16 = 532;
    pub(in super::super) const PHOTOSHOP: u16 = 34377;
    pub(in super::super) const ICC_PROFILE: u16 = 34675;
    pub(in super::super) const DNG_VERSION: u16 = 50706;

    /// Those without which the pixels cannot be read right, and then the others.
    pub(super) const ALL: [u16; 38] = [
        WIDTH,
        LENGTH,
        BITS_PER_SAMPLE,
        COMPRESSION,
        PHOTOMETRIC,
        FILL_ORDER,
        STRIP_OFFSETS,
        SAMPLES_PER_PIXEL,
        ROWS_PER_STRIP,
        STRIP_BYTE_COUNTS,
        PLANAR_CONFIGURATION,
        T4_OPTIONS,
        PREDICTOR,
        COLOUR_MAP,
        TILE_WIDTH,
        TILE_LENGTH,
        TILE_OFFSETS,
        TILE_BYTE_COUNTS,
        INK_SET,
        EXTRA_SAMPLES,
        SAMPLE_FORMAT,
        JPEG_TABLES,
        OLD_JPEG_STREAM,
        YCBCR_SUBSAMPLING,
        OLD_JPEG_LENGTH,
        YCBCR_COEFFICIENTS,
        ICC_PROFILE,
        NEW_SUBFILE_TYPE,
        SUBFILE_TYPE,
        BAD_FAX_LINES,
        SUB_IFDS,
        OLD_JPEG_RESTART_INTERVAL,
        OLD_JPEG_QUANTISATION,
        OLD_JPEG_DC,
        OLD_JPEG_AC,
        REFERENCE_BLACK_WHITE,
        PHOTOSHOP,
        DNG_VERSION,
    ];
    pub(super) const REQUIRED: usize = 24;
}

/// The bytes of fields that are held of a file on disk: tables of strips and tiles, and the profile.
const MOST_VALUES: u64 = 16 << 20;

/// The start of a file on disk that is held.
const HEAD: usize = 16;

/// The fields of the first page, and the file that they point into.
pub(super) struct Fields<'a> {
    /// What strips and tiles lie in.
    pub(super) file: File<'a>,
    /// What the values lie in: the file in memory, or the values of one on disk.
    values: Cow<'a, [u8]>,
    /// The file in memory, or the start of one on disk.
    start: Cow<'a, [u8]>,
    tiff: Tiff,
    /// By [`tag::ALL`].
    entries: [Entry; tag::ALL.len()],
    /// Whether other pages follow.
    pub(super) has_more_pages: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, DecodeError> {
        let (tiff, entries, has_more_pages) = first_page(&mut &*file)?;
        let (file, values) = (File::Memory(file), Cow::Borrowed(file));
        Ok(Self { file, start: values.clone(), values, tiff, entries, has_more_pages })
    }

    /// Of a file on disk. `None` if its fields are too long to be held.
    pub(super) fn read_from_disk(disk: Disk<'a>) -> Result<Option<Self>, DecodeError> {
        let mut src = disk.stream()?;
        let (tiff, mut entries, has_more_pages) = first_page(&mut src)?;
        let start = src.get_up_to(0, HEAD)?.to_vec().into();
        let gathered = tiff.gather(&mut src, &mut entries, MOST_VALUES)?;
        Ok(gathered.map(|(tiff, values)| {
            let (file, values) = (File::Disk(disk), values.into());
            Self { file, values, start, tiff, entries, has_more_pages }
        }))
    }

    fn entry(&self, tag: u16) -> Option<&Entry> {
        let index = tag::ALL.iter().position(|&known| known == tag)?;
        self.entries.get(index).filter(|entry| entry.is_there())
    }

    pub(super) fn is_big_endian(&self) -> bool {
        self.tiff.big_endian
    }

    /// The integers of a field. None if it is absent or of another type.
    pub(super) fn integers(&self, tag: u16) -> impl Iterator<Item = u64> + '_ {
        let entry = self.entry(tag).into_iter();
        entry.flat_map(|entry| self.tiff.integers(&self.values, entry))
    }

    /// The first integer of a field.
    pub(super) fn integer(&self, tag: u16) -> Option<u64> {
        self.integers(tag).next()
    }

    /// The bytes of a field, whatever its type.
    pub(super) fn bytes(&self, tag: u16) -> Option<&[u8]> {
        self.tiff.bytes(&self.values, self.entry(tag)?)
    }

    /// Whether the field is there, whatever its value.
    pub(super) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }

    /// The fractions of a field of exactly `N`. `None` if one is not finite.
    pub(super) fn fractions<const N: usize>(&self, tag: u16) -> Option<[f32; N]> {
        let fractions = self.tiff.fractions(&self.values, self.entry(tag)?);
        let values: Vec<f32> =
            fractions.take(N + 1).map(|(over, under)| over as f32 / under as f32).collect();
        values.try_into().ok().filter(|values: &[f32; N]| values.iter().all(|v| v.is_finite()))
    }

    /// The file in memory from an offset on. Of one on disk, nothing.
    pub(super) fn tail(&self, offset: u64) -> &'a [u8] {
        match self.file {
            File::Memory(file) => tail(file, offset),
            File::Disk(_) => &[],
        }
    }

    /// Whether these bytes are at an offset in the first 16 bytes of the file.
    pub(super) fn starts_with(&self, offset: u64, bytes: &[u8]) -> bool {
        tail(&self.start, offset).starts_with(bytes)
    }
}

/// The structure of a file, the entries of its first page, in the order of [`tag::ALL`], and whether others follow.
fn first_page(src: &mut impl Source) -> Result<(Tiff, [Entry; tag::ALL.len()], bool), DecodeError> {
    let len = src.len();
    let tiff = Tiff::open(src, 0, len)?.ok_or("no TIFF header")?;
    let ifd = tiff.ifd(src, tiff.first_ifd)?;
    if ifd.is_cut {
        return Err("the file ends inside its directory".into());
    }
    let entries = tiff.find(src, ifd, tag::ALL)?;
    // A value outside of the file is not an absent one: the default would show other pixels.
    if entries.iter().take(tag::REQUIRED).any(|entry| tiff.is_unreadable(entry)) {
        return Err("a field of the page cannot be read".into());
    }
    let has_more_pages = tiff.next(src, ifd).is_ok_and(|next| next > 0);
    Ok((tiff, entries, has_more_pages))
}

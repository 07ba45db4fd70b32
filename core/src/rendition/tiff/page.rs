//! The first page of a file, as its fields describe it.

use super::compression::Compression;
use super::fields::{Fields, tag};
use super::grid::Grid;
use super::old_jpeg::OldJpeg;
use super::photometric::{Alpha, Photometric};
use super::pixels::MOST_HELD;
use super::samples::Samples;
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::Layout;
use crate::rendition::ratio::check_ratio;

/// Samples of a pixel that are read at most; the file may have as many extra ones.
const MAX_SAMPLES: u64 = 64;

/// The first page.
pub(super) struct Page<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) size: Size,
    pub(super) photometric: Photometric,
    pub(super) alpha: Option<Alpha>,
    pub(super) compression: Compression,
    /// Of compression 6.
    pub(super) old_jpeg: Option<OldJpeg<'a>>,
    pub(super) samples: Samples,
    /// Samples of a pixel that the picture needs, or bytes of its index.
    pub(super) kept: usize,
    /// Whether each kind of sample has strips or tiles of its own.
    pub(super) planar: bool,
    /// Whether the bits of each byte are in reverse order.
    pub(super) reversed: bool,
    pub(super) grid: Grid,
    /// Pixels across and down that share a chroma sample, unless each has its own.
    pub(super) subsampling: Option<(usize, usize)>,
}

impl<'a> Page<'a> {
    pub(super) fn read(fields: Fields<'a>) -> Result<Self, DecodeError> {
        let side = |tag| fields.integer(tag).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0);
        let (Some(width), Some(height)) = (side(tag::WIDTH), side(tag::LENGTH)) else {
            return Err("the page has no size".into());
        };
        let size = Size::new(width, height);
        check_is_no_raw(&fields)?;
        let per_pixel = samples_per_pixel(&fields)?;
        let compression = Compression::read(&fields)?;
        let photometric = Photometric::read(&fields, compression, per_pixel)?;
        let alpha = Alpha::read(&fields, photometric, per_pixel);
        let planar = fields.integer(tag::PLANAR_CONFIGURATION) == Some(2) && per_pixel > 1;
        let samples = Samples::read(&fields, compression, photometric, planar, per_pixel)?;
        let old_jpeg = match compression {
            Compression::OldJpeg => Some(OldJpeg::read(&fields, samples.per_pixel)?),
            _ => None,
        };
        let index_bytes = samples.pixel_bytes() / samples.per_pixel;
        let in_one_stream = matches!(old_jpeg, Some(OldJpeg::Stream(_)));
        let grid = Grid::read(&fields, in_one_stream, size)?;
        let subsampling = subsampling(&fields, photometric, compression)?;
        if subsampling.is_some() && (planar || samples.bits != 8 || per_pixel != 3) {
            let reason = "subsampled chroma in planes, or of another depth than 8 bits";
            return Err(DecodeError::unsupported(reason));
        }
        Ok(Self {
            size,
            photometric,
            alpha,
            compression,
            old_jpeg,
            samples,
            kept: photometric.colours() * index_bytes + usize::from(alpha.is_some()),
            planar,
            reversed: fields.integer(tag::FILL_ORDER) == Some(2),
            grid,
            subsampling,
            fields,
        })
    }

    pub(super) fn layout(&self) -> Layout {
        self.photometric.layout(self.alpha.is_some())
    }

    /// The samples of a pixel that are kept, by their numbers: colours, then alpha.
    pub(super) fn kept_samples(&self) -> impl Iterator<Item = usize> {
        (0..self.photometric.colours()).chain(self.alpha.map(|alpha| alpha.sample))
    }

    /// Parts of a pixel that have strips or tiles of their own, up to the last one that is kept.
    fn planes(&self) -> usize {
        if self.planar { self.kept_samples().last().unwrap_or(0) + 1 } else { 1 }
    }

    /// Bytes of a row of a strip or tile.
    pub(super) fn chunk_row_bytes(&self) -> usize {
        self.samples.row_bits(self.grid.width).div_ceil(8)
    }

    /// Bytes of the units that rows of subsampled pixels share.
    pub(super) fn subsampled_line_bytes(&self) -> usize {
        let (h, v) = self.subsampling.unwrap_or((1, 1));
        self.grid.width.div_ceil(h).saturating_mul(h * v + 2)
    }

    /// Strips or tiles of the page.
    pub(super) fn chunks(&self) -> u64 {
        self.grid.cells(self.size).saturating_mul(self.planes() as u64)
    }

    /// Refuses a file that is too short for the size it claims, or cut in too many pieces.
    pub(super) fn check_file_size(&self) -> Result<(), DecodeError> {
        // Each strip or tile starts a decoder. Tiles have at least 16 pixels a side (TIFF 6.0,
        // section 15), though some writers make smaller ones; strips may be single rows.
        let pixels = self.size.pixels();
        let most = (pixels / 64).saturating_mul(self.planes() as u64).saturating_add(65_536);
        if self.chunks() > most {
            return Err(DecodeError::unsupported("too many strips or tiles"));
        }
        let bits = pixels.saturating_mul(self.samples.row_bits(1) as u64);
        let file = self.fields.file.len();
        let check = |bits, per_byte| check_ratio(bits, file, per_byte);
        match self.compression {
            Compression::None if self.subsampling.is_some() => check(pixels, 1),
            Compression::None => check(bits, 8),
            Compression::PackBits => check(bits, 8 * 64),
            Compression::Deflate => check(bits, 8 * 1032),
            // A code of at least 9 bits stands for at most 4096 bytes.
            Compression::Lzw => check(bits, 8 * 8 * 4096 / 9),
            Compression::Jpeg | Compression::OldJpeg => check(pixels, 8 * 64),
            // A row takes at least a bit.
            Compression::Fax(_) => check(self.size.height.into(), 8),
        }
    }
}

impl Page<'_> {
    /// Whether its strips or tiles can be read from disk one at a time, or, where they are not compressed, in
    /// parts.
    pub(super) fn reads_from_disk(&self) -> bool {
        let is_short = || {
            let count = usize::try_from(self.chunks()).unwrap_or(usize::MAX);
            let locations = self.grid.locations(&self.fields, self.compression, count);
            locations.is_ok_and(|locations| locations.longest(self.fields.file.len()) <= MOST_HELD)
        };
        match self.compression {
            Compression::None => !self.reversed,
            Compression::Lzw
            | Compression::Deflate
            | Compression::PackBits
            | Compression::Fax(_) => is_short(),
            Compression::Jpeg | Compression::OldJpeg => false,
        }
    }
}

/// Refuses the raw file of a camera, whose first image is a preview of it: DNG and others by Adobe's TIFF/EP,
/// and Canon's CR2. A preview of another page is no picture to print either.
fn check_is_no_raw(fields: &Fields<'_>) -> Result<(), DecodeError> {
    const CR2: &[u8] = b"CR\x02";
    // A reduced image, by the field of TIFF 6.0 or by that which it replaces.
    let is_preview = fields.integer(tag::NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1)
        || fields.integer(tag::SUBFILE_TYPE) == Some(2);
    if fields.has(tag::DNG_VERSION)
        || is_preview && fields.has(tag::SUB_IFDS)
        || fields.starts_with(8, CR2)
    {
        return Err(DecodeError::unsupported("the raw file of a camera"));
    }
    if is_preview && fields.has_more_pages {
        return Err(DecodeError::unsupported("a first page that is a preview of another"));
    }
    Ok(())
}

fn samples_per_pixel(fields: &Fields<'_>) -> Result<usize, DecodeError> {
    // Some writers leave out the field.
    let colours = match fields.integer(tag::PHOTOMETRIC) {
        Some(2 | 6 | 8 | 9) => 3,
        Some(5) => 4,
        _ => 1,
    };
    match fields.integer(tag::SAMPLES_PER_PIXEL).unwrap_or(colours) {
        0 => Err("a pixel has no samples".into()),
        samples @ 1..=MAX_SAMPLES => Ok(usize::try_from(samples).unwrap_or(1)),
        more => Err(DecodeError::unsupported(format!("{more} samples per pixel"))),
    }
}

/// The `YCbCrSubSampling` field, of samples that no JPEG decoder makes.
fn subsampling(
    fields: &Fields<'_>,
    photometric: Photometric,
    compression: Compression,
) -> Result<Option<(usize, usize)>, DecodeError> {
    if photometric != Photometric::YCbCr || compression.is_jpeg() {
        return Ok(None);
    }
    let factors: Vec<u64> = fields.integers(tag::YCBCR_SUBSAMPLING).take(2).collect();
    match factors.as_slice() {
        [1, 1] => Ok(None),
        [] => Ok(Some((2, 2))),
        &[h @ (1 | 2 | 4), v @ (1 | 2 | 4)] => {
            Ok(Some((usize::try_from(h).unwrap_or(1), usize::try_from(v).unwrap_or(1))))
        }
        other => Err(DecodeError::unsupported(format!("chroma subsampling by {other:?}"))),
    }
}

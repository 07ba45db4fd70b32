//! What the fields of a page tell of its pixels.

use super::super::check_compression_ratio;
use super::ifd::Ifd;
use super::samples::{Format, Predictor, Samples};
use super::unpack::Compression;
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::Layout;

/// What the samples of a pixel mean: the `PhotometricInterpretation` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
    Lab { signed: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    None,
    Associated,
    Unassociated,
}

/// The first page, understood.
pub(super) struct Page<'a> {
    pub(super) ifd: Ifd<'a>,
    pub(super) size: Size,
    pub(super) photometric: Photometric,
    pub(super) alpha: Alpha,
    pub(super) compression: Compression,
    pub(super) samples: Samples,
    /// Samples per pixel that the picture needs.
    pub(super) kept: usize,
    pub(super) planar: bool,
    pub(super) reversed: bool,
    pub(super) tiled: bool,
    pub(super) chunk_width: usize,
    pub(super) chunk_height: usize,
    /// Pixels per chroma sample across and down, where it is fewer than all.
    pub(super) subsampling: Option<(usize, usize)>,
}

impl<'a> Page<'a> {
    pub(super) fn parse(ifd: Ifd<'a>) -> Result<Self, DecodeError> {
        let side = |tag| ifd.one(tag).and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0);
        let (Some(width), Some(height)) = (side(256), side(257)) else {
            return Err("the page has no size".into());
        };
        let number =
            |tag, default| ifd.one(tag).map_or(default, |n| usize::try_from(n).unwrap_or(0));
        let per_pixel = number(277, 1);
        if !(1..=64).contains(&per_pixel) {
            return Err("the number of samples per pixel".into());
        }
        let compression = Compression::new(ifd.one(259).unwrap_or(1), ifd.one(292).unwrap_or(0))?;
        let photometric = match (ifd.one(262), compression) {
            (Some(0), _) => Photometric::WhiteIsZero,
            (Some(1 | 4), _) => Photometric::BlackIsZero,
            (Some(2), _) => Photometric::Rgb,
            (Some(3), _) => Photometric::Palette,
            (Some(5), _) => Photometric::Cmyk,
            (Some(6), _) => Photometric::YCbCr,
            (Some(8), _) => Photometric::Lab { signed: true },
            (Some(9), _) => Photometric::Lab { signed: false },
            (None, Compression::Fax(_)) => Photometric::WhiteIsZero,
            (None, _) if per_pixel >= 3 => Photometric::Rgb,
            (None, _) => Photometric::BlackIsZero,
            _ => return Err("a photometric interpretation that is not decoded".into()),
        };
        let colours = match photometric {
            Photometric::WhiteIsZero | Photometric::BlackIsZero | Photometric::Palette => 1,
            Photometric::Cmyk => 4,
            Photometric::Rgb | Photometric::YCbCr | Photometric::Lab { .. } => 3,
        };
        if per_pixel < colours {
            return Err("too few samples per pixel".into());
        }
        if photometric == Photometric::Cmyk && ifd.one(332).is_some_and(|inks| inks != 1) {
            return Err("inks other than CMYK".into());
        }
        let may_be_clear =
            matches!(colours, 1 | 3) && photometric != Photometric::Palette && per_pixel > colours;
        let alpha = match ifd.one(338) {
            Some(1) if may_be_clear => Alpha::Associated,
            Some(2) if may_be_clear => Alpha::Unassociated,
            None if may_be_clear && per_pixel == 4 => Alpha::Unassociated,
            _ => Alpha::None,
        };
        let planar = number(284, 1) == 2 && per_pixel > 1;

        let depth = ifd.one(258).unwrap_or(1);
        if ifd.numbers(258).take(per_pixel).any(|bits| bits != depth) {
            return Err("samples of different depths".into());
        }
        let samples = Samples {
            bits: usize::try_from(depth).unwrap_or(0),
            format: match ifd.one(339).unwrap_or(1) {
                3 => Format::Float,
                _ => Format::Whole,
            },
            predictor: match (ifd.one(317).unwrap_or(1), compression) {
                (2, Compression::Lzw | Compression::Deflate) => Predictor::Horizontal,
                (3, Compression::Lzw | Compression::Deflate) => Predictor::Float,
                _ => Predictor::None,
            },
            big_endian: ifd.big_endian,
            per_pixel: if planar { 1 } else { per_pixel },
            indices: photometric == Photometric::Palette,
        };
        if !samples.supported() || (samples.indices && samples.bits > 8) {
            return Err("a depth or format of samples that is not decoded".into());
        }
        let tiled = ifd.one(322).is_some() && compression != Compression::OldJpeg;
        let (chunk_width, chunk_height) = if compression == Compression::OldJpeg {
            (width as usize, height as usize)
        } else if tiled {
            (number(322, 0), number(323, 0))
        } else {
            (width as usize, number(278, usize::MAX).min(height as usize))
        };
        if chunk_width == 0 || chunk_height == 0 {
            return Err("tiles or strips without pixels".into());
        }
        let subsampling = if photometric == Photometric::YCbCr && !compression.is_jpeg() {
            match ifd.numbers(530).take(2).collect::<Vec<_>>().as_slice() {
                [1, 1] => None,
                [] => Some((2, 2)),
                &[h @ (1 | 2 | 4), v @ (1 | 2 | 4)] => {
                    Some((usize::try_from(h).unwrap_or(1), usize::try_from(v).unwrap_or(1)))
                }
                _ => return Err("a chroma subsampling that is not decoded".into()),
            }
        } else {
            None
        };
        if subsampling.is_some() && (planar || samples.bits != 8 || per_pixel != 3) {
            return Err("subsampled chroma in planes or at another depth than 8 bits".into());
        }
        Ok(Self {
            size: Size::new(width, height),
            photometric,
            alpha,
            compression,
            samples,
            kept: colours + usize::from(alpha != Alpha::None),
            planar,
            reversed: ifd.one(266) == Some(2),
            tiled,
            chunk_width,
            chunk_height,
            subsampling,
            ifd,
        })
    }

    pub(super) fn layout(&self) -> Layout {
        match (self.photometric, self.alpha != Alpha::None) {
            (Photometric::WhiteIsZero | Photometric::BlackIsZero, false) => Layout::Grey,
            (Photometric::WhiteIsZero | Photometric::BlackIsZero, true) => Layout::GreyAlpha,
            (Photometric::Cmyk, _) => Layout::Cmyk,
            (_, false) => Layout::Rgb,
            (_, true) => Layout::Rgba,
        }
    }

    pub(super) fn chunk_row_bytes(&self) -> usize {
        (self.chunk_width.saturating_mul(self.samples.per_pixel).saturating_mul(self.samples.bits))
            .div_ceil(8)
    }

    pub(super) fn check_size_of_file(&self, data: &[u8]) -> Result<(), DecodeError> {
        // Each strip or tile starts a decoder. Tiles have at least 16 pixels a side (TIFF 6.0, section 15),
        // of which some writers know nothing; strips may be single rows.
        let planes = if self.planar { self.kept as u64 } else { 1 };
        let most = (self.size.pixels() / 64).saturating_mul(planes).saturating_add(65_536);
        if self.chunks() > most {
            return Err("too many strips or tiles".into());
        }
        let bits =
            self.size.pixels().saturating_mul((self.samples.bits * self.samples.per_pixel) as u64);
        match self.compression {
            Compression::None if self.subsampling.is_some() => {
                check_compression_ratio(self.size.pixels(), data, 1)
            }
            Compression::None => check_compression_ratio(bits, data, 8),
            Compression::PackBits => check_compression_ratio(bits, data, 8 * 64),
            Compression::Deflate => check_compression_ratio(bits, data, 8 * 1032),
            // A code of at least 9 bits stands for at most 4096 bytes.
            Compression::Lzw => check_compression_ratio(bits, data, 8 * 8 * 4096 / 9),
            Compression::Jpeg | Compression::OldJpeg => {
                check_compression_ratio(self.size.pixels(), data, 8 * 64)
            }
            // A row takes a bit at the very least.
            Compression::Fax(_) => check_compression_ratio(self.size.height.into(), data, 8),
        }
    }

    /// How many strips or tiles there are at most.
    pub(super) fn chunks(&self) -> u64 {
        let across = u64::from(self.size.width).div_ceil(self.chunk_width as u64);
        let down = u64::from(self.size.height).div_ceil(self.chunk_height as u64);
        across.saturating_mul(down).saturating_mul(if self.planar { self.kept as u64 } else { 1 })
    }
}

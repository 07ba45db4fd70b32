//! TIFF and BigTIFF, the first page: own reader over the codecs' decompressors.
//!
//! The `tiff` crate knows neither palettes, nor subsampled YCbCr, nor planes together, nor CCITT but
//! for Group 4, and refuses files that leave out what can be reckoned.

mod fax;
mod ifd;
mod samples;
mod unpack;

use self::ifd::Ifd;
use self::samples::{Format, Predictor, Samples};
use self::unpack::Compression;
use super::{Failure, Layout, Picture, Profile, jpeg, plausible};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, Demand};

/// What the samples of a pixel mean: the `PhotometricInterpretation` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
    Lab { signed: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alpha {
    None,
    Associated,
    Unassociated,
}

/// Decodes the first page of a TIFF file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, Failure> {
    let page = Page::parse(Ifd::first(data)?)?;
    page.plausible(data)?;
    let chunk = (page.chunk_row_bytes() as u64).saturating_mul(page.chunk_height as u64);
    // A chunk as unpacked, twice where a JPEG decoder makes it from planes; a palette's indices; the file
    // with its bits reversed; and the places of the chunks.
    let chunk = chunk.saturating_mul(if page.compression.is_jpeg() { 4 } else { 2 });
    let indices = if page.photometric == Photometric::Palette { page.size.pixels() } else { 0 };
    let reversed = if page.reversed { data.len() as u64 } else { 0 };
    let places = page.chunks().saturating_mul(16);
    let decoder = [indices, reversed, places].iter().fold(chunk, |sum, &n| sum.saturating_add(n));
    let channels = page.layout().channels();
    budget.admit(&Demand { full: page.size, size: page.size, channels, decoder })?;
    let pixels = page.finish(page.read(budget)?);
    let profile = page.ifd.raw(34675).map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    Ok(Picture { full: page.size, size: page.size, layout: page.layout(), pixels, profile })
}

/// The first page, understood.
struct Page<'a> {
    ifd: Ifd<'a>,
    size: Size,
    photometric: Photometric,
    alpha: Alpha,
    compression: Compression,
    samples: Samples,
    /// Samples per pixel that the picture needs.
    kept: usize,
    planar: bool,
    reversed: bool,
    tiled: bool,
    chunk_width: usize,
    chunk_height: usize,
    /// Pixels per chroma sample across and down, where it is fewer than all.
    subsampling: Option<(usize, usize)>,
}

impl<'a> Page<'a> {
    fn parse(ifd: Ifd<'a>) -> Result<Self, Failure> {
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

    fn layout(&self) -> Layout {
        match (self.photometric, self.alpha != Alpha::None) {
            (Photometric::WhiteIsZero | Photometric::BlackIsZero, false) => Layout::Grey,
            (Photometric::WhiteIsZero | Photometric::BlackIsZero, true) => Layout::GreyAlpha,
            (Photometric::Cmyk, _) => Layout::Cmyk,
            (_, false) => Layout::Rgb,
            (_, true) => Layout::Rgba,
        }
    }

    fn chunk_row_bytes(&self) -> usize {
        (self.chunk_width.saturating_mul(self.samples.per_pixel).saturating_mul(self.samples.bits))
            .div_ceil(8)
    }

    fn plausible(&self, data: &[u8]) -> Result<(), Failure> {
        let bits =
            self.size.pixels().saturating_mul((self.samples.bits * self.samples.per_pixel) as u64);
        match self.compression {
            Compression::None if self.subsampling.is_some() => {
                plausible(self.size.pixels(), data, 1)
            }
            Compression::None => plausible(bits, data, 8),
            Compression::PackBits => plausible(bits, data, 8 * 64),
            Compression::Deflate => plausible(bits, data, 8 * 1032),
            // A code of at least 9 bits stands for at most 4096 bytes.
            Compression::Lzw => plausible(bits, data, 8 * 8 * 4096 / 9),
            Compression::Jpeg | Compression::OldJpeg => plausible(self.size.pixels(), data, 8 * 64),
            // A row takes a bit at the very least.
            Compression::Fax(_) => plausible(self.size.height.into(), data, 8),
        }
    }

    /// How many strips or tiles there are at most.
    fn chunks(&self) -> u64 {
        let across = u64::from(self.size.width).div_ceil(self.chunk_width as u64);
        let down = u64::from(self.size.height).div_ceil(self.chunk_height as u64);
        across * down * if self.planar { self.kept as u64 } else { 1 }
    }

    /// All kept samples of all pixels, 8 bits each.
    fn read(&self, budget: &Budget) -> Result<Vec<u8>, Failure> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let across = width.div_ceil(self.chunk_width);
        let down = height.div_ceil(self.chunk_height);
        let (offset_tag, length_tag) = if self.tiled { (324, 325) } else { (273, 279) };
        if self.compression == Compression::OldJpeg {
            return self.read_old_jpeg(budget);
        }
        let planes = if self.planar { self.kept } else { 1 };
        let chunks = across * down * planes;
        let table = |tag| self.ifd.numbers(tag).take(chunks).collect::<Vec<_>>();
        let (offsets, lengths) = (table(offset_tag), table(length_tag));
        if offsets.len() < chunks {
            return Err("strips or tiles are missing".into());
        }
        let mut pixels = vec![0; width * height * self.kept];
        for plane in 0..planes {
            for row in 0..down {
                for column in 0..across {
                    let index = (plane * down + row) * across + column;
                    let offset = offsets.get(index).copied().unwrap_or(u64::MAX);
                    let packed = match lengths.get(index) {
                        // Without compression the pixels themselves tell the length.
                        Some(&length) if length > 0 && self.compression != Compression::None => {
                            let rest = self.ifd.rest(offset);
                            let length = usize::try_from(length).unwrap_or(usize::MAX);
                            rest.get(..length.min(rest.len())).unwrap_or_default()
                        }
                        _ => self.ifd.rest(offset),
                    };
                    let first_row = row * self.chunk_height;
                    // Strips end with the picture, tiles don't.
                    let rows = if self.tiled {
                        self.chunk_height
                    } else {
                        self.chunk_height.min(height - first_row)
                    };
                    self.place(
                        packed,
                        rows,
                        plane,
                        (column * self.chunk_width, first_row),
                        &mut pixels,
                        budget,
                    )?;
                }
            }
        }
        Ok(pixels)
    }

    /// The first way to have JPEG in TIFF, where it is a whole stream; its strips lie within.
    fn read_old_jpeg(&self, budget: &Budget) -> Result<Vec<u8>, Failure> {
        let start = self.ifd.one(513).ok_or("an old-style JPEG without its stream")?;
        let mut pixels = vec![0; self.size.width as usize * self.size.height as usize * self.kept];
        self.place(self.ifd.rest(start), self.chunk_height, 0, (0, 0), &mut pixels, budget)?;
        Ok(pixels)
    }

    /// Unpacks a chunk and writes its samples where they belong.
    fn place(
        &self,
        packed: &[u8],
        rows: usize,
        plane: usize,
        (left, top): (usize, usize),
        pixels: &mut [u8],
        budget: &Budget,
    ) -> Result<(), Failure> {
        let width = self.size.width as usize;
        let targets = pixels.chunks_exact_mut(width * self.kept).skip(top).take(rows);
        let count = if self.planar { 1 } else { self.kept };
        let put = |target: &mut [u8], samples: &[u8], per_pixel: usize| {
            let target = target.chunks_exact_mut(self.kept).skip(left);
            for (pixel, samples) in target.zip(samples.chunks_exact(per_pixel)) {
                for (to, from) in pixel.iter_mut().skip(plane).take(count).zip(samples) {
                    *to = *from;
                }
            }
        };
        if self.compression.is_jpeg() {
            let raw = self.photometric != Photometric::YCbCr;
            let chunk = jpeg::decode_chunk(self.ifd.raw(347), packed, raw, budget)?;
            let channels = chunk.layout.channels();
            if channels != self.samples.per_pixel
                || chunk.size.width as usize != self.chunk_width
                || (chunk.size.height as usize) < rows
            {
                return Err("a JPEG strip or tile of another size".into());
            }
            for (target, row) in targets.zip(chunk.pixels.chunks_exact(self.chunk_width * channels))
            {
                put(target, row, channels);
            }
        } else if let Some((h, v)) = self.subsampling {
            let unit = h * v + 2;
            let units = self.chunk_width.div_ceil(h);
            let length = units.saturating_mul(rows.div_ceil(v)).saturating_mul(unit);
            let data = self.compression.unpack(packed, length, 0, self.reversed)?;
            for (y, target) in targets.enumerate() {
                let line = data.chunks_exact(units * unit).nth(y / v).unwrap_or_default();
                let samples: Vec<u8> = line
                    .chunks_exact(unit)
                    .flat_map(|unit| {
                        let (luma, chroma) = unit.split_at(h * v);
                        let row = luma.iter().skip(y % v * h).take(h);
                        row.flat_map(move |&y| std::iter::once(y).chain(chroma.iter().copied()))
                    })
                    .collect();
                put(target, &samples, 3);
            }
        } else {
            let row_bytes = self.chunk_row_bytes();
            let length = row_bytes.checked_mul(rows).ok_or("a strip is too large")?;
            let bits = self.chunk_width * self.samples.per_pixel * self.samples.bits;
            let mut data =
                self.compression.unpack(packed, length, bits, self.reversed)?.into_owned();
            let mut samples = Vec::new();
            for (target, row) in targets.zip(data.chunks_exact_mut(row_bytes)) {
                self.samples.read(row, &mut samples);
                put(target, &samples, self.samples.per_pixel);
            }
        }
        Ok(())
    }

    /// From samples to the values of the layout.
    fn finish(&self, mut pixels: Vec<u8>) -> Vec<u8> {
        match self.photometric {
            Photometric::WhiteIsZero => {
                pixels.iter_mut().step_by(self.kept).for_each(|value| *value = 255 - *value);
            }
            Photometric::Palette => pixels = self.look_up(&pixels),
            Photometric::YCbCr if !self.compression.is_jpeg() => {
                let [red, green, blue] =
                    self.ifd.fractions(529).try_into().unwrap_or([0.299, 0.587, 0.114]);
                for pixel in pixels.chunks_exact_mut(self.kept) {
                    if let [y, cb, cr, ..] = pixel {
                        [*y, *cb, *cr] = ycbcr_to_rgb([*y, *cb, *cr], [red, green, blue]);
                    }
                }
            }
            Photometric::Lab { signed } => {
                for pixel in pixels.chunks_exact_mut(self.kept) {
                    if let [l, a, b, ..] = pixel {
                        [*l, *a, *b] = lab_to_srgb([*l, *a, *b], signed);
                    }
                }
            }
            _ => {}
        }
        if self.alpha == Alpha::Associated {
            for pixel in pixels.chunks_exact_mut(self.kept) {
                if let Some((&mut alpha, colours)) = pixel.split_last_mut() {
                    for value in colours {
                        let whole = (u32::from(*value) * 255 + u32::from(alpha) / 2)
                            .checked_div(alpha.into());
                        *value = whole.map_or(0, |v| v.min(255).to_le_bytes()[0]);
                    }
                }
            }
        }
        pixels
    }

    /// Colours from the `ColorMap`: all reds, all greens, all blues, 16 bits each.
    fn look_up(&self, indices: &[u8]) -> Vec<u8> {
        let map: Vec<u64> = self.ifd.numbers(320).take(3 * 256).collect();
        // Some write 8-bit values.
        let shift = if map.iter().all(|&v| v < 256) { 0 } else { 8 };
        let third = map.len() / 3;
        let mut colours = [[0; 3]; 256];
        for (index, colour) in colours.iter_mut().enumerate().take(third) {
            for (place, value) in colour.iter_mut().enumerate() {
                let entry = map.get(place * third + index).copied().unwrap_or_default();
                *value = (entry >> shift).to_le_bytes()[0];
            }
        }
        let colour = |&i: &u8| colours.get(usize::from(i)).copied().unwrap_or_default();
        indices.iter().flat_map(colour).collect()
    }
}

/// By the luma coefficients of the file.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3], [red, green, blue]: [f32; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let r = y + cr * (2.0 - 2.0 * red);
    let b = y + cb * (2.0 - 2.0 * blue);
    let g = (y - red * r - blue * b) / green;
    [r, g, b].map(to_byte)
}

/// CIE L*a*b* of D50 to sRGB, by way of XYZ and Bradford's matrix to D65.
fn lab_to_srgb([l, a, b]: [u8; 3], signed: bool) -> [u8; 3] {
    let offset = |v: u8| {
        if signed { f32::from(v.cast_signed()) } else { f32::from(v) - 128.0 }
    };
    let fy = (f32::from(l) / 2.55 + 16.0) / 116.0;
    let (fx, fz) = (fy + offset(a) / 500.0, fy - offset(b) / 200.0);
    let cube = |t: f32| if t > 6.0 / 29.0 { t * t * t } else { (t - 16.0 / 116.0) / 7.787_037 };
    let (x, y, z) = (0.9642 * cube(fx), cube(fy), 0.8249 * cube(fz));
    let linear = [
        3.133_856 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ];
    linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        to_byte(
            255.0 * if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 },
        )
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn to_byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_landmarks() {
        assert_eq!(lab_to_srgb([255, 128, 128], false), [255, 255, 255]);
        assert_eq!(lab_to_srgb([0, 0, 0], true), [0, 0, 0]);
        // sRGB red is L* 54.3, a* 80.8, b* 69.9 under D50.
        let [r, g, b] = lab_to_srgb([138, 81, 70], true);
        assert!(r > 250 && g < 12 && b < 12, "{r} {g} {b}");
    }

    #[test]
    fn ycbcr_landmarks() {
        let bt601 = [0.299, 0.587, 0.114];
        assert_eq!(ycbcr_to_rgb([255, 128, 128], bt601), [255, 255, 255]);
        assert_eq!(ycbcr_to_rgb([76, 85, 255], bt601), [254, 0, 0]);
    }
}

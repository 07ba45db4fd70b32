//! JPEG, own decoder: baseline and progressive Huffman, 8 bits (ITU-T T.81).
//!
//! The common decoders paint missing pixels grey and go on; here a scan that asks for one bit more
//! than the file has is an error. And only an own decoder can leave out the frequencies that the
//! rendition is too small to show, which is most of a photo's work.

mod bits;
mod idct;
mod markers;
mod planes;
mod scan;

use self::idct::Steps;
use self::markers::{Frame, Next, Scan, Tables, next};
use self::planes::{Colour, Plane, assemble};
use self::scan::{Block, Coding, Grid, walk};
use super::check_compression_ratio;
use crate::geometry::Size;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Picture, Profile};

/// What is wrong with a file.
type Damage = &'static str;

/// More scans than any encoder writes: a small file must not keep the decoder busy for long.
const MAX_SCANS: usize = 100;

/// The most work on each block in the mean, beside what the bits of the file account for. The usual
/// script of a progressive JPEG takes about 25, the most refined ones 40.
const MAX_WORK: u64 = 64;

/// All blocks of a picture.
fn blocks(frame: &Frame) -> u64 {
    let grids = frame.components.iter().map(|c| Grid::new(frame, c.h, c.v));
    grids.map(|grid| grid.used_across as u64 * grid.used_down as u64).sum()
}

/// What a scan takes, at least: long runs of blocks without news cost no bits, yet each block is visited,
/// and where it is refined, each of its coefficients is looked at.
fn work(frame: &Frame, scan: &Scan) -> u64 {
    let refined = if scan.high > 0 { (scan.last - scan.first) as u64 / 8 } else { 0 };
    let components = scan.components.iter().filter_map(|c| frame.components.get(c.index));
    let grids = components.map(|c| Grid::new(frame, c.h, c.v));
    grids.map(|grid| grid.used_across as u64 * grid.used_down as u64 * (1 + refined)).sum()
}

/// Decodes the first picture of a JPEG file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let Some([0xff, 0xd8, ..]) = data.get(..) else { return Err("no JPEG start marker".into()) };
    let mut decoder = Decoder::default();
    decoder.read(data, Use::Rendition(budget))?;
    decoder.finish(None)
}

/// The strips or tiles of a TIFF: JPEGs whose tables may lie apart, and whose colours are as they are
/// unless they are YCbCr.
pub(super) struct Chunks<'a> {
    tables: Tables<'a>,
    raw: bool,
    /// What of the memory a chunk may take.
    allowance: u64,
}

/// What a chunk must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    pub(super) width: usize,
    pub(super) rows: usize,
    /// The last strip may be as long as the others.
    pub(super) most_rows: usize,
    pub(super) channels: usize,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(apart: Option<&'a [u8]>, raw: bool, allowance: u64) -> Result<Self, Damage> {
        let mut tables = Tables::default();
        let mut position = 0;
        while let (Next::Segment(code, body), behind) = next(apart.unwrap_or_default(), position)? {
            tables.segment(code, body)?;
            position = behind;
        }
        Ok(Self { tables, raw, allowance })
    }

    pub(super) fn decode(
        &self,
        data: &'a [u8],
        expected: Expected,
    ) -> Result<Picture, DecodeError> {
        let mut decoder = Decoder { tables: self.tables.clone(), ..Decoder::default() };
        decoder.read(data, Use::Chunk { expected, allowance: self.allowance })?;
        decoder.finish(Some(self.raw))
    }
}

/// What the decoded pixels are for.
#[derive(Clone, Copy)]
enum Use<'b> {
    /// The rendition, which may have fewer pixels.
    Rendition(&'b Budget),
    /// A part of a picture, of which all pixels are wanted.
    Chunk { expected: Expected, allowance: u64 },
}

#[derive(Default)]
struct Decoder<'a> {
    tables: Tables<'a>,
    image: Option<Image>,
    /// What the scans took so far.
    work: u64,
}

impl<'a> Decoder<'a> {
    fn read(&mut self, data: &'a [u8], wanted: Use<'_>) -> Result<(), DecodeError> {
        let (mut position, mut scans) = (2, 0);
        loop {
            let (found, behind) = next(data, position)?;
            position = behind;
            match found {
                Next::Segment(0xda, body) => {
                    scans += 1;
                    if scans > MAX_SCANS {
                        return Err("too many scans".into());
                    }
                    position = self.scan(data, body, position, wanted)?;
                    if self.image.as_ref().is_some_and(Image::sequential_done) {
                        return Ok(());
                    }
                }
                // A profile stands before the pixels: what comes later was not reckoned.
                Next::Segment(0xe2, _) if self.image.is_some() => {}
                Next::Segment(code, body) => self.tables.segment(code, body)?,
                Next::End { marker } => {
                    let complete = self.image.as_ref().is_some_and(|i| i.complete(marker));
                    return if complete { Ok(()) } else { Err("pixels are missing".into()) };
                }
            }
        }
    }

    /// Decodes the scan whose data begin at `position`; gives the position behind it.
    fn scan(
        &mut self,
        data: &'a [u8],
        body: &[u8],
        position: usize,
        wanted: Use<'_>,
    ) -> Result<usize, DecodeError> {
        let frame = self.tables.frame.as_ref().ok_or("a scan before the frame header")?;
        let scan = Scan::parse(body, frame)?;
        let coding = Coding::new(&self.tables, &scan)?;
        let image = match &mut self.image {
            Some(image) => image,
            none => {
                // A block takes a bit at the very least.
                check_compression_ratio(blocks(frame), data, 8)?;
                let plan = Plan::new(frame, wanted)?;
                plan.admit(wanted, self.tables.icc_length())?;
                none.insert(plan.allocate())
            }
        };
        self.work += work(frame, &scan);
        if self.work > MAX_WORK * blocks(frame) + 8 * data.len() as u64 {
            return Err("too many scans for its size".into());
        }
        image.set_steps(frame, &scan, &self.tables)?;
        let interval = self.tables.restart_interval;
        let parts = image.parts.as_mut_slice();
        let order: Vec<usize> = scan.components.iter().map(|c| c.index).collect();
        let behind = walk(data, position, frame, &scan, interval, |bits, place, at, state| {
            let index = order.get(place).copied().unwrap_or(usize::MAX);
            let part = parts.get_mut(index).ok_or("a scan of an unknown component")?;
            if frame.progressive {
                let block = part.blocks.get_mut(at).ok_or("a block outside the picture")?;
                coding.progressive(bits, place, state, block)
            } else {
                let mut block: Block = [0; 64];
                let only_dc = coding.sequential(bits, place, state, &mut block)?;
                part.paint(at, &block, only_dc);
                Ok(())
            }
        })?;
        image.mark(&scan);
        Ok(behind)
    }

    /// The picture; `raw` where it is a part of a TIFF: whether its colours are as they are.
    fn finish(self, raw: Option<bool>) -> Result<Picture, DecodeError> {
        let colour = match (raw, self.tables.frame.as_ref().map_or(0, |f| f.components.len())) {
            (None, _) => self.colour(),
            (_, 1) => Colour::Grey,
            (Some(true), 3) => Colour::Rgb,
            (Some(false), 3) => Colour::YCbCr,
            _ => Colour::Inks,
        };
        let profile = if raw.is_none() { self.tables.icc() } else { None };
        let image = self.image.ok_or("no picture before the end of the file")?;
        Ok(Picture {
            full: image.full,
            size: image.size,
            layout: colour.layout(),
            pixels: image.assemble(colour),
            profile: profile.map_or(Profile::Srgb, Profile::Icc),
        })
    }

    /// What the components mean: the rules of libjpeg, which all viewers follow.
    fn colour(&self) -> Colour {
        let ids: Vec<u8> =
            self.tables.frame.iter().flat_map(|f| f.components.iter().map(|c| c.id)).collect();
        match (ids.as_slice(), self.tables.adobe) {
            ([_], _) => Colour::Grey,
            ([_, _, _, _], Some(2)) => Colour::Ycck,
            ([_, _, _, _], _) => Colour::Cmyk,
            (_, _) if self.tables.jfif => Colour::YCbCr,
            (_, Some(0)) => Colour::Rgb,
            (_, Some(_)) => Colour::YCbCr,
            ([b'R', b'G', b'B'], None) => Colour::Rgb,
            _ => Colour::YCbCr,
        }
    }
}

/// The picture that the scans fill.
struct Image {
    full: Size,
    /// As decoded: the full size or a half, a quarter or an eighth of it.
    size: Size,
    progressive: bool,
    parts: Vec<Part>,
}

/// One component of it.
struct Part {
    grid: Grid,
    plane: Plane,
    /// Pixels of a block each way.
    block_size: usize,
    steps: Option<Steps>,
    /// Coefficients so far, of a progressive picture.
    blocks: Vec<Block>,
    /// The lowest bit known of each coefficient; 255: none.
    known: [u8; 64],
}

/// What will be allocated for a picture.
struct Plan<'f> {
    frame: &'f Frame,
    full: Size,
    size: Size,
    /// Pixels of a block each way, of eight.
    scale: usize,
    /// The grid of each component, the pixels of its blocks each way, and its sampling factors.
    shapes: Vec<(Grid, usize, usize, usize)>,
}

impl<'f> Plan<'f> {
    fn new(frame: &'f Frame, wanted: Use<'_>) -> Result<Self, Damage> {
        let to_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let full = Size::new(to_u32(frame.width), to_u32(frame.height));
        let scale = match wanted {
            Use::Rendition(budget) => scale(frame, budget.target(full)),
            Use::Chunk { expected, .. } => {
                if frame.components.len() != expected.channels
                    || frame.width != expected.width
                    || !(expected.rows..=expected.most_rows).contains(&frame.height)
                {
                    return Err("a JPEG strip or tile of another size");
                }
                8
            }
        };
        let scaled = |n: usize| (n * scale).div_ceil(8);
        let (width, height) = (scaled(frame.width), scaled(frame.height));
        let (h_max, v_max) = (frame.h_max(), frame.v_max());
        let shapes = frame.components.iter().map(|c| {
            // Subsampled components keep more of their frequencies instead of being upsampled.
            let mut size = scale;
            while size < 8 && c.h * size * 2 <= h_max * scale && c.v * size * 2 <= v_max * scale {
                size *= 2;
            }
            (Grid::new(frame, c.h, c.v), size, c.h, c.v)
        });
        let shapes = shapes.collect();
        Ok(Self { frame, full, size: Size::new(to_u32(width), to_u32(height)), scale, shapes })
    }

    /// Refuses what the memory is too small for, with an ICC profile of so many bytes.
    fn admit(&self, wanted: Use<'_>, profile: u64) -> Result<(), DecodeError> {
        let blocks = |grid: &Grid| grid.across as u64 * grid.down as u64;
        let samples: u64 =
            self.shapes.iter().map(|(g, size, ..)| blocks(g) * (size * size) as u64).sum();
        let coefficients = if self.frame.progressive {
            self.shapes.iter().map(|(g, ..)| blocks(g) * size_of::<Block>() as u64).sum()
        } else {
            0
        };
        let channels = self.frame.components.len();
        let decoder = samples + coefficients + profile;
        match wanted {
            Use::Rendition(budget) => budget.check(&MemoryEstimate {
                full: self.full,
                size: self.size,
                channels,
                scratch_bytes: decoder,
            }),
            Use::Chunk { allowance, .. } => {
                let needed = decoder + self.size.pixels() * channels as u64;
                if needed > allowance { Err(DecodeError::TooMuchMemory(needed)) } else { Ok(()) }
            }
        }
    }

    fn allocate(self) -> Image {
        let (frame, scale) = (self.frame, self.scale);
        let (h_max, v_max) = (frame.h_max(), frame.v_max());
        let parts = self.shapes.into_iter().map(|(grid, size, h, v)| {
            let stride = grid.across * size;
            let blocks = if frame.progressive { grid.across * grid.down } else { 0 };
            Part {
                grid,
                block_size: size,
                steps: None,
                blocks: vec![[0; 64]; blocks],
                known: [255; 64],
                plane: Plane {
                    samples: vec![0; stride * grid.down * size],
                    stride,
                    width: (frame.width * h * size).div_ceil(8 * h_max),
                    height: (frame.height * v * size).div_ceil(8 * v_max),
                    across: (h_max * scale, h * size),
                    down: (v_max * scale, v * size),
                },
            }
        });
        let parts = parts.collect();
        Image { full: self.full, size: self.size, progressive: frame.progressive, parts }
    }
}

/// The smallest scale that leaves the resizing filter a factor of 1.5 to work on. On photos what it then
/// makes differs from a full decode by no more than JPEG's own noise; on noise of full contrast, whose
/// overshoot a full decode clips before resizing, by 4 of 255 in the mean (the tests below measure both).
fn scale(frame: &Frame, target: Size) -> usize {
    let enough = |side: usize, scale: usize, target: u32| {
        side as u64 * scale as u64 >= u64::from(target) * 12
    };
    let fits = |scale: &usize| {
        enough(frame.width, *scale, target.width) && enough(frame.height, *scale, target.height)
    };
    [1, 2, 4].into_iter().find(fits).unwrap_or(8)
}

impl Image {
    /// Fixes the quantisation of each component at its first scan, as the standard has it.
    fn set_steps(&mut self, frame: &Frame, scan: &Scan, tables: &Tables<'_>) -> Result<(), Damage> {
        for component in &scan.components {
            let (Some(part), Some(header)) =
                (self.parts.get_mut(component.index), frame.components.get(component.index))
            else {
                continue;
            };
            if part.steps.is_none() {
                let table = tables.quantisation.get(header.quantisation).and_then(Option::as_ref);
                let table = table.ok_or("a quantisation table is missing")?;
                part.steps = Some(Steps::new(table, part.block_size));
            }
        }
        Ok(())
    }

    fn mark(&mut self, scan: &Scan) {
        for component in &scan.components {
            if let Some(part) = self.parts.get_mut(component.index) {
                for known in part.known.iter_mut().take(scan.last + 1).skip(scan.first) {
                    *known = (*known).min(u8::try_from(scan.low).unwrap_or(254));
                }
            }
        }
    }

    fn sequential_done(&self) -> bool {
        !self.progressive && self.complete(false)
    }

    /// Whether nothing is missing. Behind an end marker a progressive picture may leave out what is
    /// zero anyway; where the file just stops, each last bit must have been told.
    fn complete(&self, end_marker: bool) -> bool {
        self.parts.iter().all(|part| {
            if end_marker && self.progressive {
                part.known.first().is_some_and(|&low| low != 255)
            } else {
                part.known.iter().all(|&low| low == 0)
            }
        })
    }

    fn assemble(mut self, colour: Colour) -> Vec<u8> {
        for part in &mut self.parts {
            for (at, block) in std::mem::take(&mut part.blocks).iter().enumerate() {
                let only_dc = block.iter().skip(1).all(|&c| c == 0);
                part.paint(at, block, only_dc);
            }
        }
        let planes: Vec<Plane> = self.parts.into_iter().map(|part| part.plane).collect();
        assemble(&planes, self.size.width as usize, self.size.height as usize, colour)
    }
}

impl Part {
    #[inline]
    fn paint(&mut self, at: usize, block: &Block, only_dc: bool) {
        let (row, column) = (at / self.grid.across, at % self.grid.across);
        let start = (row * self.plane.stride + column) * self.block_size;
        if let Some(steps) = &self.steps {
            steps.idct(block, only_dc, &mut self.plane.samples, start, self.plane.stride);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;

    fn segment(file: &mut Vec<u8>, code: u8, body: &[u8]) {
        file.extend([0xff, code]);
        file.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        file.extend(body);
    }

    /// Grey and progressive, 8 by `rows` times 8 pixels, and refinements that tell nothing.
    fn refined(rows: u16, refinements: usize) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8];
        segment(&mut file, 0xdb, &[&[0][..], &[1; 64]].concat());
        let [h1, h0] = (rows * 8).to_be_bytes();
        segment(&mut file, 0xc2, &[8, h1, h0, 0, 8, 1, 1, 0x11, 0]);
        // One code each, of one bit: no difference, and a run of 2^14 and more blocks without news.
        for table in [[0x00, 0], [0x10, 0xe0]] {
            let [class, symbol] = table;
            segment(&mut file, 0xc4, &[&[class, 1][..], &[0; 15], &[symbol]].concat());
        }
        segment(&mut file, 0xda, &[1, 1, 0, 0, 0, 0]);
        file.extend(std::iter::repeat_n(0, usize::from(rows).div_ceil(8)));
        for _ in 0..refinements {
            segment(&mut file, 0xda, &[1, 1, 0, 1, 63, 0x10]);
            file.extend([0; 4]);
        }
        file.extend([0xff, 0xd9]);
        file
    }

    fn decoded(data: &[u8]) -> Result<Picture, DecodeError> {
        let budget = Budget::new(1 << 30, &StandardOptions::default(), Orientation::Upright);
        decode(data, &budget)
    }

    #[test]
    fn a_small_file_is_not_worked_on_for_long() {
        assert!(decoded(&refined(8000, 4)).is_ok());
        let refused = decoded(&refined(8000, 90));
        assert!(
            matches!(refused, Err(DecodeError::Damaged(why)) if why.contains("too many scans"))
        );
    }

    #[test]
    fn a_block_is_a_bit_at_least() {
        let mut short = refined(8000, 0);
        short.truncate(300);
        let refused = decoded(&short);
        assert!(matches!(refused, Err(DecodeError::Damaged(why)) if why.contains("too short")));
    }

    /// Baseline, grey, one block an interval.
    fn intervals(markers: [u8; 3], stuffing: usize) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8];
        segment(&mut file, 0xdb, &[&[0][..], &[1; 64]].concat());
        segment(&mut file, 0xc0, &[8, 0, 8, 0, 32, 1, 1, 0x11, 0]);
        for class in [0x00, 0x10] {
            segment(&mut file, 0xc4, &[&[class, 1][..], &[0; 15], &[0]].concat());
        }
        segment(&mut file, 0xdd, &[0, 1]);
        segment(&mut file, 0xda, &[1, 1, 0, 0, 63, 0]);
        for marker in markers {
            file.push(0);
            file.extend(std::iter::repeat_n(0x55, stuffing));
            file.extend([0xff, marker]);
        }
        file.extend([0, 0xff, 0xd9]);
        file
    }

    #[test]
    fn restart_markers_count_and_leave_nothing_out() {
        assert!(decoded(&intervals([0xd0, 0xd1, 0xd2], 0)).is_ok());
        assert!(decoded(&intervals([0xd0, 0xd1, 0xd2], 4)).is_ok());
        assert!(decoded(&intervals([0xd0, 0xd2, 0xd1], 0)).is_err());
        assert!(decoded(&intervals([0xd0, 0xd1, 0xd2], 40)).is_err());
    }

    #[test]
    fn a_chunk_of_another_size_is_refused_at_its_header() {
        let file = intervals([0xd0, 0xd1, 0xd2], 0);
        let chunk = |width, rows, allowance| {
            let expected =
                Expected { width, rows, most_rows: rows.next_multiple_of(16), channels: 1 };
            Chunks::new(None, true, allowance)?.decode(&file, expected)
        };
        assert!(chunk(32, 8, 512).is_ok());
        assert!(chunk(31, 8, 512).is_err());
        assert!(chunk(32, 20, 512).is_err());
        // The pixels, and the plane that they are made from.
        assert!(matches!(chunk(32, 8, 511), Err(DecodeError::TooMuchMemory(512))));
    }

    /// Noise of each of so many octaves, the finest of single pixels: with all of them alike in strength
    /// the spectrum is a photo's.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    fn noise(width: u32, height: u32, octaves: u32, contrast: f32) -> Vec<u8> {
        let random = |x: u32, y: u32, octave: u32| {
            let mut n = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ octave << 27;
            for by in [0x2c1b_3c6d, 0x297a_2d39] {
                n = (n ^ n >> 15).wrapping_mul(by);
            }
            ((n >> 8) & 0xff) as f32 / 127.5 - 1.0
        };
        let at = |x: u32, y: u32| {
            let octave = |octave: u32| {
                let (size, mask) = (1 << octave, (1 << octave) - 1);
                let (fx, fy) = ((x & mask) as f32 / size as f32, (y & mask) as f32 / size as f32);
                let (x, y) = (x >> octave, y >> octave);
                let mix = |a: f32, b: f32, by: f32| a + (b - a) * by;
                let upper = mix(random(x, y, octave), random(x + 1, y, octave), fx);
                let lower = mix(random(x, y + 1, octave), random(x + 1, y + 1, octave), fx);
                mix(upper, lower, fy)
            };
            (128.0 + contrast * (0..octaves).map(octave).sum::<f32>()).clamp(0.0, 255.0) as u8
        };
        (0..height).flat_map(|y| (0..width).map(move |x| at(x, y))).collect()
    }

    /// The mean difference between a rendition of `pixels` by way of a scaled decode and of a full one.
    fn deviation(pixels: &[u8], (width, height): (u16, u16), max: u32) -> f64 {
        let mut file = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut file, 90);
        encoder.encode(pixels, width, height, jpeg_encoder::ColorType::Luma).unwrap();
        let options = StandardOptions::default().with_max_size(Size::new(max, max)).unwrap();
        let budget = Budget::new(1 << 30, &options, Orientation::Upright);
        let scaled = decode(&file, &budget).unwrap();
        assert!(scaled.size.width < scaled.full.width);
        let (width, rows) = (width.into(), height.into());
        let expected = Expected { width, rows, most_rows: rows, channels: 1 };
        let full = Chunks::new(None, true, 1 << 30).unwrap().decode(&file, expected).unwrap();
        let target = budget.target(full.full);
        let fit = |picture| crate::rendition::resize::fit(picture, target).unwrap().pixels;
        let (scaled, full) = (fit(scaled), fit(full));
        let sum: u64 = scaled.iter().zip(&full).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / full.len() as f64
    }

    /// Against a full decode and Lanczos from there. A photo's fine detail is weak: what remains is below
    /// the 1 to 2 steps that JPEG's own quantisation at quality 90 costs. Saturated noise of single pixels
    /// has all its strength where the scaled transform cuts and Lanczos fades, so it is the worst there is.
    #[test]
    fn a_scaled_decode_looks_like_a_full_one() {
        let size = (960, 640);
        let photo = noise(960, 640, 7, 25.0);
        let fine = noise(960, 640, 1, 300.0);
        let mut told = Vec::new();
        for max in [320, 240, 160, 120, 80, 60] {
            told.push((max, deviation(&photo, size, max), deviation(&fine, size, max)));
        }
        for (max, photo, fine) in told {
            assert!(photo < 1.5 && fine < 4.0, "to {max}: {photo:.2}, {fine:.2}");
        }
    }
}

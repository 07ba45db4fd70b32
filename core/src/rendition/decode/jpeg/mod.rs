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
use super::{Failure, Picture, Profile, plausible};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, Demand};

/// What is wrong with a file.
type Damage = &'static str;

/// More scans than any encoder writes: a small file must not keep the decoder busy for long.
const MAX_SCANS: usize = 100;

/// Decodes the first picture of a JPEG file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, Failure> {
    let Some([0xff, 0xd8, ..]) = data.get(..) else { return Err("no JPEG start marker".into()) };
    let mut decoder = Decoder::default();
    decoder.read(data, budget)?;
    let profile = decoder.tables.icc().map_or(Profile::Srgb, Profile::Icc);
    let colour = decoder.colour();
    let image = decoder.image.ok_or("no picture before the end of the file")?;
    Ok(Picture {
        full: image.full,
        size: image.size,
        layout: colour.layout(),
        pixels: image.assemble(colour),
        profile,
    })
}

/// Decodes a strip or tile of a TIFF: a JPEG whose tables may lie apart, and whose colours are as they
/// are unless they are YCbCr.
pub(super) fn decode_chunk(
    tables: Option<&[u8]>,
    data: &[u8],
    raw: bool,
    budget: &Budget,
) -> Result<Picture, Failure> {
    let mut decoder = Decoder::default();
    if let Some(tables) = tables {
        let mut position = 0;
        while let (Next::Segment(code, body), behind) = next(tables, position)? {
            decoder.tables.segment(code, body)?;
            position = behind;
        }
    }
    decoder.full_scale = true;
    decoder.read(data, budget)?;
    let image = decoder.image.ok_or("no picture before the end of the file")?;
    let colour = match image.parts.len() {
        1 => Colour::Grey,
        3 if raw => Colour::Rgb,
        3 => Colour::YCbCr,
        _ => Colour::Inks,
    };
    Ok(Picture {
        full: image.full,
        size: image.size,
        layout: colour.layout(),
        pixels: image.assemble(colour),
        profile: Profile::Srgb,
    })
}

#[derive(Default)]
struct Decoder<'a> {
    tables: Tables<'a>,
    image: Option<Image>,
    /// Whether all pixels are wanted, even where the rendition has fewer.
    full_scale: bool,
}

impl<'a> Decoder<'a> {
    fn read(&mut self, data: &'a [u8], budget: &Budget) -> Result<(), Failure> {
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
                    position = self.scan(data, body, position, budget)?;
                    if self.image.as_ref().is_some_and(Image::sequential_done) {
                        return Ok(());
                    }
                }
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
        budget: &Budget,
    ) -> Result<usize, Failure> {
        let frame = self.tables.frame.as_ref().ok_or("a scan before the frame header")?;
        let scan = Scan::parse(body, frame)?;
        let coding = Coding::new(&self.tables, &scan)?;
        let image = match &mut self.image {
            Some(image) => image,
            // A block of 64 pixels takes a bit at the very least.
            none => {
                plausible((frame.width * frame.height) as u64, data, 8 * 64)?;
                none.insert(Image::new(frame, self.full_scale, budget)?)
            }
        };
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

impl Image {
    fn new(frame: &Frame, full_scale: bool, budget: &Budget) -> Result<Self, Failure> {
        let to_u32 = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let full = Size::new(to_u32(frame.width), to_u32(frame.height));
        let target = budget.target(full);
        // The smallest scale that leaves the resizing filter a factor of 1.5 to work on. On photos what it
        // then makes differs from a full decode by no more than JPEG's own noise; on noise of full
        // contrast, whose overshoot a full decode clips before resizing, by 6 of 255 in the mean.
        let enough = |side: usize, scale: usize, target: u32| side * scale >= target as usize * 12;
        let scale = [1, 2, 4]
            .into_iter()
            .find(|&scale| {
                !full_scale
                    && enough(frame.width, scale, target.width)
                    && enough(frame.height, scale, target.height)
            })
            .unwrap_or(8);
        let scaled = |n: usize| (n * scale).div_ceil(8);
        let (width, height) = (scaled(frame.width), scaled(frame.height));

        let (h_max, v_max) = (frame.h_max(), frame.v_max());
        let shapes: Vec<(Grid, usize, usize, usize)> = frame
            .components
            .iter()
            .map(|c| {
                // Subsampled components keep more of their frequencies instead of being upsampled.
                let mut size = scale;
                while size < 8 && c.h * size * 2 <= h_max * scale && c.v * size * 2 <= v_max * scale
                {
                    size *= 2;
                }
                (Grid::new(frame, c.h, c.v), size, c.h, c.v)
            })
            .collect();

        let samples: usize =
            shapes.iter().map(|(g, size, ..)| g.across * g.down * size * size).sum();
        let blocks: usize = shapes.iter().map(|(g, ..)| g.across * g.down).sum();
        let coefficients = if frame.progressive { blocks * size_of::<Block>() } else { 0 };
        let size = Size::new(to_u32(width), to_u32(height));
        budget.admit(&Demand {
            full,
            size,
            channels: if frame.components.len() == 4 { 4 } else { frame.components.len() },
            decoder: (samples + coefficients) as u64,
        })?;

        let parts = shapes
            .into_iter()
            .map(|(grid, size, h, v)| {
                let stride = grid.across * size;
                Part {
                    grid,
                    block_size: size,
                    steps: None,
                    blocks: vec![
                        [0; 64];
                        if frame.progressive { grid.across * grid.down } else { 0 }
                    ],
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
            })
            .collect();
        Ok(Self { full, size, progressive: frame.progressive, parts })
    }

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

//! The rows of a PNG, from its chunks to pixels of 8 bits.

use super::pixel_data::{PixelChunks, PixelData};
use super::samples::Samples;
use super::unfilter::{self, TOGETHER};
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;

/// The passes of an interlaced picture (section 8.1): first column and row, and steps from one to the next.
const PASSES: [Pass; 7] = [
    Pass { x: 0, y: 0, across: 8, down: 8 },
    Pass { x: 4, y: 0, across: 8, down: 8 },
    Pass { x: 0, y: 4, across: 4, down: 8 },
    Pass { x: 2, y: 0, across: 4, down: 4 },
    Pass { x: 0, y: 2, across: 2, down: 4 },
    Pass { x: 1, y: 0, across: 2, down: 2 },
    Pass { x: 0, y: 1, across: 1, down: 2 },
];

struct Pass {
    x: u32,
    y: u32,
    across: u32,
    down: u32,
}

/// A picture whose rows are to be read.
pub(super) struct Rows<'a> {
    pub(super) cpu: Cpu,
    pub(super) samples: &'a Samples,
    pub(super) size: Size,
    pub(super) is_interlaced: bool,
}

impl Rows<'_> {
    /// What [`read`](Self::read) allocates.
    pub(super) fn memory(&self) -> Result<u64, DecodeError> {
        let row = self.samples.row_bytes(self.size.width)?;
        let pixels = u64::from(self.size.width) * self.samples.layout.channels() as u64;
        let picture =
            if self.is_interlaced { pixels.saturating_mul(self.size.height.into()) } else { 0 };
        let rows = unfilter::Rows::memory(row).saturating_add(PixelData::memory(batch(row)));
        Ok(picture.saturating_add(pixels).saturating_add(rows as u64))
    }

    /// Calls `push` with each row from the top.
    pub(super) fn read(
        &self,
        chunks: PixelChunks<'_>,
        mut push: impl FnMut(&[u8]),
    ) -> Result<(), DecodeError> {
        let row = self.samples.row_bytes(self.size.width)?;
        let mut data = PixelData::new(chunks, batch(row));
        let mut unfiltered = unfilter::Rows::new(self.cpu, row, self.samples.pixel_bytes());
        if !self.is_interlaced {
            self.read_pass(&mut data, &mut unfiltered, self.size, |_, pixels| push(pixels))?;
            return data.finish();
        }
        let channels = self.samples.layout.channels();
        let width = self.size.width as usize * channels;
        let mut picture = vec![0; width * self.size.height as usize];
        for Pass { x, y, across, down } in PASSES {
            let count = |side: u32, first: u32, step| side.saturating_sub(first).div_ceil(step);
            let size =
                Size::new(count(self.size.width, x, across), count(self.size.height, y, down));
            let (x, across) = (x as usize, across as usize);
            self.read_pass(&mut data, &mut unfiltered, size, |at, pixels| {
                let start = (y + at * down) as usize * width;
                let to = picture.get_mut(start..start + width).unwrap_or_default();
                let to = to.chunks_exact_mut(channels).skip(x).step_by(across);
                for (to, pixel) in to.zip(pixels.chunks_exact(channels)) {
                    to.copy_from_slice(pixel);
                }
            })?;
        }
        picture.chunks_exact(width.max(1)).for_each(push);
        data.finish()
    }

    /// Reads the rows of a pass, or of all the picture, and calls `put` with the number of each.
    fn read_pass(
        &self,
        data: &mut PixelData<'_>,
        unfiltered: &mut unfilter::Rows,
        size: Size,
        mut put: impl FnMut(u32, &[u8]),
    ) -> Result<(), DecodeError> {
        if size.width == 0 {
            return Ok(());
        }
        let row = self.samples.row_bytes(size.width)?;
        unfiltered.start(row);
        let mut pixels = Vec::new();
        let mut y = 0;
        while y < size.height {
            let count = TOGETHER.min((size.height - y) as usize);
            let bytes = count * (row + 1);
            unfiltered.undo(data.next(bytes)?, count)?;
            data.take(bytes);
            for index in 0..count {
                put(y, self.samples.pixels(unfiltered.get(index), size.width, &mut pixels));
                y += 1;
            }
            unfiltered.keep_last(count);
        }
        Ok(())
    }
}

/// Bytes that are inflated at a time, for rows of `row` bytes.
fn batch(row: usize) -> usize {
    (row + 1).saturating_mul(TOGETHER)
}

#[cfg(test)]
mod tests {
    use png::{BitDepth, ColorType, Filter};

    use super::super::first_frame::FirstFrame;
    use super::super::header::Header;
    use super::*;

    fn noise(count: usize) -> Vec<u8> {
        let mut state = 13_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Some values are alike, as in pictures.
            if state >> 31 == 0 { 100 } else { state.to_be_bytes()[1] }
        };
        (0..count).map(|_| next()).collect()
    }

    /// The rows as stored, by the `png` crate.
    fn by_crate(file: &[u8]) -> Vec<u8> {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::IDENTITY);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn rows_are_those_of_the_png_crate() {
        let kinds = [
            (ColorType::Grayscale, BitDepth::Eight),
            (ColorType::GrayscaleAlpha, BitDepth::Eight),
            (ColorType::Rgb, BitDepth::Eight),
            (ColorType::Rgba, BitDepth::Eight),
            (ColorType::Grayscale, BitDepth::Sixteen),
            (ColorType::GrayscaleAlpha, BitDepth::Sixteen),
            (ColorType::Rgb, BitDepth::Sixteen),
            (ColorType::Rgba, BitDepth::Sixteen),
        ];
        let filters = [
            Filter::NoFilter,
            Filter::Sub,
            Filter::Up,
            Filter::Avg,
            Filter::Paeth,
            Filter::Adaptive,
        ];
        for (color, depth) in kinds {
            for (width, height) in [(1, 9), (2, 4), (7, 5), (8, 8), (9, 1), (33, 23), (700, 70)] {
                for filter in filters {
                    let mut file = Vec::new();
                    let mut encoder = png::Encoder::new(&mut file, width, height);
                    encoder.set_color(color);
                    encoder.set_depth(depth);
                    encoder.set_filter(filter);
                    let bytes = color.samples() * (depth as usize / 8);
                    let pixels = noise((width * height) as usize * bytes);
                    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
                    assert!(by_crate(&file) == pixels);
                    for cpu in [Cpu::detect(), Cpu::baseline()] {
                        let header = Header::read(&file).unwrap();
                        let samples = Samples::new(&header.info).unwrap();
                        let FirstFrame { size, chunks, .. } =
                            FirstFrame::new(&file, &header).unwrap();
                        let rows = Rows { cpu, samples: &samples, size, is_interlaced: false };
                        let mut read = Vec::new();
                        rows.read(chunks, |row| read.extend_from_slice(row)).unwrap();
                        let mut expected = Vec::new();
                        for row in pixels.chunks(width as usize * bytes) {
                            let mut narrow = Vec::new();
                            expected.extend_from_slice(samples.pixels(row, width, &mut narrow));
                        }
                        assert!(
                            read == expected,
                            "{color:?} {depth:?} {width} {height} {filter:?}"
                        );
                    }
                }
            }
        }
    }
}

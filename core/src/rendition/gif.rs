//! GIF: the first frame on its canvas (`GIF89a` specification).
//!
//! Rows are pushed as they are decoded, unless the frame is interlaced: then its indices are held.

use super::palette::{Palette, look_up, look_up_with_alpha};
use super::ratio::check_compression_ratio;
use crate::container::gif::{Block, Blocks, Frame, canvas, colour_table};
use crate::geometry::Size;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fit::RowSink;
use crate::rendition::kernel::Cpu;
use crate::rendition::lzw;
use crate::rendition::picture::{Layout, Picture};

const INTERLACED: u8 = 0x40;
const GRAPHIC_CONTROL: u8 = 0xF9;
/// Offsets of the flags of the logical screen, and of its colour table.
const SCREEN_FLAGS: usize = 10;
const SCREEN_COLOURS: usize = 13;

/// Decodes the first frame of a GIF file. The canvas around it is transparent.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let size = canvas(&mut &*data)?;
    if size.pixels() == 0 {
        return Err("the canvas has no pixels".into());
    }
    let first = First::read(data, size)?;
    let frame_pixels = u64::from(first.frame.width) * u64::from(first.frame.height);
    // A code of at least 3 bits stands for at most 4096 pixels.
    check_compression_ratio(frame_pixels, data, 8 * 4096 / 3)?;
    let layout = if first.covers(size) { Layout::Rgb } else { Layout::Rgba };
    let is_interlaced = first.frame.flags & INTERLACED != 0;
    let indices = if is_interlaced { frame_pixels } else { 0 };
    let row = u64::from(size.width) * 4;
    // The coded data, whose sub-blocks are joined.
    let scratch_bytes = (data.len() as u64)
        .saturating_add(lzw::Decoder::memory(frame_pixels))
        .saturating_add(indices + 2 * row);
    let mut sink = RowSink::new(cpu, budget, size, layout, scratch_bytes)?;
    let mut canvas = Canvas::new(size, layout, &first);
    let (codes, coding) = first.codes(data)?;
    let mut decoder = lzw::Decoder::new(coding);
    let (width, height) = (usize::from(first.frame.width), usize::from(first.frame.height));

    for _ in 0..first.frame.top {
        sink.push(canvas.empty_row());
    }
    if is_interlaced {
        let mut indices = vec![0; width * height];
        for y in interlaced_rows(height) {
            if let Some(row) = indices.get_mut(y * width..(y + 1) * width) {
                row.copy_from_slice(decoder.next(&codes, width)?);
            }
        }
        indices.chunks_exact(width).for_each(|row| sink.push(canvas.row(row)));
    } else {
        for _ in 0..height {
            sink.push(canvas.row(decoder.next(&codes, width)?));
        }
    }
    for _ in usize::from(first.frame.top) + height..size.height as usize {
        sink.push(canvas.empty_row());
    }
    sink.finish()
}

/// The first frame.
struct First {
    frame: Frame,
    block: Block,
    colours: Palette,
    has_transparency: bool,
}

impl First {
    fn read(data: &[u8], canvas: Size) -> Result<Self, DecodeError> {
        let mut src = data;
        let mut blocks = Blocks::new(&mut src)?;
        let mut transparent = None;
        let block = loop {
            let block = blocks.next(&mut src)?.ok_or("there is no frame")?;
            if block.is_image {
                break block;
            }
            // Flags, a delay and the index, in a sub-block of 4 bytes (section 23).
            if let Some(&[_, GRAPHIC_CONTROL, 4..=255, flags, _, _, index]) =
                slice(data, block.at, 7)
            {
                transparent = (flags & 1 == 1).then_some(index);
            }
        };
        let mut frame = Frame::read(&mut src, block.at)?;
        if frame.width == 0 || frame.height == 0 {
            // Such a frame covers the canvas, in browsers.
            let side = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
            frame = Frame { left: 0, top: 0, ..frame };
            (frame.width, frame.height) = (side(canvas.width), side(canvas.height));
        }
        // The frame's own colours, or those of the file.
        let screen_flags = data.get(SCREEN_FLAGS).copied().unwrap_or_default();
        let palette = match (colour_table(frame.flags), colour_table(screen_flags)) {
            (0, 0) => None,
            (0, len) => slice(data, SCREEN_COLOURS as u64, len),
            (len, _) => slice(data, block.at + 10, len),
        };
        let has_transparency = transparent.is_some();
        Ok(Self { frame, block, colours: colours(palette, transparent), has_transparency })
    }

    /// Whether no pixel of the canvas is transparent.
    fn covers(&self, canvas: Size) -> bool {
        let Frame { left, top, width, height, .. } = self.frame;
        let size = Size::new(width.into(), height.into());
        !self.has_transparency && (left, top) == (0, 0) && size == canvas
    }

    /// The LZW codes, and how they are packed.
    fn codes(&self, data: &[u8]) -> Result<(Vec<u8>, lzw::Coding), DecodeError> {
        let bits = match slice(data, self.block.data.saturating_sub(1), 1) {
            Some(&[bits @ 1..=8]) => bits,
            Some(_) => return Err("pixels of more than 8 bits, or of none".into()),
            None => return Err("the file ends before its first pixel".into()),
        };
        let mut codes = Vec::new();
        let mut rest = usize::try_from(self.block.data).ok().and_then(|at| data.get(at..));
        while let Some([length @ 1..=255, behind @ ..]) = rest {
            let (block, next) = behind.split_at_checked((*length).into()).unwrap_or((behind, &[]));
            codes.extend_from_slice(block);
            rest = Some(next);
        }
        Ok((codes, lzw::Coding::Gif { bits: bits.into() }))
    }
}

fn slice(data: &[u8], at: u64, len: u64) -> Option<&[u8]> {
    data.get(usize::try_from(at).ok()?..)?.get(..usize::try_from(len).ok()?)
}

/// The palette with alpha. A file without a palette gets greys. Indices beyond its end are black.
fn colours(palette: Option<&[u8]>, transparent: Option<u8>) -> Palette {
    let mut colours = [[0, 0, 0, 255]; 256];
    if let Some(palette) = palette {
        for (colour, &[r, g, b]) in colours.iter_mut().zip(palette.as_chunks().0) {
            *colour = [r, g, b, 255];
        }
    } else {
        for (value, colour) in (0..=255).zip(&mut colours) {
            *colour = [value, value, value, 255];
        }
    }
    if let Some(colour) = transparent.and_then(|t| colours.get_mut(usize::from(t))) {
        *colour = [0; 4];
    }
    colours
}

/// The rows of an interlaced frame in the order of the file (appendix E).
fn interlaced_rows(height: usize) -> impl Iterator<Item = usize> {
    let pass = move |(first, step)| (first..height).step_by(step);
    [(0, 8), (4, 8), (2, 4), (1, 2)].into_iter().flat_map(pass)
}

/// Makes rows of the canvas.
struct Canvas<'f> {
    colours: &'f Palette,
    layout: Layout,
    left: usize,
    row: Vec<u8>,
    empty: Vec<u8>,
}

impl<'f> Canvas<'f> {
    fn new(size: Size, layout: Layout, first: &'f First) -> Self {
        let row = vec![0; size.width as usize * layout.channels()];
        let is_empty = first.frame.top == 0 && u32::from(first.frame.height) >= size.height;
        let empty = if is_empty { Vec::new() } else { row.clone() };
        Self { colours: &first.colours, layout, left: first.frame.left.into(), row, empty }
    }

    /// A row above or below the frame.
    fn empty_row(&self) -> &[u8] {
        &self.empty
    }

    /// A row of the frame.
    fn row(&mut self, indices: &[u8]) -> &[u8] {
        if self.layout == Layout::Rgb {
            look_up(indices, self.colours, &mut self.row);
        } else {
            let pixels = self.row.get_mut(self.left * 4..).unwrap_or_default();
            look_up_with_alpha(indices, self.colours, pixels);
        }
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;

    fn next(state: &mut u32) -> u8 {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }

    /// A picture of noise, whose data take several blocks.
    fn noise(width: u16, height: u16, is_interlaced: bool) -> Vec<u8> {
        let mut state = 1;
        let palette: Vec<u8> = (0..768).map(|_| next(&mut state)).collect();
        let count = u32::from(width) * u32::from(height);
        let pixels: Vec<u8> = (0..count).map(|_| next(&mut state)).collect();
        let mut frame = gif::Frame::from_indexed_pixels(width, height, pixels, None);
        frame.interlaced = is_interlaced;
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, width, height, &palette).unwrap();
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        file
    }

    /// The samples of a file's planes.
    fn decoded(file: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        let picture = decode(Cpu::detect(), file, &budget)?;
        Ok(picture.planes.into_iter().map(|plane| plane.samples).collect())
    }

    #[test]
    fn only_the_end_of_the_data_may_be_missing() {
        for (width, height) in [(1, 1), (16, 15), (40, 30), (41, 31)] {
            let whole = noise(width, height, false);
            let marks = whole.len() - 2;
            assert_eq!(whole[marks..], [0, 0x3B]);
            let pixels = decoded(&whole).unwrap();
            for cut in 0..whole.len() {
                match decoded(&whole[..cut]) {
                    Ok(picture) => assert_eq!(picture, pixels, "cut at {cut}"),
                    Err(_) => assert!(cut < marks, "cut at {cut} of {}", whole.len()),
                }
            }
        }
    }

    #[test]
    fn as_the_gif_crate_decodes_it() {
        for (width, height, is_interlaced) in
            [(1, 1, true), (3, 2, true), (41, 31, true), (200, 9, true), (41, 31, false)]
        {
            let file = noise(width, height, is_interlaced);
            let mut options = gif::DecodeOptions::new();
            options.set_color_output(gif::ColorOutput::RGBA);
            let mut decoder = options.read_info(&*file).unwrap();
            let frame = decoder.read_next_frame().unwrap().unwrap();
            let planes = decoded(&file).unwrap();
            assert_eq!(planes.len(), 3);
            for (c, plane) in planes.iter().enumerate() {
                let want: Vec<u8> = frame.buffer.iter().skip(c).step_by(4).copied().collect();
                assert_eq!(*plane, want, "{width} x {height}");
            }
        }
    }

    /// Pixels 0 to 3 in a row at (1, 0) of a screen.
    fn tiny(screen: [u8; 2], palette: &[u8], control: &[u8]) -> Vec<u8> {
        let flags = if palette.is_empty() { 0 } else { 0x81 };
        let mut file = b"GIF89a".to_vec();
        file.extend([screen[0], 0, screen[1], 0, flags, 0, 0]);
        file.extend(palette);
        file.extend(control);
        file.extend([0x2C, 1, 0, 0, 0, 4, 0, 1, 0, 0]);
        // Codes of 3 bits: clear, 0, 1, 2; then 3 and the end in 3 bits still, after another clear code.
        let codes = [4_u32, 0, 1, 4, 2, 3, 5];
        let bits = codes.iter().rev().fold(0, |bits, code| bits << 3 | code).to_le_bytes();
        file.extend([2, 3, bits[0], bits[1], bits[2], 0, 0x3B]);
        file
    }

    #[test]
    fn without_palette_it_is_grey_on_a_canvas_that_is_large_enough() {
        let grey = decoded(&tiny([0, 0], b"", b"")).unwrap();
        let colours = [0, 0, 1, 2, 3].to_vec();
        let alpha = [0, 255, 255, 255, 255].to_vec();
        assert_eq!(grey, [colours.clone(), colours.clone(), colours, alpha]);
        // A row below the frame.
        let palette = [9, 8, 7, 6, 5, 4, 3, 2, 1, 11, 22, 33];
        let control = b"\x21\xF9\x04\x01\0\0\x02\0";
        let [red, green, blue, alpha] = &decoded(&tiny([3, 2], &palette, control)).unwrap()[..]
        else {
            panic!()
        };
        assert_eq!(red[..5], [0, 9, 6, 0, 11]);
        assert_eq!(green[..5], [0, 8, 5, 0, 22]);
        assert_eq!(blue[..5], [0, 7, 4, 0, 33]);
        assert_eq!(*alpha, [0, 255, 255, 0, 255, 0, 0, 0, 0, 0]);
    }
}

//! GIF, by the `gif` crate: the first frame on its canvas.

use std::borrow::Cow;

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::ratio::check_compression_ratio;
use crate::container::error::ProbeError;
use crate::container::gif::Blocks;
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Profile};

/// Decodes the first frame of a GIF file. The canvas around it is transparent, and what lies outside of
/// the canvas is cut off.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Bitmap, DecodeError> {
    let data = with_end(data);
    let copy = if let Cow::Owned(data) = &data { data.len() } else { 0 };
    let data = &*data;
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(false);
    // Beside the pixels it holds no more than the file; the pixels are checked below.
    options.set_memory_limit(MemoryLimit::Unlimited);
    let mut decoder = options.read_info(data).map_err(DecodeError::damaged)?;
    let size = Size::new(decoder.width().into(), decoder.height().into());
    if size.pixels() == 0 {
        return Err("the canvas has no pixels".into());
    }

    let frame =
        decoder.next_frame_info().map_err(DecodeError::damaged)?.ok_or("there is no frame")?;
    let frame_pixels = u64::from(frame.width) * u64::from(frame.height);
    // A code of at least 3 bits stands for at most 4096 pixels.
    check_compression_ratio(frame_pixels, data, 8 * 4096 / 3)?;
    // The frame's indices, twice while interlaced rows are sorted.
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: 4,
        scratch_bytes: 2 * frame_pixels + (data.len() + copy) as u64 + (1 << 20),
    })?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (width, transparent) = (usize::from(frame.width), frame.transparent);
    let mut indices = vec![0; decoder.buffer_size()];
    decoder.read_into_buffer(&mut indices).map_err(DecodeError::damaged)?;

    let palette = colours(decoder.palette().map_err(DecodeError::damaged)?, transparent);
    let across = size.width as usize;
    let mut pixels = vec![0; across * size.height as usize * 4];
    let rows = pixels.as_chunks_mut::<4>().0.chunks_exact_mut(across).skip(top);
    for (row, indices) in rows.zip(indices.chunks(width.max(1))) {
        for (pixel, &index) in row.iter_mut().skip(left).zip(indices) {
            *pixel = palette.get(usize::from(index)).copied().unwrap_or_default();
        }
    }
    Ok(Bitmap { full: size, size, layout: Layout::Rgba, pixels, profile: Profile::Srgb })
}

/// The file with the empty sub-block that ends the first frame's data, where the file ends just before
/// it: the decoder needs it to return the last pixels.
fn with_end(data: &[u8]) -> Cow<'_, [u8]> {
    let mut src = data;
    let first_image = || {
        let mut blocks = Blocks::new(&mut src)?;
        while let Some(block) = blocks.next(&mut src)? {
            if block.is_image {
                return Ok(Some(block));
            }
        }
        Ok::<_, ProbeError>(None)
    };
    match { first_image }() {
        Ok(Some(image)) if !image.is_terminated && image.end == data.len() as u64 => {
            [data, &[0]].concat().into()
        }
        _ => data.into(),
    }
}

/// The palette with alpha. Indices beyond its end are black.
fn colours(palette: &[u8], transparent: Option<u8>) -> [[u8; 4]; 256] {
    let mut colours = [[0, 0, 0, 255]; 256];
    for (colour, &[r, g, b]) in colours.iter_mut().zip(palette.as_chunks().0) {
        *colour = [r, g, b, 255];
    }
    if let Some(colour) = transparent.and_then(|t| colours.get_mut(usize::from(t))) {
        *colour = [0; 4];
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;

    /// A picture of noise, whose data take several blocks.
    fn noise(width: u16, height: u16) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let palette: Vec<u8> = (0..768).map(|_| next()).collect();
        let pixels: Vec<u8> = (0..u32::from(width) * u32::from(height)).map(|_| next()).collect();
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, width, height, &palette).unwrap();
        encoder.write_frame(&gif::Frame::from_indexed_pixels(width, height, pixels, None)).unwrap();
        drop(encoder);
        file
    }

    #[test]
    fn only_the_end_of_the_data_may_be_missing() {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        for (width, height) in [(1, 1), (16, 15), (40, 30), (41, 31)] {
            let whole = noise(width, height);
            let marks = whole.len() - 2;
            assert_eq!(whole[marks..], [0, 0x3B]);
            let pixels = decode(&whole, &budget).unwrap().pixels;
            for cut in 0..whole.len() {
                match decode(&whole[..cut], &budget) {
                    Ok(picture) => assert_eq!(picture.pixels, pixels, "cut at {cut}"),
                    Err(_) => assert!(cut < marks, "cut at {cut} of {}", whole.len()),
                }
            }
        }
    }
}

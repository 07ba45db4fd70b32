//! GIF, by the `gif` crate: the first frame on its canvas.

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::{Failure, Layout, Picture, Profile, plausible};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, Demand};

/// Decodes the first frame of a GIF file. What it leaves of the canvas is transparent, and what lies
/// outside of the canvas does not show.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, Failure> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(false);
    // What it holds beside the pixels is never more than the file; the pixels are admitted below.
    options.set_memory_limit(MemoryLimit::Unlimited);
    let mut decoder = options.read_info(data).map_err(Failure::codec)?;
    let size = Size::new(decoder.width().into(), decoder.height().into());
    if size.pixels() == 0 {
        return Err("the canvas has no pixels".into());
    }

    let frame = decoder.next_frame_info().map_err(Failure::codec)?.ok_or("there is no frame")?;
    let frame_pixels = u64::from(frame.width) * u64::from(frame.height);
    // A code of at least 3 bits stands for at most 4096 pixels.
    plausible(frame_pixels, data, 8 * 4096 / 3)?;
    // The frame's indices, twice while interlaced rows are put in order.
    budget.admit(&Demand {
        full: size,
        size,
        channels: 4,
        decoder: 2 * frame_pixels + data.len() as u64 + (1 << 20),
    })?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (width, transparent) = (usize::from(frame.width), frame.transparent);
    let mut indices = vec![0; decoder.buffer_size()];
    decoder.read_into_buffer(&mut indices).map_err(Failure::codec)?;

    let palette = colours(decoder.palette().map_err(Failure::codec)?, transparent);
    let across = size.width as usize;
    let mut pixels = vec![0; across * size.height as usize * 4];
    let rows = pixels.as_chunks_mut::<4>().0.chunks_exact_mut(across).skip(top);
    for (row, indices) in rows.zip(indices.chunks(width.max(1))) {
        for (pixel, &index) in row.iter_mut().skip(left).zip(indices) {
            *pixel = palette.get(usize::from(index)).copied().unwrap_or_default();
        }
    }
    Ok(Picture { full: size, size, layout: Layout::Rgba, pixels, profile: Profile::Srgb })
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

//! WebP, by `image-webp`. Of an animation, the first frame on its canvas.

use std::io::Cursor;

use image_webp::WebPDecoder;

use crate::geometry::Size;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Picture, Profile};

/// Decodes a WebP file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    whole(data)?;
    let mut decoder = WebPDecoder::new(Cursor::new(data)).map_err(DecodeError::damaged)?;
    decoder.set_memory_limit(budget.limit());
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    // Planes and macroblock rows of VP8, or the ARGB picture of VP8L, a frame and the alpha plane.
    let working = size.pixels().saturating_mul(if decoder.is_animated() { 9 } else { 5 });
    let file = data.len() as u64;
    let decoder_bytes = working.saturating_add(2 * file).saturating_add(1 << 20);
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: layout.channels(),
        scratch_bytes: decoder_bytes,
    })?;

    let profile = decoder.icc_profile().map_err(DecodeError::damaged)?;
    let bytes = decoder.output_buffer_size().ok_or("the picture is too large")?;
    let mut pixels = vec![0; bytes];
    if decoder.is_animated() {
        decoder.read_frame(&mut pixels).map_err(DecodeError::damaged)?;
    } else {
        decoder.read_image(&mut pixels).map_err(DecodeError::damaged)?;
    }
    let profile = profile.map_or(Profile::Srgb, Profile::Icc);
    Ok(Picture { full: size, size, layout, pixels, profile })
}

/// The decoder reads zeros behind the end of a chunk that is cut: the chunks that hold the picture, up to
/// the end of the first frame, must be there.
fn whole(data: &[u8]) -> Result<(), DecodeError> {
    let mut chunks = data.get(12..).unwrap_or_default();
    while let Some((header, rest)) = chunks.split_first_chunk::<8>() {
        let [kind @ .., a, b, c, d] = *header;
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        match (&kind, rest.get(..length)) {
            (b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF", None) => {
                return Err("the file ends inside its picture".into());
            }
            (b"VP8 " | b"VP8L" | b"ANMF", Some(_)) => return Ok(()),
            _ => {
                let next = length.checked_add(length % 2);
                chunks = next.and_then(|next| rest.get(next..)).unwrap_or_default();
            }
        }
    }
    Ok(())
}

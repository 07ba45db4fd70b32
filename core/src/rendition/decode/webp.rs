//! WebP, by `image-webp`. Of an animation, the first frame on its canvas.
//!
//! Every coding of WebP is decoded: what `image-webp` calls unsupported, frames that are no key frames,
//! contradicts RFC 9649.

use std::io::Cursor;

use image_webp::WebPDecoder;

use crate::container::riff::Chunks;
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Profile};

/// Decodes a WebP file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Bitmap, DecodeError> {
    check_first_frame(data)?;
    let mut decoder = WebPDecoder::new(Cursor::new(data)).map_err(DecodeError::damaged)?;
    decoder.set_memory_limit(budget.limit());
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    // Planes and macroblock rows of VP8, or the ARGB picture of VP8L, a frame and the alpha plane.
    let working = size.pixels().saturating_mul(if decoder.is_animated() { 9 } else { 5 });
    let file = data.len() as u64;
    let scratch_bytes = working.saturating_add(2 * file).saturating_add(1 << 20);
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: layout.channels(),
        scratch_bytes,
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
    Ok(Bitmap { full: size, size, layout, pixels, profile })
}

/// Refuses a file that ends inside its first frame: the decoder would read zeros behind the end.
fn check_first_frame(data: &[u8]) -> Result<(), DecodeError> {
    let (mut src, mut chunks) = (data, Chunks::new());
    while chunks.more(data.len() as u64) {
        let chunk = chunks.next(&mut src)?;
        let is_cut = chunk.at + chunk.len > data.len() as u64;
        match &chunk.kind {
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF" if is_cut => {
                return Err("the file ends inside its picture".into());
            }
            b"VP8 " | b"VP8L" | b"ANMF" => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

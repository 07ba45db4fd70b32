//! What `image-webp` decodes: lossless pictures, lossy ones with alpha, and animations.
//!
//! Every coding of WebP is decoded: what `image-webp` calls unsupported, frames that are no key frames,
//! contradicts RFC 9649.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::parts::Parts;
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Profile};

/// Decodes the picture that is made of `parts`.
pub(super) fn decode(
    parts: &Parts<'_>,
    profile: Profile,
    budget: &Budget,
) -> Result<Bitmap, DecodeError> {
    let file = parts.to_file();
    let mut decoder = WebPDecoder::new(Cursor::new(&file)).map_err(DecodeError::damaged)?;
    decoder.set_memory_limit(budget.limit());
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    // Planes and macroblock rows of VP8, or the ARGB picture of VP8L, a frame and the alpha plane.
    let working = size.pixels().saturating_mul(if decoder.is_animated() { 9 } else { 5 });
    let scratch_bytes = working.saturating_add(3 * file.len() as u64).saturating_add(1 << 20);
    budget.check_bitmap(size, layout, scratch_bytes)?;

    let bytes = decoder.output_buffer_size().ok_or("the picture is too large")?;
    let mut pixels = vec![0; bytes];
    if decoder.is_animated() {
        decoder.read_frame(&mut pixels).map_err(DecodeError::damaged)?;
    } else {
        decoder.read_image(&mut pixels).map_err(DecodeError::damaged)?;
    }
    Ok(Bitmap { size, layout, pixels, profile })
}

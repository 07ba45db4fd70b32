//! Decoding: one file per format, one kind of picture from all of them.

mod bmp;
mod gif;
mod jpeg;
mod png;
mod ratio;
mod tiff;
mod webp;

use super::bitmap::Bitmap;
use super::budget::Budget;
use super::decode_error::{DecodeError, catch_codec_panic};
use super::kernel::Cpu;
use super::picture::Picture;
use crate::format::Format;

/// Decodes the first picture of `data` within `budget`, as small as its rendition. All of its pixels must be
/// there.
pub(super) fn decode(
    cpu: Cpu,
    data: &[u8],
    format: Format,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let whole = |decode: fn(&[u8], &Budget) -> Result<Bitmap, DecodeError>| {
        catch_codec_panic(|| decode(data, budget))?.fit(cpu, budget)
    };
    match format {
        Format::Jpeg => jpeg::decode(data, budget)?.fit(cpu, budget),
        Format::Png => whole(png::decode),
        Format::Gif => whole(gif::decode),
        Format::Bmp => whole(bmp::decode),
        Format::Tiff => tiff::decode(data, budget)?.fit(cpu, budget),
        Format::WebP => whole(webp::decode),
        _ => Err(DecodeError::unsupported("there is no decoder")),
    }
}

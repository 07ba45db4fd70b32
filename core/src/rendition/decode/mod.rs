//! Decoding: one file per format, one kind of picture from all of them.

mod bmp;
mod gif;
mod jpeg;
mod png;
mod ratio;
mod tiff;
mod webp;

use super::budget::Budget;
use super::decode_error::{DecodeError, catch_codec_panic};
use super::picture::Picture;
use crate::format::Format;

/// Decodes the first picture of `data` within `budget`. All of its pixels must be there.
pub(super) fn decode(data: &[u8], format: Format, budget: &Budget) -> Result<Picture, DecodeError> {
    match format {
        Format::Jpeg => jpeg::decode(data, budget),
        Format::Png => catch_codec_panic(|| png::decode(data, budget)),
        Format::Gif => catch_codec_panic(|| gif::decode(data, budget)),
        Format::Bmp => catch_codec_panic(|| bmp::decode(data, budget)),
        Format::Tiff => tiff::decode(data, budget),
        Format::WebP => catch_codec_panic(|| webp::decode(data, budget)),
        _ => Err(DecodeError::unsupported("there is no decoder")),
    }
}

//! Decoding: a codec for each format, and one kind of picture from all of them.

use super::budget::Budget;
use super::decode_error::{DecodeError, catch_codec_panic};
#[cfg(feature = "jxl")]
use super::jxl;
use super::kernel::Cpu;
use super::picture::Picture;
#[cfg(feature = "psd")]
use super::psd;
use super::{bmp, gif, jpeg, png, tiff, webp};
use crate::format::Format;

/// Decodes the first picture of `data` within `budget`, as small as its rendition. All of its pixels must be
/// there.
pub(super) fn decode(
    cpu: Cpu,
    data: &[u8],
    format: Format,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    match format {
        Format::Jpeg => jpeg::decode(cpu, data, budget),
        Format::Png => catch_codec_panic(|| png::decode(cpu, data, budget)),
        Format::Gif => gif::decode(cpu, data, budget),
        Format::Bmp => bmp::decode(cpu, data, budget),
        Format::Tiff => tiff::decode(cpu, data, budget),
        Format::WebP => catch_codec_panic(|| webp::decode(cpu, data, budget)),
        #[cfg(feature = "jxl")]
        Format::Jxl => catch_codec_panic(|| jxl::decode(cpu, data, budget)),
        #[cfg(feature = "psd")]
        Format::Psd => psd::decode(cpu, data, budget),
        _ => Err(DecodeError::unsupported("there is no decoder")),
    }
}

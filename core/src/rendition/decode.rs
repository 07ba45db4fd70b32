//! Decoding: a codec for each format, and one kind of picture from all of them.

use super::budget::Budget;
use super::decode_error::{DecodeError, catch_codec_panic};
#[cfg(feature = "eps")]
use super::eps;
#[cfg(feature = "heic")]
use super::heic;
#[cfg(feature = "jp2")]
use super::jpeg2000;
#[cfg(feature = "jxl")]
use super::jxl;
use super::kernel::Cpu;
#[cfg(feature = "pdf")]
use super::pdf;
use super::picture::Picture;
#[cfg(feature = "psd")]
use super::psd;
use super::source::Source;
#[cfg(feature = "svg")]
use super::svg;
use super::{bmp, gif, jpeg, png, tiff, webp};
use crate::container::disk::Disk;
use crate::format::Format;

/// Decodes or draws the first picture of `source` within `budget`, as small as its rendition. All of its pixels
/// must be there.
pub(super) fn decode(
    cpu: Cpu,
    source: &Source<'_>,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let data = source.data;
    match source.format {
        Format::Jpeg => jpeg::decode(cpu, data, budget),
        Format::Png => catch_codec_panic(|| png::decode(cpu, data, budget)),
        Format::Gif => gif::decode(cpu, data, budget),
        Format::Bmp => bmp::decode(cpu, data, budget),
        Format::Tiff => tiff::decode(cpu, data, budget),
        Format::WebP => catch_codec_panic(|| webp::decode(cpu, data, budget)),
        #[cfg(feature = "heic")]
        Format::Heic | Format::Heif => catch_codec_panic(|| heic::decode(cpu, data, budget)),
        #[cfg(feature = "jp2")]
        Format::Jp2 | Format::J2k => catch_codec_panic(|| jpeg2000::decode(cpu, data, budget)),
        #[cfg(feature = "jxl")]
        Format::Jxl => catch_codec_panic(|| jxl::decode(cpu, data, budget)),
        #[cfg(feature = "psd")]
        Format::Psd => psd::decode(cpu, data, budget),
        #[cfg(feature = "svg")]
        Format::Svg => catch_codec_panic(|| svg::draw(cpu, source, budget)),
        #[cfg(feature = "eps")]
        Format::Eps => eps::decode(cpu, source, budget),
        #[cfg(feature = "pdf")]
        Format::Pdf => catch_codec_panic(|| pdf::draw(cpu, source, budget)),
        _ => Err(DecodeError::unsupported("there is no decoder")),
    }
}

/// Whether the first picture of a file on disk can be decoded without the entire file in memory.
pub(crate) fn reads_from_disk(disk: Disk<'_>, format: Format) -> bool {
    format == Format::Tiff && tiff::reads_from_disk(disk)
}

/// As [`decode`], of a file on disk for which [`reads_from_disk`] is `true`.
pub(super) fn decode_from_disk(
    cpu: Cpu,
    disk: Disk<'_>,
    format: Format,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    match format {
        Format::Tiff => tiff::decode_from_disk(cpu, disk, budget),
        _ => Err(DecodeError::unsupported("the format is not read from disk")),
    }
}

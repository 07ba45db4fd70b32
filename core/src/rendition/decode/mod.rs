//! Decoding: one file per format, one kind of picture from all of them.

mod bmp;
mod gif;
mod jpeg;
mod png;
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

/// The nearest of 256 steps to one of 65536.
fn to_8_bits(value: u16) -> u8 {
    ((u32::from(value) * 255 + 32_895) >> 16).to_le_bytes()[0]
}

/// Refuses a file that is too short for the size it claims: `bits` are those of the picture before
/// compression, and no byte of the file holds more than `bits_per_byte` of them.
fn check_compression_ratio(bits: u64, data: &[u8], bits_per_byte: u64) -> Result<(), DecodeError> {
    if bits > (data.len() as u64).saturating_mul(bits_per_byte) {
        return Err("the file is too short for its size in pixels".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded() {
        for value in 0..=u16::MAX {
            let exact = (f64::from(value) / 257.0).round();
            assert_eq!(f64::from(to_8_bits(value)), exact);
        }
    }
}

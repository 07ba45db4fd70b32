//! PNG, by the `png` crate. Of an APNG, the default picture.

mod chunks;
mod profile;

use std::borrow::Cow;
use std::io::Cursor;

use png::{BitDepth, ColorType, DecodeOptions, Decoder, Limits, Transformations};

use self::chunks::{check_critical_chunks, with_end};
use self::profile::{MAX_PROFILE, profile};

use super::ratio::check_compression_ratio;
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, to_8_bits};

/// The most memory that chunks beside the pixels may take.
const METADATA: usize = 16 << 20;

/// Decodes a PNG file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Bitmap, DecodeError> {
    check_critical_chunks(data)?;
    let (data, unchecked) = with_end(data);
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(!unchecked);
    let mut decoder = Decoder::new_with_options(Cursor::new(&*data), options);
    decoder.set_limits(Limits { bytes: METADATA });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(codec_error)?;

    let info = reader.info();
    let size = Size::new(info.width, info.height);
    let profile = profile(info, &data);
    let bits = info.bits_per_pixel() as u64;
    // A byte of deflate stands for at most 1032.
    check_compression_ratio(size.pixels().saturating_mul(bits), &data, 8 * 1032)?;
    let (kind, depth) = reader.output_color_type();
    let layout = match kind {
        ColorType::Grayscale => Layout::Grey,
        ColorType::GrayscaleAlpha => Layout::GreyAlpha,
        ColorType::Rgb => Layout::Rgb,
        ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err("the palette is missing".into()),
    };
    let wide = depth == BitDepth::Sixteen;
    let pixels = size.pixels().saturating_mul(layout.channels() as u64);
    // The low bytes of 16-bit samples, a copy of the file if there is one, chunks beside the pixels, a
    // profile, two rows, and the inflating window with its slack.
    let low_bytes = if wide { pixels } else { 0 };
    let copy = if let Cow::Owned(data) = &data { data.len() } else { 0 };
    let chunks = METADATA.min(data.len()) + MAX_PROFILE as usize;
    let rows = u64::from(size.width) * 8 * 4 + (copy + chunks + (1 << 20)) as u64;
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: layout.channels(),
        scratch_bytes: low_bytes.saturating_add(rows),
    })?;

    let bytes = reader.output_buffer_size().ok_or("the picture is too large")?;
    let mut pixels = vec![0; bytes];
    reader.next_frame(&mut pixels).map_err(codec_error)?;
    if wide {
        narrow(&mut pixels);
    }
    Ok(Bitmap { full: size, size, layout, pixels, profile })
}

/// 16-bit samples to 8-bit ones, in place.
fn narrow(samples: &mut Vec<u8>) {
    for at in 0..samples.len() / 2 {
        let wide = samples.get(2 * at..2 * at + 2).and_then(<[u8]>::first_chunk);
        let value = wide.map_or(0, |&bytes| u16::from_be_bytes(bytes));
        if let Some(slot) = samples.get_mut(at) {
            *slot = to_8_bits(value);
        }
    }
    samples.truncate(samples.len() / 2);
}

/// An error of the `png` crate.
fn codec_error(error: png::DecodingError) -> DecodeError {
    match error {
        png::DecodingError::LimitsExceeded => {
            DecodeError::unsupported("rows or chunks of over 16 MiB")
        }
        damage => DecodeError::damaged(damage),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;

    /// Two grey pixels, black and 55, with a gamma.
    pub(super) fn grey(gamma: Option<f32>) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(ColorType::Grayscale);
        if let Some(gamma) = gamma {
            encoder.set_source_gamma(png::ScaledFloat::new(gamma));
        }
        encoder.write_header().unwrap().write_image_data(&[0, 55]).unwrap();
        file
    }

    pub(super) fn decoded(data: &[u8]) -> Result<Bitmap, DecodeError> {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        decode(data, &budget)
    }

    #[test]
    fn pixels_without_their_checksum_must_have_zlibs() {
        let whole = grey(None);
        let checksum = whole.len() - 16;
        for cut in 8..whole.len() {
            assert_eq!(decoded(&whole[..cut]).is_ok(), cut >= checksum, "cut at {cut}");
        }
        let mut damaged = whole[..checksum].to_vec();
        damaged[checksum - 1] ^= 1;
        assert!(decoded(&damaged).is_err());
    }
}

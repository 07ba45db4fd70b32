//! PNG: its header by the `png` crate, its pixels inflated by `fdeflate`, row by row.

mod chunks;
mod first_frame;
mod pixel_data;
mod profile;
mod rows;
mod samples;
mod unfilter;

use std::io::Cursor;

use png::{Decoder, Limits};

use self::chunks::{METADATA, check_critical_chunks};
use self::first_frame::FirstFrame;
use self::profile::profile;
use self::rows::Rows;
use self::samples::Samples;

use super::ratio::check_compression_ratio;
use crate::geometry::Size;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fit::RowSink;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::{Layout, Picture};

/// Decodes a PNG file; of an animation, the first frame.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    check_critical_chunks(data)?;
    let mut decoder = Decoder::new(Cursor::new(data));
    decoder.set_limits(Limits { bytes: METADATA });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let reader = decoder.read_info().map_err(codec_error)?;

    let info = reader.info();
    let canvas = Size::new(info.width, info.height);
    let profile = profile(info, data);
    let samples = Samples::new(info)?;
    let FirstFrame { size, x, y, chunks: pixels } = FirstFrame::new(data, info)?;
    // A byte of deflate stands for at most 1032.
    check_compression_ratio(canvas.pixels().saturating_mul(samples.bits), data, 8 * 1032)?;
    let rows = Rows { cpu, samples: &samples, size, is_interlaced: info.interlaced };
    let scratch = rows.memory()?.saturating_add(chunks::memory(data));
    if size == canvas {
        let mut sink = RowSink::new(cpu, budget, canvas, samples.layout, scratch)?
            .with_profile(profile, budget);
        rows.read(pixels, |row| sink.push(row))?;
        return sink.finish();
    }

    // A frame that leaves a part of the canvas transparent.
    let layout = match samples.layout {
        Layout::Grey | Layout::GreyAlpha => Layout::GreyAlpha,
        _ => Layout::Rgba,
    };
    let (channels, stored) = (layout.channels(), samples.layout.channels());
    let width = u64::from(canvas.width) * channels as u64;
    let mut sink = RowSink::new(cpu, budget, canvas, layout, scratch.saturating_add(width))?
        .with_profile(profile, budget);
    let mut line = vec![0; canvas.width as usize * channels];
    (0..y).for_each(|_| sink.push(&line));
    rows.read(pixels, |row| {
        let to = line.chunks_exact_mut(channels).skip(x as usize);
        for (to, pixel) in to.zip(row.chunks_exact(stored)) {
            to.fill(255);
            if let Some(to) = to.get_mut(..stored) {
                to.copy_from_slice(pixel);
            }
        }
        sink.push(&line);
    })?;
    line.fill(0);
    (y + size.height..canvas.height).for_each(|_| sink.push(&line));
    sink.finish()
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
        encoder.set_color(png::ColorType::Grayscale);
        if let Some(gamma) = gamma {
            encoder.set_source_gamma(png::ScaledFloat::new(gamma));
        }
        encoder.write_header().unwrap().write_image_data(&[0, 55]).unwrap();
        file
    }

    pub(super) fn decoded(data: &[u8]) -> Result<Picture, DecodeError> {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        decode(Cpu::detect(), data, &budget)
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

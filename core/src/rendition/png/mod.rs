//! PNG: its header by the `png` crate, its pixels inflated by `fdeflate`, row by row.

mod first_frame;
mod header;
mod pixel_data;
mod profile;
mod rows;
mod samples;
mod unfilter;

use self::first_frame::FirstFrame;
use self::header::Header;
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
    let header = Header::read(data)?;
    let canvas = Size::new(header.info.width, header.info.height);
    let profile = profile(&header);
    let samples = Samples::new(&header.info)?;
    let FirstFrame { size, x, y, chunks: pixels } = FirstFrame::new(data, &header)?;
    // A byte of deflate stands for at most 1032.
    check_compression_ratio(canvas.pixels().saturating_mul(samples.bits), data, 8 * 1032)?;
    let rows = Rows { cpu, samples: &samples, size, is_interlaced: header.info.interlaced };
    let scratch = rows.memory()?.saturating_add(header.memory());
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

    /// The same with a chunk behind its header.
    pub(super) fn with_chunk(file: &[u8], kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        const BEHIND_HEADER: usize = 33;
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(body);
        let mut with = file[..BEHIND_HEADER].to_vec();
        with.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        with.extend(kind);
        with.extend(body);
        with.extend(crc.sum().to_be_bytes());
        with.extend(&file[BEHIND_HEADER..]);
        with
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

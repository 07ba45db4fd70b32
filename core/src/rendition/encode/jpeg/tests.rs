//! The files, as another decoder reads them.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "samples for tests")]

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::*;
use crate::rendition::jpeg_tables::ZIGZAG;

const QUALITIES: std::ops::RangeInclusive<u8> = 1..=100;

fn plane(width: usize, height: usize, sample: impl Fn(usize, usize) -> u8) -> Plane {
    let at = |i| sample(i % width, i / width);
    Plane { width, height, samples: (0..width * height).map(at).collect() }
}

/// Slopes and a soft wave, which a scaled plane of chroma shows as well.
fn picture(width: usize, height: usize, factor: usize) -> Vec<Plane> {
    let wave = |x: usize, y: usize| ((x as f64 / 9.0).sin() + (y as f64 / 7.0).cos()) * 30.0;
    let luma = plane(width, height, |x, y| (100.0 + wave(x, y) + x as f64 / 4.0) as u8);
    let (across, down) = (width.div_ceil(factor), height.div_ceil(factor));
    let cb = plane(across, down, |x, y| (60 + (x + 2 * y) * factor / 3) as u8);
    let cr = plane(across, down, |x, y| (190 - (x + y) * factor / 2) as u8);
    vec![luma, cb, cr]
}

/// Black and white in no order.
fn noise(width: usize, height: usize) -> Vec<Plane> {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if state >> 63 == 0 { 0 } else { 255 }
    };
    let mut samples = || (0..width * height).map(|_| random()).collect();
    (0..3).map(|_| Plane { width, height, samples: samples() }).collect()
}

fn write(planes: &[Plane], quality: u8) -> Vec<u8> {
    let file = encode(Cpu::detect(), planes, quality, &[]).unwrap();
    let baseline = encode(Cpu::baseline(), planes, quality, &[]).unwrap();
    assert!(file == baseline, "instruction sets differ");
    file
}

/// Planes as another decoder reads them, chroma at the size of luma.
fn read(file: &[u8], components: usize) -> Vec<Vec<u8>> {
    let colours = if components == 1 { ColorSpace::Luma } else { ColorSpace::YCbCr };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(1 << 16)
        .set_max_height(1 << 16)
        .jpeg_set_out_colorspace(colours);
    let pixels = JpegDecoder::new_with_options(ZCursor::new(file), options).decode().unwrap();
    (0..components).map(|c| pixels.iter().skip(c).step_by(components).copied().collect()).collect()
}

fn greatest_error(a: &[u8], b: &[u8]) -> u8 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

fn squared_error(a: &[u8], b: &[u8]) -> u64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum()
}

/// The same planes by another encoder, with optimised tables.
fn by_another_encoder(planes: &[Plane], quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::F_1_1);
    encoder.set_optimized_huffman_tables(true);
    let [luma, chroma] = quantisation::tables(quality, 1).map(|table| {
        let mut rows = [0; 64];
        for (position, divisor) in ZIGZAG.into_iter().zip(table) {
            rows[usize::from(position)] = u16::from(divisor);
        }
        jpeg_encoder::QuantizationTableType::Custom(Box::new(rows))
    });
    encoder.set_quantization_tables(luma, chroma);
    let pixels: Vec<u8> = (0..planes[0].samples.len())
        .flat_map(|i| planes.iter().map(move |plane| plane.samples[i]))
        .collect();
    let side = |n: usize| u16::try_from(n).unwrap();
    let (width, height) = (side(planes[0].width), side(planes[0].height));
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Ycbcr).unwrap();
    file
}

#[test]
fn every_small_size_is_read_back() {
    for width in 1..=40 {
        for height in 1..=40 {
            for (factor, components) in [(1, 1), (1, 3), (2, 3)] {
                let planes = &picture(width, height, factor)[..components];
                let read = read(&write(planes, 100), components);
                let error = greatest_error(&planes[0].samples, &read[0]);
                assert!(error <= 2, "{width} x {height} / {factor}: luma {error}");
                for (plane, read) in planes.iter().zip(&read).skip(1) {
                    let large: Vec<u8> = (0..width * height)
                        .map(|i| (i % width / factor, i / width / factor))
                        .map(|(x, y)| plane.samples[y * plane.width + x])
                        .collect();
                    // The reader interpolates between samples that are up to three apart.
                    let error = greatest_error(&large, read);
                    let most = if factor == 1 { 2 } else { 5 };
                    assert!(error <= most, "{width} x {height} / {factor}: chroma {error}");
                }
            }
        }
    }
}

#[test]
fn a_long_side_is_read_back() {
    for (width, height) in [(65_535usize, 1usize), (1, 65_535), (65_535, 17), (2049, 300)] {
        for factor in [1, 2] {
            let chroma = || {
                let size = (width.div_ceil(factor), height.div_ceil(factor));
                plane(size.0, size.1, |x, _| (x / 97 % 2) as u8)
            };
            let planes = [plane(width, height, |x, y| (x / 50 + y / 60) as u8), chroma(), chroma()];
            let read = read(&write(&planes, 100), 3);
            assert!(greatest_error(&planes[0].samples, &read[0]) <= 2);
        }
    }
}

#[test]
fn no_side_is_longer_than_a_jpeg_can_be() {
    for (width, height) in [(65_536, 1), (1, 65_536), (0, 1), (1, 0)] {
        let plane = Plane { width, height, samples: vec![0; width * height] };
        assert!(encode(Cpu::detect(), &[plane], 85, &[]).is_err());
    }
    let planes = picture(16, 16, 1);
    assert!(encode(Cpu::detect(), &planes[..2], 85, &[]).is_err());
    let other = [planes[0].clone(), plane(7, 8, |_, _| 0), plane(7, 8, |_, _| 0)];
    assert!(encode(Cpu::detect(), &other, 85, &[]).is_err());
    let short = Plane { width: 16, height: 16, samples: vec![0; 255] };
    assert!(encode(Cpu::detect(), &[short], 85, &[]).is_err());
}

/// At each quality the error is that of an encoder with 32 bits, and the file is no longer. Both use the same
/// divisors, and tables that fit the picture.
#[test]
fn every_quality_is_as_good_as_another_encoders() {
    let planes = picture(200, 120, 1);
    for quality in QUALITIES {
        let ours = write(&planes, quality);
        let theirs = by_another_encoder(&planes, quality);
        let error = |file: &[u8]| -> u64 {
            let pairs = planes.iter().zip(read(file, 3));
            pairs.map(|(plane, read)| squared_error(&plane.samples, &read)).sum()
        };
        let (our_error, their_error) = (error(&ours), error(&theirs));
        let hundredth = planes[0].samples.len() as u64 * 3 / 100;
        assert!(
            our_error * 100 <= their_error * 102 + hundredth * 100,
            "quality {quality}: error {our_error}, {their_error}"
        );
        let (our_length, their_length) = (ours.len(), theirs.len());
        assert!(our_length <= their_length, "quality {quality}: {our_length}, {their_length}");
    }
}

/// Black and white is where 16 bits would overflow first.
#[test]
fn noise_does_not_overflow() {
    for quality in [95, 100] {
        let planes = noise(256, 256);
        let read = read(&write(&planes, quality), 3);
        // Of luma, and of chroma, which is quantised more coarsely.
        let most = if quality == 95 { [20, 60, 60] } else { [1, 1, 1] };
        for ((plane, read), most) in planes.iter().zip(&read).zip(most) {
            let error = squared_error(&plane.samples, read) / plane.samples.len() as u64;
            assert!(error <= most, "quality {quality}: {error}");
        }
    }
}

#[test]
fn flat_planes_take_next_to_nothing() {
    let planes = [0, 128, 255].map(|value| plane(640, 480, |_, _| value));
    let file = write(&planes, 85);
    // Six bits an MCU at most.
    assert!(file.len() < 700 + 80 * 60 * 6 / 8, "{}", file.len());
    for (plane, read) in planes.iter().zip(read(&file, 3)) {
        assert_eq!(plane.samples, read);
    }
}

/// A picture whose counted rows are blank, so that its tables are the prior ones nearly alone.
#[test]
fn what_was_not_counted_is_written_as_well() {
    let counted = |y: usize| y / 8 % 8 == 4;
    let mut planes = noise(64, 64 * 8);
    for plane in &mut planes {
        for (i, sample) in plane.samples.iter_mut().enumerate() {
            if counted(i / 64) {
                *sample = 0;
            }
        }
    }
    let read = read(&write(&planes, 100), 3);
    for (plane, read) in planes.iter().zip(&read) {
        assert!(squared_error(&plane.samples, read) <= plane.samples.len() as u64);
    }
}

#[test]
fn metadata_comes_first() {
    let planes = picture(8, 8, 1);
    let segments = [(0xe0, b"JFIF".to_vec()), (0xe1, b"Exif".to_vec())];
    let file = encode(Cpu::detect(), &planes, 85, &segments).unwrap();
    assert_eq!(file[..14], *b"\xff\xd8\xff\xe0\0\x06JFIF\xff\xe1\0\x06");
    assert_eq!(file[file.len() - 2..], [0xff, 0xd9]);
}

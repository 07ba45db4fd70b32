//! Tests of the decoder as a part of the rendition: errors, limits and quality.

use super::chunk::JpegChunks;
use super::plan::Expected;
use super::*;
use crate::geometry::{Orientation, Size};
use crate::rendition::StandardOptions;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::fit::{Columns, Extent, Fitting, PlaneFit};
use crate::rendition::picture::Layout;

fn segment(file: &mut Vec<u8>, code: u8, body: &[u8]) {
    file.extend([0xff, code]);
    file.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
    file.extend(body);
}

/// Grey and progressive, of 8 by `rows` times 8 pixels, with refinements that change nothing.
fn refined(rows: u16, refinements: usize) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    segment(&mut file, 0xdb, &[&[0][..], &[1; 64]].concat());
    let [h1, h0] = (rows * 8).to_be_bytes();
    segment(&mut file, 0xc2, &[8, h1, h0, 0, 8, 1, 1, 0x11, 0]);
    // A code of one bit each: no difference, and a run of at least 2^14 blocks without coefficients.
    for table in [[0x00, 0], [0x10, 0xe0]] {
        let [class, symbol] = table;
        segment(&mut file, 0xc4, &[&[class, 1][..], &[0; 15], &[symbol]].concat());
    }
    segment(&mut file, 0xda, &[1, 1, 0, 0, 0, 0]);
    file.extend(std::iter::repeat_n(0, usize::from(rows).div_ceil(8)));
    for _ in 0..refinements {
        segment(&mut file, 0xda, &[1, 1, 0, 1, 63, 0x10]);
        file.extend([0; 4]);
    }
    file.extend([0xff, 0xd9]);
    file
}

fn decoded(data: &[u8]) -> Result<Picture, DecodeError> {
    let budget = Budget::new(1 << 30, &StandardOptions::default(), Orientation::Upright);
    decode(Cpu::detect(), data, &budget)
}

#[test]
fn a_small_file_does_not_take_long() {
    assert!(decoded(&refined(8000, 4)).is_ok());
    let refused = decoded(&refined(8000, 90));
    assert!(
        matches!(refused, Err(DecodeError::Unsupported(why)) if why.contains("too many scans"))
    );
}

#[test]
fn a_block_takes_at_least_a_bit() {
    let mut short = refined(8000, 0);
    short.truncate(300);
    let refused = decoded(&short);
    assert!(matches!(refused, Err(DecodeError::Damaged(why)) if why.contains("too short")));
}

/// Baseline, grey, one block an interval.
fn intervals(markers: [u8; 3], stuffing: usize) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    segment(&mut file, 0xdb, &[&[0][..], &[1; 64]].concat());
    segment(&mut file, 0xc0, &[8, 0, 8, 0, 32, 1, 1, 0x11, 0]);
    for class in [0x00, 0x10] {
        segment(&mut file, 0xc4, &[&[class, 1][..], &[0; 15], &[0]].concat());
    }
    segment(&mut file, 0xdd, &[0, 1]);
    segment(&mut file, 0xda, &[1, 1, 0, 0, 63, 0]);
    for marker in markers {
        file.push(0);
        file.extend(std::iter::repeat_n(0x55, stuffing));
        file.extend([0xff, marker]);
    }
    file.extend([0, 0xff, 0xd9]);
    file
}

#[test]
fn restart_markers_are_in_order_and_no_data_are_left_over() {
    assert!(decoded(&intervals([0xd0, 0xd1, 0xd2], 0)).is_ok());
    assert!(decoded(&intervals([0xd0, 0xd1, 0xd2], 4)).is_ok());
    assert!(decoded(&intervals([0xd0, 0xd2, 0xd1], 0)).is_err());
    assert!(decoded(&intervals([0xd0, 0xd1, 0xd2], 40)).is_err());
}

#[test]
fn a_chunk_of_another_size_is_refused_at_its_header() {
    let file = intervals([0xd0, 0xd1, 0xd2], 0);
    let chunk = |width, rows, memory| {
        let expected = Expected { width, rows, most_rows: rows.next_multiple_of(16), channels: 1 };
        JpegChunks::new(None, true, memory)?.decode(&file, expected)
    };
    let Err(DecodeError::TooMuchMemory(needed)) = chunk(32, 8, 511) else { panic!() };
    assert!(chunk(32, 8, needed).is_ok());
    assert!(chunk(31, 8, needed).is_err());
    assert!(chunk(32, 20, needed).is_err());
    // The pixels, the plane from which they are made, and what makes it.
    assert!(needed > 512);
    assert!(matches!(
        chunk(32, 8, needed - 1),
        Err(DecodeError::TooMuchMemory(again)) if again == needed
    ));
}

#[test]
fn a_component_is_coded_once() {
    let mut file = vec![0xff, 0xd8];
    segment(&mut file, 0xdb, &[&[0][..], &[1; 64]].concat());
    segment(&mut file, 0xc0, &[8, 0, 8, 0, 8, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    for class in [0x00, 0x10] {
        segment(&mut file, 0xc4, &[&[class, 1][..], &[0; 15], &[0]].concat());
    }
    let with_scans = |components: &[u8]| {
        let mut file = file.clone();
        for component in components {
            segment(&mut file, 0xda, &[1, *component, 0, 0, 63, 0]);
            file.push(0);
        }
        file.extend([0xff, 0xd9]);
        decoded(&file)
    };
    assert!(with_scans(&[1, 2, 3]).is_ok());
    assert!(with_scans(&[3, 1, 2]).is_ok());
    let twice = with_scans(&[1, 1, 2]);
    assert!(matches!(twice, Err(DecodeError::Damaged(why)) if why.contains("twice")));
    let missing = with_scans(&[1, 2]);
    assert!(matches!(missing, Err(DecodeError::Damaged(why)) if why.contains("missing")));
}

/// The sum of `octaves` of noise of equal strength, the finest of single pixels: the spectrum of a photo.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn noise(width: u32, height: u32, octaves: u32, contrast: f32) -> Vec<u8> {
    let random = |x: u32, y: u32, octave: u32| {
        let mut n = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ octave << 27;
        for by in [0x2c1b_3c6d, 0x297a_2d39] {
            n = (n ^ n >> 15).wrapping_mul(by);
        }
        ((n >> 8) & 0xff) as f32 / 127.5 - 1.0
    };
    let at = |x: u32, y: u32| {
        let octave = |octave: u32| {
            let (size, mask) = (1 << octave, (1 << octave) - 1);
            let (fx, fy) = ((x & mask) as f32 / size as f32, (y & mask) as f32 / size as f32);
            let (x, y) = (x >> octave, y >> octave);
            let mix = |a: f32, b: f32, by: f32| a + (b - a) * by;
            let upper = mix(random(x, y, octave), random(x + 1, y, octave), fx);
            let lower = mix(random(x, y + 1, octave), random(x + 1, y + 1, octave), fx);
            mix(upper, lower, fy)
        };
        (128.0 + contrast * (0..octaves).map(octave).sum::<f32>()).clamp(0.0, 255.0) as u8
    };
    (0..height).flat_map(|y| (0..width).map(move |x| at(x, y))).collect()
}

/// A grey picture by Lanczos alone, without the means that go before it.
fn lanczos(bitmap: &Bitmap, target: Size) -> Vec<u8> {
    let (width, height) = (bitmap.size.width as usize, bitmap.size.height as usize);
    let mut fit = PlaneFit::new(Fitting {
        extent: Extent { samples: (width, height), size: (width as f64, height as f64) },
        target: (target.width as usize, target.height as usize),
        layout: Layout::Grey,
        columns: Columns::InOrder,
        band: 1,
    });
    for row in bitmap.pixels.chunks(width) {
        for (to, value) in fit.next_band().0.iter_mut().zip(row) {
            *to = (i16::from(*value) - 128) << 8;
        }
        fit.advance(Cpu::detect());
    }
    fit.finish().unwrap().swap_remove(0).samples
}

/// The mean difference between renditions of `pixels` through a scaled decode and through a full one.
fn deviation(pixels: &[u8], (width, height): (u16, u16), max: u32) -> f64 {
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.encode(pixels, width, height, jpeg_encoder::ColorType::Luma).unwrap();
    let options = StandardOptions::default().with_max_size(Size::new(max, max)).unwrap();
    let budget = Budget::new(1 << 30, &options, Orientation::Upright);
    let mut scaled = decode(Cpu::detect(), &file, &budget).unwrap();
    let (width, rows) = (width.into(), height.into());
    let expected = Expected { width, rows, most_rows: rows, channels: 1 };
    let full = JpegChunks::new(None, true, 1 << 30).unwrap().decode(&file, expected).unwrap();
    let target = budget.target(full.size);
    let scaled = scaled.planes.swap_remove(0).samples;
    let full = lanczos(&full, target);
    let sum: u64 = scaled.iter().zip(&full).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / full.len() as f64
}

/// Against a full decode and Lanczos. The fine detail of a photo is weak: the difference is below the 1 to
/// 2 steps of JPEG's own quantisation at quality 90. Saturated noise of single pixels is the worst case:
/// all of its strength is in the frequencies that the scaled transform cuts off and Lanczos fades out.
#[test]
fn a_scaled_decode_looks_like_a_full_one() {
    let size = (960, 640);
    let photo = noise(960, 640, 7, 25.0);
    let fine = noise(960, 640, 1, 300.0);
    // At 5/8 and 6/8, least is left to Lanczos of what the transform cuts off.
    let scales =
        [(4.0, &[320, 240, 160, 120, 80, 60][..]), (5.0, &[470, 450, 400, 375, 225, 150, 75])];
    for (most, sides) in scales {
        for &max in sides {
            let (photo, fine) = (deviation(&photo, size, max), deviation(&fine, size, max));
            assert!(photo < 1.5 && fine < most, "to {max}: {photo:.2}, {fine:.2}");
        }
    }
}

/// Lines of black and white, a pixel high, under a profile with a gamma of 1.
fn lines(channels: u8, jpeg: jpeg_encoder::ColorType) -> Vec<u8> {
    let icc = if channels == 1 {
        moxcms::ColorProfile::new_gray_with_gamma(1.0)
    } else {
        let mut profile = moxcms::ColorProfile::new_srgb();
        let line = Some(moxcms::ToneReprCurve::Parametric(vec![1.0]));
        (profile.red_trc, profile.green_trc) = (line.clone(), line.clone());
        profile.blue_trc = line;
        profile.cicp = None;
        profile
    };
    let row = 240 * usize::from(channels);
    let pixels: Vec<u8> = (0..240 * row).map(|i| if i / row % 2 == 0 { 0 } else { 255 }).collect();
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 100);
    encoder.add_icc_profile(&icc.encode().unwrap()).unwrap();
    encoder.encode(&pixels, 240, 240, jpeg).unwrap();
    file
}

#[test]
fn light_is_converted_before_the_fit() {
    let options = StandardOptions::default().with_max_size(Size::new(60, 60)).unwrap();
    let fitted = |file: &[u8], limit| {
        let budget = Budget::new(limit, &options, Orientation::Upright);
        let picture = decode(Cpu::detect(), file, &budget)?;
        assert_eq!(picture.size, Size::new(60, 60));
        let picture = crate::rendition::colour::to_srgb(picture, budget.conversions())?;
        Ok::<_, DecodeError>(picture.planes.into_iter().next().unwrap().samples)
    };
    for (channels, colour) in
        [(1, jpeg_encoder::ColorType::Luma), (3, jpeg_encoder::ColorType::Rgb)]
    {
        let file = lines(channels, colour);
        // A mean of black and white on a display, and not of half of the light.
        let samples = fitted(&file, 1 << 28).unwrap();
        assert!(samples.iter().all(|value| value.abs_diff(128) <= 3), "{:?}", &samples[..9]);
        // With little memory the picture is fitted first: 188 is half of the light.
        let Err(DecodeError::TooMuchMemory(least)) = fitted(&file, 0) else { panic!() };
        let samples = fitted(&file, least).unwrap();
        assert!(samples.iter().all(|value| value.abs_diff(188) <= 12), "{:?}", &samples[..9]);
    }
}

//! The files, as their decoder reads them.

#![allow(clippy::cast_possible_truncation, reason = "samples for tests")]

use std::io::Cursor;

use png::{Decoder, Transformations, Unit};

use super::*;

const DIMENSIONS: PixelDimensions = PixelDimensions { xppu: 2835, yppu: 5669, unit: Unit::Meter };

fn planes<const N: usize>(
    width: usize,
    height: usize,
    pixel: impl Fn(usize, usize) -> [u8; N],
) -> Vec<Plane> {
    let samples = |c: usize| (0..width * height).map(|i| pixel(i % width, i / width)[c]).collect();
    (0..N).map(|c| Plane { width, height, samples: samples(c) }).collect()
}

/// The colour type, the bits, and the pixels in RGBA, or in grey and alpha.
fn read(file: &[u8]) -> (ColorType, BitDepth, Vec<u8>) {
    let mut decoder = Decoder::new(Cursor::new(file));
    decoder.set_transformations(Transformations::EXPAND | Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let info = reader.info();
    let dimensions = info.pixel_dims.unwrap();
    assert_eq!((dimensions.xppu, dimensions.yppu), (DIMENSIONS.xppu, DIMENSIONS.yppu));
    let (colours, bits) = (info.color_type, info.bit_depth);
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    reader.finish().unwrap();
    (colours, bits, pixels)
}

fn interleaved(planes: &[Plane]) -> Vec<u8> {
    let count = planes[0].samples.len();
    (0..count).flat_map(|i| planes.iter().map(move |plane| plane.samples[i])).collect()
}

fn check(planes: &[Plane]) -> (ColorType, BitDepth, usize) {
    let file = encode(planes, false, DIMENSIONS).unwrap();
    let (colours, bits, pixels) = read(&file);
    let expected = interleaved(planes);
    if colours == ColorType::Indexed && planes.len() == 2 {
        let expanded: Vec<u8> =
            expected.as_chunks().0.iter().flat_map(|[l, a]: &[u8; 2]| [*l, *l, *l, *a]).collect();
        assert!(pixels == expanded);
    } else {
        assert!(pixels == expected);
    }
    (colours, bits, file.len())
}

fn noise(x: usize, y: usize, salt: usize) -> u8 {
    let n = ((x * 7919) ^ (y * 104_729) ^ (salt * 31)) as u32;
    let n = (n ^ n >> 15).wrapping_mul(0x2c1b_3c6d);
    ((n ^ n >> 12).wrapping_mul(0x297a_2d39) >> 24) as u8
}

#[test]
fn every_small_size_and_number_of_colours_is_read_back() {
    for width in 1..=40 {
        for height in [1, 2, 3, 7, 16, 40] {
            for colours in [1, 2, 3, 4, 5, 16, 17, 1600] {
                let pixel = |x: usize, y: usize| {
                    let n = (y * width + x) * 7 % colours;
                    [n as u8, (n >> 8) as u8, 9, (n * 50) as u8]
                };
                check(&planes(width, height, pixel));
                check(&planes(width, height, |x, y| [pixel(x, y)[0], pixel(x, y)[3]]));
            }
        }
    }
}

#[test]
fn few_colours_make_a_palette() {
    for (count, bits) in [
        (1, BitDepth::One),
        (2, BitDepth::One),
        (4, BitDepth::Two),
        (5, BitDepth::Four),
        (16, BitDepth::Four),
        (17, BitDepth::Eight),
        (256, BitDepth::Eight),
    ] {
        let picture = planes(64, 64, |x, y| {
            let n = (y * 64 + x) % count;
            [n as u8, 1, 2, if n % 3 == 0 { 0 } else { 255 }]
        });
        let (colours, depth, _) = check(&picture);
        assert_eq!((colours, depth), (ColorType::Indexed, bits), "{count}");
    }
    let picture = planes(257, 1, |x, _| [x as u8, (x >> 8) as u8, 2, 7]);
    assert_eq!(check(&picture).0, ColorType::Rgba);
    let picture = planes(300, 2, |x, y| [x as u8, (x >> 8) as u8 + y as u8]);
    assert_eq!(check(&picture).0, ColorType::GrayscaleAlpha);
}

/// The file with each coding, as long as the one that [`encode`] returns or longer.
fn check_coding(planes: &[Plane], expected: Coding) {
    let (colours, _, length) = check(planes);
    assert_eq!(colours, ColorType::Rgba);
    let (width, height) = (planes[0].width, planes[0].height);
    let file = File { width, height, is_fitted: false, dimensions: DIMENSIONS };
    let pixels = interleaved(planes);
    let pixels = pixels.as_chunks::<4>().0;
    let with = |coding| file.with_coding(colours, pixels, coding).unwrap().len();
    assert_eq!(length, with(expected));
    assert!(length <= with(Coding::Photo).min(with(Coding::Drawing)));
}

#[test]
fn photos_and_drawings_are_coded_differently() {
    let photo = planes(400, 300, |x, y| {
        let grain = noise(x, y, 1) / 32;
        [(x / 2) as u8 + grain, (y / 2) as u8 + grain, 90 + grain, ((x + y) / 3) as u8]
    });
    check_coding(&photo, Coding::Photo);
    // The same, with nothing around it.
    let cut_out = planes(400, 300, |x, y| {
        let inside = x.abs_diff(200) + y.abs_diff(150) < 100;
        let grain = noise(x, y, 1) / 32;
        if inside {
            [(x / 2) as u8 + grain, (y / 2) as u8 + grain, 90 + grain, 255]
        } else {
            [0; 4]
        }
    });
    check_coding(&cut_out, Coding::Photo);
    // Letters of smooth edges in one of many colours, on nothing.
    let drawing = planes(400, 300, |x, y| {
        let letter = (x / 20 + y / 20 * 20) % 37;
        if x % 20 > 12 || y % 20 > 12 || noise(x % 20, y % 20, letter % 3) < 128 {
            return [0; 4];
        }
        [20, 100 + letter as u8, 3, noise(x % 20, y % 20, letter % 3)]
    });
    check_coding(&drawing, Coding::Drawing);
}

#[test]
fn other_planes_are_an_error() {
    assert!(encode(&planes(2, 2, |_, _| [1]), false, DIMENSIONS).is_err());
    assert!(encode(&[], false, DIMENSIONS).is_err());
}

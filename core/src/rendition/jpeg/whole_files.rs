//! Tests of whole files: every kind of sampling, scan and size against the pixels that were coded.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::*;
use crate::geometry::{Orientation, Size};
use crate::rendition::StandardOptions;
use crate::rendition::picture::{Layout, Plane};

const SAMPLINGS: [SamplingFactor; 8] = [
    SamplingFactor::F_1_1,
    SamplingFactor::F_2_1,
    SamplingFactor::F_1_2,
    SamplingFactor::F_2_2,
    SamplingFactor::F_4_1,
    SamplingFactor::F_4_2,
    SamplingFactor::F_1_4,
    SamplingFactor::F_2_4,
];

fn decoded(cpu: Cpu, data: &[u8], max: u32) -> Result<Picture, DecodeError> {
    let options = StandardOptions::default().with_max_size(Size::new(max, max)).unwrap();
    decode(cpu, data, &Budget::new(1 << 30, &options, Orientation::Upright))
}

/// The planes with both sets of instructions, which are the same.
fn planes(data: &[u8], max: u32) -> (Layout, Vec<Plane>) {
    let best = decoded(Cpu::detect(), data, max).unwrap();
    let plain = decoded(Cpu::baseline(), data, max).unwrap();
    assert_eq!(best.planes, plain.planes);
    (best.layout, best.planes)
}

/// Slopes, the second channel steeper than the first.
fn slopes(width: u16, height: u16, channels: u16) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            for c in 0..channels {
                pixels.push(u8::try_from((40 + x * (c + 1) + y * 2) % 510).map_or(0, |v| v));
            }
        }
    }
    pixels
}

/// Dots, with detail at all frequencies.
fn dots(width: u16, height: u16, channels: u16) -> Vec<u8> {
    let mut state = 7u32;
    (0..u32::from(width) * u32::from(height) * u32::from(channels))
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 == 0 { 220 } else { 60 }
        })
        .collect()
}

fn encoded(
    pixels: &[u8],
    (width, height): (u16, u16),
    colour: ColorType,
    set: impl Fn(&mut Encoder<&mut Vec<u8>>),
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 98);
    set(&mut encoder);
    encoder.encode(pixels, width, height, colour).unwrap();
    file
}

/// The largest difference between a plane and what `exact` returns for each pixel.
fn off(plane: &Plane, exact: impl Fn(usize, usize) -> f64) -> f64 {
    let mut most = 0.0f64;
    for y in 0..plane.height {
        for x in 0..plane.width {
            most = most.max((f64::from(plane.samples[y * plane.width + x]) - exact(x, y)).abs());
        }
    }
    most
}

#[test]
fn every_sampling_and_size() {
    for sampling in SAMPLINGS {
        for progressive in [false, true] {
            for restart in [0, 1, 3] {
                for (width, height) in [(1, 33), (7, 20), (16, 16), (33, 9), (40, 31), (300, 21)] {
                    let pixels = slopes(width, height.min(40), 1);
                    // In each channel the same: no chroma.
                    let grey: Vec<u8> = pixels.iter().flat_map(|&v| [v / 2 + 60; 3]).collect();
                    let file = encoded(&grey, (width, height), ColorType::Rgb, |encoder| {
                        encoder.set_sampling_factor(sampling);
                        encoder.set_progressive(progressive);
                        encoder.set_restart_interval(restart);
                    });
                    let (layout, planes) = planes(&file, 30_000);
                    assert_eq!(layout, Layout::YCbCr);
                    let wide = usize::from(width);
                    let kind = format!("{sampling:?} {progressive} {restart} {width}x{height}");
                    let luma = off(&planes[0], |x, y| (pixels[y * wide + x] / 2 + 60).into());
                    assert!(luma <= 3.0, "{kind}: {luma}");
                    for chroma in &planes[1..] {
                        let chroma = off(chroma, |_, _| 128.0);
                        assert!(chroma <= 2.0, "{kind}: {chroma}");
                    }
                }
            }
        }
    }
}

/// Chroma that is sampled half or a quarter as often is a slope still.
#[test]
fn chroma_lies_where_it_belongs() {
    let (width, height) = (200u8, 150u8);
    let ycbcr: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| [128, 30 + x, 220 - y])
        .collect();
    for sampling in SAMPLINGS {
        for progressive in [false, true] {
            let file =
                encoded(&ycbcr, (width.into(), height.into()), ColorType::Ycbcr, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    encoder.set_progressive(progressive);
                });
            for max in [200, 150, 110, 60, 30, 13] {
                let planes = planes(&file, max).1;
                let at =
                    |x: usize, pixels: f64, to: usize| (x as f64 + 0.5) * pixels / to as f64 - 0.5;
                let (wide, high) = (planes[0].width, planes[0].height);
                // The encoder's chroma is that of the first pixel of each group, not of its middle.
                let (h, v) = factors(sampling);
                let blue = |x, _| 30.0 + at(x, 200.0, wide) - (h - 1.0) / 2.0;
                let red = |_, y| 220.0 - at(y, 150.0, high) + (v - 1.0) / 2.0;
                let inner = |plane: &Plane, exact: &dyn Fn(usize, usize) -> f64| {
                    let (right, bottom) = (plane.width - 2, plane.height - 2);
                    off(plane, |x, y| {
                        // The edge has nothing behind it.
                        let is_edge = x < 2 || y < 2 || x >= right || y >= bottom;
                        let got = f64::from(plane.samples[y * plane.width + x]);
                        if is_edge { got } else { exact(x, y) }
                    })
                };
                let (blue, red) = (inner(&planes[1], &blue), inner(&planes[2], &red));
                assert!(blue <= 2.0 && red <= 2.0, "{sampling:?} to {max}: {blue} {red}");
            }
        }
    }
}

fn factors(sampling: SamplingFactor) -> (f64, f64) {
    match sampling {
        SamplingFactor::F_2_1 => (2.0, 1.0),
        SamplingFactor::F_1_2 => (1.0, 2.0),
        SamplingFactor::F_2_2 => (2.0, 2.0),
        SamplingFactor::F_4_1 => (4.0, 1.0),
        SamplingFactor::F_4_2 => (4.0, 2.0),
        SamplingFactor::F_1_4 => (1.0, 4.0),
        SamplingFactor::F_2_4 => (2.0, 4.0),
        _ => (1.0, 1.0),
    }
}

/// Files of the same coefficients become the same pixels, at every scale: sequential in one scan or in one of
/// each component, and progressive.
#[test]
fn every_order_of_scans_is_the_same() {
    for (colour, channels) in [
        (ColorType::Luma, 1),
        (ColorType::Rgb, 3),
        (ColorType::Cmyk, 4),
        (ColorType::CmykAsYcck, 4),
    ] {
        let pixels = dots(150, 90, channels);
        let file = |progressive, scans| {
            encoded(&pixels, (150, 90), colour, |encoder| {
                encoder.set_sampling_factor(SamplingFactor::F_2_2);
                if progressive {
                    encoder.set_progressive_scans(scans);
                }
            })
        };
        let sequential = file(false, 4);
        for max in [150, 90, 70, 55, 40, 30, 22, 16, 9] {
            let expected = planes(&sequential, max);
            // The encoder optimises tables in a scan of each component.
            let apart = encoded(&pixels, (150, 90), colour, |encoder| {
                encoder.set_sampling_factor(SamplingFactor::F_2_2);
                encoder.set_optimized_huffman_tables(true);
            });
            assert_eq!(planes(&apart, max), expected, "{colour:?} to {max}");
            for scans in [2, 4, 9, 20] {
                assert_eq!(
                    planes(&file(true, scans), max),
                    expected,
                    "{colour:?} {scans} to {max}"
                );
            }
        }
    }
}

#[test]
fn no_scale_shifts_the_picture() {
    // A line at pixel 1000 of 2057: not a multiple of any scale.
    for position in [3, 1000, 2050] {
        let row: Vec<u8> =
            (0..2057i32).map(|x| if (x - position).abs() <= 1 { 250 } else { 20 }).collect();
        let file = encoded(&row.repeat(9), (2057, 9), ColorType::Luma, |_| {});
        for max in [2057, 1900, 1200, 900, 700, 500, 400, 333, 256, 100] {
            let plane = planes(&file, max).1.swap_remove(0);
            let light: Vec<f64> =
                plane.samples[..plane.width].iter().map(|&v| f64::from(v) - 20.0).collect();
            let near = f64::from(max) * (f64::from(position) + 0.5) / 2057.0;
            let (mut sum, mut moment) = (0.0, 0.0);
            for (x, light) in light.iter().enumerate() {
                let x = x as f64 + 0.5;
                if (x - near).abs() < 6.0 {
                    sum += light;
                    moment += light * x;
                }
            }
            let shift = moment / sum - near;
            // Beside an edge, half of the filter lies outside.
            let most = if position == 1000 { 0.05 } else { 0.25 };
            assert!(shift.abs() < most, "{position} to {max}: {shift}");
        }
    }
}

#[test]
fn inks_are_in_the_convention_of_the_library() {
    // jpeg-encoder inverts inks, as Adobe does.
    let inks = [200u8, 30, 90, 10];
    let pixels = inks.repeat(40 * 40);
    for colour in [ColorType::Cmyk, ColorType::CmykAsYcck] {
        for max in [40, 11] {
            let file = encoded(&pixels, (40, 40), colour, |_| {});
            let (layout, planes) = planes(&file, max);
            assert_eq!(layout, Layout::Cmyk);
            for (plane, ink) in planes.iter().zip(inks) {
                let off = off(plane, |_, _| ink.into());
                assert!(off <= 3.0, "{colour:?} to {max}: {off}");
            }
        }
    }
}

#[test]
fn a_file_without_huffman_tables_has_the_standard_ones() {
    let file = encoded(&dots(60, 50, 3), (60, 50), ColorType::Rgb, |_| {});
    let mut without = Vec::new();
    let (mut at, mut left_out) = (2, 0);
    without.extend(&file[..2]);
    while file[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        if file[at + 1] == 0xc4 {
            left_out += 1;
        } else {
            without.extend(&file[at..end]);
        }
        at = end;
    }
    without.extend(&file[at..]);
    assert!(left_out > 0);
    assert_eq!(planes(&without, 60), planes(&file, 60));
}

/// A file that ends anywhere is refused, unless nothing but its end marker is missing.
#[test]
fn files_that_are_cut_are_refused() {
    for (progressive, restart) in [(false, 0), (false, 2), (true, 0), (true, 3)] {
        let file = encoded(&dots(40, 25, 3), (40, 25), ColorType::Rgb, |encoder| {
            encoder.set_sampling_factor(SamplingFactor::F_2_2);
            encoder.set_progressive(progressive);
            encoder.set_restart_interval(restart);
        });
        let whole = planes(&file, 20).1;
        for end in 0..file.len() {
            match decoded(Cpu::detect(), &file[..end], 20) {
                Ok(picture) => {
                    assert!(end + 2 >= file.len(), "{progressive} {restart}: {end}");
                    assert_eq!(picture.planes, whole);
                }
                Err(DecodeError::Damaged(_)) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
}

/// Whatever a byte is changed to, nothing panics, and both sets of instructions agree.
#[test]
fn damaged_files_are_refused_or_shown() {
    for (progressive, restart) in [(false, 2), (true, 0)] {
        let file = encoded(&dots(20, 11, 3), (20, 11), ColorType::Rgb, |encoder| {
            encoder.set_progressive(progressive);
            encoder.set_restart_interval(restart);
        });
        for at in 2..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[at] ^= change;
                let result = |cpu| decoded(cpu, &damaged, 20).map(|p| p.planes).ok();
                assert_eq!(result(Cpu::detect()), result(Cpu::baseline()));
            }
        }
    }
}

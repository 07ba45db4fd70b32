//! Making a picture smaller that is held: a further rendition from the next larger one, and a JPEG whose colours are
//! converted before the fit.

use super::budget::Budget;
use super::decode_error::DecodeError;
use super::fit::RowSink;
use super::kernel::Cpu;
use super::picture::{Layout, Picture, Plane, Profile};
use super::ycbcr::pixel_to_rgb;
use crate::geometry::Size;

/// Whether a picture of `from` pixels is large enough to make one of `to` pixels from it, instead of from the
/// original: at least twice as wide and as high. A second Lanczos then changes what the first has left by less than one
/// step of 255 on average; between sizes that are closer it would blur what both are close to.
pub(super) fn is_exact_enough(from: Size, to: Size) -> bool {
    let is_twice = |from: u32, to: u32| u64::from(from) >= 2 * u64::from(to);
    is_twice(from.width, to.width) && is_twice(from.height, to.height)
}

/// `picture`, which is in sRGB, in `size` pixels: no more than it has.
pub(super) fn shrunk(cpu: Cpu, picture: &Picture, size: Size) -> Result<Picture, DecodeError> {
    let planes = if picture.layout.has_alpha() {
        // Colours are weighted by it.
        let mut sink = RowSink::between(cpu, picture.size, size, picture.layout);
        let mut row = vec![0; picture.size.width as usize * picture.layout.channels()];
        for y in 0..picture.size.height as usize {
            interleave(&picture.planes, y, &mut row);
            sink.push(&row);
        }
        sink.finish_with_alpha()?
    } else {
        // Planes of chroma may have fewer pixels than that of luma.
        let planes = picture.planes.iter().map(|plane| shrunk_plane(cpu, plane, size));
        planes.collect::<Result<_, _>>()?
    };
    let (full, layout) = (picture.full, picture.layout);
    Ok(Picture { full, size, layout, planes, profile: Profile::Srgb })
}

/// `picture`, which has all pixels of the file and all its planes at that size, as small as its rendition. Its colours
/// are converted to sRGB before the fit.
pub(super) fn converted_and_shrunk(
    cpu: Cpu,
    picture: Picture,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let Picture { full, layout, planes, profile, .. } = picture;
    let rows = if layout == Layout::YCbCr { Layout::Rgb } else { layout };
    let mut sink =
        RowSink::between(cpu, full, budget.target(full), rows).with_profile(profile, budget);
    let mut row = vec![0; full.width as usize * layout.channels()];
    for y in 0..full.height as usize {
        interleave(&planes, y, &mut row);
        if layout == Layout::YCbCr {
            for pixel in row.as_chunks_mut().0 {
                let [y, cb, cr] = *pixel;
                *pixel = pixel_to_rgb(y, cb, cr);
            }
        }
        sink.push(&row);
    }
    sink.finish()
}

fn shrunk_plane(cpu: Cpu, plane: &Plane, size: Size) -> Result<Plane, DecodeError> {
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let full = Size::new(side(plane.width), side(plane.height));
    let mut sink = RowSink::between(cpu, full, size, Layout::Grey);
    for row in plane.samples.chunks_exact(plane.width.max(1)) {
        sink.push(row);
    }
    sink.finish_with_alpha()?.pop().ok_or_else(|| "a plane is missing".into())
}

/// Puts the samples of row `y` of all planes side by side.
fn interleave(planes: &[Plane], y: usize, row: &mut [u8]) {
    match planes {
        [a, b, c] => {
            let samples = a.row(y).iter().zip(b.row(y)).zip(c.row(y));
            for (pixel, ((a, b), c)) in row.as_chunks_mut().0.iter_mut().zip(samples) {
                *pixel = [*a, *b, *c];
            }
        }
        [a, b, c, d] => {
            let samples = a.row(y).iter().zip(b.row(y)).zip(c.row(y).iter().zip(d.row(y)));
            for (pixel, ((a, b), (c, d))) in row.as_chunks_mut().0.iter_mut().zip(samples) {
                *pixel = [*a, *b, *c, *d];
            }
        }
        _ => {
            for (c, plane) in planes.iter().enumerate() {
                let to = row.iter_mut().skip(c).step_by(planes.len());
                to.zip(plane.row(y)).for_each(|(to, sample)| *to = *sample);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Smooth shapes, edges and fine texture.
    fn photo(layout: Layout, side: usize) -> Picture {
        let sample = |c: usize| {
            (0..side * side)
                .map(|i| {
                    let (x, y) = ((i % side) as f64, (i / side) as f64);
                    let scale = side as f64 / 100.0;
                    let shapes = (x / (9.0 * scale)).sin() * (y / (13.0 * scale)).cos();
                    let edge = if (x + y * (c + 1) as f64) % (31.0 * scale) < 12.0 * scale {
                        60.0
                    } else {
                        0.0
                    };
                    let texture = 30.0 * (x * 0.9 + c as f64).sin() * (y * 1.1).sin();
                    let value = 100.0 + 60.0 * shapes + edge + texture;
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a sample"
                    )]
                    let value = value.clamp(0.0, 255.0) as u8;
                    value
                })
                .collect()
        };
        let planes = (0..layout.channels())
            .map(|c| Plane { width: side, height: side, samples: sample(c) })
            .collect();
        let size = Size::new(u32::try_from(side).unwrap(), u32::try_from(side).unwrap());
        Picture { full: size, size, layout, planes, profile: Profile::Srgb }
    }

    /// The mean and the greatest difference of samples.
    fn difference(a: &Picture, b: &Picture) -> (f64, u8) {
        let samples = |picture: &Picture| -> Vec<u8> {
            picture.planes.iter().flat_map(|plane| plane.samples.clone()).collect()
        };
        let (a, b) = (samples(a), samples(b));
        assert_eq!(a.len(), b.len());
        let all: Vec<u8> = a.iter().zip(&b).map(|(a, b)| a.abs_diff(*b)).collect();
        let sum: f64 = all.iter().map(|difference| f64::from(*difference)).sum();
        (sum / all.len() as f64, all.iter().copied().max().unwrap_or(0))
    }

    #[test]
    fn a_picture_from_a_larger_rendition_is_that_from_the_original() {
        for layout in [Layout::Grey, Layout::Rgb, Layout::YCbCr, Layout::Rgba] {
            let original = photo(layout, 900);
            let size = |side| Size::new(side, side);
            for (first, second) in [(400, 200), (400, 150), (600, 200), (800, 100)] {
                assert!(is_exact_enough(size(first), size(second)));
                let cpu = Cpu::detect();
                let direct = shrunk(cpu, &original, size(second)).unwrap();
                let larger = shrunk(cpu, &original, size(first)).unwrap();
                let chained = shrunk(cpu, &larger, size(second)).unwrap();
                let (mean, most) = difference(&direct, &chained);
                assert!(mean < 1.0 && most <= 16, "{layout:?} {first} {second}: {mean} {most}");
            }
        }
        assert!(!is_exact_enough(Size::new(399, 400), Size::new(200, 200)));
    }

    #[test]
    fn chroma_of_fewer_pixels_is_fitted_too() {
        let mut picture = photo(Layout::YCbCr, 400);
        let small = photo(Layout::YCbCr, 200);
        for c in 1..3 {
            picture.planes[c] = small.planes[c].clone();
        }
        let size = Size::new(150, 150);
        let shrunk = shrunk(Cpu::detect(), &picture, size).unwrap();
        assert!(shrunk.planes.iter().all(|plane| (plane.width, plane.height) == (150, 150)));
    }
}

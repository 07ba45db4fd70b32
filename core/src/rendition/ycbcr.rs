//! The matrix of JFIF between RGB and YCbCr.

use super::kernel::{Cpu, kernel};
use super::picture::{Layout, Picture, Plane};

/// A picture in RGB, if it is in YCbCr. Chroma of fewer pixels is repeated.
pub(super) fn to_rgb(mut picture: Picture) -> Picture {
    if picture.layout != Layout::YCbCr {
        return picture;
    }
    let [y, cb, cr] = &mut picture.planes[..] else { return picture };
    let (width, height) = (y.width, y.height);
    let (cb, cr) = (enlarged(cb, width, height), enlarged(cr, width, height));
    let mut planes = [const { Vec::new() }; 3];
    for ((y, cb), cr) in y.samples.iter().zip(&cb.samples).zip(&cr.samples) {
        for (plane, value) in planes.iter_mut().zip(pixel_to_rgb(*y, *cb, *cr)) {
            plane.push(value);
        }
    }
    picture.planes = planes.into_iter().map(|samples| Plane { width, height, samples }).collect();
    picture.layout = Layout::Rgb;
    picture
}

fn enlarged(plane: &mut Plane, width: usize, height: usize) -> Plane {
    let plane = std::mem::replace(plane, Plane::new(0, 0));
    if plane.width == width && plane.height == height {
        return plane;
    }
    let at = |y: usize, x: usize| {
        let (x, y) = (x * plane.width / width.max(1), y * plane.height / height.max(1));
        plane.samples.get(y * plane.width + x).copied().unwrap_or(128)
    };
    let samples = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
    Plane { width, height, samples: samples.map(|(y, x)| at(y, x)).collect() }
}

/// JFIF 1.02, page 4, in units of 1 / 65536.
pub(super) fn pixel_to_rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + 91_881 * cr;
    let green = y - 22_554 * cb - 46_802 * cr;
    let blue = y + 116_130 * cb;
    [red, green, blue].map(|value| ((value + (1 << 15)) >> 16).clamp(0, 255).to_le_bytes()[0])
}

/// A picture in YCbCr, if it is in RGB.
pub(super) fn from_rgb(cpu: Cpu, mut picture: Picture) -> Picture {
    if picture.layout != Layout::Rgb {
        return picture;
    }
    let [red, green, blue] = &mut picture.planes[..] else { return picture };
    convert(cpu, &mut red.samples, &mut green.samples, &mut blue.samples);
    picture.layout = Layout::YCbCr;
    picture
}

/// Pixels that are converted at once.
const LANES: usize = 16;

kernel! {
    /// Replaces red, green and blue by luma and the two of chroma.
    fn convert(red: &mut [u8], green: &mut [u8], blue: &mut [u8]) = convert_lanes
}

#[inline(always)]
fn convert_lanes(red: &mut [u8], green: &mut [u8], blue: &mut [u8]) {
    let (reds, red_rest) = red.as_chunks_mut();
    let (greens, green_rest) = green.as_chunks_mut();
    let (blues, blue_rest) = blue.as_chunks_mut();
    for ((red, green), blue) in reds.iter_mut().zip(greens).zip(blues) {
        convert_chunk(red, green, blue);
    }
    let rest = red_rest.iter_mut().zip(green_rest).zip(blue_rest);
    for ((red, green), blue) in rest {
        let mut lanes = [[*red; LANES], [*green; LANES], [*blue; LANES]];
        let [reds, greens, blues] = &mut lanes;
        convert_chunk(reds, greens, blues);
        (*red, *green, *blue) = (reds[0], greens[0], blues[0]);
    }
}

/// JFIF 1.02, page 3, in units of 1 / 65536. The factors of a channel of chroma add up to 0, so that half a unit
/// less than a half makes 255 the greatest result.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
#[expect(clippy::indexing_slicing, reason = "lanes, by constants")]
fn convert_chunk(red: &mut [u8; LANES], green: &mut [u8; LANES], blue: &mut [u8; LANES]) {
    for l in 0..LANES {
        let (r, g, b) = (i32::from(red[l]), i32::from(green[l]), i32::from(blue[l]));
        red[l] = ((19_595 * r + 38_470 * g + 7_471 * b + (1 << 15)) >> 16) as u8;
        let centre = (128 << 16) + (1 << 15) - 1;
        green[l] = ((32_768 * b - 11_059 * r - 21_709 * g + centre) >> 16) as u8;
        blue[l] = ((32_768 * r - 27_439 * g - 5_329 * b + centre) >> 16) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::rendition::picture::Profile;

    fn picture(pixels: &[[u8; 3]]) -> Picture {
        let plane = |c: usize| Plane {
            width: pixels.len(),
            height: 1,
            samples: pixels.iter().map(|pixel| pixel[c]).collect(),
        };
        let size = Size::new(u32::try_from(pixels.len()).unwrap(), 1);
        let planes = vec![plane(0), plane(1), plane(2)];
        Picture { full: size, size, layout: Layout::Rgb, planes, profile: Profile::Srgb }
    }

    #[test]
    fn the_primaries() {
        assert_eq!(pixel_to_rgb(76, 85, 255), [254, 0, 0]);
        assert_eq!(pixel_to_rgb(255, 128, 128), [255, 255, 255]);
        assert_eq!(pixel_to_rgb(0, 128, 128), [0, 0, 0]);
    }

    #[test]
    fn every_colour_is_the_nearest() {
        let levels = (0..=255).step_by(5);
        let pixels: Vec<[u8; 3]> = levels
            .clone()
            .flat_map(|r| levels.clone().map(move |g| (r, g)))
            .flat_map(|(r, g)| levels.clone().map(move |b| [r, g, b]))
            .chain([[255, 0, 0]])
            .collect();
        for cpu in [Cpu::detect(), Cpu::baseline()] {
            let converted = from_rgb(cpu, picture(&pixels));
            assert_eq!(converted.layout, Layout::YCbCr);
            for (i, pixel) in pixels.iter().enumerate() {
                let [r, g, b] = pixel.map(f64::from);
                let y = 0.299 * r + 0.587 * g + 0.114 * b;
                let exact = [y, (b - y) / 1.772 + 128.0, (r - y) / 1.402 + 128.0];
                for (plane, exact) in converted.planes.iter().zip(exact) {
                    let ours = f64::from(plane.samples[i]);
                    let error = (ours - exact.min(255.0)).abs();
                    assert!(error <= 0.502, "{pixel:?}: {ours} {exact}");
                }
            }
            let back = to_rgb(converted);
            for (i, pixel) in pixels.iter().enumerate() {
                for (plane, sample) in back.planes.iter().zip(pixel) {
                    assert!(plane.samples[i].abs_diff(*sample) <= 1, "{pixel:?}");
                }
            }
        }
    }
}

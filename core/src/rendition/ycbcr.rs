//! The matrix of JFIF between RGB and YCbCr.

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
fn pixel_to_rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let red = y + 91_881 * cr;
    let green = y - 22_554 * cb - 46_802 * cr;
    let blue = y + 116_130 * cb;
    [red, green, blue].map(|value| ((value + (1 << 15)) >> 16).clamp(0, 255).to_le_bytes()[0])
}

//! From a page's samples to the values of its layout.

use super::fields::tag;
use super::page::Page;
use super::photometric::{Alpha, Photometric};

impl Page<'_> {
    /// The values of the layout, from the kept samples of all pixels.
    pub(super) fn to_colours(&self, mut pixels: Vec<u8>) -> Vec<u8> {
        match self.photometric {
            Photometric::WhiteIsZero => {
                pixels.iter_mut().step_by(self.kept).for_each(|value| *value = 255 - *value);
            }
            Photometric::Palette => pixels = self.look_up(&pixels),
            Photometric::YCbCr if !self.compression.is_jpeg() => {
                let coefficients = self.fields.three_fractions(tag::YCBCR_COEFFICIENTS);
                let coefficients = coefficients.unwrap_or([0.299, 0.587, 0.114]);
                for pixel in pixels.chunks_exact_mut(self.kept) {
                    if let [y, cb, cr, ..] = pixel {
                        [*y, *cb, *cr] = ycbcr_to_rgb([*y, *cb, *cr], coefficients);
                    }
                }
            }
            Photometric::Lab { signed } => {
                for pixel in pixels.chunks_exact_mut(self.kept) {
                    if let [l, a, b, ..] = pixel {
                        [*l, *a, *b] = lab_to_srgb([*l, *a, *b], signed);
                    }
                }
            }
            _ => {}
        }
        if self.alpha == Alpha::Associated {
            pixels.chunks_exact_mut(self.kept).for_each(divide_by_alpha);
        }
        pixels
    }

    /// Colours from the `ColorMap`: all reds, all greens, all blues, 16 bits each.
    fn look_up(&self, indices: &[u8]) -> Vec<u8> {
        let map: Vec<u64> = self.fields.integers(tag::COLOUR_MAP).take(3 * 256).collect();
        // Some writers use 8-bit values.
        let shift = if map.iter().all(|&v| v < 256) { 0 } else { 8 };
        let third = map.len() / 3;
        let mut colours = [[0; 3]; 256];
        for (index, colour) in colours.iter_mut().enumerate().take(third) {
            for (channel, value) in colour.iter_mut().enumerate() {
                let entry = map.get(channel * third + index).copied().unwrap_or_default();
                *value = (entry >> shift).to_le_bytes()[0];
            }
        }
        let colour = |&i: &u8| colours.get(usize::from(i)).copied().unwrap_or_default();
        indices.iter().flat_map(colour).collect()
    }
}

/// Colours that are multiplied by alpha, to ones that are not. The alpha comes last.
fn divide_by_alpha(pixel: &mut [u8]) {
    let Some((&mut alpha, colours)) = pixel.split_last_mut() else { return };
    for value in colours {
        let divided = (u32::from(*value) * 255 + u32::from(alpha) / 2).checked_div(alpha.into());
        *value = divided.map_or(0, |value| value.min(255).to_le_bytes()[0]);
    }
}

/// By the luma coefficients of the file.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3], [red, green, blue]: [f32; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let r = y + cr * (2.0 - 2.0 * red);
    let b = y + cb * (2.0 - 2.0 * blue);
    let g = (y - red * r - blue * b) / green;
    [r, g, b].map(to_byte)
}

/// CIE L*a*b* of D50 to sRGB, through XYZ and Bradford's matrix to D65.
fn lab_to_srgb([l, a, b]: [u8; 3], signed: bool) -> [u8; 3] {
    let offset = |v: u8| {
        if signed { f32::from(v.cast_signed()) } else { f32::from(v) - 128.0 }
    };
    let fy = (f32::from(l) / 2.55 + 16.0) / 116.0;
    let (fx, fz) = (fy + offset(a) / 500.0, fy - offset(b) / 200.0);
    let cube = |t: f32| if t > 6.0 / 29.0 { t * t * t } else { (t - 16.0 / 116.0) / 7.787_037 };
    let (x, y, z) = (0.9642 * cube(fx), cube(fy), 0.8249 * cube(fz));
    let linear = [
        3.133_856 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ];
    linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        to_byte(
            255.0 * if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 },
        )
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn to_byte(value: f32) -> u8 {
    (value + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lab_landmarks() {
        assert_eq!(lab_to_srgb([255, 128, 128], false), [255, 255, 255]);
        assert_eq!(lab_to_srgb([0, 0, 0], true), [0, 0, 0]);
        // sRGB red is L* 54.3, a* 80.8, b* 69.9 under D50.
        let [r, g, b] = lab_to_srgb([138, 81, 70], true);
        assert!(r > 250 && g < 12 && b < 12, "{r} {g} {b}");
    }

    #[test]
    fn ycbcr_landmarks() {
        let bt601 = [0.299, 0.587, 0.114];
        assert_eq!(ycbcr_to_rgb([255, 128, 128], bt601), [255, 255, 255]);
        assert_eq!(ycbcr_to_rgb([76, 85, 255], bt601), [254, 0, 0]);
    }
}

//! From a page's samples to the values of its layout.

use super::fields::{Fields, tag};
use super::page::Page;
use super::photometric::Photometric;
use crate::rendition::lab;

/// Converts rows.
pub(super) struct Colours {
    conversion: Conversion,
    /// Samples of a pixel.
    samples: usize,
    has_alpha: bool,
    /// Whether the colours are multiplied by alpha.
    is_associated: bool,
    /// The converted row.
    out: Vec<u8>,
}

enum Conversion {
    None,
    Inverted,
    Palette(Box<Palette>),
    YCbCr(Box<YCbCr>),
    Lab { signed: bool },
}

impl Colours {
    pub(super) fn new(page: &Page<'_>) -> Self {
        let conversion = match page.photometric {
            Photometric::WhiteIsZero => Conversion::Inverted,
            Photometric::Palette => {
                Conversion::Palette(Box::new(Palette::read(&page.fields, page.samples.bits)))
            }
            Photometric::YCbCr if !page.compression.is_jpeg() => {
                Conversion::YCbCr(Box::new(YCbCr::read(&page.fields)))
            }
            Photometric::Lab { signed } => Conversion::Lab { signed },
            _ => Conversion::None,
        };
        Self {
            conversion,
            samples: page.kept,
            has_alpha: page.alpha.is_some(),
            is_associated: page.alpha.is_some_and(|alpha| alpha.is_associated),
            out: Vec::new(),
        }
    }

    /// The values of the layout, from the kept samples of a row.
    pub(super) fn convert<'r>(&'r mut self, row: &'r [u8]) -> &'r [u8] {
        if matches!(self.conversion, Conversion::None) && !self.is_associated {
            return row;
        }
        self.out.clear();
        if let Conversion::Palette(palette) = &self.conversion {
            palette.look_up(row, self.has_alpha, &mut self.out);
        } else {
            self.out.extend_from_slice(row);
        }
        match &self.conversion {
            Conversion::None | Conversion::Palette(_) => {}
            Conversion::Inverted => {
                self.out.iter_mut().step_by(self.samples).for_each(|value| *value = 255 - *value);
            }
            Conversion::YCbCr(tables) => {
                for pixel in self.out.chunks_exact_mut(self.samples) {
                    if let [y, cb, cr, ..] = pixel {
                        [*y, *cb, *cr] = tables.to_rgb([*y, *cb, *cr]);
                    }
                }
            }
            Conversion::Lab { signed } => {
                for pixel in self.out.chunks_exact_mut(self.samples) {
                    if let [l, a, b, ..] = pixel {
                        [*l, *a, *b] = lab_to_srgb([*l, *a, *b], *signed);
                    }
                }
            }
        }
        if self.is_associated {
            let is_palette = matches!(self.conversion, Conversion::Palette(_));
            let channels = if is_palette { 4 } else { self.samples };
            self.out.chunks_exact_mut(channels).for_each(divide_by_alpha);
        }
        &self.out
    }
}

/// The `ColorMap`: all reds, all greens, all blues, 16 bits each.
struct Palette {
    colours: Vec<[u8; 3]>,
    /// The 8-bit value of an alpha, which has as many bits as an index of at most 8.
    alphas: [u8; 256],
    /// Whether an index is two bytes.
    is_wide: bool,
}

impl Palette {
    /// Of indices of `bits` bits, at most 16.
    fn read(fields: &Fields<'_>, bits: usize) -> Self {
        let count = 1_usize << bits.clamp(8, 16);
        let map: Vec<u64> = fields.integers(tag::COLOUR_MAP).take(3 * count).collect();
        // Some writers use 8-bit values.
        let shift = if map.iter().all(|&v| v < 256) { 0 } else { 8 };
        let third = map.len() / 3;
        let mut palette =
            Self { colours: vec![[0; 3]; count], alphas: [0; 256], is_wide: bits > 8 };
        for (index, colour) in palette.colours.iter_mut().enumerate().take(third) {
            for (channel, value) in colour.iter_mut().enumerate() {
                let entry = map.get(channel * third + index).copied().unwrap_or_default();
                *value = (entry >> shift).to_le_bytes()[0];
            }
        }
        let most = (1_usize << bits.clamp(1, 8)) - 1;
        for (value, alpha) in palette.alphas.iter_mut().enumerate() {
            *alpha = ((value.min(most) * 255 + most / 2) / most).to_le_bytes()[0];
        }
        palette
    }

    fn look_up(&self, row: &[u8], has_alpha: bool, out: &mut Vec<u8>) {
        let colour = |index: u16| self.colours.get(usize::from(index)).copied().unwrap_or_default();
        if self.is_wide {
            out.extend(row.as_chunks().0.iter().flat_map(|&pair| colour(u16::from_be_bytes(pair))));
        } else if has_alpha {
            for &[index, alpha] in row.as_chunks().0 {
                out.extend(colour(index.into()));
                out.push(self.alphas.get(usize::from(alpha)).copied().unwrap_or_default());
            }
        } else {
            out.extend(row.iter().flat_map(|&index| colour(index.into())));
        }
    }
}

/// What each sample of a pixel adds to its colours (TIFF 6.0, section 21).
struct YCbCr {
    y: [f32; 256],
    red_of_cr: [f32; 256],
    blue_of_cb: [f32; 256],
    green_of_cr: [f32; 256],
    green_of_cb: [f32; 256],
}

impl YCbCr {
    /// Of the fields of the file, or their defaults where they make no sense.
    fn read(fields: &Fields<'_>) -> Self {
        let luma = fields.fractions(tag::YCBCR_COEFFICIENTS);
        let luma = luma.filter(|&[_, green, _]| green > 0.0).unwrap_or([0.299, 0.587, 0.114]);
        let range = fields.fractions(tag::REFERENCE_BLACK_WHITE);
        let makes_sense = |range: &[f32; 6]| {
            let &[y0, y1, cb0, cb1, cr0, cr1] = range;
            y0 < y1 && cb0 < cb1 && cr0 < cr1
        };
        let range = range.filter(makes_sense);
        Self::new(luma, range.unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]))
    }

    /// `luma`: the shares of red, green and blue. `range`: for each of Y, Cb, Cr the sample of black, or of no
    /// chroma, and that of white, or of the most chroma.
    fn new([red, green, blue]: [f32; 3], range: [f32; 6]) -> Self {
        let [y0, y1, cb0, cb1, cr0, cr1] = range;
        let table = |f: &dyn Fn(f32) -> f32| {
            let mut table = [0.0; 256];
            for (value, entry) in (0..=u8::MAX).zip(&mut table) {
                *entry = f(value.into());
            }
            table
        };
        let cb = |v: f32| (v - cb0) * 127.0 / (cb1 - cb0);
        let cr = |v: f32| (v - cr0) * 127.0 / (cr1 - cr0);
        let (to_red, to_blue) = (2.0 - 2.0 * red, 2.0 - 2.0 * blue);
        Self {
            y: table(&|v| (v - y0) * 255.0 / (y1 - y0)),
            red_of_cr: table(&|v| cr(v) * to_red),
            blue_of_cb: table(&|v| cb(v) * to_blue),
            green_of_cr: table(&|v| -cr(v) * to_red * red / green),
            green_of_cb: table(&|v| -cb(v) * to_blue * blue / green),
        }
    }

    fn to_rgb(&self, [y, cb, cr]: [u8; 3]) -> [u8; 3] {
        let of = |table: &[f32; 256], value: u8| {
            table.get(usize::from(value)).copied().unwrap_or_default()
        };
        let luma = of(&self.y, y);
        [
            luma + of(&self.red_of_cr, cr),
            luma + of(&self.green_of_cr, cr) + of(&self.green_of_cb, cb),
            luma + of(&self.blue_of_cb, cb),
        ]
        .map(to_byte)
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

/// L*a*b* of 8 bits, with a* and b* signed or centred on 128, to sRGB.
fn lab_to_srgb([l, a, b]: [u8; 3], signed: bool) -> [u8; 3] {
    let offset = |v: u8| {
        if signed { f32::from(v.cast_signed()) } else { f32::from(v) - 128.0 }
    };
    lab::to_srgb(l, offset(a), offset(b))
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
        let full = YCbCr::new(bt601, [0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
        assert_eq!(full.to_rgb([255, 128, 128]), [255, 255, 255]);
        assert_eq!(full.to_rgb([76, 85, 255]), [254, 0, 0]);
        let video = YCbCr::new(bt601, [16.0, 235.0, 128.0, 240.0, 128.0, 240.0]);
        assert_eq!(video.to_rgb([16, 128, 128]), [0, 0, 0]);
        assert_eq!(video.to_rgb([235, 128, 128]), [255, 255, 255]);
    }
}

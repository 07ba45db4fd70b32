//! From luma and chroma to the values of pixels: matrix and range (ITU-T H.273 section 8.3), and the light of HDR.

#![allow(clippy::indexing_slicing, reason = "lanes, by constants")]

use super::hdr::Curve;
use super::nclx::Nclx;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::{Cpu, kernel};

/// Bits behind the point of [`Matrix`]'s factors.
const SHIFT: u32 = 16;
/// Pixels that are converted at once.
const LANES: usize = 16;
/// The greatest value that a curve of light takes.
pub(super) const CURVE_MAX: u16 = 1023;

/// How samples of luma and chroma become values.
pub(super) struct Conversion {
    colours: Colours,
    /// Of grey pictures and of alpha planes: the value of each sample.
    greys: Vec<u8>,
    /// What HDR's values become.
    curve: Option<Curve>,
}

enum Colours {
    /// By factors.
    Matrix(Matrix),
    /// The planes are green, blue and red.
    Identity,
    /// Luma, and differences of green and of orange.
    YCgCo,
}

/// Factors of samples, in units of 1 / 2 ^ SHIFT of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix {
    luma: i32,
    /// What luma's and chroma's zero is in samples.
    luma_zero: i32,
    chroma_zero: i32,
    red_cr: i32,
    green_cb: i32,
    green_cr: i32,
    blue_cb: i32,
}

impl Conversion {
    /// For samples of `bits` bits, of planes of chroma if `has_chroma`.
    pub(super) fn new(colour: Nclx, bits: u32, has_chroma: bool) -> Result<Self, DecodeError> {
        let curve = Curve::new(colour.transfer);
        if !has_chroma {
            let greys = greys(colour.full_range, bits, curve.as_ref());
            return Ok(Self { colours: Colours::Identity, greys, curve: None });
        }
        let (red, blue) = match colour.matrix {
            0 => return Ok(Self::without_matrix(Colours::Identity, colour, bits, curve)),
            8 => return Ok(Self::without_matrix(Colours::YCgCo, colour, bits, curve)),
            1 => (0.2126, 0.0722),
            // Unspecified as well: what libheif and MIAF take for it.
            2 | 5 | 6 => (0.299, 0.114),
            4 => (0.30, 0.11),
            7 => (0.212, 0.087),
            9 | 10 => (0.2627, 0.0593),
            // Derived from the primaries.
            12 | 13 => match colour.primaries {
                9 => (0.2627, 0.0593),
                11 | 12 => (0.228_975, 0.079_287),
                _ => (0.2126, 0.0722),
            },
            matrix => {
                let reason = format!("colours by matrix {matrix} of H.273");
                return Err(DecodeError::unsupported(reason));
            }
        };
        let most = if curve.is_some() { f64::from(CURVE_MAX) } else { 255.0 };
        let matrix = Matrix::new(red, blue, colour.full_range, bits, most);
        Ok(Self { colours: Colours::Matrix(matrix), greys: Vec::new(), curve })
    }

    fn without_matrix(colours: Colours, colour: Nclx, bits: u32, curve: Option<Curve>) -> Self {
        // These are converted value by value.
        Self { colours, greys: greys(colour.full_range, bits, None), curve }
    }

    /// The values of an alpha plane: all samples are used, whatever the bit stream states, as in libheif.
    pub(super) fn of_alpha(bits: u32) -> Self {
        Self { colours: Colours::Identity, greys: greys(true, bits, None), curve: None }
    }

    /// A row of grey.
    pub(super) fn grey(&self, luma: &[u16], row: &mut [u8]) {
        for (value, &sample) in row.iter_mut().zip(luma) {
            *value = self.grey_of(sample);
        }
    }

    fn grey_of(&self, sample: u16) -> u8 {
        self.greys.get(usize::from(sample)).or(self.greys.last()).copied().unwrap_or_default()
    }

    /// A row of red, green and blue, of planes that are at least as wide as the row.
    pub(super) fn rgb(&self, cpu: Cpu, planes: [&[u16]; 3], row: &mut [u8]) {
        let pixels = row.as_chunks_mut::<3>().0;
        let [luma, cb, cr] = planes.map(|plane| plane.get(..pixels.len()).unwrap_or(plane));
        let samples = luma.iter().zip(cb).zip(cr);
        match (&self.colours, &self.curve) {
            (Colours::Matrix(matrix), None) => matrix_rows(cpu, luma, cb, cr, matrix, row),
            (Colours::Matrix(matrix), Some(curve)) => {
                for (pixel, ((&y, &cb), &cr)) in pixels.iter_mut().zip(samples) {
                    let values = matrix.pixel(y.into(), cb.into(), cr.into());
                    *pixel = values.map(|value| curve.value(value));
                }
            }
            (Colours::Identity, curve) => {
                for (pixel, ((&green, &blue), &red)) in pixels.iter_mut().zip(samples) {
                    *pixel = [red, green, blue].map(|sample| self.grey_of(sample));
                    if let Some(curve) = curve {
                        *pixel = pixel.map(|value| curve.value(i32::from(value) * 4));
                    }
                }
            }
            (Colours::YCgCo, curve) => {
                for (pixel, ((&y, &cg), &co)) in pixels.iter_mut().zip(samples) {
                    let [y, cg, co] = [y, cg, co].map(|sample| i32::from(self.grey_of(sample)));
                    let (cg, co) = (cg - 128, co - 128);
                    let values = [y - cg + co, y + cg, y - cg - co];
                    *pixel = values.map(|value| value.clamp(0, 255).to_le_bytes()[0]);
                    if let Some(curve) = curve {
                        *pixel = pixel.map(|value| curve.value(i32::from(value) * 4));
                    }
                }
            }
        }
    }
}

/// The value of each grey sample.
fn greys(full_range: bool, bits: u32, curve: Option<&Curve>) -> Vec<u8> {
    let count = 1_u32 << bits.min(16);
    let (zero, span) = if full_range {
        (0.0, f64::from(count - 1))
    } else {
        let unit = f64::from(count) / 256.0;
        (16.0 * unit, 219.0 * unit)
    };
    let value = |sample: u32| {
        let level = ((f64::from(sample) - zero) / span).clamp(0.0, 1.0);
        match curve {
            Some(curve) => curve.value(rounded(level * f64::from(CURVE_MAX))),
            None => rounded(level * 255.0).to_le_bytes()[0],
        }
    };
    (0..count).map(value).collect()
}

impl Matrix {
    /// By the shares of red and blue in luma, for values of 0 ..= `most`.
    fn new(red: f64, blue: f64, full_range: bool, bits: u32, most: f64) -> Self {
        let count = f64::from(1_u32 << bits.min(16));
        let (zero, luma, chroma) = if full_range {
            (0.0, count - 1.0, count - 1.0)
        } else {
            let unit = count / 256.0;
            (16.0 * unit, 219.0 * unit, 224.0 * unit)
        };
        let factor = |share: f64, span: f64| rounded(share * most / span * f64::from(1 << SHIFT));
        let green = 1.0 - red - blue;
        Self {
            luma: factor(1.0, luma),
            luma_zero: rounded(zero),
            chroma_zero: rounded(count / 2.0),
            red_cr: factor(2.0 * (1.0 - red), chroma),
            green_cb: factor(-2.0 * (1.0 - blue) * blue / green, chroma),
            green_cr: factor(-2.0 * (1.0 - red) * red / green, chroma),
            blue_cb: factor(2.0 * (1.0 - blue), chroma),
        }
    }

    #[inline(always)]
    fn pixel(&self, luma: i32, cb: i32, cr: i32) -> [i32; 3] {
        let luma = self.luma * (luma - self.luma_zero) + (1 << (SHIFT - 1));
        let (cb, cr) = (cb - self.chroma_zero, cr - self.chroma_zero);
        [
            (luma + self.red_cr * cr) >> SHIFT,
            (luma + self.green_cb * cb + self.green_cr * cr) >> SHIFT,
            (luma + self.blue_cb * cb) >> SHIFT,
        ]
    }
}

fn rounded(value: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; values are small")]
    let value = value.round() as i32;
    value
}

kernel! {
    /// [`Conversion::rgb`] by a matrix.
    fn matrix_rows(luma: &[u16], cb: &[u16], cr: &[u16], matrix: &Matrix, row: &mut [u8])
        = matrix_lanes
}

#[inline(always)]
fn matrix_lanes(luma: &[u16], cb: &[u16], cr: &[u16], matrix: &Matrix, row: &mut [u8]) {
    let (lumas, luma_rest) = luma.as_chunks::<LANES>();
    let (cbs, cb_rest) = cb.as_chunks::<LANES>();
    let (crs, cr_rest) = cr.as_chunks::<LANES>();
    let pixels = row.as_chunks_mut::<3>().0;
    let (chunks, rest) = pixels.as_chunks_mut::<LANES>();
    for ((pixels, luma), (cb, cr)) in chunks.iter_mut().zip(lumas).zip(cbs.iter().zip(crs)) {
        let mut values = [[0_u8; LANES]; 3];
        for l in 0..LANES {
            let [red, green, blue] = matrix.pixel(luma[l].into(), cb[l].into(), cr[l].into());
            values[0][l] = red.clamp(0, 255).to_le_bytes()[0];
            values[1][l] = green.clamp(0, 255).to_le_bytes()[0];
            values[2][l] = blue.clamp(0, 255).to_le_bytes()[0];
        }
        for l in 0..LANES {
            pixels[l] = [values[0][l], values[1][l], values[2][l]];
        }
    }
    let samples = luma_rest.iter().zip(cb_rest).zip(cr_rest);
    for (pixel, ((luma, cb), cr)) in rest.iter_mut().zip(samples) {
        let values = matrix.pixel((*luma).into(), (*cb).into(), (*cr).into());
        *pixel = values.map(|value| value.clamp(0, 255).to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rgb(matrix: u32, full_range: bool, bits: u32, pixel: [u16; 3]) -> [u8; 3] {
        let colour = Nclx { matrix, full_range, ..Nclx::UNSPECIFIED };
        let conversion = Conversion::new(colour, bits, true).unwrap();
        let planes = pixel.map(|sample| vec![sample; 17]);
        let mut row = [0; 51];
        conversion.rgb(Cpu::detect(), [&planes[0], &planes[1], &planes[2]], &mut row);
        let first = [row[0], row[1], row[2]];
        assert!(row.chunks(3).all(|pixel| pixel == first), "lanes and the rest differ");
        first
    }

    /// Of the colours red, white and black by the formulas of H.273.
    #[test]
    fn matrices_and_ranges() {
        assert_eq!(rgb(6, true, 8, [76, 85, 255]), [254, 0, 0]);
        assert_eq!(rgb(6, false, 8, [81, 90, 240]), [254, 0, 0]);
        assert_eq!(rgb(1, false, 8, [63, 102, 240]), [255, 1, 0]);
        assert_eq!(rgb(9, false, 10, [294, 387, 960]), [255, 0, 0]);
        for (full_range, black, white) in [(true, 0, 1023), (false, 64, 940)] {
            assert_eq!(rgb(1, full_range, 10, [white, 512, 512]), [255; 3]);
            assert_eq!(rgb(1, full_range, 10, [black, 512, 512]), [0; 3]);
        }
        assert_eq!(rgb(0, true, 8, [10, 20, 30]), [30, 10, 20]);
        assert_eq!(rgb(8, true, 8, [100, 138, 133]), [95, 110, 85]);
        assert!(Conversion::new(Nclx { matrix: 14, ..Nclx::UNSPECIFIED }, 8, true).is_err());
    }

    #[test]
    fn greys_of_both_ranges() {
        let shown = |full_range, bits, samples: &[u16]| {
            let colour = Nclx { full_range, ..Nclx::UNSPECIFIED };
            let mut row = vec![0; samples.len()];
            Conversion::new(colour, bits, false).unwrap().grey(samples, &mut row);
            row
        };
        assert_eq!(shown(true, 8, &[0, 128, 255]), [0, 128, 255]);
        assert_eq!(shown(false, 8, &[0, 16, 126, 235, 255]), [0, 0, 128, 255, 255]);
        assert_eq!(shown(true, 12, &[0, 2056, 4095, 9999]), [0, 128, 255, 255]);
    }
}

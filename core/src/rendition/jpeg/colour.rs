//! What the components of a JPEG mean.

use crate::rendition::picture::{Layout, Plane};
use crate::rendition::ycbcr::pixel_to_rgb;

/// What the components mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Grey,
    YCbCr,
    Rgb,
    /// Inverted, as Adobe writes it and viewers take all four-component JPEGs to be.
    Cmyk,
    Ycck,
    /// CMYK that is not inverted.
    Inks,
}

impl Colour {
    /// The layout of [`into_layout`](Self::into_layout).
    pub(super) fn layout(self) -> Layout {
        match self {
            Self::Grey => Layout::Grey,
            Self::YCbCr => Layout::YCbCr,
            Self::Rgb => Layout::Rgb,
            Self::Cmyk | Self::Ycck | Self::Inks => Layout::Cmyk,
        }
    }

    /// The planes of the components as those of the layout.
    pub(super) fn into_layout(self, mut planes: Vec<Plane>) -> Vec<Plane> {
        match (self, planes.as_mut_slice()) {
            (Self::Cmyk, planes) => planes.iter_mut().for_each(invert),
            (Self::Ycck, [y, cb, cr, black]) => {
                // YCC of the complement of inverted inks: the two cancel out.
                let chroma = cb.samples.iter_mut().zip(&mut cr.samples);
                for (y, (cb, cr)) in y.samples.iter_mut().zip(chroma) {
                    [*y, *cb, *cr] = pixel_to_rgb(*y, *cb, *cr);
                }
                invert(black);
            }
            _ => {}
        }
        planes
    }

    /// The pixels of planes of the same size: grey, with alpha or without, RGB or inks.
    pub(super) fn interleave(self, planes: Vec<Plane>) -> Vec<u8> {
        let planes = self.into_layout(planes);
        match planes.as_slice() {
            [grey] => grey.samples.clone(),
            [grey, alpha] => {
                let samples = grey.samples.iter().zip(&alpha.samples);
                samples.flat_map(|(&grey, &alpha)| [grey, alpha]).collect()
            }
            [first, second, third] => {
                let mut pixels = vec![[0; 3]; first.samples.len()];
                let samples = first.samples.iter().zip(&second.samples).zip(&third.samples);
                for (pixel, ((&a, &b), &c)) in pixels.iter_mut().zip(samples) {
                    *pixel = if self == Self::YCbCr { pixel_to_rgb(a, b, c) } else { [a, b, c] };
                }
                pixels.into_flattened()
            }
            [first, second, third, fourth] => {
                let mut pixels = vec![[0; 4]; first.samples.len()];
                let samples = first.samples.iter().zip(&second.samples).zip(&third.samples);
                for (pixel, (((&a, &b), &c), &d)) in
                    pixels.iter_mut().zip(samples.zip(&fourth.samples))
                {
                    *pixel = [a, b, c, d];
                }
                pixels.into_flattened()
            }
            _ => Vec::new(),
        }
    }
}

fn invert(plane: &mut Plane) {
    plane.samples.iter_mut().for_each(|sample| *sample = 255 - *sample);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_are_full_at_255() {
        let planes = |values: [u8; 4]| -> Vec<Plane> {
            values.map(|v| Plane { width: 1, height: 1, samples: vec![v] }).to_vec()
        };
        assert_eq!(Colour::Cmyk.interleave(planes([0, 255, 100, 200])), [255, 0, 155, 55]);
        assert_eq!(Colour::Inks.interleave(planes([0, 255, 100, 200])), [0, 255, 100, 200]);
        assert_eq!(Colour::Ycck.interleave(planes([76, 85, 255, 200])), [254, 0, 0, 55]);
    }
}

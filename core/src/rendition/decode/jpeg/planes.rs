//! From the planes of components to pixels: chroma upsampling and the YCbCr matrix.
//!
//! Upsampling is the triangle filter of libjpeg ("fancy upsampling"), which every browser uses.

use crate::rendition::picture::Layout;

/// The samples of one component.
pub(super) struct Plane {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
    /// Without the padding to whole blocks.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Pixels per sample across and down, as fractions.
    pub(super) across: (usize, usize),
    pub(super) down: (usize, usize),
}

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
    pub(super) fn layout(self) -> Layout {
        match self {
            Self::Grey => Layout::Grey,
            Self::YCbCr | Self::Rgb => Layout::Rgb,
            Self::Cmyk | Self::Ycck | Self::Inks => Layout::Cmyk,
        }
    }
}

/// Upsamples a component to full resolution.
struct Upsampler<'p> {
    plane: &'p Plane,
    kind: Kind,
    row: Vec<u8>,
    sums: Vec<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Whole,
    /// Triangle filter across, down or both.
    Triangle {
        across: bool,
        down: bool,
    },
    Nearest,
}

impl<'p> Upsampler<'p> {
    fn new(plane: &'p Plane, width: usize) -> Self {
        let is = |(pixels, samples): (usize, usize), factor| pixels == samples * factor;
        let (across, down) = (is(plane.across, 2), is(plane.down, 2));
        let kind = if is(plane.across, 1) && is(plane.down, 1) {
            Kind::Whole
        } else if (across || is(plane.across, 1))
            && (down || is(plane.down, 1))
            && (plane.width > 2 || !across)
        {
            Kind::Triangle { across, down }
        } else {
            Kind::Nearest
        };
        // One sample more than needed when the width is odd.
        let row = if kind == Kind::Whole { Vec::new() } else { vec![0; width.next_multiple_of(2)] };
        let sums = if kind == Kind::Whole { Vec::new() } else { vec![0; plane.width] };
        Self { plane, kind, row, sums }
    }

    fn samples(&self, y: usize) -> &'p [u8] {
        let y = y.min(self.plane.height.saturating_sub(1));
        self.plane.samples.get(y * self.plane.stride..).unwrap_or_default()
    }

    /// Row `y` of the picture, at full resolution.
    fn row(&mut self, y: usize) -> &[u8] {
        match self.kind {
            Kind::Whole => return self.samples(y),
            Kind::Nearest => {
                let scale = |at: usize, (pixels, samples): (usize, usize)| at * samples / pixels;
                let from = self.samples(scale(y, self.plane.down));
                for (x, to) in self.row.iter_mut().enumerate() {
                    let x = scale(x, self.plane.across).min(self.plane.width - 1);
                    *to = from.get(x).copied().unwrap_or_default();
                }
            }
            Kind::Triangle { across, down } => {
                let (near, far) = if down {
                    let near = y / 2;
                    let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { near + 1 };
                    (self.samples(near), self.samples(far))
                } else {
                    (self.samples(y), self.samples(y))
                };
                if down && !across {
                    // libjpeg's own rounding: up on odd rows, down on even ones.
                    let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                    for (to, (&near, &far)) in self.row.iter_mut().zip(near.iter().zip(far)) {
                        *to = byte((3 * u16::from(near) + u16::from(far) + bias) >> 2);
                    }
                } else {
                    for (sum, (&near, &far)) in self.sums.iter_mut().zip(near.iter().zip(far)) {
                        *sum =
                            if down { 3 * u16::from(near) + u16::from(far) } else { near.into() };
                    }
                    let (half, shift) = if down { ((8, 7), 4) } else { ((1, 2), 2) };
                    widen(&self.sums, &mut self.row, half, shift);
                }
            }
        }
        &self.row
    }
}

#[inline]
fn byte(value: u16) -> u8 {
    value.to_le_bytes()[0]
}

/// Doubles a row: each pixel is three parts of the near sample and one part of the far one.
fn widen(sums: &[u16], row: &mut [u8], half: (u16, u16), shift: u32) {
    let pixel = |near: u16, far: u16, half: u16| byte((3 * near + far + half) >> shift);
    let pairs = row.as_chunks_mut::<2>().0;
    if let (Some([left, _]), Some(&first)) = (pairs.first_mut(), sums.first()) {
        *left = pixel(first, first, half.0);
    }
    if let (Some([_, right]), Some(&last)) = (pairs.get_mut(sums.len() - 1), sums.last()) {
        *right = pixel(last, last, half.1);
    }
    let (before, after) = (sums, sums.get(1..).unwrap_or_default());
    for ([_, right], (&near, &far)) in pairs.iter_mut().zip(before.iter().zip(after)) {
        *right = pixel(near, far, half.1);
    }
    for ([left, _], (&far, &near)) in pairs.iter_mut().skip(1).zip(before.iter().zip(after)) {
        *left = pixel(near, far, half.0);
    }
}

/// The pixels of the picture.
pub(super) fn assemble(planes: &[Plane], width: usize, height: usize, colour: Colour) -> Vec<u8> {
    let channels = colour.layout().channels();
    let mut pixels = vec![0; width * height * channels];
    let mut rows: Vec<Upsampler<'_>> = planes.iter().map(|p| Upsampler::new(p, width)).collect();
    for (y, out) in pixels.chunks_exact_mut(width * channels).enumerate() {
        match (rows.as_mut_slice(), colour) {
            ([grey], _) => {
                out.iter_mut().zip(grey.row(y)).for_each(|(to, from)| *to = *from);
            }
            ([first, second, third], Colour::YCbCr) => {
                ycbcr_to_rgb(first.row(y), second.row(y), third.row(y), out.as_chunks_mut().0);
            }
            ([first, second, third], _) => {
                let samples = first.row(y).iter().zip(second.row(y)).zip(third.row(y));
                for (pixel, ((a, b), c)) in out.as_chunks_mut().0.iter_mut().zip(samples) {
                    *pixel = [*a, *b, *c];
                }
            }
            ([first, second, third, fourth], colour) => {
                let inks = first.row(y).iter().zip(second.row(y)).zip(third.row(y));
                let inks = inks.zip(fourth.row(y));
                for (pixel, (((&a, &b), &c), &k)) in out.as_chunks_mut().0.iter_mut().zip(inks) {
                    *pixel = match colour {
                        // YCC of the complement of inverted inks: the two cancel out.
                        Colour::Ycck => {
                            let [c, m, y] = rgb(a, b, c);
                            [c, m, y, 255 - k]
                        }
                        Colour::Inks => [a, b, c, k],
                        _ => [255 - a, 255 - b, 255 - c, 255 - k],
                    };
                }
            }
            _ => {}
        }
    }
    pixels
}

fn ycbcr_to_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [[u8; 3]]) {
    for (pixel, ((&y, &cb), &cr)) in out.iter_mut().zip(y.iter().zip(cb).zip(cr)) {
        *pixel = rgb(y, cb, cr);
    }
}

/// JFIF's matrix in 16-bit fixed point, rounded.
#[inline]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let y = (i32::from(y) << 16) + (1 << 15);
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let channel = |value: i32| (value >> 16).clamp(0, 255).to_le_bytes()[0];
    [channel(y + 91_881 * cr), channel(y - 22_554 * cb - 46_802 * cr), channel(y + 116_130 * cb)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(samples: &[u8], width: usize, across: usize, down: usize) -> Plane {
        Plane {
            samples: samples.to_vec(),
            stride: width,
            width,
            height: samples.len() / width,
            across: (across, 1),
            down: (down, 1),
        }
    }

    #[test]
    fn a_doubled_row_is_a_triangle_filter() {
        let plane = plane(&[0, 100, 200], 3, 2, 1);
        let mut up = Upsampler::new(&plane, 6);
        assert_eq!(up.row(0), [0, 25, 75, 125, 175, 200]);
        let mut odd = Upsampler::new(&plane, 5);
        assert_eq!(odd.row(0), [0, 25, 75, 125, 175, 200]);
    }

    #[test]
    fn a_flat_plane_stays_flat_both_ways() {
        for (across, down) in [(2, 2), (1, 2), (2, 1), (4, 1), (3, 3)] {
            let plane = plane(&[77; 12], 4, across, down);
            let mut up = Upsampler::new(&plane, 4 * across);
            for y in 0..3 * down {
                assert!(up.row(y).iter().all(|&v| v == 77), "{across}x{down}");
            }
        }
    }

    #[test]
    fn the_primaries() {
        assert_eq!(rgb(76, 85, 255), [254, 0, 0]);
        assert_eq!(rgb(255, 128, 128), [255, 255, 255]);
        assert_eq!(rgb(0, 128, 128), [0, 0, 0]);
    }
}

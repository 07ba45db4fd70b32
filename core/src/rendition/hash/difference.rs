//! The difference hash, as `dhash` of Python's `imagehash` computes it with Pillow.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples, and offsets in a picture of at most 100 pixels a side"
)]

use std::f64::consts::PI;

use super::Rgba;

/// Differences of a row of the hash, and rows.
const SIDE: usize = 8;

/// The bits, of the top row first: 1 where the next place to the right is brighter. Transparent places are white.
pub(super) fn hash(picture: &Rgba) -> u64 {
    let light: Vec<u8> = picture.pixels.iter().map(luma).collect();
    // As Pillow: across, rounded, then down.
    let across = Weights::new(picture.width, SIDE + 1);
    let rows: Vec<Vec<u8>> =
        light.chunks(picture.width.max(1)).map(|row| across.apply(row)).collect();
    let down = Weights::new(picture.height, SIDE);
    let columns: Vec<Vec<u8>> = (0..=SIDE)
        .map(|x| down.apply(&rows.iter().map(|row| at(row, x)).collect::<Vec<_>>()))
        .collect();
    let places = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    places.fold(0, |bits, (x, y)| {
        let light = |x: usize| columns.get(x).map_or(0, |column| at(column, y));
        bits << 1 | u64::from(light(x + 1) > light(x))
    })
}

fn at(samples: &[u8], index: usize) -> u8 {
    samples.get(index).copied().unwrap_or_default()
}

/// ITU-R BT.601, in the units of Pillow, on white.
fn luma(&[red, green, blue, alpha]: &[u8; 4]) -> u8 {
    let on_white = |sample: u8| {
        let (sample, alpha) = (u32::from(sample), u32::from(alpha));
        (sample * alpha + 255 * (255 - alpha) + 127) / 255
    };
    let [red, green, blue] = [red, green, blue].map(on_white);
    ((19_595 * red + 38_470 * green + 7_471 * blue + (1 << 15)) >> 16) as u8
}

/// Pillow's filter from some samples to fewer or more: Lanczos with three lobes.
struct Weights(Vec<Window>);

/// The first sample of a new one, and the weights in units of [`ONE`].
struct Window {
    start: usize,
    weights: Vec<i64>,
}

const BITS: u32 = 22;
const ONE: f64 = (1 << BITS) as f64;

impl Weights {
    fn new(samples: usize, target: usize) -> Self {
        let step = samples as f64 / target as f64;
        let width = step.max(1.0);
        let reach = 3.0 * width;
        let window = |index: usize| {
            let centre = (index as f64 + 0.5) * step;
            // As numbers are not negative, `as` rounds them down.
            let start = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(samples);
            let weights: Vec<f64> = (start..end)
                .map(|sample| lanczos((sample as f64 - centre + 0.5) / width))
                .collect();
            let sum: f64 = weights.iter().sum();
            let unit = |weight: &f64| (weight / sum * ONE).round() as i64;
            Window { start, weights: weights.iter().map(unit).collect() }
        };
        Self((0..target).map(window).collect())
    }

    fn apply(&self, samples: &[u8]) -> Vec<u8> {
        let value = |window: &Window| {
            let samples = samples.iter().skip(window.start);
            let products = samples.zip(&window.weights).map(|(s, weight)| i64::from(*s) * weight);
            let sum: i64 = products.sum();
            ((sum + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
        };
        self.0.iter().map(value).collect()
    }
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| if x == 0.0 { 1.0 } else { (x * PI).sin() / (x * PI) };
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, pixel: impl Fn(usize, usize) -> [u8; 4]) -> Rgba {
        let pixels = (0..width * height).map(|i| pixel(i % width, i / width)).collect();
        Rgba { width, height, pixels }
    }

    #[test]
    fn bits_are_where_it_becomes_brighter() {
        for (width, height) in [(9, 8), (90, 80), (100, 30), (12, 97)] {
            let brighter = picture(width, height, |x, _| {
                let grey = (x * 255 / width) as u8;
                [grey, grey, grey, 255]
            });
            assert_eq!(hash(&brighter), u64::MAX, "{width} {height}");
            let darker = picture(width, height, |x, _| {
                let grey = 255 - (x * 255 / width) as u8;
                [grey, grey, grey, 255]
            });
            assert_eq!(hash(&darker), 0, "{width} {height}");
        }
        // The upper half becomes brighter.
        let half = picture(90, 80, |x, y| {
            let grey = if y < 40 { x } else { 90 - x } as u8;
            [grey, grey, grey, 255]
        });
        assert_eq!(hash(&half), 0xffff_ffff_0000_0000);
    }

    #[test]
    fn any_size_has_a_hash_and_nothing_is_seen_through() {
        for (width, height) in [(1, 1), (1, 100), (100, 1), (2, 3)] {
            assert_eq!(hash(&picture(width, height, |_, _| [9, 9, 9, 255])), 0);
        }
        let hidden = picture(40, 40, |x, y| [x as u8 * 5, y as u8, 0, 0]);
        assert_eq!(hash(&hidden), 0);
    }
}

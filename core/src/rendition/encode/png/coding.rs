//! How pixels are coded.
//!
//! A photo has no repetitions to look for: its differences, coded by `fdeflate`, are hardly larger than after a
//! search that takes ten times as long. A drawing has, and they are found among pixels, not among differences.

use png::{DeflateCompression, Filter};

/// How pixels are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Differences to the neighbours, without a search for repetitions.
    Photo,
    /// Pixels as they are, with a thorough search.
    Drawing,
    /// As a drawing, with a quick search: for a sample.
    Sketch,
}

impl Coding {
    pub(super) fn filter(self) -> Filter {
        match self {
            Self::Photo => Filter::Adaptive,
            Self::Drawing | Self::Sketch => Filter::NoFilter,
        }
    }

    pub(super) fn compression(self) -> DeflateCompression {
        match self {
            Self::Photo => DeflateCompression::FdeflateUltraFast,
            Self::Drawing => DeflateCompression::Level(5),
            Self::Sketch => DeflateCompression::Level(2),
        }
    }
}

/// Bands of rows in a sample, and rows in a band.
const BANDS: usize = 6;
const BAND_ROWS: usize = 6;

/// Of hundred pixels, how many differ from the neighbours on the left and above in a picture that is surely a photo.
const PHOTO_PERCENT: usize = 60;

/// The coding that makes a sample smaller. `length` writes rows of pixels and returns the length of the file.
pub(super) fn choose<const N: usize, E>(
    width: usize,
    pixels: &[[u8; N]],
    length: impl Fn(usize, &[[u8; N]], Coding) -> Result<usize, E>,
) -> Result<Coding, E> {
    let sample = sample(width, pixels);
    if differing(width, &sample) * 100 > sample.len() * PHOTO_PERCENT {
        return Ok(Coding::Photo);
    }
    let rows = sample.len() / width.max(1);
    let photo = length(rows, &sample, Coding::Photo)?;
    let sketch = length(rows, &sample, Coding::Sketch)?;
    Ok(if sketch < photo { Coding::Drawing } else { Coding::Photo })
}

/// Bands of rows at equal distances, or all of a picture that has few.
fn sample<const N: usize>(width: usize, pixels: &[[u8; N]]) -> Vec<[u8; N]> {
    let rows = pixels.len() / width.max(1);
    if rows <= BANDS * BAND_ROWS {
        return pixels.to_vec();
    }
    let band = |i: usize| {
        let start = (rows - BAND_ROWS) * (2 * i + 1) / (2 * BANDS) * width;
        pixels.get(start..start + BAND_ROWS * width).unwrap_or_default()
    };
    (0..BANDS).flat_map(band).copied().collect()
}

/// How many pixels differ from both neighbours.
fn differing<const N: usize>(width: usize, sample: &[[u8; N]]) -> usize {
    let left = sample.get(width.saturating_sub(1)..).unwrap_or_default();
    let pixels = sample.get(width..).unwrap_or_default();
    let neighbours = sample.iter().zip(left);
    pixels
        .iter()
        .zip(neighbours)
        .filter(|(pixel, (up, left))| *pixel != *up && *pixel != *left)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_on_the_left_and_above() {
        let row = |values: [u8; 3]| values.map(|v| [v, 255]);
        let sample = [row([1, 2, 3]), row([1, 1, 4]), row([5, 1, 4]), row([6, 7, 7])].concat();
        // 4; 5; 6 and 7.
        assert_eq!(differing(3, &sample), 4);
    }

    #[test]
    fn a_sample_is_spread_over_the_picture() {
        let pixels: Vec<[u8; 2]> = (0..100u8).flat_map(|y| [[y, 1], [y, 2]]).collect();
        let sample = sample(2, &pixels);
        assert_eq!(sample.len(), BANDS * BAND_ROWS * 2);
        assert_eq!((sample[0], sample[1], sample[2]), ([7, 1], [7, 2], [8, 1]));
        assert!(sample.last().unwrap()[0] > 85);
        assert_eq!(super::sample(2, &pixels[..72]).len(), 72);
        assert!(super::sample::<2>(2, &[]).is_empty());
    }
}

//! Which samples a new one is made from, and their weights.

use std::f64::consts::PI;

/// The weights along one axis.
#[derive(Debug)]
pub(super) struct Filter {
    /// How many samples a new one is made from; the same number for all.
    pub(super) taps: usize,
    /// For each new sample, the first one that it is made from.
    pub(super) starts: Vec<usize>,
    /// For each new sample, `taps` weights in units of 1 / 32768, whose sum is 1.
    pub(super) weights: Vec<i16>,
}

impl Filter {
    /// From `extent` samples to `target`. `samples` are there: `extent` rounded up, since the edge of a picture
    /// may lie inside its last sample.
    ///
    /// Lanczos with three lobes to shrink; a triangle to enlarge, as JPEG decoders enlarge chroma.
    pub(super) fn new(extent: f64, samples: usize, target: usize) -> Self {
        let samples = samples.max(1);
        let step = extent / target as f64;
        let windows: Vec<Window> = (0..target).map(|i| Window::new(i, step, samples)).collect();
        Self::of(&windows, samples)
    }

    /// The same as two filters in one: each sample is enlarged to `by` pixels, with a triangle if they are two
    /// and else by repetition, as libjpeg enlarges chroma; and the pixels become `target` samples.
    pub(super) fn enlarged(extent: f64, samples: usize, by: usize, target: usize) -> Self {
        let pixels = extent * by as f64;
        let step = pixels / target as f64;
        if by < 2 || step < 1.0 {
            return Self::new(extent, samples, target);
        }
        let samples = samples.max(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side")]
        let last = (pixels.ceil() as usize).clamp(1, samples * by);
        let window = |i| Window::new(i, step, last).of_samples(by, samples);
        let windows: Vec<Window> = (0..target).map(window).collect();
        Self::of(&windows, samples)
    }

    fn of(windows: &[Window], samples: usize) -> Self {
        let target = windows.len();
        let taps = windows.iter().map(|w| w.weights.len()).max().unwrap_or(1);
        let mut filter = Self {
            taps,
            starts: Vec::with_capacity(target),
            weights: Vec::with_capacity(target * taps),
        };
        for window in windows {
            filter.push(window, samples);
        }
        filter
    }

    /// The most samples that a new one is made from.
    pub(super) fn most_taps(extent: f64, samples: usize, target: usize) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small number"
        )]
        let taps = (6.0 * (extent / target.max(1) as f64).max(1.0)) as usize + 2;
        taps.min(samples.max(1))
    }

    fn push(&mut self, window: &Window, samples: usize) {
        // All taps lie inside the picture.
        let start = window.start.min(samples.saturating_sub(self.taps));
        let at = self.weights.len() + window.start - start;
        self.starts.push(start);
        self.weights.resize(self.weights.len() + self.taps, 0);
        let weights = self.weights.get_mut(at..).unwrap_or_default();
        let sum: f64 = window.weights.iter().sum();
        // What rounding leaves goes to the next weight, so that their sum is exact.
        let mut rest = 0.0;
        for (to, weight) in weights.iter_mut().zip(&window.weights) {
            let exact = weight / sum * 32768.0 + rest;
            *to = in_16_bits(exact.round());
            rest = exact - f64::from(*to);
        }
    }
}

/// A weight of 1, 32768, becomes 32767.
#[expect(clippy::cast_possible_truncation, reason = "in range")]
fn in_16_bits(weight: f64) -> i16 {
    weight.clamp(-32768.0, 32767.0) as i16
}

/// What one new sample is made from.
struct Window {
    start: usize,
    weights: Vec<f64>,
}

impl Window {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in a side")]
    fn new(index: usize, step: f64, samples: usize) -> Self {
        let centre = (index as f64 + 0.5) * step;
        let (width, lobes) = if step < 1.0 { (1.0, 1.0) } else { (step, 3.0) };
        let reach = width * lobes;
        let start = ((centre - reach + 0.5).floor().max(0.0) as usize).min(samples - 1);
        let end = ((centre + reach + 0.5).floor() as usize).clamp(start + 1, samples);
        let first = (start as f64 + 0.5 - centre) / width;
        let mut weights = if step < 1.0 {
            (start..end).map(|i| (1.0 - (i as f64 + 0.5 - centre).abs()).max(0.0)).collect()
        } else {
            lanczos(first, 1.0 / width, end - start)
        };
        // The only sample, beyond whose middle the new one lies.
        if weights.iter().sum::<f64>() < 0.1 {
            weights = vec![1.0; end - start];
        }
        Self { start, weights }.trimmed()
    }

    /// That of pixels as one of samples, of which each is `by` pixels.
    fn of_samples(&self, by: usize, samples: usize) -> Self {
        let start = (self.start / by).saturating_sub(1);
        let mut weights = vec![0.0; (self.start + self.weights.len()) / by + 2 - start];
        let mut add = |sample: usize, weight: f64| {
            if let Some(to) = weights.get_mut(sample.min(samples - 1) - start) {
                *to += weight;
            }
        };
        for (pixel, weight) in (self.start..).zip(&self.weights) {
            let near = pixel / by;
            if by == 2 {
                let far = if pixel % 2 == 0 { near.saturating_sub(1) } else { near + 1 };
                add(near, weight * 0.75);
                add(far, weight * 0.25);
            } else {
                add(near, *weight);
            }
        }
        Self { start, weights }.trimmed()
    }

    /// Without weights of nothing at both ends.
    fn trimmed(self) -> Self {
        let Self { start, mut weights } = self;
        let is_nothing = |weight: &f64| weight.abs() < 1e-5;
        while weights.len() > 1 && weights.last().is_some_and(is_nothing) {
            weights.pop();
        }
        let skip = weights.iter().take(weights.len() - 1).take_while(|&w| is_nothing(w)).count();
        weights.drain(..skip);
        Self { start: start + skip, weights }
    }
}

/// Lanczos with three lobes, sinc(x) sinc(x / 3), at `count` positions from `x` on, `step` apart.
///
/// The sine at the next position is that of a sum of angles, which is much faster than a new one.
fn lanczos(mut x: f64, step: f64, count: usize) -> Vec<f64> {
    let (mut sin, mut cos) = (PI * x / 3.0).sin_cos();
    let (sin_step, cos_step) = (PI * step / 3.0).sin_cos();
    let mut weights = Vec::with_capacity(count);
    for _ in 0..count {
        weights.push(if x.abs() < 1e-6 {
            1.0
        } else if x.abs() >= 3.0 {
            0.0
        } else {
            let sin_of_triple = 3.0 * sin - 4.0 * sin * sin * sin;
            3.0 * sin_of_triple * sin / (PI * PI * x * x)
        });
        (sin, cos) = (sin * cos_step + cos * sin_step, cos * cos_step - sin * sin_step);
        x += step;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_lanczos() {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        for (extent, target) in [(2000.0, 1000), (1536.5, 1000), (1000.1, 1000), (30_000.0, 7)] {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            let filter = Filter::new(extent, f64::ceil(extent) as usize, target);
            let step = extent / target as f64;
            for (i, start) in filter.starts.iter().enumerate() {
                let weights = &filter.weights[i * filter.taps..][..filter.taps];
                let exact: Vec<f64> = (0..filter.taps)
                    .map(|k| ((start + k) as f64 + 0.5 - (i as f64 + 0.5) * step) / step)
                    .map(|x| if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 })
                    .collect();
                let sum: f64 = exact.iter().sum();
                for (got, want) in weights.iter().zip(exact) {
                    let want = want / sum * 32768.0;
                    assert!((f64::from(*got) - want).abs() <= 1.5, "{got} {want}");
                }
                let sum: i32 = weights.iter().map(|&w| i32::from(w)).sum();
                assert!((32767..=32768).contains(&sum), "{sum}");
            }
        }
    }

    #[test]
    fn all_taps_lie_inside() {
        for samples in 1..40 {
            for target in 1..80 {
                let filter = Filter::new(samples as f64 - 0.4, samples, target);
                assert!(filter.starts.iter().all(|start| start + filter.taps <= samples));
                assert!(filter.taps <= Filter::most_taps(samples as f64, samples, target));
            }
        }
    }

    #[test]
    fn chroma_is_enlarged_as_by_libjpeg() {
        let filter = Filter::new(8.0, 8, 16);
        assert_eq!(filter.taps, 2);
        // Three quarters of the nearer sample, a quarter of the other.
        assert_eq!(filter.weights[2..6], [24576, 8192, 8192, 24576][..]);
    }

    #[test]
    fn two_filters_in_one() {
        // At the size of the pixels, only the first is left.
        let filter = Filter::enlarged(8.0, 8, 2, 16);
        assert_eq!(filter.weights, Filter::new(8.0, 8, 16).weights);
        let filter = Filter::enlarged(3.75, 4, 4, 15);
        assert_eq!((filter.taps, filter.weights), (1, vec![32767; 15]));
        assert_eq!(filter.starts, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]);
        // Samples that are the numbers of their middles become such numbers.
        for by in [2, 3, 4] {
            let filter = Filter::enlarged(50.0, 50, by, 20 * by);
            for i in 10..20 * by - 10 {
                let weights = &filter.weights[i * filter.taps..][..filter.taps];
                let sum: f64 = (filter.starts[i]..)
                    .zip(weights)
                    .map(|(at, weight)| (at as f64 + 0.5) * f64::from(*weight) / 32768.0)
                    .sum();
                let exact = (i as f64 + 0.5) * 50.0 / (20 * by) as f64;
                // Repeated ones are off by up to half a sample, less half a pixel, before they are fitted.
                let most = if by == 2 { 0.02 } else { 0.2 };
                assert!((sum - exact).abs() < most, "{by} {i}: {sum} {exact}");
            }
        }
        for samples in 1..20 {
            for target in 1..=2 * samples {
                let filter = Filter::enlarged(samples as f64 - 0.5, samples, 2, target);
                assert!(filter.starts.iter().all(|start| start + filter.taps <= samples));
            }
        }
    }
}

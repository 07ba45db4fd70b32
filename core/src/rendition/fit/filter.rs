//! Which samples a new one is made from, and their weights.

use std::f32::consts::PI;
use std::sync::LazyLock;

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
        let mut windows = Windows::new(target, Self::most_taps(extent, samples, target));
        for i in 0..target {
            let start = windows.weigh(i, step, samples);
            windows.push(start);
        }
        windows.filter(samples)
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
        let mut windows = Windows::new(target, Self::most_taps(extent, samples, target));
        for i in 0..target {
            let start = windows.weigh(i, step, last);
            let start = windows.join_pixels(start, by, samples);
            windows.push(start);
        }
        windows.filter(samples)
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
}

/// What new samples are made from, each from as many as it needs.
struct Windows {
    /// The first sample and the number of weights of each window.
    spans: Vec<(usize, usize)>,
    /// The weights of all windows.
    weights: Vec<f32>,
    /// Those of the window that is being made.
    next: Vec<f32>,
    /// Those of its pixels.
    pixels: Vec<f32>,
}

impl Windows {
    fn new(count: usize, taps: usize) -> Self {
        Self {
            spans: Vec::with_capacity(count),
            weights: Vec::with_capacity(count * taps),
            next: Vec::with_capacity(taps + 2),
            pixels: Vec::new(),
        }
    }

    /// Makes the window of the new sample `index`; returns its first sample.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "offsets in a side"
    )]
    fn weigh(&mut self, index: usize, step: f64, samples: usize) -> usize {
        let centre = (index as f64 + 0.5) * step;
        let (width, lobes) = if step < 1.0 { (1.0, 1.0) } else { (step, 3.0) };
        let reach = width * lobes;
        // As numbers are not negative, `as` rounds them down.
        let start = ((centre - reach + 0.5).max(0.0) as usize).min(samples - 1);
        let end = ((centre + reach + 0.5) as usize).clamp(start + 1, samples);
        self.next.clear();
        let distances = (start..end).map(|i| i as f64 + 0.5 - centre);
        if step < 1.0 {
            self.next.extend(distances.map(|x| (1.0 - x.abs()).max(0.0) as f32));
        } else {
            let by = 1.0 / width;
            let kernel = &**LANCZOS;
            self.next.extend(distances.map(|x| lanczos(kernel, (x * by).abs() as f32)));
        }
        // The only sample, beyond whose middle the new one lies.
        if self.next.iter().sum::<f32>() < 0.1 {
            self.next.fill(1.0);
        }
        start
    }

    /// Turns the window of pixels that begins at `start` into one of samples, of which each is `by` pixels; returns
    /// its first sample.
    fn join_pixels(&mut self, start: usize, by: usize, samples: usize) -> usize {
        std::mem::swap(&mut self.pixels, &mut self.next);
        let first = (start / by).saturating_sub(1);
        self.next.clear();
        self.next.resize((start + self.pixels.len()) / by + 2 - first, 0.0);
        let mut add = |sample: usize, weight: f32| {
            if let Some(to) = self.next.get_mut(sample.min(samples - 1) - first) {
                *to += weight;
            }
        };
        for (pixel, weight) in (start..).zip(&self.pixels) {
            let near = pixel / by;
            if by == 2 {
                let far = if pixel % 2 == 0 { near.saturating_sub(1) } else { near + 1 };
                add(near, weight * 0.75);
                add(far, weight * 0.25);
            } else {
                add(near, *weight);
            }
        }
        first
    }

    /// Appends the window that was made, which begins at `start`, without weights of nothing at both ends.
    fn push(&mut self, start: usize) {
        let is_nothing = |weight: &&f32| weight.abs() < 1e-5;
        let most = self.next.len() - 1;
        let behind = self.next.iter().rev().take_while(is_nothing).count().min(most);
        let before = self.next.iter().take_while(is_nothing).count().min(most - behind);
        let weights = self.next.get(before..self.next.len() - behind).unwrap_or_default();
        self.spans.push((start + before, weights.len()));
        self.weights.extend_from_slice(weights);
    }

    /// The filter for a row of `samples`.
    fn filter(&self, samples: usize) -> Filter {
        let taps = self.spans.iter().map(|&(_, length)| length).max().unwrap_or(1);
        let mut filter = Filter {
            taps,
            starts: Vec::with_capacity(self.spans.len()),
            weights: vec![0; self.spans.len() * taps],
        };
        let mut rest = &self.weights[..];
        for (&(start, length), to) in self.spans.iter().zip(filter.weights.chunks_exact_mut(taps)) {
            let Some((weights, behind)) = rest.split_at_checked(length) else { break };
            rest = behind;
            // All taps lie inside the picture.
            let first = start.min(samples.saturating_sub(taps));
            filter.starts.push(first);
            write_weights(weights, to.get_mut(start - first..).unwrap_or_default());
        }
        filter
    }
}

/// Writes weights in units of 1 / 32768 of their sum.
fn write_weights(weights: &[f32], to: &mut [i16]) {
    let unit = 32768.0 / weights.iter().sum::<f32>();
    // What rounding leaves goes to the next weight, so that their sum is exact.
    let mut rest = 0.0;
    for (to, weight) in to.iter_mut().zip(weights) {
        let exact = weight * unit + rest;
        // Adding this number and subtracting it rounds to a whole one. `round` is a function call on SSE2.
        const ROUND: f32 = 12_582_912.0;
        *to = in_16_bits((exact + ROUND) - ROUND);
        rest = exact - f32::from(*to);
    }
}

/// A weight of 1, 32768, becomes 32767.
#[expect(clippy::cast_possible_truncation, reason = "in range")]
fn in_16_bits(weight: f32) -> i16 {
    weight.clamp(-32768.0, 32767.0) as i16
}

/// Steps of the table of Lanczos' function in 1. Between two steps it is 4e-6 from a straight line.
const STEPS: usize = 512;

type Table = [f32; 3 * STEPS + 2];

/// Lanczos with three lobes, sinc(x) sinc(x / 3), for x = 0, 1 / 512, ... 3.
static LANCZOS: LazyLock<Box<Table>> = LazyLock::new(|| {
    let mut table = Box::new([0.0; 3 * STEPS + 2]);
    for (i, value) in table.iter_mut().enumerate().take(3 * STEPS) {
        let x = PI * i as f32 / STEPS as f32;
        *value = if i == 0 { 1.0 } else { 3.0 * x.sin() * (x / 3.0).sin() / (x * x) };
    }
    table
});

/// Lanczos' function of `x`, which is not negative.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn lanczos(table: &Table, x: f32) -> f32 {
    let at = x.min(3.0) * STEPS as f32;
    let step = at as usize;
    let at = at - step as f32;
    match table.get(step..) {
        Some([this, next, ..]) => this + (next - this) * at,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::f64::consts::PI;

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

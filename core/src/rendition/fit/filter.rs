//! Which samples a new one is made from, and their weights.

use std::f32::consts::PI;
use std::ops::Range;
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
    /// Lanczos with three lobes to shrink; a triangle to enlarge, as JPEG decoders enlarge chroma. Of samples that are
    /// `by` pixels each, it is two filters in one, if pixels become fewer: each sample is enlarged to its pixels, with a
    /// triangle if they are two and else by repetition, as libjpeg enlarges chroma; and the pixels become `target`
    /// samples.
    pub(super) fn new(extent: f64, samples: usize, by: usize, target: usize) -> Self {
        let by = if extent * (by as f64) < target as f64 { 1 } else { by.max(1) };
        let samples = samples.max(1);
        let pixels = extent * by as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side")]
        let last = if by == 1 { samples } else { (pixels.ceil() as usize).clamp(1, samples * by) };
        let step = pixels / target as f64;
        let mut windows = Windows::new(target, Self::most_taps(extent, samples, target));
        let period = Period::new(step, by, target);
        for i in 0..target {
            if let Some(period) = period.as_ref().filter(|period| period.is_repeated(i, last)) {
                windows.repeat(i - period.count, period.samples);
                continue;
            }
            let mut start = windows.weigh(i, step, last);
            if by > 1 {
                start = windows.join_pixels(start, by, samples);
            }
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

/// After how many new samples the same weights come again, so that they are made once.
struct Period {
    step: f64,
    by: usize,
    /// New samples.
    count: usize,
    /// The samples that they are apart.
    samples: usize,
}

impl Period {
    /// Of windows that lie `step` pixels apart, of which `by` are a sample. `None` if too few come again.
    fn new(step: f64, by: usize, target: usize) -> Option<Self> {
        (1..=target / 2).find_map(|count| {
            let samples = step * count as f64 / by as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a side")]
            let whole = samples.round() as usize;
            let is_whole = (samples - samples.round()).abs() < 1e-9;
            is_whole.then_some(Self { step, by, count, samples: whole })
        })
    }

    /// Whether the window `index` is one of before, moved: neither touches an edge of a row of `pixels`.
    fn is_repeated(&self, index: usize, pixels: usize) -> bool {
        let reach = 3.0 * self.step.max(1.0) + 2.0 * self.by as f64;
        let centre = |index: usize| (index as f64 + 0.5) * self.step;
        index >= self.count
            && centre(index - self.count) > reach
            && centre(index) + reach < pixels as f64
    }
}

/// What a new sample is made from.
struct Span {
    /// The first sample.
    start: usize,
    /// Where its weights are.
    weights: Range<usize>,
    /// The window of before that has the same weights.
    like: Option<usize>,
}

/// What new samples are made from, each from as many as it needs.
struct Windows {
    spans: Vec<Span>,
    /// The weights of all windows that are not like one of before.
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
        let at = self.weights.len();
        self.weights.extend_from_slice(weights);
        let weights = at..self.weights.len();
        self.spans.push(Span { start: start + before, weights, like: None });
    }

    /// Appends the window `index` once more, `samples` further.
    fn repeat(&mut self, index: usize, samples: usize) {
        if let Some(Span { start, weights, .. }) = self.spans.get(index) {
            let (start, weights) = (start + samples, weights.clone());
            self.spans.push(Span { start, weights, like: Some(index) });
        }
    }

    /// The filter for a row of `samples`.
    fn filter(&self, samples: usize) -> Filter {
        let taps = self.spans.iter().map(|span| span.weights.len()).max().unwrap_or(1);
        let mut starts = Vec::with_capacity(self.spans.len());
        let mut all = Vec::with_capacity(self.spans.len() * taps);
        // All taps lie inside the picture.
        let first = |span: &Span| span.start.min(samples.saturating_sub(taps));
        for span in &self.spans {
            let before = span.start - first(span);
            starts.push(first(span));
            let like = span.like.and_then(|like| Some((like, self.spans.get(like)?)));
            match like {
                Some((like, of)) if before == 0 && of.start == first(of) => {
                    all.extend_from_within(like * taps..(like + 1) * taps);
                }
                _ => {
                    let at = all.len();
                    all.resize(at + taps, 0);
                    let weights = self.weights.get(span.weights.clone()).unwrap_or_default();
                    write_weights(weights, all.get_mut(at + before..).unwrap_or_default());
                }
            }
        }
        Filter { taps, starts, weights: all }
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
        // A weight of 1, 32768, becomes 32767.
        let rounded = ((exact + ROUND) - ROUND).min(32767.0);
        rest = exact - rounded;
        *to = in_16_bits(rounded);
    }
}

/// What is whole, and in range.
#[expect(clippy::cast_possible_truncation, reason = "in range")]
fn in_16_bits(weight: f32) -> i16 {
    weight as i16
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
            let filter = Filter::new(extent, f64::ceil(extent) as usize, 1, target);
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
    fn windows_that_come_again_are_as_if_they_were_made() {
        let mut repeated = 0;
        for (samples, by, target) in [
            (2000, 1, 1000),
            (2016, 1, 1000),
            (600, 1, 400),
            (755, 1, 302),
            (90, 1, 270),
            (1000, 2, 1000),
            (1008, 2, 750),
            (500, 4, 600),
            (333, 3, 666),
            (12, 1, 6),
            (7, 2, 3),
            (1000, 1, 999),
        ] {
            let filter = Filter::new(samples as f64, samples, by, target);
            let step = (samples * by) as f64 / target as f64;
            let mut windows = Windows::new(target, filter.taps);
            for i in 0..target {
                let mut start = windows.weigh(i, step, samples * by);
                if by > 1 {
                    start = windows.join_pixels(start, by, samples);
                }
                windows.push(start);
            }
            let made = windows.filter(samples);
            assert_eq!(
                (filter.taps, &filter.starts),
                (made.taps, &made.starts),
                "{samples} {by} {target}"
            );
            for (got, want) in filter.weights.iter().zip(&made.weights) {
                assert!(got.abs_diff(*want) <= 1, "{samples} {by} {target}: {got} {want}");
            }
            let period = Period::new(step, by, target);
            repeated += (0..target)
                .filter(|i| period.as_ref().is_some_and(|p| p.is_repeated(*i, samples * by)))
                .count();
        }
        assert!(repeated > 5000, "{repeated}");
    }

    #[test]
    fn all_taps_lie_inside() {
        for samples in 1..40 {
            for target in 1..80 {
                let filter = Filter::new(samples as f64 - 0.4, samples, 1, target);
                assert!(filter.starts.iter().all(|start| start + filter.taps <= samples));
                assert!(filter.taps <= Filter::most_taps(samples as f64, samples, target));
            }
        }
    }

    #[test]
    fn chroma_is_enlarged_as_by_libjpeg() {
        let filter = Filter::new(8.0, 8, 1, 16);
        assert_eq!(filter.taps, 2);
        // Three quarters of the nearer sample, a quarter of the other.
        assert_eq!(filter.weights[2..6], [24576, 8192, 8192, 24576][..]);
    }

    #[test]
    fn two_filters_in_one() {
        // At the size of the pixels, only the first is left.
        let filter = Filter::new(8.0, 8, 2, 16);
        assert_eq!(filter.weights, Filter::new(8.0, 8, 1, 16).weights);
        let filter = Filter::new(3.75, 4, 4, 15);
        assert_eq!((filter.taps, filter.weights), (1, vec![32767; 15]));
        assert_eq!(filter.starts, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]);
        // Samples that are the numbers of their middles become such numbers.
        for by in [2, 3, 4] {
            let filter = Filter::new(50.0, 50, by, 20 * by);
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
                let filter = Filter::new(samples as f64 - 0.5, samples, 2, target);
                assert!(filter.starts.iter().all(|start| start + filter.taps <= samples));
            }
        }
    }
}

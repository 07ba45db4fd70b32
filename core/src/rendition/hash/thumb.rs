//! `ThumbHash`, as `rgbaToThumbHash` of its reference implementation computes it: thumbhash 0.1.1 by Evan Wallace,
//! MIT licence, <https://github.com/evanw/thumbhash>.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values of a few bits, which are rounded"
)]

use std::f64::consts::PI;

use super::Rgba;

/// A channel as the factors of a discrete cosine transform.
struct Factors {
    /// The mean.
    constant: f64,
    /// The others, scaled to 0 to 1: 0.5 stands for a factor of 0.
    varying: Vec<f64>,
    /// The greatest of them.
    scale: f64,
}

/// Less is the rounding error of a channel that is the same everywhere. The reference implementation keeps its noise,
/// which is multiplied by a scale of 0 where it is drawn.
const NONE: f64 = 1e-9;

impl Factors {
    /// The factors of `nx` columns and `ny` rows that lie over the diagonal.
    fn new(channel: &[f64], (width, height): (usize, usize), nx: usize, ny: usize) -> Self {
        let cosines = |side: usize, factor: usize, at: usize| {
            (PI / side as f64 * factor as f64 * (at as f64 + 0.5)).cos()
        };
        // Across first: for each row a sum for each column of factors.
        let across: Vec<f64> =
            (0..width).flat_map(|x| (0..nx).map(move |cx| cosines(width, cx, x))).collect();
        let mut rows = vec![0.0; height * nx];
        for (row, sums) in channel.chunks(width.max(1)).zip(rows.chunks_exact_mut(nx)) {
            for (value, cosines) in row.iter().zip(across.chunks_exact(nx)) {
                for (sum, cosine) in sums.iter_mut().zip(cosines) {
                    *sum += value * cosine;
                }
            }
        }
        let mut all = Vec::new();
        for cy in 0..ny {
            let down: Vec<f64> = (0..height).map(|y| cosines(height, cy, y)).collect();
            for cx in (0..nx).take_while(|cx| cx * ny < nx * (ny - cy)) {
                let sums = rows.iter().skip(cx).step_by(nx);
                let sum: f64 = sums.zip(&down).map(|(sum, cosine)| sum * cosine).sum();
                all.push(sum / channel.len() as f64);
            }
        }
        let (constant, varying) =
            all.split_first().map_or((0.0, &[][..]), |(first, rest)| (*first, rest));
        let scale = varying.iter().fold(0.0, |scale: f64, factor| scale.max(factor.abs()));
        let scale = if scale > NONE { scale } else { 0.0 };
        let normal = |factor: &f64| if scale > 0.0 { 0.5 + 0.5 / scale * factor } else { 0.0 };
        Self { constant, varying: varying.iter().map(normal).collect(), scale }
    }
}

/// Rounds as JavaScript does: halves up.
fn round(value: f64) -> u32 {
    (value + 0.5).floor() as u32
}

/// The hash of at most 100 x 100 pixels.
pub(super) fn hash(picture: &Rgba) -> Vec<u8> {
    let size = (picture.width, picture.height);
    let count = picture.pixels.len() as f64;
    // By alpha: how much is seen, and what a step of a colour is worth. Divisions are slow.
    let opacities: [f64; 256] = std::array::from_fn(|alpha| alpha as f64 / 255.0);
    let steps = opacities.map(|opacity| opacity / 255.0);
    let of_alpha = |table: &[f64; 256], pixel: &[u8; 4]| {
        table.get(usize::from(pixel[3])).copied().unwrap_or_default()
    };
    // The average of what is seen.
    let all_alpha: f64 = picture.pixels.iter().map(|pixel| of_alpha(&opacities, pixel)).sum();
    let average: [f64; 3] = [0, 1, 2].map(|c| {
        let weighted =
            picture.pixels.iter().map(|pixel| of_alpha(&steps, pixel) * channel(pixel, c));
        let sum: f64 = weighted.sum();
        if all_alpha > 0.0 { sum / all_alpha } else { sum }
    });
    let has_alpha = all_alpha < count;

    // Luminance, yellow to blue, red to green, alpha; on the average colour.
    let [mut l, mut p, mut q, mut a] = [const { Vec::new() }; 4];
    for pixel in &picture.pixels {
        let (alpha, step) = (of_alpha(&opacities, pixel), of_alpha(&steps, pixel));
        let on_average = |c: usize| {
            average.get(c).map_or(0.0, |average| average * (1.0 - alpha)) + step * channel(pixel, c)
        };
        let [r, g, b] = [on_average(0), on_average(1), on_average(2)];
        l.push((r + g + b) / 3.0);
        p.push((r + g) / 2.0 - b);
        q.push(r - g);
        a.push(alpha);
    }
    // Fewer bits of luminance where there is alpha.
    let limit = if has_alpha { 5.0 } else { 7.0 };
    let longest = picture.width.max(picture.height) as f64;
    let side = |side: usize| round(limit * side as f64 / longest).max(1);
    let (lx, ly) = (side(picture.width), side(picture.height));
    let l = Factors::new(&l, size, lx.max(3) as usize, ly.max(3) as usize);
    let p = Factors::new(&p, size, 3, 3);
    let q = Factors::new(&q, size, 3, 3);
    let a = has_alpha.then(|| Factors::new(&a, size, 5, 5));

    let is_landscape = picture.width > picture.height;
    let head = round(63.0 * l.constant)
        | round(31.5 + 31.5 * p.constant) << 6
        | round(31.5 + 31.5 * q.constant) << 12
        | round(31.0 * l.scale) << 18
        | u32::from(has_alpha) << 23;
    let head_2 = (if is_landscape { ly } else { lx })
        | round(63.0 * p.scale) << 3
        | round(63.0 * q.scale) << 9
        | u32::from(is_landscape) << 15;
    let mut hash: Vec<u8> = head.to_le_bytes().into_iter().take(3).collect();
    hash.extend(head_2.to_le_bytes().into_iter().take(2));
    if let Some(a) = &a {
        hash.push((round(15.0 * a.constant) | round(15.0 * a.scale) << 4) as u8);
    }
    let channels = [Some(&l), Some(&p), Some(&q), a.as_ref()];
    let factors = channels.into_iter().flatten().flat_map(|factors| &factors.varying);
    let nibbles: Vec<u8> = factors.map(|factor| round(15.0 * factor) as u8).collect();
    hash.extend(nibbles.chunks(2).map(|pair| match pair {
        [low, high] => low | high << 4,
        _ => pair.first().copied().unwrap_or_default(),
    }));
    hash
}

fn channel(pixel: &[u8; 4], c: usize) -> f64 {
    pixel.get(c).copied().map_or(0.0, f64::from)
}

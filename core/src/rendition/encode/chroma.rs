//! Chroma at half the size, where that loses nothing that is seen.
//!
//! Measured by SSIMULACRA2: photos take 5 % fewer bytes for the same score. Coloured text, diagrams and logos lose
//! their edges and take up to twice as many. These have strong edges in chroma, which photos hardly have: at most
//! 1 in 500 squares of 2 x 2 pixels differ by more than [`EDGE`] in a photo, and at least 1 in 100 in a drawing.

use crate::rendition::kernel::{Cpu, kernel};
use crate::rendition::picture::Plane;

/// The greatest difference in a square of 2 x 2 samples that is not an edge.
const EDGE: u8 = 48;

/// Chroma is halved where fewer than one square of so many is an edge.
const SQUARES_OF_AN_EDGE: usize = 1000;

/// Squares that are averaged at once.
const LANES: usize = 16;

/// Halves the planes of chroma of a picture in YCbCr without edges in chroma, if they are as large as that of luma.
pub(super) fn halve_if_soft(cpu: Cpu, planes: &mut [Plane]) {
    let [luma, cb, cr] = planes else { return };
    let size = (luma.width, luma.height);
    if (cb.width, cb.height) != size || (cr.width, cr.height) != size {
        return;
    }
    let ((half_cb, cb_edges), (half_cr, cr_edges)) = (halved(cpu, cb), halved(cpu, cr));
    if cb_edges.max(cr_edges) * SQUARES_OF_AN_EDGE <= half_cb.samples.len() {
        (*cb, *cr) = (half_cb, half_cr);
    }
}

/// The means of squares, and how many of these are an edge. At an odd side the last samples are repeated.
fn halved(cpu: Cpu, plane: &Plane) -> (Plane, usize) {
    let mut half = Plane::new(plane.width.div_ceil(2), plane.height.div_ceil(2));
    let (mut edges, mut padded) = (0, [Vec::new(), Vec::new()]);
    for y in 0..half.height {
        for (padded, y) in padded.iter_mut().zip([2 * y, (2 * y + 1).min(plane.height - 1)]) {
            let row = plane.samples.get(y * plane.width..).and_then(|rows| rows.get(..plane.width));
            padded.clear();
            padded.extend_from_slice(row.unwrap_or_default());
            padded.resize(
                plane.width.next_multiple_of(2 * LANES),
                padded.last().copied().unwrap_or(0),
            );
        }
        let [top, bottom] = &padded;
        edges += halve(cpu, top, bottom, half.row_mut(y));
    }
    (half, edges)
}

kernel! {
    /// The means of the squares of two rows, which are as long as whole lanes; returns how many are an edge.
    fn halve(top: &[u8], bottom: &[u8], half: &mut [u8]) -> usize = halve_rows
}

#[inline(always)]
fn halve_rows(top: &[u8], bottom: &[u8], half: &mut [u8]) -> usize {
    let rows = top.as_chunks().0.iter().zip(bottom.as_chunks().0);
    let mut count = 0;
    for ((top, bottom), half) in rows.zip(half.chunks_mut(LANES)) {
        let (mut means, mut edges) = ([0; LANES], [0; LANES]);
        halve_lanes(top, bottom, &mut means, &mut edges);
        for ((half, mean), edge) in half.iter_mut().zip(means).zip(edges) {
            *half = mean;
            count += usize::from(edge);
        }
    }
    count
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the mean of bytes")]
#[expect(clippy::indexing_slicing, reason = "lanes, by constants")]
fn halve_lanes(
    top: &[u8; 2 * LANES],
    bottom: &[u8; 2 * LANES],
    means: &mut [u8; LANES],
    edges: &mut [u8; LANES],
) {
    for l in 0..LANES {
        let (a, b, c, d) = (top[2 * l], top[2 * l + 1], bottom[2 * l], bottom[2 * l + 1]);
        let sum = u16::from(a) + u16::from(b) + u16::from(c) + u16::from(d);
        means[l] = ((sum + 2) >> 2) as u8;
        let spread = a.max(b).max(c.max(d)) - a.min(b).min(c.min(d));
        edges[l] = u8::from(spread > EDGE);
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "samples for tests")]
mod tests {
    use super::*;

    fn plane(width: usize, height: usize, sample: impl Fn(usize, usize) -> u8) -> Plane {
        let samples = (0..width * height).map(|i| sample(i % width, i / width)).collect();
        Plane { width, height, samples }
    }

    #[test]
    fn means_are_rounded_and_odd_sides_repeated() {
        for cpu in [Cpu::detect(), Cpu::baseline()] {
            for width in [1, 2, 3, 31, 32, 33, 64, 65] {
                for height in 1..=5 {
                    let plane = plane(width, height, |x, y| (x * 37 + y * 101) as u8);
                    let (half, edges) = halved(cpu, &plane);
                    let mut expected_edges = 0;
                    for y in 0..height.div_ceil(2) {
                        for x in 0..width.div_ceil(2) {
                            let mut square: Vec<u8> = [(0, 0), (1, 0), (0, 1), (1, 1)]
                                .map(|(i, j)| {
                                    let x = (2 * x + i).min(width - 1);
                                    let y = (2 * y + j).min(height - 1);
                                    plane.samples[y * width + x]
                                })
                                .to_vec();
                            let sum: u32 = square.iter().map(|s| u32::from(*s)).sum();
                            let mean = half.samples[y * half.width + x];
                            assert_eq!(u32::from(mean), (sum + 2) / 4, "{width} x {height}");
                            square.sort_unstable();
                            expected_edges += usize::from(square[3] - square[0] > EDGE);
                        }
                    }
                    assert_eq!(edges, expected_edges, "{width} x {height}");
                }
            }
        }
    }

    #[test]
    fn chroma_with_edges_keeps_its_size() {
        let picture = |edges: usize| {
            let cr = plane(200, 100, |x, y| if x == 2 && y / 2 < edges { 200 } else { 100 });
            vec![plane(200, 100, |_, _| 0), plane(200, 100, |x, _| (x / 2) as u8), cr]
        };
        // Of 5000 squares.
        for (edges, width) in [(0, 100), (5, 100), (6, 200), (50, 200)] {
            let mut planes = picture(edges);
            halve_if_soft(Cpu::detect(), &mut planes);
            let widths = [planes[0].width, planes[1].width, planes[2].width];
            assert_eq!(widths, [200, width, width], "{edges}");
        }
        let mut grey = vec![plane(4, 4, |_, _| 0)];
        halve_if_soft(Cpu::detect(), &mut grey);
        assert_eq!(grey[0].width, 4);
    }
}

//! Rows of RGB from the planes of VP8, exactly as libwebp makes them.

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

use super::vp8::Rows;
use crate::rendition::kernel::{Cpu, kernel};

/// Rows of planes that wait for the chroma below them.
pub(super) struct RgbRows {
    height: usize,
    /// The next row of the picture.
    next: usize,
    luma: Waiting,
    chroma: [Waiting; 2],
    row: Vec<u8>,
}

/// Rows of a plane, without padding.
struct Waiting {
    samples: Vec<u8>,
    width: usize,
    /// Which row of the plane the first one is.
    first: usize,
}

impl RgbRows {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let plane = |width| Waiting { samples: Vec::new(), width, first: 0 };
        let half = width.div_ceil(2);
        let row = vec![0; 3 * width];
        let chroma = [plane(half), plane(half)];
        Self { height, next: 0, luma: plane(width), chroma, row }
    }

    /// What is allocated for rows of `width` pixels.
    pub(super) fn memory(width: usize) -> u64 {
        // Twice 32 rows of luma and half as many of each chroma plane, as vectors grow, and rows of sums and
        // pixels.
        (2 * 32 * width * 2 + 16 * width) as u64
    }

    /// Takes rows of the planes, and calls `put` with each row of the picture that they complete.
    pub(super) fn push(&mut self, cpu: Cpu, planes: [Rows<'_>; 3], mut put: impl FnMut(&[u8])) {
        let [luma, u, v] = planes;
        self.luma.push(luma);
        let [of_u, of_v] = &mut self.chroma;
        of_u.push(u);
        of_v.push(v);
        while let Some(luma) = self.luma.row(self.next) {
            // The rows of chroma that lie nearest and next to nearest.
            let near = self.next / 2;
            let last = self.height.div_ceil(2) - 1;
            let far = if self.next.is_multiple_of(2) {
                near.saturating_sub(1)
            } else {
                (near + 1).min(last)
            };
            let rows = |plane: &Waiting| Some(mixed(plane.row(near)?, plane.row(far)?));
            let (Some(u), Some(v)) = (rows(&self.chroma[0]), rows(&self.chroma[1])) else { break };
            to_rgb(cpu, luma, &u, &v, &mut self.row);
            put(&self.row);
            self.next += 1;
        }
        self.luma.drop_before(self.next);
        for plane in &mut self.chroma {
            plane.drop_before((self.next / 2).saturating_sub(1));
        }
    }
}

impl Waiting {
    fn push(&mut self, rows: Rows<'_>) {
        for row in rows.samples.chunks(rows.stride) {
            self.samples.extend(row.iter().take(self.width));
        }
    }

    /// Row `y` of the plane, if it is here.
    fn row(&self, y: usize) -> Option<&[u8]> {
        self.samples.chunks_exact(self.width).nth(y.checked_sub(self.first)?)
    }

    fn drop_before(&mut self, y: usize) {
        let count = (y.saturating_sub(self.first) * self.width).min(self.samples.len());
        self.samples.drain(..count);
        self.first = self.first.max(y);
    }
}

/// Three parts of the nearest row and one of the other, with both ends repeated.
fn mixed(near: &[u8], far: &[u8]) -> Vec<u16> {
    let mix = |(&near, &far): (&u8, &u8)| 3 * u16::from(near) + u16::from(far);
    let pairs = || near.iter().zip(far);
    let ends = || pairs().next().into_iter().chain(pairs().next_back());
    let mut row = Vec::with_capacity(near.len() + 2);
    row.extend(ends().take(1).map(mix));
    row.extend(pairs().map(mix));
    row.extend(ends().skip(1).map(mix));
    row
}

kernel!(
    /// Converts a row, whose chroma has three parts of the nearest column and one of the next.
    fn to_rgb(luma: &[u8], u: &[u16], v: &[u16], to: &mut [u8]) = to_rgb_body
);

#[inline(always)]
fn to_rgb_body(luma: &[u8], u: &[u16], v: &[u16], to: &mut [u8]) {
    let pixels = to.as_chunks_mut::<3>().0;
    for (x, (luma, pixel)) in luma.iter().zip(pixels).enumerate() {
        let near = x / 2 + 1;
        let far = x / 2 + 2 * (x % 2);
        let (Some(&u0), Some(&u1)) = (u.get(near), u.get(far)) else { return };
        let (Some(&v0), Some(&v1)) = (v.get(near), v.get(far)) else { return };
        let (u, v) = ((3 * u0 + u1 + 8) >> 4, (3 * v0 + v1 + 8) >> 4);
        *pixel = from_ycbcr(*luma, u.into(), v.into());
    }
}

/// The integers of libwebp for ITU-R BT.601, in units of 1 / 16384, rounded down in between.
#[inline(always)]
fn from_ycbcr(y: u8, u: i32, v: i32) -> [u8; 3] {
    let y = (i32::from(y) * 19_077) >> 8;
    let red = y + ((v * 26_149) >> 8) - 14_234;
    let green = y - ((u * 6419) >> 8) - ((v * 13_320) >> 8) + 8708;
    let blue = y + ((u * 33_050) >> 8) - 17_685;
    [clipped(red), clipped(green), clipped(blue)]
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn clipped(value: i32) -> u8 {
    (value >> 6).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::super::vp8::{Frame, fixtures};
    use super::*;

    #[test]
    fn pixels_are_those_of_image_webp() {
        for (name, data, _) in fixtures() {
            let mut file = b"RIFF\xff\xff\0\0WEBPVP8 ".to_vec();
            file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            file.extend(&data);
            let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(&file)).unwrap();
            let mut expected = vec![0; decoder.output_buffer_size().unwrap()];
            if decoder.read_image(&mut expected).is_err() {
                // The reserved colour space, which libwebp shows.
                assert!(name.contains("colour-space"), "{name}");
                continue;
            }
            for cpu in [Cpu::detect(), Cpu::baseline()] {
                let mut frame = Frame::new(&data).unwrap();
                let (width, height) = frame.size();
                let mut rows = RgbRows::new(width, height);
                let mut pixels = Vec::new();
                while let Some(planes) = frame.next_rows(cpu).unwrap() {
                    rows.push(cpu, planes, |row| pixels.extend_from_slice(row));
                }
                assert!(pixels == expected, "{name}");
            }
        }
    }
}

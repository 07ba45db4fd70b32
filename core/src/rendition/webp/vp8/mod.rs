//! VP8 key frames (RFC 6386), row by row of macroblocks.
//!
//! The frame is never held: a row of macroblocks is decoded, its edges are smoothed, and the rows that no later one
//! changes are given out. Macroblocks are predicted from pixels before the filter, of which a row is kept.

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

mod bool_decoder;
mod coefficients;
mod header;
mod loop_filter;
mod modes;
mod prediction;
mod strip;
mod tables;
mod transform;

use self::coefficients::{Coefficients, Tables};
use self::header::{Header, TOO_SHORT};
use self::loop_filter::{EdgeFilter, filter_row};
use self::modes::{Modes, SubblockMode};
use self::prediction::Surroundings;
use self::strip::Strip;
use crate::rendition::decode_error::Damaged;
use crate::rendition::kernel::{Cpu, kernel};

pub(super) use self::strip::Rows;

/// A frame that is decoded row by row.
pub(super) struct Frame<'a> {
    header: Header<'a>,
    tables: Box<Tables>,
    /// The next row of macroblocks.
    row: usize,
    columns: Vec<Column>,
    filters: Vec<EdgeFilter>,
    /// The pixels above the next row, not filtered: of luma with four more at the end.
    above: [Vec<u8>; 3],
    strip: Strip,
}

/// What a macroblock leaves to the one below.
#[derive(Clone, Copy, Default)]
struct Column {
    modes: modes::Edge,
    coefficients: coefficients::Edge,
}

impl<'a> Frame<'a> {
    /// The frame that is all of `data`.
    pub(super) fn new(data: &'a [u8]) -> Result<Self, Damaged> {
        let header = Header::new(data)?;
        let count = header.width.div_ceil(16);
        Ok(Self {
            tables: Tables::new(&header.probabilities),
            row: 0,
            columns: vec![Column::default(); count],
            filters: vec![EdgeFilter::default(); count],
            above: [vec![127; 16 * count + 4], vec![127; 8 * count], vec![127; 8 * count]],
            strip: Strip::new(count),
            header,
        })
    }

    /// Pixels across and down.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.header.width, self.header.height)
    }

    /// What a frame allocates, and what its window copies on the way.
    pub(super) fn memory(&self) -> u64 {
        // For each column of pixels: twenty rows of luma and half as many of each chroma plane, the rows above,
        // and what is known of macroblocks.
        (64 * self.header.width + (64 << 10)) as u64
    }

    /// The next rows of the three planes; `None` behind the last.
    pub(super) fn next_rows(&mut self, cpu: Cpu) -> Result<Option<[Rows<'_>; 3]>, Damaged> {
        let height = self.header.height;
        let top = 16 * self.row;
        if top >= height {
            return Ok(None);
        }
        let is_first = self.row == 0;
        if !is_first {
            for plane in &mut self.strip.planes {
                plane.keep_last();
            }
        }
        decode_row(cpu, self).ok_or(TOO_SHORT)?;
        if self.header.filter.level > 0 {
            filter_row(
                cpu,
                &mut self.strip,
                &self.filters,
                self.header.filter.is_simple,
                !is_first,
            );
        }
        self.row += 1;
        let left = [height - top, height.div_ceil(2) - top / 2, height.div_ceil(2) - top / 2];
        let mut rows = left
            .iter()
            .zip(&self.strip.planes)
            .map(|(&left, plane)| plane.finished(is_first, left));
        match (rows.next(), rows.next(), rows.next()) {
            (Some(y), Some(u), Some(v)) => Ok(Some([y, u, v])),
            _ => Ok(None),
        }
    }
}

kernel!(
    /// Decodes a row of macroblocks into the strip. `None` if it needs more bits than there are.
    fn decode_row(frame: &mut Frame<'_>) -> Option<()> = decode_row_body
);

#[inline(always)]
fn decode_row_body(frame: &mut Frame<'_>) -> Option<()> {
    let Frame { header, tables, row, columns, filters, above, strip } = frame;
    let partition = *row & (header.coefficients.len() - 1);
    let mut bits = *header.coefficients.get(partition)?;
    let has_above = *row > 0;
    let mut left = Column::default();
    let mut subblocks = [SubblockMode::default(); 16];
    let mut coefficients = Coefficients::new();
    let mut surroundings = [
        Surroundings([[127; 32]; 17]),
        Surroundings([[127; 32]; 17]),
        Surroundings([[127; 32]; 17]),
    ];
    for surroundings in &mut surroundings {
        surroundings.start_row(!has_above);
    }
    for (x, (column, filter)) in columns.iter_mut().zip(filters.iter_mut()).enumerate() {
        let modes = Modes::read(header, &mut column.modes, &mut left.modes, &mut subblocks);
        let segment = header.segments[usize::from(modes.segment & 3)];
        let by_subblocks = modes.luma.is_none();
        coefficients.clear();
        if modes.is_skipped {
            column.coefficients.clear(by_subblocks);
            left.coefficients.clear(by_subblocks);
        } else {
            coefficients::read(
                &mut bits,
                tables,
                &segment,
                by_subblocks,
                &mut column.coefficients,
                &mut left.coefficients,
                &mut coefficients,
            );
        }
        let has_coefficients = coefficients.has_luma || coefficients.has_chroma;
        *filter = EdgeFilter::new(&header.filter, &segment, by_subblocks, has_coefficients);

        let [luma, chroma @ ..] = &mut surroundings;
        let [luma_above, chroma_above @ ..] = &mut *above;
        let [luma_plane, chroma_planes @ ..] = &mut strip.planes;
        luma.advance::<16>(luma_above.get(16 * x..16 * x + 20)?, x == 0);
        predict_luma(luma, &modes, &subblocks, &coefficients, has_above, x > 0);
        for y in 0..16 {
            luma_plane.set_row(x, y, luma.row::<16>(y));
        }
        luma_above.get_mut(16 * x..16 * x + 16)?.copy_from_slice(&luma.row::<16>(15));

        let rows = if coefficients.has_chroma {
            rows_of::<8, 32>(&transform::residuals(&coefficients.chroma))
        } else {
            [[0; 32]; 4]
        };
        for plane in 0..2 {
            let square = &mut chroma[plane];
            let above = &mut chroma_above[plane];
            square.advance::<8>(above.get(8 * x..8 * x + 8)?, x == 0);
            square.predict::<8>(modes.chroma, has_above, x > 0);
            if coefficients.has_chroma {
                for y in 0..8 {
                    let at = 16 * plane + 8 * (y / 4);
                    square.add::<8>(y, rows[y % 4][at..].first_chunk()?);
                }
            }
            for y in 0..8 {
                chroma_planes[plane].set_row(x, y, square.row::<8>(y));
            }
            above.get_mut(8 * x..8 * x + 8)?.copy_from_slice(&square.row::<8>(7));
        }
    }
    // What lies above and to the right of the last macroblock of the next row.
    if let Some((extra, row)) =
        above[0].split_last_chunk_mut::<4>().map(|(row, extra)| (extra, row))
    {
        *extra = [*row.last()?; 4];
    }
    *header.coefficients.get_mut(partition)? = bits;
    (!bits.is_past_end() && !header.modes.is_past_end()).then_some(())
}

/// Predicts the luma of a macroblock and adds its residuals.
#[inline(always)]
fn predict_luma(
    luma: &mut Surroundings,
    modes: &Modes,
    subblocks: &[SubblockMode; 16],
    coefficients: &Coefficients,
    has_above: bool,
    has_left: bool,
) {
    let rows = if coefficients.has_luma {
        rows_of::<16, 64>(&transform::residuals(&coefficients.luma))
    } else {
        [[0; 64]; 4]
    };
    if let Some(mode) = modes.luma {
        luma.predict::<16>(mode, has_above, has_left);
        if coefficients.has_luma {
            for y in 0..16 {
                if let Some(row) = rows[y % 4][16 * (y / 4)..].first_chunk() {
                    luma.add::<16>(y, row);
                }
            }
        }
        return;
    }
    luma.repeat_above_right();
    for (at, &mode) in subblocks.iter().enumerate() {
        let mut residuals = [[0; 4]; 4];
        for (to, row) in residuals.iter_mut().zip(&rows) {
            to.copy_from_slice(&row[4 * at..4 * at + 4]);
        }
        luma.subblock(at % 4, at / 4, mode, residuals);
    }
}

/// The values of `L` blocks of four by four, side by side, as rows: `P` is four times `L`.
#[inline(always)]
fn rows_of<const L: usize, const P: usize>(blocks: &[[i16; L]; 16]) -> [[i16; P]; 4] {
    let mut rows = [[0; P]; 4];
    for (y, row) in rows.iter_mut().enumerate() {
        for l in 0..L {
            row[4 * l] = blocks[4 * y][l];
            row[4 * l + 1] = blocks[4 * y + 1][l];
            row[4 * l + 2] = blocks[4 * y + 2][l];
            row[4 * l + 3] = blocks[4 * y + 3][l];
        }
    }
    rows
}

#[cfg(test)]
pub(super) use self::tests::fixtures;

#[cfg(test)]
mod tests {
    use flate2::Crc;

    use super::*;

    /// The three planes of a frame, without padding.
    fn planes(cpu: Cpu, data: &[u8]) -> Result<Vec<u8>, Damaged> {
        let mut frame = Frame::new(data)?;
        let (width, height) = frame.size();
        let mut planes = [const { Vec::new() }; 3];
        while let Some(rows) = frame.next_rows(cpu)? {
            let widths = [width, width.div_ceil(2), width.div_ceil(2)];
            for ((plane, rows), width) in planes.iter_mut().zip(rows).zip(widths) {
                for row in rows.samples.chunks(rows.stride) {
                    plane.extend(&row[..width]);
                }
            }
        }
        let [luma, u, v] = &planes;
        assert_eq!((luma.len(), u.len()), (width * height, v.len()));
        Ok(planes.concat())
    }

    /// The VP8 chunks of the fixtures whose planes libwebp has decoded, with the checksums of these.
    pub(in super::super) fn fixtures() -> Vec<(String, Vec<u8>, u32)> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
        let truth = std::fs::read(folder.join("truth.json")).unwrap();
        let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
        let files = truth["files"].as_array().unwrap().iter();
        let known = files.filter_map(|entry| {
            let crc = u32::try_from(entry["yuv_crc32"].as_u64()?).unwrap();
            let name = entry["file"].as_str().unwrap();
            let file = std::fs::read(folder.join("files").join(name)).unwrap();
            let at = file.windows(4).position(|kind| kind == b"VP8 ").unwrap();
            let length = u32::from_le_bytes(*file[at + 4..].first_chunk().unwrap()) as usize;
            Some((name.to_owned(), file[at + 8..][..length].to_vec(), crc))
        });
        known.collect()
    }

    #[test]
    fn planes_are_those_of_libwebp() {
        let fixtures = fixtures();
        assert!(fixtures.len() >= 24, "{}", fixtures.len());
        for (name, data, expected) in fixtures {
            for cpu in [Cpu::detect(), Cpu::baseline()] {
                let mut crc = Crc::new();
                crc.update(&planes(cpu, &data).unwrap());
                assert_eq!(crc.sum(), expected, "{name}");
            }
        }
    }

    /// A file says how long its frame is, so that a cut one is refused before. A frame that is too short in itself
    /// is noticed too, unless what is missing is so little that it could be zeros.
    #[test]
    fn a_frame_without_its_second_half_is_refused() {
        let large = fixtures().into_iter().filter(|(_, data, _)| data.len() > 500);
        for (name, data, _) in large {
            for cut in (0..data.len() / 2).step_by(data.len() / 200) {
                assert!(planes(Cpu::detect(), &data[..cut]).is_err(), "{name} cut at {cut}");
            }
        }
    }

    #[test]
    fn damage_is_survived() {
        let mut seed = 1_u64;
        let mut random = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for (_, data, _) in fixtures() {
            for _ in 0..100 {
                let mut damaged = data.clone();
                for _ in 0..=random(4) {
                    let at = if random(2) == 0 { random(60) } else { random(data.len()) };
                    // Not the size, which would make it slow.
                    if !(6..10).contains(&at) && at < data.len() {
                        damaged[at] = u8::try_from(random(256)).unwrap();
                    }
                }
                let [one, other] =
                    [Cpu::detect(), Cpu::baseline()].map(|cpu| planes(cpu, &damaged).ok());
                assert!(one == other);
            }
        }
    }
}

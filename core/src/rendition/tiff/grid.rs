//! The strips or tiles of a page: their size, and where they lie in the file.

use super::compression::Compression;
use super::fields::{Fields, tag};
use super::pixels::Packed;
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;

/// The size of the strips or tiles that a page is cut into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    tiled: bool,
    /// Pixels across and down of a strip or tile, above 0.
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A strip or tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// Its index in the tables of the file.
    pub(super) index: usize,
    /// Pixels of the picture to its left.
    pub(super) left: usize,
    /// Its rows, of which those of a tile may reach beyond the picture.
    pub(super) rows: usize,
}

impl Grid {
    /// `in_one_stream`: the strips or tiles are parts of one JPEG.
    pub(super) fn read(
        fields: &Fields<'_>,
        in_one_stream: bool,
        size: Size,
    ) -> Result<Self, DecodeError> {
        let (page_width, page_height) = (size.width as usize, size.height as usize);
        let side = |tag, default| {
            fields.integer(tag).map_or(default, |n| usize::try_from(n).unwrap_or(usize::MAX))
        };
        let tiled = fields.integer(tag::TILE_WIDTH).is_some() && !in_one_stream;
        let (width, height) = if in_one_stream {
            (page_width, page_height)
        } else if tiled {
            (side(tag::TILE_WIDTH, 0), side(tag::TILE_LENGTH, 0))
        } else {
            (page_width, side(tag::ROWS_PER_STRIP, usize::MAX).min(page_height))
        };
        if width == 0 || height == 0 {
            return Err("the strips or tiles have no pixels".into());
        }
        Ok(Self { tiled, width, height })
    }

    /// Strips or tiles of a plane across and down.
    pub(super) fn extent(&self, size: Size) -> (usize, usize) {
        let (width, height) = (size.width as usize, size.height as usize);
        (width.div_ceil(self.width), height.div_ceil(self.height))
    }

    /// Strips or tiles of a plane.
    pub(super) fn cells(&self, size: Size) -> u64 {
        let (across, down) = self.extent(size);
        (across as u64).saturating_mul(down as u64)
    }

    /// The strips or tiles of a plane that are side by side, `band` rows of them below the top.
    pub(super) fn band(
        &self,
        size: Size,
        plane: usize,
        band: usize,
    ) -> impl Iterator<Item = Chunk> {
        let (across, down) = self.extent(size);
        let Self { tiled, width, height } = *self;
        let above = band.saturating_mul(height);
        // Strips end with the picture, tiles do not.
        let rows =
            if tiled { height } else { height.min((size.height as usize).saturating_sub(above)) };
        let first = (plane * down + band) * across;
        (0..across).map(move |column| Chunk { index: first + column, left: column * width, rows })
    }

    /// The tables of a page that is cut into `count` strips or tiles.
    pub(super) fn locations(
        &self,
        fields: &Fields<'_>,
        compression: Compression,
        count: usize,
    ) -> Result<Locations, DecodeError> {
        let (offsets, lengths) = if self.tiled {
            (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
        };
        let table = |tag| fields.integers(tag).take(count).collect::<Vec<_>>();
        let (offsets, mut lengths) = (table(offsets), table(lengths));
        if offsets.len() < count {
            return Err("strips or tiles are missing".into());
        }
        let file = fields.file.len();
        complete(&offsets, &mut lengths);
        // Strips may overlap, but not so often that a small file is read for hours.
        let most = file.saturating_mul(4).saturating_add(1 << 20);
        let in_file = offsets
            .iter()
            .zip(&lengths)
            .map(|(&offset, &length)| length.min(file.saturating_sub(offset)));
        let total = in_file.fold(0u64, u64::saturating_add);
        if total > most && compression != Compression::None {
            return Err("the strips or tiles are longer than the file".into());
        }
        if compression == Compression::None {
            // The length of uncompressed data is that of the pixels.
            lengths.clear();
        }
        Ok(Locations { offsets, lengths })
    }
}

/// Where the strips or tiles lie in the file.
pub(super) struct Locations {
    offsets: Vec<u64>,
    /// Empty where each reaches to the end of its pixels.
    lengths: Vec<u64>,
}

impl Locations {
    /// The data of a strip or tile in memory, and what follows it where its length is not stated.
    pub(super) fn data<'a>(&self, fields: &Fields<'a>, chunk: Chunk) -> &'a [u8] {
        let (offset, length) = self.range(chunk);
        let tail = fields.tail(offset);
        usize::try_from(length).ok().and_then(|length| tail.get(..length)).unwrap_or(tail)
    }

    /// As [`data`](Self::data), in memory or on disk. Also whether they may go on behind the end of the file.
    pub(super) fn packed<'a>(
        &self,
        fields: &Fields<'a>,
        chunk: Chunk,
    ) -> Result<(Packed<'a>, bool), DecodeError> {
        let (offset, length) = self.range(chunk);
        let is_cut = length > fields.file.len().saturating_sub(offset);
        Ok((fields.file.packed(offset, length)?, is_cut))
    }

    /// The data of a strip or tile that is not compressed: `length` bytes.
    pub(super) fn unpacked<'a>(
        &self,
        fields: &Fields<'a>,
        chunk: Chunk,
        length: usize,
    ) -> Result<Packed<'a>, DecodeError> {
        fields.file.unpacked(self.range(chunk).0, length)
    }

    /// The longest data of a strip or tile in a file of `file` bytes.
    pub(super) fn longest(&self, file: u64) -> u64 {
        let in_file = self.offsets.iter().zip(&self.lengths);
        in_file
            .map(|(offset, length)| (*length).min(file.saturating_sub(*offset)))
            .max()
            .unwrap_or(0)
    }

    /// The offset of a strip or tile, and its length, without end if it is not stated.
    fn range(&self, chunk: Chunk) -> (u64, u64) {
        let offset = self.offsets.get(chunk.index).copied().unwrap_or(u64::MAX);
        (offset, self.lengths.get(chunk.index).copied().unwrap_or(u64::MAX))
    }
}

/// Fills in lengths that are missing or 0: up to the next offset, or without end.
fn complete(offsets: &[u64], lengths: &mut Vec<u64>) {
    lengths.resize(offsets.len(), 0);
    let mut sorted = Vec::new();
    if lengths.contains(&0) {
        sorted = offsets.to_vec();
        sorted.sort_unstable();
    }
    for (&offset, length) in offsets.iter().zip(lengths) {
        if *length == 0 {
            let next = sorted.get(sorted.partition_point(|&other| other <= offset));
            *length = next.map_or(u64::MAX, |&next| next - offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_lengths_end_at_the_next_strip() {
        let mut lengths = vec![0, 7];
        complete(&[50, 10, 20, 20], &mut lengths);
        assert_eq!(lengths, [u64::MAX, 7, 30, 30]);
    }

    #[test]
    fn tiles_reach_beyond_the_picture_and_strips_do_not() {
        let size = Size::new(40, 20);
        let all = |grid: Grid, plane, band| {
            let chunks = grid.band(size, plane, band);
            chunks.map(|c| (c.index, c.left, c.rows)).collect::<Vec<_>>()
        };
        let strips = Grid { tiled: false, width: 40, height: 16 };
        assert_eq!((strips.extent(size), strips.cells(size)), ((1, 2), 2));
        assert_eq!([all(strips, 0, 0), all(strips, 0, 1)], [[(0, 0, 16)], [(1, 0, 4)]]);
        assert_eq!([all(strips, 1, 0), all(strips, 1, 1)], [[(2, 0, 16)], [(3, 0, 4)]]);
        let tiles = Grid { tiled: true, width: 32, height: 16 };
        assert_eq!(all(tiles, 0, 0), [(0, 0, 16), (1, 32, 16)]);
        assert_eq!(all(tiles, 2, 1), [(10, 0, 16), (11, 32, 16)]);
    }
}

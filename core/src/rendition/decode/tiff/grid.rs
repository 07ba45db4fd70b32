//! The strips or tiles of a page: their size, and where they lie in the file.

use super::compression::Compression;
use super::fields::{Fields, tag};
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
    /// The plane of the picture that it belongs to.
    pub(super) plane: usize,
    /// Pixels of the picture to its left, and rows above it.
    pub(super) left: usize,
    pub(super) top: usize,
    /// Its rows, of which those of a tile may reach beyond the picture.
    pub(super) rows: usize,
}

impl Grid {
    pub(super) fn read(
        fields: &Fields<'_>,
        compression: Compression,
        size: Size,
    ) -> Result<Self, DecodeError> {
        let (page_width, page_height) = (size.width as usize, size.height as usize);
        let side = |tag, default| {
            fields.integer(tag).map_or(default, |n| usize::try_from(n).unwrap_or(usize::MAX))
        };
        let tiled =
            fields.integer(tag::TILE_WIDTH).is_some() && compression != Compression::OldJpeg;
        let (width, height) = if compression == Compression::OldJpeg {
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
    fn extent(&self, size: Size) -> (usize, usize) {
        let (width, height) = (size.width as usize, size.height as usize);
        (width.div_ceil(self.width), height.div_ceil(self.height))
    }

    /// Strips or tiles of a plane.
    pub(super) fn cells(&self, size: Size) -> u64 {
        let (across, down) = self.extent(size);
        (across as u64).saturating_mul(down as u64)
    }

    /// The strips or tiles of a page in the order of the file, plane by plane.
    pub(super) fn chunks(&self, size: Size, planes: usize) -> impl Iterator<Item = Chunk> {
        let (across, down) = self.extent(size);
        let Self { tiled, width, height } = *self;
        // A page has at most as many strips or tiles as pixels.
        (0..across * down * planes).map(move |index| {
            let (plane, cell) = (index / (across * down), index % (across * down));
            let (row, column) = (cell / across, cell % across);
            let top = row * height;
            // Strips end with the picture, tiles do not.
            let rows = if tiled { height } else { height.min(size.height as usize - top) };
            Chunk { index, plane, left: column * width, top, rows }
        })
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
        let file = fields.file.len() as u64;
        complete(&offsets, &mut lengths, file);
        // Strips may overlap, but not so often that a small file is read for hours.
        let most = file.saturating_mul(4).saturating_add(1 << 20);
        let total = lengths.iter().fold(0u64, |sum, &length| sum.saturating_add(length));
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
    /// The data of a strip or tile, and what follows it where its length is not stated.
    pub(super) fn data<'a>(&self, fields: &Fields<'a>, chunk: Chunk) -> &'a [u8] {
        let offset = self.offsets.get(chunk.index).copied().unwrap_or(u64::MAX);
        let tail = fields.tail(offset);
        let length = self.lengths.get(chunk.index).and_then(|&n| usize::try_from(n).ok());
        length.and_then(|length| tail.get(..length)).unwrap_or(tail)
    }
}

/// Fills in lengths that are missing or 0, up to the next offset or the end of the file, and cuts
/// those that go beyond it.
fn complete(offsets: &[u64], lengths: &mut Vec<u64>, file: u64) {
    lengths.resize(offsets.len(), 0);
    let mut sorted = Vec::new();
    if lengths.contains(&0) {
        sorted = offsets.to_vec();
        sorted.sort_unstable();
    }
    for (&offset, length) in offsets.iter().zip(lengths) {
        let rest = file.saturating_sub(offset);
        if *length == 0 {
            let next = sorted.get(sorted.partition_point(|&other| other <= offset));
            *length = next.map_or(rest, |&next| next - offset);
        }
        *length = rest.min(*length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_lengths_end_at_the_next_strip() {
        let mut lengths = vec![0, 7];
        complete(&[50, 10, 20, 20], &mut lengths, 60);
        assert_eq!(lengths, [10, 7, 30, 30]);
        let mut lengths = vec![100, 5];
        complete(&[50, 90], &mut lengths, 60);
        assert_eq!(lengths, [10, 0]);
    }

    #[test]
    fn tiles_reach_beyond_the_picture_and_strips_do_not() {
        let size = Size::new(40, 20);
        let all = |grid: Grid, planes| {
            let chunks = grid.chunks(size, planes);
            chunks.map(|c| (c.index, c.plane, c.left, c.top, c.rows)).collect::<Vec<_>>()
        };
        let strips = Grid { tiled: false, width: 40, height: 16 };
        let want = [(0, 0, 0, 0, 16), (1, 0, 0, 16, 4), (2, 1, 0, 0, 16), (3, 1, 0, 16, 4)];
        assert_eq!(all(strips, 2), want);
        assert_eq!(strips.cells(size), 2);
        let tiles = Grid { tiled: true, width: 32, height: 16 };
        let want = [(0, 0, 0, 0, 16), (1, 0, 32, 0, 16), (2, 0, 0, 16, 16), (3, 0, 32, 16, 16)];
        assert_eq!(all(tiles, 1), want);
    }
}

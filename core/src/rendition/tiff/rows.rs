//! From strips and tiles to the rows of the page.

use super::chunk::ChunkRows;
use super::colour::Colours;
use super::grid::Locations;
use super::page::Page;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fit::RowSink;

impl Page<'_> {
    /// Pushes all rows of the page. JPEG decoders may use `memory` bytes.
    pub(super) fn push_rows(&self, sink: &mut RowSink, memory: u64) -> Result<(), DecodeError> {
        let count = usize::try_from(self.chunks()).map_err(DecodeError::damaged)?;
        let locations = self.grid.locations(&self.fields, self.compression, count)?;
        let mut colours = Colours::new(self);
        let (across, down) = self.grid.extent(self.size);
        if across > 1 {
            self.push_tiles(&locations, down, &mut colours, sink, memory)
        } else {
            self.push_strips(&locations, down, &mut colours, sink, memory)
        }
    }

    /// Of strips, or of tiles as wide as the page: row by row, and side by side where each kind of sample has its
    /// own. So no strip is held, which may be all of the page.
    fn push_strips(
        &self,
        locations: &Locations,
        down: usize,
        colours: &mut Colours,
        sink: &mut RowSink,
        memory: u64,
    ) -> Result<(), DecodeError> {
        let reader = |plane| Ok((plane, ChunkRows::new(self, memory)?));
        let mut readers =
            self.planes_read().map(reader).collect::<Result<Vec<_>, DecodeError>>()?;
        let mut row = vec![0; self.row_samples()];
        for band in 0..down {
            for (plane, reader) in &mut readers {
                for chunk in self.grid.band(self.size, *plane, band) {
                    reader.start(chunk, locations)?;
                }
            }
            for _ in 0..self.rows_of(band) {
                if let ([(_, reader)], true) = (&mut *readers, self.keeps_all()) {
                    let samples = reader.next()?.get(..self.row_samples());
                    sink.push(colours.convert(samples.unwrap_or_default()));
                    continue;
                }
                for (at, (_, reader)) in readers.iter_mut().enumerate() {
                    self.put(&mut row, reader.next()?, at);
                }
                sink.push(colours.convert(&row));
            }
        }
        Ok(())
    }

    /// Of tiles, a band of them at a time.
    fn push_tiles(
        &self,
        locations: &Locations,
        down: usize,
        colours: &mut Colours,
        sink: &mut RowSink,
        memory: u64,
    ) -> Result<(), DecodeError> {
        let mut reader = ChunkRows::new(self, memory)?;
        let row_samples = self.row_samples();
        let mut rows = vec![0; row_samples * self.rows_of(0)];
        for band in 0..down {
            let rows = rows.get_mut(..row_samples * self.rows_of(band)).unwrap_or_default();
            for (at, plane) in self.planes_read().enumerate() {
                for chunk in self.grid.band(self.size, plane, band) {
                    reader.start(chunk, locations)?;
                    for row in rows.chunks_exact_mut(row_samples) {
                        let row = row.get_mut(chunk.left * self.kept..).unwrap_or_default();
                        self.put(row, reader.next()?, at);
                    }
                }
            }
            for row in rows.chunks_exact(row_samples) {
                sink.push(colours.convert(row));
            }
        }
        Ok(())
    }

    /// The planes that are read: one where the samples of a pixel are together.
    fn planes_read(&self) -> impl Iterator<Item = usize> {
        self.kept_samples().take(if self.planar { usize::MAX } else { 1 })
    }

    /// Kept samples of a row of the page.
    pub(super) fn row_samples(&self) -> usize {
        self.size.width as usize * self.kept
    }

    /// Rows of the page in a band of strips or tiles.
    fn rows_of(&self, band: usize) -> usize {
        let above = band.saturating_mul(self.grid.height);
        self.grid.height.min((self.size.height as usize).saturating_sub(above))
    }

    /// Whether the samples of a pixel are together, and all are kept.
    fn keeps_all(&self) -> bool {
        !self.planar && self.samples.pixel_bytes() == self.kept
    }

    /// Writes the kept samples of a chunk's row to a row of the page: of planes, the one that is kept as number
    /// `at`.
    fn put(&self, row: &mut [u8], samples: &[u8], at: usize) {
        let kept = self.kept;
        if self.keeps_all() {
            let count = samples.len().min(row.len());
            if let (Some(row), Some(samples)) = (row.get_mut(..count), samples.get(..count)) {
                row.copy_from_slice(samples);
            }
        } else if self.planar {
            for (pixel, sample) in row.chunks_exact_mut(kept).zip(samples) {
                if let Some(to) = pixel.get_mut(at) {
                    *to = *sample;
                }
            }
        } else {
            let pixels = samples.chunks_exact(self.samples.per_pixel);
            for (pixel, samples) in row.chunks_exact_mut(kept).zip(pixels) {
                for (to, from) in pixel.iter_mut().zip(self.kept_samples()) {
                    *to = samples.get(from).copied().unwrap_or_default();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;
    use crate::rendition::budget::Budget;
    use crate::rendition::decode_error::DecodeError;
    use crate::rendition::kernel::Cpu;

    /// A page of one grey row per strip, all at `offset` and of `length` bytes.
    fn striped(compression: u16, rows: u32, offset: u32, length: u32) -> Vec<u8> {
        let fields: [(u16, u16, u32, u32); 9] = [
            (256, 4, 1, 64),
            (257, 4, 1, rows),
            (258, 3, 1, 8),
            (259, 3, 1, compression.into()),
            (262, 3, 1, 1),
            (266, 3, 1, 2),
            (273, 4, rows, 200),
            (278, 4, 1, 1),
            (279, 4, rows, 200 + 4 * rows),
        ];
        let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
        for (tag, kind, count, value) in fields {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        file.resize(200, 0);
        for value in [offset, length] {
            (0..rows).for_each(|_| file.extend(value.to_le_bytes()));
        }
        file
    }

    #[test]
    fn overlapping_strips_are_not_read_for_hours() {
        let rows = 60_000;
        // Each strip reaches to the end of the file, in PackBits: 60000 times 4 MB.
        let mut file = striped(32773, rows, 200 + 8 * rows, 0);
        // A run of 64 pixels.
        [193u8, 7].iter().for_each(|&byte| file.push(byte.reverse_bits()));
        file.resize(4 << 20, 0);
        let budget = Budget::new(1 << 30, &StandardOptions::default(), Orientation::Upright);
        let refused = decode(Cpu::detect(), &file, &budget);
        assert!(matches!(refused, Err(DecodeError::Damaged(why)) if why.contains("longer")));
        let mut file = striped(32773, 10, 280, 2);
        [193u8, 7].iter().for_each(|&byte| file.push(byte.reverse_bits()));
        assert!(decode(Cpu::detect(), &file, &budget).is_ok());
    }

    #[test]
    fn a_tile_for_each_pixel_is_refused() {
        let mut file = striped(32773, 300, 0, 2);
        // Tiles of one pixel, 300 by 300 of them, instead of strips.
        file[18..22].copy_from_slice(&300u32.to_le_bytes());
        for (entry, tag) in [(6, 322u16), (7, 323), (8, 324)] {
            let at = 10 + 12 * entry;
            file[at..at + 2].copy_from_slice(&tag.to_le_bytes());
            file[at + 4..at + 12].copy_from_slice(&[1, 0, 0, 0, 1, 0, 0, 0]);
        }
        let budget = Budget::new(1 << 30, &StandardOptions::default(), Orientation::Upright);
        let refused = decode(Cpu::detect(), &file, &budget);
        assert!(matches!(refused, Err(DecodeError::Unsupported(why)) if why.contains("too many")));
    }

    /// A page of a row of indices of 16 bits, in tiles of 2 x 1 pixels or in a strip.
    fn wide_indices(indices: [u16; 4], is_big: bool, is_tiled: bool) -> Vec<u8> {
        const MAP: u32 = 300;
        let word = |value: u16| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
        let long = |value: u32| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
        let pixels = MAP + 6 * 65_536;
        // Where two values are shorts, both.
        let mut fields: Vec<(u16, u16, u32, [u8; 4])> = vec![
            (256, 4, 1, long(4)),
            (257, 4, 1, long(1)),
            (258, 3, 1, [word(16), [0; 2]].concat().try_into().unwrap()),
            (262, 3, 1, [word(3), [0; 2]].concat().try_into().unwrap()),
            (277, 3, 1, [word(1), [0; 2]].concat().try_into().unwrap()),
            (320, 3, 3 * 65_536, long(MAP)),
        ];
        if is_tiled {
            fields.extend([(322, 4, 1, long(2)), (323, 4, 1, long(1)), (324, 4, 2, long(200))]);
            fields.push((325, 4, 2, long(208)));
        } else {
            fields.extend([(273, 4, 1, long(pixels)), (279, 4, 1, long(8))]);
            fields.sort_unstable_by_key(|field| field.0);
        }
        let mut file = if is_big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        file.extend(long(8));
        file.extend(word(u16::try_from(fields.len()).unwrap()));
        for (tag, kind, count, value) in fields {
            file.extend([word(tag), word(kind)].concat());
            file.extend(long(count));
            file.extend(value);
        }
        file.resize(200, 0);
        [pixels, pixels + 4, 4, 4].iter().for_each(|&value| file.extend(long(value)));
        file.resize(MAP as usize, 0);
        // The red of an index is its upper byte, the green its lower one, the blue the complement of that.
        for channel in 0..3 {
            for index in 0..=u16::MAX {
                let [high, low] = index.to_be_bytes();
                let value = [high, low, !low][channel];
                file.extend(word(u16::from(value) * 257));
            }
        }
        indices.iter().for_each(|&index| file.extend(word(index)));
        file
    }

    #[test]
    fn indices_of_16_bits() {
        let budget = Budget::new(1 << 26, &StandardOptions::default(), Orientation::Upright);
        for is_big in [false, true] {
            for is_tiled in [false, true] {
                let file = wide_indices([0, 0x1234, 0xFFFF, 0x0180], is_big, is_tiled);
                let picture = decode(Cpu::detect(), &file, &budget).unwrap();
                let planes: Vec<_> = picture.planes.iter().map(|p| p.samples.clone()).collect();
                let want = [[0, 0x12, 255, 1], [0, 0x34, 255, 0x80], [255, 0xCB, 0, 0x7F]];
                assert_eq!(planes, want, "{is_big} {is_tiled}");
            }
        }
    }
}

//! From strips and tiles to the samples of the page.

use super::compression::Compression;
use super::fields::tag;
use super::grid::Chunk;
use super::page::Page;
use super::photometric::Photometric;
use crate::rendition::decode::jpeg::chunk::JpegChunks;
use crate::rendition::decode::jpeg::plan::Expected;
use crate::rendition::decode_error::DecodeError;

impl Page<'_> {
    /// The kept samples of all pixels, 8 bits each. JPEG decoders may use `memory` bytes beside them.
    pub(super) fn unpack(&self, memory: u64) -> Result<Vec<u8>, DecodeError> {
        let jpeg = if self.compression.is_jpeg() {
            // Colours other than YCbCr are kept as they are coded.
            let raw = self.photometric != Photometric::YCbCr;
            Some(JpegChunks::new(self.fields.bytes(tag::JPEG_TABLES), raw, memory)?)
        } else {
            None
        };
        let mut pixels = vec![0; self.size.width as usize * self.size.height as usize * self.kept];
        let planes = self.planes();
        if self.compression == Compression::OldJpeg {
            let stream = self.old_jpeg_stream()?;
            for chunk in self.grid.chunks(self.size, 1) {
                self.unpack_chunk(stream, chunk, &mut pixels, jpeg.as_ref())?;
            }
            return Ok(pixels);
        }
        let count = usize::try_from(self.chunks()).map_err(DecodeError::damaged)?;
        let locations = self.grid.locations(&self.fields, self.compression, count)?;
        for chunk in self.grid.chunks(self.size, planes) {
            let data = locations.data(&self.fields, chunk);
            self.unpack_chunk(data, chunk, &mut pixels, jpeg.as_ref())?;
        }
        Ok(pixels)
    }

    /// The JPEG of compression 6 (TIFF 6.0, section 22) where it is one stream. Its strips may also
    /// lie apart from its tables: these files are not decoded.
    fn old_jpeg_stream(&self) -> Result<&[u8], DecodeError> {
        let apart = DecodeError::unsupported("old-style JPEG in strips");
        let Some(start) = self.fields.integer(tag::OLD_JPEG_STREAM) else { return Err(apart) };
        let stream = self.fields.tail(start);
        let length = self.fields.integer(tag::OLD_JPEG_LENGTH).filter(|&length| length > 0);
        let end = length.map_or(u64::MAX, |length| start.saturating_add(length));
        let strip = self.fields.integer(tag::STRIP_OFFSETS);
        if strip.is_some_and(|strip| strip >= end) { Err(apart) } else { Ok(stream) }
    }

    /// Writes the samples of a strip or tile to their pixels.
    fn unpack_chunk(
        &self,
        data: &[u8],
        chunk: Chunk,
        pixels: &mut [u8],
        jpeg: Option<&JpegChunks<'_>>,
    ) -> Result<(), DecodeError> {
        let width = self.size.width as usize;
        let rows = pixels.chunks_exact_mut(width * self.kept).skip(chunk.top).take(chunk.rows);
        if let Some(jpeg) = jpeg {
            self.unpack_jpeg(data, chunk, rows, jpeg)
        } else if let Some(factors) = self.subsampling {
            self.unpack_subsampled(data, chunk, rows, factors)
        } else {
            self.unpack_rows(data, chunk, rows)
        }
    }

    fn unpack_rows<'p>(
        &self,
        data: &[u8],
        chunk: Chunk,
        rows: impl Iterator<Item = &'p mut [u8]>,
    ) -> Result<(), DecodeError> {
        let row_bytes = self.chunk_row_bytes();
        let length = row_bytes.checked_mul(chunk.rows).ok_or("a strip is too large")?;
        let bits = self.samples.row_bits(self.grid.width);
        let data = self.compression.unpack(data, length, bits, self.reversed)?;
        let mut data = data.into_owned();
        let mut samples = Vec::new();
        for (row, packed) in rows.zip(data.chunks_exact_mut(row_bytes)) {
            self.samples.read_row(packed, &mut samples);
            self.put(row, &samples, self.samples.per_pixel, chunk);
        }
        Ok(())
    }

    fn unpack_jpeg<'p>(
        &self,
        data: &[u8],
        chunk: Chunk,
        rows: impl Iterator<Item = &'p mut [u8]>,
        jpeg: &JpegChunks<'_>,
    ) -> Result<(), DecodeError> {
        let (width, channels) = (self.grid.width, self.samples.per_pixel);
        let most_rows = self.grid.height.max(chunk.rows).next_multiple_of(16);
        let expected = Expected { width, rows: chunk.rows, most_rows, channels };
        let picture = jpeg.decode(data, expected)?;
        for (row, samples) in rows.zip(picture.pixels.chunks_exact(width * channels)) {
            self.put(row, samples, channels, chunk);
        }
        Ok(())
    }

    /// Units of luma samples and the chroma pair that they share (TIFF 6.0, section 21).
    fn unpack_subsampled<'p>(
        &self,
        data: &[u8],
        chunk: Chunk,
        rows: impl Iterator<Item = &'p mut [u8]>,
        (h, v): (usize, usize),
    ) -> Result<(), DecodeError> {
        let unit = h * v + 2;
        let units = self.grid.width.div_ceil(h);
        let length = units.saturating_mul(chunk.rows.div_ceil(v)).saturating_mul(unit);
        let data = self.compression.unpack(data, length, 0, self.reversed)?;
        let mut lines = data.chunks_exact(units * unit);
        let mut line: &[u8] = &[];
        let mut samples = Vec::new();
        for (y, row) in rows.enumerate() {
            if y % v == 0 {
                line = lines.next().unwrap_or_default();
            }
            samples.clear();
            for unit in line.chunks_exact(unit) {
                let (luma, chroma) = unit.split_at(h * v);
                for &luma in luma.iter().skip(y % v * h).take(h) {
                    samples.push(luma);
                    samples.extend_from_slice(chroma);
                }
            }
            self.put(row, &samples, 3, chunk);
        }
        Ok(())
    }

    /// Writes the kept samples of a chunk's row, of `per_pixel` each, to a row of the page.
    fn put(&self, row: &mut [u8], samples: &[u8], per_pixel: usize, chunk: Chunk) {
        let count = if self.planar { 1 } else { self.kept };
        let pixels = row.chunks_exact_mut(self.kept).skip(chunk.left);
        for (pixel, samples) in pixels.zip(samples.chunks_exact(per_pixel)) {
            for (to, from) in pixel.iter_mut().skip(chunk.plane).take(count).zip(samples) {
                *to = *from;
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
        let refused = decode(&file, &budget);
        assert!(matches!(refused, Err(DecodeError::Damaged(why)) if why.contains("longer")));
        let mut file = striped(32773, 10, 280, 2);
        [193u8, 7].iter().for_each(|&byte| file.push(byte.reverse_bits()));
        assert!(decode(&file, &budget).is_ok());
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
        let refused = decode(&file, &budget);
        assert!(matches!(refused, Err(DecodeError::Unsupported(why)) if why.contains("too many")));
    }
}

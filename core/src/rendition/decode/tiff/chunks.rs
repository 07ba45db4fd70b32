//! The strips or tiles of a page, to its samples.

use super::super::jpeg;
use super::page::{Page, Photometric};
use super::unpack::Compression;
use crate::rendition::decode_error::DecodeError;

impl<'a> Page<'a> {
    /// All kept samples of all pixels, 8 bits each.
    pub(super) fn read(&self, file: u64, allowance: u64) -> Result<Vec<u8>, DecodeError> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let across = width.div_ceil(self.chunk_width);
        let down = height.div_ceil(self.chunk_height);
        let (offset_tag, length_tag) = if self.tiled { (324, 325) } else { (273, 279) };
        let jpeg = if self.compression.is_jpeg() {
            let raw = self.photometric != Photometric::YCbCr;
            Some(jpeg::Chunks::new(self.ifd.raw(347), raw, allowance)?)
        } else {
            None
        };
        if self.compression == Compression::OldJpeg {
            return self.read_old_jpeg(jpeg.as_ref());
        }
        let planes = if self.planar { self.kept } else { 1 };
        let chunks = across * down * planes;
        let table = |tag| self.ifd.numbers(tag).take(chunks).collect::<Vec<_>>();
        let (offsets, mut lengths) = (table(offset_tag), table(length_tag));
        if offsets.len() < chunks {
            return Err("strips or tiles are missing".into());
        }
        complete(&offsets, &mut lengths, file);
        // Strips may lie over each other, but not so that a small file is read for hours.
        let most = file.saturating_mul(4).saturating_add(1 << 20);
        let total = lengths.iter().fold(0u64, |sum, &length| sum.saturating_add(length));
        if total > most && self.compression != Compression::None {
            return Err("the strips or tiles are longer than the file".into());
        }
        let mut pixels = vec![0; width * height * self.kept];
        for plane in 0..planes {
            for row in 0..down {
                for column in 0..across {
                    let index = (plane * down + row) * across + column;
                    let offset = offsets.get(index).copied().unwrap_or(u64::MAX);
                    let packed = match lengths.get(index) {
                        // Without compression the pixels themselves tell the length.
                        Some(&length) if self.compression != Compression::None => {
                            let rest = self.ifd.rest(offset);
                            let length = usize::try_from(length).unwrap_or(usize::MAX);
                            rest.get(..length.min(rest.len())).unwrap_or_default()
                        }
                        _ => self.ifd.rest(offset),
                    };
                    let first_row = row * self.chunk_height;
                    // Strips end with the picture, tiles don't.
                    let rows = if self.tiled {
                        self.chunk_height
                    } else {
                        self.chunk_height.min(height - first_row)
                    };
                    self.place(
                        packed,
                        rows,
                        plane,
                        (column * self.chunk_width, first_row),
                        &mut pixels,
                        jpeg.as_ref(),
                    )?;
                }
            }
        }
        Ok(pixels)
    }

    /// The first way to have JPEG in TIFF, where it is a whole stream; its strips lie within.
    fn read_old_jpeg(&self, jpeg: Option<&jpeg::Chunks<'a>>) -> Result<Vec<u8>, DecodeError> {
        let start = self.ifd.one(513).ok_or("an old-style JPEG without its stream")?;
        let mut pixels = vec![0; self.size.width as usize * self.size.height as usize * self.kept];
        self.place(self.ifd.rest(start), self.chunk_height, 0, (0, 0), &mut pixels, jpeg)?;
        Ok(pixels)
    }

    /// Unpacks a chunk and writes its samples where they belong.
    fn place(
        &self,
        packed: &'a [u8],
        rows: usize,
        plane: usize,
        (left, top): (usize, usize),
        pixels: &mut [u8],
        jpeg: Option<&jpeg::Chunks<'a>>,
    ) -> Result<(), DecodeError> {
        let width = self.size.width as usize;
        let targets = pixels.chunks_exact_mut(width * self.kept).skip(top).take(rows);
        let count = if self.planar { 1 } else { self.kept };
        let put = |target: &mut [u8], samples: &[u8], per_pixel: usize| {
            let target = target.chunks_exact_mut(self.kept).skip(left);
            for (pixel, samples) in target.zip(samples.chunks_exact(per_pixel)) {
                for (to, from) in pixel.iter_mut().skip(plane).take(count).zip(samples) {
                    *to = *from;
                }
            }
        };
        if let Some(jpeg) = jpeg {
            let channels = self.samples.per_pixel;
            let most_rows = self.chunk_height.max(rows).next_multiple_of(16);
            let width = self.chunk_width;
            let expected = jpeg::Expected { width, rows, most_rows, channels };
            let chunk = jpeg.decode(packed, expected)?;
            for (target, row) in targets.zip(chunk.pixels.chunks_exact(self.chunk_width * channels))
            {
                put(target, row, channels);
            }
        } else if let Some((h, v)) = self.subsampling {
            let unit = h * v + 2;
            let units = self.chunk_width.div_ceil(h);
            let length = units.saturating_mul(rows.div_ceil(v)).saturating_mul(unit);
            let data = self.compression.unpack(packed, length, 0, self.reversed)?;
            for (y, target) in targets.enumerate() {
                let line = data.chunks_exact(units * unit).nth(y / v).unwrap_or_default();
                let samples: Vec<u8> = line
                    .chunks_exact(unit)
                    .flat_map(|unit| {
                        let (luma, chroma) = unit.split_at(h * v);
                        let row = luma.iter().skip(y % v * h).take(h);
                        row.flat_map(move |&y| std::iter::once(y).chain(chroma.iter().copied()))
                    })
                    .collect();
                put(target, &samples, 3);
            }
        } else {
            let row_bytes = self.chunk_row_bytes();
            let length = row_bytes.checked_mul(rows).ok_or("a strip is too large")?;
            let bits = self.chunk_width * self.samples.per_pixel * self.samples.bits;
            let mut data =
                self.compression.unpack(packed, length, bits, self.reversed)?.into_owned();
            let mut samples = Vec::new();
            for (target, row) in targets.zip(data.chunks_exact_mut(row_bytes)) {
                self.samples.read(row, &mut samples);
                put(target, &samples, self.samples.per_pixel);
            }
        }
        Ok(())
    }
}

/// Fills in the lengths that are missing or zero, up to the next offset or the end of the file, and cuts
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
    use super::super::decode;
    use super::complete;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;
    use crate::rendition::budget::Budget;
    use crate::rendition::decode_error::DecodeError;

    #[test]
    fn missing_lengths_end_at_the_next_strip() {
        let mut lengths = vec![0, 7];
        complete(&[50, 10, 20, 20], &mut lengths, 60);
        assert_eq!(lengths, [10, 7, 30, 30]);
        let mut lengths = vec![100, 5];
        complete(&[50, 90], &mut lengths, 60);
        assert_eq!(lengths, [10, 0]);
    }

    /// A page of one grey row per strip: where they begin and how long they are is left to the caller.
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
    fn strips_over_each_other_are_not_read_for_hours() {
        let rows = 60_000;
        // Each the whole rest of the file, in PackBits: 60000 times 4 MB.
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
    fn a_decoder_for_each_pixel_is_too_many() {
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
        assert!(matches!(refused, Err(DecodeError::Damaged(why)) if why.contains("too many")));
    }
}

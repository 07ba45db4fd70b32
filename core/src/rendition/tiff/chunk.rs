//! The rows of a strip or tile.

use super::fax;
use super::fields::tag;
use super::grid::{Chunk, Locations};
use super::old_jpeg::{OldJpeg, Tables};
use super::page::Page;
use super::photometric::Photometric;
use super::unpacker::{SHORT, Unpacker};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::jpeg::chunk::JpegChunks;
use crate::rendition::jpeg::plan::Expected;

/// Reads one strip or tile after another, row by row.
pub(super) struct ChunkRows<'p> {
    page: &'p Page<'p>,
    content: Content<'p>,
    /// A row as it is packed, where that is changed to unpack it.
    packed: Vec<u8>,
    samples: Vec<u8>,
}

enum Content<'p> {
    Packed(Unpacker<'p>),
    /// Units of luma samples and the chroma pair that they share (TIFF 6.0, section 21).
    Subsampled {
        unpacker: Unpacker<'p>,
        /// The units of the current rows.
        line: Vec<u8>,
        y: usize,
    },
    Jpeg {
        decoder: Box<JpegDecoder<'p>>,
        pixels: Vec<u8>,
        y: usize,
    },
}

impl<'p> ChunkRows<'p> {
    /// JPEG decoders may use `memory` bytes.
    pub(super) fn new(page: &'p Page<'p>, memory: u64) -> Result<Self, DecodeError> {
        let fax = fax::Page {
            width: page.samples.row_bits(page.grid.width),
            bad_rows: page.fields.integer(tag::BAD_FAX_LINES).unwrap_or(0),
            // A tenth of the page is the most that is taken for lost at its end.
            missing_rows: u64::from(page.size.height).div_ceil(10),
        };
        let content = if page.compression.is_jpeg() {
            let decoder = Box::new(JpegDecoder::new(page, memory)?);
            Content::Jpeg { decoder, pixels: Vec::new(), y: 0 }
        } else if page.subsampling.is_some() {
            let unpacker = Unpacker::new(page.compression, fax);
            Content::Subsampled { unpacker, line: Vec::new(), y: 0 }
        } else {
            Content::Packed(Unpacker::new(page.compression, fax))
        };
        Ok(Self { page, content, packed: Vec::new(), samples: Vec::new() })
    }

    /// Begins a strip or tile.
    pub(super) fn start(&mut self, chunk: Chunk, locations: &Locations) -> Result<(), DecodeError> {
        let page = self.page;
        let start = |unpacker: &mut Unpacker<'p>, length: usize| {
            unpacker.release();
            // The length of uncompressed data is that of the pixels, whatever the field states.
            let (data, is_cut) = if page.compression.is_none() {
                (locations.unpacked(&page.fields, chunk, length)?, true)
            } else {
                locations.packed(&page.fields, chunk)?
            };
            let data = if page.reversed { data.reversed() } else { data };
            unpacker.start(data, length, is_cut);
            Ok::<_, DecodeError>(())
        };
        match &mut self.content {
            Content::Packed(unpacker) => {
                start(unpacker, page.chunk_row_bytes().saturating_mul(chunk.rows))
            }
            Content::Subsampled { unpacker, line, y } => {
                *y = 0;
                line.clear();
                let (_, v) = page.subsampling.unwrap_or((1, 1));
                let rows = chunk.rows.div_ceil(v);
                start(unpacker, page.subsampled_line_bytes().saturating_mul(rows))
            }
            Content::Jpeg { decoder, pixels, y } => {
                *y = 0;
                *pixels = decoder.decode(page, chunk, locations.data(&page.fields, chunk))?;
                Ok(())
            }
        }
    }

    /// The samples of the next row, 8 bits each: all of a pixel's, or one where each has a plane of its own.
    pub(super) fn next(&mut self) -> Result<&[u8], DecodeError> {
        let page = self.page;
        match &mut self.content {
            Content::Packed(unpacker) => {
                let row = unpacker.next(page.chunk_row_bytes())?;
                if page.samples.is_plain() {
                    return Ok(row);
                }
                self.packed.clear();
                self.packed.extend_from_slice(row);
                page.samples.read_row(&mut self.packed, &mut self.samples);
            }
            Content::Subsampled { unpacker, line, y } => {
                let (h, v) = page.subsampling.unwrap_or((1, 1));
                if y.is_multiple_of(v) {
                    line.clear();
                    line.extend_from_slice(unpacker.next(page.subsampled_line_bytes())?);
                }
                self.samples.clear();
                for unit in line.chunks_exact(h * v + 2) {
                    let (luma, chroma) = unit.split_at(h * v);
                    for &luma in luma.iter().skip(*y % v * h).take(h) {
                        self.samples.push(luma);
                        self.samples.extend_from_slice(chroma);
                    }
                }
                *y += 1;
            }
            Content::Jpeg { pixels, y, .. } => {
                let row = page.grid.width * page.samples.per_pixel;
                *y += 1;
                return pixels.get((*y - 1) * row..*y * row).ok_or(SHORT.into());
            }
        }
        Ok(&self.samples)
    }
}

/// Decodes strips or tiles that are JPEGs.
enum JpegDecoder<'p> {
    /// Each is a stream.
    Streams(Box<JpegChunks<'p>>),
    /// As of [`OldJpeg::Chunks`], in at most so many bytes of memory.
    Chunks { tables: &'p Tables, raw: bool, memory: u64 },
}

impl<'p> JpegDecoder<'p> {
    fn new(page: &'p Page<'p>, memory: u64) -> Result<Self, DecodeError> {
        // Colours other than YCbCr are kept as they are coded.
        let raw = page.photometric != Photometric::YCbCr;
        Ok(match &page.old_jpeg {
            Some(OldJpeg::Chunks(tables)) => Self::Chunks { tables, raw, memory },
            Some(OldJpeg::Stream(_)) => {
                Self::Streams(Box::new(JpegChunks::new(None, raw, memory)?))
            }
            None => {
                let tables = page.fields.bytes(tag::JPEG_TABLES);
                Self::Streams(Box::new(JpegChunks::new(tables, raw, memory)?))
            }
        })
    }

    /// All pixels of a strip or tile.
    fn decode(
        &self,
        page: &Page<'p>,
        chunk: Chunk,
        data: &'p [u8],
    ) -> Result<Vec<u8>, DecodeError> {
        let (width, channels) = (page.grid.width, page.samples.per_pixel);
        let most_rows = page.grid.height.max(chunk.rows).next_multiple_of(16);
        let expected = Expected { width, rows: chunk.rows, most_rows, channels };
        let picture = match self {
            Self::Streams(chunks) => match page.old_jpeg {
                Some(OldJpeg::Stream(stream)) => chunks.decode(stream, expected)?,
                _ => chunks.decode(data, expected)?,
            },
            Self::Chunks { tables, raw, memory } => {
                let stream = tables.stream(data, width, chunk.rows);
                JpegChunks::new(None, *raw, *memory)?.decode(&stream, expected)?
            }
        };
        Ok(picture.pixels)
    }
}

//! TIFF and BigTIFF, the first page: own reader over the decompressors of other crates.
//!
//! The `tiff` crate decodes neither palettes, nor subsampled YCbCr, nor several planes, nor CCITT other
//! than Group 4, and refuses files that leave out what follows from other fields.
//!
//! Rows are pushed as they are read: a strip, which may be all of the page, is never held; of tiles as many as
//! are side by side.

mod chunk;
mod colour;
mod compression;
mod fax;
mod fields;
mod grid;
mod old_jpeg;
mod page;
mod photometric;
mod pixels;
mod rows;
mod samples;
mod unpacker;

use self::compression::Compression;
use self::fields::{Fields, tag};
use self::page::Page;
use self::pixels::{File, MOST_HELD};
use crate::container::disk::Disk;
use crate::container::photoshop::Resources;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fit::RowSink;
use crate::rendition::kernel::Cpu;
use crate::rendition::lzw;
use crate::rendition::picture::{Picture, Profile};
use crate::warning::Warning;

/// Decodes the first page of a TIFF file.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    decode_page(cpu, &Page::read(Fields::read(data)?)?, budget)
}

/// Decodes the first page of a file on disk for which [`reads_from_disk`] is `true`.
pub(super) fn decode_from_disk(
    cpu: Cpu,
    disk: Disk<'_>,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let fields = Fields::read_from_disk(disk)?;
    let fields = fields.ok_or_else(|| DecodeError::unsupported("the fields are too long"))?;
    decode_page(cpu, &Page::read(fields)?, budget)
}

/// Whether the first page of a file on disk can be decoded without the entire file in memory. `false` also if
/// its fields are damaged.
pub(super) fn reads_from_disk(disk: Disk<'_>) -> bool {
    let page =
        Fields::read_from_disk(disk).ok().flatten().and_then(|fields| Page::read(fields).ok());
    page.is_some_and(|page| page.reads_from_disk())
}

fn decode_page(cpu: Cpu, page: &Page<'_>, budget: &Budget) -> Result<Picture, DecodeError> {
    page.check_file_size()?;
    let icc = page.fields.bytes(tag::ICC_PROFILE);
    let profile = icc.map_or(0, <[u8]>::len) as u64;
    let scratch_bytes = page.scratch_bytes().saturating_add(profile);
    let mut sink = RowSink::new(cpu, budget, page.size, page.layout(), scratch_bytes)?
        .with_profile(icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec())), budget);
    if page.has_spot_colours() {
        budget.warn(Warning::SpotColours);
    }
    page.push_rows(&mut sink, (budget.limit() as u64).saturating_sub(profile))?;
    sink.finish()
}

impl Page<'_> {
    /// Whether a sample beside the colours is the ink of a spot colour: Photoshop's resources state that.
    fn has_spot_colours(&self) -> bool {
        let Some(mut data) = self.fields.bytes(tag::PHOTOSHOP) else { return false };
        let mut resources = Resources::default();
        resources.push(0, data.len() as u64);
        resources.have_spot_colour(&mut data)
    }

    /// The memory that its rows take as they are read, beside the file.
    fn scratch_bytes(&self) -> u64 {
        let row = (self.chunk_row_bytes() as u64).max(self.row_samples() as u64);
        let chunk = row.saturating_mul(self.grid.height as u64);
        let file = self.fields.file.len();
        let (across, _) = self.grid.extent(self.size);
        let readers = if self.planar && across == 1 { self.kept as u64 } else { 1 };
        let decoder = match self.compression {
            Compression::None | Compression::PackBits | Compression::Fax(_) => 0,
            Compression::Lzw => lzw::Decoder::memory(chunk),
            Compression::Deflate => 256 << 10,
            // The pixels, the planes that they are made from, and the coded stream.
            Compression::Jpeg => chunk.saturating_mul(4),
            Compression::OldJpeg => chunk.saturating_mul(4).saturating_add(file),
        };
        let reversed = if self.reversed { file } else { 0 };
        let held = match self.fields.file {
            File::Memory(_) => 0,
            File::Disk(_) => MOST_HELD.min(file),
        };
        let reader = decoder
            .saturating_add(reversed)
            .saturating_add(held)
            .saturating_add(row.saturating_mul(8));
        // A band of tiles, and rows as they are converted.
        let band = if across == 1 { 1 } else { self.grid.height as u64 };
        let rows = (self.row_samples() as u64).saturating_mul(band.saturating_add(8));
        let tables = self.chunks().saturating_mul(40);
        readers.saturating_mul(reader).saturating_add(rows).saturating_add(tables)
    }
}

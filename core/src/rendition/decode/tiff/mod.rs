//! TIFF and BigTIFF, the first page: own reader over the decompressors of other crates.
//!
//! The `tiff` crate decodes neither palettes, nor subsampled YCbCr, nor several planes, nor CCITT other
//! than Group 4, and refuses files that leave out what follows from other fields.

mod colour;
mod compression;
mod fax;
mod fields;
mod grid;
mod page;
mod photometric;
mod samples;
mod unpack;

use self::fields::{Fields, tag};
use self::page::Page;
use self::photometric::Photometric;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::Profile;

/// Decodes the first page of a TIFF file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Bitmap, DecodeError> {
    let page = Page::read(Fields::read(data)?)?;
    page.check_file_size()?;
    let channels = page.layout().channels();
    let icc = page.fields.bytes(tag::ICC_PROFILE);

    let chunk = (page.chunk_row_bytes() as u64).saturating_mul(page.grid.height as u64);
    // A chunk as unpacked, and once more where a JPEG decoder makes it from planes.
    let chunk = chunk.saturating_mul(if page.compression.is_jpeg() { 4 } else { 2 });
    // A palette's indices, the file with its bits reversed, the tables of the chunks, a profile.
    let indices = if page.photometric == Photometric::Palette { page.size.pixels() } else { 0 };
    let reversed = if page.reversed { data.len() as u64 } else { 0 };
    let tables = page.chunks().saturating_mul(32);
    let profile = icc.map_or(0, <[u8]>::len) as u64;
    let besides =
        [indices, reversed, tables, profile].iter().fold(0u64, |sum, &n| sum.saturating_add(n));
    let scratch_bytes = chunk.saturating_add(besides);
    budget.check(&MemoryEstimate { full: page.size, size: page.size, channels, scratch_bytes })?;

    let decoded = page.size.pixels().saturating_mul(channels as u64).saturating_add(besides);
    let for_jpeg = (budget.limit() as u64).saturating_sub(decoded);
    let pixels = page.to_colours(page.unpack(for_jpeg)?);
    let profile = icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    Ok(Bitmap { full: page.size, size: page.size, layout: page.layout(), pixels, profile })
}

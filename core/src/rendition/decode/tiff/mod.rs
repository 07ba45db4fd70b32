//! TIFF and BigTIFF, the first page: own reader over the codecs' decompressors.
//!
//! The `tiff` crate knows neither palettes, nor subsampled YCbCr, nor planes together, nor CCITT but
//! for Group 4, and refuses files that leave out what can be reckoned.

mod chunks;
mod colour;
mod fax;
mod ifd;
mod page;
mod samples;
mod unpack;

use self::ifd::Ifd;
use self::page::{Page, Photometric};
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Picture, Profile};

/// Decodes the first page of a TIFF file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let page = Page::parse(Ifd::first(data)?)?;
    page.check_size_of_file(data)?;
    let chunk = (page.chunk_row_bytes() as u64).saturating_mul(page.chunk_height as u64);
    // A chunk as unpacked, twice where a JPEG decoder makes it from planes; a palette's indices; the file
    // with its bits reversed; and the places of the chunks.
    let chunk = chunk.saturating_mul(if page.compression.is_jpeg() { 4 } else { 2 });
    let indices = if page.photometric == Photometric::Palette { page.size.pixels() } else { 0 };
    let reversed = if page.reversed { data.len() as u64 } else { 0 };
    let places = page.chunks().saturating_mul(32);
    let icc = page.ifd.raw(34675);
    let icc_length = icc.map_or(0, <[u8]>::len) as u64;
    let besides = [indices, reversed, places, icc_length];
    let besides = besides.iter().fold(0u64, |sum, &n| sum.saturating_add(n));
    let channels = page.layout().channels();
    let decoder = chunk.saturating_add(besides);
    budget.check(&MemoryEstimate {
        full: page.size,
        size: page.size,
        channels,
        scratch_bytes: decoder,
    })?;
    // What a JPEG decoder may take beside the page.
    let decoded = page.size.pixels().saturating_mul(channels as u64).saturating_add(besides);
    let allowance = (budget.limit() as u64).saturating_sub(decoded);
    let pixels = page.finish(page.read(data.len() as u64, allowance)?);
    let profile = icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    Ok(Picture { full: page.size, size: page.size, layout: page.layout(), pixels, profile })
}

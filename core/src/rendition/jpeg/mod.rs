//! JPEG, own decoder: baseline and progressive Huffman coding of 8 bits (ITU-T T.81).
//!
//! Common decoders fill missing pixels with grey; here a scan that needs more bits than the file has is an
//! error. And only an own decoder can leave out the frequencies that the rendition is too small to show,
//! which are most of the work on a photo: each component is decoded at the least of its resolution that the
//! rendition needs, and fitted on its own, without colour conversion or chroma upsampling. Only where a profile
//! bends greys, all pixels are decoded and converted first.

mod bits;
pub(super) mod chunk;
mod coefficients;
mod colour;
mod decoder;
mod frame;
mod huffman;
mod idct;
mod image;
mod output;
mod pieces;
pub(super) mod plan;
mod progressive;
mod refinement;
mod scan;
mod scan_header;
mod segments;
mod select;
mod sequential;
mod slots;
mod strip;
mod tables;
mod work;

use self::decoder::Decoder;
use self::plan::Purpose;
pub(in crate::rendition) use self::strip::strip;
use self::tables::Tables;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::Picture;

/// Decodes the first picture of a JPEG file, as small as its rendition.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    if !data.starts_with(&[0xff, 0xd8]) {
        return Err("no JPEG start marker".into());
    }
    let mut decoder = Decoder::new(cpu, Tables::default());
    decoder.read(data, Purpose::Rendition(budget))?;
    decoder.into_picture(budget)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod whole_files;

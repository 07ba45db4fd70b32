//! JPEG in TIFF: strips or tiles that are JPEGs, with tables that may be stored apart (TIFF Technical Note
//! 2).

use super::decoder::Decoder;
use super::plan::{Expected, Purpose};
use super::tables::Tables;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;

/// The decoder of the JPEG strips or tiles of a TIFF.
pub(in crate::rendition) struct JpegChunks<'a> {
    tables: Tables<'a>,
    /// Whether three components are left as they are, and not converted from YCbCr.
    raw: bool,
    /// Bytes of memory that a chunk may take.
    memory: u64,
}

impl<'a> JpegChunks<'a> {
    /// With `tables` that are stored apart.
    pub(in crate::rendition) fn new(
        tables: Option<&'a [u8]>,
        raw: bool,
        memory: u64,
    ) -> Result<Self, DecodeError> {
        Ok(Self { tables: Tables::apart(tables.unwrap_or_default())?, raw, memory })
    }

    /// All pixels of a strip or tile.
    pub(in crate::rendition) fn decode(
        &self,
        data: &'a [u8],
        expected: Expected,
    ) -> Result<Bitmap, DecodeError> {
        let mut decoder = Decoder::new(Cpu::detect(), self.tables.clone());
        decoder.read(data, Purpose::Chunk { expected, memory: self.memory })?;
        decoder.into_chunk(self.raw)
    }
}

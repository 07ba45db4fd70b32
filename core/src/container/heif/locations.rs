//! Where the data of items lie: `iloc`, ISO/IEC 14496-12 section 8.11.3.

use super::{MAX_ITEMS, id, version_and_flags};
use crate::container::boxes::{FULL_BOX, IsoBox};
use crate::container::error::ProbeError;
use crate::container::source::Source;

/// The entries of `iloc`.
pub(crate) struct Locations {
    at: u64,
    /// Entries that follow.
    left: u32,
    version: u8,
    sizes: Sizes,
    /// The content of `idat`.
    data: Option<IsoBox>,
}

/// Bytes of the numbers of an entry: 0, 4 or 8.
#[derive(Clone, Copy, Default)]
struct Sizes {
    offset: u8,
    length: u8,
    base: u8,
    index: u8,
}

/// Where the data of one item lie.
#[derive(Clone, Copy)]
pub(crate) struct Location {
    pub(crate) item: u32,
    /// Pieces that the data consist of.
    pub(crate) extents: u16,
    first: u64,
    sizes: Sizes,
    /// What the offsets of the extents are counted from. `None` if that is no part of the file that is read.
    base: Option<u64>,
}

impl Locations {
    pub(super) fn new(
        src: &mut impl Source,
        locations: Option<IsoBox>,
        data: Option<IsoBox>,
    ) -> Result<Self, ProbeError> {
        let Some(locations) = locations else {
            return Ok(Self { at: 0, left: 0, version: 0, sizes: Sizes::default(), data });
        };
        let (version, _) = version_and_flags(src, locations)?;
        let [offset_length, base_index] = src.array(locations.at + FULL_BOX)?;
        let sizes = Sizes {
            offset: offset_length >> 4,
            length: offset_length & 0xF,
            base: base_index >> 4,
            index: if version == 0 { 0 } else { base_index & 0xF },
        };
        let at = locations.at + FULL_BOX + 2;
        let left = id(src, at, version >= 2)?.min(MAX_ITEMS);
        let at = at + if version >= 2 { 4 } else { 2 };
        Ok(Self { at, left, version, sizes, data })
    }

    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Option<Location>, ProbeError> {
        const IN_FILE: u16 = 0;
        const IN_META: u16 = 1;
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let sizes = self.sizes;
        let mut at = self.at;
        let item = id(src, at, self.version >= 2)?;
        at += if self.version >= 2 { 4 } else { 2 };
        let mut method = IN_FILE;
        if self.version >= 1 {
            method = src.be16(at)? & 0xF;
            at += 2;
        }
        at += 2; // The index of a data reference, which is not used.
        let offset = sized(src, at, sizes.base)?;
        at += u64::from(sizes.base);
        let extents = src.be16(at)?;
        let first = at + 2;
        self.at = first + u64::from(extents) * sizes.extent();
        let start = match (method, self.data) {
            (IN_FILE, _) => Some(0),
            (IN_META, Some(data)) => Some(data.at),
            _ => None,
        };
        let base = start.and_then(|start: u64| start.checked_add(offset));
        Ok(Some(Location { item, extents, first, sizes, base }))
    }

    /// The location of an item that has data.
    pub(crate) fn find(
        &mut self,
        src: &mut impl Source,
        item: u32,
    ) -> Result<Option<Location>, ProbeError> {
        while let Some(location) = self.next(src)? {
            if location.item == item && location.extents > 0 {
                return Ok(Some(location));
            }
        }
        Ok(None)
    }
}

impl Sizes {
    /// Bytes of an extent.
    fn extent(self) -> u64 {
        u64::from(self.index) + u64::from(self.offset) + u64::from(self.length)
    }
}

impl Location {
    /// Offset and length of one extent. A length of 0 means up to the end of the file.
    pub(crate) fn extent(
        &self,
        src: &mut impl Source,
        index: u16,
    ) -> Result<Option<(u64, u64)>, ProbeError> {
        let Some(base) = self.base else { return Ok(None) };
        let at = self.first + u64::from(index) * self.sizes.extent() + u64::from(self.sizes.index);
        let offset = sized(src, at, self.sizes.offset)?;
        let length = sized(src, at + u64::from(self.sizes.offset), self.sizes.length)?;
        Ok(base.checked_add(offset).map(|at| (at, length)))
    }
}

/// A number of 0, 4 or 8 bytes.
fn sized(src: &mut impl Source, at: u64, size: u8) -> Result<u64, ProbeError> {
    match size {
        4 => src.be32(at).map(u64::from),
        8 => src.array(at).map(u64::from_be_bytes),
        _ => Ok(0),
    }
}

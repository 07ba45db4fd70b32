//! HEIF's meta box: its items, where their data lie, what refers to what, and their properties. ISO/IEC 14496-12
//! section 8.11, ISO/IEC 23008-12 section 9.

mod locations;
mod properties;

#[cfg(feature = "heic")]
pub(crate) use locations::Location;
pub(crate) use locations::Locations;
pub(crate) use properties::{Associations, Properties, is_alpha};

use super::boxes::{Boxes, FULL_BOX, IsoBox};
use super::error::{ProbeError, malformed};
use super::source::Source;
use crate::format::Format;

/// Items that are read: a grid has one for each tile.
pub(crate) const MAX_ITEMS: u32 = 16_384;

/// The boxes of a meta box.
pub(crate) struct Meta {
    pub(crate) format: Format,
    /// The item that is the picture.
    pub(crate) primary: Option<u32>,
    items: Option<IsoBox>,
    locations: Option<IsoBox>,
    properties: Option<IsoBox>,
    references: Option<IsoBox>,
    data: Option<IsoBox>,
}

/// An item: its type, and where the rest of its entry begins.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(crate) id: u32,
    pub(crate) kind: [u8; 4],
    /// Offsets of the item's name and of the end of its entry.
    pub(crate) name: (u64, u64),
}

/// A reference from one item to others.
#[derive(Clone, Copy)]
pub(crate) struct Reference {
    pub(crate) kind: [u8; 4],
    pub(crate) from: u32,
    /// How many items it refers to.
    pub(crate) count: u16,
    first: u64,
    wide: bool,
}

/// The properties of an item: where their indices lie.
#[derive(Clone, Copy)]
pub(crate) struct Association {
    pub(crate) item: u32,
    count: u8,
    first: u64,
    /// Bytes of an index.
    index_size: u8,
}

impl Meta {
    pub(crate) fn read(
        src: &mut impl Source,
        meta: IsoBox,
        format: Format,
    ) -> Result<Self, ProbeError> {
        let mut found = Self {
            format,
            primary: None,
            items: None,
            locations: None,
            properties: None,
            references: None,
            data: None,
        };
        let mut boxes = Boxes::inside(meta, FULL_BOX, format);
        while let Some(child) = boxes.next(src)? {
            match &child.kind {
                b"pitm" => {
                    let (version, _) = version_and_flags(src, child)?;
                    found.primary = Some(id(src, child.at + FULL_BOX, version >= 1)?);
                }
                b"iinf" => found.items = Some(child),
                b"iloc" => found.locations = Some(child),
                b"iprp" => found.properties = Some(child),
                b"iref" => found.references = Some(child),
                b"idat" => found.data = Some(child),
                _ => {}
            }
        }
        if meta.end > src.len() { Err(ProbeError::Truncated) } else { Ok(found) }
    }

    /// All items (`iinf`, ISO/IEC 14496-12 8.11.6).
    pub(crate) fn items(&self, src: &mut impl Source) -> Result<Items, ProbeError> {
        let Some(items) = self.items else { return Ok(Items(Boxes::new(0, 0, self.format))) };
        let (version, _) = version_and_flags(src, items)?;
        let count_size = if version == 0 { 2 } else { 4 };
        Ok(Items(Boxes::inside(items, FULL_BOX + count_size, self.format)))
    }

    /// All references (`iref`, ISO/IEC 14496-12 8.11.12).
    pub(crate) fn references(&self, src: &mut impl Source) -> Result<References, ProbeError> {
        let Some(references) = self.references else {
            return Ok(References { boxes: Boxes::new(0, 0, self.format), wide: false });
        };
        let (version, _) = version_and_flags(src, references)?;
        let boxes = Boxes::inside(references, FULL_BOX, self.format);
        Ok(References { boxes, wide: version >= 1 })
    }

    /// Where the data of all items lie (`iloc`, ISO/IEC 14496-12 8.11.3).
    pub(crate) fn locations(&self, src: &mut impl Source) -> Result<Locations, ProbeError> {
        Locations::new(src, self.locations, self.data)
    }

    /// Which properties all items have (`ipma`, ISO/IEC 23008-12 9.3.1).
    pub(crate) fn associated(&self) -> AssociatedItems {
        let boxes = match self.properties {
            Some(properties) => Boxes::inside(properties, 0, self.format),
            None => Boxes::new(0, 0, self.format),
        };
        AssociatedItems { boxes, at: 0, end: 0, left: 0, wide_ids: false, index_size: 1 }
    }

    /// The properties of one item.
    pub(crate) fn associations(
        &self,
        src: &mut impl Source,
        item: u32,
    ) -> Result<Associations, ProbeError> {
        let mut entries = self.associated();
        while let Some(entry) = entries.next(src)? {
            if entry.item == item {
                return entry.read(src);
            }
        }
        Ok(Associations::default())
    }

    /// The properties that items are associated with, the first of which has the index 1 (`ipco`).
    pub(crate) fn property_boxes(&self, src: &mut impl Source) -> Result<Boxes, ProbeError> {
        let missing = || malformed(self.format, "no property container");
        let properties = self.properties.ok_or_else(missing)?;
        let container = Boxes::inside(properties, 0, self.format).find(src, b"ipco")?;
        Ok(Boxes::inside(container.ok_or_else(missing)?, 0, self.format))
    }
}

/// The entries of `iinf`.
pub(crate) struct Items(Boxes);

impl Items {
    /// The next item. Entries of older versions, which state no type, are left out.
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Option<Item>, ProbeError> {
        while let Some(entry) = self.0.find(src, b"infe")? {
            let (version, _) = version_and_flags(src, entry)?;
            if version < 2 {
                continue;
            }
            // The id, two bytes of protection, the type.
            let id = id(src, entry.at + FULL_BOX, version >= 3)?;
            let kind_at = entry.at + FULL_BOX + if version >= 3 { 4 } else { 2 } + 2;
            let kind = src.array(kind_at)?;
            return Ok(Some(Item { id, kind, name: (kind_at + 4, entry.end) }));
        }
        Ok(None)
    }
}

/// The boxes of `iref`.
pub(crate) struct References {
    boxes: Boxes,
    wide: bool,
}

impl References {
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Option<Reference>, ProbeError> {
        let Some(found) = self.boxes.next(src)? else { return Ok(None) };
        let size = if self.wide { 4 } else { 2 };
        Ok(Some(Reference {
            kind: found.kind,
            from: id(src, found.at, self.wide)?,
            count: src.be16(found.at + size)?,
            first: found.at + size + 2,
            wide: self.wide,
        }))
    }
}

impl Reference {
    /// The item of this index that is referred to.
    pub(crate) fn to(&self, src: &mut impl Source, index: u16) -> Result<u32, ProbeError> {
        let size = if self.wide { 4 } else { 2 };
        id(src, self.first + u64::from(index) * size, self.wide)
    }
}

/// The entries of all `ipma` boxes.
pub(crate) struct AssociatedItems {
    boxes: Boxes,
    at: u64,
    end: u64,
    /// Entries that follow in the box.
    left: u32,
    wide_ids: bool,
    index_size: u8,
}

impl AssociatedItems {
    pub(crate) fn next(
        &mut self,
        src: &mut impl Source,
    ) -> Result<Option<Association>, ProbeError> {
        while self.left == 0 || self.at >= self.end {
            let Some(ipma) = self.boxes.find(src, b"ipma")? else { return Ok(None) };
            let (version, flags) = version_and_flags(src, ipma)?;
            self.left = src.be32(ipma.at + FULL_BOX)?.min(MAX_ITEMS);
            (self.at, self.end) = (ipma.at + FULL_BOX + 4, ipma.end);
            self.wide_ids = version >= 1;
            self.index_size = if flags & 1 == 0 { 1 } else { 2 };
        }
        self.left -= 1;
        let item = id(src, self.at, self.wide_ids)?;
        self.at += if self.wide_ids { 4 } else { 2 };
        let [count] = src.array(self.at)?;
        let first = self.at + 1;
        self.at = first + u64::from(count) * u64::from(self.index_size);
        Ok(Some(Association { item, count, first, index_size: self.index_size }))
    }
}

impl Association {
    /// The indices of the properties, in order.
    pub(crate) fn read(&self, src: &mut impl Source) -> Result<Associations, ProbeError> {
        let mut found = Associations::default();
        for index in 0..u64::from(self.count) {
            // The highest bit marks a property that a reader must understand.
            found.push(if self.index_size == 1 {
                (u8::from_be_bytes(src.array(self.first + index)?) & 0x7F).into()
            } else {
                src.be16(self.first + index * 2)? & 0x7FFF
            });
        }
        Ok(found)
    }
}

fn version_and_flags(src: &mut impl Source, full: IsoBox) -> Result<(u8, u8), ProbeError> {
    let [version, _, _, flags] = src.array(full.at)?;
    Ok((version, flags))
}

/// An item's id: 16 bits in older versions of a box, 32 in newer ones.
fn id(src: &mut impl Source, at: u64, wide: bool) -> Result<u32, ProbeError> {
    if wide { src.be32(at) } else { src.be16(at).map(u32::from) }
}

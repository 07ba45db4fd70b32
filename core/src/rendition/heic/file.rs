//! The items of a file, found by their ids.

use std::borrow::Cow;

use super::nclx::Nclx;
use crate::container::boxes::{Boxes, IsoBox};
use crate::container::heif::{Association, Location, Meta, Properties, Reference, is_alpha};
use crate::format::Format;
use crate::rendition::decode_error::{Damaged, DecodeError};

const NO_DATA: Damaged = Damaged("the data of a picture are not in the file");

/// Pieces that the data of an item may lie in.
const MAX_EXTENTS: u16 = 256;

/// The most tiles of a grid (ISO/IEC 23008-12 6.6.2.3).
const MAX_TILES: usize = 256 * 256;

/// The items of a file, what they are and where their data lie.
pub(super) struct File<'a> {
    data: &'a [u8],
    /// The item that is the picture.
    pub(super) primary: u32,
    // Each of these is sorted by the ids of the items.
    kinds: Vec<(u32, [u8; 4])>,
    locations: Vec<Location>,
    associations: Vec<Association>,
    /// The first one has the index 1.
    properties: Vec<IsoBox>,
    references: Vec<Reference>,
}

/// The properties of an item that its decoder needs.
#[derive(Default)]
pub(super) struct ItemProperties<'a> {
    /// Size, crop and orientation.
    pub(super) shared: Properties,
    /// The content of `hvcC`.
    pub(super) config: Option<&'a [u8]>,
    /// An ICC profile.
    pub(super) icc: Option<&'a [u8]>,
    pub(super) nclx: Option<Nclx>,
    is_alpha: bool,
}

impl<'a> File<'a> {
    /// Reads the first meta box that states a primary item, as the probe does.
    pub(super) fn read(data: &'a [u8]) -> Result<Self, DecodeError> {
        let src = &mut &*data;
        let mut boxes = Boxes::new(0, data.len() as u64, Format::Heif);
        while let Some(meta) = boxes.find(src, b"meta")? {
            let meta = Meta::read(src, meta, Format::Heif)?;
            if let Some(primary) = meta.primary {
                return Self::of_meta(data, &meta, primary);
            }
        }
        Err(DecodeError::unsupported("a sequence of pictures without a still one"))
    }

    fn of_meta(data: &'a [u8], meta: &Meta, primary: u32) -> Result<Self, DecodeError> {
        let src = &mut &*data;
        let mut kinds = Vec::new();
        let mut items = meta.items(src)?;
        while let Some(item) = items.next(src)? {
            kinds.push((item.id, item.kind));
        }
        kinds.sort_by_key(|item| item.0);
        let mut locations = Vec::new();
        let mut entries = meta.locations(src)?;
        while let Some(location) = entries.next(src)? {
            locations.push(location);
        }
        locations.sort_by_key(|location| location.item);
        let mut associations = Vec::new();
        let mut entries = meta.associated();
        while let Some(association) = entries.next(src)? {
            associations.push(association);
        }
        associations.sort_by_key(|association| association.item);
        let mut properties = Vec::new();
        let mut boxes = meta.property_boxes(src)?;
        while let Some(property) = boxes.next(src)? {
            properties.push(property);
        }
        let mut references = Vec::new();
        let mut entries = meta.references(src)?;
        while let Some(reference) = entries.next(src)? {
            references.push(reference);
        }
        Ok(Self { data, primary, kinds, locations, associations, properties, references })
    }

    /// The type of an item.
    pub(super) fn kind(&self, item: u32) -> Option<[u8; 4]> {
        found(&self.kinds, item, |kind| kind.0).map(|kind| kind.1)
    }

    pub(super) fn properties(&self, item: u32) -> Result<ItemProperties<'a>, DecodeError> {
        let src = &mut &*self.data;
        let mut all = ItemProperties::default();
        let Some(association) = found(&self.associations, item, |entry| entry.item) else {
            return Ok(all);
        };
        for (order, &index) in association.read(src)?.indices().iter().enumerate() {
            let index = usize::from(index).checked_sub(1);
            let Some(&property) = index.and_then(|index| self.properties.get(index)) else {
                continue;
            };
            all.shared.add(src, property, order)?;
            let content = || self.range(property.at, property.len()).ok_or(NO_DATA);
            match &property.kind {
                b"hvcC" => all.config = Some(content()?),
                b"auxC" => all.is_alpha |= is_alpha(src, property)?,
                b"colr" => match content()?.split_first_chunk() {
                    Some((b"prof" | b"rICC", profile)) => all.icc = Some(profile),
                    Some((b"nclx", points)) => all.nclx = Nclx::read(points),
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(all)
    }

    /// The length of the data of an item, in bytes.
    pub(super) fn length(&self, item: u32) -> Result<u64, DecodeError> {
        let location = self.location(item)?;
        let mut length = 0_u64;
        for index in 0..location.extents {
            length = length.saturating_add(self.extent(location, index)?.len() as u64);
        }
        Ok(length)
    }

    /// The data of an item, its extents joined.
    pub(super) fn data(&self, item: u32) -> Result<Cow<'a, [u8]>, DecodeError> {
        if self.length(item)? > self.data.len() as u64 {
            return Err("the pieces of a picture are longer than the file".into());
        }
        let location = self.location(item)?;
        let mut joined = Cow::Borrowed(&[][..]);
        for index in 0..location.extents {
            let extent = self.extent(location, index)?;
            if joined.is_empty() {
                joined = Cow::Borrowed(extent);
            } else {
                joined.to_mut().extend_from_slice(extent);
            }
        }
        Ok(joined)
    }

    fn location(&self, item: u32) -> Result<&Location, DecodeError> {
        let location = found(&self.locations, item, |entry| entry.item).ok_or(NO_DATA)?;
        if location.extents > MAX_EXTENTS {
            return Err(DecodeError::unsupported("a picture in more than 256 pieces"));
        }
        Ok(location)
    }

    fn extent(&self, location: &Location, index: u16) -> Result<&'a [u8], DecodeError> {
        let (at, length) = location.extent(&mut &*self.data, index)?.ok_or(NO_DATA)?;
        let rest = (self.data.len() as u64).saturating_sub(at);
        self.range(at, if length == 0 { rest } else { length }).ok_or_else(|| NO_DATA.into())
    }

    /// The items that an item refers to, in order.
    pub(super) fn referred(&self, from: u32, kind: &[u8; 4]) -> Result<Vec<u32>, DecodeError> {
        let src = &mut &*self.data;
        let mut items = Vec::new();
        for reference in &self.references {
            if reference.from == from && &reference.kind == kind {
                for index in 0..reference.count {
                    if items.len() == MAX_TILES {
                        return Err("a picture refers to too many others".into());
                    }
                    items.push(reference.to(src, index)?);
                }
            }
        }
        Ok(items)
    }

    /// The item that is the alpha plane of another.
    pub(super) fn alpha_of(&self, item: u32) -> Result<Option<u32>, DecodeError> {
        let src = &mut &*self.data;
        for reference in self.references.iter().filter(|reference| &reference.kind == b"auxl") {
            let mut is_of_item = false;
            for index in 0..reference.count {
                is_of_item |= reference.to(src, index)? == item;
            }
            if is_of_item && self.properties(reference.from)?.is_alpha {
                return Ok(Some(reference.from));
            }
        }
        Ok(None)
    }

    fn range(&self, at: u64, length: u64) -> Option<&'a [u8]> {
        let at = usize::try_from(at).ok()?;
        self.data.get(at..at.checked_add(usize::try_from(length).ok()?)?)
    }
}

/// The entry of an item, in entries that are sorted by its id.
fn found<T>(entries: &[T], item: u32, id: impl Fn(&T) -> u32) -> Option<&T> {
    let at = entries.partition_point(|entry| id(entry) < item);
    entries.get(at).filter(|entry| id(entry) == item)
}

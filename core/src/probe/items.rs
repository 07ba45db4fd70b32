//! The items of a HEIF file, listed in its meta box: ISO/IEC 14496-12 section 8.11.
//!
//! The primary item's properties state the size and the orientation; an EXIF item states the DPI. EXIF's
//! orientation is not used: writers repeat `irot` and `imir` in it.

use super::exif::{self, Exif};
use super::info::ImageInfo;
use super::properties::{Associations, Properties, is_alpha};
use crate::container::boxes::{Boxes, FULL_BOX, IsoBox};
use crate::container::error::{ProbeError, malformed};
use crate::container::source::Source;
use crate::format::Format;

/// Items that are read: a grid has one for each tile.
const MAX_ITEMS: u32 = 16_384;
/// EXIF items that are read: each is searched for in all items.
const MAX_EXIF_ITEMS: u32 = 8;
/// Items that are read of those that one EXIF item describes.
const MAX_DESCRIBED: u64 = 64;

/// The boxes of a meta box.
pub(super) struct Meta {
    format: Format,
    pub(super) primary: Option<u32>,
    items: Option<IsoBox>,
    locations: Option<IsoBox>,
    properties: Option<IsoBox>,
    references: Option<IsoBox>,
    data: Option<IsoBox>,
}

fn version_and_flags(src: &mut impl Source, full: IsoBox) -> Result<(u8, u8), ProbeError> {
    let [version, _, _, flags] = src.array(full.at)?;
    Ok((version, flags))
}

impl Meta {
    pub(super) fn read(
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

    /// Writes the facts of the primary item and of the EXIF and XMP items to `info`.
    pub(super) fn read_info(
        &self,
        src: &mut impl Source,
        info: &mut ImageInfo,
    ) -> Result<(), ProbeError> {
        let missing = || malformed(self.format, "the primary item has no size");
        let (Some(primary), Some(properties)) = (self.primary, self.properties) else {
            return Err(missing());
        };
        let associated = self.associations(src, properties, primary)?;
        let properties = self.properties(src, properties, &associated)?;
        info.stored_size = Some(properties.cropped().ok_or_else(missing)?);
        info.orientation = properties.orientation();
        info.colour = properties.colour;
        info.has_icc = properties.icc;
        let exif = match self.metadata(src, info) {
            // A damaged list of items costs the metadata, not the picture.
            Err(ProbeError::Malformed { .. }) => None,
            metadata => metadata?,
        };
        if let Some(exif) = exif {
            let orientation = info.orientation;
            exif.apply(info);
            info.orientation = orientation;
        }
        Ok(())
    }

    /// The indices of the properties of an item, in order (`ipma`, ISO/IEC 23008-12 9.3.1).
    fn associations(
        &self,
        src: &mut impl Source,
        properties: IsoBox,
        item: u32,
    ) -> Result<Associations, ProbeError> {
        let mut found = Associations::default();
        let mut boxes = Boxes::inside(properties, 0, self.format);
        while let Some(ipma) = boxes.find(src, b"ipma")? {
            let (version, flags) = version_and_flags(src, ipma)?;
            let entries = src.be32(ipma.at + FULL_BOX)?;
            let mut at = ipma.at + FULL_BOX + 4;
            let index_size = if flags & 1 == 0 { 1 } else { 2 };
            for _ in 0..entries.min(MAX_ITEMS) {
                if at >= ipma.end {
                    break;
                }
                let this = id(src, at, version >= 1)?;
                at += if version >= 1 { 4 } else { 2 };
                let [count] = src.array(at)?;
                at += 1;
                if this == item {
                    for index in 0..u64::from(count) {
                        // The highest bit marks a property that a reader must understand.
                        found.push(if index_size == 1 {
                            (u8::from_be_bytes(src.array(at + index)?) & 0x7F).into()
                        } else {
                            src.be16(at + index * 2)? & 0x7FFF
                        });
                    }
                    return Ok(found);
                }
                at += u64::from(count) * index_size;
            }
        }
        Ok(found)
    }

    /// The associated properties (`ipco`).
    fn properties(
        &self,
        src: &mut impl Source,
        properties: IsoBox,
        associated: &Associations,
    ) -> Result<Properties, ProbeError> {
        let mut found = Properties::default();
        let container = Boxes::inside(properties, 0, self.format)
            .find(src, b"ipco")?
            .ok_or_else(|| malformed(self.format, "no property container"))?;
        let mut boxes = Boxes::inside(container, 0, self.format);
        let mut index = 0_u16;
        while let Some(property) = boxes.next(src)? {
            index = index.saturating_add(1);
            if let Some(order) = associated.order(index) {
                found.add(src, property, order)?;
            } else if &property.kind == b"auxC" {
                found.alpha |= is_alpha(src, property)?;
            }
        }
        if let Some(colour) = &mut found.colour {
            colour.alpha = found.alpha;
        }
        Ok(found)
    }

    /// The EXIF item that describes the primary item, else the first that parses. Sets whether there is
    /// XMP (`iinf`, ISO/IEC 14496-12 8.11.6).
    fn metadata(
        &self,
        src: &mut impl Source,
        info: &mut ImageInfo,
    ) -> Result<Option<Exif>, ProbeError> {
        let Some(items) = self.items else { return Ok(None) };
        let (version, _) = version_and_flags(src, items)?;
        let count_size = if version == 0 { 2 } else { 4 };
        let (mut found, mut certain, mut tries) = (None, false, MAX_EXIF_ITEMS);
        let mut boxes = Boxes::inside(items, FULL_BOX + count_size, self.format);
        while let Some(entry) = boxes.find(src, b"infe")? {
            let (version, _) = version_and_flags(src, entry)?;
            if version < 2 {
                continue;
            }
            // The id, two bytes of protection, the type.
            let item = id(src, entry.at + FULL_BOX, version >= 3)?;
            let kind_at = entry.at + FULL_BOX + if version >= 3 { 4 } else { 2 } + 2;
            match &src.array(kind_at)? {
                b"Exif" if !certain && tries > 0 => {
                    tries -= 1;
                    certain = self.describes_primary(src, item)?;
                    if certain || found.is_none() {
                        found = self.exif(src, item)?.or(found);
                    }
                }
                b"mime" => info.has_xmp |= is_xmp(src, kind_at + 4, entry.end)?,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Whether an item describes the primary one (`iref` of type `cdsc`, ISO/IEC 14496-12 8.11.12).
    fn describes_primary(&self, src: &mut impl Source, item: u32) -> Result<bool, ProbeError> {
        let (Some(references), Some(primary)) = (self.references, self.primary) else {
            return Ok(false);
        };
        let (version, _) = version_and_flags(src, references)?;
        let (wide, size) = if version >= 1 { (true, 4) } else { (false, 2) };
        let mut boxes = Boxes::inside(references, FULL_BOX, self.format);
        while let Some(found) = boxes.find(src, b"cdsc")? {
            if id(src, found.at, wide)? != item {
                continue;
            }
            let first = found.at + size + 2;
            for index in 0..u64::from(src.be16(found.at + size)?).min(MAX_DESCRIBED) {
                if id(src, first + index * size, wide)? == primary {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// An EXIF item: the offset of its TIFF header, then the block (ISO/IEC 23008-12 A.2.1).
    fn exif(&self, src: &mut impl Source, item: u32) -> Result<Option<Exif>, ProbeError> {
        const OFFSET: u64 = 4;
        let Some((at, len)) = self.locate(src, item)? else { return Ok(None) };
        if len < OFFSET {
            return Ok(None);
        }
        // An item behind the end of the file means that the file is cut.
        let offset = src.be32(at)?;
        src.get(at.saturating_add(len - 1), 1)?;
        for skip in [OFFSET + u64::from(offset), OFFSET] {
            if let Some(exif) = exif::read(src, at + skip, len.saturating_sub(skip))? {
                return Ok(Some(exif));
            }
        }
        Ok(None)
    }

    /// Offset and length of the first extent of an item (`iloc`, ISO/IEC 14496-12 8.11.3).
    fn locate(&self, src: &mut impl Source, item: u32) -> Result<Option<(u64, u64)>, ProbeError> {
        const IN_FILE: u16 = 0;
        const IN_META: u16 = 1;
        let Some(locations) = self.locations else { return Ok(None) };
        let (version, _) = version_and_flags(src, locations)?;
        let [offset_length, base_index] = src.array(locations.at + FULL_BOX)?;
        let (offset_size, length_size) = (offset_length >> 4, offset_length & 0xF);
        let (base_size, index_size) =
            (base_index >> 4, if version == 0 { 0 } else { base_index & 0xF });
        let mut at = locations.at + FULL_BOX + 2;
        let count = id(src, at, version >= 2)?;
        at += if version >= 2 { 4 } else { 2 };
        for _ in 0..count.min(MAX_ITEMS) {
            let this = id(src, at, version >= 2)?;
            at += if version >= 2 { 4 } else { 2 };
            let mut method = IN_FILE;
            if version >= 1 {
                method = src.be16(at)? & 0xF;
                at += 2;
            }
            at += 2; // The index of a data reference, which is not used.
            let base = sized(src, at, base_size)?;
            at += u64::from(base_size);
            let extents = u64::from(src.be16(at)?);
            at += 2;
            if this == item && extents > 0 {
                at += u64::from(index_size);
                let offset = sized(src, at, offset_size)?;
                let length = sized(src, at + u64::from(offset_size), length_size)?;
                let start = match (method, self.data) {
                    (IN_FILE, _) => Some(0),
                    (IN_META, Some(data)) => Some(data.at),
                    _ => None,
                };
                return Ok(start
                    .and_then(|start: u64| start.checked_add(base)?.checked_add(offset))
                    .map(|at| (at, length)));
            }
            at += extents * u64::from(index_size + offset_size + length_size);
        }
        Ok(None)
    }
}

/// An item's id: 16 bits in older versions of a box, 32 in newer ones.
fn id(src: &mut impl Source, at: u64, wide: bool) -> Result<u32, ProbeError> {
    if wide { src.be32(at) } else { src.be16(at).map(u32::from) }
}

/// A number of 0, 4 or 8 bytes.
fn sized(src: &mut impl Source, at: u64, size: u8) -> Result<u64, ProbeError> {
    match size {
        4 => src.be32(at).map(u64::from),
        8 => src.array(at).map(u64::from_be_bytes),
        _ => Ok(0),
    }
}

fn is_xmp(src: &mut impl Source, at: u64, end: u64) -> Result<bool, ProbeError> {
    const TYPE: &[u8] = b"application/rdf+xml";
    let len = usize::try_from(end.saturating_sub(at)).unwrap_or(0).min(128);
    // The item's name, ended by a zero, comes first.
    Ok(src
        .get_up_to(at, len)?
        .splitn(2, |&byte| byte == 0)
        .nth(1)
        .is_some_and(|t| t.starts_with(TYPE)))
}

//! The facts of a HEIF file's items (ISO/IEC 14496-12 section 8.11).
//!
//! The primary item's properties state the size and the orientation; an EXIF item states the DPI. EXIF's
//! orientation is not used: writers repeat `irot` and `imir` in it.

use super::colour::{Colour, ColourModel};
use super::exif::{self, Exif};
use super::info::ImageInfo;
use crate::container::error::{ProbeError, malformed};
use crate::container::heif::{Meta, Properties, is_alpha};
use crate::container::source::Source;

/// EXIF items that are read: each is searched for in all items.
const MAX_EXIF_ITEMS: u32 = 8;
/// Items that are read of those that one EXIF item describes.
const MAX_DESCRIBED: u16 = 64;

/// Writes the facts of the primary item and of the EXIF and XMP items to `info`.
pub(super) fn read_info(
    meta: &Meta,
    src: &mut impl Source,
    info: &mut ImageInfo,
) -> Result<(), ProbeError> {
    let missing = || malformed(meta.format, "the primary item has no size");
    let primary = meta.primary.ok_or_else(missing)?;
    let (properties, has_alpha) = properties(meta, src, primary)?;
    info.stored_size = Some(properties.cropped().ok_or_else(missing)?);
    info.orientation = properties.orientation();
    info.colour = properties.channels.map(|(channels, bits)| {
        let model = if channels < 3 { ColourModel::Grey } else { ColourModel::Rgb };
        Colour { model, bits: bits.into(), alpha: has_alpha }
    });
    info.has_icc = properties.has_icc;
    let exif = match metadata(meta, src, info) {
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

/// The properties of the primary item, and whether another one is an alpha plane.
fn properties(
    meta: &Meta,
    src: &mut impl Source,
    primary: u32,
) -> Result<(Properties, bool), ProbeError> {
    let associated = meta.associations(src, primary)?;
    let (mut found, mut has_alpha) = (Properties::default(), false);
    let mut boxes = meta.property_boxes(src)?;
    let mut index = 0_u16;
    while let Some(property) = boxes.next(src)? {
        index = index.saturating_add(1);
        if let Some(order) = associated.order(index) {
            found.add(src, property, order)?;
        } else if &property.kind == b"auxC" {
            has_alpha |= is_alpha(src, property)?;
        }
    }
    Ok((found, has_alpha))
}

/// The EXIF item that describes the primary item, else the first that parses. Sets whether there is XMP.
fn metadata(
    meta: &Meta,
    src: &mut impl Source,
    info: &mut ImageInfo,
) -> Result<Option<Exif>, ProbeError> {
    let (mut found, mut certain, mut tries) = (None, false, MAX_EXIF_ITEMS);
    let mut items = meta.items(src)?;
    while let Some(item) = items.next(src)? {
        match &item.kind {
            b"Exif" if !certain && tries > 0 => {
                tries -= 1;
                certain = describes_primary(meta, src, item.id)?;
                if certain || found.is_none() {
                    found = exif(meta, src, item.id)?.or(found);
                }
            }
            b"mime" => {
                let (at, end) = item.name;
                info.has_xmp |= is_xmp(src, at, end)?;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Whether an item describes the primary one (a reference of type `cdsc`).
fn describes_primary(meta: &Meta, src: &mut impl Source, item: u32) -> Result<bool, ProbeError> {
    let mut references = meta.references(src)?;
    while let Some(reference) = references.next(src)? {
        if &reference.kind != b"cdsc" || reference.from != item {
            continue;
        }
        for index in 0..reference.count.min(MAX_DESCRIBED) {
            if Some(reference.to(src, index)?) == meta.primary {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// An EXIF item: the offset of its TIFF header, then the block (ISO/IEC 23008-12 A.2.1). Only its first extent
/// is read.
fn exif(meta: &Meta, src: &mut impl Source, item: u32) -> Result<Option<Exif>, ProbeError> {
    const OFFSET: u64 = 4;
    let Some(location) = meta.locations(src)?.find(src, item)? else { return Ok(None) };
    let Some((at, len)) = location.extent(src, 0)? else { return Ok(None) };
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

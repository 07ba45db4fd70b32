//! The size of the first page: ISO 32000-1, sections 7.7.3 (the tree of pages) and 14.11.2 (its boxes).

use super::dictionary::{Entry, Kind, MAX_KIDS, Object, Rectangle};
use super::objects::Objects;
use crate::container::error::{ProbeError, lenient};
use crate::container::source::Source;
use crate::geometry::Size;

/// Levels of the tree of pages.
const MAX_DEPTH: u32 = 16;
/// Nodes of the tree that are read: more than one only where the first ones have no page.
const MAX_NODES: u32 = 64;
/// The box of a page that states none, as in other readers: US Letter.
const LETTER: Rectangle = [0.0, 0.0, 612.0, 792.0];

/// What a page takes from the nodes above it, and its unit.
#[derive(Clone, Copy, Default)]
struct Inherited {
    media_box: Option<Rectangle>,
    crop_box: Option<Rectangle>,
    rotate: f64,
    /// Points of a unit, if it is above 0. The only one that is not inherited.
    user_unit: f64,
}

/// The first page's crop box in whole points, by its unit and after its rotation. `None` if there is no page.
pub(super) fn first_page<S: Source>(
    objects: &mut Objects<'_, S>,
) -> Result<Option<Size>, ProbeError> {
    let root = objects.root.ok_or(ProbeError::Truncated)?;
    let Object::Dictionary(catalog) = objects.object(root)? else {
        return Err(ProbeError::Truncated);
    };
    let pages = catalog.pages.ok_or(ProbeError::Truncated)?;
    let mut nodes = MAX_NODES;
    first_of(objects, pages, Inherited::default(), MAX_DEPTH, &mut nodes)
}

/// The first page at or below a node.
fn first_of<S: Source>(
    objects: &mut Objects<'_, S>,
    number: u32,
    above: Inherited,
    depth: u32,
    nodes: &mut u32,
) -> Result<Option<Size>, ProbeError> {
    if depth == 0 || *nodes == 0 {
        return Ok(None);
    }
    *nodes -= 1;
    let (kids, inherited) = read_node(objects, number, above)?;
    let Some(kids) = kids else { return Ok(inherited.size()) };
    for kid in kids.into_iter().flatten() {
        if let Some(size) = first_of(objects, kid, inherited, depth - 1, nodes)? {
            return Ok(Some(size));
        }
    }
    Ok(None)
}

type Kids = [Option<u32>; MAX_KIDS];

/// The kids of a node, `None` for a page, and what it hands down.
#[inline(never)]
fn read_node<S: Source>(
    objects: &mut Objects<'_, S>,
    number: u32,
    above: Inherited,
) -> Result<(Option<Kids>, Inherited), ProbeError> {
    let Object::Dictionary(node) = objects.object(number)? else {
        return Err(ProbeError::Truncated);
    };
    let inherited = Inherited {
        media_box: rectangle(objects, node.media_box)?.or(above.media_box),
        crop_box: rectangle(objects, node.crop_box)?.or(above.crop_box),
        rotate: stated(objects, node.rotate)?.unwrap_or(above.rotate),
        user_unit: stated(objects, node.user_unit)?.unwrap_or_default(),
    };
    let kids = match node.kids {
        _ if node.kind == Kind::Page => None,
        Some(Entry::Direct(kids)) => Some(kids),
        Some(Entry::Object(number)) => match objects.object(number)? {
            Object::Array(array) => Some(array.references),
            _ => return Err(ProbeError::Truncated),
        },
        None if node.kind == Kind::Pages => Some(Kids::default()),
        None => None,
    };
    Ok((kids, inherited))
}

fn rectangle<S: Source>(
    objects: &mut Objects<'_, S>,
    entry: Option<Entry<Rectangle>>,
) -> Result<Option<Rectangle>, ProbeError> {
    Ok(match entry {
        None => None,
        Some(Entry::Direct(corners)) => Some(corners),
        Some(Entry::Object(number)) => match lenient(objects.object(number))? {
            Some(Object::Array(array)) => array.rectangle(),
            _ => None,
        },
    })
}

/// A number that may be another object.
fn stated<S: Source>(
    objects: &mut Objects<'_, S>,
    entry: Option<Entry<f64>>,
) -> Result<Option<f64>, ProbeError> {
    Ok(match entry {
        None => None,
        Some(Entry::Direct(value)) => Some(value),
        Some(Entry::Object(number)) => match lenient(objects.object(number))? {
            Some(Object::Number(value)) => Some(value),
            _ => None,
        },
    })
}

impl Inherited {
    /// The size of a page.
    fn size(&self) -> Option<Size> {
        let media_box = self.media_box.map(upright).filter(|corners| !is_empty(corners));
        let media_box = media_box.unwrap_or(LETTER);
        let crop_box = self.crop_box.map(|crop_box| intersection(upright(crop_box), media_box));
        let crop_box = crop_box.filter(|corners| !is_empty(corners));
        let [left, bottom, right, top] = crop_box.unwrap_or(media_box);
        let unit = self.user_unit;
        let unit = if unit.is_finite() && unit > 0.0 { unit } else { 1.0 };
        let size = Size::rounded((right - left) * unit, (top - bottom) * unit)?;
        // A multiple of 90 degrees, clockwise.
        let is_turned = self.rotate.rem_euclid(180.0) == 90.0;
        Some(if is_turned { Size::new(size.height, size.width) } else { size })
    }
}

/// The same rectangle, by its lower left and upper right corner (section 7.9.5: any two are allowed).
fn upright([x0, y0, x1, y1]: Rectangle) -> Rectangle {
    [x0.min(x1), y0.min(y1), x0.max(x1), y0.max(y1)]
}

fn intersection(a: Rectangle, b: Rectangle) -> Rectangle {
    [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])]
}

fn is_empty([left, bottom, right, top]: &Rectangle) -> bool {
    !(right > left && top > bottom)
}

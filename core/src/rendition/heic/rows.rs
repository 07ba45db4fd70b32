//! The rows of an item's picture, cut and with its alpha, top to bottom.

use super::Context;
use super::alpha::Alpha;
use super::coded::{Coded, Decoded, Role};
use super::grid::Grid;
use super::nclx::Nclx;
use super::overlay::Overlay;
use crate::container::heif::Properties;
use crate::geometry::{Orientation, Size};
use crate::rendition::decode_error::DecodeError;

/// The rows of a picture, which are decoded as they are asked for.
pub(super) struct Rows<'a> {
    picture: Picture<'a>,
    /// The size of the picture before it is cut.
    full: Size,
    pub(super) size: Size,
    /// Columns and rows that are cut off before the first.
    offset: (u32, u32),
    alpha: Option<Box<Alpha<'a>>>,
    pub(super) icc: Option<&'a [u8]>,
    pub(super) colour: Nclx,
    /// The row of the picture.
    whole: Vec<u8>,
    /// The same, cut and with alpha.
    row: Vec<u8>,
}

enum Picture<'a> {
    Coded(Box<Coded<'a>>, Role, Option<Box<Decoded>>),
    Grid(Box<Grid<'a>>),
    Overlay(Box<Overlay<'a>>),
}

impl<'a> Rows<'a> {
    /// Of an item. `depth`: how many pictures may lie one within the other, the derived ones and what they are made
    /// of.
    pub(super) fn new(
        cx: &Context<'a>,
        item: u32,
        role: Role,
        depth: u8,
    ) -> Result<Self, DecodeError> {
        let properties = cx.file.properties(item)?;
        let shared = &properties.shared;
        let (mut icc, mut colour) = (properties.icc, properties.nclx);
        let (picture, decoded) = match cx.file.kind(item).as_ref() {
            Some(b"hvc1" | b"hev1") => {
                let coded = Coded::new(cx.file, item, &properties)?;
                let size = coded.sps.size;
                colour = Some(coded.colour);
                (Picture::Coded(Box::new(coded), role, None), size)
            }
            Some(b"grid") => {
                let grid = Grid::new(cx, item, properties.nclx, role)?;
                let size = grid.size;
                icc = icc.or(grid.icc);
                colour = Some(grid.first.colour);
                (Picture::Grid(Box::new(grid)), size)
            }
            Some(b"iovl" | b"iden") if depth < 2 => {
                return Err(DecodeError::unsupported(
                    "pictures that are derived from derived ones",
                ));
            }
            Some(b"iden") => return Self::identity(cx, item, role, depth - 1, shared),
            Some(b"iovl") if role == Role::Colour => {
                let overlay = Overlay::new(cx, item)?;
                let size = overlay.size;
                if let Some(first) = overlay.first() {
                    icc = icc.or(first.icc);
                    colour = colour.or(Some(first.colour));
                }
                (Picture::Overlay(Box::new(overlay)), size)
            }
            Some(b"av01") => {
                return Err(DecodeError::unsupported("a picture that is coded by AV1"));
            }
            Some(_) => return Err(DecodeError::unsupported("a picture that is not coded by HEVC")),
            None => return Err("the picture is not in the list of items".into()),
        };
        // What is coded may be larger, as blocks are; smaller means that pixels are missing.
        let full = shared.size.unwrap_or(decoded);
        if full.width > decoded.width || full.height > decoded.height {
            return Err("the picture is smaller than the header states".into());
        }
        let mut rows = Self {
            picture,
            full,
            size: shared.cropped().unwrap_or(full),
            offset: shared.crop().map_or((0, 0), |crop| crop.offset(full)),
            alpha: None,
            icc,
            colour: colour.unwrap_or(Nclx::UNSPECIFIED),
            whole: Vec::new(),
            row: Vec::new(),
        };
        if role == Role::Colour
            && !matches!(rows.picture, Picture::Overlay(_))
            && let Some(alpha) = cx.file.alpha_of(item)?
        {
            let is_premultiplied = cx.file.referred(item, b"prem")?.contains(&alpha);
            let plane = Rows::new(cx, alpha, Role::Alpha, 1)?;
            rows.alpha = Some(Box::new(Alpha::new(plane, is_premultiplied, rows.full, rows.size)));
        }
        Ok(rows)
    }

    /// Of an item that is another one, perhaps cut.
    fn identity(
        cx: &Context<'a>,
        item: u32,
        role: Role,
        depth: u8,
        shared: &Properties,
    ) -> Result<Self, DecodeError> {
        let [of] = cx.file.referred(item, b"dimg")?[..] else {
            return Err("a derived picture that is not made of one".into());
        };
        let inner = cx.file.properties(of)?.shared;
        if is_turned(&inner) {
            return Err(DecodeError::unsupported("a picture that is derived from a turned one"));
        }
        let mut rows = Self::new(cx, of, role, depth)?;
        if shared.size.is_some_and(|size| size != rows.size) {
            return Err("a derived picture has another size than the one it is made of".into());
        }
        if let Some(crop) = shared.crop() {
            let (x, y) = crop.offset(rows.size);
            rows.offset = (rows.offset.0 + x, rows.offset.1 + y);
            rows.size = crop.size;
        }
        Ok(rows)
    }

    /// Bytes of a pixel of a row.
    pub(super) fn channels(&self) -> usize {
        self.picture_channels() + usize::from(self.alpha.is_some())
    }

    fn picture_channels(&self) -> usize {
        match &self.picture {
            Picture::Coded(coded, role, _) => coded.channels(*role),
            Picture::Grid(grid) => grid.channels(),
            Picture::Overlay(_) => 4,
        }
    }

    /// The pixels that are decoded.
    pub(super) fn pixels(&self) -> u64 {
        let pixels = match &self.picture {
            Picture::Coded(coded, ..) => coded.sps.coded.pixels(),
            Picture::Grid(grid) => grid.pixels(),
            Picture::Overlay(overlay) => overlay.pixels(),
        };
        pixels.saturating_add(self.alpha.as_ref().map_or(0, |alpha| alpha.rows.pixels()))
    }

    /// The bytes that decoding takes at most.
    pub(super) fn memory(&self) -> u64 {
        let picture = match &self.picture {
            Picture::Coded(coded, ..) => coded.memory(coded.len()),
            Picture::Grid(grid) => grid.memory(),
            Picture::Overlay(overlay) => overlay.memory(),
        };
        let rows = u64::from(self.full.width) * 2 * self.channels() as u64;
        let alpha = self.alpha.as_ref().map_or(0, |alpha| alpha.memory());
        picture.saturating_add(rows).saturating_add(alpha)
    }

    /// Row `y`. Rows are asked for from the top down, and some may be left out.
    pub(super) fn row(&mut self, cx: &Context<'a>, y: u32) -> Result<&[u8], DecodeError> {
        let channels = self.picture_channels();
        self.whole.resize(self.full.width as usize * channels, 0);
        let (left, top) = self.offset;
        let in_full = top + y;
        match &mut self.picture {
            Picture::Coded(coded, role, decoded) => {
                let decoded = match decoded {
                    Some(decoded) => decoded,
                    None => decoded.insert(Box::new(coded.decode(cx, *role)?)),
                };
                decoded.row(cx.cpu, in_full, &mut self.whole)?;
            }
            Picture::Grid(grid) => grid.row(cx, in_full, &mut self.whole)?,
            Picture::Overlay(overlay) => overlay.row(cx, in_full, &mut self.whole)?,
        }
        let start = left as usize * channels;
        let part = self.whole.get(start..start + self.size.width as usize * channels);
        let part = part.ok_or("the part that is shown lies outside of the picture")?;
        match &mut self.alpha {
            None => Ok(part),
            Some(alpha) => {
                alpha.join(cx, part, channels, (left, in_full, y), &mut self.row)?;
                Ok(&self.row)
            }
        }
    }
}

/// Whether an item is turned or mirrored.
pub(super) fn is_turned(properties: &Properties) -> bool {
    properties.orientation() != Orientation::Upright
}

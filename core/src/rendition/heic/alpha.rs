//! The alpha plane of a picture: an item of its own, of luma.

use super::Context;
use super::rows::Rows;
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;

/// An alpha plane, which may have another size than its picture.
pub(super) struct Alpha<'a> {
    pub(super) rows: Rows<'a>,
    /// The colours are multiplied by alpha.
    is_premultiplied: bool,
    /// What the plane lies over: the picture before it is cut, or after it.
    over: Size,
    is_of_cut: bool,
}

impl<'a> Alpha<'a> {
    /// For a picture of `full` pixels that is cut to `size`.
    pub(super) fn new(rows: Rows<'a>, is_premultiplied: bool, full: Size, size: Size) -> Self {
        let is_of_cut = rows.size == size && size != full;
        let over = if is_of_cut { size } else { full };
        Self { rows, is_premultiplied, over, is_of_cut }
    }

    pub(super) fn memory(&self) -> u64 {
        self.rows.memory()
    }

    /// Puts a row of colours with its alpha into `joined`. `left` is the column of the picture at which it begins,
    /// and the row is the picture's row `in_full`, and row `y` of the part that is shown.
    pub(super) fn join(
        &mut self,
        cx: &Context<'a>,
        colours: &[u8],
        channels: usize,
        (left, in_full, y): (u32, u32, u32),
        joined: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let (left, y) = if self.is_of_cut { (0, y) } else { (left, in_full) };
        let (size, over) = (self.rows.size, self.over);
        let nearest = |at: u32, size: u32, of: u32| {
            let nearest = u64::from(at) * u64::from(size) / u64::from(of.max(1));
            u32::try_from(nearest).unwrap_or(u32::MAX)
        };
        let row = self.rows.row(cx, nearest(y, size.height, over.height))?;
        joined.clear();
        for (x, pixel) in (left..).zip(colours.chunks_exact(channels)) {
            let at = if size == over { x } else { nearest(x, size.width, over.width) };
            let alpha = row.get(at as usize).copied().unwrap_or(255);
            if self.is_premultiplied && alpha != 255 {
                joined.extend(pixel.iter().map(|&value| divided(value, alpha)));
            } else {
                joined.extend_from_slice(pixel);
            }
            joined.push(alpha);
        }
        Ok(())
    }
}

/// A colour that alpha is not multiplied into any more.
fn divided(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    let quotient = (value * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
    quotient.min(255).to_le_bytes()[0]
}

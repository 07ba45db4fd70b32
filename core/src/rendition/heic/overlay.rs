//! A picture of others that lie on a canvas, each over those before it (ISO/IEC 23008-12 section 6.6.2.2).

use super::Context;
use super::coded::Role;
use super::derived::Fields;
use super::rows::{Rows, is_turned};
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::to_8_bits;

/// Pictures that are laid on a canvas: all are open at once.
const MAX_LAYERS: usize = 32;

/// A canvas with pictures on it.
pub(super) struct Overlay<'a> {
    pub(super) size: Size,
    /// Red, green, blue and alpha of the canvas.
    fill: [u8; 4],
    /// The lowest first.
    layers: Vec<Layer<'a>>,
}

struct Layer<'a> {
    rows: Rows<'a>,
    x: i64,
    y: i64,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(cx: &Context<'a>, item: u32) -> Result<Self, DecodeError> {
        let data = cx.file.data(item)?;
        let mut fields = Fields::new(&data)?;
        let mut fill = [0; 4];
        for channel in &mut fill {
            *channel = to_8_bits(fields.half()?);
        }
        let size = fields.size()?;
        let items = cx.file.referred(item, b"dimg")?;
        if items.len() > MAX_LAYERS {
            return Err(DecodeError::unsupported("an overlay of more than 32 pictures"));
        }
        let mut layers = Vec::with_capacity(items.len());
        for item in items {
            let (x, y) = (i64::from(fields.offset()?), i64::from(fields.offset()?));
            if is_turned(&cx.file.properties(item)?.shared) {
                return Err(DecodeError::unsupported("an overlay of turned pictures"));
            }
            let rows = Rows::new(cx, item, Role::Colour, 1)?;
            // What lies beside the canvas is not decoded.
            let reaches = |at: i64, side: u32, of: u32| at < of.into() && at + i64::from(side) > 0;
            if reaches(x, rows.size.width, size.width) && reaches(y, rows.size.height, size.height)
            {
                layers.push(Layer { rows, x, y });
            }
        }
        Ok(Self { size, fill, layers })
    }

    /// The lowest picture.
    pub(super) fn first(&self) -> Option<&Rows<'a>> {
        self.layers.first().map(|layer| &layer.rows)
    }

    /// The pixels of all pictures.
    pub(super) fn pixels(&self) -> u64 {
        self.layers.iter().map(|layer| layer.rows.pixels()).fold(0, u64::saturating_add)
    }

    pub(super) fn memory(&self) -> u64 {
        self.layers.iter().map(|layer| layer.rows.memory()).fold(0, u64::saturating_add)
    }

    /// Row `y` in red, green, blue and alpha. Rows are asked for from the top down.
    pub(super) fn row(
        &mut self,
        cx: &Context<'a>,
        y: u32,
        row: &mut [u8],
    ) -> Result<(), DecodeError> {
        let pixels = row.as_chunks_mut().0;
        pixels.fill(self.fill);
        for layer in &mut self.layers {
            let in_layer = i64::from(y) - layer.y;
            let Ok(wanted) = u32::try_from(in_layer) else { continue };
            if wanted >= layer.rows.size.height {
                continue;
            }
            let channels = layer.rows.channels();
            let above = layer.rows.row(cx, wanted)?;
            let (skip, at) = (layer.x.min(0).unsigned_abs(), layer.x.max(0));
            let skip = usize::try_from(skip).unwrap_or(usize::MAX);
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            let above = above.chunks_exact(channels).skip(skip);
            for (below, above) in pixels.iter_mut().skip(at).zip(above) {
                *below = over(with_alpha(above), *below);
            }
        }
        Ok(())
    }
}

/// A pixel of grey or of colours, with alpha or opaque, as red, green, blue and alpha.
fn with_alpha(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [grey] => [grey, grey, grey, 255],
        [grey, alpha] => [grey, grey, grey, alpha],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, alpha, ..] => [red, green, blue, alpha],
        [] => [0; 4],
    }
}

/// One pixel over another.
fn over(above: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    let [.., alpha] = above;
    match alpha {
        255 => return above,
        0 => return below,
        _ => {}
    }
    let (share, under) = (u32::from(alpha) * 255, u32::from(below[3]) * u32::from(255 - alpha));
    let all = share + under;
    let mut mixed = [0; 4];
    for ((mixed, above), below) in mixed.iter_mut().zip(above).zip(below).take(3) {
        let sum = u32::from(above) * share + u32::from(below) * under;
        *mixed = ((sum + all / 2) / all).to_le_bytes()[0];
    }
    mixed[3] = ((all + 127) / 255).to_le_bytes()[0];
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_over_others() {
        let red = [200, 0, 0, 128];
        assert_eq!(over(red, [0, 0, 100, 255]), [100, 0, 50, 255]);
        assert_eq!(over(red, [0, 0, 100, 0]), red);
        assert_eq!(over([9, 9, 9, 255], red), [9, 9, 9, 255]);
        assert_eq!(over([9, 9, 9, 0], red), red);
        // Half over half: three quarters, two thirds of which are the upper one's.
        assert_eq!(over([90, 0, 0, 128], [0, 90, 0, 128]), [60, 30, 0, 192]);
    }
}

//! A drawing of artwork, and its pixels as a picture.

use super::budget::Budget;
use super::decode_error::DecodeError;
use super::fit::RowSink;
use super::kernel::Cpu;
use super::picture::{Layout, Picture};
use crate::geometry::Size;

/// Makes a picture of a drawing: `pixels` row by row, RGBA in sRGB, alpha multiplied in. The artwork has `full` pixels,
/// the drawing those of the rendition.
pub(super) fn picture(
    cpu: Cpu,
    budget: &Budget,
    full: Size,
    pixels: &[u8],
    scratch_bytes: u64,
) -> Result<Picture, DecodeError> {
    let size = budget.target(full);
    let mut sink = RowSink::new(cpu, budget, size, Layout::Rgba, scratch_bytes)?;
    let mut row = Vec::new();
    for pixels in pixels.chunks_exact((size.width as usize * 4).max(1)) {
        row.clear();
        row.extend(pixels.as_chunks().0.iter().flat_map(|pixel| demultiplied(*pixel)));
        sink.push(&row);
    }
    Ok(Picture { full, ..sink.finish()? })
}

/// Whether a side as the renderer knows it is another than the header states.
pub(super) fn differs(drawn: f32, stated: u32) -> bool {
    (f64::from(drawn) - f64::from(stated)).abs() > 1.0
}

/// A pixel whose alpha is not multiplied in, rounded to the nearest.
fn demultiplied([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    match alpha {
        0 => [0; 4],
        255 => [red, green, blue, alpha],
        _ => {
            let of = u32::from(alpha);
            let divided = |value: u8| {
                let value = (u32::from(value) * 255 + of / 2) / of;
                u8::try_from(value).unwrap_or(u8::MAX)
            };
            [divided(red), divided(green), divided(blue), alpha]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_divided_out() {
        assert_eq!(demultiplied([0, 0, 0, 0]), [0, 0, 0, 0]);
        assert_eq!(demultiplied([9, 8, 7, 255]), [9, 8, 7, 255]);
        assert_eq!(demultiplied([64, 128, 0, 128]), [128, 255, 0, 128]);
        // More colour than alpha, as a damaged drawing may have.
        assert_eq!(demultiplied([200, 1, 1, 100]), [255, 3, 3, 100]);
    }
}

//! Windows icons and cursors: a directory of pictures. The largest counts.

use super::colour::{Colour, ColourModel};
use super::info::ImageInfo;
use crate::container::error::ProbeError;
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

const DIRECTORY: u64 = 6;
const ENTRY: u64 = 16;

/// Whether a directory of at least one entry begins with `head`. TGA files look alike, but have a count of
/// zero.
pub(super) fn matches(head: &[u8]) -> bool {
    let count = head.get(4..6);
    matches!(head.first_chunk(), Some([0, 0, 1 | 2, 0]))
        && count.is_some_and(|count| count != [0, 0])
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let [_, _, kind, _, c0, c1] = src.array(0)?;
    let count = u16::from_le_bytes([c0, c1]);
    let format = if kind == 1 { Format::Ico } else { Format::Cur };
    let mut info = ImageInfo::new(format);
    info.frames = Some(count.into());
    let first_picture = DIRECTORY + ENTRY * u64::from(count);
    let mut largest = 0;
    for index in 0..u64::from(count) {
        let entry = src.array::<16>(DIRECTORY + index * ENTRY)?;
        let [w, h, colours, _, _, _, b0, b1, s0, s1, s2, s3, o0, o1, o2, o3] = entry;
        let bytes = u32::from_le_bytes([s0, s1, s2, s3]);
        let offset = u64::from(u32::from_le_bytes([o0, o1, o2, o3]));
        if bytes == 0 || offset < first_picture {
            // Damage; or, if every entry is like this, not an icon at all.
            continue;
        }
        let size = Size::new(side(w), side(h));
        if size.pixels() > largest {
            largest = size.pixels();
            info.stored_size = Some(size);
            // A cursor has its hot spot instead of an icon's bits.
            let bits = if format == Format::Ico { u16::from_le_bytes([b0, b1]) } else { 0 };
            info.colour = colour(bits, colours);
        }
    }
    if info.stored_size.is_some() { Ok(info) } else { Err(ProbeError::NotAnImage) }
}

/// One byte, in which 0 means 256.
fn side(byte: u8) -> u32 {
    if byte == 0 { 256 } else { byte.into() }
}

fn colour(bits: u16, colours: u8) -> Option<Colour> {
    let (model, bits) = match (bits, colours) {
        (1..=8, _) => (ColourModel::Palette, bits),
        (24 | 32, _) => (ColourModel::Rgb, 8),
        _ => return None,
    };
    // Every icon has at least a mask.
    Some(Colour { model, bits, alpha: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    fn icon(kind: u8, sides: &[(u8, u8)]) -> Vec<u8> {
        let count = u8::try_from(sides.len()).unwrap();
        let mut data = vec![0, 0, kind, 0, count, 0];
        for &(width, height) in sides {
            data.extend([width, height, 0, 0, 1, 0, 32, 0, 40, 0, 0, 0, 200, 0, 0, 0]);
        }
        data
    }

    #[test]
    fn the_largest_entry_counts_and_0_is_256() {
        let info = probe(&icon(1, &[(16, 16), (0, 0), (32, 32)])).unwrap();
        assert_eq!((info.format, info.stored_size), (Format::Ico, Some(Size::new(256, 256))));
        assert_eq!(info.frames, Some(3));
        let info = probe(&icon(2, &[(16, 16), (32, 0), (48, 48)])).unwrap();
        assert_eq!((info.format, info.stored_size), (Format::Cur, Some(Size::new(32, 256))));
    }

    #[test]
    fn what_only_looks_like_an_icon_is_refused() {
        let tga =
            [&[0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 5, 0, 24, 0][..], &[9; 105]].concat();
        assert_eq!(probe(&tga), Err(ProbeError::NotAnImage));
        let mut data = icon(1, &[(16, 16)]);
        data[18] = 21;
        assert_eq!(probe(&data), Err(ProbeError::NotAnImage));
        let data = icon(1, &[(16, 16), (8, 8)]);
        for cut in 6..data.len() {
            assert_eq!(probe(&data[..cut]), Err(ProbeError::Truncated));
        }
    }
}

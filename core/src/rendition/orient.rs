//! Applying the orientation.

use super::picture::Picture;
use crate::geometry::Orientation;

/// `picture` as displayed.
pub(super) fn apply_orientation(picture: Picture, orientation: Orientation) -> Picture {
    if orientation == Orientation::Upright {
        return picture;
    }
    let pixels = match picture.layout.channels() {
        1 => turned::<1>(&picture, orientation),
        2 => turned::<2>(&picture, orientation),
        3 => turned::<3>(&picture, orientation),
        _ => turned::<4>(&picture, orientation),
    };
    let size = picture.size.oriented(orientation);
    Picture { pixels, size, full: picture.full.oriented(orientation), ..picture }
}

fn turned<const N: usize>(picture: &Picture, orientation: Orientation) -> Vec<u8> {
    use Orientation as O;
    let (width, height) = (picture.size.width as usize, picture.size.height as usize);
    let source = picture.pixels.as_chunks::<N>().0;
    let size = picture.size.oriented(orientation);
    let mut pixels = Vec::with_capacity(picture.pixels.len());
    for y in 0..size.height as usize {
        for x in 0..size.width as usize {
            let (from_x, from_y) = match orientation {
                O::Upright => (x, y),
                O::MirrorHorizontal => (width - 1 - x, y),
                O::Rotate180 => (width - 1 - x, height - 1 - y),
                O::MirrorVertical => (x, height - 1 - y),
                O::Transpose => (y, x),
                O::Rotate90 => (y, height - 1 - x),
                O::Transverse => (width - 1 - y, height - 1 - x),
                O::Rotate270 => (width - 1 - y, x),
            };
            let pixel = source.get(from_y * width + from_x).copied().unwrap_or([0; N]);
            pixels.extend_from_slice(&pixel);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::super::picture::{Layout, Profile};
    use super::*;
    use crate::geometry::Size;

    #[test]
    fn all_eight() {
        // a b c
        // d e f
        for (orientation, want) in [
            (1, "abc/def"),
            (2, "cba/fed"),
            (3, "fed/cba"),
            (4, "def/abc"),
            (5, "ad/be/cf"),
            (6, "da/eb/fc"),
            (7, "fc/eb/da"),
            (8, "cf/be/ad"),
        ] {
            let picture = Picture {
                full: Size::new(3, 2),
                size: Size::new(3, 2),
                layout: Layout::Grey,
                pixels: b"abcdef".to_vec(),
                profile: Profile::Srgb,
            };
            let turned = apply_orientation(picture, Orientation::from_exif(orientation));
            let rows: Vec<&str> = turned
                .pixels
                .chunks(turned.size.width as usize)
                .map(|row| std::str::from_utf8(row).unwrap())
                .collect();
            assert_eq!(rows.join("/"), want, "orientation {orientation}");
        }
    }
}

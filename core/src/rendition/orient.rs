//! Applying the orientation.

use super::picture::{Picture, Plane};
use crate::geometry::Orientation;

/// `picture` as displayed.
pub(super) fn apply_orientation(picture: Picture, orientation: Orientation) -> Picture {
    if orientation == Orientation::Upright {
        return picture;
    }
    Picture {
        full: picture.full.oriented(orientation),
        size: picture.size.oriented(orientation),
        planes: picture.planes.iter().map(|plane| turned(plane, orientation)).collect(),
        ..picture
    }
}

fn turned(plane: &Plane, orientation: Orientation) -> Plane {
    use Orientation as O;
    let (from_width, from_height) = (plane.width, plane.height);
    let (width, height) = match orientation {
        O::Upright | O::MirrorHorizontal | O::Rotate180 | O::MirrorVertical => {
            (from_width, from_height)
        }
        O::Transpose | O::Rotate90 | O::Transverse | O::Rotate270 => (from_height, from_width),
    };
    let mut samples = Vec::with_capacity(plane.samples.len());
    for y in 0..height {
        for x in 0..width {
            let (from_x, from_y) = match orientation {
                O::Upright => (x, y),
                O::MirrorHorizontal => (from_width - 1 - x, y),
                O::Rotate180 => (from_width - 1 - x, from_height - 1 - y),
                O::MirrorVertical => (x, from_height - 1 - y),
                O::Transpose => (y, x),
                O::Rotate90 => (y, from_height - 1 - x),
                O::Transverse => (from_width - 1 - y, from_height - 1 - x),
                O::Rotate270 => (from_width - 1 - y, x),
            };
            let sample = plane.samples.get(from_y * from_width + from_x);
            samples.push(sample.copied().unwrap_or_default());
        }
    }
    Plane { width, height, samples }
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
            let size = Size::new(3, 2);
            let planes = vec![Plane { width: 3, height: 2, samples: b"abcdef".to_vec() }];
            let (layout, profile) = (Layout::Grey, Profile::Srgb);
            let picture = Picture { full: size, size, layout, planes, profile };
            let turned = apply_orientation(picture, Orientation::from_exif(orientation));
            let rows: Vec<&str> = turned.planes[0]
                .samples
                .chunks(turned.size.width as usize)
                .map(|row| std::str::from_utf8(row).unwrap())
                .collect();
            assert_eq!(rows.join("/"), want, "orientation {orientation}");
        }
    }
}

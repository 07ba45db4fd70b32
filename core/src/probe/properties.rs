//! The properties of a HEIF item: its size, crop, orientation, colour (ISO/IEC 23008-12 section 6.5).

use super::colour::{Colour, ColourModel};
use crate::container::boxes::{FULL_BOX, IsoBox};
use crate::container::error::ProbeError;
use crate::container::source::Source;
use crate::geometry::{Orientation, Size};

/// Properties of one item: their number is a byte.
const MAX_PROPERTIES: usize = 255;

/// Whether an auxiliary image is the alpha plane of another (ISO/IEC 23008-12 6.5.8).
pub(super) fn is_alpha(src: &mut impl Source, property: IsoBox) -> Result<bool, ProbeError> {
    const URNS: [&[u8]; 2] =
        [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];
    let name = src.get_up_to(property.at + FULL_BOX, 64)?;
    Ok(URNS.iter().any(|urn| name.starts_with(urn)))
}

/// The properties of one item, by their indices in the container, which begin with 1.
pub(super) struct Associations {
    indices: [u16; MAX_PROPERTIES],
    count: usize,
}

impl Default for Associations {
    fn default() -> Self {
        Self { indices: [0; MAX_PROPERTIES], count: 0 }
    }
}

impl Associations {
    pub(super) fn push(&mut self, index: u16) {
        if let Some(slot) = self.indices.get_mut(self.count) {
            *slot = index;
            self.count += 1;
        }
    }

    /// The position of a property in the order in which the item applies them.
    pub(super) fn order(&self, index: u16) -> Option<usize> {
        self.indices.iter().take(self.count).position(|&associated| associated == index)
    }
}

/// The properties of the primary item.
#[derive(Default)]
pub(super) struct Properties {
    size: Option<Size>,
    crop: Option<Size>,
    /// The position in that order, and quarter turns anticlockwise.
    rotation: Option<(usize, u8)>,
    /// The position in that order, and the axis of the mirror.
    mirror: Option<(usize, u8)>,
    pub(super) colour: Option<Colour>,
    pub(super) icc: bool,
    pub(super) alpha: bool,
}

impl Properties {
    pub(super) fn add(
        &mut self,
        src: &mut impl Source,
        property: IsoBox,
        order: usize,
    ) -> Result<(), ProbeError> {
        match &property.kind {
            b"ispe" => {
                let width = src.be32(property.at + FULL_BOX)?;
                let height = src.be32(property.at + FULL_BOX + 4)?;
                self.size = (width > 0 && height > 0).then_some(Size::new(width, height));
            }
            b"clap" => {
                let width = rational(src, property.at)?;
                let height = rational(src, property.at + 8)?;
                self.crop = width.zip(height).map(|(width, height)| Size::new(width, height));
            }
            b"irot" => {
                self.rotation = Some((order, u8::from_be_bytes(src.array(property.at)?) & 3));
            }
            b"imir" => self.mirror = Some((order, u8::from_be_bytes(src.array(property.at)?) & 1)),
            b"colr" => self.icc |= matches!(&src.array(property.at)?, b"prof" | b"rICC"),
            b"pixi" => {
                let [channels, bits] = src.array(property.at + FULL_BOX)?;
                let model = if channels < 3 { ColourModel::Grey } else { ColourModel::Rgb };
                self.colour = Some(Colour { model, bits: bits.into(), alpha: false });
            }
            _ => {}
        }
        Ok(())
    }

    /// The size after the crop. A crop larger than the picture is ignored.
    pub(super) fn cropped(&self) -> Option<Size> {
        let size = self.size?;
        let fits = |crop: &Size| crop.width <= size.width && crop.height <= size.height;
        Some(self.crop.filter(fits).unwrap_or(size))
    }

    /// Rotation and mirror in their order, as one of EXIF's eight orientations.
    pub(super) fn orientation(&self) -> Orientation {
        let (turn_at, turns) = self.rotation.unwrap_or((0, 0));
        // A left-right mirror, and then clockwise quarter turns.
        let (mut mirrored, mut clockwise) = (false, 4 - turns);
        if let Some((mirror_at, axis)) = self.mirror {
            mirrored = true;
            // To turn and then mirror is to mirror and then turn in the other direction.
            if mirror_at > turn_at {
                clockwise = turns;
            }
            // Axis 0 swaps top and bottom: a left-right mirror and a half turn.
            if axis == 0 {
                clockwise += 2;
            }
        }
        match (mirrored, clockwise % 4) {
            (false, 1) => Orientation::Rotate90,
            (false, 2) => Orientation::Rotate180,
            (false, 3) => Orientation::Rotate270,
            (false, _) => Orientation::Upright,
            (true, 1) => Orientation::Transverse,
            (true, 2) => Orientation::MirrorVertical,
            (true, 3) => Orientation::Transpose,
            (true, _) => Orientation::MirrorHorizontal,
        }
    }
}

/// A positive fraction of the `clap` property, rounded (ISO/IEC 14496-12 12.1.4).
fn rational(src: &mut impl Source, at: u64) -> Result<Option<u32>, ProbeError> {
    let (n, d) = (u64::from(src.be32(at)?), u64::from(src.be32(at + 4)?));
    let rounded = (n + d / 2).checked_div(d);
    Ok(rounded.and_then(|value| u32::try_from(value).ok()).filter(|&value| value > 0))
}

//! The properties of a HEIF item: its size, crop, orientation, colour (ISO/IEC 23008-12 section 6.5).

use crate::container::boxes::{FULL_BOX, IsoBox};
use crate::container::error::ProbeError;
use crate::container::source::Source;
use crate::geometry::{Orientation, Size};

/// Properties of one item: their number is a byte.
const MAX_PROPERTIES: usize = 255;

/// Whether an auxiliary image is the alpha plane of another (ISO/IEC 23008-12 6.5.8).
pub(crate) fn is_alpha(src: &mut impl Source, property: IsoBox) -> Result<bool, ProbeError> {
    const URNS: [&[u8]; 2] =
        [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];
    let name = src.get_up_to(property.at + FULL_BOX, 64)?;
    Ok(URNS.iter().any(|urn| name.starts_with(urn)))
}

/// The properties of one item, by their indices in the container, which begin with 1.
pub(crate) struct Associations {
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

    /// In the order in which the item applies them. An index of 0 stands for no property.
    #[cfg(feature = "heic")]
    pub(crate) fn indices(&self) -> &[u16] {
        self.indices.get(..self.count).unwrap_or_default()
    }

    /// The position of a property in the order in which the item applies them.
    pub(crate) fn order(&self, index: u16) -> Option<usize> {
        self.indices.iter().take(self.count).position(|&associated| associated == index)
    }
}

/// The properties of an item.
#[derive(Default)]
pub(crate) struct Properties {
    pub(crate) size: Option<Size>,
    crop: Option<Clap>,
    /// The position in that order, and quarter turns anticlockwise.
    rotation: Option<(usize, u8)>,
    /// The position in that order, and the axis of the mirror.
    mirror: Option<(usize, u8)>,
    /// The number of channels, and the bits of the first one.
    pub(crate) channels: Option<(u8, u8)>,
    /// An ICC profile is embedded.
    pub(crate) has_icc: bool,
}

impl Properties {
    pub(crate) fn add(
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
            b"clap" => self.crop = Clap::read(src, property.at)?,
            b"irot" => {
                self.rotation = Some((order, u8::from_be_bytes(src.array(property.at)?) & 3));
            }
            b"imir" => self.mirror = Some((order, u8::from_be_bytes(src.array(property.at)?) & 1)),
            b"colr" => self.has_icc |= matches!(&src.array(property.at)?, b"prof" | b"rICC"),
            b"pixi" => {
                let [channels, bits] = src.array(property.at + FULL_BOX)?;
                self.channels = Some((channels, bits));
            }
            _ => {}
        }
        Ok(())
    }

    /// The crop. One larger than the picture is ignored.
    pub(crate) fn crop(&self) -> Option<&Clap> {
        let full = self.size?;
        let fits = |crop: &&Clap| crop.size.width <= full.width && crop.size.height <= full.height;
        self.crop.as_ref().filter(fits)
    }

    /// The size after the crop.
    pub(crate) fn cropped(&self) -> Option<Size> {
        self.crop().map(|crop| crop.size).or(self.size)
    }

    /// Rotation and mirror in their order, as one of EXIF's eight orientations.
    pub(crate) fn orientation(&self) -> Orientation {
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

/// The part of a picture that is shown (`clap`, ISO/IEC 14496-12 12.1.4).
pub(crate) struct Clap {
    /// Its sides, rounded.
    pub(crate) size: Size,
    #[cfg(feature = "heic")]
    exact: [(i64, i64); 4],
}

impl Clap {
    /// `None` if a side is not a positive fraction.
    fn read(src: &mut impl Source, at: u64) -> Result<Option<Self>, ProbeError> {
        let width = side(src, at)?;
        let height = side(src, at + 8)?;
        let Some((width, height)) = width.zip(height) else { return Ok(None) };
        #[cfg(feature = "heic")]
        let exact = {
            let mut exact = [(0, 1); 4];
            for (index, fraction) in (0..).zip(&mut exact) {
                let numerator = src.be32(at + index * 8)?;
                // Offsets are signed.
                let numerator =
                    if index < 2 { numerator.into() } else { numerator.cast_signed().into() };
                *fraction = (numerator, src.be32(at + index * 8 + 4)?.into());
            }
            exact
        };
        Ok(Some(Self {
            size: Size::new(width, height),
            #[cfg(feature = "heic")]
            exact,
        }))
    }

    /// Columns left of the part and rows above it, in a picture of `full` pixels. The offsets are those of the
    /// part's centre from the picture's; halves of a pixel are rounded down.
    #[cfg(feature = "heic")]
    pub(crate) fn offset(&self, full: Size) -> (u32, u32) {
        let [width, height, x, y] = self.exact;
        let side = |full: u32, size: u32, (length, parts): (i64, i64), (offset, of): (i64, i64)| {
            // offset / of + (full - length / parts) / 2, over the common denominator.
            let (full_parts, of) = (i128::from(full) * i128::from(parts), i128::from(of));
            let over = 2 * of * i128::from(parts);
            let before =
                2 * i128::from(offset) * i128::from(parts) + (full_parts - i128::from(length)) * of;
            let most = full.saturating_sub(size);
            let before = before.checked_div_euclid(over).unwrap_or_default();
            u32::try_from(before.max(0)).unwrap_or(u32::MAX).min(most)
        };
        (
            side(full.width, self.size.width, width, x),
            side(full.height, self.size.height, height, y),
        )
    }
}

/// A positive fraction, rounded.
fn side(src: &mut impl Source, at: u64) -> Result<Option<u32>, ProbeError> {
    let (n, d) = (u64::from(src.be32(at)?), u64::from(src.be32(at + 4)?));
    let rounded = (n + d / 2).checked_div(d);
    Ok(rounded.and_then(|value| u32::try_from(value).ok()).filter(|&value| value > 0))
}

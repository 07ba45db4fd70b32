//! Sizes in pixels, and the eight orientations.

/// A size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size of `width` by `height` pixels.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// A size of sides rounded to the nearest pixel. `None` if one is then 0 or over `u32::MAX`.
    pub(crate) fn rounded(width: f64, height: f64) -> Option<Self> {
        let side = |length: f64| {
            let length = length.round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range is checked"
            )]
            (1.0..=f64::from(u32::MAX)).contains(&length).then_some(length as u32)
        };
        Some(Self::new(side(width)?, side(height)?))
    }

    /// The number of pixels.
    #[must_use]
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The size after `orientation` is applied.
    #[must_use]
    pub const fn oriented(self, orientation: Orientation) -> Self {
        if orientation.swaps_axes() { Self::new(self.height, self.width) } else { self }
    }
}

/// How the stored picture is turned to be displayed: the values of EXIF tag 0x0112 (EXIF 2.32, section
/// 4.6.4.A).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Orientation {
    /// 1: not turned.
    #[default]
    Upright = 1,
    /// 2: mirror left to right.
    MirrorHorizontal = 2,
    /// 3: turn by 180 degrees.
    Rotate180 = 3,
    /// 4: mirror top to bottom.
    MirrorVertical = 4,
    /// 5: mirror along the main diagonal.
    Transpose = 5,
    /// 6: turn by 90 degrees clockwise.
    Rotate90 = 6,
    /// 7: mirror along the other diagonal.
    Transverse = 7,
    /// 8: turn by 270 degrees clockwise.
    Rotate270 = 8,
}

impl Orientation {
    /// From EXIF's number. Anything other than 2 ..= 8 is upright.
    #[must_use]
    pub const fn from_exif(value: u32) -> Self {
        match value {
            2 => Self::MirrorHorizontal,
            3 => Self::Rotate180,
            4 => Self::MirrorVertical,
            5 => Self::Transpose,
            6 => Self::Rotate90,
            7 => Self::Transverse,
            8 => Self::Rotate270,
            _ => Self::Upright,
        }
    }

    /// EXIF's number, 1 ..= 8.
    #[must_use]
    pub const fn to_exif(self) -> u8 {
        self as u8
    }

    /// Whether the orientation swaps width and height.
    #[must_use]
    pub const fn swaps_axes(self) -> bool {
        self.to_exif() >= 5
    }
}

//! The headers of a BMP: Microsoft's `BITMAPFILEHEADER` and `BITMAPINFOHEADER` families, OS/2 1.x
//! and 2.x.

use super::error::{ProbeError, malformed};
use super::source::Source;
use crate::format::Format;

/// Bytes of `BITMAPFILEHEADER`.
pub(crate) const FILE_HEADER: u64 = 14;
/// `BITMAPCOREHEADER`, of OS/2 1.x: 16-bit sizes and nothing behind the bits.
const CORE: u32 = 12;
/// The shortest OS/2 2.x header; everything behind the bits may be left out.
const SHORTEST_OS2: u32 = 16;
/// Version 5 has 124 bytes; a later version may have more.
const LONGEST: u32 = 256;
/// Offsets in the header, each with the shortest header that has the field.
#[cfg(feature = "rendition")]
const COMPRESSION: (u64, u32) = (16, 20);
const RESOLUTION: (u64, u32) = (24, 32);
#[cfg(feature = "rendition")]
const COLOURS: (u64, u32) = (32, 36);
const ALPHA_MASK: (u64, u32) = (52, 56);
const COLOUR_SPACE: (u64, u32) = (56, 124);
#[cfg(feature = "rendition")]
const PROFILE: (u64, u32) = (112, 124);
/// The colour space of version 5 that is an ICC profile in the file.
const PROFILE_EMBEDDED: u32 = 0x4D42_4544;

/// The header behind `BITMAPFILEHEADER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Its offset in the file, and its length.
    pub(crate) at: u64,
    pub(crate) len: u32,
    /// Pixels across and down, above 0.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Bits of a pixel.
    pub(crate) bits: u16,
}

impl Header {
    /// Of the bitmap whose `BITMAPFILEHEADER` is at the offset `file`.
    #[inline]
    pub(crate) fn read(src: &mut impl Source, file: u64) -> Result<Self, ProbeError> {
        let at = file + FILE_HEADER;
        let len = src.le32(at)?;
        if len != CORE && !(SHORTEST_OS2..=LONGEST).contains(&len) {
            return Err(malformed(Format::Bmp, "no known header has this length"));
        }
        let (width, height, bits) = if len == CORE {
            let [w0, w1, h0, h1, _, _, b0, b1] = src.array(at + 4)?;
            let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
            (u32::from(width), u32::from(height), u16::from_le_bytes([b0, b1]))
        } else {
            let width = src.le32(at + 4)?.cast_signed();
            // A negative height means rows from top to bottom.
            let height = src.le32(at + 8)?.cast_signed().unsigned_abs();
            (u32::try_from(width).unwrap_or(0), height, src.le16(at + 14)?)
        };
        if width == 0 || height == 0 {
            return Err(malformed(Format::Bmp, "width or height is not above 0"));
        }
        Ok(Self { at, len, width, height, bits })
    }

    /// The field at `offset` of headers of at least `shortest` bytes.
    #[inline]
    fn field(
        &self,
        src: &mut impl Source,
        (offset, shortest): (u64, u32),
    ) -> Result<Option<u32>, ProbeError> {
        if self.len < shortest { Ok(None) } else { src.le32(self.at + offset).map(Some) }
    }

    /// Pixels per metre across and down; 0 or below where they are not stated.
    #[inline]
    pub(crate) fn per_metre(&self, src: &mut impl Source) -> Result<Option<[i32; 2]>, ProbeError> {
        let (offset, shortest) = RESOLUTION;
        let (x, y) = (self.field(src, RESOLUTION)?, self.field(src, (offset + 4, shortest))?);
        Ok(x.zip(y).map(|(x, y)| [x.cast_signed(), y.cast_signed()]))
    }

    /// Whether a mask names alpha bits.
    #[inline]
    pub(crate) fn has_alpha(&self, src: &mut impl Source) -> Result<bool, ProbeError> {
        // The longest header of OS/2 has other fields there.
        let has_mask = !matches!(self.len, 57..108);
        Ok(has_mask && self.field(src, ALPHA_MASK)?.is_some_and(|mask| mask != 0))
    }

    /// Whether an ICC profile is in the file.
    #[inline]
    pub(crate) fn has_profile(&self, src: &mut impl Source) -> Result<bool, ProbeError> {
        Ok(self.field(src, COLOUR_SPACE)? == Some(PROFILE_EMBEDDED))
    }
}

/// What only a decoder asks for.
#[cfg(feature = "rendition")]
impl Header {
    /// The compression: 0 none, 1 and 2 run lengths, others by version.
    pub(crate) fn compression(&self, src: &mut impl Source) -> Result<u32, ProbeError> {
        self.field(src, COMPRESSION).map(Option::unwrap_or_default)
    }

    /// Colours of the palette, in headers that state it.
    pub(crate) fn colours(&self, src: &mut impl Source) -> Result<Option<u32>, ProbeError> {
        self.field(src, COLOURS)
    }

    /// Whether the first row is the top one: the height is negative.
    pub(crate) fn is_top_down(&self, src: &mut impl Source) -> Result<bool, ProbeError> {
        Ok(self.len != CORE && src.le32(self.at + 8)?.cast_signed() < 0)
    }

    /// Length of the file as it states it; 0 if it does not.
    pub(crate) fn file_len(&self, src: &mut impl Source) -> Result<u64, ProbeError> {
        src.le32(self.at - FILE_HEADER + 2).map(u64::from)
    }

    /// Offset of the pixels in the file.
    pub(crate) fn pixels_at(&self, src: &mut impl Source) -> Result<u64, ProbeError> {
        src.le32(self.at - 4).map(u64::from)
    }

    /// Offset and length of the ICC profile that is in the file.
    pub(crate) fn profile(&self, src: &mut impl Source) -> Result<Option<(u64, u64)>, ProbeError> {
        if !self.has_profile(src)? {
            return Ok(None);
        }
        let (offset, shortest) = PROFILE;
        let (at, len) = (self.field(src, PROFILE)?, self.field(src, (offset + 4, shortest))?);
        Ok(at.zip(len).map(|(at, len)| (self.at + u64::from(at), len.into())))
    }
}

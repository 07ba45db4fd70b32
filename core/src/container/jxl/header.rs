//! The image header of a code stream: size and metadata (ISO/IEC 18181-1, annex D).

use super::bits::{Bits, Codings};
use super::{CODE_STREAM, CodeStream};
use crate::container::error::{ProbeError, malformed};
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// The most extra channels that a file may have.
const MAX_EXTRA_CHANNELS: u32 = 256;

/// What the header states of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// As stored: before the orientation.
    pub(crate) size: Size,
    pub(crate) orientation: Orientation,
    pub(crate) is_animated: bool,
    /// Bits of a sample, also of a floating point one.
    pub(crate) bits: u16,
    pub(crate) is_grey: bool,
    /// An extra channel is alpha.
    pub(crate) has_alpha: bool,
    /// An extra channel is the black ink: the colours are inks too.
    pub(crate) has_black: bool,
    pub(crate) has_icc: bool,
}

impl Header {
    /// The header of the code stream.
    pub(crate) fn read(src: &mut impl Source, stream: CodeStream) -> Result<Self, ProbeError> {
        let bits = &mut Bits::new(src, stream);
        for byte in CODE_STREAM {
            if bits.read(8)? != u32::from(*byte) {
                return Err(malformed(Format::Jxl, "the code stream has another signature"));
            }
        }
        let mut header = Self {
            size: read_size(bits)?,
            orientation: Orientation::Upright,
            is_animated: false,
            bits: 8,
            is_grey: false,
            has_alpha: false,
            has_black: false,
            has_icc: false,
        };
        let is_default = bits.flag()?;
        if !is_default {
            header.read_metadata(bits)?;
        }
        Ok(header)
    }

    fn read_metadata(&mut self, bits: &mut Bits<'_, impl Source>) -> Result<(), ProbeError> {
        let has_more = bits.flag()?;
        if has_more {
            self.orientation = Orientation::from_exif(bits.read(3)? + 1);
            let has_intrinsic_size = bits.flag()?;
            if has_intrinsic_size {
                // The size that is preferred for display. Decoders give the coded one.
                read_size(bits)?;
            }
            let has_preview = bits.flag()?;
            if has_preview {
                skip_preview_size(bits)?;
            }
            self.is_animated = bits.flag()?;
            if self.is_animated {
                // The ticks of a second, as a fraction, the loops, and whether there are time codes.
                bits.number([(100, 0), (1000, 0), (1, 10), (1, 30)])?;
                bits.number([(1, 0), (1001, 0), (1, 8), (1, 10)])?;
                bits.number([(0, 0), (0, 3), (0, 16), (0, 32)])?;
                bits.flag()?;
            }
        }
        self.bits = read_depth(bits)?;
        // Whether 16 bits are enough to decode it.
        bits.flag()?;
        let extra_channels = bits.number([(0, 0), (1, 0), (2, 4), (1, 12)])?;
        if extra_channels > MAX_EXTRA_CHANNELS {
            return Err(malformed(Format::Jxl, "too many channels"));
        }
        for _ in 0..extra_channels {
            match read_extra_channel(bits)? {
                ALPHA => self.has_alpha = true,
                BLACK => self.has_black = true,
                _ => {}
            }
        }
        // Whether the colours are XYB, which is converted to the stated colours.
        bits.flag()?;
        let is_srgb = bits.flag()?;
        if !is_srgb {
            const GREY: u32 = 1;
            self.has_icc = bits.flag()?;
            self.is_grey = bits.enumeration()? == GREY;
        }
        Ok(())
    }
}

/// Kinds of extra channels.
const ALPHA: u32 = 0;
const SPOT_COLOUR: u32 = 2;
const BLACK: u32 = 4;
const COLOUR_FILTER: u32 = 5;

/// The kind of an extra channel.
fn read_extra_channel(bits: &mut Bits<'_, impl Source>) -> Result<u32, ProbeError> {
    let is_default = bits.flag()?;
    if is_default {
        return Ok(ALPHA);
    }
    let kind = bits.enumeration()?;
    read_depth(bits)?;
    // By how much it is smaller.
    bits.number([(0, 0), (3, 0), (4, 0), (1, 3)])?;
    let name = bits.number([(0, 0), (0, 4), (16, 5), (48, 10)])?;
    for _ in 0..name {
        bits.read(8)?;
    }
    match kind {
        // Whether it is multiplied into the colours.
        ALPHA => bits.read(1)?,
        // Red, green, blue and how solid it is, in half precision.
        SPOT_COLOUR => bits.read(32)? | bits.read(32)?,
        COLOUR_FILTER => bits.number([(1, 0), (0, 2), (3, 4), (19, 8)])?,
        _ => 0,
    };
    Ok(kind)
}

/// The bits of a sample.
fn read_depth(bits: &mut Bits<'_, impl Source>) -> Result<u16, ProbeError> {
    let is_float = bits.flag()?;
    let depth = if is_float {
        let depth = bits.number([(32, 0), (16, 0), (24, 0), (1, 6)])?;
        // Those of the exponent.
        bits.read(4)?;
        depth
    } else {
        bits.number([(8, 0), (10, 0), (12, 0), (1, 6)])?
    };
    Ok(u16::try_from(depth).unwrap_or(u16::MAX))
}

/// A size of eights, or of pixels.
fn read_size(bits: &mut Bits<'_, impl Source>) -> Result<Size, ProbeError> {
    let is_of_eights = bits.flag()?;
    let height = read_side(bits, is_of_eights)?;
    let width = match ratio(bits.read(3)?) {
        Some((across, down)) => {
            let width = u64::from(height) * across / down;
            u32::try_from(width).map_err(|_| malformed(Format::Jxl, "the width is too large"))?
        }
        None => read_side(bits, is_of_eights)?,
    };
    if width == 0 {
        return Err(malformed(Format::Jxl, "the width is 0"));
    }
    Ok(Size::new(width, height))
}

fn read_side(bits: &mut Bits<'_, impl Source>, is_of_eights: bool) -> Result<u32, ProbeError> {
    const SIDE: Codings = [(1, 9), (1, 13), (1, 18), (1, 30)];
    if is_of_eights { Ok((bits.read(5)? + 1) * 8) } else { bits.number(SIDE) }
}

/// The size of a preview, which has codings of its own.
fn skip_preview_size(bits: &mut Bits<'_, impl Source>) -> Result<(), ProbeError> {
    const EIGHTS: Codings = [(16, 0), (32, 0), (1, 5), (33, 9)];
    const SIDE: Codings = [(1, 6), (65, 8), (321, 10), (1345, 12)];
    let side = if bits.flag()? { EIGHTS } else { SIDE };
    bits.number(side)?;
    if ratio(bits.read(3)?).is_none() {
        bits.number(side)?;
    }
    Ok(())
}

/// The width for a height, by number; 0 stands for a width of its own.
fn ratio(number: u32) -> Option<(u64, u64)> {
    match number {
        1 => Some((1, 1)),
        2 => Some((12, 10)),
        3 => Some((4, 3)),
        4 => Some((3, 2)),
        5 => Some((16, 9)),
        6 => Some((5, 4)),
        7 => Some((2, 1)),
        _ => None,
    }
}

//! JPEG XL: the code stream, bare or in boxes (ISO/IEC 18181-2), and its image header (ISO/IEC 18181-1).

mod bits;
pub(crate) mod header;

use super::boxes::Boxes;
use super::error::ProbeError;
use super::source::Source;
use crate::format::Format;

/// The signature box, which comes first.
pub(crate) const SIGNATURE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";
/// The first bytes of a code stream.
pub(crate) const CODE_STREAM: &[u8] = b"\xFF\x0A";

/// The number of a `jxlp` box has this bit in the last one.
pub(crate) const LAST_PART: u32 = 1 << 31;
/// The bytes of the number.
const NUMBER: u64 = 4;

/// Where the code stream of a file lies.
#[derive(Clone, Copy)]
pub(crate) enum CodeStream {
    /// In one part: a bare file, or a `jxlc` box.
    Whole(Part),
    /// In numbered `jxlp` boxes, in any order.
    Numbered,
}

/// A range of the file with bytes of the code stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) at: u64,
    /// Offset behind it.
    pub(crate) end: u64,
}

impl CodeStream {
    /// Part `index`. `None` behind the last one.
    fn part(self, src: &mut impl Source, index: u32) -> Result<Option<Part>, ProbeError> {
        match self {
            Self::Whole(part) => Ok((index == 0).then_some(part)),
            Self::Numbered => {
                let len = src.len();
                let mut boxes = Boxes::new(0, len, Format::Jxl);
                while let Some(found) = boxes.find(src, b"jxlp")? {
                    if src.be32(found.at)? & !LAST_PART == index {
                        return Ok(Some(Part { at: found.at + NUMBER, end: found.end }));
                    }
                }
                Ok(None)
            }
        }
    }
}

//! The compression of strips and tiles.

use super::fax;
use super::fields::{Fields, tag};
use crate::rendition::decode_error::DecodeError;

/// How strips and tiles are compressed: the `Compression` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Fax(fax::Coding),
    Lzw,
    OldJpeg,
    Jpeg,
    Deflate,
    PackBits,
}

impl Compression {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, DecodeError> {
        Ok(match fields.integer(tag::COMPRESSION).unwrap_or(1) {
            1 => Self::None,
            2 => Self::Fax(fax::Coding::Huffman),
            3 => {
                let options = fields.integer(tag::T4_OPTIONS).unwrap_or(0);
                Self::Fax(fax::Coding::Group3 { two_dimensional: options & 1 == 1 })
            }
            4 => Self::Fax(fax::Coding::Group4),
            5 => Self::Lzw,
            6 => Self::OldJpeg,
            7 => Self::Jpeg,
            8 | 32946 => Self::Deflate,
            32773 => Self::PackBits,
            other => {
                let name = match other {
                    34661 => " (JBIG)",
                    34712 => " (JPEG 2000)",
                    34887 => " (LERC)",
                    34925 => " (LZMA)",
                    50000 => " (Zstandard)",
                    50001 => " (WebP)",
                    50002 => " (JPEG XL)",
                    _ => "",
                };
                return Err(DecodeError::unsupported(format!("TIFF compression {other}{name}")));
            }
        })
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::None
    }

    /// Whether the chunks are JPEGs, which no [`Unpacker`](super::unpacker::Unpacker) decodes.
    pub(super) fn is_jpeg(self) -> bool {
        matches!(self, Self::OldJpeg | Self::Jpeg)
    }
}

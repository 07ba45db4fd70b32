//! The compression of strips and tiles.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;
use weezl::{BitOrder, LzwStatus, decode};

use super::fax;
use super::fields::{Fields, tag};
use crate::rendition::decode_error::DecodeError;

const SHORT: &str = "a strip or tile is shorter than its pixels";

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

    /// Whether the chunks are JPEGs, which [`Compression::unpack`] does not decode.
    pub(super) fn is_jpeg(self) -> bool {
        matches!(self, Self::OldJpeg | Self::Jpeg)
    }

    /// The first `length` bytes of `data`, uncompressed. Fax codes need the `width` of a row, in bits.
    pub(super) fn unpack(
        self,
        data: &[u8],
        length: usize,
        width: usize,
        reversed: bool,
    ) -> Result<Cow<'_, [u8]>, DecodeError> {
        // The length of uncompressed data is that of the pixels, whatever the field states.
        let data = if self == Self::None { data.get(..length).ok_or(SHORT)? } else { data };
        let data: Cow<'_, [u8]> = if reversed {
            data.iter().map(|b| b.reverse_bits()).collect::<Vec<_>>().into()
        } else {
            data.into()
        };
        if self == Self::None {
            return Ok(data);
        }
        let mut out = vec![0; length];
        match self {
            Self::Lzw => lzw(&data, &mut out)?,
            Self::Deflate => {
                ZlibDecoder::new(&*data).read_exact(&mut out).map_err(DecodeError::damaged)?;
            }
            Self::PackBits => pack_bits(&data, &mut out)?,
            Self::Fax(coding) => fax::unpack(coding, &data, width, &mut out)?,
            Self::None | Self::OldJpeg | Self::Jpeg => {}
        }
        Ok(out.into())
    }
}

fn lzw(data: &[u8], out: &mut [u8]) -> Result<(), DecodeError> {
    // Some writers before TIFF 6.0 used the other bit order: their first code, 256 to clear the table,
    // begins with these bytes.
    let old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut decoder = if old {
        decode::Decoder::new(BitOrder::Lsb, 8)
    } else {
        decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let (mut read, mut written) = (0, 0);
    loop {
        let (Some(input), Some(output)) = (data.get(read..), out.get_mut(written..)) else {
            return Err(SHORT.into());
        };
        if output.is_empty() {
            return Ok(());
        }
        let result = decoder.decode_bytes(input, output);
        read += result.consumed_in;
        written += result.consumed_out;
        match result.status.map_err(DecodeError::damaged)? {
            LzwStatus::Ok if result.consumed_in + result.consumed_out > 0 => {}
            _ if written == out.len() => return Ok(()),
            _ => return Err(SHORT.into()),
        }
    }
}

fn pack_bits(mut data: &[u8], mut out: &mut [u8]) -> Result<(), DecodeError> {
    while !out.is_empty() {
        let (&header, rest) = data.split_first().ok_or(SHORT)?;
        match header {
            128 => data = rest,
            0..128 => {
                let count = usize::from(header) + 1;
                let (literal, rest) = rest.split_at_checked(count).ok_or(SHORT)?;
                // A literal beyond the end is cut, as in libtiff.
                let count = count.min(out.len());
                let (to, behind) = out.split_at_mut(count);
                to.copy_from_slice(literal.get(..count).ok_or(SHORT)?);
                (data, out) = (rest, behind);
            }
            129.. => {
                let (&value, rest) = rest.split_first().ok_or(SHORT)?;
                let count = (257 - usize::from(header)).min(out.len());
                let (to, behind) = out.split_at_mut(count);
                to.fill(value);
                (data, out) = (rest, behind);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_of_the_specification() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7,
            0xaa,
        ];
        let unpacked = Compression::PackBits.unpack(&packed, 24, 0, false).unwrap();
        let mut want = vec![0xaa; 3];
        want.extend([0x80, 0x00, 0x2a]);
        want.extend([0xaa; 4]);
        want.extend([0x80, 0x00, 0x2a, 0x22]);
        want.extend([0xaa; 10]);
        assert_eq!(*unpacked, *want);
        for cut in 0..packed.len() {
            assert!(Compression::PackBits.unpack(&packed[..cut], 24, 0, false).is_err());
        }
    }

    #[test]
    fn a_short_strip_is_an_error_in_every_method() {
        for compression in [
            Compression::None,
            Compression::Fax(fax::Coding::Huffman),
            Compression::Fax(fax::Coding::Group3 { two_dimensional: true }),
            Compression::Fax(fax::Coding::Group4),
            Compression::Lzw,
            Compression::Deflate,
            Compression::PackBits,
        ] {
            assert!(compression.unpack(&[], 8, 16, false).is_err(), "{compression:?}");
        }
    }
}

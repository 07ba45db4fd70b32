//! Rows of samples of any depth to 8 bits each: byte order, predictor, scaling.

use super::compression::Compression;
use super::fields::{Fields, tag};
use super::photometric::Photometric;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::to_8_bits;

/// How samples are stored: the `SampleFormat` field. Signed ones are read as unsigned, as in libtiff and
/// Pillow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Integer,
    Float,
}

/// The Predictor field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Horizontal,
    Float,
}

/// How the samples of a strip or tile are stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Samples {
    pub(super) bits: usize,
    pub(super) format: Format,
    pub(super) predictor: Predictor,
    pub(super) big_endian: bool,
    /// Samples per pixel within the row.
    pub(super) per_pixel: usize,
    /// Whether they are indices, which are not scaled.
    pub(super) indices: bool,
}

impl Samples {
    /// Of pixels of `per_pixel` samples, in planes or together.
    pub(super) fn read(
        fields: &Fields<'_>,
        compression: Compression,
        photometric: Photometric,
        planar: bool,
        per_pixel: usize,
    ) -> Result<Self, DecodeError> {
        let depth = fields.integer(tag::BITS_PER_SAMPLE).unwrap_or(1);
        if fields.integers(tag::BITS_PER_SAMPLE).take(per_pixel).any(|bits| bits != depth) {
            return Err(DecodeError::unsupported("samples of different depths"));
        }
        let compressed = matches!(compression, Compression::Lzw | Compression::Deflate);
        let samples = Self {
            bits: usize::try_from(depth).unwrap_or(0),
            format: match fields.integer(tag::SAMPLE_FORMAT) {
                Some(3) => Format::Float,
                _ => Format::Integer,
            },
            predictor: match fields.integer(tag::PREDICTOR) {
                Some(2) if compressed => Predictor::Horizontal,
                Some(3) if compressed => Predictor::Float,
                _ => Predictor::None,
            },
            big_endian: fields.is_big_endian(),
            per_pixel: if planar { 1 } else { per_pixel },
            indices: photometric == Photometric::Palette,
        };
        if samples.is_supported() && (per_pixel == 1 || !samples.has_wide_indices()) {
            return Ok(samples);
        }
        let kind = if samples.indices {
            "indices"
        } else if samples.format == Format::Float {
            "floating point samples"
        } else {
            "samples"
        };
        let predictor =
            if samples.predictor == Predictor::None { "" } else { " with their predictor" };
        Err(DecodeError::unsupported(format!("{kind} of {depth} bits{predictor}")))
    }

    /// Bits of a row of `width` pixels.
    pub(super) fn row_bits(&self, width: usize) -> usize {
        width.saturating_mul(self.per_pixel).saturating_mul(self.bits)
    }

    fn is_supported(&self) -> bool {
        let depth = match self.format {
            Format::Integer if self.indices => matches!(self.bits, 1..=8 | 16),
            Format::Integer => matches!(self.bits, 1..=16 | 24 | 32 | 64),
            Format::Float => !self.indices && matches!(self.bits, 16 | 32 | 64),
        };
        let predictor = match self.predictor {
            Predictor::None => true,
            Predictor::Horizontal => matches!(self.bits, 8 | 16 | 32 | 64),
            Predictor::Float => self.format == Format::Float,
        };
        depth && predictor
    }

    /// Whether rows are of indices that are two bytes, the higher one first.
    fn has_wide_indices(&self) -> bool {
        self.indices && self.bits == 16
    }

    /// Bytes of a pixel in the rows that are read.
    pub(super) fn pixel_bytes(&self) -> usize {
        self.per_pixel * if self.has_wide_indices() { 2 } else { 1 }
    }

    /// Whether rows are of 8-bit samples as they are.
    pub(super) fn is_plain(&self) -> bool {
        self.format == Format::Integer && self.bits == 8 && self.predictor == Predictor::None
    }

    /// Replaces `out` with the samples of `row`, 8 bits each; with [`pixel_bytes`](Self::pixel_bytes) for each pixel.
    /// `row` is used up.
    pub(super) fn read_row(&self, row: &mut [u8], out: &mut Vec<u8>) {
        out.clear();
        match self.predictor {
            Predictor::Float => {
                self.undo_float(row);
                // The bytes of each sample are together now, highest first.
                Self { predictor: Predictor::None, big_endian: true, ..*self }.scale(row, out);
            }
            Predictor::Horizontal => {
                self.undo_horizontal(row);
                self.scale(row, out);
            }
            Predictor::None => self.scale(row, out),
        }
    }

    /// Each sample is stored as its difference from that of the pixel before.
    fn undo_horizontal(&self, row: &mut [u8]) {
        match (self.bits, self.per_pixel) {
            (8, 1) => add_bytes::<1>(row),
            (8, 2) => add_bytes::<2>(row),
            (8, 3) => add_bytes::<3>(row),
            (8, 4) => add_bytes::<4>(row),
            (8, 5) => add_bytes::<5>(row),
            _ => self.add_samples(row),
        }
    }

    fn add_samples(&self, row: &mut [u8]) {
        let size = self.bits / 8;
        let before = size * self.per_pixel;
        for at in (before..row.len()).step_by(size) {
            let mut carry = 0;
            for byte in 0..size {
                // From the lowest byte up.
                let byte = if self.big_endian { at + size - 1 - byte } else { at + byte };
                let last = row.get(byte - before).copied().unwrap_or_default();
                if let Some(value) = row.get_mut(byte) {
                    let sum = u16::from(*value) + u16::from(last) + carry;
                    (carry, *value) = (sum >> 8, sum.to_le_bytes()[0]);
                }
            }
        }
    }

    /// Adobe's TIFF Technical Note 3: all first bytes, all second bytes ..., each as a difference.
    fn undo_float(&self, row: &mut [u8]) {
        for at in self.per_pixel..row.len() {
            let last = row.get(at - self.per_pixel).copied().unwrap_or_default();
            if let Some(value) = row.get_mut(at) {
                *value = value.wrapping_add(last);
            }
        }
        let size = self.bits / 8;
        let count = row.len() / size;
        let planes = row.to_vec();
        for (at, sample) in row.chunks_exact_mut(size).enumerate() {
            for (byte, value) in sample.iter_mut().enumerate() {
                *value = planes.get(byte * count + at).copied().unwrap_or_default();
            }
        }
    }

    fn scale(&self, row: &[u8], out: &mut Vec<u8>) {
        match (self.format, self.bits) {
            (Format::Integer, 8) => out.extend_from_slice(row),
            (Format::Integer, 16) if self.has_wide_indices() => {
                let is_big = self.big_endian;
                let pairs = row.as_chunks().0.iter();
                out.extend(pairs.flat_map(|&[a, b]| if is_big { [a, b] } else { [b, a] }));
            }
            (Format::Integer, 16) if self.big_endian => {
                out.extend(row.as_chunks().0.iter().map(|&v| to_8_bits(u16::from_be_bytes(v))));
            }
            (Format::Integer, 16) => {
                out.extend(row.as_chunks().0.iter().map(|&v| to_8_bits(u16::from_le_bytes(v))));
            }
            (Format::Integer, 24 | 32 | 64) => {
                out.extend(row.chunks_exact(self.bits / 8).filter_map(|bytes| self.top(bytes)));
            }
            (Format::Float, _) => {
                out.extend(row.chunks_exact(self.bits / 8).map(|b| self.float(b)));
            }
            (Format::Integer, 1) if !self.indices => {
                for byte in row {
                    out.extend([7, 6, 5, 4, 3, 2, 1, 0].map(|bit| (byte >> bit & 1) * 255));
                }
            }
            (Format::Integer, bits) => {
                let most = (1u32 << bits) - 1;
                let (mut buffer, mut count) = (0u32, 0);
                for &byte in row {
                    buffer = buffer << 8 | u32::from(byte);
                    count += 8;
                    while count >= bits {
                        count -= bits;
                        let value = buffer >> count & most;
                        let scaled =
                            if self.indices { value } else { (value * 255 + most / 2) / most };
                        out.push(scaled.to_le_bytes()[0]);
                    }
                }
            }
        }
    }

    /// An integer by its two highest bytes.
    fn top(&self, bytes: &[u8]) -> Option<u8> {
        let pair = if self.big_endian {
            bytes.first_chunk().map(|&pair| u16::from_be_bytes(pair))
        } else {
            bytes.last_chunk().map(|&pair| u16::from_le_bytes(pair))
        };
        pair.map(to_8_bits)
    }

    /// Floating point samples reach from 0 to 1.
    fn float(&self, bytes: &[u8]) -> u8 {
        let add = |n: u64, &b: &u8| n << 8 | u64::from(b);
        let bits = if self.big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        };
        let value = match self.bits {
            64 => f64::from_bits(bits),
            32 => f32::from_bits(u32::try_from(bits).unwrap_or_default()).into(),
            _ => half(u16::try_from(bits).unwrap_or_default()),
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let value = (value * 255.0 + 0.5) as u8;
        value
    }
}

/// Undoes the differences of pixels of `N` samples of 8 bits.
fn add_bytes<const N: usize>(row: &mut [u8]) {
    let mut sum = [0_u8; N];
    for pixel in row.as_chunks_mut::<N>().0 {
        for (sum, value) in sum.iter_mut().zip(pixel) {
            *sum = sum.wrapping_add(*value);
            *value = *sum;
        }
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let (sign, exponent, fraction) =
        (bits >> 15, i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let value = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 => f64::INFINITY,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    };
    if sign == 1 { -value } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(bits: usize) -> Samples {
        Samples {
            bits,
            format: Format::Integer,
            predictor: Predictor::None,
            big_endian: false,
            per_pixel: 1,
            indices: false,
        }
    }

    fn read(samples: Samples, row: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        samples.read_row(&mut row.to_vec(), &mut out);
        out
    }

    #[test]
    fn depths() {
        assert_eq!(read(samples(1), &[0b1010_0000]), [255, 0, 255, 0, 0, 0, 0, 0]);
        assert_eq!(read(samples(4), &[0x0f, 0x80]), [0, 255, 136, 0]);
        assert_eq!(read(samples(12), &[0xff, 0xf0, 0x00]), [255, 0]);
        assert_eq!(read(samples(16), &[0x34, 0x12]), [0x12]);
        assert_eq!(read(samples(32), &[0, 0, 0xff, 0x12]), [0x13]);
        assert_eq!(read(Samples { big_endian: true, ..samples(16) }, &[0x34, 0x12]), [0x34]);
        let indices = Samples { indices: true, ..samples(16) };
        assert_eq!(read(indices, &[0x34, 0x12]), [0x12, 0x34]);
        assert_eq!(read(Samples { big_endian: true, ..indices }, &[0x34, 0x12]), [0x34, 0x12]);
        let float = Samples { format: Format::Float, ..samples(32) };
        assert_eq!(read(float, &0.5f32.to_le_bytes()), [128]);
        assert_eq!(read(float, &f32::NAN.to_le_bytes()), [0]);
        assert_eq!(read(Samples { bits: 16, ..float }, &[0x00, 0x38]), [128]);
    }

    #[test]
    fn predictors() {
        let horizontal = Samples { predictor: Predictor::Horizontal, per_pixel: 2, ..samples(8) };
        assert_eq!(read(horizontal, &[1, 10, 1, 10, 255, 0]), [1, 10, 2, 20, 1, 20]);
        let wide = Samples { predictor: Predictor::Horizontal, ..samples(16) };
        assert_eq!(read(wide, &[0xff, 0x00, 0x01, 0x00]), [1, 1]);
        let float = Samples { predictor: Predictor::Float, format: Format::Float, ..samples(32) };
        // Two samples 0.5 (3f 00 00 00): planes 3f 3f 00 00 00 ..., as differences.
        assert_eq!(read(float, &[0x3f, 0x00, 0xc1, 0, 0, 0, 0, 0]), [128, 128]);
    }
}

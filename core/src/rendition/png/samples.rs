//! The samples of a PNG's rows, as pixels of 8 bits (third edition, section 13.12).

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

use png::{ColorType, Info};

use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, to_8_bits};

/// How the samples of a row are stored.
pub(super) struct Samples {
    form: Form,
    pub(super) layout: Layout,
    /// Bits of a pixel as stored.
    pub(super) bits: u64,
}

enum Form {
    /// As they are.
    Bytes,
    /// One of at most 8 bits a pixel, which stands for one of these pixels.
    Table { bits: u32, table: Box<[[u8; 4]; 256]> },
    /// RGB, of which one colour is transparent.
    Key([u8; 3]),
    /// 16 bits a sample. One value of a pixel may be transparent: its bytes, if there are as many as in a pixel.
    Wide { channels: usize, key: Option<Vec<u8>> },
}

impl Samples {
    pub(super) fn new(info: &Info<'_>) -> Result<Self, DecodeError> {
        let key = info.trns.as_deref();
        let bits = info.bit_depth as u8;
        let channels = info.color_type.samples();
        let opaque = match info.color_type {
            ColorType::Grayscale => Layout::Grey,
            ColorType::GrayscaleAlpha => Layout::GreyAlpha,
            ColorType::Rgb | ColorType::Indexed => Layout::Rgb,
            ColorType::Rgba => Layout::Rgba,
        };
        let with_key = match opaque {
            Layout::Grey => Layout::GreyAlpha,
            Layout::Rgb => Layout::Rgba,
            other => other,
        };
        let layout = if key.is_some() { with_key } else { opaque };
        let form = match (info.color_type, bits) {
            (ColorType::Indexed, _) => {
                let palette = info.palette.as_deref().ok_or("the palette is missing")?;
                let table = palette_table(palette, key.unwrap_or_default());
                Form::Table { bits: bits.into(), table }
            }
            (ColorType::Grayscale, ..8) => grey_table(bits, key),
            (ColorType::Grayscale, 8) if key.is_some() => grey_table(bits, key),
            (_, 16) => {
                Form::Wide { channels, key: key.filter(|_| layout != opaque).map(<[u8]>::to_vec) }
            }
            (ColorType::Rgb, _) => match key.and_then(<[u8]>::first_chunk) {
                Some(key) => Form::Key(*key),
                None => Form::Bytes,
            },
            _ => Form::Bytes,
        };
        Ok(Self { form, layout, bits: u64::from(bits) * channels as u64 })
    }

    /// Bytes of a pixel as filters see it, at least one.
    pub(super) fn pixel_bytes(&self) -> usize {
        usize::try_from(self.bits / 8).unwrap_or(1).max(1)
    }

    /// Bytes of a row of `width` pixels.
    pub(super) fn row_bytes(&self, width: u32) -> Result<usize, DecodeError> {
        let bytes = (u64::from(width) * self.bits).div_ceil(8);
        usize::try_from(bytes).map_err(|_| "the picture is too wide".into())
    }

    /// The pixels of a row, in the layout. `to` takes them where they are not what the row has.
    pub(super) fn pixels<'a>(&self, row: &'a [u8], width: u32, to: &'a mut Vec<u8>) -> &'a [u8] {
        to.clear();
        match &self.form {
            Form::Bytes => return row,
            Form::Table { bits: 8, table } => match self.layout {
                Layout::Rgb => look_up::<3>(row, table, to),
                Layout::Rgba => look_up::<4>(row, table, to),
                Layout::GreyAlpha => look_up::<2>(row, table, to),
                _ => look_up::<1>(row, table, to),
            },
            Form::Table { bits, table } => {
                let channels = self.layout.channels();
                for index in indices(row, *bits).take(width as usize) {
                    let pixel =
                        table.get(usize::from(index)).and_then(|pixel| pixel.get(..channels));
                    to.extend(pixel.unwrap_or_default());
                }
            }
            Form::Key(key) => {
                for pixel in row.as_chunks::<3>().0 {
                    to.extend(pixel);
                    to.push(if pixel == key { 0 } else { 255 });
                }
            }
            Form::Wide { channels, key } => {
                for pixel in row.chunks_exact(2 * channels) {
                    to.extend(
                        pixel
                            .as_chunks()
                            .0
                            .iter()
                            .map(|&value| to_8_bits(u16::from_be_bytes(value))),
                    );
                    if let Some(key) = key {
                        to.push(if pixel == key { 0 } else { 255 });
                    }
                }
            }
        }
        to
    }
}

/// The colours of a palette, with alpha where `alpha` has it. Indices beyond the palette are black.
fn palette_table(palette: &[u8], alpha: &[u8]) -> Box<[[u8; 4]; 256]> {
    let mut table = Box::new([[0, 0, 0, 255]; 256]);
    for (entry, &[red, green, blue]) in table.iter_mut().zip(palette.as_chunks().0) {
        *entry = [red, green, blue, 255];
    }
    for (entry, &alpha) in table.iter_mut().zip(alpha) {
        entry[3] = alpha;
    }
    table
}

/// The grey of each value of `bits` bits; one of them may be transparent.
fn grey_table(bits: u8, key: Option<&[u8]>) -> Form {
    let mut table = Box::new([[0, 255, 0, 0]; 256]);
    let last = (1_usize << bits) - 1;
    for (value, entry) in table.iter_mut().enumerate().take(last + 1) {
        entry[0] = (value * 255 / last).to_le_bytes()[0];
    }
    let key = key.and_then(<[u8]>::first).map(|&value| usize::from(value));
    if let Some(entry) = key.and_then(|value| table.get_mut(value)) {
        entry[1] = 0;
    }
    Form::Table { bits: bits.into(), table }
}

fn look_up<const C: usize>(row: &[u8], table: &[[u8; 4]; 256], to: &mut Vec<u8>) {
    to.resize(row.len() * C, 0);
    for (pixel, &index) in to.as_chunks_mut::<C>().0.iter_mut().zip(row) {
        pixel.copy_from_slice(&table[usize::from(index)][..C]);
    }
}

/// The values of 1, 2 or 4 bits in a row, the topmost of each byte first.
fn indices(row: &[u8], bits: u32) -> impl Iterator<Item = u8> {
    let mask = (1_u8 << bits) - 1;
    row.iter().flat_map(move |&byte| {
        (1..=8 / bits).map(move |i| byte.checked_shr(8 - i * bits).unwrap_or(0) & mask)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_are_read_from_the_top() {
        let values = |bits| indices(&[0b1101_0010, 0xff], bits).collect::<Vec<_>>();
        assert_eq!(values(1), [1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(values(2), [3, 1, 0, 2, 3, 3, 3, 3]);
        assert_eq!(values(4), [13, 2, 15, 15]);
    }
}

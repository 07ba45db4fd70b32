//! The pixels of a row, converted to RGB or RGBA.

use super::parts::Parts;
use crate::container::bmp::Header;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::{Cpu, kernel};
use crate::rendition::palette::{Palette, look_up};

/// How the pixels of a row are stored.
pub(super) enum Pixels {
    Indices {
        bits: usize,
        palette: Box<Palette>,
        indices: Vec<u8>,
    },
    /// Blue, green, red; of four bytes the last is not used.
    Bgr {
        bytes: usize,
    },
    /// Blue, green, red, alpha.
    Bgra,
    Masks(Masks),
}

/// Bits of a pixel of 2 to 4 bytes.
pub(super) struct Masks {
    bytes: usize,
    channels: [Channel; 3],
    alpha: Option<Channel>,
}

/// The bits of a channel.
#[derive(Clone, Copy)]
struct Channel {
    mask: u32,
    shift: u32,
    /// The highest value.
    most: u64,
}

impl Channel {
    fn new(mask: u32) -> Option<Self> {
        let shift = mask.trailing_zeros();
        let most = mask.checked_shr(shift)?;
        Some(Self { mask, shift, most: most.into() })
    }

    fn of(self, pixel: u32) -> u8 {
        let value = u64::from((pixel & self.mask) >> self.shift);
        ((value * 255 + self.most / 2) / self.most.max(1)).to_le_bytes()[0]
    }
}

impl Pixels {
    pub(super) fn read(data: &[u8], header: &Header, parts: &Parts) -> Result<Self, DecodeError> {
        if header.bits <= 8 {
            let palette = Box::new(palette(data, parts)?);
            return Ok(Self::Indices { bits: header.bits.into(), palette, indices: Vec::new() });
        }
        let bytes = usize::from(header.bits / 8);
        let [red, green, blue, alpha] = masks(data, parts)?;
        let has_masks = parts.compression != 0;
        let [red, green, blue] = match bytes {
            _ if has_masks => [red, green, blue],
            2 => [0x7C00, 0x3E0, 0x1F],
            _ => [0xFF_0000, 0xFF00, 0xFF],
        };
        let colours = red | green | blue;
        // Without masks for the colours, that of alpha counts if it names other bits of the pixel.
        let is_inside = alpha.checked_shr(header.bits.into()).unwrap_or(0) == 0;
        let alpha = if is_inside && (has_masks || alpha & colours == 0) { alpha } else { 0 };
        let is_bgr = [red, green, blue] == [0xFF_0000, 0xFF00, 0xFF];
        Ok(match (bytes, alpha) {
            (3 | 4, 0) if is_bgr => Self::Bgr { bytes },
            (4, 0xFF00_0000) if is_bgr => Self::Bgra,
            _ => {
                let [Some(red), Some(green), Some(blue)] = [red, green, blue].map(Channel::new)
                else {
                    return Err("a colour has no bits".into());
                };
                Self::Masks(Masks {
                    bytes,
                    channels: [red, green, blue],
                    alpha: Channel::new(alpha),
                })
            }
        })
    }

    pub(super) fn has_alpha(&self) -> bool {
        matches!(self, Self::Bgra | Self::Masks(Masks { alpha: Some(_), .. }))
    }

    pub(super) fn drop_alpha(&mut self) {
        match self {
            Self::Bgra => *self = Self::Bgr { bytes: 4 },
            Self::Masks(masks) => masks.alpha = None,
            Self::Indices { .. } | Self::Bgr { .. } => {}
        }
    }

    /// Whether every pixel of a row is transparent.
    pub(super) fn is_transparent(&self, row: &[u8]) -> bool {
        let alpha = match self {
            Self::Bgra => 0xFF00_0000,
            Self::Masks(Masks { alpha: Some(alpha), .. }) => alpha.mask,
            _ => return false,
        };
        match self {
            Self::Masks(Masks { bytes: bytes @ 2..=3, .. }) => {
                row.chunks_exact(*bytes).all(|pixel| word(pixel) & alpha == 0)
            }
            _ => row.as_chunks().0.iter().all(|&pixel| u32::from_le_bytes(pixel) & alpha == 0),
        }
    }

    /// Writes a row as RGB, or RGBA if the pixels have alpha.
    pub(super) fn convert(&mut self, cpu: Cpu, row: &[u8], out: &mut [u8]) {
        match self {
            Self::Indices { bits: 8, palette, .. } => look_up(row, palette, out),
            Self::Indices { bits, palette, indices } => {
                indices.clear();
                for byte in row {
                    let parts = (0..8).step_by((*bits).max(1)).rev();
                    indices.extend(parts.map(|shift| byte >> shift & ((1 << *bits) - 1)));
                }
                let width = out.len() / 3;
                look_up(indices.get(..width).unwrap_or_default(), palette, out);
            }
            Self::Bgr { bytes: 3 } => swap_3(cpu, row, out),
            Self::Bgr { .. } => swap_4(cpu, row, out),
            Self::Bgra => swap_alpha(cpu, row, out),
            Self::Masks(masks) => masks.convert(row, out),
        }
    }
}

impl Masks {
    fn convert(&self, row: &[u8], out: &mut [u8]) {
        let channels = if self.alpha.is_some() { 4 } else { 3 };
        let pixels = row.chunks_exact(self.bytes.max(1)).map(word);
        for (out, pixel) in out.chunks_exact_mut(channels).zip(pixels) {
            for (value, channel) in out.iter_mut().zip(self.channels.iter().chain(&self.alpha)) {
                *value = channel.of(pixel);
            }
        }
    }
}

kernel! {
    /// Blue, green, red to red, green, blue.
    fn swap_3(row: &[u8], out: &mut [u8]) = swapped::<3, 3>
}
kernel! {
    /// The same, from pixels of four bytes.
    fn swap_4(row: &[u8], out: &mut [u8]) = swapped::<4, 3>
}
kernel! {
    /// Blue, green, red, alpha to red, green, blue, alpha.
    fn swap_alpha(row: &[u8], out: &mut [u8]) = swapped::<4, 4>
}

#[inline(always)]
#[allow(clippy::indexing_slicing, reason = "by constants")]
fn swapped<const FROM: usize, const TO: usize>(row: &[u8], out: &mut [u8]) {
    for (to, from) in out.as_chunks_mut::<TO>().0.iter_mut().zip(row.as_chunks::<FROM>().0) {
        for c in 0..TO {
            to[c] = if c < 3 { from[2 - c] } else { from[c] };
        }
    }
}

/// Up to four bytes, the lowest first.
fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// Red, green, blue and alpha; 0 where the file has no mask.
fn masks(data: &[u8], parts: &Parts) -> Result<[u32; 4], DecodeError> {
    let mut masks = [0; 4];
    if let Some((at, count)) = parts.masks {
        let bytes = data.get(at..at + count * 4).ok_or("the file ends inside its masks")?;
        for (mask, &bytes) in masks.iter_mut().zip(bytes.as_chunks().0) {
            *mask = u32::from_le_bytes(bytes);
        }
    }
    Ok(masks)
}

/// Blue, green and red of each colour. Those beyond the end of the palette are black.
fn palette(data: &[u8], parts: &Parts) -> Result<Palette, DecodeError> {
    let mut palette = [[0, 0, 0, 255]; 256];
    let bytes = data.get(parts.palette..).unwrap_or_default();
    let bytes = bytes.get(..parts.colours * parts.colour_bytes);
    let bytes = bytes.ok_or("the file ends inside its palette")?;
    for (colour, bytes) in palette.iter_mut().zip(bytes.chunks_exact(parts.colour_bytes.max(1))) {
        if let [blue, green, red, ..] = *bytes {
            *colour = [red, green, blue, 255];
        }
    }
    Ok(palette)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_scaled_to_8_bits() {
        let of = |mask: u32, pixel: u32| Channel::new(mask).unwrap().of(pixel);
        assert_eq!([of(0x1F, 0x1F), of(0x1F, 16), of(0xF800, 0xF800)], [255, 132, 255]);
        assert_eq!([of(1 << 15, 1 << 15), of(1 << 15, 0x7FFF)], [255, 0]);
        assert_eq!([of(0x3FF << 20, 0x3FF << 20), of(0x3FF, 512)], [255, 128]);
        assert_eq!(of(u32::MAX, u32::MAX), 255);
        assert!(Channel::new(0).is_none());
    }

    #[test]
    fn rows_of_bytes_are_swapped_alike_by_every_instruction_set() {
        let row: Vec<u8> = (0..=251).collect();
        for cpu in [Cpu::detect(), Cpu::baseline()] {
            let mut out = vec![0; 252];
            swap_3(cpu, &row, &mut out);
            assert!(out.iter().zip(&row).enumerate().all(|(i, (a, b))| match i % 3 {
                0 => *a == b + 2,
                1 => a == b,
                _ => *a == b - 2,
            }));
            let mut out = vec![0; 63 * 3];
            swap_4(cpu, &row, &mut out);
            assert_eq!(out[..6], [2, 1, 0, 6, 5, 4]);
            assert_eq!(out[186..], [250, 249, 248]);
            let mut out = vec![0; 252];
            swap_alpha(cpu, &row, &mut out);
            assert_eq!(out[..8], [2, 1, 0, 3, 6, 5, 4, 7]);
            assert_eq!(out[248..], [250, 249, 248, 251]);
        }
    }

    #[test]
    fn small_indices_are_unpacked_from_the_high_end() {
        for (bits, want) in [(1, [1, 0, 1, 1, 0, 0, 1]), (2, [2, 3, 0, 2, 1, 1, 0])] {
            let mut palette = Box::new([[0; 4]; 256]);
            (0..).zip(&mut *palette).take(4).for_each(|(i, colour)| *colour = [i, 0, 0, 0]);
            let mut pixels = Pixels::Indices { bits, palette, indices: Vec::new() };
            let mut out = [0; 21];
            pixels.convert(Cpu::detect(), &[0b1011_0010, 0b0101_0000], &mut out);
            let red: Vec<u8> = out.iter().step_by(3).copied().collect();
            assert_eq!(red, want);
        }
    }
}

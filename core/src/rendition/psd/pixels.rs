//! From rows of channels to rows of pixels.

use super::sections::{Mode, Sections};
use crate::rendition::lab;
use crate::rendition::palette::{Palette, look_up, look_up_with_alpha};
use crate::rendition::picture::to_8_bits;

/// Joins the channels of a row and converts them.
pub(super) struct Pixels {
    mode: Mode,
    bits: u16,
    /// Channels of a pixel.
    channels: usize,
    /// The last channel is alpha.
    has_alpha: bool,
    /// Whether an index of the palette is transparent.
    has_transparent_index: bool,
    palette: Option<Box<Palette>>,
    /// The channels of a row, side by side.
    row: Vec<u8>,
    /// The row in colours, if there is a palette.
    colours: Vec<u8>,
}

impl Pixels {
    pub(super) fn new(sections: &Sections<'_>) -> Self {
        let width = sections.size.width as usize;
        let palette = (sections.mode == Mode::Indexed).then(|| palette(sections));
        let colours = if palette.is_some() { width * sections.layout().channels() } else { 0 };
        Self {
            mode: sections.mode,
            bits: sections.bits,
            channels: sections.kept_channels(),
            has_alpha: sections.has_alpha,
            has_transparent_index: sections.transparent_index.is_some(),
            palette,
            row: vec![0; width * sections.kept_channels()],
            colours: vec![0; colours],
        }
    }

    /// The bytes that it takes, with the row of a channel.
    pub(super) fn memory(sections: &Sections<'_>) -> u64 {
        // The row of channels, that of a palette's colours, a channel of 16 bits.
        let samples = sections.kept_channels() + sections.layout().channels() + 2;
        u64::from(sections.size.width).saturating_mul(samples as u64)
    }

    /// Takes the row of a channel.
    pub(super) fn put(&mut self, channel: usize, samples: &[u8]) {
        let to = self.row.iter_mut().skip(channel).step_by(self.channels);
        match self.bits {
            1 => {
                let bits =
                    samples.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
                to.zip(bits).for_each(|(to, bit)| *to = if bit == 1 { 0 } else { 255 });
            }
            16 => {
                let samples = samples.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair));
                to.zip(samples).for_each(|(to, sample)| *to = to_8_bits(sample));
            }
            _ => to.zip(samples).for_each(|(to, sample)| *to = *sample),
        }
    }

    /// The row in the layout, after all its channels.
    pub(super) fn convert(&mut self) -> &[u8] {
        if self.has_alpha {
            let white = if self.mode == Mode::Lab { [255, 128, 128, 0] } else { [255; 4] };
            for pixel in self.row.chunks_exact_mut(self.channels) {
                take_white_out(pixel, &white);
            }
        }
        match self.mode {
            Mode::Indexed => {
                if let Some(palette) = &self.palette {
                    if self.has_transparent_index {
                        look_up_with_alpha(&self.row, palette, &mut self.colours);
                    } else {
                        look_up(&self.row, palette, &mut self.colours);
                    }
                }
                return &self.colours;
            }
            Mode::Cmyk => {
                for pixel in self.row.chunks_exact_mut(self.channels) {
                    pixel.iter_mut().take(4).for_each(|ink| *ink = 255 - *ink);
                }
            }
            Mode::Lab => {
                for pixel in self.row.chunks_exact_mut(self.channels) {
                    if let [l, a, b, ..] = pixel {
                        let (signed_a, signed_b) = (f32::from(*a) - 128.0, f32::from(*b) - 128.0);
                        [*l, *a, *b] = lab::to_srgb(*l, signed_a, signed_b);
                    }
                }
            }
            Mode::Bitmap | Mode::Grey | Mode::Rgb => {}
        }
        &self.row
    }
}

/// Photoshop blends the colours of a transparent merged picture with white, for programs that know no alpha.
fn take_white_out(pixel: &mut [u8], white: &[u8; 4]) {
    let Some((&mut alpha, colours)) = pixel.split_last_mut() else { return };
    if matches!(alpha, 0 | 255) {
        return;
    }
    let alpha = i32::from(alpha);
    for (value, white) in colours.iter_mut().zip(white) {
        let white = i32::from(*white);
        let distance = (i32::from(*value) - white) * 255;
        // Rounded to the nearest.
        let whole = (2 * distance + distance.signum() * alpha) / (2 * alpha);
        *value = u8::try_from((white + whole).clamp(0, 255)).unwrap_or_default();
    }
}

fn palette(sections: &Sections<'_>) -> Box<Palette> {
    let mut palette = Box::new([[0, 0, 0, 255]; 256]);
    for (index, colour) in palette.iter_mut().enumerate() {
        for (channel, value) in colour.iter_mut().take(3).enumerate() {
            *value = sections.palette.get(channel * 256 + index).copied().unwrap_or_default();
        }
    }
    if let Some(index) = sections.transparent_index
        && let Some([.., alpha]) = palette.get_mut(usize::from(index))
    {
        *alpha = 0;
    }
    palette
}

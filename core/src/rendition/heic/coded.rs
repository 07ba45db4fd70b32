//! A picture that is coded by HEVC.

use std::borrow::Cow;

use super::Context;
use super::config::{self, Config};
use super::file::{File, ItemProperties};
use super::hevc::{self, Planes};
use super::nclx::Nclx;
use super::samples::Conversion;
use super::sps::{Chroma, Sps};
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;

/// A coded picture that is not decoded yet.
pub(super) struct Coded<'a> {
    config: Config<'a>,
    data: Cow<'a, [u8]>,
    pub(super) sps: Sps,
    /// The colours of the samples: by the item's property, else by the bit stream.
    pub(super) colour: Nclx,
}

impl<'a> Coded<'a> {
    pub(super) fn new(
        file: &File<'a>,
        item: u32,
        properties: &ItemProperties<'a>,
    ) -> Result<Self, DecodeError> {
        let config = properties.config.ok_or("a coded picture without its configuration")?;
        let config = Config::read(config)?;
        let data = file.data(item)?;
        let sps = config::sps(&config.units(&data)?)?;
        hevc::check_length(&sps, data.len() as u64)?;
        let colour = match (properties.nclx, sps.colour) {
            (Some(stated), Some(coded)) if stated.matrix == Nclx::UNSPECIFIED.matrix => {
                Nclx { matrix: coded.matrix, ..stated }
            }
            (stated, coded) => stated.or(coded).unwrap_or(Nclx::UNSPECIFIED),
        };
        Ok(Self { config, data, sps, colour })
    }

    /// Bytes of a pixel in the rows of [`Decoded`].
    pub(super) fn channels(&self, role: Role) -> usize {
        if role == Role::Alpha || self.sps.chroma == Chroma::None { 1 } else { 3 }
    }

    /// The bytes of the coded picture.
    pub(super) fn len(&self) -> u64 {
        self.data.len() as u64
    }

    /// The bytes that decoding it, or a picture like it of at most `length` bytes, takes at most.
    pub(super) fn memory(&self, length: u64) -> u64 {
        hevc::memory(&self.sps, length)
    }

    pub(super) fn decode(&self, cx: &Context<'_>, role: Role) -> Result<Decoded, DecodeError> {
        let Sps { size, chroma, bits, .. } = self.sps;
        let conversion = match role {
            Role::Alpha => Conversion::of_alpha(bits),
            Role::Colour => {
                let transfer =
                    if cx.has_profile { Nclx::UNSPECIFIED.transfer } else { self.colour.transfer };
                let colour = Nclx { transfer, ..self.colour };
                Conversion::new(colour, bits, chroma != Chroma::None)?
            }
        };
        cx.budget.check_cancelled()?;
        let planes = hevc::decode(&self.config.units(&self.data)?, &self.sps)?;
        let is_grey = self.channels(role) == 1;
        let wide = [const { Vec::new() }; 2];
        Ok(Decoded { planes, conversion, size, chroma, is_grey, wide, wide_row: None })
    }
}

/// What the samples of a picture are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Colour,
    Alpha,
}

/// A decoded picture, whose rows become pixels one by one.
pub(super) struct Decoded {
    planes: Planes,
    conversion: Conversion,
    pub(super) size: Size,
    chroma: Chroma,
    /// Only luma is shown.
    is_grey: bool,
    /// Rows of chroma, as wide as the picture, and which ones they are.
    wide: [Vec<u16>; 2],
    wide_row: Option<usize>,
}

impl Decoded {
    /// Row `y`, or the left part of it that `row` has room for.
    pub(super) fn row(&mut self, cpu: Cpu, y: u32, row: &mut [u8]) -> Result<(), DecodeError> {
        let missing = "a coded picture has fewer rows than it states";
        let (y, width) = (y as usize, self.size.width as usize);
        let Planes { luma, chroma } = &self.planes;
        let luma = row_of(luma, y, width).ok_or(missing)?;
        if self.is_grey {
            self.conversion.grey(luma, row);
            return Ok(());
        }
        let (across, down) = self.chroma.shifts();
        let chroma_y = y >> down;
        if self.wide_row != Some(chroma_y) {
            for (plane, wide) in chroma.iter().zip(&mut self.wide) {
                let samples = row_of(plane, chroma_y, width >> across).ok_or(missing)?;
                widen(samples, across, wide);
            }
            self.wide_row = Some(chroma_y);
        }
        let [cb, cr] = &self.wide;
        self.conversion.rgb(cpu, [luma, cb, cr], row);
        Ok(())
    }
}

/// Each sample `1 << across` times.
fn widen(samples: &[u16], across: u32, wide: &mut Vec<u16>) {
    wide.clear();
    if across == 0 {
        wide.extend_from_slice(samples);
    } else {
        wide.extend(samples.iter().flat_map(|&sample| [sample; 2]));
    }
}

/// Row `y` of a plane.
fn row_of(samples: &[u16], y: usize, width: usize) -> Option<&[u16]> {
    let at = y.checked_mul(width)?;
    samples.get(at..at.checked_add(width)?)
}

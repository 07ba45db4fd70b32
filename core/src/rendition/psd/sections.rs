//! The sections of the file: header, colour data, image resources, layers, merged picture.

use crate::container::photoshop::{Resource, Resources, id};
use crate::geometry::Size;
use crate::rendition::decode_error::{Damaged, DecodeError};
use crate::rendition::picture::{Layout, Profile};

const CUT: Damaged = Damaged("the file ends before its merged picture");
/// The most channels that Photoshop writes.
const MAX_CHANNELS: usize = 56;

/// How the channels make a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// One bit: 1 is black.
    Bitmap,
    /// Also of duotones, whose inks the specification does not document.
    Grey,
    Indexed,
    Rgb,
    /// 0 is full ink.
    Cmyk,
    Lab,
}

impl Mode {
    fn new(number: u16) -> Result<Self, DecodeError> {
        Ok(match number {
            0 => Self::Bitmap,
            1 | 8 => Self::Grey,
            2 => Self::Indexed,
            3 => Self::Rgb,
            4 => Self::Cmyk,
            9 => Self::Lab,
            7 => {
                return Err(DecodeError::unsupported(
                    "a multichannel picture, whose inks are not named",
                ));
            }
            _ => return Err(DecodeError::unsupported("an unknown colour mode")),
        })
    }

    /// The channels of a colour.
    pub(super) fn channels(self) -> usize {
        match self {
            Self::Bitmap | Self::Grey | Self::Indexed => 1,
            Self::Rgb | Self::Lab => 3,
            Self::Cmyk => 4,
        }
    }
}

/// What the file states of its merged picture.
pub(super) struct Sections<'a> {
    /// A PSB, whose lengths have more bytes.
    pub(super) is_large: bool,
    pub(super) size: Size,
    /// Channels of the merged picture: colours, then alpha or selections.
    pub(super) channels: usize,
    /// Bits of a sample: 1, 8 or 16.
    pub(super) bits: u16,
    pub(super) mode: Mode,
    /// Of indexed colours: 256 reds, 256 greens, 256 blues.
    pub(super) palette: &'a [u8],
    pub(super) icc: Option<&'a [u8]>,
    /// Of indexed colours: the index that is transparent.
    pub(super) transparent_index: Option<u8>,
    /// The first channel behind the colours is the transparency of the merged picture, not a selection.
    pub(super) has_alpha: bool,
    /// From the compression on.
    pub(super) picture: &'a [u8],
}

impl<'a> Sections<'a> {
    pub(super) fn read(data: &'a [u8]) -> Result<Self, DecodeError> {
        let mut rest = Rest { data, at: 4 };
        let is_large = match rest.be16()? {
            1 => false,
            2 => true,
            _ => return Err("neither version 1 nor 2".into()),
        };
        rest.take(6)?;
        let channels = usize::from(rest.be16()?);
        let (height, width) = (rest.be32()?, rest.be32()?);
        let bits = rest.be16()?;
        let mode = Mode::new(rest.be16()?)?;
        if width == 0 || height == 0 {
            return Err("width or height is 0".into());
        }
        if !(mode.channels()..=MAX_CHANNELS).contains(&channels) {
            return Err("the number of channels does not fit the colour mode".into());
        }
        if bits == 32 {
            return Err(DecodeError::unsupported("floating point samples"));
        }
        if !matches!((mode, bits), (Mode::Bitmap, 1))
            && (mode == Mode::Bitmap || !matches!(bits, 8 | 16))
            || (mode == Mode::Indexed && bits != 8)
        {
            return Err("the depth does not fit the colour mode".into());
        }
        let palette = rest.section(false)?;
        let resources_at = rest.at + 4;
        let resources = rest.section(false)?;
        let layers = rest.section(is_large)?;
        let mut sections = Self {
            is_large,
            size: Size::new(width, height),
            channels,
            bits,
            mode,
            palette,
            icc: None,
            transparent_index: None,
            has_alpha: channels > mode.channels()
                && !matches!(mode, Mode::Indexed | Mode::Bitmap)
                && has_merged_alpha(layers, is_large),
            picture: rest.rest(),
        };
        sections.read_resources(data, resources_at, resources.len())?;
        if mode == Mode::Indexed && palette.len() < 3 * 256 {
            return Err("the palette is too short".into());
        }
        Ok(sections)
    }

    /// The channels that are read: those of the colour, and alpha.
    pub(super) fn kept_channels(&self) -> usize {
        self.mode.channels() + usize::from(self.has_alpha)
    }

    /// The layout of the pixels. A palette and Lab become RGB.
    pub(super) fn layout(&self) -> Layout {
        match (self.mode, self.has_alpha || self.transparent_index.is_some()) {
            (Mode::Bitmap, _) | (Mode::Grey, false) => Layout::Grey,
            (Mode::Grey, true) => Layout::GreyAlpha,
            (Mode::Indexed | Mode::Rgb | Mode::Lab, false) => Layout::Rgb,
            (Mode::Indexed | Mode::Rgb | Mode::Lab, true) => Layout::Rgba,
            (Mode::Cmyk, false) => Layout::Cmyk,
            (Mode::Cmyk, true) => Layout::CmykAlpha,
        }
    }

    /// The profile of the pixels in their layout. Those of Lab are sRGB.
    pub(super) fn profile(&self) -> Profile {
        match self.icc {
            Some(icc) if self.mode != Mode::Lab => Profile::Icc(icc.to_vec()),
            _ => Profile::Srgb,
        }
    }

    fn read_resources(&mut self, data: &'a [u8], at: usize, len: usize) -> Result<(), DecodeError> {
        let mut resources = Resources::default();
        resources.push(at as u64, len as u64);
        let content = |resource: Resource| {
            let (at, left) = resources.locate(resource.at)?;
            let tail = data.get(usize::try_from(at).ok()?..)?;
            tail.get(..usize::try_from(resource.len.min(left)).ok()?)
        };
        let mut walk = resources.walk();
        while let Some(resource) = walk.next(&mut &*data)? {
            match (resource.id, content(resource)) {
                (id::ICC_PROFILE, icc @ Some([_, ..])) => self.icc = icc,
                (id::TRANSPARENT_INDEX, Some([0, index, ..])) => {
                    self.transparent_index = Some(*index);
                }
                // A version, and whether the merged picture was written.
                (id::VERSION_INFO, Some([_, _, _, _, 0, ..])) => {
                    return Err(DecodeError::unsupported(
                        "a file that was saved without \"maximise compatibility\" has no merged picture",
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether the merged picture is transparent, by the section of layers: their number is negative, or a block
/// states it.
fn has_merged_alpha(layers: &[u8], is_large: bool) -> bool {
    read_merged_alpha(layers, is_large).unwrap_or(false)
}

fn read_merged_alpha(layers: &[u8], is_large: bool) -> Result<bool, Damaged> {
    let is_negative = |info: &[u8]| info.first().is_some_and(|&high| high >= 0x80);
    let mut rest = Rest { data: layers, at: 0 };
    let info = rest.section(is_large)?;
    if is_negative(info) {
        return Ok(true);
    }
    // The global mask, then blocks. That of 16 bits has the layers of the picture.
    rest.section(false)?;
    loop {
        let (signature, key) = (rest.take(4)?, rest.take(4)?);
        if !matches!(signature, b"8BIM" | b"8B64") {
            return Ok(false);
        }
        let is_long = is_large
            && matches!(
                key,
                b"LMsk"
                    | b"Lr16"
                    | b"Lr32"
                    | b"Layr"
                    | b"Mt16"
                    | b"Mt32"
                    | b"Mtrn"
                    | b"Alph"
                    | b"FMsk"
                    | b"lnk2"
                    | b"FEid"
                    | b"FXid"
                    | b"PxSD"
            );
        let block = rest.section(is_long)?;
        // Blocks are padded to four bytes.
        rest.take((4 - block.len() % 4) % 4)?;
        match key {
            b"Mt16" | b"Mt32" | b"Mtrn" => return Ok(true),
            b"Lr16" | b"Lr32" | b"Layr" if is_negative(block) => return Ok(true),
            _ => {}
        }
    }
}

/// What is left to read.
struct Rest<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let taken = self.rest().get(..count).ok_or(CUT)?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        self.take(N)?.first_chunk().copied().ok_or(CUT)
    }

    fn be16(&mut self) -> Result<u16, Damaged> {
        self.array().map(u16::from_be_bytes)
    }

    fn be32(&mut self) -> Result<u32, Damaged> {
        self.array().map(u32::from_be_bytes)
    }

    /// A section behind its length, of four or eight bytes.
    fn section(&mut self, is_long: bool) -> Result<&'a [u8], Damaged> {
        let len = if is_long { u64::from_be_bytes(self.array()?) } else { u64::from(self.be32()?) };
        self.take(usize::try_from(len).map_err(|_| CUT)?)
    }

    fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }
}

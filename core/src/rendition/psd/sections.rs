//! The sections of the file: header, colour data, image resources, layers, merged picture.

use crate::container::photoshop::{Resource, Resources, id};
use crate::container::psd::{Header, Section};
use crate::container::source::Source;
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
            1 | DUOTONE => Self::Grey,
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

    /// Whether its samples may have this many bits.
    fn has_depth(self, bits: u16) -> bool {
        match self {
            Self::Bitmap => bits == 1,
            Self::Indexed => bits == 8,
            Self::Grey | Self::Rgb | Self::Cmyk | Self::Lab => matches!(bits, 8 | 16),
        }
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
    /// It has inks beside those of its colour mode.
    pub(super) has_spot_colours: bool,
    /// From the compression on.
    pub(super) picture: &'a [u8],
}

/// The colour mode whose channel is one of inks that the specification does not document.
const DUOTONE: u16 = 8;

impl<'a> Sections<'a> {
    pub(super) fn read(data: &'a [u8]) -> Result<Self, DecodeError> {
        let header = Header::read(&mut &*data)?;
        let Header { is_large, size, bits, .. } = header;
        let (mode, channels) = (Mode::new(header.mode)?, usize::from(header.channels));
        if !(mode.channels()..=MAX_CHANNELS).contains(&channels) {
            return Err("the number of channels does not fit the colour mode".into());
        }
        if bits == 32 {
            return Err(DecodeError::unsupported("floating point samples"));
        }
        if !mode.has_depth(bits) {
            return Err("the depth does not fit the colour mode".into());
        }
        let palette = section(data, Header::LEN, false)?;
        let resources = section(data, palette.end(), false)?;
        let layers = section(data, resources.end(), is_large)?;
        let picture = usize::try_from(layers.end()).ok().and_then(|at| data.get(at..));
        let mut sections = Self {
            is_large,
            size,
            channels,
            bits,
            mode,
            palette: palette.of(data).ok_or(CUT)?,
            icc: None,
            transparent_index: None,
            has_alpha: channels > mode.channels()
                && !matches!(mode, Mode::Indexed | Mode::Bitmap)
                && layers.of(data).is_some_and(|layers| has_merged_alpha(layers, is_large)),
            has_spot_colours: header.mode == DUOTONE,
            picture: picture.ok_or(CUT)?,
        };
        sections.read_resources(data, resources)?;
        if mode == Mode::Indexed && sections.palette.len() < 3 * 256 {
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

    fn read_resources(&mut self, data: &'a [u8], section: Section) -> Result<(), DecodeError> {
        let mut resources = Resources::default();
        resources.push(section.at, section.len);
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
        self.has_spot_colours |= resources.have_spot_colour(&mut &*data);
        Ok(())
    }
}

/// The section whose length lies at `at`.
fn section(data: &[u8], at: u64, is_long: bool) -> Result<Section, Damaged> {
    let mut src = data;
    let read = if is_long { Section::read_long(&mut src, at) } else { Section::read(&mut src, at) };
    read.map_err(|_| CUT)
}

/// Whether the merged picture is transparent, by the section of layers: their number is negative, or a block
/// states it.
fn has_merged_alpha(layers: &[u8], is_large: bool) -> bool {
    read_merged_alpha(layers, is_large).unwrap_or(false)
}

fn read_merged_alpha(layers: &[u8], is_large: bool) -> Result<bool, Damaged> {
    let is_negative =
        |info: Section| info.of(layers).and_then(<[u8]>::first).is_some_and(|&high| high >= 0x80);
    let info = section(layers, 0, is_large)?;
    if is_negative(info) {
        return Ok(true);
    }
    // The global mask, then blocks. That of 16 bits has the layers of the picture.
    let mut at = section(layers, info.end(), false)?.end();
    loop {
        let head: [u8; 8] = (&mut &*layers).array(at).map_err(|_| CUT)?;
        let Some(key) = head.strip_prefix(b"8BIM").or(head.strip_prefix(b"8B64")) else {
            return Ok(false);
        };
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
        let block = section(layers, at + 8, is_long)?;
        // Blocks are padded to four bytes.
        at = block.end().saturating_add((4 - block.len % 4) % 4);
        if at > layers.len() as u64 {
            return Ok(false);
        }
        match key {
            b"Mt16" | b"Mt32" | b"Mtrn" => return Ok(true),
            b"Lr16" | b"Lr32" | b"Layr" if is_negative(block) => return Ok(true),
            _ => {}
        }
    }
}

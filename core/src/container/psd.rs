//! The header and the sections of Photoshop's PSD and PSB files: Adobe Photoshop File Formats Specification, "File Header
//! Section" and what follows it.

use super::error::{ProbeError, malformed};
use super::source::Source;
use crate::format::Format;
use crate::geometry::Size;

/// The header, in front of the sections.
#[derive(Clone, Copy)]
pub(crate) struct Header {
    /// A PSB, some of whose lengths have eight bytes.
    #[cfg(feature = "psd")]
    pub(crate) is_large: bool,
    pub(crate) channels: u16,
    pub(crate) size: Size,
    /// Bits of a sample.
    pub(crate) bits: u16,
    /// The number of the colour mode.
    pub(crate) mode: u16,
}

impl Header {
    /// Its length: where the first section begins, that of colour data.
    pub(crate) const LEN: u64 = 26;

    pub(crate) fn read(src: &mut impl Source) -> Result<Self, ProbeError> {
        const VERSION: u64 = 4;
        const CHANNELS: u64 = 12;
        let version = src.be16(VERSION)?;
        if !matches!(version, 1 | 2) {
            return Err(malformed(Format::Psd, "neither version 1 nor 2"));
        }
        let [c0, c1, h0, h1, h2, h3, w0, w1, w2, w3, d0, d1, m0, m1] = src.array(CHANNELS)?;
        let width = u32::from_be_bytes([w0, w1, w2, w3]);
        let height = u32::from_be_bytes([h0, h1, h2, h3]);
        if width == 0 || height == 0 {
            return Err(malformed(Format::Psd, "width or height is 0"));
        }
        Ok(Self {
            #[cfg(feature = "psd")]
            is_large: version == 2,
            channels: u16::from_be_bytes([c0, c1]),
            size: Size::new(width, height),
            bits: u16::from_be_bytes([d0, d1]),
            mode: u16::from_be_bytes([m0, m1]),
        })
    }
}

/// A part of the file behind its length.
#[derive(Clone, Copy)]
pub(crate) struct Section {
    /// Offset of its first byte.
    pub(crate) at: u64,
    /// Its bytes, by its length: the file may have fewer.
    pub(crate) len: u64,
}

impl Section {
    /// The section whose length, of four bytes, lies at `at`.
    pub(crate) fn read(src: &mut impl Source, at: u64) -> Result<Self, ProbeError> {
        Ok(Self { at: at.saturating_add(4), len: src.be32(at)?.into() })
    }

    /// The same, of eight bytes.
    #[cfg(feature = "psd")]
    pub(crate) fn read_long(src: &mut impl Source, at: u64) -> Result<Self, ProbeError> {
        Ok(Self { at: at.saturating_add(8), len: u64::from_be_bytes(src.array(at)?) })
    }

    /// Offset of what follows it.
    pub(crate) fn end(self) -> u64 {
        self.at.saturating_add(self.len)
    }

    /// Its bytes, if `data` have all of them.
    #[cfg(feature = "psd")]
    pub(crate) fn of(self, data: &[u8]) -> Option<&[u8]> {
        data.get(usize::try_from(self.at).ok()?..usize::try_from(self.end()).ok()?)
    }
}

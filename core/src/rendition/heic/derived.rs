//! The data of pictures that are put together from others (ISO/IEC 23008-12 section 6.6.2).

use crate::geometry::Size;
use crate::rendition::decode_error::Damaged;

const DAMAGED: Damaged = Damaged("the description of a derived picture is damaged");

/// The fields of a grid or of an overlay, in order.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    /// Sizes and offsets have 32 bits.
    is_wide: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(data: &'a [u8]) -> Result<Self, Damaged> {
        let (&[version, flags], rest) = data.split_first_chunk().ok_or(DAMAGED)?;
        if version != 0 {
            return Err(Damaged("an unknown version of a derived picture"));
        }
        Ok(Self { rest, is_wide: flags & 1 != 0 })
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damaged> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn half(&mut self) -> Result<u16, Damaged> {
        self.array().map(u16::from_be_bytes)
    }

    /// A width and a height.
    pub(super) fn size(&mut self) -> Result<Size, Damaged> {
        let mut side = || match self.is_wide {
            true => self.array().map(u32::from_be_bytes),
            false => self.half().map(u32::from),
        };
        let size = Size::new(side()?, side()?);
        if size.pixels() == 0 { Err(DAMAGED) } else { Ok(size) }
    }

    /// A signed offset.
    pub(super) fn offset(&mut self) -> Result<i32, Damaged> {
        match self.is_wide {
            true => self.array().map(i32::from_be_bytes),
            false => self.array().map(|bytes| i16::from_be_bytes(bytes).into()),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damaged> {
        let (&array, rest) = self.rest.split_first_chunk().ok_or(DAMAGED)?;
        self.rest = rest;
        Ok(array)
    }
}

//! The configuration of an HEVC decoder, `hvcC`, and the NAL units of an item (ISO/IEC 14496-15 section 8.3.3).

use super::sps::Sps;
use crate::rendition::decode_error::{Damaged, DecodeError};

const DAMAGED: Damaged = Damaged("the configuration of the decoder is damaged");
const CUT: Damaged = Damaged("a coded picture is cut");
/// Parameter sets that are read. Encoders write three.
const MAX_SETS: usize = 64;
/// NAL units of a picture. A level of HEVC has 600 slices at most.
const MAX_UNITS: usize = 4096;

/// Types of NAL units (ITU-T H.265 table 7-1).
const SPS: u8 = 33;
const FIRST_NOT_A_SLICE: u8 = 32;

/// What `hvcC` states.
#[derive(Clone)]
pub(super) struct Config<'a> {
    /// Bytes of the length before each NAL unit of an item.
    length_bytes: usize,
    /// NAL units that come before those of the item: parameter sets.
    units: Vec<&'a [u8]>,
}

impl<'a> Config<'a> {
    pub(super) fn read(data: &'a [u8]) -> Result<Self, Damaged> {
        const ARRAYS: usize = 22;
        let (header, mut rest) = data.split_at_checked(ARRAYS + 1).ok_or(DAMAGED)?;
        let &[version, .., lengths, arrays] = header else { return Err(DAMAGED) };
        if version != 1 {
            return Err(Damaged("an unknown version of the decoder's configuration"));
        }
        let mut units = Vec::new();
        for _ in 0..arrays {
            let (&[_, c0, c1], behind) = rest.split_first_chunk().ok_or(DAMAGED)?;
            rest = behind;
            for _ in 0..u16::from_be_bytes([c0, c1]) {
                let (&length, behind) = rest.split_first_chunk().ok_or(DAMAGED)?;
                let length = usize::from(u16::from_be_bytes(length));
                let (unit, behind) = behind.split_at_checked(length).ok_or(DAMAGED)?;
                rest = behind;
                if units.len() < MAX_SETS {
                    units.push(unit);
                }
            }
        }
        Ok(Self { length_bytes: usize::from(lengths & 3) + 1, units })
    }

    /// All NAL units of a picture: the parameter sets, then those of `item`.
    pub(super) fn units<'b>(&self, item: &'b [u8]) -> Result<Vec<&'b [u8]>, Damaged>
    where
        'a: 'b,
    {
        let mut units: Vec<&'b [u8]> = self.units.clone();
        let mut rest = item;
        while !rest.is_empty() {
            let (length, behind) = rest.split_at_checked(self.length_bytes).ok_or(CUT)?;
            let length = length.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            let (unit, behind) = behind.split_at_checked(length).ok_or(CUT)?;
            if units.len() == MAX_UNITS {
                return Err(Damaged("a coded picture of too many units"));
            }
            units.push(unit);
            rest = behind;
        }
        Ok(units)
    }
}

/// The type of a NAL unit.
fn kind(unit: &[u8]) -> Option<u8> {
    unit.first().map(|first| first >> 1 & 0x3F)
}

/// The last sequence parameter set before the first slice.
pub(super) fn sps(units: &[&[u8]]) -> Result<Sps, DecodeError> {
    let before = units.iter().take_while(|unit| !is_slice(unit));
    let unit = before.filter(|unit| kind(unit) == Some(SPS)).last();
    let unit = unit.ok_or("a coded picture without its parameters")?;
    Sps::read(unit).ok_or_else(|| "the parameters of a coded picture are damaged".into())
}

/// Whether a NAL unit is a part of the picture.
pub(super) fn is_slice(unit: &[u8]) -> bool {
    kind(unit).is_some_and(|kind| kind < FIRST_NOT_A_SLICE)
}

//! HEVC's sequence parameter set, as far as the size and the colour of a picture need it (ITU-T H.265 sections
//! 7.3.2.2 and E.2.1).

use super::bits::Bits;
use super::nclx::Nclx;
use crate::geometry::Size;

/// The bytes of a parameter set that are read.
const MAX_BYTES: usize = 4096;
/// What the specification allows.
const MAX_REFERENCE_SETS: u32 = 64;
const MAX_REFERENCES: u32 = 16;
const MAX_LONG_TERM: u32 = 32;

/// How many samples of chroma there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// None: grey.
    None,
    /// Half of the width and of the height, 4:2:0.
    Quarter,
    /// Half of the width, 4:2:2.
    Half,
    /// As many as of luma, 4:4:4.
    Full,
}

impl Chroma {
    /// How many pixels share a sample, across and down, as shifts.
    pub(super) fn shifts(self) -> (u32, u32) {
        match self {
            Self::None | Self::Full => (0, 0),
            Self::Quarter => (1, 1),
            Self::Half => (1, 0),
        }
    }
}

/// What a coded picture is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sps {
    /// The size of what is coded: full blocks.
    pub(super) coded: Size,
    /// The size of what is shown of it.
    pub(super) size: Size,
    pub(super) chroma: Chroma,
    /// Bits of a sample.
    pub(super) bits: u32,
    /// The colours, where the bit stream states them.
    pub(super) colour: Option<Nclx>,
}

impl Sps {
    /// Reads a NAL unit of type 33. `None` if it is damaged, or codes the planes apart.
    pub(super) fn read(unit: &[u8]) -> Option<Self> {
        let payload = unescaped(unit.get(2..)?);
        let mut bits = Bits::new(&payload);
        bits.skip(4);
        let sub_layers = bits.number(3)?;
        bits.skip(1);
        skip_profile(&mut bits, sub_layers)?;
        bits.golomb()?;
        let chroma = match bits.golomb()? {
            0 => Chroma::None,
            1 => Chroma::Quarter,
            2 => Chroma::Half,
            3 if !bits.flag()? => Chroma::Full,
            _ => return None,
        };
        let coded = Size::new(bits.golomb()?, bits.golomb()?);
        let mut size = coded;
        if bits.flag()? {
            let (across, down) = chroma.shifts();
            let [left, right, top, bottom] =
                [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?];
            let sides = |before: u32, behind: u32, shift: u32| {
                before.checked_add(behind)?.checked_mul(1 << shift)
            };
            size.width = coded.width.checked_sub(sides(left, right, across)?)?;
            size.height = coded.height.checked_sub(sides(top, bottom, down)?)?;
        }
        if size.pixels() == 0 {
            return None;
        }
        let depth = bits.golomb()?.max(bits.golomb()?).checked_add(8).filter(|&bits| bits <= 16)?;
        // Behind this the reader may go wrong without harm to the picture.
        let colour = colour(&mut bits, sub_layers);
        Some(Self { coded, size, chroma, bits: depth, colour })
    }
}

/// `profile_tier_level`, section 7.3.3.
fn skip_profile(bits: &mut Bits<'_>, sub_layers: u32) -> Option<()> {
    const PROFILE: usize = 88;
    const LEVEL: usize = 8;
    bits.skip(PROFILE + LEVEL);
    let mut stated = 0;
    for _ in 0..sub_layers {
        stated += if bits.flag()? { PROFILE } else { 0 };
        stated += if bits.flag()? { LEVEL } else { 0 };
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers as usize));
    }
    bits.skip(stated);
    Some(())
}

/// From the number of bits of an order count to the colours of the VUI.
fn colour(bits: &mut Bits<'_>, sub_layers: u32) -> Option<Nclx> {
    let order_bits = bits.golomb()?.checked_add(4).filter(|&bits| bits <= 16)?;
    let layers = if bits.flag()? { sub_layers + 1 } else { 1 };
    for _ in 0..layers * 3 {
        bits.golomb()?;
    }
    // Sizes of blocks and of transforms, depths of their trees.
    for _ in 0..6 {
        bits.golomb()?;
    }
    if bits.flag()? && bits.flag()? {
        skip_scaling_lists(bits)?;
    }
    bits.skip(2);
    if bits.flag()? {
        bits.skip(8);
        bits.golomb()?;
        bits.golomb()?;
        bits.skip(1);
    }
    skip_reference_sets(bits)?;
    if bits.flag()? {
        let count = bits.golomb()?.min(MAX_LONG_TERM);
        bits.skip((count * (order_bits + 1)) as usize);
    }
    bits.skip(2);
    if !bits.flag()? {
        return None;
    }
    // The aspect ratio: one of a list, or two numbers.
    if bits.flag()? && bits.number(8)? == 255 {
        bits.skip(32);
    }
    // Overscan.
    if bits.flag()? {
        bits.skip(1);
    }
    if !bits.flag()? {
        return None;
    }
    bits.skip(3);
    let full_range = bits.flag()?;
    let mut colour = Nclx { full_range, ..Nclx::UNSPECIFIED };
    if bits.flag()? {
        (colour.primaries, colour.transfer, colour.matrix) =
            (bits.number(8)?, bits.number(8)?, bits.number(8)?);
    }
    Some(colour)
}

/// `scaling_list_data`, section 7.3.4.
fn skip_scaling_lists(bits: &mut Bits<'_>) -> Option<()> {
    for size in 0..4_u32 {
        for _ in (0..6).step_by(if size == 3 { 3 } else { 1 }) {
            if !bits.flag()? {
                bits.golomb()?;
                continue;
            }
            let coefficients = 64.min(1 << (4 + 2 * size)) + u32::from(size > 1);
            for _ in 0..coefficients {
                bits.signed_golomb()?;
            }
        }
    }
    Some(())
}

/// `st_ref_pic_set` of all sets, section 7.3.7.
fn skip_reference_sets(bits: &mut Bits<'_>) -> Option<()> {
    let count = bits.golomb().filter(|&count| count <= MAX_REFERENCE_SETS)?;
    // The distances of the set before.
    let mut before: Vec<i32> = Vec::new();
    for index in 0..count {
        let mut distances = Vec::new();
        if index > 0 && bits.flag()? {
            let is_negative = bits.flag()?;
            let distance = i32::try_from(bits.golomb()?).ok()?.checked_add(1)?;
            let distance = if is_negative { -distance } else { distance };
            for &of in before.iter().chain([&0]) {
                let is_kept = bits.flag()? || bits.flag()?;
                let sum = of.checked_add(distance)?;
                if is_kept && sum != 0 {
                    distances.push(sum);
                }
            }
            if distances.len() > 2 * MAX_REFERENCES as usize {
                return None;
            }
            // Nearest first, those before the picture first.
            distances.sort_by_key(|&distance| (distance > 0, distance.abs()));
        } else {
            let sets = [(-1, bits.golomb()?), (1, bits.golomb()?)];
            for (sign, references) in sets {
                let mut distance = 0_i32;
                for _ in 0..Some(references).filter(|&count| count <= MAX_REFERENCES)? {
                    let step = i32::try_from(bits.golomb()?).ok()?.checked_add(1)?;
                    distance = distance.checked_add(step)?;
                    distances.push(sign * distance);
                    bits.skip(1);
                }
            }
        }
        before = distances;
    }
    Some(())
}

/// The payload of a NAL unit without the bytes that keep start codes out of it (section 7.3.1.1).
fn unescaped(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len().min(MAX_BYTES));
    let mut zeros = 0;
    for &byte in payload.iter().take(MAX_BYTES) {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

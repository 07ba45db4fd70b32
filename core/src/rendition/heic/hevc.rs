//! The planes of a picture that is coded by HEVC, decoded by two crates: `heic-rs`, which has no unsafe code, decodes
//! grey and 4:2:0, and so what phones write; `rust_h265`, on one thread, decodes 4:4:4. Neither decodes 4:2:2.

use heic_rs::Error;
use heic_rs::hevc::{Frame, decode_still};
use rust_h265::{DecodeLimits, Decoder, PixelData, parse_nal};

use super::config::is_slice;
use super::sps::{Chroma, Sps};
use crate::rendition::decode_error::{Damaged, DecodeError};

/// Bytes that a picture takes for each sample while it is decoded: as decoded and as cut to its size, 16 bits each, and
/// rows that are filtered; for each pixel: what is known of its block. Measured at 4.4 and 0.8.
const BYTES_PER_SAMPLE: u64 = 5;
const BYTES_PER_PIXEL: u64 = 2;
/// What the other decoder holds for each pixel of 4:4:4: more copies, and motion. Measured at 14.9.
const BYTES_PER_FULL_PIXEL: u64 = 18;
/// Tables of a decoder, for any size of picture.
const TABLES: u64 = 128 << 10;

/// What is shown of a picture: luma, and the two planes of chroma, row by row, without padding.
pub(super) struct Planes {
    pub(super) luma: Vec<u16>,
    pub(super) chroma: [Vec<u16>; 2],
}

/// The bytes that decoding a picture of `length` bytes takes at most.
pub(super) fn memory(sps: &Sps, length: u64) -> u64 {
    // In steps of the largest block.
    let side = |side: u32| u64::from(side).next_multiple_of(64);
    let pixels = side(sps.coded.width).saturating_mul(side(sps.coded.height));
    let per_pixel = match sps.chroma {
        Chroma::None => BYTES_PER_SAMPLE + BYTES_PER_PIXEL,
        Chroma::Quarter => BYTES_PER_SAMPLE * 3 / 2 + BYTES_PER_PIXEL,
        Chroma::Half | Chroma::Full => BYTES_PER_FULL_PIXEL,
    };
    // The decoders copy the units.
    let copies = length.saturating_mul(2);
    pixels.saturating_mul(per_pixel).saturating_add(copies).saturating_add(TABLES)
}

/// Refuses a picture of more bytes than its pixels can need, so that time depends on pixels: a file may have the same
/// bytes in many tiles. Three samples of 16 bits have six bytes.
pub(super) fn check_length(sps: &Sps, length: u64) -> Result<(), Damaged> {
    const BYTES_PER_PIXEL: u64 = 8;
    const OTHER_UNITS: u64 = 4096;
    if length > sps.coded.pixels().saturating_mul(BYTES_PER_PIXEL).saturating_add(OTHER_UNITS) {
        return Err(Damaged("a coded picture is longer than its pixels"));
    }
    Ok(())
}

/// Decodes a picture of its NAL units.
pub(super) fn decode(units: &[&[u8]], sps: &Sps) -> Result<Planes, DecodeError> {
    match sps.chroma {
        Chroma::None | Chroma::Quarter => grey_or_quarter(units, sps),
        Chroma::Half => Err(DecodeError::unsupported("HEVC with chroma of half the width, 4:2:2")),
        Chroma::Full => full(units, sps),
    }
}

/// All pixels must be there.
fn grey_or_quarter(units: &[&[u8]], sps: &Sps) -> Result<Planes, DecodeError> {
    let (slices, others): (Vec<&[u8]>, Vec<&[u8]>) = units.iter().partition(|unit| is_slice(unit));
    let frame = decode_still(&others, &slices).map_err(|error| match error {
        Error::Unsupported(what) => DecodeError::unsupported(format!("HEVC with {what}")),
        damage => DecodeError::damaged(damage),
    })?;
    let Frame { width, height, y: luma, cb, cr, .. } = frame;
    check_size(width, height, sps)?;
    Ok(Planes { luma, chroma: [cb, cr] })
}

/// Blocks that no slice has are grey: the decoder does not state them.
fn full(units: &[&[u8]], sps: &Sps) -> Result<Planes, DecodeError> {
    // The memory is checked before, by the budget.
    let limits =
        DecodeLimits { max_picture_pixels: sps.coded.pixels(), max_picture_memory_bytes: u64::MAX };
    let mut decoder = Decoder::with_limits(limits);
    let mut frame = None;
    for unit in units {
        let unit = parse_nal(unit).ok_or("a unit of a coded picture is damaged")?;
        let ended = decoder.decode_nal(&unit).map_err(|error| match error {
            rust_h265::DecodeError::Unsupported(what) => {
                DecodeError::unsupported(format!("HEVC with {what}"))
            }
            damage => DecodeError::damaged(damage),
        })?;
        frame = frame.or(ended);
    }
    let frame = frame.or_else(|| decoder.flush()).ok_or("a coded picture without its pixels")?;
    check_size(frame.width, frame.height, sps)?;
    Ok(Planes { luma: samples(frame.y), chroma: [samples(frame.u), samples(frame.v)] })
}

fn check_size(width: u32, height: u32, sps: &Sps) -> Result<(), DecodeError> {
    if (width, height) == (sps.size.width, sps.size.height) {
        Ok(())
    } else {
        Err("a coded picture has another size than its parameters".into())
    }
}

fn samples(plane: PixelData) -> Vec<u16> {
    match plane {
        PixelData::U8(samples) => samples.into_iter().map(u16::from).collect(),
        PixelData::U16(samples) => samples,
    }
}

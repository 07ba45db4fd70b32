//! HEIC: pictures coded by HEVC in a HEIF file (ISO/IEC 23008-12). The boxes are read by `container`, the planes of a
//! coded picture or of a tile are decoded by a crate, and their rows go to the fit one by one, so that the whole
//! picture is in memory only where it is coded as a whole.

mod alpha;
mod bits;
mod coded;
mod config;
mod derived;
mod file;
mod grid;
mod hdr;
mod hevc;
mod nclx;
mod overlay;
mod rows;
mod samples;
mod sps;

use self::coded::Role;
use self::file::File;
use self::nclx::Nclx;
use self::rows::Rows;
use super::budget::Budget;
use super::cicp;
use super::decode_error::DecodeError;
use super::fit::RowSink;
use super::kernel::Cpu;
use super::picture::{Layout, Picture, Profile};

/// Pictures that may lie one within the other: one that is another one, an overlay, what it is made of.
const MAX_DEPTH: u8 = 3;
/// Pixels that may be decoded beyond twice those that are shown, as of a large picture that is cut.
const MAX_HIDDEN: u64 = 64 << 20;

/// What decoding one file needs everywhere.
struct Context<'a> {
    file: &'a File<'a>,
    cpu: Cpu,
    budget: &'a Budget,
    /// The colour space is that of an ICC profile, and not of a transfer characteristic.
    has_profile: bool,
}

/// Decodes the primary picture.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let file = File::read(data)?;
    let mut cx = Context { file: &file, cpu, budget, has_profile: false };
    let mut rows = Rows::new(&cx, file.primary, Role::Colour, MAX_DEPTH)?;
    cx.has_profile = rows.icc.is_some();
    let size = rows.size;
    if rows.pixels() > size.pixels().saturating_mul(2).saturating_add(MAX_HIDDEN) {
        return Err(DecodeError::unsupported("a picture of which only a small part is shown"));
    }
    let layout = match rows.channels() {
        1 => Layout::Grey,
        2 => Layout::GreyAlpha,
        3 => Layout::Rgb,
        _ => Layout::Rgba,
    };
    let icc = rows.icc.map_or(0, <[u8]>::len) as u64;
    let mut sink = RowSink::new(cpu, budget, size, layout, rows.memory().saturating_add(icc))?
        .with_profile(profile(rows.icc, rows.colour, layout), budget);
    for y in 0..size.height {
        sink.push(rows.row(&cx, y)?);
    }
    sink.finish()
}

/// The colour space of the rows: an ICC profile's, else that of code points.
fn profile(icc: Option<&[u8]>, colour: Nclx, layout: Layout) -> Profile {
    const SRGB: u8 = 13;
    if let Some(icc) = icc {
        return Profile::Icc(icc.to_vec());
    }
    let is_grey = matches!(layout, Layout::Grey | Layout::GreyAlpha);
    let transfer = match colour.transfer {
        // The transfers of video, which viewers show as sRGB's, and those of HDR, which rows no longer have.
        1 | 2 | 6 | 14 | 15 | 16 | 18 => SRGB,
        other => u8::try_from(other).unwrap_or(SRGB),
    };
    // Those of sRGB; those of video of standard definition, which cameras state out of habit, are near it.
    let has_srgb_primaries = matches!(colour.primaries, 1 | 2 | 5..=7) || is_grey;
    if transfer == SRGB && has_srgb_primaries {
        return Profile::Srgb;
    }
    let primaries =
        if has_srgb_primaries { 1 } else { u8::try_from(colour.primaries).unwrap_or(2) };
    cicp::profile(primaries, transfer, is_grey).unwrap_or_default()
}

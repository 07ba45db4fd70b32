//! Run-length BMPs, by `image`: few writers make them, so all pixels are decoded at once.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use super::parts::{Parts, to_usize};
use crate::container::bmp::{FILE_HEADER, Header};
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Profile};
use crate::rendition::ratio::check_compression_ratio;

/// The longest side that `image` decodes.
const MAX_SIDE: u32 = 0xFFFF;
/// The length of the header of Windows 3.
const KNOWN: u32 = 40;
/// Ends the bitmap.
const END: [u8; 2] = [0, 1];

pub(super) fn decode(
    data: &[u8],
    header: &Header,
    parts: &Parts,
    icc: Option<&[u8]>,
    budget: &Budget,
) -> Result<Bitmap, DecodeError> {
    if header.width.max(header.height) > MAX_SIDE {
        return Err(DecodeError::unsupported(format!("a side of over {MAX_SIDE} pixels")));
    }
    if ends_before_a_pixel(data.get(parts.pixels..).unwrap_or_default()) {
        return Err("the bitmap ends before its first pixel".into());
    }
    let complete = lacks_only_its_end(data.get(parts.pixels..).unwrap_or_default(), header);
    let mut data = with_known_header(data, header, parts)?;
    if complete {
        data = [&*data, &END].concat().into();
    }
    let decoder = BmpDecoder::new(Cursor::new(&*data)).map_err(codec_error)?;
    let (width, height) = decoder.dimensions();
    let (size, bits) = (Size::new(width, height), u64::from(header.bits));
    // Two bytes make a run of at most 255 pixels.
    check_compression_ratio(size.pixels().saturating_mul(bits), &data, bits * 128)?;
    let layout = match decoder.color_type() {
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        _ => return Err(DecodeError::unsupported("an unknown kind of pixels")),
    };
    let copy = if let Cow::Owned(data) = &data { data.len() as u64 } else { 0 };
    let profile = icc.map_or(0, <[u8]>::len) as u64;
    let scratch_bytes = u64::from(width) * 4 + copy + profile + (1 << 16);
    budget.check_bitmap(size, layout, scratch_bytes)?;
    let bytes = usize::try_from(decoder.total_bytes()).map_err(DecodeError::damaged)?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(codec_error)?;
    let profile = icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    Ok(Bitmap { size, layout, pixels, profile })
}

fn codec_error(error: ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(what) => DecodeError::unsupported(what.to_string()),
        damage => DecodeError::damaged(damage),
    }
}

/// The file with a header that `image` decodes, and the right offset of the pixels. The header of OS/2 2.x
/// begins like the 40 bytes of Windows 3, as far as it goes; the rest of it is not needed.
fn with_known_header<'d>(
    data: &'d [u8],
    header: &Header,
    parts: &Parts,
) -> Result<Cow<'d, [u8]>, DecodeError> {
    const CUT: &str = "the file ends inside its header";
    let is_known = matches!(header.len, 40 | 52 | 56 | 65..);
    let stated = header.pixels_at(&mut &*data)?;
    if is_known && stated == parts.pixels as u64 {
        return Ok(data.into());
    }
    let (file, rest) = data.split_at_checked(to_usize(FILE_HEADER)).ok_or(CUT)?;
    let (head, rest) = rest.split_at_checked(header.len as usize).ok_or(CUT)?;
    let length = if is_known { header.len } else { KNOWN };
    let offset = (parts.pixels as u64 + u64::from(length)).saturating_sub(header.len.into());
    let mut known = file.to_vec();
    if let Some(to) = known.last_chunk_mut::<4>() {
        *to = u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes();
    }
    known.extend(length.to_le_bytes());
    let fields = head.iter().skip(4).copied().chain(std::iter::repeat(0));
    known.extend(fields.take(length as usize - 4));
    known.extend_from_slice(rest);
    Ok(known.into())
}

/// Whether run-length code ends the bitmap before any pixel. Code that is cut is an error of the decoder.
fn ends_before_a_pixel(mut code: &[u8]) -> bool {
    loop {
        match code {
            // An end of line, or a move.
            [0, 0, rest @ ..] | [0, 2, _, _, rest @ ..] => code = rest,
            [0, 1, ..] => return true,
            _ => return false,
        }
    }
}

/// Whether the file ends after its last pixel, without the mark that ends the bitmap. Viewers show it.
fn lacks_only_its_end(mut code: &[u8], header: &Header) -> bool {
    let (mut x, mut row) = (0_u64, 0_u64);
    loop {
        code = match code {
            [] => return row + 1 == u64::from(header.height) && x == u64::from(header.width),
            [_] | [0, 1, ..] => return false,
            [0, 0, rest @ ..] => {
                (x, row) = (0, row + 1);
                rest
            }
            [0, 2, right, down, rest @ ..] => {
                (x, row) = (x + u64::from(*right), row + u64::from(*down));
                rest
            }
            [0, pixels, rest @ ..] => {
                x += u64::from(*pixels);
                let bytes = usize::from(*pixels) * usize::from(header.bits) / 8;
                match rest.get(bytes.next_multiple_of(2)..) {
                    Some(rest) => rest,
                    None => return false,
                }
            }
            [pixels, _, rest @ ..] => {
                x += u64::from(*pixels);
                rest
            }
        };
    }
}

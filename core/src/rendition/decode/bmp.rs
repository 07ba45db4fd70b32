//! BMP, by `image`.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use super::ratio::check_compression_ratio;
use crate::container::bmp::Header;
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Profile};

/// The longest side that `image` decodes.
const MAX_SIDE: u32 = 0xFFFF;

/// Decodes a BMP file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Bitmap, DecodeError> {
    let data = with_known_header(data)?;
    let header = Header::read(&mut &*data, 0)?;
    let compression = header.compression(&mut &*data)?;
    check_coding(&header, compression)?;
    let pixels_at = usize::try_from(header.pixels_at(&mut &*data)?).unwrap_or(usize::MAX);
    let data = with_padding(data, &header, compression, pixels_at);
    let decoder = BmpDecoder::new(Cursor::new(&*data)).map_err(codec_error)?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    let (bits, run_lengths) = (u64::from(header.bits), is_run_length(compression));
    // Two bytes make a run of at most 255 pixels.
    let per_byte = if run_lengths { bits * 128 } else { 8 };
    check_compression_ratio(size.pixels().saturating_mul(bits), &data, per_byte)?;
    if run_lengths && ends_before_a_pixel(data.get(pixels_at..).unwrap_or_default()) {
        return Err("the bitmap ends before its first pixel".into());
    }
    let layout = match decoder.color_type() {
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        _ => return Err(DecodeError::unsupported("an unknown kind of pixels")),
    };
    let copy = if let Cow::Owned(data) = &data { data.len() as u64 } else { 0 };
    let icc = icc(&data, &header)?;
    let profile = icc.map_or(0, <[u8]>::len) as u64;
    let scratch_bytes = u64::from(width) * 4 + copy + profile + (1 << 16);
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: layout.channels(),
        scratch_bytes,
    })?;
    let bytes = usize::try_from(decoder.total_bytes()).map_err(DecodeError::damaged)?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(codec_error)?;
    if layout == Layout::Rgba {
        show_if_all_hidden(&mut pixels);
    }
    let profile = icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    Ok(Bitmap { full: size, size, layout, pixels, profile })
}

/// Refuses what `image` does not decode, or reports as damage.
fn check_coding(header: &Header, compression: u32) -> Result<(), DecodeError> {
    if header.width.max(header.height) > MAX_SIDE {
        return Err(DecodeError::unsupported(format!("a side of over {MAX_SIDE} pixels")));
    }
    let reason = match (compression, header.bits) {
        (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) | (1..=3, _) => return Ok(()),
        (0, bits) => format!("pixels of {bits} bits"),
        (4, _) => "a JPEG in the bitmap".into(),
        (5, _) => "a PNG in the bitmap".into(),
        (other, _) => format!("BMP compression {other}"),
    };
    Err(DecodeError::unsupported(reason))
}

fn codec_error(error: ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(what) => DecodeError::unsupported(what.to_string()),
        damage => DecodeError::damaged(damage),
    }
}

fn is_run_length(compression: u32) -> bool {
    matches!(compression, 1 | 2)
}

/// The profile in the file, which only version 5 of the header has.
fn icc<'d>(data: &'d [u8], header: &Header) -> Result<Option<&'d [u8]>, DecodeError> {
    let Some((at, len)) = header.profile(&mut &*data)? else { return Ok(None) };
    let slice = |at: u64, len: u64| {
        data.get(usize::try_from(at).ok()?..)?.get(..usize::try_from(len).ok()?)
    };
    slice(at, len).map(Some).ok_or("the file ends inside its profile".into())
}

/// The file with a header that `image` decodes. That of OS/2 2.x begins like the 40 bytes of Windows 3, as
/// far as it goes; the rest of it is not needed.
fn with_known_header(data: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    const KNOWN: u32 = 40;
    let Some((file, info)) = data.split_first_chunk::<14>() else {
        return Ok(data.into());
    };
    if file.starts_with(b"BA") {
        return Err(DecodeError::unsupported("an OS/2 bitmap array"));
    }
    let length = info.first_chunk().map_or(0, |&length| u32::from_le_bytes(length));
    if !matches!(length, 16..=64) || matches!(length, 40 | 52 | 56) {
        return Ok(data.into());
    }
    let (header, rest) =
        info.split_at_checked(length as usize).ok_or("the file ends inside its header")?;
    // 3 is a fax code in OS/2 and bit fields in Windows; 4 is run lengths of 24 bits.
    if header.get(16).is_some_and(|&compression| compression > 2) {
        return Err(DecodeError::unsupported("fax codes or 24-bit run lengths of OS/2"));
    }
    let mut known = file.to_vec();
    if let Some(offset) = known.last_chunk_mut::<4>() {
        let moved = u32::from_le_bytes(*offset).wrapping_sub(length).wrapping_add(KNOWN);
        *offset = moved.to_le_bytes();
    }
    known.extend(KNOWN.to_le_bytes());
    known.extend(header.iter().skip(4).copied().chain([0; 40]).take(KNOWN as usize - 4));
    known.extend_from_slice(rest);
    Ok(known.into())
}

/// The file with the padding of its last row. Rows are padded to a multiple of 4 bytes; a file that ends
/// inside the last padding has all of its pixels.
fn with_padding<'d>(
    data: Cow<'d, [u8]>,
    header: &Header,
    compression: u32,
    pixels_at: usize,
) -> Cow<'d, [u8]> {
    let (width, height) = (header.width as usize, header.height as usize);
    let row = width.saturating_mul(header.bits.into()).div_ceil(8);
    let padded = row.next_multiple_of(4);
    let end = padded.saturating_mul(height).saturating_add(pixels_at);
    match end.checked_sub(data.len()) {
        Some(missing @ 1..) if missing <= padded - row && !is_run_length(compression) => {
            let mut whole = data.into_owned();
            whole.resize(end, 0);
            whole.into()
        }
        _ => data,
    }
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

/// Writers without alpha leave it 0: a picture that is transparent everywhere is shown opaque.
fn show_if_all_hidden(pixels: &mut [u8]) {
    let pixels = pixels.as_chunks_mut::<4>().0;
    if pixels.iter().all(|&[_, _, _, alpha]| alpha == 0) {
        pixels.iter_mut().for_each(|[_, _, _, alpha]| *alpha = 255);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::conversion::Conversions;
    use crate::rendition::kernel::Cpu;
    use crate::rendition::{StandardOptions, colour};

    #[test]
    fn a_profile_in_the_file_is_applied() {
        let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        let mut info = vec![0; 124];
        let mut put =
            |at: usize, value: u32| info[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let length = u32::try_from(icc.len()).unwrap();
        for (at, value) in [(0, 124), (4, 1), (8, 1), (12, 1 | 24 << 16), (112, 128), (116, length)]
        {
            put(at, value);
        }
        info[56..60].copy_from_slice(b"DEBM");
        let mut file = b"BM".to_vec();
        for value in [0u32, 0, 138] {
            file.extend(value.to_le_bytes());
        }
        file.extend(&info);
        // Blue, green, red.
        file.extend([50, 100, 200, 0]);
        file.extend(&icc);
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        assert!(decode(&file[..file.len() - 1], &budget).is_err());
        let picture = decode(&file, &budget).unwrap().fit(Cpu::detect(), &budget).unwrap();
        let picture = colour::to_srgb(picture, &Conversions::default()).unwrap();
        // As in LittleCMS 2, of Display P3.
        for (plane, want) in picture.planes.iter().zip([215u8, 93, 31]) {
            assert!(plane.samples[0].abs_diff(want) <= 1, "{:?}", picture.planes);
        }
    }
}

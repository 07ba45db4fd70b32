//! BMP, by `image`.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder};

use super::check_compression_ratio;
use crate::geometry::Size;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Picture, Profile};

/// Decodes a BMP file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let data = with_padding(with_known_header(data)?);
    let decoder = BmpDecoder::new(Cursor::new(&*data)).map_err(DecodeError::damaged)?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(width, height);
    let (bits, run_lengths) = storage(&data);
    let bits = bits as u64;
    // Two bytes make a run of at most 255 pixels.
    check_compression_ratio(
        size.pixels().saturating_mul(bits),
        &data,
        if run_lengths { bits * 128 } else { 8 },
    )?;
    if run_lengths && !tells_pixels(data.get(pixels_at(&data)..).unwrap_or_default()) {
        return Err("the bitmap ends before its first pixel".into());
    }
    let layout = match decoder.color_type() {
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        _ => return Err("an unknown kind of pixels".into()),
    };
    let copy = if let Cow::Owned(data) = &data { data.len() as u64 } else { 0 };
    let icc = icc(&data)?;
    let profile = icc.map_or(0, <[u8]>::len) as u64;
    let row = u64::from(width) * 4 + copy + profile + (1 << 16);
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: layout.channels(),
        scratch_bytes: row,
    })?;
    let bytes = usize::try_from(decoder.total_bytes()).map_err(DecodeError::damaged)?;
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels).map_err(DecodeError::damaged)?;
    if layout == Layout::Rgba {
        show_if_all_hidden(&mut pixels);
    }
    let profile = icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    Ok(Picture { full: size, size, layout, pixels, profile })
}

/// The profile in the file, which only the fifth version of the header has: `bV5CSType` is
/// `PROFILE_EMBEDDED`, and `bV5ProfileData` counts from the header.
fn icc(data: &[u8]) -> Result<Option<&[u8]>, DecodeError> {
    let header = data.get(14..).unwrap_or_default();
    if number(header, 0, 4) < 124 || header.get(56..60) != Some(b"DEBM") {
        return Ok(None);
    }
    let profile = header.get(number(header, 112, 4)..);
    let profile = profile.and_then(|profile| profile.get(..number(header, 116, 4)));
    profile.map(Some).ok_or("the file ends inside its profile".into())
}

/// The number in `len` bytes of a header; 0 where they are missing.
fn number(data: &[u8], at: usize, len: usize) -> usize {
    let bytes = data.get(at..at + len).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

/// Bits per pixel, and whether the rows are in run-length code.
fn storage(data: &[u8]) -> (usize, bool) {
    // The header of OS/2 1.x is 12 bytes, with 16-bit sizes and no compression.
    if number(data, 14, 4) == 12 {
        (number(data, 24, 2), false)
    } else {
        (number(data, 28, 2), matches!(number(data, 30, 4), 1 | 2))
    }
}

/// `image` does not know the header of OS/2 2.x. Its first 40 bytes are those of Windows 3, as many as
/// there are; what else it tells is of no use here.
fn with_known_header(data: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    const FILE_HEADER: usize = 14;
    const KNOWN: u32 = 40;
    let Some((file, info)) = data.split_first_chunk::<FILE_HEADER>() else {
        return Ok(data.into());
    };
    let length = info.first_chunk().map_or(0, |&length| u32::from_le_bytes(length));
    if !matches!(length, 16..=64) || matches!(length, 40 | 52 | 56) {
        return Ok(data.into());
    }
    let (header, rest) =
        info.split_at_checked(length as usize).ok_or("the file ends inside its header")?;
    // 3 is a fax code here, bit fields there.
    if header.get(16).is_some_and(|&compression| compression > 2) {
        return Err("an OS/2 compression that is not decoded".into());
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

/// Where the pixels begin.
fn pixels_at(data: &[u8]) -> usize {
    number(data, 10, 4)
}

/// Rows are padded to whole groups of 4 bytes. Where the file ends inside the padding of the last one, all
/// pixels are there.
fn with_padding(data: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let (bits, run_lengths) = storage(&data);
    let (width, height) = if number(&data, 14, 4) == 12 {
        (number(&data, 18, 2), number(&data, 20, 2))
    } else {
        let height = number(&data, 22, 4);
        (number(&data, 18, 4), height.min(height.wrapping_neg() & 0xFFFF_FFFF))
    };
    let row = width.saturating_mul(bits).div_ceil(8);
    let padding = row.next_multiple_of(4) - row;
    let end = (row + padding).saturating_mul(height).saturating_add(pixels_at(&data));
    match end.checked_sub(data.len()) {
        Some(missing @ 1..) if missing <= padding && !run_lengths => {
            let mut whole = data.into_owned();
            whole.resize(end, 0);
            whole.into()
        }
        _ => data,
    }
}

/// Whether run-length code tells a pixel before it ends the bitmap. One that is cut is the decoder's to
/// refuse.
fn tells_pixels(mut code: &[u8]) -> bool {
    loop {
        match code {
            [0, 0, rest @ ..] | [0, 2, _, _, rest @ ..] => code = rest,
            [0, 1, ..] => return false,
            _ => return true,
        }
    }
}

/// Writers that know nothing of alpha leave it zero: such a picture is meant to be seen.
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
        let picture = colour::to_srgb(decode(&file, &budget).unwrap()).unwrap();
        // LittleCMS 2 says so of Display P3.
        for (got, want) in picture.pixels.iter().zip([215u8, 93, 31]) {
            assert!(got.abs_diff(want) <= 1, "{:?}", picture.pixels);
        }
    }
}

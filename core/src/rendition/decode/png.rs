//! PNG, by the `png` crate. Of an APNG, the default picture.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::Crc;
use flate2::read::ZlibDecoder;
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, ToneReprCurve, XyY};
use png::{BitDepth, ColorType, DecodeOptions, Decoder, Info, Limits, Transformations};

use super::ratio::check_compression_ratio;
use crate::container::png::{CHUNK_CRC, Chunks};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, MemoryEstimate};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Picture, Profile, to_8_bits};

/// The most memory that chunks beside the pixels may take.
const METADATA: usize = 16 << 20;

/// The largest profile that is read: four times what profiles with large tables need.
const MAX_PROFILE: u32 = 4 << 20;

/// Decodes a PNG file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    check_critical_chunks(data)?;
    let (data, unchecked) = with_end(data);
    let mut options = DecodeOptions::default();
    options.set_ignore_adler32(!unchecked);
    let mut decoder = Decoder::new_with_options(Cursor::new(&*data), options);
    decoder.set_limits(Limits { bytes: METADATA });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(codec_error)?;

    let info = reader.info();
    let size = Size::new(info.width, info.height);
    let profile = profile(info, &data);
    let bits = info.bits_per_pixel() as u64;
    // A byte of deflate stands for at most 1032.
    check_compression_ratio(size.pixels().saturating_mul(bits), &data, 8 * 1032)?;
    let (kind, depth) = reader.output_color_type();
    let layout = match kind {
        ColorType::Grayscale => Layout::Grey,
        ColorType::GrayscaleAlpha => Layout::GreyAlpha,
        ColorType::Rgb => Layout::Rgb,
        ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err("the palette is missing".into()),
    };
    let wide = depth == BitDepth::Sixteen;
    let pixels = size.pixels().saturating_mul(layout.channels() as u64);
    // The low bytes of 16-bit samples, a copy of the file if there is one, chunks beside the pixels, a
    // profile, two rows, and the inflating window with its slack.
    let low_bytes = if wide { pixels } else { 0 };
    let copy = if let Cow::Owned(data) = &data { data.len() } else { 0 };
    let chunks = METADATA.min(data.len()) + MAX_PROFILE as usize;
    let rows = u64::from(size.width) * 8 * 4 + (copy + chunks + (1 << 20)) as u64;
    budget.check(&MemoryEstimate {
        full: size,
        size,
        channels: layout.channels(),
        scratch_bytes: low_bytes.saturating_add(rows),
    })?;

    let bytes = reader.output_buffer_size().ok_or("the picture is too large")?;
    let mut pixels = vec![0; bytes];
    reader.next_frame(&mut pixels).map_err(codec_error)?;
    if wide {
        for at in 0..pixels.len() / 2 {
            let high = pixels.get(2 * at..2 * at + 2).and_then(<[u8]>::first_chunk);
            let value = high.map_or(0, |&bytes| u16::from_be_bytes(bytes));
            if let Some(slot) = pixels.get_mut(at) {
                *slot = to_8_bits(value);
            }
        }
        pixels.truncate(pixels.len() / 2);
    }
    Ok(Picture { full: size, size, layout, pixels, profile })
}

/// The file with its end chunk, and with the checksum of its last pixels, where these are missing or cut:
/// the `png` crate needs a chunk behind the pixels. Also whether the checksum was missing, so that zlib's
/// own is needed to prove the pixels.
fn with_end(data: &[u8]) -> (Cow<'_, [u8]>, bool) {
    const IEND: [u8; 12] = *b"\0\0\0\0IEND\xae\x42\x60\x82";
    let (mut src, mut chunks, mut pixels) = (data, Chunks::new(), false);
    loop {
        let header = usize::try_from(chunks.at).unwrap_or(usize::MAX);
        let Ok(chunk) = chunks.next(&mut src) else {
            // Nothing, or a part of a header: behind the pixels this is not damage.
            return if pixels {
                ([data.get(..header).unwrap_or(data), &IEND].concat().into(), false)
            } else {
                (data.into(), false)
            };
        };
        let is_idat = &chunk.kind == b"IDAT";
        let left = (data.len() as u64).checked_sub(chunk.at + chunk.len);
        match left {
            Some(CHUNK_CRC..) if &chunk.kind == b"IEND" => return (data.into(), false),
            Some(CHUNK_CRC..) => pixels |= is_idat,
            Some(left) if is_idat => {
                // At most three bytes of the checksum.
                let (body, rest) = data.split_at(data.len() - usize::try_from(left).unwrap_or(0));
                let mut crc = Crc::new();
                crc.update(body.get(header + 4..).unwrap_or_default());
                let crc = crc.sum().to_be_bytes();
                if !crc.starts_with(rest) {
                    return (data.into(), false);
                }
                return ([body, &crc, &IEND].concat().into(), true);
            }
            // Cut inside the pixels, or before them: an error of the decoder.
            _ if is_idat || !pixels => return (data.into(), false),
            // A part of a chunk behind the pixels.
            _ => return ([data.get(..header).unwrap_or(data), &IEND].concat().into(), false),
        }
    }
}

/// Refuses critical chunks that the specification does not define: without them the pixels are read wrong
/// (section 5.4). Apple's `CgBI` is one.
fn check_critical_chunks(data: &[u8]) -> Result<(), DecodeError> {
    let (mut src, mut chunks) = (data, Chunks::new());
    while let Ok(chunk) = chunks.next(&mut src) {
        match &chunk.kind {
            b"IDAT" => break,
            b"IHDR" | b"PLTE" | b"IEND" => {}
            [b'A'..=b'Z', rest @ ..] if rest.iter().all(u8::is_ascii_alphabetic) => {
                let name = String::from_utf8_lossy(&chunk.kind);
                return Err(DecodeError::unsupported(format!("the critical chunk {name}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The embedded profile, inflated up to the length that it states: a small chunk could inflate to any
/// size.
fn icc(data: &[u8]) -> Option<Vec<u8>> {
    let (mut src, mut chunks) = (data, Chunks::new());
    loop {
        let chunk = chunks.next(&mut src).ok()?;
        let at = usize::try_from(chunk.at).ok()?;
        let body = data.get(at..)?.get(..usize::try_from(chunk.len).ok()?)?;
        match &chunk.kind {
            b"iCCP" => return inflate_profile(body),
            b"IDAT" => return None,
            _ => {}
        }
    }
}

/// From the data of an iCCP chunk: a name, the compression method (always 0), a zlib stream.
fn inflate_profile(body: &[u8]) -> Option<Vec<u8>> {
    let name = body.iter().position(|&byte| byte == 0)?;
    let mut inflate = ZlibDecoder::new(body.get(name + 2..)?);
    let mut length = [0; 4];
    inflate.read_exact(&mut length).ok()?;
    let stated = u32::from_be_bytes(length);
    let mut icc = Vec::from(length);
    let rest = stated.min(MAX_PROFILE).saturating_sub(4);
    inflate.take(rest.into()).read_to_end(&mut icc).ok()?;
    (icc.len() == stated as usize).then_some(icc)
}

/// An error of the `png` crate.
fn codec_error(error: png::DecodingError) -> DecodeError {
    match error {
        png::DecodingError::LimitsExceeded => {
            DecodeError::unsupported("rows or chunks of over 16 MiB")
        }
        damage => DecodeError::damaged(damage),
    }
}

/// The colour space, as in browsers (PNG third edition, 4.3): sRGB, else iCCP, else gAMA with cHRM. A gamma
/// of 1/2.2 stands for sRGB's curve.
fn profile(info: &Info<'_>, data: &[u8]) -> Profile {
    if info.srgb.is_some() {
        return Profile::Srgb;
    }
    if let Some(icc) = icc(data) {
        return Profile::Icc(icc);
    }
    let gamma =
        info.gama_chunk.map(png::ScaledFloat::into_value).filter(|g| (0.01..=10.0).contains(g));
    let Some(gamma) = gamma else { return Profile::Srgb };
    let as_srgb = (gamma - 0.45455).abs() <= 0.01;
    if matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha) {
        // Grey has no primaries.
        return if as_srgb {
            Profile::Srgb
        } else {
            Profile::Built(Box::new(ColorProfile::new_gray_with_gamma(1.0 / gamma)))
        };
    }
    let mut profile = ColorProfile::new_srgb();
    if let Some(chromaticities) = info.chrm_chunk {
        let point = |(x, y): (png::ScaledFloat, png::ScaledFloat)| {
            Chromaticity::new(x.into_value(), y.into_value())
        };
        let (red, green, blue) =
            (point(chromaticities.red), point(chromaticities.green), point(chromaticities.blue));
        let white = point(chromaticities.white);
        // Twice the area of the triangle of colours, which must not be empty.
        let area = (green.x - red.x) * (blue.y - red.y) - (blue.x - red.x) * (green.y - red.y);
        if area.abs() < 0.01 || [white, red, green, blue].iter().any(|p| p.y < 0.001) {
            return Profile::Srgb;
        }
        let white = XyY::new(white.x.into(), white.y.into(), 1.0);
        profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
    }
    if !as_srgb {
        let curve = Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) =
            (curve.clone(), curve.clone(), curve);
    }
    profile.cicp = None;
    Profile::Built(Box::new(profile))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::{StandardOptions, colour};

    fn grey(gamma: Option<f32>) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(ColorType::Grayscale);
        if let Some(gamma) = gamma {
            encoder.set_source_gamma(png::ScaledFloat::new(gamma));
        }
        encoder.write_header().unwrap().write_image_data(&[0, 55]).unwrap();
        file
    }

    fn decoded(data: &[u8]) -> Result<Picture, DecodeError> {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        decode(data, &budget)
    }

    #[test]
    fn grey_has_a_gamma_too() {
        let linear = colour::to_srgb(decoded(&grey(Some(1.0))).unwrap()).unwrap();
        // sRGB's value for 55 / 255 of the light.
        assert!(linear.pixels[1].abs_diff(128) <= 1, "{:?}", linear.pixels);
        let plain = colour::to_srgb(decoded(&grey(None)).unwrap()).unwrap();
        assert_eq!(plain.pixels, [0, 55]);
    }

    #[test]
    fn only_the_end_is_completed() {
        let whole = grey(None);
        let start = whole.len() - 12;
        for cut in start - 4..whole.len() {
            let (completed, unchecked) = with_end(&whole[..cut]);
            assert_eq!(*completed, *whole, "cut at {cut}");
            assert_eq!(unchecked, cut < start, "cut at {cut}");
        }
        // A checksum whose end looks like the start of the end chunk belongs to its own chunk.
        let mut zeros = whole[..start].to_vec();
        zeros[start - 4..].fill(0);
        assert_eq!(with_end(&zeros).0.len(), whole.len());
        // Inside the pixels nothing is completed.
        assert_eq!(with_end(&whole[..start - 5]).0.len(), start - 5);
    }

    #[test]
    fn pixels_without_their_checksum_must_have_zlibs() {
        let whole = grey(None);
        let checksum = whole.len() - 16;
        for cut in 8..whole.len() {
            assert_eq!(decoded(&whole[..cut]).is_ok(), cut >= checksum, "cut at {cut}");
        }
        let mut damaged = whole[..checksum].to_vec();
        damaged[checksum - 1] ^= 1;
        assert!(decoded(&damaged).is_err());
    }
}

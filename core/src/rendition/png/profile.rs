//! The colour space of a PNG.

use std::io::Read;

use flate2::read::ZlibDecoder;
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, ToneReprCurve, XyY};
use png::ColorType;

use super::header::Header;
use crate::rendition::cicp;
use crate::rendition::picture::Profile;

/// The largest profile that is read: four times what profiles with large tables need.
pub(super) const MAX_PROFILE: u32 = 4 << 20;

/// The colour space (PNG third edition, 4.3): by cICP, else iCCP, else sRGB, else gAMA with cHRM. A gamma of
/// 1/2.2 stands for sRGB's curve.
pub(super) fn profile(header: &Header<'_>) -> Profile {
    let info = &header.info;
    let is_grey = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    if let Some(profile) = header.cicp.and_then(|body| cicp_profile(body, is_grey)) {
        return profile;
    }
    let icc = header.icc.and_then(inflate_profile);
    if let Some(icc) = icc.filter(|icc| is_profile_of(icc, is_grey)) {
        return Profile::Icc(icc);
    }
    if info.srgb.is_some() {
        return Profile::Srgb;
    }
    let gamma =
        info.gama_chunk.map(png::ScaledFloat::into_value).filter(|g| (0.01..=10.0).contains(g));
    let Some(gamma) = gamma else { return Profile::Srgb };
    let as_srgb = (gamma - 0.45455).abs() <= 0.01;
    if is_grey {
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

/// The colour space of a cICP chunk: primaries, transfer function, matrix, which is 0 for RGB, and whether values reach
/// over the full range. `None` for code points that are reserved or describe HDR or narrow-range values: for readers
/// that do not support these, a file has other chunks.
fn cicp_profile(body: &[u8], is_grey: bool) -> Option<Profile> {
    let &[primaries, transfer, 0, 1] = body else { return None };
    cicp::profile(primaries, transfer, is_grey)
}

/// Whether a profile has a header, and describes grey or RGB as the picture has (ICC.1:2022 section 7.2).
fn is_profile_of(icc: &[u8], is_grey: bool) -> bool {
    let is_at = |at: usize, bytes: &[u8]| icc.get(at..).is_some_and(|tail| tail.starts_with(bytes));
    is_at(16, if is_grey { b"GRAY" } else { b"RGB " }) && is_at(36, b"acsp")
}

/// The profile in the data of an iCCP chunk: a name, the compression method (always 0), a zlib stream. It is inflated up
/// to the length that it states: a small chunk could inflate to any size.
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

#[cfg(test)]
mod tests {
    use super::super::tests::{decoded, grey, with_chunk};
    use crate::rendition::colour;
    use crate::rendition::conversion::Conversions;

    /// The two greys of a picture, in sRGB.
    fn in_srgb(gamma: Option<f32>) -> Vec<u8> {
        greys(&grey(gamma))
    }

    fn greys(file: &[u8]) -> Vec<u8> {
        let picture = decoded(file).unwrap();
        colour::to_srgb(picture, &Conversions::default()).unwrap().planes.swap_remove(0).samples
    }

    #[test]
    fn grey_has_a_gamma_too() {
        // sRGB's value for 55 / 255 of the light.
        let linear = in_srgb(Some(1.0));
        assert!(linear[1].abs_diff(128) <= 1, "{linear:?}");
        assert_eq!(in_srgb(None), [0, 55]);
    }

    #[test]
    fn a_chunk_that_cannot_be_used_leaves_it_to_the_next() {
        let file = grey(Some(1.0));
        let by_gamma = greys(&file);
        // Values of a video range, a matrix, HDR; then a profile of RGB.
        for body in [[1, 13, 0, 0], [1, 13, 1, 1], [9, 16, 0, 1], [1, 13, 0, 7]] {
            assert_eq!(greys(&with_chunk(&file, b"cICP", &body)), by_gamma, "{body:?}");
        }
        let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        let mut body = b"P3\0\0".to_vec();
        let mut zlib = flate2::write::ZlibEncoder::new(&mut body, flate2::Compression::fast());
        std::io::Write::write_all(&mut zlib, &icc).unwrap();
        zlib.finish().unwrap();
        assert_eq!(greys(&with_chunk(&file, b"iCCP", &body)), by_gamma);
        assert_eq!(greys(&with_chunk(&file, b"cICP", &[1, 13, 0, 1])), [0, 55]);
    }
}

//! The colour space of a PNG.

use std::io::Read;

use flate2::read::ZlibDecoder;
use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, ToneReprCurve, XyY};
use png::{ColorType, Info};

use crate::container::png::Chunks;
use crate::rendition::cicp;
use crate::rendition::picture::Profile;

/// The largest profile that is read: four times what profiles with large tables need.
pub(super) const MAX_PROFILE: u32 = 4 << 20;

/// The colour space (PNG third edition, 4.3): by cICP, else iCCP, else sRGB, else gAMA with cHRM. A gamma of
/// 1/2.2 stands for sRGB's curve.
pub(super) fn profile(info: &Info<'_>, data: &[u8]) -> Profile {
    if let Some(profile) = cicp_profile(info) {
        return profile;
    }
    if let Some(icc) = icc(data) {
        return Profile::Icc(icc);
    }
    if info.srgb.is_some() {
        return Profile::Srgb;
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

/// The colour space of a cICP chunk. `None` without such a chunk, and for code points that are reserved or describe HDR
/// or narrow-range values: for readers that do not support these, a file has other chunks.
fn cicp_profile(info: &Info<'_>) -> Option<Profile> {
    let points = info.coding_independent_code_points?;
    let is_grey = matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha);
    let profile = cicp::profile(points.color_primaries, points.transfer_function, is_grey);
    profile.filter(|_| points.is_video_full_range_image)
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

#[cfg(test)]
mod tests {
    use super::super::tests::{decoded, grey};
    use crate::rendition::colour;
    use crate::rendition::conversion::Conversions;

    /// The two greys of a picture, in sRGB.
    fn in_srgb(gamma: Option<f32>) -> Vec<u8> {
        let picture = decoded(&grey(gamma)).unwrap();
        colour::to_srgb(picture, &Conversions::default()).unwrap().planes.swap_remove(0).samples
    }

    #[test]
    fn grey_has_a_gamma_too() {
        // sRGB's value for 55 / 255 of the light.
        let linear = in_srgb(Some(1.0));
        assert!(linear[1].abs_diff(128) <= 1, "{linear:?}");
        assert_eq!(in_srgb(None), [0, 55]);
    }
}

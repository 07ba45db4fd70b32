//! PNG, by the `png` crate. Of an APNG, the default picture.

use std::io::Cursor;

use moxcms::{Chromaticity, ColorPrimaries, ColorProfile, ToneReprCurve, XyY};
use png::{ColorType, Decoder, Info, Limits, Transformations};

use super::{Failure, Layout, Picture, Profile};
use crate::geometry::Size;
use crate::rendition::budget::{Budget, Demand};

/// Decodes a PNG file.
pub(super) fn decode(data: &[u8], budget: &Budget) -> Result<Picture, Failure> {
    let limits = Limits { bytes: budget.limit() };
    let mut decoder = Decoder::new_with_limits(Cursor::new(data), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(Failure::codec)?;

    let info = reader.info();
    let size = Size::new(info.width, info.height);
    let profile = profile(info);
    let layout = match reader.output_color_type().0 {
        ColorType::Grayscale => Layout::Grey,
        ColorType::GrayscaleAlpha => Layout::GreyAlpha,
        ColorType::Rgb => Layout::Rgb,
        ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err("the palette is missing".into()),
    };
    // Two rows as stored, at most 16 bits in four channels, and the inflating window with its slack.
    let rows = u64::from(size.width) * 8 * 4 + (1 << 20);
    budget.admit(&Demand { full: size, size, channels: layout.channels(), decoder: rows })?;

    let bytes = reader.output_buffer_size().ok_or("the picture is too large")?;
    let mut pixels = vec![0; bytes];
    reader.next_frame(&mut pixels).map_err(Failure::codec)?;
    Ok(Picture { full: size, size, layout, pixels, profile })
}

/// What a browser takes the values to mean (PNG third edition, 4.3): sRGB, else iCCP, else gAMA with
/// cHRM. A gamma of 1/2.2 stands for sRGB's curve.
fn profile(info: &Info<'_>) -> Profile {
    if info.srgb.is_some() {
        return Profile::Srgb;
    }
    if let Some(icc) = &info.icc_profile {
        return Profile::Icc(icc.to_vec());
    }
    let gamma = info.gama_chunk.map(|g| g.into_value()).filter(|g| (0.01..=10.0).contains(g));
    let Some(gamma) = gamma else { return Profile::Srgb };
    let mut profile = ColorProfile::new_srgb();
    if let Some(chromaticities) = info.chrm_chunk {
        let point = |(x, y): (png::ScaledFloat, png::ScaledFloat)| {
            Chromaticity::new(x.into_value(), y.into_value())
        };
        let (red, green, blue) =
            (point(chromaticities.red), point(chromaticities.green), point(chromaticities.blue));
        let white = point(chromaticities.white);
        // Twice the area of the triangle: an empty one cannot show colours.
        let area = (green.x - red.x) * (blue.y - red.y) - (blue.x - red.x) * (green.y - red.y);
        if area.abs() < 0.01 || [white, red, green, blue].iter().any(|p| p.y < 0.001) {
            return Profile::Srgb;
        }
        let white = XyY::new(white.x.into(), white.y.into(), 1.0);
        profile.update_rgb_colorimetry(white, ColorPrimaries { red, green, blue });
    }
    if (gamma - 0.45455).abs() > 0.01 {
        let curve = Some(ToneReprCurve::Parametric(vec![1.0 / gamma]));
        (profile.red_trc, profile.green_trc, profile.blue_trc) =
            (curve.clone(), curve.clone(), curve);
    }
    profile.cicp = None;
    Profile::Built(Box::new(profile))
}

//! To sRGB: embedded profiles, and CMYK without one.

use super::conversion::{Conversion, Conversions};
use super::decode_error::DecodeError;
use super::picture::{Layout, Picture};
use super::{black, ycbcr};

/// Pixels converted at a time: with their result they fit in the first-level cache.
const BATCH: usize = 2048;

/// `picture` in sRGB: grey, RGB or YCbCr, with its alpha.
pub(super) fn to_srgb(
    mut picture: Picture,
    conversions: &Conversions,
) -> Result<Picture, DecodeError> {
    let profile = std::mem::take(&mut picture.profile);
    match &*conversions.get(&profile, picture.layout) {
        Conversion::Nothing if matches!(picture.layout, Layout::Cmyk | Layout::CmykAlpha) => {
            convert::<4>(&mut picture, naive)?;
        }
        Conversion::Nothing => {}
        Conversion::Grey(curve) => {
            if let Some(grey) = picture.planes.first_mut() {
                for value in &mut grey.samples {
                    *value = curve.get(usize::from(*value)).copied().unwrap_or_default();
                }
            }
        }
        Conversion::Rgb(transform) => {
            picture = ycbcr::to_rgb(picture);
            convert::<3>(&mut picture, |colours, out| {
                transform.transform(colours, out).map_err(DecodeError::damaged)
            })?;
        }
        Conversion::Inks { transform, black } => {
            convert::<4>(&mut picture, |inks, out| {
                transform.transform(inks, out).map_err(DecodeError::damaged)?;
                black::apply(black, out);
                Ok(())
            })?;
        }
    }
    if matches!(picture.layout, Layout::Cmyk | Layout::CmykAlpha) {
        picture.layout = if picture.layout.has_alpha() { Layout::Rgba } else { Layout::Rgb };
        // The black ink; alpha stays.
        if picture.planes.len() > 3 {
            picture.planes.remove(3);
        }
    }
    Ok(picture)
}

/// Converts the first `C` planes to red, green and blue in the first three.
fn convert<const C: usize>(
    picture: &mut Picture,
    convert: impl Fn(&[u8], &mut [u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let total = picture.planes.first().map_or(0, |plane| plane.samples.len());
    let (mut from, mut to) = (vec![[0; C]; BATCH], vec![[0; 3]; BATCH]);
    for start in (0..total).step_by(BATCH) {
        let count = BATCH.min(total - start);
        let (Some(from), Some(to)) = (from.get_mut(..count), to.get_mut(..count)) else { break };
        for (c, plane) in picture.planes.iter().enumerate().take(C) {
            let samples = plane.samples.get(start..).unwrap_or_default();
            for (sample, pixel) in samples.iter().zip(from.iter_mut()) {
                if let Some(to) = pixel.get_mut(c) {
                    *to = *sample;
                }
            }
        }
        convert(from.as_flattened(), to.as_flattened_mut())?;
        for (c, plane) in picture.planes.iter_mut().enumerate().take(3) {
            let samples = plane.samples.get_mut(start..).unwrap_or_default();
            for (sample, pixel) in samples.iter_mut().zip(to.iter()) {
                *sample = pixel.get(c).copied().unwrap_or_default();
            }
        }
    }
    Ok(())
}

/// Inks without a profile: the light that passes both the ink and the black, as in browsers and Pillow.
#[expect(clippy::unnecessary_wraps, reason = "as transforms by profile")]
fn naive(inks: &[u8], out: &mut [u8]) -> Result<(), DecodeError> {
    for (&[c, m, y, k], pixel) in inks.as_chunks().0.iter().zip(out.as_chunks_mut::<3>().0) {
        let through = |ink: u8| {
            let product = u16::from(255 - ink) * u16::from(255 - k);
            // Division by 255, rounded.
            ((product + 128 + ((product + 128) >> 8)) >> 8).to_le_bytes()[0]
        };
        *pixel = [through(c), through(m), through(y)];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use moxcms::{ColorProfile, DataColorSpace};

    use super::*;
    use crate::geometry::Size;
    use crate::rendition::picture::{Plane, Profile};

    fn to_srgb(picture: Picture) -> Result<Picture, DecodeError> {
        super::to_srgb(picture, &Conversions::default())
    }

    /// A picture of one row.
    fn picture(layout: Layout, pixels: &[u8], profile: Profile) -> Picture {
        let channels = layout.channels();
        let width = pixels.len() / channels;
        let size = Size::new(u32::try_from(width).unwrap(), 1);
        let plane = |c| Plane {
            width,
            height: 1,
            samples: pixels.iter().copied().skip(c).step_by(channels).collect(),
        };
        Picture { full: size, size, layout, planes: (0..channels).map(plane).collect(), profile }
    }

    /// The pixels of a picture of one row.
    fn pixels(picture: &Picture) -> Vec<u8> {
        (0..picture.planes[0].width)
            .flat_map(|x| picture.planes.iter().map(move |plane| plane.samples[x]))
            .collect()
    }

    #[test]
    fn inks_without_a_profile() {
        let inks = [0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 128, 128, 128, 128];
        let rgb = to_srgb(picture(Layout::Cmyk, &inks.repeat(2000), Profile::Srgb)).unwrap();
        let want = [255, 255, 255, 0, 255, 255, 0, 0, 0, 63, 63, 63];
        assert_eq!((rgb.layout, pixels(&rgb)), (Layout::Rgb, want.repeat(2000)));
    }

    #[test]
    fn a_profile_of_srgb_changes_nothing() {
        let srgb: Vec<u8> = (0..=254).collect();
        let profile = ColorProfile::new_srgb().encode().unwrap();
        for layout in [Layout::Rgb, Layout::YCbCr] {
            let same = to_srgb(picture(layout, &srgb, Profile::Icc(profile.clone()))).unwrap();
            assert_eq!((same.layout, pixels(&same)), (layout, srgb.clone()));
        }
    }

    #[test]
    fn a_wide_gamut_is_converted() {
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        let p3 = picture(Layout::Rgba, &[200, 100, 50, 7, 128, 128, 128, 9], Profile::Icc(profile));
        let converted = pixels(&to_srgb(p3).unwrap());
        // As in LittleCMS 2.
        for (got, want) in converted.iter().zip([215u8, 93, 31, 7, 128, 128, 128, 9]) {
            assert!(got.abs_diff(want) <= 1, "{converted:?}");
        }
    }

    #[test]
    fn ycbcr_is_converted_as_the_rgb_that_it_codes() {
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        // (200, 100, 50) by JFIF's matrix.
        let p3 = picture(Layout::YCbCr, &[124, 86, 182], Profile::Icc(profile));
        let converted = to_srgb(p3).unwrap();
        assert_eq!(converted.layout, Layout::Rgb);
        for (got, want) in pixels(&converted).iter().zip([215u8, 93, 31]) {
            assert!(got.abs_diff(want) <= 2, "{:?}", pixels(&converted));
        }
    }

    #[test]
    fn damaged_or_foreign_profiles_are_ignored() {
        for profile in
            [b"not a profile".to_vec(), ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()]
        {
            let same = picture(Layout::Rgb, &[10, 20, 30], Profile::Icc(profile));
            assert_eq!(pixels(&to_srgb(same).unwrap()), [10, 20, 30]);
        }
    }

    #[test]
    fn a_grey_profile_may_give_lightness() {
        let mut profile = ColorProfile::new_gray_with_gamma(1.0);
        profile.pcs = DataColorSpace::Lab;
        let grey = picture(Layout::Grey, &[0, 5, 128, 255], Profile::Built(Box::new(profile)));
        // L* of 0, 1.96, 50.2 and 100. LittleCMS 2 gives 119 for Gray-CIE_L's 128.
        assert_eq!(pixels(&to_srgb(grey).unwrap()), [0, 7, 119, 255]);
    }

    #[test]
    fn grey_takes_its_own_profile() {
        let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let grey = picture(Layout::GreyAlpha, &[0, 9, 55, 8, 255, 7], Profile::Icc(linear));
        let [black, 9, grey, 8, white, 7] = pixels(&to_srgb(grey).unwrap())[..] else { panic!() };
        // sRGB's value for 55 / 255 of the light.
        assert!(black == 0 && grey.abs_diff(128) <= 1 && white == 255, "{black} {grey} {white}");
    }
}

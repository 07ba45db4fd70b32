//! To sRGB: embedded profiles, and CMYK without one.
//!
//! A profile that is damaged, or of other channels than the picture, is ignored, as in viewers.

use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout as Channels, RenderingIntent, TransformExecutor,
    TransformOptions,
};

use super::decode_error::DecodeError;
use super::picture::{Layout, Picture, Profile};

type Transform = Arc<dyn TransformExecutor<u8> + Send + Sync>;

/// Pixels converted at a time: with their result they fit in the first-level cache.
const BATCH: usize = 2048;

/// `picture` in sRGB: grey or RGB, with its alpha.
pub(super) fn to_srgb(mut picture: Picture) -> Result<Picture, DecodeError> {
    let profile = match std::mem::take(&mut picture.profile) {
        Profile::Srgb => None,
        Profile::Icc(bytes) => ColorProfile::new_from_slice(&bytes).ok(),
        Profile::Built(profile) => Some(*profile),
    };
    match picture.layout {
        Layout::Grey | Layout::GreyAlpha => {
            if let Some(curve) = profile.and_then(|p| grey_curve(&p)) {
                let channels = picture.layout.channels();
                for value in picture.pixels.iter_mut().step_by(channels) {
                    *value = curve.get(usize::from(*value)).copied().unwrap_or_default();
                }
            }
            Ok(picture)
        }
        Layout::Rgb | Layout::Rgba => {
            let channels =
                if picture.layout == Layout::Rgb { Channels::Rgb } else { Channels::Rgba };
            if let Some(transform) = profile.and_then(|p| rgb_transform(&p, channels)) {
                convert_in_place(&mut picture.pixels, picture.layout.channels(), &transform)?;
            }
            Ok(picture)
        }
        Layout::Cmyk => {
            match profile
                .and_then(|p| transform(&p, DataColorSpace::Cmyk, Channels::Rgba, Channels::Rgb))
            {
                Some(transform) => convert_inks(&mut picture.pixels, |inks, out| {
                    transform.transform(inks, out).map_err(DecodeError::damaged)
                })?,
                None => convert_inks(&mut picture.pixels, naive)?,
            }
            Ok(Picture { layout: Layout::Rgb, ..picture })
        }
    }
}

/// From the space of `profile` to sRGB: perceptual as in browsers, or relative colorimetric if the profile
/// has only that.
fn transform(
    profile: &ColorProfile,
    space: DataColorSpace,
    from: Channels,
    to: Channels,
) -> Option<Transform> {
    if profile.color_space != space {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    [RenderingIntent::Perceptual, RenderingIntent::RelativeColorimetric].into_iter().find_map(
        |rendering_intent| {
            let options = TransformOptions { rendering_intent, ..Default::default() };
            profile.create_transform_8bit(from, &srgb, to, options).ok()
        },
    )
}

/// The transform of an RGB profile. `None` if the profile is sRGB, by its values.
fn rgb_transform(profile: &ColorProfile, channels: Channels) -> Option<Transform> {
    let check = transform(profile, DataColorSpace::Rgb, Channels::Rgb, Channels::Rgb)?;
    let steps = || (0..=8u8).map(|i| i.saturating_mul(32));
    let samples: Vec<u8> = steps()
        .flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b])))
        .collect();
    let mut converted = vec![0; samples.len()];
    check.transform(&samples, &mut converted).ok()?;
    if samples.iter().zip(&converted).all(|(a, b)| a.abs_diff(*b) <= 1) {
        return None;
    }
    if channels == Channels::Rgb {
        Some(check)
    } else {
        transform(profile, DataColorSpace::Rgb, channels, channels)
    }
}

/// The sRGB value of each grey value.
fn grey_curve(profile: &ColorProfile) -> Option<[u8; 256]> {
    let transform = transform(profile, DataColorSpace::Gray, Channels::Gray, Channels::Rgb)?;
    let greys: Vec<u8> = (0..=255).collect();
    let mut converted = vec![0; 3 * 256];
    transform.transform(&greys, &mut converted).ok()?;
    let mut curve = [0; 256];
    for (value, &[_, green, _]) in curve.iter_mut().zip(converted.as_chunks().0) {
        *value = green;
    }
    Some(curve)
}

fn convert_in_place(
    pixels: &mut [u8],
    channels: usize,
    transform: &Transform,
) -> Result<(), DecodeError> {
    let mut converted = vec![0; BATCH * channels];
    for batch in pixels.chunks_mut(BATCH * channels) {
        let converted = converted.get_mut(..batch.len()).unwrap_or_default();
        transform.transform(batch, converted).map_err(DecodeError::damaged)?;
        batch.copy_from_slice(converted);
    }
    Ok(())
}

/// Four inks to three colours, in place.
fn convert_inks(
    pixels: &mut Vec<u8>,
    convert: impl Fn(&[u8], &mut [u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut colours = vec![0; BATCH * 3];
    let total = pixels.len() / 4;
    for start in (0..total).step_by(BATCH) {
        let count = BATCH.min(total - start);
        let Some(colours) = colours.get_mut(..count * 3) else { break };
        if let Some(inks) = pixels.get(start * 4..(start + count) * 4) {
            convert(inks, colours)?;
        }
        // Three bytes for four: never beyond what is read already.
        if let Some(to) = pixels.get_mut(start * 3..(start + count) * 3) {
            to.copy_from_slice(colours);
        }
    }
    pixels.truncate(total * 3);
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
    use super::*;
    use crate::geometry::Size;

    fn picture(layout: Layout, pixels: Vec<u8>, profile: Profile) -> Picture {
        let size = Size::new(u32::try_from(pixels.len() / layout.channels()).unwrap(), 1);
        Picture { full: size, size, layout, pixels, profile }
    }

    #[test]
    fn inks_without_a_profile() {
        let inks = [0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 128, 128, 128, 128];
        let rgb = to_srgb(picture(Layout::Cmyk, inks.repeat(2000), Profile::Srgb)).unwrap();
        let want = [255, 255, 255, 0, 255, 255, 0, 0, 0, 63, 63, 63];
        assert_eq!(rgb.pixels, want.repeat(2000));
    }

    #[test]
    fn a_profile_of_srgb_changes_nothing() {
        let pixels: Vec<u8> = (0..=254).collect();
        let profile = ColorProfile::new_srgb().encode().unwrap();
        let same = to_srgb(picture(Layout::Rgb, pixels.clone(), Profile::Icc(profile))).unwrap();
        assert_eq!(same.pixels, pixels);
    }

    #[test]
    fn a_wide_gamut_is_converted() {
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        let p3 = picture(Layout::Rgb, vec![200, 100, 50, 128, 128, 128], Profile::Icc(profile));
        let converted = to_srgb(p3).unwrap().pixels;
        // As in LittleCMS 2.
        for (got, want) in converted.iter().zip([215u8, 93, 31, 128, 128, 128]) {
            assert!(got.abs_diff(want) <= 1, "{converted:?}");
        }
    }

    #[test]
    fn damaged_or_foreign_profiles_are_ignored() {
        let pixels = vec![10, 20, 30];
        for profile in
            [b"not a profile".to_vec(), ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()]
        {
            let same =
                to_srgb(picture(Layout::Rgb, pixels.clone(), Profile::Icc(profile))).unwrap();
            assert_eq!(same.pixels, pixels);
        }
    }

    #[test]
    fn grey_takes_its_own_profile() {
        let linear = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        let grey = picture(Layout::GreyAlpha, vec![0, 9, 55, 8, 255, 7], Profile::Icc(linear));
        let [black, 9, grey, 8, white, 7] = to_srgb(grey).unwrap().pixels[..] else { panic!() };
        // sRGB's value for 55 / 255 of the light.
        assert!(black == 0 && grey.abs_diff(128) <= 1 && white == 255, "{black} {grey} {white}");
    }
}

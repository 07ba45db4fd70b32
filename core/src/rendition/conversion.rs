//! How the values of a picture become those of sRGB, by its profile.
//!
//! A profile that is damaged, or of other channels than the picture, is ignored, as in viewers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use moxcms::{
    ColorProfile, DataColorSpace, Layout as Channels, RenderingIntent, TransformExecutor,
    TransformOptions,
};

use super::picture::{Layout, Profile};
use super::{black, srgb};

type Transform = Arc<dyn TransformExecutor<u8> + Send + Sync>;

/// What is done with the values of a picture.
pub(super) enum Conversion {
    /// They are in sRGB, or inks without a profile.
    Nothing,
    /// The sRGB value of each grey value.
    Grey(Box<[u8; 256]>),
    /// Three colours to three.
    Rgb(Transform),
    /// Four inks to three colours, and the value of each of theirs when black is compensated.
    Inks { transform: Transform, black: Box<[u8; 256]> },
}

/// How far the value of mid-grey may move for a conversion that is applied after the fit. Photos differ by that from a
/// conversion before it by less than 0.6 of 255 on average, lines a pixel wide by less than 10, also with the profile of a
/// press. A gamma of 1.8 moves mid-grey by 19, and lines by 18.
const NEAR: u8 = 12;

impl Conversion {
    /// Whether greys have another curve than in sRGB, so that a mean of them differs from that of converted ones.
    pub(super) fn bends_greys(&self) -> bool {
        const MID: u8 = 128;
        match self {
            Self::Nothing | Self::Inks { .. } => false,
            Self::Grey(curve) => {
                curve.get(usize::from(MID)).is_some_and(|to| to.abs_diff(MID) > NEAR)
            }
            Self::Rgb(transform) => {
                let mut to = [MID; 3];
                // A transform that fails is an error when colours are converted.
                let converted = transform.transform(&[MID; 3], &mut to);
                converted.is_ok() && to.iter().any(|to| to.abs_diff(MID) > NEAR)
            }
        }
    }

    fn new(profile: &ColorProfile, layout: Layout) -> Self {
        let found = match layout {
            Layout::Grey | Layout::GreyAlpha => {
                grey_curve(profile).map(|curve| Self::Grey(Box::new(curve)))
            }
            Layout::Rgb | Layout::Rgba | Layout::YCbCr => rgb_transform(profile).map(Self::Rgb),
            Layout::Cmyk | Layout::CmykAlpha => {
                transform(profile, DataColorSpace::Cmyk, Channels::Rgba, Channels::Rgb).map(
                    |transform| {
                        let convert =
                            |inks: &[u8], out: &mut [u8]| transform.transform(inks, out).is_ok();
                        let black = Box::new(black::compensation(convert));
                        Self::Inks { transform, black }
                    },
                )
            }
        };
        found.unwrap_or(Self::Nothing)
    }
}

/// The conversions of the profiles met last: making one takes longer than converting a small picture.
#[derive(Default)]
pub(super) struct Conversions(Mutex<VecDeque<Entry>>);

struct Entry {
    profile: Vec<u8>,
    channels: usize,
    conversion: Arc<Conversion>,
}

impl Conversions {
    const MOST: usize = 8;
    /// The profile of a press has half a megabyte.
    const MOST_BYTES: usize = 2 << 20;

    /// The conversion for `profile`.
    pub(super) fn get(&self, profile: &Profile, layout: Layout) -> Arc<Conversion> {
        let profile = match profile {
            Profile::Srgb => return Arc::new(Conversion::Nothing),
            Profile::Built(profile) => return Arc::new(Conversion::new(profile, layout)),
            Profile::Icc(bytes) => bytes,
        };
        let channels = if layout.has_alpha() { layout.channels() - 1 } else { layout.channels() };
        if let Some(conversion) = self.find(profile, channels) {
            return conversion;
        }
        let conversion = Arc::new(
            ColorProfile::new_from_slice(profile)
                .map_or(Conversion::Nothing, |profile| Conversion::new(&profile, layout)),
        );
        if profile.len() <= Self::MOST_BYTES {
            let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            entries.truncate(Self::MOST - 1);
            let (profile, conversion) = (profile.clone(), Arc::clone(&conversion));
            entries.push_front(Entry { profile, channels, conversion });
        }
        conversion
    }

    /// The conversion that was made before. It becomes the newest.
    fn find(&self, profile: &[u8], channels: usize) -> Option<Arc<Conversion>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|e| e.channels == channels && e.profile == profile)?;
        let entry = entries.remove(at)?;
        let conversion = Arc::clone(&entry.conversion);
        entries.push_front(entry);
        Some(conversion)
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
fn rgb_transform(profile: &ColorProfile) -> Option<Transform> {
    let transform = transform(profile, DataColorSpace::Rgb, Channels::Rgb, Channels::Rgb)?;
    let steps = || (0..=8u8).map(|i| i.saturating_mul(32));
    let samples: Vec<u8> = steps()
        .flat_map(|r| steps().flat_map(move |g| steps().flat_map(move |b| [r, g, b])))
        .collect();
    let mut converted = vec![0; samples.len()];
    transform.transform(&samples, &mut converted).ok()?;
    let is_srgb = samples.iter().zip(&converted).all(|(a, b)| a.abs_diff(*b) <= 1);
    if is_srgb { None } else { Some(transform) }
}

/// The sRGB value of each grey value.
fn grey_curve(profile: &ColorProfile) -> Option<[u8; 256]> {
    if profile.color_space == DataColorSpace::Gray && profile.pcs == DataColorSpace::Lab {
        return lightness_curve(profile);
    }
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

/// The sRGB value of each grey value of a profile whose curve gives the lightness of CIELAB.
fn lightness_curve(profile: &ColorProfile) -> Option<[u8; 256]> {
    let lightness = profile.gray_trc.as_ref()?.make_linear_evaluator().ok()?;
    let mut curve = [0; 256];
    for (step, value) in (0_u8..=255).zip(&mut curve) {
        let lightness = 100.0 * lightness.evaluate_value(f32::from(step) / 255.0);
        let cube = f64::from((lightness + 16.0) / 116.0).powi(3);
        let luminance = if lightness > 8.0 { cube } else { f64::from(lightness) * 27.0 / 24_389.0 };
        *value = srgb::encode(luminance);
    }
    Some(curve)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_met_last_are_kept() {
        let conversions = Conversions::default();
        let profile =
            |gamma: f32| Profile::Icc(ColorProfile::new_gray_with_gamma(gamma).encode().unwrap());
        let first = conversions.get(&profile(1.0), Layout::Grey);
        assert!(Arc::ptr_eq(&first, &conversions.get(&profile(1.0), Layout::GreyAlpha)));
        // The same profile on other channels is ignored.
        assert!(matches!(*conversions.get(&profile(1.0), Layout::Rgb), Conversion::Nothing));
        for step in 0..Conversions::MOST {
            let _ = conversions.get(&profile(1.1 + step as f32 / 10.0), Layout::Grey);
        }
        assert_eq!(conversions.0.lock().unwrap().len(), Conversions::MOST);
        assert!(!Arc::ptr_eq(&first, &conversions.get(&profile(1.0), Layout::Grey)));
    }
}

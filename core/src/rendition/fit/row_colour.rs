//! Colours that are converted to sRGB before the fit.
//!
//! Usually a profile is applied to the small picture. But a mean of stored values is that of sRGB values only where
//! their curves are alike: with a gamma of 1, thin lines would come out much too bright.

use std::sync::Arc;

use crate::rendition::conversion::Conversion;
use crate::rendition::picture::Layout;

/// Converts rows to sRGB.
pub(super) struct RowColour {
    conversion: Arc<Conversion>,
    layout: Layout,
    /// The converted row.
    row: Vec<u8>,
    /// Its colours without alpha, before and after.
    colours: Vec<u8>,
    converted: Vec<u8>,
    /// Whether the conversion failed.
    pub(super) has_failed: bool,
}

impl RowColour {
    /// What is allocated for rows of `width` pixels.
    pub(super) fn memory(width: usize) -> u64 {
        const COLOURS_AND_ALPHA: u64 = 4;
        width as u64 * (COLOURS_AND_ALPHA + 3 + 3)
    }

    /// `None` if the conversion is as exact after the fit.
    pub(super) fn new(conversion: Arc<Conversion>, layout: Layout) -> Option<Self> {
        let (row, colours, converted) = (Vec::new(), Vec::new(), Vec::new());
        let new = Self { conversion, layout, row, colours, converted, has_failed: false };
        new.conversion.bends_greys().then_some(new)
    }

    /// `row` in sRGB; alpha stays.
    pub(super) fn convert(&mut self, row: &[u8]) -> &[u8] {
        let channels = self.layout.channels();
        self.row.clear();
        self.row.extend_from_slice(row);
        match &*self.conversion {
            Conversion::Nothing | Conversion::Inks { .. } => {}
            Conversion::Grey(curve) => {
                for value in self.row.iter_mut().step_by(channels) {
                    *value = curve.get(usize::from(*value)).copied().unwrap_or_default();
                }
            }
            Conversion::Rgb(transform) if self.layout.has_alpha() => {
                self.colours.clear();
                for &[red, green, blue, _] in row.as_chunks().0 {
                    self.colours.extend([red, green, blue]);
                }
                self.converted.resize(self.colours.len(), 0);
                self.has_failed |= transform.transform(&self.colours, &mut self.converted).is_err();
                let converted = self.converted.as_chunks::<3>().0.iter();
                for (pixel, colours) in self.row.as_chunks_mut::<4>().0.iter_mut().zip(converted) {
                    let [red, green, blue, _] = pixel;
                    [*red, *green, *blue] = *colours;
                }
            }
            Conversion::Rgb(transform) => {
                self.has_failed |= transform.transform(row, &mut self.row).is_err();
            }
        }
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use moxcms::ColorProfile;

    use super::*;
    use crate::rendition::conversion::Conversions;
    use crate::rendition::picture::Profile;

    /// The rows of two pixels under a profile with a gamma of 1.
    fn converted(layout: Layout, row: &[u8]) -> Vec<u8> {
        let profile = if layout.channels() < 3 {
            ColorProfile::new_gray_with_gamma(1.0)
        } else {
            let mut profile = ColorProfile::new_srgb();
            let line = Some(moxcms::ToneReprCurve::Parametric(vec![1.0]));
            (profile.red_trc, profile.green_trc) = (line.clone(), line.clone());
            profile.blue_trc = line;
            profile.cicp = None;
            profile
        };
        let conversion = Conversions::default().get(&Profile::Built(Box::new(profile)), layout);
        let mut colour = RowColour::new(conversion, layout).unwrap();
        let row = colour.convert(row).to_vec();
        assert!(!colour.has_failed);
        row
    }

    #[test]
    fn light_becomes_values_and_alpha_stays() {
        // sRGB has 188 for half of the light.
        assert_eq!(converted(Layout::Grey, &[0, 128]), [0, 188]);
        assert_eq!(converted(Layout::GreyAlpha, &[128, 7, 255, 128]), [188, 7, 255, 128]);
        assert_eq!(converted(Layout::Rgb, &[128, 0, 255, 0, 128, 0]), [188, 0, 255, 0, 188, 0]);
        let row = [128, 0, 255, 128, 0, 128, 0, 9];
        assert_eq!(converted(Layout::Rgba, &row), [188, 0, 255, 128, 0, 188, 0, 9]);
    }

    #[test]
    fn profiles_near_srgb_wait_for_the_small_picture() {
        let conversions = Conversions::default();
        for profile in [ColorProfile::new_display_p3(), ColorProfile::new_adobe_rgb()] {
            let conversion = conversions.get(&Profile::Built(Box::new(profile)), Layout::Rgb);
            assert!(RowColour::new(conversion, Layout::Rgb).is_none());
        }
    }
}

//! Colour spaces by code points of ITU-T H.273, as PNG and HEIF state them.

use moxcms::{CicpColorPrimaries as Primaries, TransferCharacteristics as Transfer};
use moxcms::{CicpProfile, ColorProfile, MatrixCoefficients};

use super::picture::Profile;

/// The colour space of code points. `None` for those that are reserved, unspecified or describe HDR.
pub(super) fn profile(primaries: u8, transfer: u8, is_grey: bool) -> Option<Profile> {
    let color_primaries = Primaries::try_from(primaries).ok()?;
    let transfer_characteristics = Transfer::try_from(transfer).ok()?;
    let is_known = !matches!(color_primaries, Primaries::Reserved | Primaries::Unspecified)
        && matches!(
            transfer_characteristics,
            Transfer::Bt709
                | Transfer::Bt470M
                | Transfer::Bt470Bg
                | Transfer::Bt601
                | Transfer::Linear
                | Transfer::Srgb
                | Transfer::Bt202010bit
                | Transfer::Bt202012bit
        );
    if !is_known {
        return None;
    }
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    if is_grey {
        // Grey has no primaries.
        let mut grey = ColorProfile::new_gray_with_gamma(1.0);
        grey.gray_trc = profile.red_trc;
        return Some(Profile::Built(Box::new(grey)));
    }
    Some(Profile::Built(Box::new(profile)))
}

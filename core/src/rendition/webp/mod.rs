//! WebP: lossy pictures by an own decoder, all others by `image-webp`. Of an animation, the first frame on its
//! canvas.

mod by_crate;
mod lossy;
mod parts;
mod rgb_rows;
mod vp8;

use self::parts::{Parts, Picture as Pixels};
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::{DecodeError, catch_codec_panic};
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::{Picture, Profile};

/// Decodes a WebP file.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let parts = Parts::new(data)?;
    let profile = parts.profile.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec()));
    match parts.picture {
        Pixels::Lossy { frame, alpha: None } => lossy::decode(cpu, frame, profile, budget),
        _ => catch_codec_panic(|| by_crate::decode(&parts, profile, budget))?.fit(cpu, budget),
    }
}

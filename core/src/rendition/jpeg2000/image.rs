//! Files of JPEG 2000, bare and in boxes.

use std::borrow::Cow;

use hayro_jpeg2000::{ColorSpace, DecodeError as Error, DecodeSettings, DecoderContext, Image};

use super::code_stream::{self, CodeStream, Needs};
use crate::geometry::Size;
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;
use crate::rendition::lab;
use crate::rendition::picture::{Layout, Picture, Profile};

/// The end of a code stream.
const END: [u8; 2] = [0xFF, 0xD9];

/// Decodes a file.
pub(in crate::rendition) fn decode(
    cpu: Cpu,
    data: &[u8],
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let stream = code_stream::find(data)?;
    let (headers, needs) = CodeStream::checked(stream)?;
    budget.check_cancelled()?;
    // A missing end is forgiven.
    let data = if stream.ends_with(&END) || !std::ptr::eq(stream, data) {
        Cow::Borrowed(data)
    } else {
        Cow::Owned([data, &END].concat())
    };
    decode_bitmap(&data, &headers, needs, budget)?.fit(cpu, budget)
}

fn decode_bitmap(
    data: &[u8],
    headers: &CodeStream,
    needs: Needs,
    budget: &Budget,
) -> Result<Bitmap, DecodeError> {
    // Packets that are missing are an error.
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(data, &settings).map_err(damaged)?;
    let size = Size::new(image.width(), image.height());
    let (layout, profile) = colours(&image, code_stream::states_inks(data)?)?;
    // Samples in floating point: of all components, also in another order; of one, as coefficients and transformed.
    let samples = 2 * (headers.components() + layout.channels() as u64) + 3;
    let planes = size.pixels().saturating_mul(4 * samples);
    let memory = planes.saturating_add(needs.memory()).saturating_add(2 * data.len() as u64);
    budget.check_bitmap(size, layout, memory)?;

    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(damaged)?;
    let mut pixels = decoded.data_u8();
    if pixels.len() as u64 != size.pixels().saturating_mul(layout.channels() as u64) {
        return Err(DecodeError::unsupported("channels without a meaning"));
    }
    if !is_lab(&profile) {
        return Ok(Bitmap { size, layout, pixels, profile });
    }
    for pixel in pixels.chunks_exact_mut(layout.channels()) {
        if let [l, a, b, ..] = pixel {
            let (signed_a, signed_b) = (f32::from(*a) - 128.0, f32::from(*b) - 128.0);
            [*l, *a, *b] = lab::to_srgb(*l, signed_a, signed_b);
        }
    }
    Ok(Bitmap { size, layout, pixels, profile: Profile::Srgb })
}

/// Whether the colours are CIE L*a*b*, for which the decoder has a profile of that space.
fn is_lab(profile: &Profile) -> bool {
    matches!(profile, Profile::Icc(icc) if icc.get(16..20) == Some(b"Lab "))
}

/// What the channels are. Without a statement of inks, the second of two and the fourth of four is
/// transparency, as the probe and `OpenJPEG` have it; the decoder has no meaning for two, and takes four for inks.
fn colours(image: &Image<'_>, has_inks: bool) -> Result<(Layout, Profile), DecodeError> {
    match (image.color_space(), image.has_alpha()) {
        (ColorSpace::Unknown { num_channels: 2 }, false) => {
            return Ok((Layout::GreyAlpha, Profile::Srgb));
        }
        (ColorSpace::CMYK, false) if !has_inks => return Ok((Layout::Rgba, Profile::Srgb)),
        _ => {}
    }
    let (channels, profile) = match image.color_space() {
        ColorSpace::Gray => (1, Profile::Srgb),
        ColorSpace::RGB => (3, Profile::Srgb),
        ColorSpace::CMYK => (4, Profile::Srgb),
        ColorSpace::Icc { profile, num_channels } => (*num_channels, Profile::Icc(profile.clone())),
        ColorSpace::Unknown { .. } => (0, Profile::Srgb),
    };
    let layout = match (channels, image.has_alpha()) {
        (1, false) => Layout::Grey,
        (1, true) => Layout::GreyAlpha,
        (3, false) => Layout::Rgb,
        (3, true) => Layout::Rgba,
        (4, false) => Layout::Cmyk,
        (4, true) => Layout::CmykAlpha,
        _ => return Err(DecodeError::unsupported("a colour space of other channels")),
    };
    Ok((layout, profile))
}

fn damaged(error: Error) -> DecodeError {
    DecodeError::damaged(error)
}

//! What the header of a file states of its pixels, and what the decoder is asked for.

use jxl::api::{
    AlphaMode, Event, ExtraChannel, JxlBasicInfo, JxlColorProfile, JxlColorType, JxlDataFormat,
    JxlDecoder, JxlDecoderOptions, JxlPixelFormat, ProfileLevel,
};

use super::expect;
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::picture::{Layout, Profile};

/// The most pixels of a file of level 10. Each may take far longer than in level 5: up to 2048 decisions, not 64.
const MAX_LEVEL_10: usize = 32 << 20;

/// Bytes of a profile that the decoder may hold, twice.
const PROFILE: u64 = 2 << 20;

const SAMPLE: JxlDataFormat = JxlDataFormat::U8 { bit_depth: 8 };

/// What the header states.
pub(super) struct Head {
    /// As stored.
    pub(super) size: Size,
    pub(super) layout: Layout,
    /// The kinds of extra channels.
    extra: Vec<ExtraChannel>,
}

impl Head {
    pub(super) fn read(data: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = JxlDecoder::new(options(None, ProfileLevel::Main10));
        let mut rest = data;
        expect(decoder.process(&mut rest, None, None), Event::BasicInfo)?;
        let (Some(info), Some(profile)) = (decoder.basic_info(), decoder.embedded_color_profile())
        else {
            return Err("there is no header".into());
        };
        let (width, height) = info.size;
        let side = |side| u32::try_from(side).map_err(|_| "the picture is too large");
        Ok(Self {
            size: Size::new(side(width)?, side(height)?),
            layout: layout(info, profile.channels()),
            extra: info.extra_channels.iter().map(|channel| channel.ec_type).collect(),
        })
    }

    /// Whether it has inks of its own. The decoder shows them.
    pub(super) fn has_spot_colours(&self) -> bool {
        self.extra.contains(&ExtraChannel::SpotColor)
    }

    /// The options of a decoder for it.
    pub(super) fn options(&self) -> JxlDecoderOptions {
        /// Frames that are only referred to may be somewhat larger than a small picture.
        const SLACK: usize = 1 << 20;
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let pixels = width.saturating_mul(height);
        let samples = pixels.saturating_mul(2 * self.channels()).saturating_add(SLACK);
        let level = if pixels > MAX_LEVEL_10 { ProfileLevel::Main5 } else { ProfileLevel::Main10 };
        options(Some(samples), level)
    }

    /// Rows of 8 bits in the layout; the transparency of inks in a plane of its own.
    pub(super) fn pixel_format(&self) -> JxlPixelFormat {
        let alpha = self.extra.iter().position(|kind| *kind == ExtraChannel::Alpha);
        let is_plane = |index| self.layout == Layout::CmykAlpha && Some(index) == alpha;
        JxlPixelFormat {
            color_type: match self.layout {
                Layout::Grey => JxlColorType::Grayscale,
                Layout::GreyAlpha => JxlColorType::GrayscaleAlpha,
                Layout::Rgba => JxlColorType::Rgba,
                Layout::Cmyk | Layout::CmykAlpha => JxlColorType::Cmyk,
                Layout::Rgb | Layout::YCbCr => JxlColorType::Rgb,
            },
            color_data_format: Some(SAMPLE),
            extra_channel_format: (0..self.extra.len())
                .map(|index| is_plane(index).then_some(SAMPLE))
                .collect(),
        }
    }

    /// The colour space of the pixels that `decoder` gives.
    pub(super) fn profile(decoder: &JxlDecoder) -> Profile {
        let icc = decoder.output_color_profile().and_then(JxlColorProfile::try_as_icc);
        icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.into_owned()))
    }

    /// The bytes that decoding takes beside the pixels, if the picture is one frame.
    pub(super) fn memory(&self, file: usize) -> u64 {
        // Rows of samples, and those of all groups that a transform joins.
        let bytes = self.samples().saturating_mul(3);
        // The sections of the file, and buffers of rows.
        let rows = u64::from(self.size.width).saturating_mul(self.channels() as u64 * 256 * 4);
        bytes.saturating_add(2 * file as u64).saturating_add(rows).saturating_add(PROFILE)
    }

    /// The bytes that frames take which others refer to: four at most, in floating point.
    pub(super) fn memory_of_references(&self) -> u64 {
        self.samples().saturating_mul(4 * 4)
    }

    /// Of the colours, and extra channels.
    fn channels(&self) -> usize {
        3 + self.extra.len()
    }

    fn samples(&self) -> u64 {
        self.size.pixels().saturating_mul(self.channels() as u64)
    }
}

fn options(sample_limit: Option<usize>, level: ProfileLevel) -> JxlDecoderOptions {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.alpha_mode = AlphaMode::Unpremultiplied;
    options.sample_limit = sample_limit;
    options.max_profile_level = level;
    options
}

fn layout(info: &JxlBasicInfo, colours: usize) -> Layout {
    let has = |kind| info.extra_channels.iter().any(|channel| channel.ec_type == kind);
    match (colours, has(ExtraChannel::Black), has(ExtraChannel::Alpha)) {
        (1, _, false) => Layout::Grey,
        (1, _, true) => Layout::GreyAlpha,
        (_, true, false) => Layout::Cmyk,
        (_, true, true) => Layout::CmykAlpha,
        (_, false, false) => Layout::Rgb,
        (_, false, true) => Layout::Rgba,
    }
}

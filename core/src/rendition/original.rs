//! Keeping the coded data of an original that is shown as it is stored: coded once more, it would only lose
//! quality, and most files would grow.

use super::encode::Coded;
use super::jpeg::strip as strip_jpeg;
use super::picture::{Layout, Picture, Profile};
use super::source::Source;
use crate::format::Format;
use crate::geometry::Orientation;

/// Whether the rendition shows the pixels of a JPEG as they are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    AsCoded,
    /// Unless its profile changes them, after which they are RGB.
    AsCodedIfYCbCr,
    Changed,
}

impl Shown {
    /// For `picture`, as decoded from `source`.
    pub(super) fn new(source: &Source<'_>, picture: &Picture) -> Self {
        let is_whole = source.format == Format::Jpeg
            && source.orientation == Orientation::Upright
            && picture.size == picture.full;
        match (picture.layout, &picture.profile) {
            _ if !is_whole => Self::Changed,
            (Layout::YCbCr, _) => Self::AsCodedIfYCbCr,
            (Layout::Grey, Profile::Srgb) => Self::AsCoded,
            _ => Self::Changed,
        }
    }

    /// The same, of a picture in sRGB whose layout is now `layout`.
    pub(super) fn in_layout(self, layout: Layout) -> Self {
        match self {
            Self::AsCodedIfYCbCr if layout == Layout::YCbCr => Self::AsCoded,
            Self::AsCodedIfYCbCr => Self::Changed,
            other => other,
        }
    }

    /// The original's coded data, without its metadata, if they are no longer than `coded`.
    pub(super) fn or_smaller(self, coded: Coded, source: &Source<'_>) -> Coded {
        if self != Self::AsCoded || coded.format != Format::Jpeg {
            return coded;
        }
        let dpi = (source.dpi.get(), source.dpi_y.get());
        match strip_jpeg(source.data, dpi, coded.bytes.len()) {
            Some(bytes) => Coded { bytes, ..coded },
            None => coded,
        }
    }
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder};

    use super::*;
    use crate::geometry::Size;
    use crate::rendition::{StandardOptions, render_source};

    const SIZE: Size = Size::new(240, 160);

    fn file(quality: u8, colour: ColorType, profile: Option<&[u8]>) -> Vec<u8> {
        let channels = if colour == ColorType::Luma { 1 } else { 3 };
        let pixels: Vec<u8> = (0..240 * 160 * channels)
            .map(|i: u32| i.wrapping_mul(i * 7).to_le_bytes()[1])
            .collect();
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, quality);
        encoder.add_app_segment(1, b"Exif\0\0somewhere".to_vec()).unwrap();
        if let Some(profile) = profile {
            encoder.add_icc_profile(profile).unwrap();
        }
        encoder.encode(&pixels, 240, 160, colour).unwrap();
        file
    }

    fn rendition(source: &Source<'_>, options: &StandardOptions) -> Vec<u8> {
        render_source(source, options, 1 << 28).unwrap().bytes
    }

    /// The coded data of a file: from its last scan on.
    fn scan(file: &[u8]) -> &[u8] {
        let at = file.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap();
        &file[at..]
    }

    #[test]
    fn a_small_file_is_kept() {
        let options = StandardOptions::default();
        let srgb = moxcms::ColorProfile::new_srgb().encode().unwrap();
        let yes = |file: &[u8]| {
            let kept = rendition(&Source::new(file, Format::Jpeg, SIZE), &options);
            scan(&kept) == scan(file) && kept.len() < file.len()
        };
        assert!(yes(&file(60, ColorType::Rgb, None)));
        assert!(yes(&file(60, ColorType::Luma, None)));
        assert!(yes(&file(60, ColorType::Rgb, Some(&srgb))));
        // Coded once more it is smaller.
        assert!(!yes(&file(99, ColorType::Rgb, None)));
        // Its colours are others.
        let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        assert!(!yes(&file(60, ColorType::Rgb, Some(&p3))));
        let gamma = moxcms::ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
        assert!(!yes(&file(60, ColorType::Luma, Some(&gamma))));
    }

    #[test]
    fn a_turned_or_large_file_is_coded_anew() {
        let file = file(60, ColorType::Rgb, None);
        let options = StandardOptions::default();
        let mut source = Source::new(&file, Format::Jpeg, SIZE);
        let small = options.with_max_size(Size::new(239, 239)).unwrap();
        assert_ne!(scan(&rendition(&source, &small)), scan(&file));
        source.orientation = Orientation::Rotate180;
        assert_ne!(scan(&rendition(&source, &options)), scan(&file));
    }

    #[test]
    fn bytes_that_code_no_pixels_are_not_kept() {
        let options = StandardOptions::default();
        let file = file(60, ColorType::Rgb, None);
        let rendition = |file: &[u8]| rendition(&Source::new(file, Format::Jpeg, SIZE), &options);
        assert_eq!(scan(&rendition(&file)), scan(&file));
        let mut with = file[..file.len() - 2].to_vec();
        with.extend(b"secret\xff\xd9");
        let coded_anew = rendition(&with);
        assert!(!coded_anew.windows(6).any(|part| part == b"secret"));
        // Fill bytes before a marker do not count as such.
        let mut with = file[..file.len() - 2].to_vec();
        with.extend([0xff, 0xff, 0xff, 0xd9]);
        assert_eq!(scan(&rendition(&with)), scan(&file));
    }
}

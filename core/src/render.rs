//! From the bytes of a file to its rendition, under a policy: for an upload, and without storing.

use std::collections::BTreeSet;

use crate::cancellation::Cancellation;
use crate::error::{ErrorKind, UploadError};
use crate::field::Dpi;
use crate::file_bytes::FileBytes;
use crate::format::Format;
use crate::geometry::Size;
use crate::policy::Policy;
use crate::probe::{self, ColourModel, ImageInfo, ProbeError};
use crate::rendition::{RenderError, Renderer, Renditions, Standard, StandardOptions};
use crate::warning::Warning;

/// Makes the standard rendition of the file `data` without storing it, if `policy` accepts the file.
///
/// ```
/// use userimage::rendition::StandardOptions;
/// use userimage::{Policy, Size, render};
///
/// # let photo = include_bytes!("../../tests/fixtures/files/png-phys-300dpi.png");
/// let options = StandardOptions::default().with_max_size(Size::new(32, 32))?;
/// let standard = render(photo, &Policy::default(), &options)?;
/// assert_eq!((standard.format.mime_type(), standard.size), ("image/jpeg", Size::new(32, 24)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first failure in the protocol's order: code 262, or 265 when the file's DPI is under the
/// policy's minimum.
pub fn render(
    data: &[u8],
    policy: &Policy,
    options: &StandardOptions,
) -> Result<Standard, UploadError> {
    policy.check_bytes(data.len() as u64)?;
    let info = probe::probe(data)?;
    let never = Cancellation::new();
    let data = FileBytes::Memory(data);
    let examined = Examined::new(info, data, policy, None)?;
    let made = examined.render(data, policy, options, &[], &Renderer::default(), &never)?;
    Ok(made.standard)
}

/// A file whose header a policy has accepted.
pub(crate) struct Examined {
    pub(crate) info: ImageInfo,
    pub(crate) stored_size: Size,
    /// The DPI across as displayed: the request's, else the file's own, else 72.
    pub(crate) dpi: Dpi,
    /// The DPI down as displayed.
    pub(crate) dpi_y: Dpi,
    /// What the header and the policy give reason to warn of.
    pub(crate) warnings: BTreeSet<Warning>,
}

impl Examined {
    /// Checks everything that the header of `data` decides, before any pixel is decoded.
    pub(crate) fn new(
        info: ImageInfo,
        data: FileBytes<'_>,
        policy: &Policy,
        requested_dpi: Option<Dpi>,
    ) -> Result<Self, UploadError> {
        policy.check_format(info.format)?;
        let stored_size = info.stored_size.ok_or_else(|| {
            let reason = match info.format {
                // It has one, but not in pixels, and the probe finds it unless there is no page.
                Format::Pdf => {
                    "the pdf has no page, or is encrypted so that its size cannot be read"
                        .to_owned()
                }
                format => format!("{format} has no size in pixels"),
            };
            UploadError::new(ErrorKind::NoPixelSize, reason)
        })?;
        policy.check_size(stored_size.oriented(info.orientation))?;
        // Counting reads the whole file, so it is done only where there is a limit. No file is on disk then.
        if let Some(limit) = policy.max_frames {
            policy.check_frames(probe::count_frames(data.in_memory(), info.format, limit))?;
        }
        let (dpi, dpi_y) = resolve_dpi(requested_dpi, &info);
        policy.check_dpi(dpi)?;
        let low_resolution =
            policy.check_print(info.format, stored_size.oriented(info.orientation))?;
        let mut warnings = warnings(&info, data.in_memory());
        warnings.extend(low_resolution);
        Ok(Self { info, stored_size, dpi, dpi_y, warnings })
    }

    /// Makes the standard rendition, and one with each of the options `further`.
    pub(crate) fn render(
        &self,
        data: FileBytes<'_>,
        policy: &Policy,
        standard: &StandardOptions,
        further: &[StandardOptions],
        renderer: &Renderer,
        cancellation: &Cancellation,
    ) -> Result<Renditions, UploadError> {
        let mut source = data.source(self.info.format, self.stored_size);
        source.orientation = self.info.orientation;
        (source.dpi, source.dpi_y) = (self.dpi, self.dpi_y);
        source.allow_active = policy.allow_active;
        Ok(renderer.render_all(&source, standard, further, policy.max_memory, cancellation)?)
    }
}

/// What the header of `data` gives reason to warn of.
fn warnings(info: &ImageInfo, data: &[u8]) -> BTreeSet<Warning> {
    let mut warnings = BTreeSet::new();
    match info.colour_model() {
        Some(ColourModel::Cmyk) if !info.has_icc => {
            warnings.insert(Warning::CmykWithoutProfile);
        }
        Some(ColourModel::DeviceN) => {
            warnings.insert(Warning::SpotColours);
        }
        _ => {}
    }
    if is_animated(info, data) {
        warnings.insert(Warning::Animation);
    }
    warnings
}

/// Whether the file has several frames, one after the other in time. Pages, and the sizes of an icon, are not.
fn is_animated(info: &ImageInfo, data: &[u8]) -> bool {
    match info.format {
        // The file is read to its second frame, or to its end.
        Format::Gif | Format::WebP => probe::count_frames(data, info.format, 1) > 1,
        Format::Png => info.frames.is_some_and(|frames| frames > 1),
        Format::Jpeg | Format::Tiff | Format::Ico | Format::Cur | Format::Pdf => false,
        // The header of a sequence may not state their number.
        _ => info.frames != Some(1),
    }
}

/// The DPI across and down as displayed: the request's for both, else the file's own, else 72.
fn resolve_dpi(requested: Option<Dpi>, info: &ImageInfo) -> (Dpi, Dpi) {
    if let Some(dpi) = requested {
        return (dpi, dpi);
    }
    let own = info.dpi().and_then(|density| Some((Dpi::round(density.x)?, density.y)));
    own.map_or((Dpi::DEFAULT, Dpi::DEFAULT), |(x, y)| (x, Dpi::round(y).unwrap_or(x)))
}

impl From<ProbeError> for UploadError {
    fn from(error: ProbeError) -> Self {
        let kind = match error {
            ProbeError::NotAnImage => ErrorKind::NotAnImage,
            ProbeError::Truncated | ProbeError::Malformed { .. } => ErrorKind::Damaged,
            ProbeError::Io(_) => ErrorKind::UnreadableFile,
        };
        Self::from_error(kind, error)
    }
}

impl From<RenderError> for UploadError {
    fn from(error: RenderError) -> Self {
        let kind = match error {
            RenderError::Damaged { .. } => ErrorKind::Damaged,
            RenderError::UnsupportedCoding { .. } => ErrorKind::UnsupportedCoding,
            RenderError::UnsupportedFormat(_) => ErrorKind::FormatNotAllowed,
            RenderError::TooMuchMemory { .. } => ErrorKind::TooMuchMemory,
            RenderError::ActiveContent { .. } => ErrorKind::ActiveContent,
            RenderError::Busy => ErrorKind::Busy,
            RenderError::Cancelled => ErrorKind::Cancelled,
        };
        Self::from_error(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::probe::{Density, DpiSource};

    fn dpi(
        requested: Option<u16>,
        own: Option<(f64, f64)>,
        orientation: Orientation,
    ) -> (u16, u16) {
        let mut info = ImageInfo::new(Format::Tiff);
        info.orientation = orientation;
        info.stored_dpi = own.map(|(x, y)| Density { x, y, source: DpiSource::Exif });
        let (x, y) = resolve_dpi(requested.and_then(Dpi::new), &info);
        (x.get(), y.get())
    }

    #[cfg(all(feature = "svg", feature = "pdf"))]
    #[test]
    fn content_that_acts_is_refused_unless_it_is_allowed() {
        let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/files");
        let policy = Policy::default().with_formats([Format::Svg, Format::Pdf]);
        for name in ["svg-draw-script.svg", "svg-draw-event.svg", "pdf-acting-open-streams.pdf"] {
            let data = std::fs::read(format!("{files}/{name}")).unwrap();
            let error = render(&data, &policy, &StandardOptions::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ActiveContent, "{name}: {error}");
            assert!(error.reason().contains("a script"), "{name}: {error}");
            let allowing = policy.clone().with_allow_active(true);
            let standard = render(&data, &allowing, &StandardOptions::default());
            assert_eq!(standard.unwrap().size, Size::new(64, 48), "{name}");
        }
    }

    #[test]
    fn both_axes_are_resolved_as_displayed() {
        let fax = Some((204.0, 98.0));
        assert_eq!(dpi(None, fax, Orientation::Upright), (204, 98));
        assert_eq!(dpi(None, fax, Orientation::Rotate90), (98, 204));
        assert_eq!(dpi(Some(300), fax, Orientation::Rotate90), (300, 300));
        assert_eq!(dpi(None, Some((0.1, 98.0)), Orientation::Upright), (72, 72));
        assert_eq!(dpi(None, Some((204.0, 1e9)), Orientation::Upright), (204, 204));
        assert_eq!(dpi(None, None, Orientation::Upright), (72, 72));
    }
}

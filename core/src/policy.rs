//! The formats and limits of a website.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::error::{ErrorKind, UploadError};
use crate::field::Dpi;
use crate::format::Format;
use crate::geometry::Size;
use crate::min_print::{MinPrint, MinPrintAction};
use crate::storage::{Quota, Quotas};
use crate::warning::Warning;

/// The formats and limits that a website accepts. [`Policy::default`] has the specification's values.
///
/// ```
/// use userimage::{Dpi, Format, Policy};
///
/// let policy = Policy::default()
///     .with_formats([Format::Jpeg, Format::Png])
///     .with_max_bytes(5 * 1024 * 1024)
///     .with_min_dpi(Dpi::new(90));
/// assert!(policy.check_format(Format::Gif).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The accepted formats. Default: [`Format::DEFAULT`].
    pub formats: BTreeSet<Format>,
    /// The largest file, in bytes. Default: 25 MiB.
    pub max_bytes: u64,
    /// The largest width as displayed, in pixels. Default: 30,000.
    pub max_width: u32,
    /// The largest height as displayed, in pixels. Default: 30,000.
    pub max_height: u32,
    /// The largest number of pixels. Default: 120 million.
    pub max_pixels: u64,
    /// The largest number of frames of an animation or pages of a TIFF. Default: no limit.
    pub max_frames: Option<u32>,
    /// The lowest accepted DPI, after resolution. Default: no limit.
    pub min_dpi: Option<Dpi>,
    /// Whether vector artwork may have content that acts in a viewer: scripts, attachments, forms that act,
    /// links that start programs. It is stored with the original and never run. Default: no.
    pub allow_active: bool,
    /// The smallest print that a picture must have enough pixels for. Default: none.
    pub min_print: Option<MinPrint>,
    /// The most memory that the rendition of one upload may need, in bytes. Default: 1 GiB. The need is
    /// estimated from the header before anything is allocated.
    pub max_memory: u64,
    /// The most that the website may have stored. Default: no limit.
    pub website_quota: Quota,
    /// The most that each of its users may have stored. Default: no limit.
    pub user_quota: Quota,
    /// The age at which [`Uploader::sweep`](crate::Uploader::sweep) deletes an image. Default: never.
    pub retention: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            formats: Format::DEFAULT.into(),
            max_bytes: 25 * 1024 * 1024,
            max_width: 30_000,
            max_height: 30_000,
            max_pixels: 120_000_000,
            max_frames: None,
            min_dpi: None,
            allow_active: false,
            min_print: None,
            max_memory: 1024 * 1024 * 1024,
            website_quota: Quota::unlimited(),
            user_quota: Quota::unlimited(),
            retention: None,
        }
    }
}

impl Policy {
    /// The same policy with these formats.
    #[must_use]
    pub fn with_formats(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.formats = formats.into_iter().collect();
        self
    }

    /// The same policy with this limit on the file's bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The same policy with this limit on each side, in pixels.
    #[must_use]
    pub fn with_max_size(mut self, max: Size) -> Self {
        (self.max_width, self.max_height) = (max.width, max.height);
        self
    }

    /// The same policy with this limit on the number of pixels.
    #[must_use]
    pub fn with_max_pixels(mut self, max_pixels: u64) -> Self {
        self.max_pixels = max_pixels;
        self
    }

    /// The same policy with this limit on frames or pages.
    #[must_use]
    pub fn with_max_frames(mut self, max_frames: Option<u32>) -> Self {
        self.max_frames = max_frames;
        self
    }

    /// The same policy with this lowest resolved DPI.
    #[must_use]
    pub fn with_min_dpi(mut self, min_dpi: Option<Dpi>) -> Self {
        self.min_dpi = min_dpi;
        self
    }

    /// The same policy, with or without content that acts.
    #[must_use]
    pub fn with_allow_active(mut self, allow_active: bool) -> Self {
        self.allow_active = allow_active;
        self
    }

    /// The same policy with this smallest print.
    #[must_use]
    pub fn with_min_print(mut self, min_print: Option<MinPrint>) -> Self {
        self.min_print = min_print;
        self
    }

    /// The same policy with this limit on the memory for decoding, in bytes.
    #[must_use]
    pub fn with_max_memory(mut self, max_memory: u64) -> Self {
        self.max_memory = max_memory;
        self
    }

    /// The same policy with this limit on all that the website has stored.
    #[must_use]
    pub fn with_website_quota(mut self, quota: Quota) -> Self {
        self.website_quota = quota;
        self
    }

    /// The same policy with this limit on what each user has stored.
    #[must_use]
    pub fn with_user_quota(mut self, quota: Quota) -> Self {
        self.user_quota = quota;
        self
    }

    /// The same policy, whose images are deleted at this age.
    #[must_use]
    pub fn with_retention(mut self, retention: Option<Duration>) -> Self {
        self.retention = retention;
        self
    }

    /// The quotas of an upload.
    #[must_use]
    pub fn quotas(&self) -> Quotas {
        Quotas::new(self.website_quota, self.user_quota)
    }

    /// Checks the file's length, before the file is read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`], with HTTP status 413.
    pub fn check_bytes(&self, bytes: u64) -> Result<(), UploadError> {
        if bytes > self.max_bytes { Err(too_large(self.max_bytes)) } else { Ok(()) }
    }

    /// Checks the format, before a decoder reads the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::FormatNotAllowed`].
    pub fn check_format(&self, format: Format) -> Result<(), UploadError> {
        if self.formats.contains(&format) {
            return Ok(());
        }
        let reason = format!("{format} is not an allowed format");
        Err(UploadError::new(ErrorKind::FormatNotAllowed, reason))
    }

    /// Checks the size as displayed, in pixels.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooWide`], [`ErrorKind::TooTall`], [`ErrorKind::TooManyPixels`].
    pub fn check_size(&self, size: Size) -> Result<(), UploadError> {
        within(size.width.into(), self.max_width.into(), ErrorKind::TooWide, "width")?;
        within(size.height.into(), self.max_height.into(), ErrorKind::TooTall, "height")?;
        within(size.pixels(), self.max_pixels, ErrorKind::TooManyPixels, "the number of pixels")
    }

    /// Checks the number of frames or pages.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooManyFrames`].
    pub fn check_frames(&self, frames: u32) -> Result<(), UploadError> {
        match self.max_frames {
            Some(limit) if frames > limit => Err(UploadError::new(
                ErrorKind::TooManyFrames,
                format!("there are more than {limit} frames"),
            )),
            _ => Ok(()),
        }
    }

    /// Checks the resolved DPI: the request's, else the file's own, else 72.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DpiUnderMinimum`].
    pub fn check_dpi(&self, dpi: Dpi) -> Result<(), UploadError> {
        match self.min_dpi {
            Some(limit) if dpi < limit => Err(UploadError::new(
                ErrorKind::DpiUnderMinimum,
                format!("{dpi} dpi is under the minimum of {limit}"),
            )),
            _ => Ok(()),
        }
    }

    /// Checks that a picture of `format` has enough pixels for the smallest print. Returns the warning with which
    /// one that has not is accepted.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PrintTooSmall`].
    pub fn check_print(&self, format: Format, size: Size) -> Result<Option<Warning>, UploadError> {
        let Some(print) = &self.min_print else { return Ok(None) };
        if format.is_vector() || print.is_met_by(size) {
            return Ok(None);
        }
        match print.action() {
            MinPrintAction::Warn => Ok(Some(Warning::LowResolution)),
            MinPrintAction::Refuse => {
                let (Size { width, height }, needed) = (size, print.pixels());
                let reason = format!(
                    "{width} x {height} pixels are too few for a print of {print}, which needs {} x {}",
                    needed.width, needed.height
                );
                Err(UploadError::new(ErrorKind::PrintTooSmall, reason))
            }
        }
    }
}

/// A file of more bytes than this. How many more is not known of one that is read to its limit.
pub(crate) fn too_large(max_bytes: u64) -> UploadError {
    let reason = format!("the file is over the limit of {max_bytes} bytes");
    UploadError::new(ErrorKind::TooLarge, reason)
}

fn within(value: u64, limit: u64, kind: ErrorKind, what: &str) -> Result<(), UploadError> {
    if value <= limit {
        return Ok(());
    }
    let reason = format!("{what} {value} is over the limit of {limit}");
    Err(UploadError::new(kind, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_states_the_limit() {
        let policy = Policy { max_width: 30_000, ..Policy::default() };
        let error = policy.check_size(Size::new(40_000, 1)).unwrap_err();
        assert_eq!(error.reason(), "width 40000 is over the limit of 30000");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::TooWide, 400));
    }

    #[test]
    fn too_many_bytes_have_http_status_413() {
        let policy = Policy { max_bytes: 10, ..Policy::default() };
        assert!(policy.check_bytes(10).is_ok());
        let error = policy.check_bytes(11).unwrap_err();
        assert_eq!(error.reason(), "the file is over the limit of 10 bytes");
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::TooLarge, 413));
    }

    #[test]
    fn frames_are_limited_only_if_configured() {
        assert!(Policy::default().check_frames(u32::MAX).is_ok());
        let limited = Policy::default().with_max_frames(Some(2));
        assert!(limited.check_frames(2).is_ok());
        assert_eq!(limited.check_frames(3).unwrap_err().kind(), ErrorKind::TooManyFrames);
    }

    #[test]
    fn too_few_pixels_for_a_print_are_refused_or_warned_of() {
        use crate::min_print::LengthUnit;

        let print = MinPrint::new(20.0, 30.0, LengthUnit::Cm, Dpi::new(150).unwrap()).unwrap();
        let policy = Policy::default().with_min_print(Some(print));
        let (small, enough) = (Size::new(1180, 4000), Size::new(1772, 1181));
        assert_eq!(policy.check_print(Format::Png, enough).unwrap(), None);
        let error = policy.check_print(Format::Png, small).unwrap_err();
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::PrintTooSmall, 400));
        assert_eq!(
            error.reason(),
            "1180 x 4000 pixels are too few for a print of 20 x 30 cm at 150 dpi, which needs 1181 x 1772"
        );
        assert_eq!(policy.check_print(Format::Svg, Size::new(9, 9)).unwrap(), None);
        let warns = policy.with_min_print(Some(print.with_action(MinPrintAction::Warn)));
        let warning = warns.check_print(Format::Png, small).unwrap();
        assert_eq!(warning, Some(Warning::LowResolution));
        assert_eq!(warns.check_print(Format::Png, enough).unwrap(), None);
    }

    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let policy = Policy::default();
        assert!(policy.check_size(Size::new(30_000, 4_000)).is_ok());
        assert!(policy.check_size(Size::new(30_001, 1)).is_err());
        assert!(policy.check_size(Size::new(1, 30_001)).is_err());
        assert!(policy.check_size(Size::new(30_000, 4_001)).is_err());
        assert!(policy.check_bytes(26_214_400).is_ok());
        assert!(policy.check_bytes(26_214_401).is_err());
        assert!(policy.check_dpi(Dpi::new(1).unwrap()).is_ok());
    }
}

//! What a website takes: formats and limits, with a default for all.

use std::collections::BTreeSet;

use crate::error::{ErrorCode, UploadError};
use crate::field::Dpi;
use crate::format::Format;
use crate::geometry::Size;

/// What a website takes. [`Policy::default`] is the specification's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The formats it takes: by default the six that have a standard rendition.
    pub formats: BTreeSet<Format>,
    /// The largest file, in bytes: 25 MiB.
    pub max_bytes: u64,
    /// The greatest width as a person sees it, in pixels: 30,000.
    pub max_width: u32,
    /// The greatest height as a person sees it, in pixels: 30,000.
    pub max_height: u32,
    /// The most pixels: 120 million.
    pub max_pixels: u64,
    /// The most frames of an animation or pages of a TIFF: no limit.
    pub max_frames: Option<u32>,
    /// The lowest resolved DPI: no limit.
    pub min_dpi: Option<Dpi>,
    /// The most memory, in bytes, that making the rendition may need: 1 GiB. It is reckoned from
    /// the header before anything is allocated.
    pub max_memory: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            formats: Format::RENDERED.into(),
            max_bytes: 25 * 1024 * 1024,
            max_width: 30_000,
            max_height: 30_000,
            max_pixels: 120_000_000,
            max_frames: None,
            min_dpi: None,
            max_memory: 1024 * 1024 * 1024,
        }
    }
}

impl Policy {
    /// Checks the file's length, before anything is read of it.
    ///
    /// # Errors
    ///
    /// Code 262, with HTTP status 413.
    pub fn check_bytes(&self, bytes: u64) -> Result<(), UploadError> {
        within(bytes, self.max_bytes, "the file's length in bytes").map_err(UploadError::too_large)
    }

    /// Checks the format, before any decoder sees the file.
    ///
    /// # Errors
    ///
    /// Code 262.
    pub fn check_format(&self, format: Format) -> Result<(), UploadError> {
        if self.formats.contains(&format) {
            Ok(())
        } else {
            Err(UploadError::new(
                ErrorCode::InvalidFile,
                format!("{format} is not an allowed format"),
            ))
        }
    }

    /// Checks the size as a person sees it, in pixels.
    ///
    /// # Errors
    ///
    /// Code 262.
    pub fn check_size(&self, size: Size) -> Result<(), UploadError> {
        within(size.width.into(), self.max_width.into(), "width")?;
        within(size.height.into(), self.max_height.into(), "height")?;
        within(size.pixels(), self.max_pixels, "the number of pixels")
    }

    /// Checks the number of frames. `count` tells it, and need not count far past the limit that it
    /// is given; it is only asked when there is a limit, since counting walks the whole file.
    ///
    /// # Errors
    ///
    /// Code 262.
    pub fn check_frames(&self, count: impl FnOnce(u32) -> u32) -> Result<(), UploadError> {
        match self.max_frames {
            Some(limit) if count(limit) > limit => Err(UploadError::new(
                ErrorCode::InvalidFile,
                format!("there are more than {limit} frames"),
            )),
            _ => Ok(()),
        }
    }

    /// Checks the resolved DPI: the request's, else the file's own, else 72.
    ///
    /// # Errors
    ///
    /// Code 265.
    pub fn check_dpi(&self, dpi: Dpi) -> Result<(), UploadError> {
        match self.min_dpi {
            Some(limit) if dpi < limit => Err(UploadError::new(
                ErrorCode::InvalidDpi,
                format!("{dpi} dpi is under the minimum of {limit}"),
            )),
            _ => Ok(()),
        }
    }
}

fn within(value: u64, limit: u64, what: &str) -> Result<(), UploadError> {
    if value <= limit {
        return Ok(());
    }
    let reason = format!("{what} {value} is over the limit of {limit}");
    Err(UploadError::new(ErrorCode::InvalidFile, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_limit() {
        let policy = Policy { max_width: 30_000, ..Policy::default() };
        let error = policy.check_size(Size::new(40_000, 1)).unwrap_err();
        assert_eq!(error.reason(), "width 40000 is over the limit of 30000");
        assert_eq!((error.code(), error.http_status()), (ErrorCode::InvalidFile, 400));
    }

    #[test]
    fn only_the_length_in_bytes_is_too_large_for_http() {
        let policy = Policy { max_bytes: 10, ..Policy::default() };
        assert!(policy.check_bytes(10).is_ok());
        assert_eq!(policy.check_bytes(11).unwrap_err().http_status(), 413);
    }

    #[test]
    fn frames_are_counted_only_under_a_limit() {
        let unlimited = Policy::default();
        assert!(unlimited.check_frames(|_| panic!("nobody asked")).is_ok());
        let limited = Policy { max_frames: Some(2), ..Policy::default() };
        assert!(limited.check_frames(|limit| limit).is_ok());
        assert!(limited.check_frames(|limit| limit + 1).is_err());
    }

    #[test]
    fn the_defaults_are_the_specification_s() {
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

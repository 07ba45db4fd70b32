//! An upload whose head is admitted and whose form is still to come.

use std::fmt;
use std::path::Path;

use super::Uploader;
use crate::cancellation::Cancellation;
use crate::error::UploadError;
use crate::field::WebsiteId;
use crate::file_bytes::open_large;
use crate::record::StoredImage;
#[cfg(feature = "http")]
use crate::request::check;
use crate::request::{FormPart, PostedFile, UploadHead};
use crate::upload_trace::UploadTrace;

/// An upload whose head is admitted: website and key are checked. It waits for its form.
///
/// It keeps its uploader alive, and may wait in another thread or task. Dropping it abandons the upload,
/// which is logged as an event at debug level.
#[must_use]
pub struct Admitted {
    pub(super) uploader: Uploader,
    pub(super) website_id: WebsiteId,
    pub(super) head: UploadHead<'static>,
    pub(super) trace: UploadTrace,
    pub(super) cancellation: Cancellation,
}

impl Admitted {
    /// The same, given up by `cancellation`.
    pub fn with_cancellation(mut self, cancellation: Cancellation) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// The website, known to the authenticator and opened by the request's key.
    #[must_use]
    pub fn website_id(&self) -> WebsiteId {
        self.website_id
    }

    /// The largest file that the website accepts, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        self.uploader.max_bytes(self.website_id)
    }

    /// Checks the form, probes the image, makes its renditions and stores all, durably and together,
    /// or stores nothing. The authenticator is not asked again.
    ///
    /// # Errors
    ///
    /// The first failure in the protocol's order.
    pub fn finish(self, form: &[FormPart<'_>]) -> Result<StoredImage, UploadError> {
        self.uploader.finish(self.website_id, &self.head, form, self.trace, &self.cancellation)
    }

    /// As [`finish`](Self::finish), with the file at `path` as the only part of the form. Its name is
    /// `file_name`, or the last part of the path.
    ///
    /// A file of at least 8 MiB whose format allows it is not read into memory: a TIFF that is not JPEG inside,
    /// and whose strips or tiles, unless they are not compressed, have at most 16 MiB each, under a policy
    /// without `max_frames`. It must not change meanwhile; one that does is not stored.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish), and as [`PostedFile::from_path`].
    pub fn finish_path(
        self,
        path: impl AsRef<Path>,
        file_name: Option<&str>,
    ) -> Result<StoredImage, UploadError> {
        let path = path.as_ref();
        let own_name = path.file_name().map(|name| name.to_string_lossy());
        let file_name = file_name.or(own_name.as_deref());
        if let Some(file) = open_large(path, self.uploader.policy(self.website_id)) {
            let Self { uploader, website_id, head, trace, cancellation } = self;
            let file = (&file, file_name);
            return uploader.finish_on_disk(website_id, &head, file, trace, &cancellation);
        }
        match PostedFile::from_path(path, self.max_bytes()) {
            Ok(file) => self.finish(&[file.with_file_name(file_name).into()]),
            Err(error) => Err(self.refuse(error)),
        }
    }

    /// Checks user and DPI as if the form were empty.
    #[cfg(feature = "http")]
    pub(crate) fn check_without_form(&self) -> Result<(), UploadError> {
        check::parameters(&self.head, &[]).map(|_| ())
    }

    /// Logs that the upload is refused with `error`, and returns it: for a host that finds the file
    /// too large while it reads it, and so never calls [`finish`](Self::finish).
    #[must_use]
    pub fn refuse(self, error: UploadError) -> UploadError {
        self.trace.refused(&error);
        error
    }

    /// Logs that the client has not sent the body in time.
    #[cfg(feature = "http")]
    pub(crate) fn time_out(self) {
        self.trace.timed_out();
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitted")
            .field("website_id", &self.website_id)
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

//! The log event of an upload.

use std::time::{Duration, Instant};

use crate::error::{ErrorCode, ErrorKind, UploadError};
use crate::field::WebsiteId;
use crate::format::Format;
use crate::record::StoredImage;

/// The data of an upload's log event. It contains no key, no user id and no file content.
pub(crate) struct UploadTrace {
    mark: Instant,
    website: Option<WebsiteId>,
    pub(crate) format: Option<Format>,
    pub(crate) bytes: u64,
    request: Duration,
    probe: Duration,
    rendition: Duration,
    storage: Duration,
}

/// A step of an upload whose duration the event contains.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Request,
    Probe,
    Rendition,
    Storage,
}

impl UploadTrace {
    pub(crate) fn start(website: Option<WebsiteId>) -> Self {
        Self {
            mark: Instant::now(),
            website,
            format: None,
            bytes: 0,
            request: Duration::ZERO,
            probe: Duration::ZERO,
            rendition: Duration::ZERO,
            storage: Duration::ZERO,
        }
    }

    /// Records that `step` ends now.
    pub(crate) fn mark(&mut self, step: Step) {
        let now = Instant::now();
        let elapsed = now.duration_since(std::mem::replace(&mut self.mark, now));
        *match step {
            Step::Request => &mut self.request,
            Step::Probe => &mut self.probe,
            Step::Rendition => &mut self.rendition,
            Step::Storage => &mut self.storage,
        } = elapsed;
    }

    pub(crate) fn finish(&self, result: &Result<StoredImage, UploadError>) {
        match result {
            Ok(image) => self.stored(image),
            Err(error) => self.refused(error),
        }
    }

    fn stored(&self, image: &StoredImage) {
        let (size, standard) = (image.record.size(), image.record.standard);
        tracing::info!(
            website = self.website.map(WebsiteId::get),
            id = image.id.get(),
            format = self.format.map(Format::name),
            bytes = self.bytes,
            width = size.width,
            height = size.height,
            standard_format = standard.format.name(),
            standard_bytes = standard.bytes,
            standard_width = standard.size.width,
            standard_height = standard.size.height,
            request_us = micros(self.request),
            probe_us = micros(self.probe),
            rendition_us = micros(self.rendition),
            storage_us = micros(self.storage),
            "image stored"
        );
    }

    pub(crate) fn refused(&self, error: &UploadError) {
        let website = self.website.map(WebsiteId::get);
        let format = self.format.map(Format::name);
        match error.code() {
            ErrorCode::ServerError if error.kind() != ErrorKind::Cancelled => {
                tracing::error!(
                    website,
                    format,
                    bytes = self.bytes,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    kind = error.kind().name(),
                    error = %error,
                    "upload failed"
                );
            }
            code => {
                tracing::info!(
                    website,
                    format,
                    bytes = self.bytes,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    code = code.number(),
                    kind = error.kind().name(),
                    reason = error.reason(),
                    "upload refused"
                );
            }
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

//! The log event of an upload, and what is counted of it.

use std::time::{Duration, Instant};

use tracing::Span;
use tracing::span::EnteredSpan;

use crate::error::{ErrorCode, ErrorKind, UploadError};
use crate::field::WebsiteId;
use crate::format::Format;
use crate::metrics::{InFlight, Metrics};
use crate::record::StoredImage;

/// An upload that has begun. It logs and counts its end, once; it is abandoned if nothing else has
/// ended it when it is dropped. The event contains no key, no user id and no file content.
pub(crate) struct UploadTrace {
    /// The span that the upload began in. Its end may come in another thread.
    span: Span,
    in_flight: InFlight,
    mark: Instant,
    website: Option<WebsiteId>,
    pub(crate) format: Option<Format>,
    pub(crate) bytes: u64,
    request: Duration,
    probe: Duration,
    rendition: Duration,
    inspection: Duration,
    storage: Duration,
    has_ended: bool,
}

/// A step of an upload whose duration the event contains.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Request,
    Probe,
    Rendition,
    Inspection,
    Storage,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Probe => "probe",
            Self::Rendition => "rendition",
            Self::Inspection => "inspection",
            Self::Storage => "storage",
        }
    }
}

impl UploadTrace {
    pub(crate) fn start(metrics: &Metrics, website: Option<WebsiteId>) -> Self {
        Self {
            span: Span::current(),
            in_flight: metrics.begins(),
            mark: Instant::now(),
            website,
            format: None,
            bytes: 0,
            request: Duration::ZERO,
            probe: Duration::ZERO,
            rendition: Duration::ZERO,
            inspection: Duration::ZERO,
            storage: Duration::ZERO,
            has_ended: false,
        }
    }

    /// The first step begins now, in this thread: in the upload's span while the result lives.
    pub(crate) fn restart(&mut self) -> EnteredSpan {
        self.mark = Instant::now();
        self.span.clone().entered()
    }

    /// Records that `step` ends now.
    pub(crate) fn mark(&mut self, step: Step) {
        let now = Instant::now();
        let elapsed = now.duration_since(std::mem::replace(&mut self.mark, now));
        *match step {
            Step::Request => &mut self.request,
            Step::Probe => &mut self.probe,
            Step::Rendition => &mut self.rendition,
            Step::Inspection => &mut self.inspection,
            Step::Storage => &mut self.storage,
        } = elapsed;
        self.in_flight.metrics().step(step.name(), elapsed);
    }

    pub(crate) fn finish(self, result: &Result<StoredImage, UploadError>) {
        match result {
            Ok(image) => self.stored(image),
            Err(error) => self.refused(error),
        }
    }

    fn stored(mut self, image: &StoredImage) {
        let _span = self.end("stored", "");
        let (size, standard) = (image.record.size(), image.record.standard);
        let warnings: Vec<_> = image.record.warnings.iter().map(|warning| warning.name()).collect();
        let warnings = (!warnings.is_empty()).then(|| warnings.join(","));
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
            warnings,
            request_us = micros(self.request),
            probe_us = micros(self.probe),
            rendition_us = micros(self.rendition),
            inspection_us = micros(self.inspection),
            storage_us = micros(self.storage),
            "image stored"
        );
    }

    pub(crate) fn refused(mut self, error: &UploadError) {
        let kind = error.kind().name();
        let website = self.website.map(WebsiteId::get);
        let format = self.format.map(Format::name);
        match error.code() {
            ErrorCode::ServerError if error.kind() != ErrorKind::Cancelled => {
                let _span = self.end("failed", kind);
                tracing::error!(
                    website,
                    format,
                    bytes = self.bytes,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    inspection_us = micros(self.inspection),
                    kind,
                    error = %error,
                    "upload failed"
                );
            }
            code => {
                let _span = self.end("refused", kind);
                tracing::info!(
                    website,
                    format,
                    bytes = self.bytes,
                    request_us = micros(self.request),
                    probe_us = micros(self.probe),
                    rendition_us = micros(self.rendition),
                    inspection_us = micros(self.inspection),
                    code = code.number(),
                    kind,
                    reason = error.reason(),
                    "upload refused"
                );
            }
        }
    }

    /// The client has not sent the body in time.
    #[cfg(feature = "http")]
    pub(crate) fn timed_out(mut self) {
        let _span = self.end("timed_out", "");
        tracing::info!(website = self.website.map(WebsiteId::get), "upload timed out");
    }

    /// Counts the end; its event is for the span that this returns.
    fn end(&mut self, result: &'static str, kind: &'static str) -> EnteredSpan {
        self.has_ended = true;
        self.in_flight.metrics().upload(result, kind, self.bytes);
        self.span.clone().entered()
    }
}

impl Drop for UploadTrace {
    fn drop(&mut self) {
        if !self.has_ended {
            let _span = self.end("abandoned", "");
            tracing::debug!(website = self.website.map(WebsiteId::get), "upload abandoned");
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

//! `/health`, `/ready` and `/metrics`, for those who operate the server.

use http::StatusCode;
use http::header::CACHE_CONTROL;

use super::answer::{self, Answer};
use crate::field::WebsiteId;
use crate::record::ImageId;
use crate::storage::{Storage, StorageError};

/// The process answers requests.
pub(super) fn live() -> Answer {
    text(StatusCode::OK, "text/plain; charset=utf-8", "ok\n")
}

/// The storage answers: 200, else 503.
pub(super) fn ready(storage: &dyn Storage) -> Answer {
    match ask(storage) {
        Ok(()) => live(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the storage does not answer");
            let text = "the storage does not answer\n";
            self::text(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", text)
        }
    }
}

/// Looks for one image, whichever it is. A host's storage need not support that.
fn ask(storage: &dyn Storage) -> Result<(), StorageError> {
    let (Some(website), Some(id)) = (WebsiteId::new(1), ImageId::new(1)) else { return Ok(()) };
    match storage.find(website, id) {
        Err(error) if !error.is_unsupported() => Err(error),
        _ => Ok(()),
    }
}

/// The counters of an uploader.
#[cfg(feature = "metrics")]
pub(super) fn metrics(uploader: &crate::Uploader) -> Answer {
    text(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", &uploader.metrics())
}

fn text(status: StatusCode, content_type: &'static str, text: &str) -> Answer {
    let mut answer = answer::with_type(status, content_type, text.as_bytes().to_vec());
    answer::set(answer.headers_mut(), CACHE_CONTROL, "no-store");
    answer
}

//! The files of an image, for whoever knows the unique name.

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED, RANGE,
};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::answer::{self, Answer};
use super::conditional::{Outcome, Validators};
use super::range::{self, Wanted};
use crate::envelope::Envelope;
use crate::error::{ErrorKind, UploadError};
use crate::format::Format;
use crate::record::{BlobKey, StoredImage, Variant};
use crate::storage::{Storage, StorageError};

/// Nothing in a file may run or load anything, whatever a browser takes it for.
const POLICY: &str = "default-src 'none'; sandbox";

/// A file never changes, but its owner may delete it: a browser may keep it for a day, and nobody
/// between for others.
const CACHING: &str = "private, max-age=86400, immutable";

pub(super) fn answer(storage: &dyn Storage, key: &BlobKey, head: &Parts) -> Answer {
    match find(storage, key, head) {
        Ok(Some(answer)) => answer,
        Ok(None) => answer::not_found(),
        Err(error) => {
            tracing::error!(%key, error = &error as &dyn std::error::Error, "a file was not read");
            let error = UploadError::from_error(ErrorKind::StorageFailed, error);
            answer::envelope(&Envelope::from(&error))
        }
    }
}

fn find(
    storage: &dyn Storage,
    key: &BlobKey,
    head: &Parts,
) -> Result<Option<Answer>, StorageError> {
    let Some(image) = image_of(storage, key)? else { return Ok(None) };
    let record = &image.record;
    let key = record.blob_key(key.variant());
    let format = match key.variant() {
        Variant::Original => record.format,
        Variant::Standard => record.standard.format,
    };
    let validators = Validators::new(key.name().as_str(), record.created);
    let mut answer = match validators.evaluate(&head.headers) {
        Outcome::NotModified => with_status(StatusCode::NOT_MODIFIED),
        Outcome::Failed => with_status(StatusCode::PRECONDITION_FAILED),
        Outcome::Send => match storage.read(record.website_id, image.id, key.variant())? {
            Some(bytes) => send(bytes, format, &validators, head),
            None => return Ok(None),
        },
    };
    let status = answer.status();
    if status == StatusCode::NOT_MODIFIED && head.method == Method::HEAD {
        // Or a server tells the length of what it sends, which is nothing.
        let length = HeaderValue::from(record.blob_len(key.variant()));
        answer.headers_mut().insert(CONTENT_LENGTH, length);
    }
    let headers = answer.headers_mut();
    answer::set(headers, ETAG, &validators.etag);
    answer::set(headers, LAST_MODIFIED, &httpdate::fmt_http_date(validators.modified));
    let caching = if status.is_client_error() { "no-store" } else { CACHING };
    answer::set(headers, CACHE_CONTROL, caching);
    answer::set(headers, CONTENT_SECURITY_POLICY, POLICY);
    answer::set(headers, CONTENT_DISPOSITION, &format!("inline; filename=\"{}\"", key.name()));
    answer::set(headers, ACCEPT_RANGES, "bytes");
    Ok(Some(answer))
}

/// The image that a path leads to. A list tells the unique name alone, so that the rendition is found
/// under it too, though its own name may have another extension.
fn image_of(storage: &dyn Storage, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
    match (storage.find_key(key)?, key.variant()) {
        (None, Variant::Standard) => storage.find_key(&key.of(Variant::Original)),
        (found, _) => Ok(found),
    }
}

fn send(mut bytes: Vec<u8>, format: Format, validators: &Validators, head: &Parts) -> Answer {
    let len = bytes.len();
    let wanted = match head.headers.get(RANGE).and_then(|range| range.to_str().ok()) {
        // RFC 9110, section 14.2: ranges are of `GET` alone.
        Some(range) if head.method == Method::GET && validators.range_applies(&head.headers) => {
            range::wanted(range, len)
        }
        _ => Wanted::All,
    };
    let (status, content_range) = match wanted {
        Wanted::All => (StatusCode::OK, None),
        Wanted::Part(range) => {
            let told = format!("bytes {}-{}/{len}", range.start, range.end - 1);
            bytes.truncate(range.end);
            bytes.drain(..range.start);
            (StatusCode::PARTIAL_CONTENT, Some(told))
        }
        Wanted::Unsatisfiable => {
            bytes.clear();
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(format!("bytes */{len}")))
        }
    };
    let mut answer = answer::with_type(status, format.mime_type(), bytes);
    if let Some(told) = content_range {
        answer::set(answer.headers_mut(), CONTENT_RANGE, &told);
    }
    answer
}

fn with_status(status: StatusCode) -> Answer {
    let mut answer = Answer::new(Vec::new());
    *answer.status_mut() = status;
    answer
}

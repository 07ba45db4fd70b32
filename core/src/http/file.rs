//! Serves the files of an image to everyone who knows its unique name.

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED, RANGE,
};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::answer::{self, Answer};
use super::conditional::{Precondition, Validators};
use super::range::ByteRange;
use crate::config::CacheControl;
use crate::envelope::Envelope;
use crate::error::{ErrorKind, UploadError};
use crate::format::Format;
use crate::record::{BlobKey, StoredImage, Variant};
use crate::storage::{Storage, StorageError};

/// A browser must not run or load anything from a file, whatever type it assumes.
const POLICY: &str = "default-src 'none'; sandbox";

pub(super) fn answer(
    storage: &dyn Storage,
    key: &BlobKey,
    caching: &CacheControl,
    head: &Parts,
) -> Answer {
    match find(storage, key, caching, head) {
        Ok(Some(answer)) => answer,
        Ok(None) => answer::not_found(),
        Err(error) => {
            tracing::error!(%key, error = &error as &dyn std::error::Error, "cannot read a file");
            let error = UploadError::from_error(ErrorKind::StorageFailed, error);
            answer::envelope(&Envelope::from(&error))
        }
    }
}

fn find(
    storage: &dyn Storage,
    key: &BlobKey,
    caching: &CacheControl,
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
        Precondition::NotModified => with_status(StatusCode::NOT_MODIFIED),
        Precondition::Failed => with_status(StatusCode::PRECONDITION_FAILED),
        Precondition::Pass => match storage.read(record.website_id, image.id, key.variant())? {
            Some(bytes) => send(bytes, format, &validators, head),
            None => return Ok(None),
        },
    };
    let status = answer.status();
    if status == StatusCode::NOT_MODIFIED && head.method == Method::HEAD {
        // Otherwise a server sets the length of the body that it sends, which is empty.
        let length = HeaderValue::from(record.blob_len(key.variant()));
        answer.headers_mut().insert(CONTENT_LENGTH, length);
    }
    let headers = answer.headers_mut();
    answer::set(headers, ETAG, &validators.etag);
    answer::set(headers, LAST_MODIFIED, &httpdate::fmt_http_date(validators.modified));
    let caching = if status.is_client_error() { "no-store" } else { caching.as_str() };
    answer::set(headers, CACHE_CONTROL, caching);
    answer::set(headers, CONTENT_SECURITY_POLICY, POLICY);
    answer::set(headers, CONTENT_DISPOSITION, &format!("inline; filename=\"{}\"", key.name()));
    answer::set(headers, ACCEPT_RANGES, "bytes");
    Ok(Some(answer))
}

/// The image whose file is `key`. A rendition is also found under the image's unique name, whose
/// extension may differ from its own: a list contains only the unique name.
fn image_of(storage: &dyn Storage, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
    match (storage.find_key(key)?, key.variant()) {
        (None, Variant::Standard) => storage.find_key(&key.of(Variant::Original)),
        (found, _) => Ok(found),
    }
}

fn send(mut bytes: Vec<u8>, format: Format, validators: &Validators, head: &Parts) -> Answer {
    let len = bytes.len();
    let range = match head.headers.get(RANGE).and_then(|range| range.to_str().ok()) {
        // RFC 9110, section 14.2: `Range` applies to `GET` only.
        Some(range) if head.method == Method::GET && validators.range_applies(&head.headers) => {
            ByteRange::parse(range, len)
        }
        _ => ByteRange::All,
    };
    let (status, content_range) = match range {
        ByteRange::All => (StatusCode::OK, None),
        ByteRange::Part(range) => {
            let content_range = format!("bytes {}-{}/{len}", range.start, range.end - 1);
            bytes.truncate(range.end);
            bytes.drain(..range.start);
            (StatusCode::PARTIAL_CONTENT, Some(content_range))
        }
        ByteRange::Unsatisfiable => {
            bytes.clear();
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(format!("bytes */{len}")))
        }
    };
    let mut answer = answer::with_type(status, format.mime_type(), bytes);
    if let Some(content_range) = content_range {
        answer::set(answer.headers_mut(), CONTENT_RANGE, &content_range);
    }
    answer
}

fn with_status(status: StatusCode) -> Answer {
    let mut answer = Answer::new(Vec::new());
    *answer.status_mut() = status;
    answer
}

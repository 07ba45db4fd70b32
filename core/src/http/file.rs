//! Serves the files of an image to everyone who knows its unique name.

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, ETAG, LAST_MODIFIED, RANGE,
};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::ResponseBody;
use super::answer::{self, Answer};
use super::conditional::{Precondition, Validators};
use super::range::ByteRange;
use crate::config::CacheControl;
use crate::envelope::Envelope;
use crate::error::{ErrorKind, UploadError};
use crate::record::{BlobKey, Variant};
use crate::storage::{Storage, StorageError, StoredFile};

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
    let Some(file) = open(storage, key)? else { return Ok(None) };
    let (key, len) = (file.key(), file.len());
    let validators = Validators::new(key.name().as_str(), file.image().record.created);
    let mut answer = match validators.evaluate(&head.headers) {
        Precondition::NotModified => with_status(StatusCode::NOT_MODIFIED),
        Precondition::Failed => with_status(StatusCode::PRECONDITION_FAILED),
        Precondition::Pass => send(file, &validators, head),
    };
    let status = answer.status();
    if status == StatusCode::NOT_MODIFIED && head.method == Method::HEAD {
        // Otherwise a server sets the length of the body that it sends, which is empty.
        let length = HeaderValue::from(len);
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

/// Opens the file `key`. A rendition is also found under the image's unique name, whose extension may
/// differ from its own: a list contains only the unique name.
fn open(storage: &dyn Storage, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
    let opened = storage.open_key(key)?;
    let variant = key.variant();
    if opened.is_some() || variant == Variant::Original {
        return Ok(opened);
    }
    match storage.find_key(&key.of(Variant::Original))? {
        Some(image) if image.record.has(variant) => {
            storage.open(image.record.website_id, image.id, variant)
        }
        _ => Ok(None),
    }
}

fn send(file: StoredFile, validators: &Validators, head: &Parts) -> Answer {
    let (len, mime_type) = (file.len(), file.mime_type());
    let range = match head.headers.get(RANGE).and_then(|range| range.to_str().ok()) {
        // RFC 9110, section 14.2: `Range` applies to `GET` only.
        Some(range) if head.method == Method::GET && validators.range_applies(&head.headers) => {
            ByteRange::parse(range, len)
        }
        _ => ByteRange::All,
    };
    let (status, body, content_range) = match range {
        ByteRange::All => (StatusCode::OK, ResponseBody::from(file), None),
        ByteRange::Part(range) => {
            let content_range = format!("bytes {}-{}/{len}", range.start, range.end - 1);
            (StatusCode::PARTIAL_CONTENT, ResponseBody::part(file, range), Some(content_range))
        }
        ByteRange::Unsatisfiable => {
            let content_range = format!("bytes */{len}");
            (StatusCode::RANGE_NOT_SATISFIABLE, ResponseBody::default(), Some(content_range))
        }
    };
    let mut answer = answer::with_type(status, mime_type, body);
    if let Some(content_range) = content_range {
        answer::set(answer.headers_mut(), CONTENT_RANGE, &content_range);
    }
    answer
}

fn with_status(status: StatusCode) -> Answer {
    let mut answer = Answer::new(ResponseBody::default());
    *answer.status_mut() = status;
    answer
}

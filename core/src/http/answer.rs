//! How an answer becomes a response of HTTP.

use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::envelope::Envelope;

/// A whole answer: status, headers and bytes.
pub(super) type Answer = http::Response<Vec<u8>>;

/// An envelope: never kept by a cache, never taken for anything but JSON.
pub(super) fn envelope(response: &Envelope) -> Answer {
    let status = StatusCode::from_u16(response.http_status());
    let mut answer = with_type(
        status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        "application/json; charset=utf-8",
        response.as_json().as_bytes().to_vec(),
    );
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// There is no such resource.
pub(super) fn not_found() -> Answer {
    envelope(&Envelope::http_error(404, "Not found"))
}

/// The resource does not take the method.
pub(super) fn method_not_allowed(allow: &'static str) -> Answer {
    let mut answer = envelope(&Envelope::http_error(405, "Method not allowed"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    answer
}

/// An answer of any type. A browser must take it for no other.
pub(super) fn with_type(status: StatusCode, content_type: &'static str, body: Vec<u8>) -> Answer {
    let length = HeaderValue::from(body.len());
    let mut answer = Answer::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Sets a header whose value is made of texts that fit into one.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What `HEAD` gets of an answer to `GET`: all but the body.
pub(super) fn without_body(answer: Answer) -> Answer {
    answer.map(|_| Vec::new())
}

//! Builds HTTP responses.

use http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::ResponseBody;
use crate::envelope::Envelope;
use crate::error::UploadError;

/// A complete response: status, headers and body.
pub(super) type Answer = http::Response<ResponseBody>;

/// The response with an envelope as its body. Caches must not keep it.
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

/// The kind of the error for which a request is refused.
const X_UPLOAD_ERROR: HeaderName = HeaderName::from_static("x-upload-error");

/// The reason for which a request is refused, in words.
const X_UPLOAD_REASON: HeaderName = HeaderName::from_static("x-upload-reason");

/// Adds to a refusal its kind and reason.
pub(super) fn explain(answer: &mut Answer, error: &UploadError) {
    set(answer.headers_mut(), X_UPLOAD_ERROR, error.kind().name());
    set(answer.headers_mut(), X_UPLOAD_REASON, error.reason());
}

/// The response for a path that is not served.
pub(super) fn not_found() -> Answer {
    envelope(&Envelope::http_error(404, "Not found"))
}

/// The response for a method that the resource does not support.
pub(super) fn method_not_allowed(allow: &'static str) -> Answer {
    let mut answer = envelope(&Envelope::http_error(405, "Method not allowed"));
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    answer
}

/// The response for a body that is encoded (RFC 9110, section 15.5.16).
pub(super) fn unsupported_encoding() -> Answer {
    let mut answer = envelope(&Envelope::http_error(415, "Unsupported Content-Encoding"));
    answer.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    answer
}

/// A response with a body of this type. `nosniff`: a browser must not interpret it as another type.
pub(super) fn with_type(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<ResponseBody>,
) -> Answer {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut answer = Answer::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Sets a header. Does nothing if `value` is not a valid header value.
pub(super) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The response to `HEAD`: that to `GET` without its body.
pub(super) fn without_body(answer: Answer) -> Answer {
    answer.map(|_| ResponseBody::default())
}

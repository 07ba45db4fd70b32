//! Cross-Origin Resource Sharing (the Fetch Standard, section 3.2): which pages of other origins may use
//! a resource.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::answer::Answer;
use crate::config::Origin;

/// The headers of a response that a page may read, besides those that it always may.
const EXPOSED: &str = "Accept-Ranges, Content-Disposition, Content-Range, ETag, WWW-Authenticate, \
                       X-Upload-Error, X-Upload-Reason";

/// How long a browser may keep the answer to a preflight, in seconds: as long as any does.
const MAX_AGE: &str = "7200";

/// The headers that every response to a request has for its origin.
#[derive(Debug)]
pub(super) struct Cors {
    headers: Vec<(HeaderName, HeaderValue)>,
    is_allowed: bool,
}

impl Cors {
    /// What `origins` allow the origin of a request. `None` if no origin is configured.
    pub(super) fn of(origins: &[Origin], request: &HeaderMap) -> Option<Self> {
        if origins.is_empty() {
            return None;
        }
        let mut headers = Vec::new();
        let is_any = origins.iter().any(Origin::is_any);
        let named = origin(request).filter(|value| {
            let is_it = |origin: &Origin| origin.as_str().as_bytes() == value.as_bytes();
            origins.iter().any(|origin| !origin.is_any() && is_it(origin))
        });
        // A cache must not give one origin the response for another.
        if !origins.iter().all(Origin::is_any) {
            headers.push((VARY, HeaderValue::from_static("Origin")));
        }
        if let Some(origin) = named {
            headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
            let credentials = HeaderValue::from_static("true");
            headers.push((ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials));
        } else if is_any {
            headers.push((ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")));
        }
        let is_allowed = is_any || named.is_some();
        if is_allowed {
            headers.push((ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED)));
        }
        Some(Self { headers, is_allowed })
    }

    /// Adds the headers to a response.
    pub(super) fn add_to(&self, answer: &mut Answer) {
        for (name, value) in &self.headers {
            answer.headers_mut().insert(name, value.clone());
        }
    }

    /// The response to `OPTIONS`, for a resource with the methods `allow`. It allows the headers that
    /// the page wants to send: those that the endpoint does not know have no effect.
    pub(super) fn options(&self, allow: &'static str, request: &HeaderMap) -> Answer {
        let mut answer = Answer::new(super::ResponseBody::default());
        *answer.status_mut() = StatusCode::NO_CONTENT;
        self.add_to(&mut answer);
        let headers = answer.headers_mut();
        let allow = HeaderValue::from_static(allow);
        headers.insert(ALLOW, allow.clone());
        if self.is_allowed && request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            // One header: a host may keep one of a name.
            let vary = match headers.contains_key(VARY) {
                true => "Origin, Access-Control-Request-Headers",
                false => "Access-Control-Request-Headers",
            };
            headers.insert(VARY, HeaderValue::from_static(vary));
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, allow);
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
            if let Some(wanted) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        answer
    }
}

/// The origin of a request, if it has one and no more.
fn origin(request: &HeaderMap) -> Option<&HeaderValue> {
    let mut origins = request.get_all(ORIGIN).iter();
    let origin = origins.next()?;
    origins.next().is_none().then_some(origin)
}

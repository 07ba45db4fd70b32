//! The endpoint: an HTTP request in, an HTTP response out.
//!
//! ```
//! use userimage::http::{Endpoint, HttpOptions};
//! use userimage::{ClientKeys, Uploader, storage::MemoryStorage};
//!
//! let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
//!     .authenticator(ClientKeys::new([(1001, "abc123")])?)
//!     .build()?;
//! let endpoint = Endpoint::new(uploader, HttpOptions::default());
//!
//! let request = http::Request::post("/api/4/UploadImage/UploadImage?userId=12345&DPI=96")
//!     .header("websiteId", "1001")
//!     .header("webApiClientKey", "abc123")
//!     .header("Content-Type", "multipart/form-data; boundary=x")
//!     .body(&b"--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\nno image\r\n--x--"[..])?;
//! let response = endpoint.handle(request);
//! assert_eq!(response.status(), 400);
//! assert_eq!(
//!     response.body().as_bytes().unwrap_or_default(),
//!     br#"{"Response":"Error","Message":"Invalid or missing file","Data":null,"ErrorCode":"262"}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host that streams bodies calls [`Endpoint::begin`], [`BodyReceiver::feed`] and
//! [`BodyReceiver::finish`]. `begin` refuses an invalid method, path, header or query before the body
//! is read.

mod answer;
mod body;
mod body_receiver;
mod conditional;
mod cors;
mod file;
mod head;
mod health;
mod list;
mod multipart;
mod page;
mod probe;
mod query;
mod range;
mod request_context;
mod response_body;
mod route;
mod settings;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method};

use self::answer::Answer;
use self::cors::Cors;
use self::multipart::{Boundary, MultipartError};
use self::route::Route;
use crate::config::Config;
use crate::config_error::ConfigError;
use crate::envelope::Envelope;
use crate::error::{ErrorCode, ErrorKind, UploadError};
use crate::request::UploadHead;
use crate::uploader::{Admitted, Uploader};

pub use self::answer::error_response;
pub use self::body::Body;
pub use self::body_receiver::BodyReceiver;
pub use self::head::head;
pub use self::multipart::parse_form;
pub use self::request_context::RequestContext;
pub use self::response_body::{ResponseBody, buffered};
pub use crate::config::{CacheControl, HttpOptions, Origin, PathPrefix, TrustedProxy};
// The types in this module's signatures.
pub use ::http::request::Parts;
pub use ::http::{Request, Response};

/// The HTTP endpoint of an [`Uploader`]. Clones share it and are cheap.
///
/// ```
/// use userimage::Config;
/// use userimage::http::{Endpoint, Request};
///
/// let config = Config::from_json(
///     r#"{"storage": {"memory": {"base_url": "https://img.example/"}},
///         "authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"]}]}"#,
/// )?;
/// let endpoint = Endpoint::from_config(&config)?;
/// let response = endpoint.handle(Request::get("/api/4/UploadImage/UploadImage").body(())?);
/// assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (405, &"POST".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Endpoint(Arc<Shared>);

struct Shared {
    uploader: Uploader,
    options: HttpOptions,
}

/// The result of a request's head.
#[derive(Debug)]
pub enum RequestStart {
    /// The response. The body, if any, need not be read.
    Complete(http::Response<ResponseBody>),
    /// The response depends on the body.
    NeedsBody(BodyReceiver),
}

impl Endpoint {
    /// Creates an endpoint for `uploader`.
    #[must_use]
    pub fn new(uploader: Uploader, options: HttpOptions) -> Self {
        Self(Arc::new(Shared { uploader, options }))
    }

    /// Creates the endpoint that `config` describes and opens its storage.
    ///
    /// # Errors
    ///
    /// As [`Config::open`].
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self::new(config.open()?, config.http.clone()))
    }

    /// The uploader of this endpoint.
    #[must_use]
    pub fn uploader(&self) -> &Uploader {
        &self.0.uploader
    }

    /// Handles a request and returns the response. A body that is a reader is read to its end or to one
    /// byte past the limit, and not at all if the head decides the response.
    pub fn handle<'b>(
        &self,
        request: http::Request<impl Into<Body<'b>>>,
    ) -> http::Response<ResponseBody> {
        let (head, body) = request.into_parts();
        match self.begin(&head) {
            RequestStart::Complete(answer) => answer,
            RequestStart::NeedsBody(receiver) => receiver.read(body.into()),
        }
    }

    /// Handles the method, path, query and headers of a request. Returns the response, or a receiver
    /// for the body. This calls the authenticator, and the storage for a `GET`, so it may block.
    #[must_use]
    pub fn begin(&self, head: &http::request::Parts) -> RequestStart {
        let context = head.extensions.get::<RequestContext>().cloned();
        let context = context.unwrap_or_else(|| self.context(&head.headers, None));
        context.span().in_scope(|| match self.route(head) {
            RequestStart::Complete(answer) => {
                let (method, path) = (head.method.as_str(), head.uri.path());
                tracing::debug!(method, path, status = answer.status().as_u16(), "answered");
                // A host sends the response unchanged, so that to `HEAD` must have no body.
                RequestStart::Complete(match head.method {
                    Method::HEAD => answer::without_body(answer),
                    _ => answer,
                })
            }
            start => start,
        })
    }

    /// The context of a request with these headers. `peer` is the address at the other end of the
    /// connection. A host adds it to the extensions of the head that it passes to [`begin`](Self::begin).
    #[must_use]
    pub fn context(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> RequestContext {
        RequestContext::new(headers, peer, &self.0.options.trusted_proxies)
    }

    fn route(&self, head: &http::request::Parts) -> RequestStart {
        let options = &self.0.options;
        let Some(route) = Route::find(head.uri.path(), options) else {
            return RequestStart::Complete(answer::not_found());
        };
        let origins = if route.is_shared() { &options.origins[..] } else { &[] };
        let cors = Cors::of(origins, options.credentials, &head.headers);
        let allow = route.allow(cors.is_some());
        let start = match (&cors, &head.method) {
            (Some(cors), &Method::OPTIONS) => {
                return RequestStart::Complete(cors.options(allow, &head.headers));
            }
            (_, method) if !route.supports(method) => {
                RequestStart::Complete(answer::method_not_allowed(allow))
            }
            _ => self.start(route, head),
        };
        match start {
            RequestStart::Complete(mut answer) => {
                if let Some(cors) = cors {
                    cors.add_to(&mut answer);
                }
                RequestStart::Complete(answer)
            }
            RequestStart::NeedsBody(receiver) => RequestStart::NeedsBody(receiver.with_cors(cors)),
        }
    }

    /// Handles a request for `route` with a method that it supports.
    fn start(&self, route: Route, head: &http::request::Parts) -> RequestStart {
        let query = head.uri.query().unwrap_or_default();
        let headers = &head.headers;
        RequestStart::Complete(match route {
            Route::Upload => return self.begin_upload(query, headers),
            Route::Probe => return self.begin_probe(headers),
            Route::List => self.answer(list::answer(self.uploader(), &upload_head(query, headers))),
            Route::Settings => {
                self.answer(settings::answer(self.uploader(), &upload_head(query, headers)))
            }
            Route::File(key) => {
                let caching = &self.0.options.cache_control;
                file::answer(self.uploader().storage(), &key, caching, head)
            }
            Route::Page => page::answer(),
            Route::Health => health::live(),
            Route::Ready => health::ready(self.uploader().storage()),
            #[cfg(feature = "metrics")]
            Route::Metrics => health::metrics(self.uploader()),
        })
    }

    /// Checks all that the head of an upload decides.
    fn begin_upload(&self, query: &str, headers: &HeaderMap) -> RequestStart {
        let admitted = match self.uploader().admit(&upload_head(query, headers)) {
            Ok(admitted) => admitted,
            Err(error) => return RequestStart::Complete(self.refusal(&error)),
        };
        if is_encoded(headers) {
            let reason = "the request's body has a Content-Encoding";
            // Logged as any refused upload.
            let _ = admitted.refuse(UploadError::new(ErrorKind::MalformedForm, reason));
            return RequestStart::Complete(answer::unsupported_encoding());
        }
        match Self::form_of(&admitted, headers) {
            Ok((boundary, limit)) => {
                let receiver = BodyReceiver::upload(self.clone(), admitted, boundary, limit);
                RequestStart::NeedsBody(receiver.expecting(content_length(headers)))
            }
            Err(error) => RequestStart::Complete(self.refusal(&admitted.refuse(error))),
        }
    }

    /// The boundary of an upload's form, and the largest length of its body.
    fn form_of(admitted: &Admitted, headers: &HeaderMap) -> Result<(Boundary, u64), UploadError> {
        let boundary = boundary(headers).or_else(|error| {
            // Without a form nothing can supply a value that the head lacks, so that is the first
            // failure.
            admitted.check_without_form()?;
            Err(error)
        })?;
        let limit = admitted.max_bytes().saturating_add(Self::FORM_BYTES);
        check_length(headers, limit)?;
        Ok((boundary, limit))
    }

    fn begin_probe(&self, headers: &HeaderMap) -> RequestStart {
        if is_encoded(headers) {
            return RequestStart::Complete(answer::unsupported_encoding());
        }
        let limit = self.uploader().max_bytes_of_all();
        match check_length(headers, limit) {
            Ok(()) => RequestStart::NeedsBody(BodyReceiver::probe(self.clone(), limit)),
            Err(error) => RequestStart::Complete(self.refusal(&error)),
        }
    }

    /// The most bytes of a form besides its file: part headers, fields, preamble and epilogue.
    const FORM_BYTES: u64 = 1024 * 1024;

    /// The response to a request that is not an upload. A failure of the server is logged.
    fn answer(&self, result: Result<Envelope, UploadError>) -> Answer {
        match result {
            Ok(envelope) => self.envelope(&envelope),
            Err(error) => {
                log_failure(&error);
                self.refusal(&error)
            }
        }
    }

    /// The response to a request that failed.
    fn refusal(&self, error: &UploadError) -> Answer {
        let mut answer = self.envelope(&Envelope::from(error));
        if self.0.options.explain && error.code() != ErrorCode::ServerError {
            answer::explain(&mut answer, error);
        }
        answer
    }

    fn envelope(&self, response: &Envelope) -> Answer {
        let mut answer = answer::envelope(response);
        if self.0.options.always_200 {
            *answer.status_mut() = http::StatusCode::OK;
        } else if answer.status() == http::StatusCode::UNAUTHORIZED {
            // RFC 9110, section 15.5.2: a 401 response must have a challenge.
            let challenge = HeaderValue::from_static("webApiClientKey");
            answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        answer
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("uploader", &self.0.uploader)
            .field("options", &self.0.options)
            .finish()
    }
}

/// The fields of an upload's headers and query. Values that are not UTF-8 fail their field's check.
fn upload_head(query: &str, headers: &HeaderMap) -> UploadHead<'static> {
    let mut head = UploadHead::new();
    for name in UploadHead::HEADERS {
        for value in headers.get_all(name) {
            head = head.header_bytes(name, value.as_bytes().to_vec());
        }
    }
    query::pairs(query).fold(head, |head, (name, value)| head.query_bytes(name, value))
}

fn boundary(headers: &HeaderMap) -> Result<Boundary, UploadError> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(Boundary::from_content_type(value.as_bytes())?),
        _ => Err(MultipartError::NotMultipart.into()),
    }
}

/// Whether the body is compressed or encoded otherwise.
fn is_encoded(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let mut codings = values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    codings.any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
}

/// Refuses a body whose `Content-Length` is over the limit. A body without one is counted while it is
/// read.
fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), UploadError> {
    match content_length(headers) {
        Some(length) if length > limit => Err(body_too_large(limit)),
        _ => Ok(()),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn body_too_large(limit: u64) -> UploadError {
    let reason = format!("the request's body is over the limit of {limit} bytes");
    UploadError::new(ErrorKind::TooLarge, reason)
}

/// Logs server errors. Client errors are expected and not logged.
fn log_failure(error: &UploadError) {
    if error.code() == ErrorCode::ServerError {
        tracing::error!(error = error as &dyn std::error::Error, "a request failed");
    }
}

//! A whole HTTP request in, a whole response out: the endpoint, for a host that does not want to take
//! requests apart.
//!
//! ```
//! use userimage::http::{Endpoint, HttpOptions};
//! use userimage::{ClientKeys, Uploader, storage::MemoryStorage};
//!
//! let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
//!     .authenticator(ClientKeys::new([(1001, "abc123")])?)
//!     .build()?;
//! let endpoint = Endpoint::new(uploader, &HttpOptions::default())?;
//!
//! let request = http::Request::post("/api/4/UploadImage/UploadImage?userId=12345&DPI=96")
//!     .header("websiteId", "1001")
//!     .header("webApiClientKey", "abc123")
//!     .header("Content-Type", "multipart/form-data; boundary=x")
//!     .body(&b"--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\nno image\r\n--x--"[..])?;
//! let response = endpoint.handle(request);
//! assert_eq!(response.status(), 400);
//! assert_eq!(
//!     response.body(),
//!     br#"{"Response":"Error","Message":"Invalid or missing file","Data":null,"ErrorCode":"262"}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host that streams bodies goes in three steps, [`Endpoint::begin`], [`BodyReceiver::feed`],
//! [`BodyReceiver::finish`]: what is wrong with method, path, headers or query is answered by the first,
//! before a byte of the body is read.

mod answer;
mod body;
mod body_receiver;
mod conditional;
mod file;
mod head;
mod list;
mod multipart;
mod options;
mod page;
mod probe;
mod query;
mod range;
mod route;
mod settings;

use std::fmt;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method};

use self::answer::Answer;
use self::multipart::{Boundary, MultipartError};
use self::route::Route;
use crate::config::{Config, ConfigError};
use crate::envelope::Envelope;
use crate::error::{ErrorCode, UploadError};
use crate::request::UploadRequest;
use crate::uploader::Uploader;

pub use self::body::Body;
pub use self::body_receiver::BodyReceiver;
pub use self::head::head;
pub use self::options::HttpOptions;

/// The endpoint: an [`Uploader`] behind HTTP. It is cheap to clone, for a host that hands it to
/// threads.
#[derive(Clone)]
pub struct Endpoint(Arc<Shared>);

struct Shared {
    uploader: Arc<Uploader>,
    prefix: String,
    options: HttpOptions,
}

/// How far a request can be answered without its body.
#[derive(Debug)]
pub enum RequestStart {
    /// It is answered. Its body, if any, need not be read.
    Complete(http::Response<Vec<u8>>),
    /// Its body is wanted.
    NeedsBody(BodyReceiver),
}

impl Endpoint {
    /// An endpoint for the uploads of `uploader`.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the prefix is no path.
    pub fn new(
        uploader: impl Into<Arc<Uploader>>,
        options: &HttpOptions,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Shared {
            uploader: uploader.into(),
            prefix: options.checked_prefix()?,
            options: options.clone(),
        })))
    }

    /// The endpoint that `config` describes, its storage opened.
    ///
    /// # Errors
    ///
    /// As [`Uploader::from_config`] and [`new`](Self::new).
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        Self::new(Uploader::from_config(config)?, &config.http)
    }

    /// What is behind it.
    #[must_use]
    pub fn uploader(&self) -> &Uploader {
        &self.0.uploader
    }

    /// Answers a request. A body that is a reader is read to its end or to one byte over the limit, and
    /// not at all where the head tells the answer.
    pub fn handle<'b>(
        &self,
        request: http::Request<impl Into<Body<'b>>>,
    ) -> http::Response<Vec<u8>> {
        let (head, body) = request.into_parts();
        match self.begin(&head) {
            RequestStart::Complete(answer) => answer,
            RequestStart::NeedsBody(receiving) => receiving.read(body.into()),
        }
    }

    /// Answers a request from its method, path, query and headers, or tells that its body is wanted.
    /// This asks the authenticator, and reads what a `GET` is for, so it may block.
    #[must_use]
    pub fn begin(&self, head: &http::request::Parts) -> RequestStart {
        match self.route(head) {
            // What answers a `HEAD` has no body, whatever it tells: a host would send it as it is.
            RequestStart::Complete(answer) if head.method == Method::HEAD => {
                RequestStart::Complete(answer::without_body(answer))
            }
            begun => begun,
        }
    }

    fn route(&self, head: &http::request::Parts) -> RequestStart {
        let Shared { prefix, options, .. } = &*self.0;
        let Some(route) = Route::find(head.uri.path(), prefix, options) else {
            return RequestStart::Complete(answer::not_found());
        };
        if !route.takes(&head.method) {
            return RequestStart::Complete(answer::method_not_allowed(route.allow()));
        }
        let query = head.uri.query().unwrap_or_default();
        RequestStart::Complete(match route {
            Route::Upload => return self.begin_upload(query, &head.headers),
            Route::Probe => return self.begin_probe(&head.headers),
            Route::List => {
                self.envelope(&list::answer(self.uploader(), &fields(query, &head.headers)))
            }
            Route::Settings => {
                self.envelope(&settings::answer(self.uploader(), &fields(query, &head.headers)))
            }
            Route::File(key) => file::answer(self.uploader().storage(), &key, head),
            Route::Page => page::answer(),
        })
    }

    fn begin_upload(&self, query: &str, headers: &HeaderMap) -> RequestStart {
        let request = fields(query, headers);
        match self.admit(&request, headers) {
            Ok((website, boundary, limit)) => RequestStart::NeedsBody(BodyReceiver::upload(
                self.clone(),
                request,
                website,
                boundary,
                limit,
            )),
            Err(error) => {
                Uploader::log_refusal(&request, &error);
                RequestStart::Complete(self.envelope(&Envelope::from(&error)))
            }
        }
    }

    /// Everything of an upload that its head tells.
    fn admit(
        &self,
        request: &UploadRequest<'_>,
        headers: &HeaderMap,
    ) -> Result<(crate::WebsiteId, Boundary, u64), UploadError> {
        let website = self.uploader().admit(request)?;
        request.validate_query()?;
        let boundary = boundary(headers).or_else(|error| {
            // Nothing can come in a form any more: what the head lacks is the first failure.
            request.validate_parameters()?;
            Err(invalid_form(&error))
        })?;
        let limit = self.uploader().policy(website).max_bytes.saturating_add(Self::FORM_BYTES);
        check_length(headers, limit)?;
        Ok((website, boundary, limit))
    }

    fn begin_probe(&self, headers: &HeaderMap) -> RequestStart {
        let limit = self.uploader().max_bytes();
        match check_length(headers, limit) {
            Ok(()) => RequestStart::NeedsBody(BodyReceiver::probe(self.clone(), limit)),
            Err(error) => RequestStart::Complete(self.envelope(&Envelope::from(&error))),
        }
    }

    /// What a form may have beside its file's bytes: headers, fields, preamble and epilogue.
    const FORM_BYTES: u64 = 1024 * 1024;

    fn envelope(&self, response: &Envelope) -> Answer {
        let mut answer = answer::envelope(response);
        if self.0.options.always_200 {
            *answer.status_mut() = http::StatusCode::OK;
        } else if answer.status() == http::StatusCode::UNAUTHORIZED {
            // RFC 9110, section 15.5.2: a 401 names what would be let in.
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

/// The fields of a request that are not in its body. A header that is no text is no valid one either.
fn fields(query: &str, headers: &HeaderMap) -> UploadRequest<'static> {
    let mut request = UploadRequest::empty();
    for name in UploadRequest::HEADERS {
        for value in headers.get_all(name) {
            request = request.header(name, String::from_utf8_lossy(value.as_bytes()).into_owned());
        }
    }
    query::pairs(query).fold(request, |request, (name, value)| request.query_bytes(name, value))
}

fn boundary(headers: &HeaderMap) -> Result<Boundary, MultipartError> {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Boundary::from_content_type(value.as_bytes()),
        _ => Err(MultipartError::NotMultipart),
    }
}

/// Refuses a body that says it is too long before it is read. One that says nothing is counted.
fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), UploadError> {
    let length =
        headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > limit => Err(too_long(limit)),
        _ => Ok(()),
    }
}

fn too_long(limit: u64) -> UploadError {
    let reason = format!("the request's body is over the limit of {limit} bytes");
    UploadError::new(ErrorCode::InvalidFile, reason).too_large()
}

/// Tells the log of a question that the host could not answer; the client's faults are no news.
fn log_failure(error: &UploadError) {
    if error.code() == ErrorCode::ServerError {
        tracing::error!(error = error as &dyn std::error::Error, "a question was not answered");
    }
}

fn invalid_form(error: &MultipartError) -> UploadError {
    UploadError::new(ErrorCode::InvalidFile, error.to_string())
}

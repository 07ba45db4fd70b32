//! Receives the body of a request whose head is accepted.

use std::fmt;

use super::answer::{self, Answer};
use super::cors::Cors;
use super::multipart::{self, Boundary};
use super::{Body, Endpoint, ResponseBody, body_too_large, probe};
use crate::bounded_read::make_room;
use crate::cancellation::Cancellation;
use crate::envelope::Envelope;
use crate::error::{ErrorKind, UploadError};
use crate::uploader::Admitted;

/// A request that receives its body in chunks. It buffers at most [`limit`](Self::limit) bytes.
/// Dropping it abandons the request: nothing is stored then, and the log has an event at debug level.
#[must_use]
pub struct BodyReceiver {
    endpoint: Endpoint,
    purpose: Purpose,
    body: Vec<u8>,
    /// How long the body is, says its head.
    expected: u64,
    limit: u64,
    over: bool,
    cors: Option<Cors>,
}

enum Purpose {
    Upload { admitted: Box<Admitted>, boundary: Boundary },
    Probe,
}

impl BodyReceiver {
    pub(super) fn upload(
        endpoint: Endpoint,
        admitted: Admitted,
        boundary: Boundary,
        limit: u64,
    ) -> Self {
        let admitted = Box::new(admitted);
        Self::new(endpoint, Purpose::Upload { admitted, boundary }, limit)
    }

    pub(super) fn probe(endpoint: Endpoint, limit: u64) -> Self {
        Self::new(endpoint, Purpose::Probe, limit)
    }

    fn new(endpoint: Endpoint, purpose: Purpose, limit: u64) -> Self {
        Self { endpoint, purpose, body: Vec::new(), expected: 0, limit, over: false, cors: None }
    }

    /// The same, with this Content-Length: so much room is made once the body begins, within the limit.
    pub(super) fn expecting(mut self, length: Option<u64>) -> Self {
        self.expected = length.unwrap_or(0);
        self
    }

    /// The same, given up by `cancellation`. Only an upload is: a probe takes no time.
    pub fn with_cancellation(mut self, cancellation: Cancellation) -> Self {
        if let Purpose::Upload { admitted, boundary } = self.purpose {
            let admitted = admitted.with_cancellation(cancellation);
            self.purpose = Purpose::Upload { admitted: Box::new(admitted), boundary };
        }
        self
    }

    /// Adds these headers to the response.
    pub(super) fn with_cors(mut self, cors: Option<Cors>) -> Self {
        self.cors = cors;
        self
    }

    /// Appends the next bytes of the body. Does not block. Returns [`wants_more`](Self::wants_more).
    /// Once the body is longer than the limit, it is discarded and [`finish`](Self::finish) returns an
    /// error response.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let len = (self.body.len() as u64).saturating_add(bytes.len() as u64);
        // A body that memory cannot hold is too long too.
        let expected = usize::try_from(self.expected.min(self.limit)).unwrap_or(usize::MAX);
        let room = bytes.len().max(expected.saturating_sub(self.body.len()));
        self.over |= len > self.limit || make_room(&mut self.body, room, self.limit).is_err();
        if self.over {
            self.body = Vec::new();
        } else {
            self.body.extend_from_slice(bytes);
        }
        !self.over
    }

    /// Whether the receiver accepts more bytes: until the body is longer than the limit.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        !self.over
    }

    /// The longest accepted body, in bytes. For an upload: the website's largest file plus 1 MiB.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Processes the complete body and returns the response. For an upload this decodes and stores the
    /// image, so it blocks.
    #[must_use]
    pub fn finish(mut self) -> http::Response<ResponseBody> {
        let body = std::mem::take(&mut self.body);
        let body = if self.over { Err(body_too_large(self.limit)) } else { Ok(&*body) };
        self.answer(body)
    }

    /// Returns the response to a body that is malformed or ends too early, for `reason`: 400. Call it
    /// only if the client can still read a response; otherwise drop the receiver.
    #[must_use]
    pub fn finish_broken(self, reason: &str) -> http::Response<ResponseBody> {
        self.answer(Err(UploadError::new(ErrorKind::IncompleteBody, reason)))
    }

    /// Returns the response to a client that has not sent the body in time: 408.
    #[must_use]
    pub fn finish_timed_out(self) -> http::Response<ResponseBody> {
        if let Purpose::Upload { admitted, .. } = self.purpose {
            admitted.time_out();
        }
        let mut answer = answer::envelope(&Envelope::http_error(408, "Request timeout"));
        if let Some(cors) = self.cors {
            cors.add_to(&mut answer);
        }
        answer
    }

    /// Reads the body and returns the response.
    pub(super) fn read(self, body: Body<'_>) -> Answer {
        let limit = self.limit;
        match body.read(limit) {
            Ok(Some(body)) => self.answer(Ok(&body)),
            Ok(None) => self.answer(Err(body_too_large(limit))),
            Err(error) => {
                let reason = "the request's body could not be read";
                let error = UploadError::new(ErrorKind::IncompleteBody, reason).with_source(error);
                self.answer(Err(error))
            }
        }
    }

    fn answer(self, body: Result<&[u8], UploadError>) -> Answer {
        let endpoint = self.endpoint;
        let result = match self.purpose {
            Purpose::Probe => body.map(probe::answer),
            Purpose::Upload { admitted, boundary } => {
                let max_parts = endpoint.0.options.max_parts;
                let form = body.and_then(|body| Ok(multipart::parse(body, &boundary, max_parts)?));
                let stored = match form {
                    Ok(form) => admitted.finish(&form),
                    Err(error) => Err(admitted.refuse(error)),
                };
                stored.map(|image| endpoint.envelope(&Envelope::from(&image)))
            }
        };
        let mut answer = result.unwrap_or_else(|error| endpoint.refusal(&error));
        if let Some(cors) = self.cors {
            cors.add_to(&mut answer);
        }
        answer
    }
}

impl fmt::Debug for BodyReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReceiver")
            .field("bytes", &self.body.len())
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

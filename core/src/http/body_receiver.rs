//! A request whose head is in order, taking its body.

use std::fmt;

use super::answer::Answer;
use super::body::make_room;
use super::multipart::{self, Boundary};
use super::{Body, Endpoint, invalid_form, probe, too_long};
use crate::envelope::Envelope;
use crate::error::{ErrorCode, UploadError};
use crate::field::WebsiteId;
use crate::request::UploadRequest;
use crate::uploader::Uploader;

/// A request that takes its body, a piece at a time. It holds no more than [`limit`](Self::limit)
/// bytes; dropping it gives the request up, and nothing is kept of it.
#[must_use]
pub struct BodyReceiver {
    endpoint: Endpoint,
    purpose: Purpose,
    body: Vec<u8>,
    limit: u64,
    over: bool,
}

enum Purpose {
    Upload { request: UploadRequest<'static>, website: WebsiteId, boundary: Boundary },
    Probe,
}

impl BodyReceiver {
    pub(super) fn upload(
        endpoint: Endpoint,
        request: UploadRequest<'static>,
        website: WebsiteId,
        boundary: Boundary,
        limit: u64,
    ) -> Self {
        Self::new(endpoint, Purpose::Upload { request, website, boundary }, limit)
    }

    pub(super) fn probe(endpoint: Endpoint, limit: u64) -> Self {
        Self::new(endpoint, Purpose::Probe, limit)
    }

    fn new(endpoint: Endpoint, purpose: Purpose, limit: u64) -> Self {
        Self { endpoint, purpose, body: Vec::new(), limit, over: false }
    }

    /// Takes the next bytes of the body. Tells whether more are wanted: not once the body is longer
    /// than the limit, which [`finish`](Self::finish) then answers. This never blocks.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let len = (self.body.len() as u64).saturating_add(bytes.len() as u64);
        self.over |= len > self.limit;
        if self.over {
            self.body = Vec::new();
        } else {
            make_room(&mut self.body, bytes.len(), self.limit);
            self.body.extend_from_slice(bytes);
        }
        !self.over
    }

    /// Whether more of the body is wanted: not once it is longer than the limit.
    #[must_use]
    pub fn wants_more(&self) -> bool {
        !self.over
    }

    /// The longest body that is taken, in bytes: of an upload, the website's longest file and 1 MiB.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Answers, once the body has ended. This decodes and stores the image, so it takes a while.
    #[must_use]
    pub fn finish(mut self) -> http::Response<Vec<u8>> {
        let body = std::mem::take(&mut self.body);
        self.answer(Ok(&body))
    }

    /// Reads the body and answers.
    pub(super) fn read(mut self, body: Body<'_>) -> Answer {
        match body.read(self.limit) {
            Ok(body) => {
                self.over = body.len() as u64 > self.limit;
                self.answer(Ok(&body))
            }
            Err(error) => {
                let reason = format!("the request's body could not be read: {error}");
                let error = UploadError::new(ErrorCode::InvalidFile, reason).with_source(error);
                self.answer(Err(error))
            }
        }
    }

    fn answer(self, body: Result<&[u8], UploadError>) -> Answer {
        let body = if self.over { Err(too_long(self.limit)) } else { body };
        match self.purpose {
            Purpose::Probe => match body {
                Ok(body) => probe::answer(body),
                Err(error) => self.endpoint.envelope(&Envelope::from(&error)),
            },
            Purpose::Upload { request, website, boundary } => {
                let uploader = self.endpoint.uploader();
                let form = body.and_then(|body| {
                    multipart::parse(body, &boundary).map_err(|error| invalid_form(&error))
                });
                let response = match form {
                    Ok(parts) => {
                        let request = parts.into_iter().fold(request, UploadRequest::form_part);
                        Envelope::from(&uploader.upload_admitted(website, &request))
                    }
                    Err(error) => {
                        Uploader::log_refusal(&request, &error);
                        Envelope::from(&error)
                    }
                };
                self.endpoint.envelope(&response)
            }
        }
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

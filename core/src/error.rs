//! The one error of an upload: a code of the wire protocol, its text, and the reason for the host.

use std::error::Error;
use std::fmt;

/// The error codes of the *Upload User Image* API, version 4.
///
/// The numbers are the protocol's: they are frozen and never used for anything else.
#[non_exhaustive]
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// `websiteId` is not a number of 1 ..= 2147483647, or the authenticator does not know it.
    InvalidWebsiteId = 221,
    /// `webApiClientKey` is missing, blank, malformed, or refused by the authenticator.
    InvalidClientKey = 226,
    /// `userId` is missing, blank, too long, has control characters, or is given twice and differs.
    InvalidUserId = 261,
    /// `postedFile` is missing, doubled, empty, over a limit, or not a whole image of an allowed format.
    InvalidFile = 262,
    /// `DPI` is not a number of 1 ..= 65535, is given twice and differs, or is under the minimum.
    InvalidDpi = 265,
    /// `websiteId` is missing or blank.
    MissingWebsiteId = 372,
    /// The server's own failure: a storage or an authenticator could not do its work.
    ServerError = 500,
}

impl ErrorCode {
    /// The number, as the envelope and the C ABI show it.
    #[must_use]
    pub fn number(self) -> i32 {
        self as i32
    }

    /// The protocol's text for this code. For [`ErrorCode::InvalidClientKey`] this is the text of a
    /// refused key; a blank one has its own, see [`UploadError::message`].
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::MissingWebsiteId => "Missing websiteId",
            Self::InvalidWebsiteId => "Invalid websiteId",
            Self::InvalidClientKey => "Invalid webApiClientKey",
            Self::InvalidUserId => "Invalid userId",
            Self::InvalidFile => "Invalid or missing file",
            Self::InvalidDpi => "Invalid DPI value",
            Self::ServerError => "Server error",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// Why an upload was refused or failed.
///
/// [`code`](Self::code) and [`message`](Self::message) go to the client, [`reason`](Self::reason) is
/// for the host and its log. A reason never holds a key or file content.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({code}): {reason}")]
pub struct UploadError {
    code: ErrorCode,
    message: &'static str,
    http_status: u16,
    reason: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl UploadError {
    /// An error with the protocol's text and HTTP status for `code`.
    pub fn new(code: ErrorCode, reason: impl Into<String>) -> Self {
        let http_status = if code == ErrorCode::ServerError { 500 } else { 400 };
        Self { code, message: code.message(), http_status, reason: reason.into(), source: None }
    }

    /// A missing or blank `webApiClientKey`: the one code with a second text.
    pub(crate) fn empty_client_key() -> Self {
        let mut error =
            Self::new(ErrorCode::InvalidClientKey, "webApiClientKey is missing or blank");
        error.message = "Empty webApiClientKey";
        error
    }

    /// The authenticator said no: HTTP 401 where a malformed field is 400.
    #[must_use]
    pub(crate) fn refused(mut self) -> Self {
        self.http_status = 401;
        self
    }

    /// A size limit is passed: HTTP 413.
    #[must_use]
    pub(crate) fn too_large(mut self) -> Self {
        self.http_status = 413;
        self
    }

    /// Adds the error that lies beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The protocol's error code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The protocol's text, as the envelope shows it.
    #[must_use]
    pub fn message(&self) -> &'static str {
        self.message
    }

    /// What exactly was wrong, in words, for the host and its log.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The HTTP status that belongs to the answer: 400, 401, 413 or 500.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.http_status
    }
}

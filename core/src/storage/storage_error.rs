//! Why an operation of a storage failed.

use std::error::Error;
use std::fmt;

use super::QuotaScope;
use crate::cause::Cause;
use crate::record::InvalidRecord;

/// Why an operation of a storage failed. Clients get error 500, or 262 when a quota is used up.
#[derive(Debug)]
pub struct StorageError {
    unsupported: bool,
    unknown_outcome: bool,
    exceeded_quota: Option<QuotaScope>,
    cause: Cause,
}

impl StorageError {
    /// Creates an error with this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::of(Cause::new(reason))
    }

    fn of(cause: Cause) -> Self {
        Self { unsupported: false, unknown_outcome: false, exceeded_quota: None, cause }
    }

    /// The error of an operation that the storage does not support.
    #[must_use]
    pub fn unsupported(operation: &str) -> Self {
        let reason = format!("this storage does not support {operation}");
        Self { unsupported: true, ..Self::new(reason) }
    }

    /// The error of an image that is over a quota. Clients get error 262, with the kind
    /// `website_quota_exceeded` or `user_quota_exceeded`.
    pub fn quota_exceeded(scope: QuotaScope, reason: impl Into<String>) -> Self {
        Self { exceeded_quota: Some(scope), ..Self::new(reason) }
    }

    /// Sets the error that caused this one and appends its text to the reason.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = self.cause.with_source(source);
        self
    }

    /// Marks a change that may have been made all the same, or may still be made: a request that was sent
    /// and not answered.
    #[must_use]
    pub fn with_unknown_outcome(mut self) -> Self {
        self.unknown_outcome = true;
        self
    }

    /// Whether the change may have been made all the same, or may still be made.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.unknown_outcome
    }

    /// Whose quota the image is over, if that is why it was not stored.
    #[must_use]
    pub fn exceeded_quota(&self) -> Option<QuotaScope> {
        self.exceeded_quota
    }

    /// Whether the storage does not support the operation.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.unsupported
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

impl From<InvalidRecord> for StorageError {
    fn from(error: InvalidRecord) -> Self {
        Self::of(Cause::from_error(error))
    }
}

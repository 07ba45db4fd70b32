//! What the failure of a request means for its effect.

use std::time::Duration;

use object_store::Error;

use crate::storage::StorageError;

/// Why an attempt of a request failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The store's answer, or the lack of one.
    Store(Error),
    /// There was no answer in this time.
    TimedOut(Duration),
}

impl Failure {
    /// Whether the same request may succeed later. Then it may also have been carried out, or still be:
    /// the connection was lost, or the store answered that something in it failed.
    pub(super) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::TimedOut(_) | Self::Store(Error::Generic { .. } | Error::JoinError { .. })
        )
    }

    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Store(Error::NotFound { .. }))
    }

    pub(super) fn is_already_there(&self) -> bool {
        matches!(self, Self::Store(Error::AlreadyExists { .. } | Error::Precondition { .. }))
    }

    /// The error of an operation: "cannot {doing}".
    pub(super) fn while_trying_to(self, doing: &str) -> StorageError {
        let error = StorageError::new(format!("the object store could not {doing}"));
        match self {
            Self::Store(source) => error.with_source(source),
            Self::TimedOut(after) => error.with_source(format!("no answer in {after:?}")),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

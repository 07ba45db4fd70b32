//! What the failure of a statement means for its effect.

use std::time::Duration;

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::storage::StorageError;

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection could be had: nothing was sent.
    Connection(PoolError),
    /// The database's answer, or the connection's end.
    Statement(Error),
    /// There was no answer in this time.
    TimedOut(Duration),
    /// The statement succeeded with a result that the storage refuses.
    Storage(StorageError),
}

impl Failure {
    /// Whether the same statement may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Connection(PoolError::Timeout(_)) => true,
            Self::Connection(PoolError::Backend(error)) | Self::Statement(error) => {
                match error.code() {
                    Some(code) => is_transient(code),
                    // The network's errors, and not those of a value that has another type.
                    None => has_lost_connection(error),
                }
            }
            Self::Connection(_) | Self::Storage(_) => false,
        }
    }

    /// Whether the statement may have been executed, or may still be.
    pub(super) fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::TimedOut(_) => true,
            Self::Statement(error) => error.code().is_none_or(|code| {
                // The server ends, and does not answer whether it had committed.
                ends_connection(code)
            }),
            Self::Connection(_) | Self::Storage(_) => false,
        }
    }

    /// The error of an operation: "the database could not {doing}".
    pub(super) fn while_trying_to(self, doing: &str) -> StorageError {
        let unknown = self.is_outcome_unknown();
        let error = StorageError::new(format!("the database could not {doing}"));
        let error = match self {
            Self::Connection(source) => error.with_source(source),
            Self::Statement(source) => error.with_source(source),
            Self::TimedOut(after) => error.with_source(format!("no answer in {after:?}")),
            Self::Storage(error) => return error,
        };
        if unknown { error.with_unknown_outcome() } else { error }
    }
}

/// Connections end, and the server may be starting, stopping, crowded or a standby. A transaction that
/// was chosen to resolve a conflict has had no effect.
fn is_transient(code: &SqlState) -> bool {
    ends_connection(code)
        || [
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::READ_ONLY_SQL_TRANSACTION,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::QUERY_CANCELED,
        ]
        .contains(code)
}

fn ends_connection(code: &SqlState) -> bool {
    // Class 08: connection exceptions, which PgBouncer answers too.
    code.code().starts_with("08")
        || [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::IDLE_SESSION_TIMEOUT]
            .contains(code)
}

fn has_lost_connection(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    // Closed, or not connected in time.
    error.is_closed() || error.to_string().starts_with("timeout")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Statement(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Connection(error)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

//! The error of a transaction.

use std::fmt;

use crate::storage::StorageError;

/// An error inside a transaction: SQLite's, or the storage's own.
pub(super) enum TransactionError {
    Sqlite(rusqlite::Error),
    Storage(StorageError),
}

impl From<rusqlite::Error> for TransactionError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StorageError> for TransactionError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl fmt::Display for TransactionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => error.fmt(f),
            Self::Storage(error) => error.fmt(f),
        }
    }
}

impl TransactionError {
    /// Converts to the error of an operation: "the database could not {doing}".
    pub(super) fn while_trying_to(self, doing: &str) -> StorageError {
        match self {
            Self::Sqlite(error) => {
                StorageError::new(format!("the database could not {doing}")).with_source(error)
            }
            Self::Storage(error) => error,
        }
    }
}

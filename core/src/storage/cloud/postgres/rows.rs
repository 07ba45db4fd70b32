//! Rows of answers.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::columns;
use super::failure::Failure;
use crate::record::{BlobKey, ImageId, InvalidRecord};
use crate::storage::{Entry, Orphan, PendingId, StorageError};

/// Reads a row of [`PostgresCatalog::select`].
pub(super) fn entry(row: &Row) -> Result<Entry, StorageError> {
    entry_at(row, 0)
}

pub(super) fn entry_at(row: &Row, first: usize) -> Result<Entry, StorageError> {
    let record = columns::read(row, first + 2).map_err(unexpected)?;
    Ok(Entry {
        id: image_id(column(row, first)?, "id")?,
        photo_code: image_id(column(row, first + 1)?, "photo_code")?,
        record: record?,
    })
}

/// Reads a pending row. Damaged keys are an error of this row alone, so that the others are swept.
pub(super) fn orphan(row: &Row) -> Result<Orphan, StorageError> {
    let keys: Vec<String> = column(row, 1)?;
    let keys = keys.iter().map(|key| BlobKey::parse(key)).collect();
    Ok(Orphan::new(PendingId(column(row, 0)?), keys).with_may_be_writing(column(row, 2)?))
}

pub(super) fn pending_id(row: &Row) -> Result<PendingId, Failure> {
    Ok(PendingId(row.try_get(0)?))
}

pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, StorageError> {
    row.try_get(at).map_err(unexpected)
}

pub(super) fn unexpected(error: tokio_postgres::Error) -> StorageError {
    StorageError::new("the database returned a value of another type").with_source(error)
}

pub(super) fn image_id(id: i64, column: &'static str) -> Result<ImageId, StorageError> {
    let id = u64::try_from(id).ok().and_then(ImageId::new);
    id.ok_or_else(|| InvalidRecord::impossible(column).into())
}

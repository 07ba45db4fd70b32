//! The rows of the catalog's tables: their statements, and what they mean.

use std::time::SystemTime;

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::columns;
use super::reserved_names::RESERVED_FOR;
use super::transaction_error::TransactionError;
use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, ImageId, ImageRecord, InvalidRecord, Variant, unix_milliseconds};
use crate::storage::{Entry, Orphan, PendingId, StorageError, Usage, search};

/// The row of a reserved name, if it has these keys and was reserved between these times.
pub(super) const RESERVED: &str = "SELECT id FROM pending
     WHERE unique_name = ? AND state = 'reserved' AND original_key = ? AND standard_key = ?
     AND rendition_keys = ? AND state_since > ? AND state_since <= ?";

/// Removes a pending row that can be committed.
pub(super) fn take_committable(
    tx: &Connection,
    pending: PendingId,
    record: &ImageRecord,
) -> Result<(), TransactionError> {
    let removed = tx
        .prepare_cached(
            "DELETE FROM pending
             WHERE id = ? AND unique_name = ? AND state IN ('storing', 'reserved')",
        )?
        .execute(params![pending.0, record.unique_name.as_str()])?;
    if removed == 0 {
        return Err(StorageError::new("the upload was swept before it finished").into());
    }
    Ok(())
}

/// The images that meet a condition.
pub(super) fn entries(
    tx: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<Entry>, TransactionError> {
    tx.prepare_cached(&select(condition))?
        .query_map(parameters, entry)?
        .map(|row| Ok(row??))
        .collect()
}

/// Replaces the images that meet a condition by pending rows.
pub(super) fn delete_all(
    tx: &Connection,
    condition: &str,
    parameters: &[&dyn ToSql],
) -> Result<Vec<Orphan>, TransactionError> {
    entries(tx, condition, parameters)?.iter().map(|entry| delete(tx, entry)).collect()
}

/// Replaces an image by a pending row.
pub(super) fn delete(tx: &Connection, entry: &Entry) -> Result<Orphan, TransactionError> {
    tx.prepare_cached("DELETE FROM images WHERE id = ?")?
        .execute([entry.id.get().cast_signed()])?;
    let pending = insert_pending(tx, None, &entry.record, "deleting")?;
    Ok(Orphan::new(pending, Ok(entry.record.blob_keys())))
}

pub(super) fn select(condition: &str) -> String {
    let columns = columns::NAMES.as_str();
    format!("SELECT id, photo_code, {columns} FROM images WHERE {condition}")
}

/// Reads a row of [`select`]. The inner error is a damaged record.
pub(super) fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Entry, StorageError>> {
    let (id, photo_code) = (row.get(0)?, row.get(1)?);
    let record = columns::read(row, 2)?;
    let entry = || {
        Ok(Entry {
            id: image_id(id, "id")?,
            photo_code: image_id(photo_code, "photo_code")?,
            record: record?,
        })
    };
    Ok(entry())
}

/// Reads a pending row. Damaged keys are an error of this row alone, so that the others are swept.
pub(super) fn orphan(row: &rusqlite::Row<'_>) -> rusqlite::Result<Orphan> {
    let [original, standard, renditions]: [String; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
    let keys = [&*original, &*standard].into_iter().chain(renditions.split_terminator(' '));
    let keys = keys.map(BlobKey::parse).collect();
    let orphan = Orphan::new(PendingId(row.get(0)?), keys);
    Ok(orphan.with_may_be_writing(row.get(4)?).with_was_reserved(row.get(5)?))
}

/// How much a website, or one of its users, has stored.
pub(super) fn usage(
    tx: &Connection,
    website: WebsiteId,
    user: Option<&UserId>,
) -> Result<Usage, TransactionError> {
    let numbers = |row: &rusqlite::Row<'_>| {
        let number =
            |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.max(0).unsigned_abs());
        Ok(Usage::new(number(0)?, number(1)?, number(2)?))
    };
    let usage = match user {
        Some(user) => tx
            .prepare_cached(
                "SELECT images, bytes, 1 FROM usage_by_user WHERE website_id = ? AND user_id = ?",
            )?
            .query_row(params![website.get(), user.as_str()], numbers),
        None => tx
            .prepare_cached(
                "SELECT images, bytes, users FROM usage_by_website WHERE website_id = ?",
            )?
            .query_row([website.get()], numbers),
    };
    Ok(usage.optional()?.unwrap_or_default())
}

pub(super) fn find(
    tx: &Connection,
    website: WebsiteId,
    id: ImageId,
) -> Result<Option<Entry>, TransactionError> {
    let found = tx
        .prepare_cached(&select("id = ? AND website_id = ?"))?
        .query_row(params![id.get().cast_signed(), website.get()], entry)
        .optional()?;
    Ok(found.transpose()?)
}

/// Inserts an image with this id, or with the next one.
pub(super) fn insert_image(
    tx: &Connection,
    record: &ImageRecord,
    photo_code: i64,
    id: Option<ImageId>,
) -> Result<i64, TransactionError> {
    let own: [SqlValue; 5] = [
        id.map(|id| id.get().cast_signed()).into(),
        photo_code.into(),
        record.unique_name.stem().to_owned().into(),
        search::folded(record.image_name.as_str()).into(),
        record.rendition_bytes().cast_signed().into(),
    ];
    let values = own.into_iter().chain(columns::values(record));
    let names = ["id", "photo_code", "stem", "search_name", "rendition_bytes"];
    tx.prepare_cached(&columns::insert("images", &names))?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(tx.last_insert_rowid())
}

/// The pending row of the record's name, if it was reserved for these blobs, and not too long ago.
pub(super) fn find_reserved(
    tx: &Connection,
    record: &ImageRecord,
) -> Result<Option<PendingId>, TransactionError> {
    let ([original, standard, renditions], now) = (keys_of(record), now());
    let name = record.unique_name.as_str();
    let parameters = params![name, original, standard, renditions, now - RESERVED_FOR, now];
    let found = tx.prepare_cached(RESERVED)?.query_row(parameters, |row| row.get(0).map(PendingId));
    Ok(found.optional()?)
}

/// Whether the row of a reserved name is there, and no sweep has found it.
pub(super) fn is_reserved(tx: &Connection, name: &UniqueName) -> Result<bool, TransactionError> {
    let mut row =
        tx.prepare_cached("SELECT 1 FROM pending WHERE unique_name = ? AND state = 'reserved'")?;
    Ok(row.exists([name.as_str()])?)
}

/// Removes the row of a reserved name. Not one that is *swept*: the sweep may still be removing blobs of this name.
pub(super) fn remove_reserved(tx: &Connection, name: &UniqueName) -> Result<(), TransactionError> {
    tx.prepare_cached("DELETE FROM pending WHERE unique_name = ? AND state = 'reserved'")?
        .execute([name.as_str()])?;
    Ok(())
}

/// The keys of the record's blobs, as the columns of a pending row have them.
fn keys_of(record: &ImageRecord) -> [String; 3] {
    let key = |variant| record.blob_key(variant).to_string();
    let renditions: Vec<String> =
        record.renditions.iter().map(|made| key(made.name.into())).collect();
    [key(Variant::Original), key(Variant::Standard), renditions.join(" ")]
}

pub(super) fn insert_pending(
    tx: &Connection,
    pending: Option<PendingId>,
    record: &ImageRecord,
    state: &str,
) -> Result<PendingId, TransactionError> {
    // Any website's upload may use a reserved name.
    let website = (state != "reserved").then_some(record.website_id.get());
    let [original, standard, renditions] = keys_of(record);
    tx.prepare_cached(
        "INSERT INTO pending
             (id, unique_name, website_id, original_key, standard_key, rendition_keys, state, state_since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        pending.map(|pending| pending.0),
        record.unique_name.as_str(),
        website,
        original,
        standard,
        renditions,
        state,
        now(),
    ])?;
    Ok(PendingId(tx.last_insert_rowid()))
}

pub(super) fn image_id(id: i64, column: &'static str) -> Result<ImageId, StorageError> {
    let id = u64::try_from(id).ok().and_then(ImageId::new);
    id.ok_or_else(|| InvalidRecord::impossible(column).into())
}

pub(super) fn now() -> i64 {
    unix_milliseconds(SystemTime::now())
}

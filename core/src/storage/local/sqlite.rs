//! The catalog in SQLite.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::columns;
use super::pool::Pool;
use super::transaction_error::TransactionError;
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, ImageId, ImageRecord, InvalidRecord, Variant, unix_milliseconds};
use crate::storage::{AbortOutcome, Catalog, Entry, Orphan, Page, PendingId, StorageError};

/// A [`Catalog`] in a SQLite database, which several processes may use.
#[derive(Debug)]
pub struct SqliteCatalog {
    pool: Pool,
}

impl SqliteCatalog {
    /// Opens the database `path` in an existing folder, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be opened or created, or it was made by a newer version of this
    /// library.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StorageError> {
        let path = path.into();
        // SQLite syncs the directory entries of its files at the first commit to each new log.
        Ok(Self { pool: Pool::open(std::path::absolute(&path).unwrap_or(path))? })
    }
}

impl Catalog for SqliteCatalog {
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        self.pool.write("begin an upload", |tx| {
            let name = &record.unique_name;
            let in_use: bool = tx
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM images WHERE stem = :stem)
                     OR EXISTS (SELECT 1 FROM pending WHERE unique_name = :name)",
                )?
                .query_row(named_params! {":stem": name.stem(), ":name": name.as_str()}, |row| {
                    row.get(0)
                })?;
            if in_use {
                return Err(StorageError::new(format!("the name {name} is in use")).into());
            }
            insert_pending(tx, None, record, "storing")
        })
    }

    fn commit(&self, pending: PendingId, record: &ImageRecord) -> Result<Entry, StorageError> {
        self.pool.write("commit an upload", |tx| {
            let removed = tx
                .prepare_cached(
                    "DELETE FROM pending WHERE id = ? AND unique_name = ? AND state = 'storing'",
                )?
                .execute(params![pending.0, record.unique_name.as_str()])?;
            if removed == 0 {
                return Err(StorageError::new("the upload was swept before it finished").into());
            }
            let first = tx
                .prepare_cached(
                    "SELECT photo_code FROM images
                     WHERE website_id = ? AND user_id = ? AND sha256 = ? ORDER BY id LIMIT 1",
                )?
                .query_row(
                    params![record.website_id.get(), record.user_id.as_str(), record.sha256],
                    |row| row.get::<_, i64>(0),
                )
                .optional()?;
            let id = insert_image(tx, record, first.unwrap_or_default())?;
            if first.is_none() {
                tx.prepare_cached("UPDATE images SET photo_code = id WHERE id = ?")?
                    .execute([id])?;
            }
            let photo_code = image_id(first.unwrap_or(id), "photo_code")?;
            Ok(Entry { id: image_id(id, "id")?, photo_code, record: record.clone() })
        })
    }

    fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, StorageError> {
        self.pool.write("abort an upload", |tx| {
            let visible = tx
                .prepare_cached(&select("stem = ?"))?
                .query_row([record.unique_name.stem()], entry)
                .optional()?;
            if let Some(visible) = visible {
                return Ok(AbortOutcome::Visible(Box::new(visible?)));
            }
            let owner = tx
                .prepare_cached("SELECT id FROM pending WHERE unique_name = ?")?
                .query_row([record.unique_name.as_str()], |row| row.get(0).map(PendingId))
                .optional()?;
            match owner {
                Some(owner) if owner != pending => return Ok(AbortOutcome::Superseded),
                Some(_) => {
                    tx.prepare_cached(
                        "UPDATE pending SET state = 'deleting', since = ? WHERE id = ?",
                    )?
                    .execute([now(), pending.0])?;
                }
                None => {
                    insert_pending(tx, Some(pending), record, "deleting")?;
                }
            }
            Ok(AbortOutcome::Deleting)
        })
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError> {
        self.pool.read("find an image", |tx| find(tx, website, id))
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError> {
        // The rendition may have another extension than the unique name; the stem is the same.
        let stem = key.name().stem();
        let found = self.pool.read("find an image by its name", |tx| {
            let found =
                tx.prepare_cached(&select("stem = ?"))?.query_row([stem], entry).optional()?;
            Ok(found.transpose()?)
        })?;
        Ok(found.filter(|entry| entry.record.blob_key(key.variant()) == *key))
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        self.pool.read("list images", |tx| {
            let total: i64 = tx
                .prepare_cached("SELECT count(*) FROM images WHERE website_id = ? AND user_id = ?")?
                .query_row(params![website.get(), user.as_str()], |row| row.get(0))?;
            let entries = tx
                .prepare_cached(&select(
                    "website_id = ? AND user_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
                ))?
                .query_map(
                    params![
                        website.get(),
                        user.as_str(),
                        page.size,
                        i64::try_from(page.offset()).unwrap_or(i64::MAX)
                    ],
                    entry,
                )?
                .map(|row| Ok(row??))
                .collect::<Result<_, TransactionError>>()?;
            Ok((total.unsigned_abs(), entries))
        })
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        self.pool.write("delete an image", |tx| {
            let Some(entry) = find(tx, website, id)? else { return Ok(None) };
            tx.prepare_cached("DELETE FROM images WHERE id = ?")?
                .execute([id.get().cast_signed()])?;
            let pending = insert_pending(tx, None, &entry.record, "deleting")?;
            let keys = Variant::ALL.map(|variant| entry.record.blob_key(variant));
            Ok(Some(Orphan { pending, keys: Ok(keys), may_be_writing: false }))
        })
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        // A negative age counts as zero: a clock was set back.
        const OLD: &str = "max(0, :now - since) >= :age";
        let age = i64::try_from(min_age.as_millis()).unwrap_or(i64::MAX);
        self.pool.write("expire pending rows", |tx| {
            let times = named_params! {":now": now(), ":age": age};
            let rows: Vec<(i64, [String; 2], bool)> = tx
                .prepare_cached(&format!(
                    "SELECT id, original_key, standard_key, state = 'storing' FROM pending
                     WHERE {OLD} ORDER BY id"
                ))?
                .query_map(times, |row| Ok((row.get(0)?, [row.get(1)?, row.get(2)?], row.get(3)?)))?
                .collect::<Result<_, _>>()?;
            tx.prepare_cached(&format!(
                "UPDATE pending SET state = 'swept', since = :now WHERE state = 'storing' AND {OLD}"
            ))?
            .execute(times)?;
            Ok(rows.into_iter().map(orphan).collect())
        })
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        self.pool.write("remove a pending row", |tx| {
            let removed = tx
                .prepare_cached("DELETE FROM pending WHERE id = ? AND state <> 'storing'")?
                .execute([pending.0])?;
            Ok(removed > 0)
        })
    }
}

fn select(condition: &str) -> String {
    let columns = columns::NAMES.as_str();
    format!("SELECT id, photo_code, {columns} FROM images WHERE {condition}")
}

/// Reads a row of [`select`]. The inner error is a damaged record.
fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Entry, StorageError>> {
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
fn orphan((pending, keys, may_be_writing): (i64, [String; 2], bool)) -> Orphan {
    let [original, standard] = keys.map(|key| BlobKey::parse(&key));
    let keys = original.and_then(|original| Ok([original, standard?]));
    Orphan { pending: PendingId(pending), keys, may_be_writing }
}

fn find(
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

fn insert_image(
    tx: &Connection,
    record: &ImageRecord,
    photo_code: i64,
) -> Result<i64, TransactionError> {
    let stem = record.unique_name.stem().to_owned();
    let values = [photo_code.into(), stem.into()].into_iter().chain(columns::values(record));
    tx.prepare_cached(&columns::insert("images", &["photo_code", "stem"]))?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(tx.last_insert_rowid())
}

fn insert_pending(
    tx: &Connection,
    pending: Option<PendingId>,
    record: &ImageRecord,
    state: &str,
) -> Result<PendingId, TransactionError> {
    let [original, standard] = Variant::ALL.map(|variant| record.blob_key(variant).to_string());
    tx.prepare_cached(
        "INSERT INTO pending
             (id, unique_name, website_id, original_key, standard_key, state, since)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        pending.map(|pending| pending.0),
        record.unique_name.as_str(),
        record.website_id.get(),
        original,
        standard,
        state,
        now(),
    ])?;
    Ok(PendingId(tx.last_insert_rowid()))
}

fn image_id(id: i64, column: &'static str) -> Result<ImageId, StorageError> {
    let id = u64::try_from(id).ok().and_then(ImageId::new);
    id.ok_or_else(|| InvalidRecord::impossible(column).into())
}

fn now() -> i64 {
    unix_milliseconds(SystemTime::now())
}

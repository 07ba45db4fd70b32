//! The catalog in PostgreSQL.

use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use super::columns;
use super::database::{Database, Parameter};
use super::failure::Failure;
use super::options::PostgresOptions;
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, ImageId, ImageRecord, InvalidBlobKey, InvalidRecord, Variant};
use crate::storage::cloud::CloudRuntime;
use crate::storage::{AbortOutcome, Catalog, Entry, Orphan, Page, PendingId, StorageError};

/// A [`Catalog`] in a PostgreSQL database, which any number of servers may use. PgBouncer may stand
/// between, in transaction mode too.
///
/// Each operation is one statement, sent in one message. One that fails with the connection is sent
/// again until [`PostgresOptions::retry_timeout`], each time with a check of whether the one before has
/// had its effect. Ages are measured by the database's clock.
#[derive(Debug)]
pub struct PostgresCatalog {
    database: Database,
}

impl PostgresCatalog {
    /// Opens the database. Tables that do not exist are created, and those of an older version migrated;
    /// several servers may do so at the same time.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when an option is invalid, the database cannot be reached, or its tables were
    /// made by a newer version of this library.
    pub fn open(runtime: &CloudRuntime, options: &PostgresOptions) -> Result<Self, StorageError> {
        Ok(Self { database: Database::open(runtime, options)? })
    }

    /// Runs a statement that only reads.
    fn read(
        &self,
        doing: &str,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, StorageError> {
        let rows = self.database.block_on(self.database.repeat(sql, parameters))?;
        rows.map_err(|failure| failure.while_trying_to(doing))
    }

    fn select(&self, condition: &str) -> String {
        let (columns, schema) = (columns::NAMES.as_str(), self.database.schema());
        format!("SELECT id, photo_code, {columns} FROM {schema}.images WHERE {condition}")
    }

    async fn find_stem(&self, stem: &str) -> Result<Option<Entry>, Failure> {
        let sql = self.select("stem = $1");
        let rows = self.database.repeat(&sql, &[(&stem, Type::TEXT)]).await?;
        Ok(rows.first().map(entry).transpose()?)
    }

    /// The id of the pending row of a name, in a state.
    async fn find_pending(&self, name: &str, state: &str) -> Result<Option<PendingId>, Failure> {
        let schema = self.database.schema();
        let sql = format!("SELECT id FROM {schema}.pending WHERE unique_name = $1 AND state = $2");
        let rows = self.database.repeat(&sql, &[(&name, Type::TEXT), (&state, Type::TEXT)]).await?;
        rows.first().map(pending_id).transpose()
    }

    async fn begin(&self, record: &ImageRecord) -> Result<PendingId, Failure> {
        let schema = self.database.schema();
        let sql = format!(
            "INSERT INTO {schema}.pending (unique_name, website_id, keys, state)
             SELECT $1, $2, $3, 'storing'
             WHERE NOT EXISTS (SELECT FROM {schema}.images WHERE stem = $4)
             ON CONFLICT (unique_name) DO NOTHING RETURNING id"
        );
        let name = record.unique_name.as_str();
        let parameters: &[Parameter<'_>] = &[
            (&name, Type::TEXT),
            (&i64::from(record.website_id.get()), Type::INT8),
            (&keys_of(record), Type::TEXT_ARRAY),
            (&record.unique_name.stem(), Type::TEXT),
        ];
        let (rows, in_doubt) = self.database.change(&sql, parameters).await?;
        if let Some(row) = rows.first() {
            return pending_id(row);
        }
        // Names are random: the row of an earlier attempt is this upload's.
        if in_doubt && let Some(own) = self.find_pending(name, "storing").await? {
            return Ok(own);
        }
        Err(StorageError::new(format!("the name {name} is in use")).into())
    }

    async fn commit(&self, pending: PendingId, record: &ImageRecord) -> Result<Entry, Failure> {
        let (schema, names) = (self.database.schema(), columns::NAMES.as_str());
        let values = columns::values(record);
        let marks: Vec<String> = (0..values.len()).map(|at| format!("${}", at + 7)).collect();
        let sql = format!(
            "INSERT INTO {schema}.images (id, photo_code, stem, {names})
             SELECT image, code, $6, {} FROM {schema}.next_image($1, $2, $3, $4, $5)
             RETURNING id, photo_code",
            marks.join(", ")
        );
        let website = i64::from(record.website_id.get());
        let (name, user) = (record.unique_name.as_str(), record.user_id.as_str());
        let (stem, sha256) = (record.unique_name.stem(), record.sha256.as_slice());
        let mut parameters: Vec<Parameter<'_>> = vec![
            (&pending.0, Type::INT8),
            (&name, Type::TEXT),
            (&website, Type::INT8),
            (&user, Type::TEXT),
            (&sha256, Type::BYTEA),
            (&stem, Type::TEXT),
        ];
        parameters.extend(columns::parameters(&values));
        // The pending row can be removed only once, so several attempts cannot store the image twice.
        let (rows, in_doubt) = self.database.change(&sql, &parameters).await?;
        if let Some(row) = rows.first() {
            let (id, photo_code) = (row.try_get(0)?, row.try_get(1)?);
            let photo_code = image_id(photo_code, "photo_code")?;
            return Ok(Entry { id: image_id(id, "id")?, photo_code, record: record.clone() });
        }
        // The pending row is gone: an earlier attempt has committed, or a sweep was first.
        if in_doubt
            && let Some(entry) = self.find_stem(stem).await?
            && entry.record == *record
        {
            return Ok(entry);
        }
        Err(StorageError::new("the upload was swept before it finished").into())
    }

    async fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, Failure> {
        let schema = self.database.schema();
        let sql = format!("SELECT {schema}.abort_upload($1, $2, $3, $4, $5)");
        let parameters: &[Parameter<'_>] = &[
            (&pending.0, Type::INT8),
            (&record.unique_name.as_str(), Type::TEXT),
            (&record.unique_name.stem(), Type::TEXT),
            (&i64::from(record.website_id.get()), Type::INT8),
            (&keys_of(record), Type::TEXT_ARRAY),
        ];
        let rows = self.database.repeat(&sql, parameters).await?;
        let outcome: Option<&str> = rows.first().map(|row| row.try_get(0)).transpose()?;
        match outcome {
            Some("deleting") => Ok(AbortOutcome::Deleting),
            Some("superseded") => Ok(AbortOutcome::Superseded),
            _ => match self.find_stem(record.unique_name.stem()).await? {
                Some(entry) => Ok(AbortOutcome::Visible(Box::new(entry))),
                None => Err(StorageError::new("the image was deleted in the meantime").into()),
            },
        }
    }

    async fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, Failure> {
        let schema = self.database.schema();
        let (website, id) = (i64::from(website.get()), id.get().cast_signed());
        let by_id: &[Parameter<'_>] = &[(&id, Type::INT8), (&website, Type::INT8)];
        let found =
            self.database.repeat(&self.select("id = $1 AND website_id = $2"), by_id).await?;
        let Some(entry) = found.first().map(entry).transpose()? else { return Ok(None) };
        let name = entry.record.unique_name.as_str();
        let keys = keys_of(&entry.record);
        let sql = format!(
            "WITH gone AS (
                 DELETE FROM {schema}.images WHERE id = $1 AND website_id = $2 RETURNING id
             )
             INSERT INTO {schema}.pending (unique_name, website_id, keys, state)
             SELECT $3, $2, $4, 'deleting' FROM gone RETURNING id"
        );
        let parameters: &[Parameter<'_>] = &[
            (&id, Type::INT8),
            (&website, Type::INT8),
            (&name, Type::TEXT),
            (&keys, Type::TEXT_ARRAY),
        ];
        let (rows, in_doubt) = self.database.change(&sql, parameters).await?;
        let pending = match rows.first() {
            Some(row) => Some(pending_id(row)?),
            None if in_doubt => self.find_pending(name, "deleting").await?,
            // Another caller was first.
            None => None,
        };
        let keys = Variant::ALL.map(|variant| entry.record.blob_key(variant));
        Ok(pending.map(|pending| Orphan::new(pending, Ok(keys))))
    }
}

impl Catalog for PostgresCatalog {
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        let begun = self.database.block_on(self.begin(record))?;
        begun.map_err(|failure| failure.while_trying_to("begin an upload"))
    }

    fn commit(&self, pending: PendingId, record: &ImageRecord) -> Result<Entry, StorageError> {
        let committed = self.database.block_on(self.commit(pending, record))?;
        committed.map_err(|failure| failure.while_trying_to("commit an upload"))
    }

    fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, StorageError> {
        let outcome = self.database.block_on(self.abort(pending, record))?;
        outcome.map_err(|failure| failure.while_trying_to("abort an upload"))
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError> {
        let (id, website) = (id.get().cast_signed(), i64::from(website.get()));
        let rows = self.read(
            "find an image",
            &self.select("id = $1 AND website_id = $2"),
            &[(&id, Type::INT8), (&website, Type::INT8)],
        )?;
        rows.first().map(entry).transpose()
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError> {
        // The rendition may have another extension than the unique name; the stem is the same.
        let found = self.database.block_on(self.find_stem(key.name().stem()))?;
        let found =
            found.map_err(|failure| failure.while_trying_to("find an image by its name"))?;
        Ok(found.filter(|entry| entry.record.blob_key(key.variant()) == *key))
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let (columns, schema) = (columns::NAMES.as_str(), self.database.schema());
        // One statement, so that the total and the page are of one moment.
        let sql = format!(
            "SELECT total, page.* FROM
                 (SELECT count(*) AS total FROM {schema}.images
                  WHERE website_id = $1 AND user_id = $2) AS counted
             LEFT JOIN
                 (SELECT id, photo_code, {columns} FROM {schema}.images
                  WHERE website_id = $1 AND user_id = $2
                  ORDER BY id DESC LIMIT $3 OFFSET $4) AS page ON true
             ORDER BY page.id DESC"
        );
        let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
        let rows = self.read(
            "list images",
            &sql,
            &[
                (&i64::from(website.get()), Type::INT8),
                (&user.as_str(), Type::TEXT),
                (&i64::from(page.size), Type::INT8),
                (&offset, Type::INT8),
            ],
        )?;
        let mut entries = Vec::with_capacity(rows.len());
        let mut total = 0;
        for row in &rows {
            total = column::<i64>(row, 0)?.unsigned_abs();
            // NULL when the page is empty.
            if column::<Option<i64>>(row, 1)?.is_some() {
                entries.push(entry_at(row, 1)?);
            }
        }
        Ok((total, entries))
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        let deleted = self.database.block_on(self.delete(website, id))?;
        deleted.map_err(|failure| failure.while_trying_to("delete an image"))
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        let schema = self.database.schema();
        // An age of zero includes times in the future: a clock was set back. A row that another
        // transaction has locked is in use, or expires in another sweep.
        let sql = format!(
            "WITH old AS (
                 SELECT id, keys, state FROM {schema}.pending
                 WHERE since <= clock_timestamp() - make_interval(secs => $1) OR $1 = 0
                 ORDER BY id FOR UPDATE SKIP LOCKED
             ), swept AS (
                 UPDATE {schema}.pending SET state = 'swept', since = clock_timestamp()
                 WHERE id IN (SELECT id FROM old WHERE state = 'storing')
             )
             SELECT id, keys, state = 'storing' FROM old ORDER BY id"
        );
        // A thousand years: more overflows PostgreSQL's times.
        let age = min_age.as_secs_f64().min(31_536_000_000.0);
        let rows = self.read("expire pending rows", &sql, &[(&age, Type::FLOAT8)])?;
        rows.iter().map(orphan).collect()
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        let schema = self.database.schema();
        let sql = format!(
            "DELETE FROM {schema}.pending WHERE id = $1 AND state <> 'storing' RETURNING id"
        );
        let rows = self.read("remove a pending row", &sql, &[(&pending.0, Type::INT8)])?;
        Ok(!rows.is_empty())
    }
}

fn keys_of(record: &ImageRecord) -> Vec<String> {
    Variant::ALL.map(|variant| record.blob_key(variant).to_string()).into()
}

/// Reads a row of [`PostgresCatalog::select`].
fn entry(row: &Row) -> Result<Entry, StorageError> {
    entry_at(row, 0)
}

fn entry_at(row: &Row, first: usize) -> Result<Entry, StorageError> {
    let record = columns::read(row, first + 2).map_err(unexpected)?;
    Ok(Entry {
        id: image_id(column(row, first)?, "id")?,
        photo_code: image_id(column(row, first + 1)?, "photo_code")?,
        record: record?,
    })
}

/// Reads a pending row. Damaged keys are an error of this row alone, so that the others are swept.
fn orphan(row: &Row) -> Result<Orphan, StorageError> {
    let keys: Vec<String> = column(row, 1)?;
    let keys = match keys.as_slice() {
        [original, standard] => {
            BlobKey::parse(original).and_then(|original| Ok([original, BlobKey::parse(standard)?]))
        }
        _ => Err(InvalidBlobKey),
    };
    Ok(Orphan::new(PendingId(column(row, 0)?), keys).with_may_be_writing(column(row, 2)?))
}

fn pending_id(row: &Row) -> Result<PendingId, Failure> {
    Ok(PendingId(row.try_get(0)?))
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, StorageError> {
    row.try_get(at).map_err(unexpected)
}

fn unexpected(error: tokio_postgres::Error) -> StorageError {
    StorageError::new("the database returned a value of another type").with_source(error)
}

fn image_id(id: i64, column: &'static str) -> Result<ImageId, StorageError> {
    let id = u64::try_from(id).ok().and_then(ImageId::new);
    id.ok_or_else(|| InvalidRecord::impossible(column).into())
}

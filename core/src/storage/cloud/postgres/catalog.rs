//! The catalog in PostgreSQL.

use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, ToSql, Type};

use super::columns;
use super::database::{Database, Parameter};
use super::failure::Failure;
use super::options::PostgresOptions;
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, InvalidRecord};
use crate::storage::cloud::CloudRuntime;
use crate::storage::{
    AbortOutcome, Catalog, Entry, Orphan, Page, PendingId, QuotaScope, Quotas, Scanned,
    StorageError, Usage, quota::Measure, search,
};

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

    /// Runs a statement that reads, or that may be executed several times.
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

    /// Selects some of a user's images, by an order and a limit of the ids. These are read from an index alone:
    /// a plan for all columns may read the table in the order of ids until it has met enough of the user's.
    fn select_of_user(&self, order_and_limit: &str) -> String {
        let schema = self.database.schema();
        self.select(&format!(
            "id IN (SELECT id FROM {schema}.images
                    WHERE website_id = $1 AND user_id = $2 {order_and_limit})"
        ))
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

    async fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, Failure> {
        let source = "next_image($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let limit = |limit: Option<u64>| limit.map(saturated);
        let limits = [
            limit(quotas.website.images),
            limit(quotas.website.bytes),
            limit(quotas.user.images),
            limit(quotas.user.bytes),
        ];
        let [website_images, website_bytes, user_images, user_bytes] = &limits;
        let parameters: &[Parameter<'_>] = &[
            (&pending.0, Type::INT8),
            (&record.unique_name.as_str(), Type::TEXT),
            (&i64::from(record.website_id.get()), Type::INT8),
            (&record.user_id.as_str(), Type::TEXT),
            (&record.sha256.as_slice(), Type::BYTEA),
            (&saturated(record.all_bytes()), Type::INT8),
            (website_images, Type::INT8),
            (website_bytes, Type::INT8),
            (user_images, Type::INT8),
            (user_bytes, Type::INT8),
        ];
        match self.insert_image(source, parameters, record).await {
            Err(Failure::Statement(error)) => Err(match exceeded(&error) {
                Some((scope, measure)) => quotas.exceeded(scope, measure).into(),
                None => Failure::Statement(error),
            }),
            inserted => inserted,
        }
    }

    async fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, Failure> {
        let source = "given_image($1, $2, $3, $4)";
        let parameters: &[Parameter<'_>] = &[
            (&pending.0, Type::INT8),
            (&record.unique_name.as_str(), Type::TEXT),
            (&id.get().cast_signed(), Type::INT8),
            (&photo_code.get().cast_signed(), Type::INT8),
        ];
        match self.insert_image(source, parameters, record).await {
            Err(Failure::Statement(error)) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                let taken = format!("there is an image with the id {id}");
                Err(StorageError::new(taken).with_source(error).into())
            }
            inserted => inserted,
        }
    }

    /// Inserts the image whose id and photo code the function call `source` returns, unless it returns
    /// nothing.
    async fn insert_image(
        &self,
        source: &str,
        parameters: &[Parameter<'_>],
        record: &ImageRecord,
    ) -> Result<Entry, Failure> {
        let (schema, names) = (self.database.schema(), columns::NAMES.as_str());
        let values = columns::values(record);
        let (stem, name) = (record.unique_name.stem(), search::folded(record.image_name.as_str()));
        let mut all = parameters.to_vec();
        let rendition_bytes = record.rendition_bytes().cast_signed();
        all.extend([(&stem as &(dyn ToSql + Sync), Type::TEXT), (&name, Type::TEXT)]);
        all.push((&rendition_bytes, Type::INT8));
        all.extend(columns::parameters(&values));
        let marks: Vec<String> =
            (parameters.len() + 1..=all.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "INSERT INTO {schema}.images (id, photo_code, stem, search_name, rendition_bytes, {names})
             SELECT image, code, {} FROM {schema}.{source} RETURNING id, photo_code",
            marks.join(", ")
        );
        // The pending row can be removed only once, so several attempts cannot store the image twice.
        let (rows, in_doubt) = self.database.change(&sql, &all).await?;
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
        let (website, id) = (i64::from(website.get()), id.get().cast_signed());
        let by_id: &[Parameter<'_>] = &[(&id, Type::INT8), (&website, Type::INT8)];
        let found =
            self.database.repeat(&self.select("id = $1 AND website_id = $2"), by_id).await?;
        let entries = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(self.retire(&entries, None).await?.pop())
    }

    /// Replaces images by pending rows in state *deleting*, unless they are gone, or meanwhile those of
    /// another user than `user`.
    async fn retire(&self, entries: &[Entry], user: Option<&str>) -> Result<Vec<Orphan>, Failure> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let schema = self.database.schema();
        let records = || entries.iter().map(|entry| &entry.record);
        // An array of arrays would need the same number of keys in each.
        let keys: Vec<String> = records().map(|record| keys_of(record).join(" ")).collect();
        let ids: Vec<i64> = entries.iter().map(|entry| entry.id.get().cast_signed()).collect();
        let names: Vec<&str> = records().map(|record| record.unique_name.as_str()).collect();
        let websites: Vec<i64> = records().map(|record| record.website_id.get().into()).collect();
        let sql = format!(
            "WITH gone AS (
                 DELETE FROM {schema}.images
                 WHERE id = ANY ($1) AND ($5 IS NULL OR user_id = $5) RETURNING id
             )
             INSERT INTO {schema}.pending (unique_name, website_id, keys, state)
             SELECT name, website, string_to_array(all_keys, ' '), 'deleting'
             FROM unnest($1, $2, $3, $4) AS old (id, name, website, all_keys)
             JOIN gone USING (id) ORDER BY id
             RETURNING id, keys, false"
        );
        let parameters: &[Parameter<'_>] = &[
            (&ids, Type::INT8_ARRAY),
            (&names, Type::TEXT_ARRAY),
            (&websites, Type::INT8_ARRAY),
            (&keys, Type::TEXT_ARRAY),
            (&user, Type::TEXT),
        ];
        let (mut rows, in_doubt) = self.database.change(&sql, parameters).await?;
        if in_doubt {
            // Also those that an earlier attempt has made.
            let sql = format!(
                "SELECT id, keys, false FROM {schema}.pending
                 WHERE unique_name = ANY ($1) AND state = 'deleting' ORDER BY id"
            );
            rows = self.database.repeat(&sql, &[(&names, Type::TEXT_ARRAY)]).await?;
        }
        Ok(rows.iter().map(orphan).collect::<Result<_, _>>()?)
    }

    /// Retires the images that a [`select`](Self::select) returns.
    fn retire_where(
        &self,
        doing: &str,
        select: &str,
        parameters: &[Parameter<'_>],
        user: Option<&str>,
    ) -> Result<Vec<Orphan>, StorageError> {
        let retired = async {
            let found = self.database.repeat(select, parameters).await?;
            let entries = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            self.retire(&entries, user).await
        };
        let retired = self.database.block_on(retired)?;
        retired.map_err(|failure| failure.while_trying_to(doing))
    }

    /// Reads a total and a page. Each row has the total, then the columns of [`select`](Self::select),
    /// which are NULL when the page is empty.
    fn read_page(
        &self,
        doing: &str,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let rows = self.read(doing, sql, parameters)?;
        let mut entries = Vec::with_capacity(rows.len());
        let mut total = 0;
        for row in &rows {
            total = column::<i64>(row, 0)?.max(0).unsigned_abs();
            if column::<Option<i64>>(row, 1)?.is_some() {
                entries.push(entry_at(row, 1)?);
            }
        }
        Ok((total, entries))
    }
}

impl Catalog for PostgresCatalog {
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        let begun = self.database.block_on(self.begin(record))?;
        begun.map_err(|failure| failure.while_trying_to("begin an upload"))
    }

    fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, StorageError> {
        let committed = self.database.block_on(self.commit(pending, record, quotas))?;
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
        Ok(found.filter(|entry| entry.record.has_key(key)))
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let schema = self.database.schema();
        let of_user = self.select_of_user("ORDER BY id DESC LIMIT $3 OFFSET $4");
        // One statement, so that the total and the page are of one moment.
        let sql = format!(
            "SELECT coalesce((SELECT images FROM {schema}.usage_by_user
                              WHERE website_id = $1 AND user_id = $2), 0) AS total, page.*
             FROM (VALUES (0)) AS one LEFT JOIN ({of_user}) AS page ON true ORDER BY page.id DESC"
        );
        let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&user.as_str(), Type::TEXT),
            (&i64::from(page.size), Type::INT8),
            (&offset, Type::INT8),
        ];
        self.read_page("list images", &sql, parameters)
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
                 WHERE since <= (SELECT CASE WHEN $1 = 0 THEN 'infinity'
                                 ELSE clock_timestamp() - make_interval(secs => $1) END)
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

    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let before = before.map_or(i64::MAX, |id| id.get().cast_signed());
        let sql = self.select_of_user("AND id < $3 ORDER BY id DESC LIMIT $4");
        let sql = format!("{sql} ORDER BY id DESC");
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&user.as_str(), Type::TEXT),
            (&before, Type::INT8),
            (&i64::from(size), Type::INT8),
        ];
        let rows = self.read("list images", &sql, parameters)?;
        rows.iter().map(entry).collect()
    }

    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let schema = self.database.schema();
        let on_page =
            self.select("id IN (SELECT id FROM found ORDER BY id DESC LIMIT $3 OFFSET $4)");
        let sql = format!(
            "WITH found AS (
                 SELECT id FROM {schema}.images
                 WHERE website_id = $1 AND user_id = $2 AND position($5 IN search_name) > 0
             )
             SELECT total, page.* FROM (SELECT count(*) AS total FROM found) AS counted
             LEFT JOIN ({on_page}) AS page ON true ORDER BY page.id DESC"
        );
        let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&user.as_str(), Type::TEXT),
            (&i64::from(page.size), Type::INT8),
            (&offset, Type::INT8),
            (&text, Type::TEXT),
        ];
        self.read_page("search images", &sql, parameters)
    }

    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<(u32, Entry)>, StorageError> {
        let schema = self.database.schema();
        // The bits that differ are the ones in the text of the exclusive or: bit_count is new in version 14.
        let on_page = self.select("id IN (SELECT near FROM found)");
        let sql = format!(
            "WITH hashes AS (
                 SELECT id AS near, length(replace(
                     (('x' || encode(difference_hash, 'hex'))::bit(64) # $3::bit(64))::text, '0', ''
                 )) AS distance
                 FROM {schema}.images
                 WHERE website_id = $1 AND ($2 IS NULL OR user_id = $2)
                     AND difference_hash IS NOT NULL
             ), found AS (
                 SELECT near, distance FROM hashes WHERE distance <= $4
                 ORDER BY distance, near DESC LIMIT $5
             )
             SELECT distance::bigint, page.* FROM ({on_page}) AS page
             JOIN found ON near = page.id ORDER BY distance, near DESC"
        );
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&user.map(UserId::as_str), Type::TEXT),
            (&hash.bits().cast_signed(), Type::INT8),
            (&i64::from(distance), Type::INT8),
            (&i64::from(limit), Type::INT8),
        ];
        let rows = self.read("find similar images", &sql, parameters)?;
        let similar = rows.iter().map(|row| {
            let distance = u32::try_from(column::<i64>(row, 0)?).unwrap_or(u32::MAX);
            Ok((distance, entry_at(row, 1)?))
        });
        similar.collect()
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        let schema = self.database.schema();
        let website = i64::from(website.get());
        let rows = match user {
            Some(user) => {
                let sql = format!(
                    "SELECT images, bytes, 1::bigint FROM {schema}.usage_by_user
                     WHERE website_id = $1 AND user_id = $2"
                );
                let parameters: &[Parameter<'_>] =
                    &[(&website, Type::INT8), (&user.as_str(), Type::TEXT)];
                self.read("read the usage", &sql, parameters)?
            }
            None => {
                let sql = format!(
                    "SELECT images, bytes, users FROM {schema}.usage_by_website
                     WHERE website_id = $1"
                );
                self.read("read the usage", &sql, &[(&website, Type::INT8)])?
            }
        };
        let Some(row) = rows.first() else { return Ok(Usage::default()) };
        let number = |at| Ok::<_, StorageError>(column::<i64>(row, at)?.max(0).unsigned_abs());
        Ok(Usage::new(number(0)?, number(1)?, number(2)?))
    }

    fn supports_limits(&self) -> bool {
        true
    }

    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        let schema = self.database.schema();
        let sql = format!(
            "SELECT website_id FROM {schema}.usage_by_website
             WHERE website_id > $1 AND images > 0 ORDER BY website_id LIMIT $2"
        );
        let after = after.map_or(0, |website| i64::from(website.get()));
        let parameters: &[Parameter<'_>] = &[(&after, Type::INT8), (&i64::from(limit), Type::INT8)];
        let rows = self.read("list websites", &sql, parameters)?;
        let website = |row: &Row| {
            let id = u32::try_from(column::<i64>(row, 0)?).ok().and_then(WebsiteId::new);
            id.ok_or_else(|| InvalidRecord::impossible("website_id").into())
        };
        rows.iter().map(website).collect()
    }

    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        let sql = self.select_of_user("ORDER BY id LIMIT $3");
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&user.as_str(), Type::TEXT),
            (&i64::from(limit), Type::INT8),
        ];
        self.retire_where("delete a user's images", &sql, parameters, Some(user.as_str()))
    }

    fn delete_older(
        &self,
        website: WebsiteId,
        age: Duration,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        // The time is read once, so that the index is used.
        let condition = "website_id = $1
             AND created <= (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - $2)
             ORDER BY created LIMIT $3";
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&age, Type::INT8),
            (&i64::from(limit), Type::INT8),
        ];
        self.retire_where("delete old images", &self.select(condition), parameters, None)
    }

    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        limit: u32,
    ) -> Result<u64, StorageError> {
        let schema = self.database.schema();
        let sql = format!(
            "UPDATE {schema}.images SET user_id = $3
             WHERE website_id = $1 AND user_id = $2 AND id IN
                 (SELECT id FROM {schema}.images WHERE website_id = $1 AND user_id = $2
                  ORDER BY id LIMIT $4)
             RETURNING id"
        );
        let parameters: &[Parameter<'_>] = &[
            (&i64::from(website.get()), Type::INT8),
            (&from.as_str(), Type::TEXT),
            (&to.as_str(), Type::TEXT),
            (&i64::from(limit), Type::INT8),
        ];
        Ok(self.read("reassign images", &sql, parameters)?.len() as u64)
    }

    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<Scanned>, StorageError> {
        let after = after.map_or(0, |id| id.get().cast_signed());
        let parameters: &[Parameter<'_>] = &[(&after, Type::INT8), (&i64::from(limit), Type::INT8)];
        let rows =
            self.read("read images", &self.select("id > $1 ORDER BY id LIMIT $2"), parameters)?;
        let scanned = |row| Ok(Scanned::new(image_id(column(row, 0)?, "id")?, entry(row)));
        rows.iter().map(scanned).collect()
    }

    fn holds(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let schema = self.database.schema();
        // By the stem alone, so that a record that cannot be read is found too.
        let sql = format!(
            "SELECT FROM {schema}.images WHERE stem = $1
             UNION ALL
             SELECT FROM {schema}.pending WHERE unique_name >= $1 || '.' AND unique_name < $1 || '/'"
        );
        let stem = key.name().stem();
        Ok(!self.read("find a file's record", &sql, &[(&stem, Type::TEXT)])?.is_empty())
    }

    fn take_over(&self, record: &ImageRecord) -> Result<Option<PendingId>, StorageError> {
        let schema = self.database.schema();
        let sql = format!(
            "UPDATE {schema}.pending SET state = 'deleting', since = clock_timestamp()
             WHERE unique_name = $1 RETURNING id"
        );
        let name = record.unique_name.as_str();
        let rows = self.read("take over an upload", &sql, &[(&name, Type::TEXT)])?;
        rows.first().map(|row| Ok(PendingId(column(row, 0)?))).transpose()
    }

    fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, StorageError> {
        let committed = self.database.block_on(self.commit_as(pending, record, id, photo_code))?;
        committed.map_err(|failure| failure.while_trying_to("import an image"))
    }

    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        let sql = format!("SELECT id FROM {}.last_image", self.database.schema());
        let rows = self.read("read the last id", &sql, &[])?;
        let last: Option<i64> = rows.first().map(|row| column(row, 0)).transpose()?;
        Ok(last.and_then(|last| ImageId::new(last.max(0).unsigned_abs())))
    }

    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        let schema = self.database.schema();
        let sql = format!("UPDATE {schema}.last_image SET id = greatest(id, $1)");
        let id = id.get().cast_signed();
        self.read("raise the last id", &sql, &[(&id, Type::INT8)]).map(drop)
    }
}

/// The quota that the function `check_quotas` found used up.
fn exceeded(error: &tokio_postgres::Error) -> Option<(QuotaScope, Measure)> {
    match error.code()?.code() {
        "UIQ01" => Some((QuotaScope::Website, Measure::Images)),
        "UIQ02" => Some((QuotaScope::Website, Measure::Bytes)),
        "UIQ03" => Some((QuotaScope::User, Measure::Images)),
        "UIQ04" => Some((QuotaScope::User, Measure::Bytes)),
        _ => None,
    }
}

/// A number that may be over those of PostgreSQL: no number that is stored is.
fn saturated(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn keys_of(record: &ImageRecord) -> Vec<String> {
    record.blob_keys().iter().map(ToString::to_string).collect()
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
    let keys = keys.iter().map(|key| BlobKey::parse(key)).collect();
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

//! The catalog in PostgreSQL.

use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::columns;
use super::commits::Commits;
use super::database::{Database, Parameter};
use super::options::PostgresOptions;
use super::rows::{column, entry, entry_at, image_id, orphan};
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, InvalidRecord};
use crate::storage::cloud::CloudRuntime;
use crate::storage::{
    AbortOutcome, Catalog, Entry, Orphan, Page, PendingId, Quotas, Scanned, StorageError, Usage,
};

/// A [`Catalog`] in a PostgreSQL database, which any number of servers may use. PgBouncer may stand
/// between, in transaction mode too.
///
/// Each operation is one statement, sent in one message; commits that wait for one another share one. One that fails with the connection is sent
/// again until [`PostgresOptions::retry_timeout`], each time with a check of whether the one before has
/// had its effect. Ages are measured by the database's clock.
#[derive(Debug)]
pub struct PostgresCatalog {
    pub(super) database: Database,
    pub(super) commits: Commits,
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
        Ok(Self { database: Database::open(runtime, options)?, commits: Commits::default() })
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

    pub(super) fn select(&self, condition: &str) -> String {
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
        let on_page = self.select("id IN (SELECT image FROM found)");
        let sql = format!(
            "WITH hashes AS (
                 SELECT id AS image, length(replace(
                     (('x' || encode(difference_hash, 'hex'))::bit(64) # $3::bit(64))::text, '0', ''
                 )) AS distance
                 FROM {schema}.images
                 WHERE website_id = $1 AND ($2 IS NULL OR user_id = $2)
                     AND difference_hash IS NOT NULL
             ), found AS (
                 SELECT image, distance FROM hashes WHERE distance <= $4
                 ORDER BY distance, image DESC LIMIT $5
             )
             SELECT distance::bigint, page.* FROM ({on_page}) AS page
             JOIN found ON image = page.id ORDER BY distance, image DESC"
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

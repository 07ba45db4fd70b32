//! The catalog in SQLite.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use rusqlite::{OptionalExtension, named_params, params};

use super::lists::{find_similar, list, search};
use super::pool::Pool;
use super::reserved_names::{RESERVED_FOR, ReservedNames};
use super::rows::{
    delete, delete_all, entries, entry, find, find_reserved, image_id, insert_image,
    insert_pending, is_reserved, now, orphan, remove_reserved, select, take_committable, usage,
};
use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, InvalidRecord};
use crate::storage::{
    AbortOutcome, Catalog, Entry, Orphan, Page, PendingId, QuotaScope, Quotas, Scanned,
    StorageError, Usage,
};

/// A [`Catalog`] in a SQLite database, which several processes may use.
#[derive(Debug)]
pub struct SqliteCatalog {
    pool: Pool,
    reserved_names: ReservedNames,
}

impl SqliteCatalog {
    /// Opens the database `path` in an existing folder, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be opened or created, or it was made by a newer version of this
    /// library.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StorageError> {
        // SQLite syncs the directory entries of its files at the first commit to each new log.
        let pool = Pool::open(canonical(path.into()))?;
        Ok(Self { pool, reserved_names: ReservedNames::default() })
    }
}

/// The one path of a file, by which the pools of a process share their connections.
fn canonical(path: PathBuf) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let path = std::path::absolute(&path).unwrap_or(path);
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// The pending rows that were in their state at a time, which is another one for those that are reserved.
const EXPIRED: &str = "SELECT id, original_key, standard_key, rendition_keys,
     state IN ('storing', 'reserved'), website_id IS NULL
     FROM pending WHERE state_since <= ?1 AND (state <> 'reserved' OR state_since <= ?2) ORDER BY state_since, id";

/// The conditions of [`select`] that pages and deletions use.
const OF_USER_BEFORE: &str = "website_id = ? AND user_id = ? AND id < ? ORDER BY id DESC LIMIT ?";
const OF_USER: &str = "website_id = ? AND user_id = ? ORDER BY id LIMIT ?";
const OLDER: &str = "website_id = ? AND created <= ? ORDER BY created LIMIT ?";

impl Catalog for SqliteCatalog {
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        // In a child of a process that has used the catalog this fails, before it waits for a thread that is not there.
        let given = self.pool.read("find a reserved name", |tx| {
            while let Some(name) = self.reserved_names.give(record, now()) {
                // A sweep without an age may have found it.
                if is_reserved(tx, &name)? {
                    return Ok(Some(name));
                }
            }
            Ok(None)
        });
        given.unwrap_or_default()
    }

    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        const BEGIN: &str = "begin an upload";
        let (is_given, reserved) = self.pool.read(BEGIN, |tx| {
            let is_given = self.reserved_names.use_up(&record.unique_name);
            let reserved = if is_given { find_reserved(tx, record)? } else { None };
            Ok((is_given, reserved))
        })?;
        if let Some(reserved) = reserved {
            return Ok(reserved);
        }
        self.pool.write(BEGIN, |tx| {
            let name = &record.unique_name;
            if is_given {
                // Too late, or with other blobs.
                remove_reserved(tx, name)?;
            }
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

    fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, StorageError> {
        let now = now();
        let expired = self.reserved_names.take_expired(now);
        let next = self.reserved_names.next(record, SystemTime::now());
        let entry = self.pool.write("commit an upload", |tx| {
            take_committable(tx, pending, record)?;
            quotas.check(record.all_bytes(), |scope| {
                let user = (scope == QuotaScope::User).then_some(&record.user_id);
                usage(tx, record.website_id, user)
            })?;
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
            let id = insert_image(tx, record, first.unwrap_or_default(), None)?;
            if first.is_none() {
                tx.prepare_cached("UPDATE images SET photo_code = id WHERE id = ?")?
                    .execute([id])?;
            }
            let photo_code = image_id(first.unwrap_or(id), "photo_code")?;
            for name in &expired {
                remove_reserved(tx, name)?;
            }
            if let Some(next) = &next {
                insert_pending(tx, None, next, "reserved")?;
            }
            Ok(Entry { id: image_id(id, "id")?, photo_code, record: record.clone() })
        })?;
        if let Some(next) = &next {
            self.reserved_names.add(next, now);
        }
        Ok(entry)
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
                        "UPDATE pending SET state = 'deleting', state_since = ?, website_id = ? WHERE id = ?",
                    )?
                    .execute(params![now(), record.website_id.get(), pending.0])?;
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
        Ok(found.filter(|entry| entry.record.has_key(key)))
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        self.pool.read("list images", |tx| list(tx, website, user, page))
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        self.pool.write("delete an image", |tx| {
            let Some(entry) = find(tx, website, id)? else { return Ok(None) };
            delete(tx, &entry).map(Some)
        })
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        // A time in the future is an age of zero: a clock was set back.
        let now = now();
        let age = i64::try_from(min_age.as_millis()).unwrap_or(i64::MAX);
        let [latest, latest_reserved] = match age {
            0 => [i64::MAX; 2],
            // The upload of a reserved name may have begun that much later.
            _ => [age, age.saturating_add(RESERVED_FOR)].map(|age| now.saturating_sub(age)),
        };
        self.pool.write("expire pending rows", |tx| {
            let rows: Vec<Orphan> = tx
                .prepare_cached(EXPIRED)?
                .query_map([latest, latest_reserved], orphan)?
                .collect::<Result<_, _>>()?;
            tx.prepare_cached(
                "UPDATE pending SET state = 'swept', state_since = ?1
                 WHERE state_since <= ?2 AND (state = 'storing' OR (state = 'reserved' AND state_since <= ?3))",
            )?
            .execute([now, latest, latest_reserved])?;
            Ok(rows)
        })
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        self.pool.write("remove a pending row", |tx| {
            let removed = tx
                .prepare_cached(
                    "DELETE FROM pending WHERE id = ? AND state IN ('swept', 'deleting')",
                )?
                .execute([pending.0])?;
            Ok(removed > 0)
        })
    }

    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let before = before.map_or(i64::MAX, |id| id.get().cast_signed());
        self.pool.read("list images", |tx| {
            entries(tx, OF_USER_BEFORE, params![website.get(), user.as_str(), before, size])
        })
    }

    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        self.pool.read("search images", |tx| search(tx, website, user, text, page))
    }

    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<(u32, Entry)>, StorageError> {
        self.pool.read("find similar images", |tx| {
            find_similar(tx, website, user, hash, distance, limit)
        })
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        self.pool.read("read the usage", |tx| usage(tx, website, user))
    }

    fn supports_limits(&self) -> bool {
        true
    }

    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        let after = after.map_or(0, WebsiteId::get);
        self.pool.read("list websites", |tx| {
            tx.prepare_cached(
                "SELECT website_id FROM usage_by_website
                 WHERE website_id > ? AND images > 0 ORDER BY website_id LIMIT ?",
            )?
            .query_map([after, limit], |row| row.get(0))?
            .map(|id| {
                let id = WebsiteId::new(id?);
                Ok(id.ok_or_else(|| StorageError::from(InvalidRecord::impossible("website_id")))?)
            })
            .collect()
        })
    }

    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        self.pool.write("delete a user's images", |tx| {
            delete_all(tx, OF_USER, params![website.get(), user.as_str(), limit])
        })
    }

    fn delete_older(
        &self,
        website: WebsiteId,
        age: Duration,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        self.pool.write("delete old images", |tx| {
            delete_all(tx, OLDER, params![website.get(), now().saturating_sub(age), limit])
        })
    }

    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        limit: u32,
    ) -> Result<u64, StorageError> {
        self.pool.write("reassign images", |tx| {
            let moved = tx
                .prepare_cached(
                    "UPDATE images SET user_id = ? WHERE id IN
                     (SELECT id FROM images WHERE website_id = ? AND user_id = ? ORDER BY id LIMIT ?)",
                )?
                .execute(params![to.as_str(), website.get(), from.as_str(), limit])?;
            Ok(moved as u64)
        })
    }

    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<Scanned>, StorageError> {
        let after = after.map_or(0, |id| id.get().cast_signed());
        self.pool.read("read images", |tx| {
            tx.prepare_cached(&select("id > ? ORDER BY id LIMIT ?"))?
                .query_map(params![after, limit], |row| Ok((row.get(0)?, entry(row)?)))?
                .map(|row| {
                    let (id, entry) = row?;
                    Ok(Scanned::new(image_id(id, "id")?, entry))
                })
                .collect()
        })
    }

    fn holds(&self, key: &BlobKey) -> Result<bool, StorageError> {
        self.pool.read("find a file's record", |tx| {
            // By the stem alone, so that a record that cannot be read is found too.
            let stem = key.name().stem();
            let found = tx
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM images WHERE stem = ?1)
                     OR EXISTS (SELECT 1 FROM pending WHERE unique_name >= ?2 AND unique_name < ?3)",
                )?
                .query_row(
                    params![stem, format!("{stem}."), format!("{stem}/")],
                    |row| row.get(0),
                )?;
            Ok(found)
        })
    }

    fn take_over(&self, record: &ImageRecord) -> Result<Option<PendingId>, StorageError> {
        self.pool.write("take over an upload", |tx| {
            let taken = tx
                .prepare_cached(
                    "UPDATE pending SET state = 'deleting', state_since = ? WHERE unique_name = ? RETURNING id",
                )?
                .query_row(params![now(), record.unique_name.as_str()], |row| {
                    row.get(0).map(PendingId)
                })
                .optional()?;
            Ok(taken)
        })
    }

    fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, StorageError> {
        self.pool.write("import an image", |tx| {
            take_committable(tx, pending, record)?;
            let exists: bool = tx
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM images WHERE id = ?)")?
                .query_row([id.get().cast_signed()], |row| row.get(0))?;
            if exists {
                return Err(StorageError::new(format!("there is an image with the id {id}")).into());
            }
            insert_image(tx, record, photo_code.get().cast_signed(), Some(id))?;
            Ok(Entry { id, photo_code, record: record.clone() })
        })
    }

    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        self.pool.read("read the last id", |tx| {
            let last: Option<i64> = tx
                .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'images'")?
                .query_row((), |row| row.get(0))
                .optional()?;
            Ok(last.and_then(|last| ImageId::new(last.max(0).unsigned_abs())))
        })
    }

    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        self.pool.write("raise the last id", |tx| {
            let id = id.get().cast_signed();
            let raised = tx
                .prepare_cached(
                    "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'images'",
                )?
                .execute([id])?;
            if raised == 0 {
                tx.prepare_cached("INSERT INTO sqlite_sequence (name, seq) VALUES ('images', ?)")?
                    .execute([id])?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::local::lists::{HASHES, HASHES_OF_USER, SEARCH};
    use crate::storage::local::rows::RESERVED;

    /// No query of a page, a search, a deletion or a sweep reads the table from end to end or sorts it.
    #[test]
    fn queries_use_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::open(folder.path().join("test.sqlite3")).unwrap();
        for (query, index) in [
            (select(OF_USER_BEFORE), "images_by_user"),
            (select(OF_USER), "images_by_user"),
            (select(OLDER), "images_by_age"),
            (SEARCH.to_owned(), "COVERING INDEX images_by_search"),
            (HASHES.to_owned(), "COVERING INDEX images_by_hash"),
            (HASHES_OF_USER.to_owned(), "COVERING INDEX images_by_hash"),
            (EXPIRED.to_owned(), "pending_by_age"),
            (RESERVED.to_owned(), "sqlite_autoindex_pending_1 (unique_name=?)"),
            (select("stem = ?"), "images_by_stem"),
            (select("id > ? ORDER BY id LIMIT ?"), "INTEGER PRIMARY KEY"),
        ] {
            let plan: Vec<String> = catalog
                .pool
                .read("explain a query", |tx| {
                    let mut statement = tx.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
                    // The parameters stay NULL: the plan does not depend on them.
                    let mut rows = statement.raw_query();
                    let mut plan = Vec::new();
                    while let Some(row) = rows.next()? {
                        plan.push(row.get(3)?);
                    }
                    Ok(plan)
                })
                .unwrap();
            let plan = plan.join("; ");
            assert!(plan.starts_with("SEARCH ") && plan.contains(index), "{query}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{query}: {plan}");
        }
    }
    #[cfg(feature = "contract")]
    #[test]
    fn a_commit_removes_the_rows_of_names_that_have_waited_too_long() {
        use crate::storage::contract::{Sample, WEBSITE};

        let folder = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::open(folder.path().join("test.sqlite3")).unwrap();
        let record = || Sample::new(WEBSITE, "user", *b"any").record;
        let (new, old) = (record(), record());
        for record in [&new, &old] {
            assert_eq!(catalog.take_reserved_name(record), None);
        }
        catalog.pool.write("test", |tx| insert_pending(tx, None, &old, "reserved")).unwrap();
        catalog.reserved_names.add(&old, now() - RESERVED_FOR);
        let is_there =
            || catalog.pool.read("test", |tx| is_reserved(tx, &old.unique_name)).unwrap();
        assert!(is_there());
        let pending = catalog.begin(&new).unwrap();
        catalog.commit(pending, &new, &Quotas::default()).unwrap();
        assert!(!is_there());
        // And there is another one.
        assert!(catalog.take_reserved_name(&record()).is_some());
    }
}

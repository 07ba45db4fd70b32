//! The tables of the embedded catalog.

use rusqlite::{Connection, params};

use super::columns;
use super::session::run;
use super::transaction_error::TransactionError;
use crate::record::{FACTS, Fact, ImageRecord};
use crate::storage::{StorageError, search};

/// `PRAGMA user_version` of the tables that [`create`] makes: the newest version among the facts and
/// [`STRUCTURE`].
const VERSION: i64 = newest(STRUCTURE, FACTS);

/// The version that last changed anything but the facts. A change needs a new number and a step in
/// [`migrate`].
const STRUCTURE: i64 = 5;

const fn newest(mut version: i64, mut facts: &[Fact<ImageRecord>]) -> i64 {
    while let [fact, rest @ ..] = facts {
        if fact.since > version {
            version = fact.since;
        }
        facts = rest;
    }
    version
}

/// Whether the tables are those of this version.
pub(super) fn is_current(connection: &Connection) -> rusqlite::Result<bool> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(version == VERSION)
}

/// Creates the tables in a new database, or migrates those of an older version. Commits the write
/// transaction that is open: its lock lets several processes do so at the same time.
///
/// # Errors
///
/// When the database has a newer version, or cannot be read or written.
pub(super) fn prepare(connection: &Connection) -> Result<(), TransactionError> {
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        VERSION => {}
        0 => create(connection)?,
        1..VERSION => migrate(connection, version)?,
        other => {
            return Err(TransactionError::Storage(StorageError::new(format!(
                "the database has version {other}, this library supports {VERSION}: it was made by \
                 a newer version"
            ))));
        }
    }
    connection.pragma_update(None, "user_version", VERSION)?;
    run(connection, "COMMIT")?;
    Ok(())
}

/// Creates the tables.
fn create(connection: &Connection) -> rusqlite::Result<()> {
    let facts = columns::definitions();
    // AUTOINCREMENT: an id is never reused, not even that of the last image after its deletion.
    connection.execute_batch(&format!(
        "CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_code INTEGER NOT NULL, -- the id of the first upload of the same bytes
{facts}    stem TEXT NOT NULL, -- the unique name without its extension
    search_name TEXT NOT NULL, -- the image name in lower case
    rendition_bytes INTEGER NOT NULL -- of the further renditions
) STRICT;"
    ))?;
    connection.execute_batch(PENDING)?;
    connection.execute_batch(INDEXES)?;
    connection.execute_batch(SINCE_3)?;
    connection.execute_batch(SINCE_4)
}

const PENDING: &str = "
CREATE TABLE pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    unique_name TEXT NOT NULL UNIQUE,
    website_id INTEGER, -- NULL if the name is reserved, and its row may have no upload
    original_key TEXT NOT NULL,
    standard_key TEXT NOT NULL,
    rendition_keys TEXT NOT NULL, -- of the further renditions, with spaces between
    state TEXT NOT NULL CHECK (state IN ('reserved', 'storing', 'swept', 'deleting')),
    state_since INTEGER NOT NULL -- milliseconds since 1970
) STRICT;
CREATE INDEX pending_by_age ON pending (state_since);
";

const INDEXES: &str = "
CREATE INDEX images_by_user ON images (website_id, user_id, id);
CREATE INDEX images_by_content ON images (website_id, user_id, sha256, id);
CREATE UNIQUE INDEX images_by_stem ON images (stem);
";

/// What version 3 added: a search within a user's names, ages, and counts that triggers keep. Those of images are
/// in [`SINCE_4`].
const SINCE_3: &str = "
CREATE INDEX images_by_search ON images (website_id, user_id, id, search_name);
CREATE INDEX images_by_age ON images (website_id, created);
CREATE TABLE usage_by_user (
    website_id INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    images INTEGER NOT NULL,
    bytes INTEGER NOT NULL, -- of originals and renditions
    PRIMARY KEY (website_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage_by_website (
    website_id INTEGER PRIMARY KEY,
    images INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    users INTEGER NOT NULL -- who have images
) STRICT;
CREATE TRIGGER users_added AFTER INSERT ON usage_by_user BEGIN
    INSERT INTO usage_by_website VALUES (new.website_id, new.images, new.bytes, 1)
        ON CONFLICT DO UPDATE SET
        images = images + excluded.images, bytes = bytes + excluded.bytes, users = users + 1;
END;
CREATE TRIGGER users_changed AFTER UPDATE ON usage_by_user BEGIN
    UPDATE usage_by_website
        SET images = images + new.images - old.images, bytes = bytes + new.bytes - old.bytes
        WHERE website_id = new.website_id;
    DELETE FROM usage_by_user
        WHERE website_id = new.website_id AND user_id = new.user_id AND images < 1;
END;
CREATE TRIGGER users_removed AFTER DELETE ON usage_by_user BEGIN
    UPDATE usage_by_website
        SET images = images - old.images, bytes = bytes - old.bytes, users = users - 1
        WHERE website_id = old.website_id;
END;
";

/// What version 4 added: hashes of pictures by their owners, and the bytes of further renditions in the counts.
const SINCE_4: &str = "
CREATE INDEX images_by_hash ON images (website_id, user_id, difference_hash);
CREATE TRIGGER images_added AFTER INSERT ON images BEGIN
    INSERT INTO usage_by_user VALUES
        (new.website_id, new.user_id, 1,
         new.original_bytes + new.standard_bytes + new.rendition_bytes)
        ON CONFLICT DO UPDATE SET images = images + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER images_removed AFTER DELETE ON images BEGIN
    UPDATE usage_by_user
        SET images = images - 1,
            bytes = bytes - old.original_bytes - old.standard_bytes - old.rendition_bytes
        WHERE website_id = old.website_id AND user_id = old.user_id;
END;
CREATE TRIGGER images_changed
AFTER UPDATE OF website_id, user_id, original_bytes, standard_bytes, rendition_bytes ON images BEGIN
    UPDATE usage_by_user
        SET images = images - 1,
            bytes = bytes - old.original_bytes - old.standard_bytes - old.rendition_bytes
        WHERE website_id = old.website_id AND user_id = old.user_id;
    INSERT INTO usage_by_user VALUES
        (new.website_id, new.user_id, 1,
         new.original_bytes + new.standard_bytes + new.rendition_bytes)
        ON CONFLICT DO UPDATE SET images = images + 1, bytes = bytes + excluded.bytes;
END;
";

/// Fills what version 3 added.
fn fill_3(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute_batch("ALTER TABLE images ADD COLUMN search_name TEXT NOT NULL DEFAULT ''")?;
    let mut last = 0_i64;
    loop {
        // In steps, so that memory holds few names.
        let names: Vec<(i64, String)> = connection
            .prepare_cached(
                "SELECT id, image_name FROM images WHERE id > ? ORDER BY id LIMIT 1000",
            )?
            .query_map([last], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (id, name) in &names {
            connection
                .prepare_cached("UPDATE images SET search_name = ? WHERE id = ?")?
                .execute(params![search::folded(name), id])?;
            last = *id;
        }
        if names.is_empty() {
            break;
        }
    }
    connection.execute_batch(SINCE_3)?;
    connection.execute_batch(
        "INSERT INTO usage_by_user
         SELECT website_id, user_id, count(*), sum(original_bytes + standard_bytes)
         FROM images GROUP BY website_id, user_id",
    )
}

/// Migrates tables of an older version.
fn migrate(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    connection.execute_batch(&columns::additions(version))?;
    if version < 2 {
        connection.execute_batch(
            "ALTER TABLE images RENAME COLUMN width TO stored_width;
             ALTER TABLE images RENAME COLUMN height TO stored_height;
             ALTER TABLE images RENAME COLUMN bytes TO original_bytes;
             UPDATE images SET dpi_y = dpi;
             ALTER TABLE images ADD COLUMN stem TEXT NOT NULL DEFAULT '';
             UPDATE images SET stem = substr(unique_name, 1, instr(unique_name, '.') - 1);
             CREATE UNIQUE INDEX images_by_stem ON images (stem);
             ALTER TABLE pending RENAME COLUMN ticket TO id;",
        )?;
    }
    if version < 3 {
        fill_3(connection)?;
    }
    if version < 4 {
        connection.execute_batch(
            "DROP TRIGGER IF EXISTS images_added;
             DROP TRIGGER IF EXISTS images_removed;
             DROP TRIGGER IF EXISTS images_changed;
             ALTER TABLE images ADD COLUMN rendition_bytes INTEGER NOT NULL DEFAULT 0;
             ALTER TABLE pending ADD COLUMN rendition_keys TEXT NOT NULL DEFAULT '';",
        )?;
        connection.execute_batch(SINCE_4)?;
    }
    if version < 5 {
        allow_reserved(connection)?;
    }
    Ok(())
}

/// Makes the table `pending` anew with the conditions of version 5: SQLite cannot change those of a table. A process of an
/// older version that still has the database open does not find the column `since`, and so no longer sweeps or stores: it
/// would remove the files of reserved names.
fn allow_reserved(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "DROP INDEX IF EXISTS pending_by_age;
         ALTER TABLE pending RENAME TO old_pending;",
    )?;
    connection.execute_batch(PENDING)?;
    // Its numbers are not used again either.
    connection.execute_batch(
        "INSERT INTO pending
             (id, unique_name, website_id, original_key, standard_key, rendition_keys, state, state_since)
             SELECT id, unique_name, website_id, original_key, standard_key, rendition_keys, state, since
             FROM old_pending;
         DELETE FROM sqlite_sequence WHERE name = 'pending';
         UPDATE sqlite_sequence SET name = 'pending' WHERE name = 'old_pending';
         DROP TABLE old_pending;",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{Catalog, Page, SqliteCatalog, Usage};
    use crate::{BlobKey, Dpi, ImageId, WebsiteId};

    #[test]
    fn tables_of_version_1_are_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("userimage.sqlite3");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("../../../tests/it/schema/version-1.sql")).unwrap();
        drop(old);
        for _ in 0..2 {
            let catalog = SqliteCatalog::open(&path).unwrap();
            let (website, id) = (WebsiteId::new(1001).unwrap(), ImageId::new(7).unwrap());
            let entry = catalog.find(website, id).unwrap().unwrap();
            let record = &entry.record;
            assert_eq!((record.stored_size.width, record.stored_size.height), (40, 30));
            assert_eq!(
                (record.dpi, record.dpi_y),
                (Dpi::new(204).unwrap(), Dpi::new(204).unwrap())
            );
            assert_eq!((record.original_bytes, record.standard.sha256), (5, None));
            assert_eq!((&*record.renditions, record.difference_hash), (&[][..], None));
            let key = "standard/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.jpg";
            let found = catalog.find_key(&BlobKey::parse(key).unwrap()).unwrap();
            assert_eq!(found, Some(entry));
            let user = crate::UserId::parse("12345").unwrap();
            assert_eq!(catalog.usage(website, Some(&user)).unwrap(), Usage::new(1, 13, 1));
            assert_eq!(catalog.usage(website, None).unwrap(), Usage::new(1, 13, 1));
            let page = Page::new(0, 10);
            assert_eq!(catalog.search(website, &user, "ogo", page).unwrap().0, 1);
            assert_eq!(catalog.list(website, &user, page).unwrap().0, 1);
        }
        let catalog = SqliteCatalog::open(&path).unwrap();
        assert_eq!(catalog.expire_pending(std::time::Duration::ZERO).unwrap().len(), 1);
    }

    #[cfg(feature = "contract")]
    #[test]
    fn tables_of_version_3_are_migrated_and_count_further_renditions() {
        use crate::storage::Quotas;
        use crate::storage::contract::{Sample, WEBSITE};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("userimage.sqlite3");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("../../../tests/it/schema/version-3.sql")).unwrap();
        drop(old);
        let catalog = SqliteCatalog::open(&path).unwrap();
        let website = WebsiteId::new(WEBSITE).unwrap();
        assert_eq!(catalog.usage(website, None).unwrap(), Usage::new(1, 13, 1));
        let sample = Sample::new(WEBSITE, "12345", *b"any").with_rendition("thumbnail", *b"1234");
        let pending = catalog.begin(&sample.record).unwrap();
        let entry = catalog.commit(pending, &sample.record, &Quotas::default()).unwrap();
        assert_eq!(catalog.find(website, entry.id).unwrap(), Some(entry.clone()));
        let bytes = 13 + sample.record.all_bytes();
        assert_eq!(catalog.usage(website, None).unwrap(), Usage::new(2, bytes, 1));
        let orphan = catalog.delete(website, entry.id).unwrap().unwrap();
        assert_eq!(orphan.keys, Ok(sample.record.blob_keys()));
        assert_eq!(catalog.usage(website, None).unwrap(), Usage::new(1, 13, 1));
        // Those of the upload that did not finish, and those of the deleted image.
        let mut orphans = catalog.expire_pending(std::time::Duration::ZERO).unwrap();
        orphans.sort_by_key(|orphan| orphan.pending);
        let keys: Vec<_> =
            orphans.iter().map(|orphan| orphan.keys.as_ref().unwrap().len()).collect();
        assert_eq!(keys, [2, 3]);
    }

    #[cfg(feature = "contract")]
    #[test]
    fn tables_of_version_4_are_migrated_and_reserve_names() {
        use crate::storage::contract::{Sample, WEBSITE};
        use crate::storage::{PendingId, Quotas};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("userimage.sqlite3");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(include_str!("../../../tests/it/schema/version-4.sql")).unwrap();
        drop(old);
        let catalog = SqliteCatalog::open(&path).unwrap();
        let sample = |name| Sample::new(WEBSITE, "12345", *b"any").with_rendition(name, *b"1");
        let mut pending = Vec::new();
        for _ in 0..3 {
            let mut record = sample("thumbnail").record;
            if let Some(name) = catalog.take_reserved_name(&record) {
                record.unique_name = name;
            }
            let begun = catalog.begin(&record).unwrap();
            catalog.commit(begun, &record, &Quotas::default()).unwrap();
            pending.push(begun);
        }
        // The rows of three uploads, of which the second has reserved the third's name. No number of the old table is
        // used again.
        assert_eq!(pending, [10, 11, 12].map(PendingId));
        let rows = catalog.expire_pending(std::time::Duration::ZERO).unwrap();
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.pending.0, row.keys.as_ref().unwrap().len(), row.was_reserved))
            .collect();
        assert_eq!(rows, [(3, 3, false), (13, 3, true)]);
        // A process of version 4 that has the database open cannot sweep.
        let open = Connection::open(&path).unwrap();
        let error = open.prepare("SELECT id FROM pending WHERE since <= ?").unwrap_err();
        assert!(error.to_string().contains("no such column: since"), "{error}");
    }

    #[test]
    fn tables_of_a_newer_version_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("userimage.sqlite3");
        Connection::open(&path).unwrap().pragma_update(None, "user_version", VERSION + 1).unwrap();
        let error = SqliteCatalog::open(&path).unwrap_err().to_string();
        assert!(error.contains("newer version"), "{error}");
    }
}

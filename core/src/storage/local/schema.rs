//! The tables of the embedded catalog.

use rusqlite::{Connection, TransactionBehavior};

use super::pool::Failure;
use crate::storage::StorageError;

/// `PRAGMA user_version` of the tables below. A change of them needs a new number and a step in
/// [`prepare`] that leads from the old one.
const VERSION: i64 = 1;

// AUTOINCREMENT: an id is never used again, not even that of the last image after it was deleted.
const TABLES: &str = "
CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_code INTEGER NOT NULL, -- the id of the first upload of the same bytes
    website_id INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    image_name TEXT NOT NULL,
    unique_name TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL,
    width INTEGER NOT NULL, -- as stored, before orientation
    height INTEGER NOT NULL,
    orientation INTEGER NOT NULL, -- EXIF's number
    dpi INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    standard_format TEXT NOT NULL,
    standard_width INTEGER NOT NULL,
    standard_height INTEGER NOT NULL,
    standard_bytes INTEGER NOT NULL,
    created INTEGER NOT NULL -- milliseconds since 1970
) STRICT;
CREATE INDEX images_by_user ON images (website_id, user_id, id);
CREATE INDEX images_by_content ON images (website_id, user_id, sha256, id);

CREATE TABLE pending (
    ticket INTEGER PRIMARY KEY AUTOINCREMENT,
    unique_name TEXT NOT NULL UNIQUE,
    website_id INTEGER NOT NULL, -- for whoever looks at the table
    original_key TEXT NOT NULL,
    standard_key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('storing', 'swept', 'deleting')),
    since INTEGER NOT NULL -- in this state; milliseconds since 1970
) STRICT;
";

/// Makes the tables in a new database; several processes may do so at once.
///
/// # Errors
///
/// When the database is of a newer version, or cannot be read or written.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Failure> {
    // The version is read under the write lock: who comes second finds the tables made.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        VERSION => {}
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        other => {
            return Err(Failure::Storage(StorageError::new(format!(
                "the database has version {other}, this library knows {VERSION}: it was made by a \
                 newer version"
            ))));
        }
    }
    transaction.commit()?;
    Ok(())
}

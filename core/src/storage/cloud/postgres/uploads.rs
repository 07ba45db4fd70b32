//! The statements of an upload.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};

use super::PostgresCatalog;
use super::columns;
use super::database::Parameter;
use super::failure::Failure;
use super::rows::{entry, image_id, pending_id};
use crate::record::{ImageId, ImageRecord};
use crate::storage::{
    AbortOutcome, Entry, PendingId, QuotaScope, Quotas, StorageError, quota::Measure, search,
};

impl PostgresCatalog {
    pub(super) async fn find_stem(&self, stem: &str) -> Result<Option<Entry>, Failure> {
        let sql = self.select("stem = $1");
        let rows = self.database.repeat(&sql, &[(&stem, Type::TEXT)]).await?;
        Ok(rows.first().map(entry).transpose()?)
    }

    /// The id of the pending row of a name, in a state.
    pub(super) async fn find_pending(
        &self,
        name: &str,
        state: &str,
    ) -> Result<Option<PendingId>, Failure> {
        let schema = self.database.schema();
        let sql = format!("SELECT id FROM {schema}.pending WHERE unique_name = $1 AND state = $2");
        let rows = self.database.repeat(&sql, &[(&name, Type::TEXT), (&state, Type::TEXT)]).await?;
        rows.first().map(pending_id).transpose()
    }

    pub(super) async fn begin(&self, record: &ImageRecord) -> Result<PendingId, Failure> {
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

    pub(super) async fn commit(
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

    pub(super) async fn commit_as(
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
    pub(super) async fn insert_image(
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

    pub(super) async fn abort(
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

pub(super) fn keys_of(record: &ImageRecord) -> Vec<String> {
    record.blob_keys().iter().map(ToString::to_string).collect()
}

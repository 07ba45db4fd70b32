//! The statements of an upload.

use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::PostgresCatalog;
use super::columns;
use super::commits::{self, Outcome};
use super::database::Parameter;
use super::failure::Failure;
use super::rows::{entry, pending_id};
use crate::record::{ImageId, ImageRecord};
use crate::storage::{AbortOutcome, Entry, PendingId, Quotas, StorageError, search};

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
        let upload = commits::upload(pending, record, quotas);
        let (outcome, in_doubt) = match self.commits.together(&self.database, &upload).await {
            Some(outcome) => (outcome, false),
            None => (commits::alone(&self.database, &upload).await?, true),
        };
        match outcome {
            Outcome::Visible { id, photo_code } => {
                Ok(Entry { id, photo_code, record: record.clone() })
            }
            Outcome::OverQuota(scope, measure) => Err(quotas.exceeded(scope, measure).into()),
            Outcome::Gone => self.gone(record, in_doubt).await,
        }
    }

    pub(super) async fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, Failure> {
        let (schema, names) = (self.database.schema(), columns::NAMES.as_str());
        let unique_name = record.unique_name.as_str();
        let (given, given_code) = (id.get().cast_signed(), photo_code.get().cast_signed());
        let values = columns::values(record);
        let (stem, name) = (record.unique_name.stem(), search::folded(record.image_name.as_str()));
        let rendition_bytes = record.rendition_bytes().cast_signed();
        let mut parameters: Vec<Parameter<'_>> = vec![
            (&pending.0, Type::INT8),
            (&unique_name, Type::TEXT),
            (&given, Type::INT8),
            (&given_code, Type::INT8),
            (&stem, Type::TEXT),
            (&name, Type::TEXT),
            (&rendition_bytes, Type::INT8),
        ];
        parameters.extend(columns::parameters(&values));
        let marks: Vec<String> =
            (5..=parameters.len()).map(|number| format!("${number}")).collect();
        let sql = format!(
            "INSERT INTO {schema}.images (id, photo_code, stem, search_name, rendition_bytes, {names})
             SELECT image, code, {} FROM {schema}.given_image($1, $2, $3, $4) RETURNING id",
            marks.join(", ")
        );
        // The pending row can be removed only once, so several attempts cannot store the image twice.
        match self.database.change(&sql, &parameters).await {
            Ok((rows, in_doubt)) if rows.is_empty() => self.gone(record, in_doubt).await,
            Ok(_) => Ok(Entry { id, photo_code, record: record.clone() }),
            Err(Failure::Statement(error)) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
                let taken = format!("there is an image with the id {id}");
                Err(StorageError::new(taken).with_source(error).into())
            }
            Err(failure) => Err(failure),
        }
    }

    /// The image of an upload whose pending row is gone: an earlier attempt has committed it, or a sweep was first.
    async fn gone(&self, record: &ImageRecord, in_doubt: bool) -> Result<Entry, Failure> {
        if in_doubt
            && let Some(entry) = self.find_stem(record.unique_name.stem()).await?
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

pub(super) fn keys_of(record: &ImageRecord) -> Vec<String> {
    record.blob_keys().iter().map(ToString::to_string).collect()
}

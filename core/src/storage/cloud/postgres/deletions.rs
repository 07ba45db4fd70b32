//! The statements that delete images.

use tokio_postgres::types::Type;

use super::PostgresCatalog;
use super::database::Parameter;
use super::failure::Failure;
use super::rows::{entry, orphan};
use super::uploads::keys_of;
use crate::field::WebsiteId;
use crate::record::ImageId;
use crate::storage::{Entry, Orphan, StorageError};

impl PostgresCatalog {
    pub(super) async fn delete(
        &self,
        website: WebsiteId,
        id: ImageId,
    ) -> Result<Option<Orphan>, Failure> {
        let (website, id) = (i64::from(website.get()), id.get().cast_signed());
        let by_id: &[Parameter<'_>] = &[(&id, Type::INT8), (&website, Type::INT8)];
        let found =
            self.database.repeat(&self.select("id = $1 AND website_id = $2"), by_id).await?;
        let entries = found.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        Ok(self.retire(&entries, None).await?.pop())
    }

    /// Replaces images by pending rows in state *deleting*, unless they are gone, or meanwhile those of
    /// another user than `user`.
    pub(super) async fn retire(
        &self,
        entries: &[Entry],
        user: Option<&str>,
    ) -> Result<Vec<Orphan>, Failure> {
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
    pub(super) fn retire_where(
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
}

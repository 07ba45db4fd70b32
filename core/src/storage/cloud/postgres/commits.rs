//! Commits that share a transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::columns;
use super::database::Database;
use super::failure::Failure;
use super::rows::image_id;
use crate::record::{ImageId, ImageRecord};
use crate::storage::quota::Measure;
use crate::storage::{PendingId, QuotaScope, Quotas, StorageError, search};

/// The commits of one process. Ids become visible in their order, so the commits of all servers wait for one another. Those
/// that wait in this process share the next transaction, and its sync.
#[derive(Debug, Default)]
pub(super) struct Commits(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    /// Whether a commit is being executed.
    executing: bool,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    upload: Json,
    turn: Sender<Turn>,
}

/// What ends the wait of a commit.
#[derive(Debug)]
enum Turn {
    /// It executes the next transaction.
    Execute,
    /// Another's transaction has committed it.
    Committed(Outcome),
}

/// What became of an upload.
#[derive(Debug)]
pub(super) enum Outcome {
    Visible {
        id: ImageId,
        photo_code: ImageId,
    },
    OverQuota(QuotaScope, Measure),
    /// It had no pending row in state *storing*.
    Gone,
}

impl Commits {
    /// One attempt, together with the commits that wait. `None` when it failed, perhaps after it had its effect: the reason
    /// may be another upload's, so each then tries alone.
    pub(super) async fn together(&self, database: &Database, upload: &Json) -> Option<Outcome> {
        if let Some(turn) = self.enter(upload)
            && let Turn::Committed(outcome) = turn.await.ok()?
        {
            return Some(outcome);
        }
        let executing = Executing(self);
        let others = std::mem::take(&mut self.queue().waiting);
        let mut uploads = vec![upload.clone()];
        let turns: Vec<Sender<Turn>> = others
            .into_iter()
            .map(|other| {
                uploads.push(other.upload);
                other.turn
            })
            .collect();
        let Ok(outcomes) = attempt(database, uploads).await else {
            // Nobody waits for a database that does not answer a second time.
            self.queue().waiting.clear();
            return None;
        };
        drop(executing);
        let mut outcomes = outcomes.into_iter();
        let own = outcomes.next();
        for (turn, outcome) in turns.into_iter().zip(outcomes) {
            // Its thread waits for the answer.
            let _ = turn.send(Turn::Committed(outcome));
        }
        own
    }

    /// Waits for a turn, if a commit is being executed.
    fn enter(&self, upload: &Json) -> Option<Receiver<Turn>> {
        let mut queue = self.queue();
        if !queue.executing {
            queue.executing = true;
            return None;
        }
        let (turn, receiver) = oneshot::channel();
        queue.waiting.push(Waiting { upload: upload.clone(), turn });
        Some(receiver)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A commit that is being executed. The next one begins when it is dropped.
struct Executing<'a>(&'a Commits);

impl Drop for Executing<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        while !queue.waiting.is_empty() {
            if queue.waiting.remove(0).turn.send(Turn::Execute).is_ok() {
                return;
            }
        }
        queue.executing = false;
    }
}

/// One attempt to commit uploads.
async fn attempt(database: &Database, uploads: Vec<Json>) -> Result<Vec<Outcome>, Failure> {
    let (sql, count) = (statement(database), uploads.len());
    let uploads = Json::Array(uploads).to_string();
    let rows = database.attempt(&sql, &[(&uploads, Type::TEXT)]).await?;
    if rows.len() != count {
        return Err(StorageError::new("the database returned another number of rows").into());
    }
    rows.iter().map(outcome).collect()
}

/// Attempts to commit one upload.
pub(super) async fn alone(database: &Database, upload: &Json) -> Result<Outcome, Failure> {
    let uploads = json!([upload]).to_string();
    let rows = database.repeat(&statement(database), &[(&uploads, Type::TEXT)]).await?;
    outcome(rows.first().ok_or_else(|| StorageError::new("the database returned no row"))?)
}

fn statement(database: &Database) -> String {
    let schema = database.schema();
    format!("SELECT image, code, over_quota FROM {schema}.commit_uploads($1::jsonb)")
}

fn outcome(row: &Row) -> Result<Outcome, Failure> {
    let over_quota: Option<&str> = row.try_get(2)?;
    if let Some(state) = over_quota {
        return match state {
            "UIQ01" => Ok(Outcome::OverQuota(QuotaScope::Website, Measure::Images)),
            "UIQ02" => Ok(Outcome::OverQuota(QuotaScope::Website, Measure::Bytes)),
            "UIQ03" => Ok(Outcome::OverQuota(QuotaScope::User, Measure::Images)),
            "UIQ04" => Ok(Outcome::OverQuota(QuotaScope::User, Measure::Bytes)),
            _ => Err(StorageError::new(format!("the database names the quota {state}")).into()),
        };
    }
    let id: Option<i64> = row.try_get(0)?;
    Ok(match id {
        Some(id) => Outcome::Visible {
            id: image_id(id, "id")?,
            photo_code: image_id(row.try_get(1)?, "photo_code")?,
        },
        None => Outcome::Gone,
    })
}

/// An upload as the function `commit_uploads` reads it: the columns of its image, and what its commit checks.
pub(super) fn upload(pending: PendingId, record: &ImageRecord, quotas: &Quotas) -> Json {
    let mut upload: Map<String, Json> = columns::json(record);
    let name = search::folded(record.image_name.as_str());
    for (key, value) in [
        ("pending", json!(pending.0)),
        ("stem", json!(record.unique_name.stem())),
        ("search_name", json!(name)),
        ("rendition_bytes", json!(record.rendition_bytes())),
        ("all_bytes", json!(saturated(record.all_bytes()))),
        ("website_images", json!(quotas.website.images.map(saturated))),
        ("website_bytes", json!(quotas.website.bytes.map(saturated))),
        ("user_images", json!(quotas.user.images.map(saturated))),
        ("user_bytes", json!(quotas.user.bytes.map(saturated))),
    ] {
        upload.insert(key.to_owned(), value);
    }
    Json::Object(upload)
}

/// A number that may be over those of PostgreSQL: no number that is stored is.
fn saturated(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

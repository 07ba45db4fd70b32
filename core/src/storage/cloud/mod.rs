//! Storages that several machines share: blobs in an object store, records in PostgreSQL.

mod object;
mod postgres;
mod retry;
mod runtime;
mod tls;

use super::TwoPhaseStorage;

pub use object::{ObjectBlobs, ObjectOptions};
pub use postgres::{PostgresCatalog, PostgresOptions};
pub use runtime::CloudRuntime;

/// The cloud storage: blobs in an object store, records in PostgreSQL. Any number of servers may use one.
///
/// ```no_run
/// use userimage::storage::{
///     CloudRuntime, CloudStorage, ObjectBlobs, ObjectOptions, PostgresCatalog, PostgresOptions,
/// };
///
/// let runtime = CloudRuntime::new();
/// let blobs = ObjectBlobs::open(&runtime, &ObjectOptions::new("s3://bucket/prefix"))?;
/// let catalog = PostgresCatalog::open(&runtime, &PostgresOptions::new("postgres://db.example/images"))?;
/// let storage = CloudStorage::from_parts(blobs, catalog, "https://img.example/");
/// # Ok::<(), userimage::storage::StorageError>(())
/// ```
pub type CloudStorage = TwoPhaseStorage<ObjectBlobs, PostgresCatalog>;

//! Records in PostgreSQL.

mod catalog;
mod columns;
mod commits;
mod database;
mod deletions;
mod failure;
mod options;
mod rows;
mod schema;
mod uploads;

pub use catalog::PostgresCatalog;
pub use options::PostgresOptions;

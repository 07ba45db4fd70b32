//! Records in PostgreSQL.

mod catalog;
mod columns;
mod database;
mod failure;
mod options;
mod schema;

pub use catalog::PostgresCatalog;
pub use options::PostgresOptions;

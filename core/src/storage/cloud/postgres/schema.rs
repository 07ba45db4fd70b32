//! The tables and functions in PostgreSQL.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::columns;
use super::failure::Failure;
use crate::storage::StorageError;

/// The version of the tables that [`create`] makes. A change needs a new number, and a step in
/// [`migrate`].
const VERSION: i64 = 3;

/// The version of SQLite's tables that has the facts of version 1: version 2 has those of version 4.
const FACTS_OF_1: i64 = 3;

/// Creates the tables, or migrates those of an older version. Several servers may do so at the same time: all but one
/// wait for a lock, and then find the tables. Tables of this version are not locked.
///
/// # Errors
///
/// When the tables have a newer version, or the database cannot keep what the storage promises.
pub(super) async fn prepare(client: &mut Client, schema: &str) -> Result<(), Failure> {
    check_settings(client).await?;
    if version(client, schema).await? == Some(VERSION) {
        return Ok(());
    }
    // All statements are in one transaction, so PgBouncer keeps its server's connection.
    let transaction = client.transaction().await?;
    // One lock for a schema; the first number is this library's.
    transaction
        .query_typed(
            "SELECT pg_advisory_xact_lock(1970630509, hashtext($1))::text",
            &[(&schema, Type::TEXT)],
        )
        .await?;
    match version(transaction.client(), schema).await? {
        None => transaction.batch_execute(&create(schema)).await?,
        Some(VERSION) => {}
        Some(old @ 1..VERSION) => transaction.batch_execute(&migrate(schema, old)).await?,
        Some(other) => {
            return Err(Failure::Storage(StorageError::new(format!(
                "the tables in schema {schema} have version {other}, this library supports \
                 {VERSION}: they were made by a newer version"
            ))));
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Refuses a database that cannot keep every character, or that answers before it has stored.
async fn check_settings(client: &Client) -> Result<(), Failure> {
    const SETTINGS: &str =
        "SELECT current_setting('server_encoding'), current_setting('synchronous_commit')";
    let rows = client.query_typed(SETTINGS, &[]).await?;
    for row in &rows {
        let (encoding, commit): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        if encoding != "UTF8" {
            let reason = format!("its encoding is {encoding}, UTF8 is expected");
            return Err(Failure::Storage(StorageError::new(reason)));
        }
        if commit == "off" {
            return Err(Failure::Storage(StorageError::new(
                "synchronous_commit is off, so it may lose what it has answered",
            )));
        }
    }
    Ok(())
}

/// The version of the tables, or `None` when there are no tables.
async fn version(client: &Client, schema: &str) -> Result<Option<i64>, Failure> {
    // Not to_regclass: it may answer from a cache that is older than the lock.
    const EXISTS: &str = "SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE nspname = $1 AND relname = 'version'";
    if client.query_typed(EXISTS, &[(&schema, Type::TEXT)]).await?.is_empty() {
        return Ok(None);
    }
    let rows = client.query_typed(&format!("SELECT version FROM {schema}.version"), &[]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

/// The statements that make the tables.
fn create(schema: &str) -> String {
    let tables = concat!(
        include_str!("schema.sql"),
        "\n",
        include_str!("since_2.sql"),
        include_str!("since_3.sql")
    );
    with_names(&tables.replace("{facts}", &columns::definitions()), schema)
}

/// The statements that migrate tables of an older version.
fn migrate(schema: &str, version: i64) -> String {
    let mut statements = String::new();
    if version < 2 {
        // Servers of version 1 that still run store none of what is added.
        statements.push_str(&columns::additions(schema, FACTS_OF_1));
        statements.push_str(include_str!("since_2_columns.sql"));
        statements.push_str(include_str!("since_2.sql"));
    }
    statements.push_str(include_str!("since_3.sql"));
    statements.push_str("UPDATE {schema}.version SET version = {version};");
    with_names(&statements, schema)
}

fn with_names(statements: &str, schema: &str) -> String {
    statements
        .replace("{schema}", schema)
        .replace("{version}", &VERSION.to_string())
        .replace("{names}", &columns::NAMES)
}

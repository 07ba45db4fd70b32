//! Statements on a pool of connections to one database.

use std::fmt;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::Failure;
use super::options::PostgresOptions;
use super::schema;
use crate::storage::StorageError;
use crate::storage::cloud::retry::Retry;
use crate::storage::cloud::{CloudRuntime, tls};

/// A parameter of a statement, and its type.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// A database. Each operation is one statement, in one message: no lock is held while the network is
/// waited for, and an unnamed statement needs nothing that PgBouncer does not keep between transactions.
pub(super) struct Database {
    runtime: CloudRuntime,
    pool: Pool,
    options: PostgresOptions,
}

impl Database {
    /// Creates or migrates the tables. The pool opens its connections when they are used.
    pub(super) fn open(
        runtime: &CloudRuntime,
        options: &PostgresOptions,
    ) -> Result<Self, StorageError> {
        let make = || {
            Ok::<_, StorageError>(Self {
                runtime: runtime.clone(),
                pool: pool(options)?,
                options: options.clone(),
            })
        };
        // With a pool of its own, whose connection ends with the runtime that it is opened on.
        let trial = make()?;
        CloudRuntime::block_on_once(trial.prepare())??;
        make()
    }

    async fn prepare(&self) -> Result<(), StorageError> {
        let mut retry = Retry::new(self.options.retry_timeout);
        loop {
            let prepared = async {
                let mut connection = self.connection().await?;
                schema::prepare(&mut connection, &self.options.schema).await
            };
            match prepared.await {
                Ok(()) => return Ok(()),
                Err(failure) if failure.is_transient() && retry.wait().await => {}
                Err(failure) => return Err(failure.while_trying_to("be opened")),
            }
        }
    }

    /// The name of the schema, which needs no quotes.
    pub(super) fn schema(&self) -> &str {
        &self.options.schema
    }

    pub(super) fn block_on<F: Future>(&self, future: F) -> Result<F::Output, StorageError> {
        self.runtime.block_on(future)
    }

    async fn connection(&self) -> Result<Object, Failure> {
        Ok(self.pool.get().await?)
    }

    /// One attempt of a statement.
    pub(super) async fn attempt(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        let connection = self.connection().await?;
        let longest = self.options.statement_timeout;
        let client: &Client = &connection;
        match timeout(longest, client.query_typed(sql, parameters)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => {
                // Its answer may still come: the connection is of no use to another statement.
                drop(Object::take(connection));
                Err(Failure::TimedOut(longest))
            }
        }
    }

    /// Attempts of a change, one of which is answered. Also returns whether an earlier one may have made
    /// the change: an answer of no rows then needs a second look.
    pub(super) async fn change(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(Vec<Row>, bool), Failure> {
        let mut retry = Retry::new(self.options.retry_timeout);
        let mut in_doubt = false;
        loop {
            match self.attempt(sql, parameters).await {
                Ok(rows) => return Ok((rows, in_doubt)),
                Err(failure) => {
                    in_doubt |= failure.is_outcome_unknown();
                    if !failure.is_transient() || !retry.wait().await {
                        return Err(failure);
                    }
                }
            }
        }
    }

    /// Attempts of a statement that may be executed several times.
    pub(super) async fn repeat(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Failure> {
        Ok(self.change(sql, parameters).await?.0)
    }
}

fn pool(options: &PostgresOptions) -> Result<Pool, StorageError> {
    let (config, tls) = options.config()?;
    let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if tls {
        let tls = tls::client_config(options.root_certificates.as_deref())?;
        Manager::from_config(config, MakeRustlsConnect::new(tls), manager)
    } else {
        Manager::from_config(config, NoTls, manager)
    };
    Pool::builder(manager)
        .max_size(options.max_connections.clamp(1, 10_000))
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(options.statement_timeout))
        .create_timeout(Some(options.connect_timeout))
        .build()
        .map_err(|error| StorageError::new("cannot make a pool of connections").with_source(error))
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("options", &self.options).finish_non_exhaustive()
    }
}

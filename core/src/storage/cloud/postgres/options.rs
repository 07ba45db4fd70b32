//! How a PostgreSQL database is reached.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::storage::StorageError;
use crate::storage::cloud::tls;

/// Which database has the records, and how it is reached.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database`, or libpq's `host=... dbname=...`. Several hosts
    /// are tried in order; `target_session_attrs=read-write` finds the one that accepts changes.
    ///
    /// `sslmode` is `verify-full` (the default: TLS, and a certificate for this host), or `disable` (the
    /// default for `localhost` and Unix sockets).
    pub url: String,
    /// The password, where the URL has none.
    pub password: Option<String>,
    /// The schema that has the tables; it is created if it does not exist. Each store needs its own.
    pub schema: String,
    /// The largest number of connections of this process.
    pub max_connections: usize,
    /// A PEM file of certificates to trust, besides those of the operating system.
    pub root_certificates: Option<PathBuf>,
    /// The longest time that opening a connection may take.
    pub connect_timeout: Duration,
    /// The longest time that one statement may take.
    pub statement_timeout: Duration,
    /// For how long a statement that fails is sent again.
    pub retry_timeout: Duration,
}

impl PostgresOptions {
    /// The default options for the database `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            password: None,
            schema: "userimage".into(),
            max_connections: 10,
            root_certificates: None,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            retry_timeout: Duration::from_secs(60),
        }
    }

    /// The same, with the tables in another schema.
    #[must_use]
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// Checks them, without a connection.
    ///
    /// # Errors
    ///
    /// [`StorageError`] whose text begins with the name of the option that is not valid.
    pub fn validate(&self) -> Result<(), StorageError> {
        self.config()?;
        tls::client_config(self.root_certificates.as_deref()).map(|_| ())
    }

    /// The client's configuration, and whether it uses TLS.
    pub(super) fn config(&self) -> Result<(Config, bool), StorageError> {
        let is_name = |name: &str| {
            name.len() <= 63
                && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if !is_name(&self.schema) {
            return Err(StorageError::new(
                "schema: lower-case letters, digits and _ are expected, at most 63",
            ));
        }
        // The client has no verify-full; it leaves to the TLS connection what is verified.
        let verified = self.url.contains("sslmode=verify-full");
        let url = self.url.replace("sslmode=verify-full", "sslmode=require");
        // The error's text has no part of the URL but its options.
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            StorageError::new("url: not a PostgreSQL URL").with_source(error)
        })?;
        let tls = if verified {
            true
        } else if self.url.contains("sslmode=") {
            match config.get_ssl_mode() {
                SslMode::Disable => false,
                _ => {
                    return Err(StorageError::new(
                        "url: sslmode is verify-full or disable; the others encrypt without \
                         knowing with whom, or not at all",
                    ));
                }
            }
        } else {
            !config.get_hosts().iter().all(is_local)
        };
        config.ssl_mode(if tls { SslMode::Require } else { SslMode::Disable });
        if let (Some(password), None) = (&self.password, config.get_password()) {
            config.password(password);
        }
        if config.get_application_name().is_none() {
            config.application_name("userimage");
        }
        config.connect_timeout(self.connect_timeout);
        config.keepalives_idle(Duration::from_secs(15));
        config.keepalives_interval(Duration::from_secs(5));
        config.keepalives_retries(3);
        config.tcp_user_timeout(self.statement_timeout);
        Ok((config, tls))
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl fmt::Debug for PostgresOptions {
    /// Without the URL, which may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("max_connections", &self.max_connections)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("retry_timeout", &self.retry_timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_verified_unless_the_database_is_on_this_machine() {
        for (url, expected) in [
            ("postgres://u:p@db.example/images", true),
            ("postgres://u:p@10.0.0.7/images", true),
            ("postgres://u@localhost:5433/images", false),
            ("postgres://u@127.0.0.1/images", false),
            ("host=/run/postgresql user=u", false),
            ("postgres://u@localhost,db.example/images", true),
            ("postgres://u@localhost/images?sslmode=verify-full", true),
            ("postgres://u@db.example/images?sslmode=disable", false),
        ] {
            let (config, tls) = PostgresOptions::new(url).config().unwrap();
            assert_eq!(tls, expected, "{url}");
            let mode = if tls { SslMode::Require } else { SslMode::Disable };
            assert_eq!(config.get_ssl_mode(), mode, "{url}");
        }
        for mode in ["prefer", "require", "allow"] {
            let url = format!("postgres://u:secret@db.example/images?sslmode={mode}");
            let error = PostgresOptions::new(url).config().unwrap_err().to_string();
            assert!(error.starts_with("url: ") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_schema_is_a_plain_name() {
        for schema in ["", "Images", "a-b", "1a", "a\"b", &"a".repeat(64)] {
            let options = PostgresOptions::new("postgres://localhost").with_schema(schema);
            assert!(options.config().unwrap_err().to_string().starts_with("schema: "), "{schema}");
        }
        let options = PostgresOptions::new("postgres://u:secret@localhost").with_schema("_a1");
        assert!(options.config().is_ok());
        assert!(!format!("{options:?}").contains("secret"));
    }
}

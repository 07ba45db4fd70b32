//! The cloud storage in a configuration.

use std::sync::Arc;
use std::time::Duration;

use super::document::Node;
use crate::config_error::ConfigError;
use crate::storage::{
    Blobs, Catalog, CloudRuntime, ObjectBlobs, ObjectOptions, PostgresCatalog, PostgresOptions,
    Storage, StorageError, TwoPhaseStorage,
};
#[cfg(feature = "local")]
use crate::storage::{FileBlobs, SqliteCatalog};

/// A storage of any blobs and any catalog.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloudConfig {
    /// Where the files of images are.
    pub blobs: BlobsConfig,
    /// Where their records are.
    pub catalog: CatalogConfig,
    /// What URLs begin with.
    pub base_url: String,
}

/// Where the files of images are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BlobsConfig {
    /// In an object store.
    Objects(ObjectOptions),
    /// In a folder, which all servers have: `file:path`.
    #[cfg(feature = "local")]
    Folder(std::path::PathBuf),
}

/// Where the records of images are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CatalogConfig {
    /// In PostgreSQL.
    Postgres(PostgresOptions),
    /// In a file of SQLite, for the processes of one machine: `sqlite:path`.
    #[cfg(feature = "local")]
    Sqlite(std::path::PathBuf),
}

impl CloudConfig {
    pub(super) fn open(&self) -> Result<Box<dyn Storage>, ConfigError> {
        let runtime = CloudRuntime::new();
        let failed = |key: &str, error: StorageError| {
            ConfigError::new(format!("storage.cloud.{key}")).with_source(error)
        };
        let blobs = self.blobs.open(&runtime).map_err(|error| failed("blobs", error))?;
        let catalog = self.catalog.open(&runtime).map_err(|error| failed("catalog", error))?;
        Ok(Box::new(TwoPhaseStorage::from_parts(blobs, catalog, &self.base_url)))
    }
}

impl BlobsConfig {
    fn open(&self, runtime: &CloudRuntime) -> Result<Arc<dyn Blobs>, StorageError> {
        Ok(match self {
            Self::Objects(options) => Arc::new(ObjectBlobs::open(runtime, options)?),
            #[cfg(feature = "local")]
            Self::Folder(path) => Arc::new(FileBlobs::open(path)?),
        })
    }
}

impl CatalogConfig {
    fn open(&self, runtime: &CloudRuntime) -> Result<Arc<dyn Catalog>, StorageError> {
        Ok(match self {
            Self::Postgres(options) => Arc::new(PostgresCatalog::open(runtime, options)?),
            #[cfg(feature = "local")]
            Self::Sqlite(path) => Arc::new(SqliteCatalog::open(path)?),
        })
    }
}

/// Reads `storage.cloud.blobs`: a URL, or an object with it.
pub(super) fn blobs(node: &Node<'_>) -> Result<BlobsConfig, ConfigError> {
    if !node.is_object() {
        let url = node.text()?;
        if let Some(path) = url.strip_prefix("file:") {
            return folder(node, path);
        }
        let options = ObjectOptions::new(url);
        return match options.validate() {
            Ok(()) => Ok(BlobsConfig::Objects(options)),
            Err(error) => Err(node.error(error)),
        };
    }
    let members = node.members(&[
        "url",
        "options",
        "cache_control",
        "signed_urls",
        "root_certificates",
        "max_requests",
        "part_bytes",
        "request_timeout_seconds",
        "retry_timeout_seconds",
    ])?;
    let url = members.required("url")?;
    if url.text()?.starts_with("file:") {
        return Err(url.error("a folder has no further options: write \"blobs\": \"file:...\""));
    }
    let mut options = ObjectOptions::new(url.text()?);
    if let Some(node) = members.get("options") {
        for (name, node) in node.entries()? {
            options.options.insert(name.to_owned(), node.secret()?.to_owned());
        }
    }
    if let Some(node) = members.get("cache_control") {
        let text = node.text()?;
        if text.contains(|c: char| !(c == ' ' || c.is_ascii_graphic())) {
            return Err(node.expected("a header's value, of visible ASCII,"));
        }
        options.cache_control = Some(text).filter(|text| !text.is_empty()).map(Into::into);
    }
    options.signed_urls = members.read_or("signed_urls", options.signed_urls, Node::bool)?;
    options.root_certificates = members
        .read("root_certificates", Node::text)?
        .map(Into::into)
        .or(options.root_certificates);
    options.max_requests =
        members.read_or("max_requests", options.max_requests, |node| node.number(1, 10_000))?;
    let least = ObjectOptions::MIN_PART_SIZE as u64;
    options.part_size =
        members.read_or("part_bytes", options.part_size, |node| node.number(least, 1 << 30))?;
    options.request_timeout =
        members.read_or("request_timeout_seconds", options.request_timeout, seconds)?;
    options.retry_timeout =
        members.read_or("retry_timeout_seconds", options.retry_timeout, seconds)?;
    options.validate().map_err(|error| node.error_inside(error))?;
    Ok(BlobsConfig::Objects(options))
}

/// Reads `storage.cloud.catalog`: a URL, or an object with it.
pub(super) fn catalog(node: &Node<'_>) -> Result<CatalogConfig, ConfigError> {
    if !node.is_object() {
        // Not shown in an error: it may have a password.
        let url = node.secret()?;
        if let Some(path) = url.strip_prefix("sqlite:") {
            return sqlite(node, path);
        }
        let options = PostgresOptions::new(url);
        return match options.validate() {
            Ok(()) => Ok(CatalogConfig::Postgres(options)),
            Err(error) => Err(node.error(error)),
        };
    }
    let members = node.members(&[
        "url",
        "password",
        "schema",
        "max_connections",
        "root_certificates",
        "connect_timeout_seconds",
        "statement_timeout_seconds",
        "retry_timeout_seconds",
    ])?;
    let url = members.required("url")?;
    let mut options = PostgresOptions::new(url.secret()?);
    if options.url.starts_with("sqlite:") {
        return Err(url.error("SQLite has no further options: write \"catalog\": \"sqlite:...\""));
    }
    options.password = members.read("password", |node| node.secret().map(str::to_owned))?;
    if let Some(node) = members.get("schema") {
        options.schema = node.text()?.into();
    }
    options.max_connections =
        members
            .read_or("max_connections", options.max_connections, |node| node.number(1, 10_000))?;
    options.root_certificates = members
        .read("root_certificates", Node::text)?
        .map(Into::into)
        .or(options.root_certificates);
    options.connect_timeout =
        members.read_or("connect_timeout_seconds", options.connect_timeout, seconds)?;
    options.statement_timeout =
        members.read_or("statement_timeout_seconds", options.statement_timeout, seconds)?;
    options.retry_timeout =
        members.read_or("retry_timeout_seconds", options.retry_timeout, seconds)?;
    options.validate().map_err(|error| node.error_inside(error))?;
    Ok(CatalogConfig::Postgres(options))
}

fn seconds(node: &Node<'_>) -> Result<Duration, ConfigError> {
    node.number(1, 3600).map(Duration::from_secs)
}

#[cfg(feature = "local")]
fn folder(node: &Node<'_>, path: &str) -> Result<BlobsConfig, ConfigError> {
    Ok(BlobsConfig::Folder(path_of(node, path)?))
}

#[cfg(feature = "local")]
fn sqlite(node: &Node<'_>, path: &str) -> Result<CatalogConfig, ConfigError> {
    Ok(CatalogConfig::Sqlite(path_of(node, path)?))
}

/// The path in `file:path`, `file:/path` or `file:///path`.
#[cfg(feature = "local")]
fn path_of(node: &Node<'_>, path: &str) -> Result<std::path::PathBuf, ConfigError> {
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => return Err(node.error("a host is not expected: use file:path or file:///path")),
        None => path,
    };
    if path.is_empty() { Err(node.error("the path is missing")) } else { Ok(path.into()) }
}

#[cfg(not(feature = "local"))]
fn folder(node: &Node<'_>, _: &str) -> Result<BlobsConfig, ConfigError> {
    Err(node.error("this build of the library has no local storage (feature \"local\")"))
}

#[cfg(not(feature = "local"))]
fn sqlite(node: &Node<'_>, _: &str) -> Result<CatalogConfig, ConfigError> {
    Err(node.error("this build of the library has no local storage (feature \"local\")"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, StorageConfig};

    fn read(blobs: &str, catalog: &str) -> Result<CloudConfig, String> {
        let json = format!(
            r#"{{"storage": {{"cloud": {{"blobs": {blobs}, "catalog": {catalog}, "base_url": "/"}}}},
                "authentication": "already_checked"}}"#
        );
        match Config::from_json(&json).map_err(|error| error.to_string())?.storage {
            Some(StorageConfig::Cloud(cloud)) => Ok(*cloud),
            other => Err(format!("{other:?}")),
        }
    }

    const S3: &str = r#""s3://bucket/prefix""#;
    const POSTGRES: &str = r#""postgres://u:secret@db.example/images""#;

    #[test]
    fn every_key_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "secret\n").unwrap();
        let config = read(
            r#"{"url": "s3://bucket/prefix", "cache_control": "no-cache", "signed_urls": true,
                "options": {"aws_endpoint": "http://127.0.0.1:1", "aws_access_key_id": {"env": "PATH"},
                            "aws_secret_access_key": "hidden"},
                "max_requests": 5, "part_bytes": 5242880, "request_timeout_seconds": 6,
                "retry_timeout_seconds": 7}"#,
            &format!(
                r#"{{"url": "postgres://u@db.example/images", "password": {{"file": {file:?}}},
                    "schema": "shop", "max_connections": 3, "connect_timeout_seconds": 4,
                    "statement_timeout_seconds": 5, "retry_timeout_seconds": 6}}"#
            ),
        )
        .unwrap();
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("hidden")
                && !shown.contains("\"secret")
                && !shown.contains("127.0.0.1"),
            "{shown}"
        );
        let (BlobsConfig::Objects(blobs), CatalogConfig::Postgres(catalog)) =
            (config.blobs, config.catalog)
        else {
            panic!("another pair")
        };
        assert_eq!(blobs.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(blobs.options["aws_access_key_id"], std::env::var("PATH").unwrap());
        assert!(blobs.signed_urls);
        assert_eq!((blobs.max_requests, blobs.part_size), (5, 5_242_880));
        assert_eq!((blobs.request_timeout.as_secs(), blobs.retry_timeout.as_secs()), (6, 7));
        assert_eq!(catalog.password.as_deref(), Some("secret"));
        assert_eq!((catalog.schema.as_str(), catalog.max_connections), ("shop", 3));
        assert_eq!(catalog.connect_timeout.as_secs(), 4);
        assert_eq!(catalog.statement_timeout.as_secs(), 5);
        assert_eq!(catalog.retry_timeout.as_secs(), 6);
    }

    #[test]
    fn an_error_names_the_key_s_path_and_shows_no_secret() {
        for (blobs, catalog, expected) in [
            (S3, "5", "storage.cloud.catalog: a text, or an object"),
            ("5", POSTGRES, "storage.cloud.blobs: a text is expected, not 5"),
            (r#""ftp://bucket""#, POSTGRES, "storage.cloud.blobs: url: s3, az or gs is expected"),
            (r#"{"bucket": "b"}"#, POSTGRES, "storage.cloud.blobs.bucket: the key is not known"),
            ("{}", POSTGRES, "storage.cloud.blobs.url is missing"),
            (
                r#"{"url": "s3://b", "options": {"aws_secret": "secret"}}"#,
                POSTGRES,
                "storage.cloud.blobs.options.aws_secret: the store has no such option",
            ),
            (
                r#"{"url": "s3://b", "options": {"aws_access_key_id": {"env": "NO_SUCH_NAME"}}}"#,
                POSTGRES,
                "storage.cloud.blobs.options.aws_access_key_id: the environment variable \"NO_SUCH_NAME\" is not set",
            ),
            (
                r#"{"url": "s3://b", "max_requests": 0}"#,
                POSTGRES,
                "storage.cloud.blobs.max_requests: a whole number of 1 to 10000 is expected",
            ),
            (
                r#"{"url": "s3://b", "cache_control": "a\nb"}"#,
                POSTGRES,
                "storage.cloud.blobs.cache_control: a header's value",
            ),
            (
                S3,
                r#""postgres://u:secret@db.example/?sslmode=prefer""#,
                "storage.cloud.catalog: url: sslmode is verify-full or disable",
            ),
            (
                S3,
                r#"{"url": "postgres://u:secret@[", "schema": "a"}"#,
                "storage.cloud.catalog.url: not a PostgreSQL URL",
            ),
            (
                S3,
                r#"{"url": "postgres://u:secret@db.example", "schema": "A-B"}"#,
                "storage.cloud.catalog.schema: lower-case letters",
            ),
            (
                S3,
                r#"{"url": "postgres://localhost", "password": {"file": "/no/such/file"}}"#,
                "storage.cloud.catalog.password: cannot read /no/such/file",
            ),
            (
                S3,
                r#"{"url": "postgres://localhost", "password": {"text": "secret"}}"#,
                "storage.cloud.catalog.password: a text, or an object with \"env\" or \"file\", is expected",
            ),
            (
                S3,
                r#"{"url": "postgres://localhost", "root_certificates": "/no/such.pem"}"#,
                "storage.cloud.catalog.root_certificates: cannot read /no/such.pem",
            ),
        ] {
            let error = read(blobs, catalog).map(|_| ()).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains("secret@") && !error.contains("\"secret"), "{error}");
        }
    }

    #[cfg(feature = "local")]
    #[test]
    fn a_folder_and_sqlite_are_a_pair_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().display();
        let json = |blobs: &str| format!("{:?}", blobs);
        let config = read(
            &json(&format!("file://{path}/files")),
            &json(&format!("sqlite:{path}/records.sqlite3")),
        )
        .unwrap();
        config.open().unwrap();
        assert!(dir.path().join("files/original").is_dir());
        assert!(dir.path().join("records.sqlite3").is_file());
        for (url, expected) in [("file:", "the path is missing"), ("file://a/b", "a host is not")] {
            let error = read(&json(url), POSTGRES).map(|_| ()).unwrap_err();
            assert!(error.starts_with(&format!("storage.cloud.blobs: {expected}")), "{error}");
        }
    }

    #[test]
    fn a_storage_that_cannot_be_reached_is_named() {
        let options = r#""options": {"aws_endpoint": "http://127.0.0.1:1",
            "aws_access_key_id": "a", "aws_secret_access_key": "b"}, "retry_timeout_seconds": 1"#;
        let blobs = format!(r#"{{"url": "s3://bucket", {options}}}"#);
        let error = read(&blobs, POSTGRES).unwrap().open().map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("storage.cloud.blobs: the object store could not"), "{error}");
        let catalog = r#"{"url": "postgres://127.0.0.1:1/images", "retry_timeout_seconds": 1}"#;
        let CatalogConfig::Postgres(options) = read(S3, catalog).unwrap().catalog else {
            panic!("another catalog")
        };
        let error = PostgresCatalog::open(&CloudRuntime::new(), &options).unwrap_err().to_string();
        assert!(error.starts_with("the database could not be opened: "), "{error}");
    }
}

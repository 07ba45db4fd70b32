//! How an object store is reached.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::connect;
use crate::storage::StorageError;

/// Where blobs are stored, and how.
#[derive(Clone)]
#[non_exhaustive]
pub struct ObjectOptions {
    /// `s3://bucket/prefix`, `az://container/prefix` or `gs://bucket/prefix`.
    pub url: String,
    /// Options of the `object_store` crate by their names, such as `aws_endpoint`, `aws_access_key_id`,
    /// `aws_server_side_encryption` or `azure_storage_account_name`. They take precedence over the
    /// environment's variables of the same names.
    pub options: BTreeMap<String, String>,
    /// The `Cache-Control` header that the store sends with each blob. `None`: no such header.
    pub cache_control: Option<String>,
    /// Whether URLs for reading are signed, and expire: for a bucket that is not public.
    pub signed_urls: bool,
    /// A PEM file of certificates to trust, besides those of the operating system.
    pub root_certificates: Option<PathBuf>,
    /// The largest number of requests at the same time. Further ones wait.
    pub max_requests: usize,
    /// The longest time that one attempt of a request may take.
    pub request_timeout: Duration,
    /// For how long a request that fails is sent again.
    pub retry_timeout: Duration,
    /// Blobs of at least this many bytes are sent in several parts, of this size.
    pub part_size: usize,
}

impl ObjectOptions {
    /// The header for blobs unless another is set: they never change.
    pub const CACHE_CONTROL: &'static str = "public, max-age=31536000, immutable";

    /// The smallest size of a part that every engine accepts.
    pub const MIN_PART_SIZE: usize = 5 * 1024 * 1024;

    /// The default options for the store `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            options: BTreeMap::new(),
            cache_control: Some(Self::CACHE_CONTROL.into()),
            signed_urls: false,
            root_certificates: None,
            max_requests: 64,
            request_timeout: Duration::from_secs(30),
            retry_timeout: Duration::from_secs(60),
            part_size: 16 * 1024 * 1024,
        }
    }

    /// Checks them, without a connection.
    ///
    /// # Errors
    ///
    /// [`StorageError`] whose text begins with the name of the option that is not valid.
    pub fn validate(&self) -> Result<(), StorageError> {
        connect::client(self).map(|_| ())
    }

    /// The same, with this option of the `object_store` crate.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for ObjectOptions {
    /// Without the options' values, which may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectOptions")
            .field("url", &self.url)
            .field("options", &self.options.keys())
            .field("cache_control", &self.cache_control)
            .field("signed_urls", &self.signed_urls)
            .field("max_requests", &self.max_requests)
            .field("request_timeout", &self.request_timeout)
            .field("retry_timeout", &self.retry_timeout)
            .finish_non_exhaustive()
    }
}

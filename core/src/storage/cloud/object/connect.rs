//! Making the client of an object store from its options.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::ObjectOptions;
use crate::storage::StorageError;
use crate::storage::cloud::tls;

/// The clients of one store.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// Sends each request once.
    pub(super) once: Arc<dyn ObjectStore>,
    /// Repeats requests by itself: for the parts of a large blob.
    pub(super) repeating: Arc<dyn ObjectStore>,
    pub(super) signer: Arc<dyn Signer>,
    /// What every key begins with.
    pub(super) prefix: Path,
}

/// Makes the clients. Nothing is sent.
pub(super) fn client(options: &ObjectOptions) -> Result<Client, StorageError> {
    let invalid = |problem: String| StorageError::new(format!("url: {problem}"));
    let url =
        Url::parse(&options.url).map_err(|error| invalid("not a URL".into()).with_source(error))?;
    if url.query().is_some() || url.fragment().is_some() || url.password().is_some() {
        return Err(invalid("a query, a fragment or a password is not expected".into()));
    }
    let prefix = Path::from_url_path(url.path())
        .map_err(|error| invalid("the prefix is not valid".into()).with_source(error))?;
    let connector = Connector(http_client(options)?);

    // Each builder has methods of the same names, but they share no trait.
    macro_rules! build {
        ($builder:ty, $key:ty, $configure:expr) => {{
            let mut builder = <$builder>::from_env();
            for (name, value) in &options.options {
                let key: $key = name.to_ascii_lowercase().parse().map_err(|_| {
                    StorageError::new(format!("options.{name}: the store has no such option"))
                })?;
                builder = builder.with_config(key, value);
            }
            let configure: fn($builder) -> $builder = $configure;
            let builder = configure(builder.with_url(bare(&url)).with_http_connector(connector));
            let build = |builder: $builder| {
                let built = builder.build().map(Arc::new);
                built.map_err(|error| StorageError::new("options: not valid").with_source(error))
            };
            let once = build(builder.clone().with_retry(retries(0, Duration::ZERO)))?;
            let repeating = build(builder.with_retry(retries(10, options.retry_timeout)))?;
            Ok(Client { signer: once.clone(), once, repeating, prefix })
        }};
    }
    match url.scheme() {
        // One DELETE each: not every engine has the request for many.
        "s3" | "s3a" => build!(AmazonS3Builder, AmazonS3ConfigKey, |builder| builder
            .with_config(AmazonS3ConfigKey::DisableBulkDelete, "true")),
        "az" | "azure" | "abfs" | "abfss" | "adl" => {
            build!(MicrosoftAzureBuilder, AzureConfigKey, |builder| builder)
        }
        "gs" => build!(GoogleCloudStorageBuilder, GoogleConfigKey, |builder| builder),
        other => Err(invalid(format!("s3, az or gs is expected, not {other}"))),
    }
}

/// The URL without its path, which is the prefix of keys.
fn bare(url: &Url) -> String {
    let mut url = url.clone();
    url.set_path("");
    url.into()
}

fn retries(max_retries: usize, retry_timeout: Duration) -> RetryConfig {
    RetryConfig { max_retries, retry_timeout, ..RetryConfig::default() }
}

fn http_client(options: &ObjectOptions) -> Result<reqwest::Client, StorageError> {
    let tls = tls::client_config(options.root_certificates.as_deref())?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(options.request_timeout.min(Duration::from_secs(10)))
        .timeout(options.request_timeout)
        .tcp_keepalive(Duration::from_secs(15))
        .pool_idle_timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| StorageError::new("cannot make an HTTP client").with_source(error))
}

/// Gives the store this crate's HTTP client.
#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(options: &ObjectOptions) -> String {
        client(options).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn urls_have_a_bucket_and_a_prefix() {
        let options = ObjectOptions::new("s3://bucket/shop/images/").with_option("AWS_REGION", "x");
        assert_eq!(client(&options).unwrap().prefix.as_ref(), "shop/images");
        assert_eq!(client(&ObjectOptions::new("gs://bucket")).unwrap().prefix.as_ref(), "");
        for (url, expected) in [
            ("bucket", "url: not a URL"),
            ("ftp://bucket", "url: s3, az or gs is expected, not ftp"),
            ("s3://bucket/a/../../b//c", "url"),
            ("s3://user:secret@bucket", "url: a query, a fragment or a password"),
        ] {
            let error = error(&ObjectOptions::new(url));
            assert!(error.starts_with(expected) && !error.contains("secret"), "{url}: {error}");
        }
    }

    #[test]
    fn an_unknown_option_is_named() {
        let options = ObjectOptions::new("s3://bucket").with_option("aws_acces_key", "secret");
        assert_eq!(error(&options), "options.aws_acces_key: the store has no such option");
        let options = ObjectOptions::new("az://container").with_option("aws_region", "eu");
        assert_eq!(error(&options), "options.aws_region: the store has no such option");
        assert!(!format!("{:?}", options.with_option("k", "secret")).contains("secret"));
    }
}

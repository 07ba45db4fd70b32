//! The one configuration, the same names in every language. Unknown keys are errors.

use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::fmt;
#[cfg(feature = "local")]
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::auth::{AlreadyChecked, Authenticator, ClientKeys};
use crate::field::{Dpi, InvalidField, WebsiteId};
use crate::format::Format;
#[cfg(feature = "http")]
use crate::http::HttpOptions;
use crate::policies::Policies;
use crate::policy::Policy;
use crate::rendition::StandardOptions;
#[cfg(feature = "local")]
use crate::storage::LocalStorage;
use crate::storage::{MemoryStorage, Storage, StorageError};

/// What an [`Uploader`](crate::Uploader) is made from, usually read from a JSON document.
///
/// ```
/// let config = userimage::Config::from_json(
///     r#"{"storage": {"memory": {"base_url": "https://img.example/"}},
///         "authentication": "keys",
///         "websites": [{"id": 1001, "keys": ["abc123"], "policy": {"max_bytes": 5242880}}]}"#,
/// )?;
/// let uploader = userimage::Uploader::from_config(&config)?;
/// # Ok::<(), userimage::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Where images are kept. It may only be missing where the host brings its own storage.
    pub storage: Option<StorageConfig>,
    /// Who checks website and key. It has no default.
    pub authentication: Authentication,
    /// The websites, each at most once.
    #[serde(default)]
    pub websites: Vec<WebsiteConfig>,
    /// What every website takes that says nothing else.
    #[serde(default)]
    pub policy: PolicyConfig,
    /// How the standard rendition is made.
    #[serde(default)]
    pub standard: StandardOptions,
    /// What is answered over HTTP beside uploads.
    #[cfg(feature = "http")]
    #[serde(default)]
    pub http: HttpOptions,
}

/// Who checks website and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Authentication {
    /// The keys of [`Config::websites`].
    Keys,
    /// Said out loud: the host, before it calls.
    Host,
}

/// Which storage keeps the images.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum StorageConfig {
    /// A folder, with the records in SQLite beside the files.
    #[cfg(feature = "local")]
    Local {
        /// The folder; it is made when it is not there.
        path: PathBuf,
        /// What URLs begin with.
        base_url: String,
    },
    /// Memory, for tests: gone with the process.
    Memory {
        /// What URLs begin with.
        base_url: String,
    },
}

impl StorageConfig {
    fn open(&self) -> Result<Box<dyn Storage>, StorageError> {
        Ok(match self {
            #[cfg(feature = "local")]
            Self::Local { path, base_url } => Box::new(LocalStorage::open(path, base_url)?),
            Self::Memory { base_url } => Box::new(MemoryStorage::new(base_url)),
        })
    }
}

/// A website of the host.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebsiteConfig {
    /// Its id.
    pub id: WebsiteId,
    /// The keys that open it, with [`Authentication::Keys`].
    #[serde(default, deserialize_with = "keys")]
    pub keys: Vec<String>,
    /// What it takes; gaps are filled from [`Config::policy`].
    #[serde(default)]
    pub policy: PolicyConfig,
}

impl fmt::Debug for WebsiteConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebsiteConfig")
            .field("id", &self.id)
            .field("keys", &self.keys.len())
            .field("policy", &self.policy)
            .finish()
    }
}

/// A [`Policy`] with gaps.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PolicyConfig {
    /// See [`Policy::formats`].
    pub formats: Option<BTreeSet<Format>>,
    /// See [`Policy::max_bytes`].
    pub max_bytes: Option<u64>,
    /// See [`Policy::max_width`].
    pub max_width: Option<u32>,
    /// See [`Policy::max_height`].
    pub max_height: Option<u32>,
    /// See [`Policy::max_pixels`].
    pub max_pixels: Option<u64>,
    /// See [`Policy::max_frames`].
    pub max_frames: Option<u32>,
    /// See [`Policy::min_dpi`].
    pub min_dpi: Option<Dpi>,
    /// See [`Policy::max_memory`].
    pub max_memory: Option<u64>,
}

impl PolicyConfig {
    /// This policy, its gaps filled from `base`.
    pub(crate) fn over(&self, base: &Policy) -> Policy {
        Policy {
            formats: self.formats.clone().unwrap_or_else(|| base.formats.clone()),
            max_bytes: self.max_bytes.unwrap_or(base.max_bytes),
            max_width: self.max_width.unwrap_or(base.max_width),
            max_height: self.max_height.unwrap_or(base.max_height),
            max_pixels: self.max_pixels.unwrap_or(base.max_pixels),
            max_frames: self.max_frames.or(base.max_frames),
            min_dpi: self.min_dpi.or(base.min_dpi),
            max_memory: self.max_memory.unwrap_or(base.max_memory),
        }
    }
}

impl Config {
    /// Reads a JSON document.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when it is no JSON, has an unknown name or a value out of its range. The
    /// message tells where, and never shows a client's key.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        serde_json::from_str(json).map_err(|error| ConfigError::new(error.to_string()))
    }

    /// The storage that it names, opened.
    pub(crate) fn open_storage(&self) -> Result<Box<dyn Storage>, ConfigError> {
        let storage =
            self.storage.as_ref().ok_or_else(|| ConfigError::new("storage is missing"))?;
        storage.open().map_err(|error| ConfigError::new(error.to_string()).with_source(error))
    }

    pub(crate) fn authenticator(&self) -> Result<Box<dyn Authenticator>, ConfigError> {
        let keys = self
            .websites
            .iter()
            .flat_map(|website| website.keys.iter().map(|key| (website.id.get(), key)));
        let closed = self.websites.iter().find(|website| website.keys.is_empty());
        if let (Authentication::Keys, Some(website)) = (self.authentication, closed) {
            let reason = format!("website {} has no keys, so nobody could upload", website.id);
            return Err(ConfigError::new(reason));
        }
        match self.authentication {
            Authentication::Keys => Ok(Box::new(ClientKeys::new(keys)?)),
            Authentication::Host if keys.count() == 0 => Ok(Box::new(AlreadyChecked)),
            Authentication::Host => {
                Err(ConfigError::new("keys have no use where authentication is \"host\""))
            }
        }
    }

    pub(crate) fn policies(&self) -> Result<Policies, ConfigError> {
        let default = self.policy.over(&Policy::default());
        let mut seen = HashSet::new();
        if let Some(twice) = self.websites.iter().find(|website| !seen.insert(website.id)) {
            return Err(ConfigError::new(format!("website {} is given twice", twice.id)));
        }
        let websites = self
            .websites
            .iter()
            .map(|website| (website.id, website.policy.over(&default)))
            .collect();
        Ok(Policies { default, websites })
    }
}

/// Reads a list of texts without ever quoting one in an error, as serde's own messages would.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let not_keys = || D::Error::custom("`keys` is not a list of texts");
    let serde_json::Value::Array(values) = Deserialize::deserialize(deserializer)? else {
        return Err(not_keys());
    };
    values
        .into_iter()
        .map(|value| match value {
            serde_json::Value::String(key) => Ok(key),
            _ => Err(not_keys()),
        })
        .collect()
}

/// Why an uploader cannot be made from a configuration.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct ConfigError {
    reason: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    #[must_use]
    fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl From<InvalidField> for ConfigError {
    fn from(invalid: InvalidField) -> Self {
        Self::new(invalid.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(fields: &str) -> String {
        format!(
            r#"{{"storage": {{"memory": {{"base_url": "u/"}}}}, "authentication": "keys"{fields}}}"#
        )
    }

    #[test]
    fn gaps_are_filled_from_the_default_and_that_from_the_specification() {
        let config = Config::from_json(&document(
            r#", "policy": {"max_bytes": 7, "max_width": 5},
               "websites": [{"id": 1, "policy": {"max_width": 9, "min_dpi": 90, "formats": ["jpeg", "webp"]}}, {"id": 2}]"#,
        ))
        .unwrap();
        let policies = config.policies().unwrap();
        let (own, gaps) =
            (policies.of(WebsiteId::new(1).unwrap()), policies.of(WebsiteId::new(2).unwrap()));
        assert_eq!((own.max_bytes, own.max_width, own.max_height), (7, 9, 30_000));
        assert_eq!(own.min_dpi, Dpi::new(90));
        assert_eq!(own.formats, BTreeSet::from([Format::Jpeg, Format::WebP]));
        assert_eq!((gaps.max_bytes, gaps.max_width, gaps.min_dpi), (7, 5, None));
    }

    #[test]
    fn unknown_names_and_wrong_values_are_errors_that_say_where() {
        for (fields, word) in [
            (r#", "polices": {}"#, "polices"),
            (r#", "policy": {"max_byte": 1}"#, "max_byte"),
            (r#", "websites": [{"id": 1, "key": "k"}]"#, "key"),
            (r#", "websites": [{"id": 0}]"#, "websiteId"),
            (r#", "standard": {"quality": 1}"#, "quality"),
            (r#", "policy": {"formats": ["bitmap"]}"#, "bitmap"),
            (r#", "policy": {"max_bytes": -1}"#, "-1"),
            (r#", "authentication": "keys""#, "duplicate"),
        ] {
            let error = Config::from_json(&document(fields)).unwrap_err().to_string();
            assert!(error.contains(word), "{fields}: {error}");
            assert!(error.contains("line"), "{fields}: {error}");
        }
        for json in [
            "",
            "{}",
            "[]",
            r#"{"authentication": "none"}"#,
            r#"{"authentication": "keys", "storage": {"tape": {}}}"#,
        ] {
            assert!(Config::from_json(json).is_err(), "{json}");
        }
    }

    #[test]
    fn an_error_never_shows_a_key() {
        for fields in [
            r#", "websites": [{"id": 1, "keys": "s3cret"}]"#,
            r#", "websites": [{"id": 1, "keys": [["s3cret"]]}]"#,
            r#", "websites": [{"id": 1, "keys": {"s3cret": 1}}]"#,
        ] {
            let error = Config::from_json(&document(fields)).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
        let config =
            Config::from_json(&document(r#", "websites": [{"id": 1, "keys": ["s3cret ü"]}]"#))
                .unwrap();
        let error = config.authenticator().err().unwrap();
        assert!(!format!("{config:?} {error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn contradictions_are_refused() {
        let twice = document(r#", "websites": [{"id": 1}, {"id": 1}]"#);
        assert!(Config::from_json(&twice).unwrap().policies().is_err());
        let keys_for_nothing =
            r#"{"authentication": "host", "websites": [{"id": 1, "keys": ["k"]}]}"#;
        let config = Config::from_json(keys_for_nothing).unwrap();
        assert!(config.authenticator().is_err());
        assert!(config.open_storage().is_err(), "no storage is named");
    }
}

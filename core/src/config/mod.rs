//! The one configuration, with the same keys in every language. Unknown keys are errors.

#[cfg(feature = "cloud")]
mod cloud;
mod document;
#[cfg(feature = "http")]
mod http_options;
mod inspectors;
mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
#[cfg(any(feature = "local", feature = "svg"))]
use std::path::PathBuf;
use std::time::Duration;

use crate::auth::{AlreadyChecked, Authenticator, ClientKeys};
use crate::config_error::ConfigError;
use crate::field::{ClientKey, Dpi, WebsiteId};
use crate::format::Format;
use crate::inspect::Inspector;
use crate::min_print::MinPrint;
use crate::policies::Policies;
use crate::policy::Policy;
use crate::record::RenditionName;
use crate::rendition::{Fonts, SharedMemory, StandardOptions};
#[cfg(feature = "local")]
use crate::storage::LocalStorage;
use crate::storage::{MemoryStorage, Quota, Storage};
use crate::uploader::{Uploader, UploaderBuilder};

#[cfg(feature = "cloud")]
pub use self::cloud::{BlobsConfig, CatalogConfig, CloudConfig};
#[cfg(feature = "http")]
pub use self::http_options::{CacheControl, HttpOptions, Origin, PathPrefix, TrustedProxy};
pub use self::inspectors::InspectorConfig;

/// What an [`Uploader`] is made from, usually read from a JSON document.
///
/// ```
/// use userimage::Config;
///
/// let config = Config::from_json(
///     r#"{"storage": {"memory": {"base_url": "https://img.example/"}},
///         "authentication": "keys",
///         "websites": [{"id": 1001, "keys": ["abc123"], "policy": {"max_bytes": 5242880}}]}"#,
/// )?;
/// let uploader = config.open()?;
///
/// let error = Config::from_json(r#"{"authentication": "keys", "websites": [{"id": "1001"}]}"#);
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     r#"websites[0].id: a number is expected, not "1001""#
/// );
/// # Ok::<(), userimage::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where images are stored. `None` where the host supplies its own storage.
    pub storage: Option<StorageConfig>,
    /// Who checks website and key. There is no default.
    pub authentication: Authentication,
    /// The websites, each at most once.
    pub websites: Vec<WebsiteConfig>,
    /// The policy for all websites. A website's own policy overrides it key by key.
    pub policy: PolicyConfig,
    /// How the standard rendition is made.
    pub standard: StandardOptions,
    /// The further renditions, and how they are made: at most [`MAX_RENDITIONS`](Self::MAX_RENDITIONS).
    pub renditions: BTreeMap<RenditionName, StandardOptions>,
    /// The folder of the fonts in which the texts of artwork are drawn.
    #[cfg(feature = "svg")]
    pub fonts: Option<PathBuf>,
    /// How much memory all renditions that are being made may take together.
    pub memory: SharedMemory,
    /// What decides about each image before it is stored, one after the other.
    pub inspectors: Vec<InspectorConfig>,
    /// The options of the HTTP endpoint.
    #[cfg(feature = "http")]
    pub http: HttpOptions,
}

/// Who checks website and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// `"keys"`: the keys of [`Config::websites`].
    Keys,
    /// `"host"`: the authenticator in [`Host`]. Without one the configuration cannot be opened.
    Host,
    /// `"already_checked"`: nobody; the caller has authenticated each request. See
    /// [`AlreadyChecked`].
    AlreadyChecked,
}

impl Authentication {
    const NAMES: [(&'static str, Self); 3] =
        [("keys", Self::Keys), ("host", Self::Host), ("already_checked", Self::AlreadyChecked)];
}

/// Which storage stores the images.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StorageConfig {
    /// A folder with the files, and the records in a SQLite database.
    #[cfg(feature = "local")]
    Local {
        /// The folder; it is created if it does not exist.
        path: PathBuf,
        /// What URLs begin with.
        base_url: String,
    },
    /// Blobs and records that several machines share.
    #[cfg(feature = "cloud")]
    Cloud(Box<CloudConfig>),
    /// Memory, for tests: lost with the process.
    Memory {
        /// What URLs begin with.
        base_url: String,
    },
}

impl StorageConfig {
    /// Sets what URLs begin with.
    pub fn set_base_url(&mut self, url: &str) {
        match self {
            #[cfg(feature = "local")]
            Self::Local { base_url, .. } => url.clone_into(base_url),
            #[cfg(feature = "cloud")]
            Self::Cloud(cloud) => url.clone_into(&mut cloud.base_url),
            Self::Memory { base_url } => url.clone_into(base_url),
        }
    }

    /// Opens the storage.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when it cannot be opened. The text begins with the path of the key that names it.
    pub fn open(&self) -> Result<Box<dyn Storage>, ConfigError> {
        Ok(match self {
            #[cfg(feature = "local")]
            Self::Local { path, base_url } => {
                Box::new(LocalStorage::open(path, base_url).map_err(|error| {
                    ConfigError::new("storage.local: the storage cannot be opened")
                        .with_source(error)
                })?)
            }
            #[cfg(feature = "cloud")]
            Self::Cloud(cloud) => cloud.open()?,
            Self::Memory { base_url } => Box::new(MemoryStorage::new(base_url)),
        })
    }
}

/// A website of the host.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebsiteConfig {
    /// Its id.
    pub id: WebsiteId,
    /// Its valid keys, with [`Authentication::Keys`].
    pub keys: Vec<String>,
    /// Its own policy. Keys that it lacks are those of [`Config::policy`].
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
#[derive(Clone, Debug, Default)]
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
    /// See [`Policy::allow_active`].
    pub allow_active: Option<bool>,
    /// See [`Policy::min_print`].
    pub min_print: Option<MinPrint>,
    /// See [`Policy::max_memory`].
    pub max_memory: Option<u64>,
    /// See [`Policy::website_quota`]. Its gaps are filled one by one.
    pub website_quota: Quota,
    /// See [`Policy::user_quota`]. Its gaps are filled one by one.
    pub user_quota: Quota,
    /// See [`Policy::retention`].
    pub retention: Option<Duration>,
}

impl PolicyConfig {
    /// This policy, its gaps filled from `base`.
    fn over(&self, base: &Policy) -> Policy {
        Policy {
            formats: self.formats.clone().unwrap_or_else(|| base.formats.clone()),
            max_bytes: self.max_bytes.unwrap_or(base.max_bytes),
            max_width: self.max_width.unwrap_or(base.max_width),
            max_height: self.max_height.unwrap_or(base.max_height),
            max_pixels: self.max_pixels.unwrap_or(base.max_pixels),
            max_frames: self.max_frames.or(base.max_frames),
            min_dpi: self.min_dpi.or(base.min_dpi),
            allow_active: self.allow_active.unwrap_or(base.allow_active),
            min_print: self.min_print.or(base.min_print),
            max_memory: self.max_memory.unwrap_or(base.max_memory),
            website_quota: quota_over(self.website_quota, base.website_quota),
            user_quota: quota_over(self.user_quota, base.user_quota),
            retention: self.retention.or(base.retention),
        }
    }
}

/// This quota, its gaps filled from `base`.
fn quota_over(own: Quota, base: Quota) -> Quota {
    Quota::unlimited().with_images(own.images.or(base.images)).with_bytes(own.bytes.or(base.bytes))
}

/// What the host supplies in addition to a configuration.
#[derive(Default)]
#[non_exhaustive]
pub struct Host {
    /// The host's own storage, where the configuration names none.
    pub storage: Option<Box<dyn Storage>>,
    /// The host's own authenticator, where `authentication` is `"host"`.
    pub authenticator: Option<Box<dyn Authenticator>>,
    /// The host's own inspectors. They are asked in this order: each where the configuration names the next
    /// one, and those that it does not name after its own.
    pub inspectors: Vec<Box<dyn Inspector>>,
}

impl Host {
    /// A host that supplies nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same host with this storage.
    #[must_use]
    pub fn with_storage(mut self, storage: impl Storage + 'static) -> Self {
        self.storage = Some(Box::new(storage));
        self
    }

    /// The same host with this authenticator.
    #[must_use]
    pub fn with_authenticator(mut self, authenticator: impl Authenticator + 'static) -> Self {
        self.authenticator = Some(Box::new(authenticator));
        self
    }

    /// The same host with this further inspector.
    #[must_use]
    pub fn with_inspector(mut self, inspector: impl Inspector + 'static) -> Self {
        self.inspectors.push(Box::new(inspector));
        self
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("storage", &self.storage.is_some())
            .field("authenticator", &self.authenticator.is_some())
            .field("inspectors", &self.inspectors.len())
            .finish()
    }
}

impl Config {
    /// The most further renditions that a document can name.
    pub const MAX_RENDITIONS: usize = 16;

    /// Opens the storage and makes the uploader.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the configuration contradicts itself, needs what only a host can supply,
    /// or the storage cannot be opened.
    pub fn open(&self) -> Result<Uploader, ConfigError> {
        self.open_with(Host::new())
    }

    /// As [`open`](Self::open), with what the host supplies.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and when the host supplies what the configuration names.
    pub fn open_with(&self, host: Host) -> Result<Uploader, ConfigError> {
        let authenticator = self.authenticator(host.authenticator)?;
        let policies = self.policies()?;
        let fonts = self.open_fonts()?;
        let inspectors = inspectors::open(&self.inspectors, host.inspectors)?;
        // The storage last: an invalid configuration leaves no folder behind.
        let storage = self.open_storage(host.storage)?;
        UploaderBuilder::new(storage)
            .authenticator(authenticator)
            .policies(policies)
            .standard(self.standard)
            .renditions(self.renditions.clone())
            .memory(self.memory)
            .fonts(fonts)
            .inspectors(inspectors)
            .build()
    }

    #[cfg(feature = "svg")]
    fn open_fonts(&self) -> Result<Fonts, ConfigError> {
        let Some(path) = &self.fonts else { return Ok(Fonts::default()) };
        Fonts::from_dir(path).map_err(|error| {
            let problem = format!("fonts: the fonts in {} cannot be used", path.display());
            ConfigError::new(problem).with_source(error)
        })
    }

    #[cfg(not(feature = "svg"))]
    fn open_fonts(&self) -> Result<Fonts, ConfigError> {
        Ok(Fonts::default())
    }

    fn open_storage(&self, own: Option<Box<dyn Storage>>) -> Result<Box<dyn Storage>, ConfigError> {
        match (&self.storage, own) {
            (Some(_), Some(_)) => {
                Err(ConfigError::new("storage: the host brings its own, so none can be named"))
            }
            (None, Some(own)) => Ok(own),
            (Some(storage), None) => storage.open(),
            (None, None) => Err(ConfigError::new("storage is missing")),
        }
    }

    fn authenticator(
        &self,
        own: Option<Box<dyn Authenticator>>,
    ) -> Result<Box<dyn Authenticator>, ConfigError> {
        let with_keys = self.websites.iter().position(|website| !website.keys.is_empty());
        if let (Authentication::Host | Authentication::AlreadyChecked, Some(index)) =
            (self.authentication, with_keys)
        {
            let reason = "keys are not used unless authentication is \"keys\"";
            return Err(ConfigError::new(format!("websites[{index}].keys: {reason}")));
        }
        match (self.authentication, own) {
            (Authentication::Keys, None) => Ok(Box::new(self.client_keys()?)),
            (Authentication::AlreadyChecked, None) => Ok(Box::new(AlreadyChecked)),
            (Authentication::Host, Some(own)) => Ok(own),
            (Authentication::Host, None) => Err(ConfigError::new(
                "authentication: \"host\" needs an authenticator from the host; use \
                 \"already_checked\" if the host authenticates each request itself",
            )),
            (_, Some(_)) => Err(ConfigError::new(
                "authentication: the host brings its own authenticator, so it must be \"host\"",
            )),
        }
    }

    fn client_keys(&self) -> Result<ClientKeys, ConfigError> {
        for (index, website) in self.websites.iter().enumerate() {
            let path = format!("websites[{index}].keys");
            if website.keys.is_empty() {
                let reason = format!("website {} has no keys, so nobody can upload", website.id);
                return Err(ConfigError::new(format!("{path}: {reason}")));
            }
            for (position, key) in website.keys.iter().enumerate() {
                ClientKey::parse(key).map_err(|invalid| {
                    ConfigError::new(format!("{path}[{position}]: {}", invalid.reason()))
                })?;
            }
        }
        let keys = self
            .websites
            .iter()
            .flat_map(|website| website.keys.iter().map(move |key| (website.id.get(), key)));
        Ok(ClientKeys::new(keys)?)
    }

    fn policies(&self) -> Result<Policies, ConfigError> {
        let default = self.policy.over(&Policy::default());
        let mut seen = HashSet::new();
        let twice = self.websites.iter().position(|website| !seen.insert(website.id));
        if let Some(index) = twice {
            let path = format!("websites[{index}].id");
            return Err(ConfigError::new(format!("{path}: the website is given twice")));
        }
        let websites = self
            .websites
            .iter()
            .map(|website| (website.id, website.policy.over(&default)))
            .collect();
        Ok(Policies { default, websites })
    }
}

//! The one configuration, with the same keys in every language. Unknown keys are errors.

#[cfg(feature = "cloud")]
mod cloud;
mod document;
#[cfg(feature = "http")]
mod http_options;
mod inspectors;
mod read;

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
    fn content_that_acts_is_refused_unless_a_policy_allows_it() {
        let allowed = |fields: &str, website| {
            let config = Config::from_json(&document(fields)).unwrap();
            config.policies().unwrap().of(WebsiteId::new(website).unwrap()).allow_active
        };
        let websites = r#", "policy": {"allow_active": true},
            "websites": [{"id": 1, "policy": {"allow_active": false}}, {"id": 2}]"#;
        assert!(!allowed("", 1) && !allowed(websites, 1) && allowed(websites, 2));
    }

    #[cfg(feature = "svg")]
    #[test]
    fn fonts_are_those_of_a_folder() {
        let opened = |path: &str| {
            let fields =
                format!(r#", "websites": [{{"id": 1, "keys": ["k"]}}], "fonts": "{path}""#);
            Config::from_json(&document(&fields)).unwrap().open()
        };
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");
        assert!(opened(&format!("{fixtures}/fonts")).is_ok());
        let error = opened("/nowhere").unwrap_err().to_string();
        assert!(error.starts_with("fonts: the fonts in /nowhere cannot be used"), "{error}");
    }

    #[test]
    fn the_smallest_print_is_read_in_either_unit() {
        use crate::min_print::{LengthUnit, MinPrintAction};

        let read = |print: &str| {
            Config::from_json(&document(&format!(r#", "policy": {{"min_print": {print}}}"#)))
                .map(|config| config.policies().unwrap().default.min_print)
                .map_err(|error| error.to_string())
        };
        let print = |width, height, unit, dpi| {
            MinPrint::new(width, height, unit, Dpi::new(dpi).unwrap()).unwrap()
        };
        let poster = print(20.0, 30.0, LengthUnit::Cm, 150);
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read(r#"{"width_cm": 20, "height_cm": 30, "dpi": 150}"#), Ok(Some(poster)));
        assert_eq!(
            read(r#"{"width_cm": 20, "height_cm": 30, "dpi": 150, "action": "warn"}"#),
            Ok(Some(poster.with_action(MinPrintAction::Warn)))
        );
        assert_eq!(
            read(r#"{"width_inches": 8.5, "height_inches": 11, "dpi": 300}"#),
            Ok(Some(print(8.5, 11.0, LengthUnit::Inch, 300)))
        );
        for (wrong, expected) in [
            ("5", ": an object is expected, not 5"),
            (r#"{"width_cm": 20, "height_cm": 30}"#, ".dpi is missing"),
            (r#"{"width_cm": 20, "dpi": 150}"#, ".height_cm is missing"),
            (r#"{"width_inches": 20, "dpi": 150}"#, ".height_inches is missing"),
            (
                r#"{"width_cm": 20, "height_inches": 9, "dpi": 150}"#,
                ": width and height in one unit are expected",
            ),
            (
                r#"{"width_cm": 0, "height_cm": 30, "dpi": 150}"#,
                ".width_cm: a number of 0.01 to 10000 is expected, not 0",
            ),
            (
                r#"{"width_inches": 4000, "height_inches": 1, "dpi": 150}"#,
                ".width_inches: a number of 0.01 to 3937 is expected, not 4000",
            ),
            (
                r#"{"width_cm": "20", "height_cm": 30, "dpi": 150}"#,
                r#".width_cm: a number is expected, not "20""#,
            ),
            (
                r#"{"width_cm": 20, "height_cm": 30, "dpi": 0}"#,
                ".dpi: a whole number of 1 to 65535 is expected, not 0",
            ),
            (
                r#"{"width_cm": 20, "height_cm": 30, "dpi": 9, "action": "no"}"#,
                r#".action: one of refuse, warn is expected, not "no""#,
            ),
        ] {
            assert_eq!(read(wrong), Err(format!("policy.min_print{expected}")));
        }
        let websites = r#", "policy": {"min_print": {"width_cm": 20, "height_cm": 30, "dpi": 150}},
            "websites": [{"id": 1, "policy": {"min_print": {"width_cm": 1, "height_cm": 1, "dpi": 9}}}, {"id": 2}]"#;
        let policies = Config::from_json(&document(websites)).unwrap().policies().unwrap();
        let of = |id| policies.of(WebsiteId::new(id).unwrap()).min_print;
        assert_eq!(of(1), Some(print(1.0, 1.0, LengthUnit::Cm, 9)));
        assert_eq!(of(2), Some(poster));
        // In a document of texts.
        let texts = r#"{"authentication": "keys", "policy": {"min_print":
            {"width_inches": "8.5", "height_inches": "11", "dpi": "300"}}}"#;
        let config = Config::from_texts(texts).unwrap();
        assert_eq!(config.policy.min_print, Some(print(8.5, 11.0, LengthUnit::Inch, 300)));
    }

    #[test]
    fn gaps_of_a_quota_are_filled_one_by_one() {
        let config = Config::from_json(&document(
            r#", "policy": {"user_quota": {"images": 9, "bytes": 1000}, "retention_days": 30},
               "websites": [{"id": 1, "policy": {"user_quota": {"images": 99}, "website_quota": {"bytes": 7}}}]"#,
        ))
        .unwrap();
        let policies = config.policies().unwrap();
        let (own, gaps) =
            (policies.of(WebsiteId::new(1).unwrap()), policies.of(WebsiteId::new(2).unwrap()));
        let quota = Quota::unlimited;
        assert_eq!(own.user_quota, quota().with_images(Some(99)).with_bytes(Some(1000)));
        assert_eq!(own.website_quota, quota().with_bytes(Some(7)));
        assert_eq!(gaps.user_quota, quota().with_images(Some(9)).with_bytes(Some(1000)));
        assert!(gaps.website_quota.is_unlimited());
        let month = Duration::from_secs(30 * 86_400);
        assert_eq!((own.retention, gaps.retention), (Some(month), Some(month)));
    }

    #[test]
    fn shared_memory_has_defaults() {
        let shared = |fields: &str| Config::from_json(&document(fields)).unwrap().memory;
        let default = SharedMemory::default();
        assert_eq!(default.max_bytes, 2_147_483_648);
        assert_eq!(default.max_wait.as_secs(), 30);
        assert_eq!(shared(""), default);
        assert_eq!(shared(r#", "memory": {"max_bytes": 7}"#), default.with_max_bytes(7));
        let longest = std::time::Duration::from_secs(86_400);
        assert_eq!(
            shared(r#", "memory": {"max_wait_seconds": 86400}"#),
            default.with_max_wait(longest)
        );
    }

    #[test]
    fn renditions_have_the_options_of_the_standard_one() {
        let config = Config::from_json(&document(
            r#", "renditions": {
                "thumbnail": {"max_width": 200, "max_height": 100, "jpeg_quality": 70},
                "print": {"format": "webp"},
                "off": null
            }"#,
        ))
        .unwrap();
        let default = StandardOptions::default();
        let thumbnail = default
            .with_max_size(crate::geometry::Size::new(200, 100))
            .and_then(|options| options.with_jpeg_quality(70))
            .unwrap();
        let name = |name| RenditionName::parse(name).unwrap();
        let expected = [
            (name("print"), default.with_format(crate::rendition::OutputFormat::WebP)),
            (name("thumbnail"), thumbnail),
        ];
        assert_eq!(config.renditions, BTreeMap::from(expected));
        assert!(Config::from_json(&document("")).unwrap().renditions.is_empty());
        let many: Vec<String> = (0..17).map(|n| format!(r#""r{n}": {{}}"#)).collect();
        let error =
            Config::from_json(&document(&format!(r#", "renditions": {{{}}}"#, many.join(","))));
        assert_eq!(error.unwrap_err().to_string(), "renditions: at most 16 are expected, not 17");
    }

    #[test]
    fn an_error_names_the_key_s_path() {
        for (fields, expected) in [
            (r#", "polices": {}"#, "polices: the key is not known"),
            (r#", "policy": {"max_byte": 1}"#, "policy.max_byte: the key is not known"),
            (
                r#", "websites": [{"id": 1}, {"id": 2, "key": "k"}]"#,
                "websites[1].key: the key is not known",
            ),
            (
                r#", "websites": [{"id": "1001"}]"#,
                r#"websites[0].id: a number is expected, not "1001""#,
            ),
            (
                r#", "websites": [{"id": 0}]"#,
                "websites[0].id: a whole number of 1 to 2147483647 is expected, not 0",
            ),
            (r#", "websites": [{}]"#, "websites[0].id is missing"),
            (r#", "websites": {"id": 1}"#, "websites: a list is expected, not an object"),
            (
                r#", "websites": [{"id": 1, "policy": {"min_dpi": 65536}}]"#,
                "websites[0].policy.min_dpi: a whole number of 1 to 65535 is expected, not 65536",
            ),
            (
                r#", "memory": {"max_byte": 1}"#,
                "memory.max_byte: the key is not known; known are max_bytes, max_wait_seconds",
            ),
            (
                r#", "memory": {"max_bytes": "1 GiB"}"#,
                r#"memory.max_bytes: a number is expected, not "1 GiB""#,
            ),
            (
                r#", "memory": {"max_wait_seconds": 86401}"#,
                "memory.max_wait_seconds: a whole number of 0 to 86400 is expected, not 86401",
            ),
            (r#", "memory": 5"#, "memory: an object is expected, not 5"),
            (
                r#", "policy": {"user_quota": {"image": 1}}"#,
                "policy.user_quota.image: the key is not known; known are images, bytes",
            ),
            (
                r#", "policy": {"retention_days": 0}"#,
                "policy.retention_days: a whole number of 1 to 36500 is expected, not 0",
            ),
            (r#", "standard": {"quality": 1}"#, "standard.quality: the key is not known"),
            (
                r#", "standard": {"jpeg_quality": 101}"#,
                "standard.jpeg_quality: a whole number of 1 to 100 is expected, not 101",
            ),
            (
                r#", "standard": {"format": "gif"}"#,
                r#"standard.format: one of auto, webp is expected, not "gif""#,
            ),
            (r#", "renditions": []"#, "renditions: an object is expected, not a list"),
            (
                r#", "renditions": {"Card": {}}"#,
                "renditions.Card: a name has 1 to 32 lowercase letters, digits and hyphens",
            ),
            (
                r#", "renditions": {"standard": {}}"#,
                "renditions.standard: this name has another meaning in paths",
            ),
            (
                r#", "renditions": {"card": {"max_width": 0}}"#,
                "renditions.card.max_width: a whole number of 1 to 65535 is expected, not 0",
            ),
            (
                r#", "renditions": {"card": {"width": 7}}"#,
                "renditions.card.width: the key is not known",
            ),
            (r#", "policy": {"formats": ["bitmap"]}"#, "policy.formats[0]: one of jpeg, png,"),
            // It is known, but has no rendition.
            (
                r#", "websites": [{"id": 1, "policy": {"formats": ["png", "ico"]}}]"#,
                "websites[0].policy.formats[1]: one of jpeg, png, gif, bmp, tiff, webp, heif, heic, psd, jp2, j2k, jxl, svg, eps, pdf is expected, not \"ico\"",
            ),
            (
                r#", "policy": {"max_bytes": -1}"#,
                "policy.max_bytes: a whole number of at least 0 is expected, not -1",
            ),
            (
                r#", "policy": {"max_bytes": 1.5}"#,
                "policy.max_bytes: a whole number of at least 0 is expected, not 1.5",
            ),
            (r#", "authentication": "keys""#, r#"the key "authentication" is given twice"#),
        ] {
            let error = Config::from_json(&document(fields)).unwrap_err().to_string();
            assert!(error.contains(expected), "{fields}: {error}");
            for word in ["u32", "u64", "NonZero", "expected struct", "invalid type"] {
                assert!(!error.contains(word), "{fields}: {error}");
            }
        }
        for (json, expected) in [
            ("", "not a JSON document"),
            ("{}", "authentication is missing"),
            ("[]", "an object is expected, not a list"),
            (
                r#"{"authentication": "none"}"#,
                r#"authentication: one of keys, host, already_checked is expected, not "none""#,
            ),
            (
                r#"{"authentication": "keys", "storage": {"tape": {}}}"#,
                "storage.tape: the key is not known",
            ),
            (
                r#"{"authentication": "keys", "storage": {}}"#,
                "storage: exactly one storage is expected",
            ),
            (
                r#"{"authentication": "keys", "storage": {"memory": {}}}"#,
                "storage.memory.base_url is missing",
            ),
            (
                r#"{"authentication": "keys", "storage": {"memory": {"base_url": ""}}}"#,
                r#"storage.memory.base_url: a URL, or the start of one, is expected, not """#,
            ),
            #[cfg(feature = "local")]
            (
                r#"{"authentication": "keys", "storage": {"local": {"path": "data", "base_url": "u/\r\n"}}}"#,
                r#"storage.local.base_url: a URL, or the start of one, is expected, not "u/\r\n""#,
            ),
        ] {
            let error = Config::from_json(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[cfg(not(feature = "cloud"))]
    #[test]
    fn a_storage_that_needs_a_feature() {
        let json =
            r#"{"authentication": "already_checked", "storage": {"cloud": {"blobs": "s3://b"}}}"#;
        let error = Config::from_json(json).unwrap_err().to_string();
        assert!(error.starts_with("storage.cloud: ") && error.contains(r#""cloud""#), "{error}");
    }

    #[cfg(not(feature = "psd"))]
    #[test]
    fn a_format_that_needs_a_feature() {
        let json = r#"{"authentication": "already_checked", "policy": {"formats": ["psd"]}}"#;
        let error = Config::from_json(json).unwrap_err().to_string();
        assert!(error.starts_with(r#"policy.formats[0]: psd needs the feature "psd""#), "{error}");
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_prefix_that_is_not_a_path_is_an_error() {
        let error = Config::from_json(&document(r#", "http": {"prefix": "shop"}"#)).unwrap_err();
        assert_eq!(error.to_string(), r#"http.prefix: "shop" is not a path like "/shop""#);
        let config = Config::from_json(&document(r#", "http": {"prefix": "/shop/"}"#)).unwrap();
        assert_eq!(config.http.prefix.as_str(), "/shop");
    }

    #[cfg(feature = "http")]
    #[test]
    fn the_http_options_are_read_and_closed_by_default() {
        let http = |http: &str| {
            Config::from_json(&document(&format!(r#", "http": {http}"#)))
                .map(|config| config.http)
                .map_err(|error| error.to_string())
        };
        assert_eq!(http("{}"), Ok(HttpOptions::default()));
        assert_eq!(http("{}").unwrap().max_parts, 1000);
        assert_eq!(
            http(r#"{"explain": true, "origins": ["https://shop.example", "*"], "max_parts": 32}"#),
            Ok(HttpOptions::default()
                .with_explain(true)
                .with_origins(["https://shop.example", "*"].map(|origin| origin.parse().unwrap()))
                .with_max_parts(32))
        );
        for (wrong, expected) in [
            (r#"{"explain": 1}"#, "http.explain: true or false is expected, not 1"),
            (r#"{"origins": "*"}"#, r#"http.origins: a list is expected, not "*""#),
            (
                r#"{"origins": ["https://a.example", "https://b.example/"]}"#,
                r#"http.origins[1]: "https://b.example/" is not an origin like "https://shop.example", or "*""#,
            ),
            (
                r#"{"cache_control": "a\nb"}"#,
                r#"http.cache_control: "a\nb" is not a value like "public, max-age=31536000, immutable""#,
            ),
            (
                r#"{"trusted_proxies": ["10.0.0.0/33"]}"#,
                r#"http.trusted_proxies[0]: "10.0.0.0/33" is not an address or a network like "127.0.0.1" or "10.0.0.0/8""#,
            ),
            (
                r#"{"max_parts": 0}"#,
                "http.max_parts: a whole number of 1 to 65535 is expected, not 0",
            ),
        ] {
            assert_eq!(http(wrong).unwrap_err(), expected);
        }
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_server_has_defaults_of_its_own() {
        let defaults = HttpOptions::default().with_health(true).with_files(true);
        let read = |http: &str| {
            Config::from_json_with(&document(http), defaults.clone()).map(|config| config.http)
        };
        assert_eq!(read("").unwrap(), defaults);
        let other = defaults.clone().with_health(false).with_list(true);
        assert_eq!(read(r#", "http": {"health": false, "list": true}"#).unwrap(), other);
    }

    #[test]
    fn texts_are_read_from_the_environment() {
        // Cargo sets the variable to the name of this package.
        let key = r#"{"env": "CARGO_PKG_NAME"}"#;
        for (keys, expected) in [
            (key.to_owned(), vec!["userimage"]),
            (format!(r#"["k", {key}]"#), vec!["k", "userimage"]),
        ] {
            let json = document(&format!(r#", "websites": [{{"id": 1, "keys": {keys}}}]"#));
            let config = Config::from_json(&json).unwrap();
            assert_eq!(config.websites[0].keys, expected);
            config.open().unwrap();
        }
        let config = Config::from_json(
            r#"{"storage": {"memory": {"base_url": {"env": "CARGO_PKG_NAME"}}}, "authentication": "already_checked"}"#,
        );
        let Some(StorageConfig::Memory { base_url }) = config.unwrap().storage else { panic!() };
        assert_eq!(base_url, "userimage");
        // Several keys, between spaces: the description of this package, whose words are keys.
        let json =
            document(r#", "websites": [{"id": 1, "keys": {"env": "CARGO_PKG_DESCRIPTION"}}]"#);
        let keys = &Config::from_json(&json).unwrap().websites[0].keys;
        let words: Vec<_> = env!("CARGO_PKG_DESCRIPTION").split(' ').collect();
        assert_eq!(*keys, words);
    }

    #[test]
    fn a_variable_that_cannot_be_read_is_an_error_without_its_value() {
        let error = |keys: &str| {
            let json = document(&format!(r#", "websites": [{{"id": 1, "keys": {keys}}}]"#));
            Config::from_json(&json).unwrap_err().to_string()
        };
        for name in ["USERIMAGE_IS_NOT_SET", "", "A=B", "A\\u0000B"] {
            let error = error(&format!(r#"{{"env": "{name}"}}"#));
            assert!(error.starts_with("websites[0].keys: the environment variable"), "{error}");
            assert!(error.ends_with("is not set"), "{error}");
        }
        assert!(error(r#"["a", {"env": "NOT_SET"}]"#).starts_with("websites[0].keys[1]: "));
        assert!(error(r#"{"env": "A", "b": 1}"#).contains("a list of texts is expected"));
        let json = r#"{"authentication": {"env": "CARGO_PKG_NAME"}}"#;
        let error = Config::from_json(json).unwrap_err().to_string();
        assert!(
            !error.contains("userimage") && error.contains("an environment variable"),
            "{error}"
        );
        let json = document(
            r#", "http": {"prefix": {"env": "CARGO_MANIFEST_DIR"}, "x": {"env": "PATH"}}"#,
        );
        assert!(Config::from_json(&json).unwrap_err().to_string().starts_with("http.x: "));
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
            Config::from_json(&document(r#", "websites": [{"id": 1, "keys": ["k", "s3cret ü"]}]"#))
                .unwrap();
        let error = config.open().unwrap_err();
        assert!(!format!("{config:?} {error} {error:?}").contains("s3cret"));
        assert!(error.to_string().starts_with("websites[0].keys[1]: "), "{error}");
    }

    /// A host whose authenticator refuses every key.
    struct Closed;

    impl Authenticator for Closed {
        fn knows(&self, _: WebsiteId) -> Result<bool, crate::AuthError> {
            Ok(false)
        }

        fn accepts(&self, _: WebsiteId, _: &ClientKey) -> Result<bool, crate::AuthError> {
            Ok(false)
        }
    }

    fn open(authentication: &str, host: Host) -> Result<Uploader, String> {
        let json = format!(
            r#"{{"storage": {{"memory": {{"base_url": "u/"}}}}, "authentication": "{authentication}"}}"#
        );
        Config::from_json(&json).unwrap().open_with(host).map_err(|error| error.to_string())
    }

    #[test]
    fn no_door_is_open_by_accident() {
        // A forgotten authenticator is an error, not an open door.
        let error = open("host", Host::new()).unwrap_err();
        assert!(error.starts_with("authentication: "), "{error}");
        assert!(open("host", Host::new().with_authenticator(Closed)).is_ok());
        assert!(open("already_checked", Host::new()).is_ok());
        for authentication in ["keys", "already_checked"] {
            let host = Host::new().with_authenticator(Closed);
            assert!(open(authentication, host).is_err(), "{authentication}");
        }
        let keys_for_nothing =
            r#"{"authentication": "already_checked", "websites": [{"id": 1, "keys": ["k"]}]}"#;
        let error = Config::from_json(keys_for_nothing).unwrap().open().unwrap_err();
        assert!(error.to_string().starts_with("websites[0].keys: "), "{error}");
    }

    #[cfg(feature = "local")]
    #[test]
    fn a_storage_that_cannot_be_opened_is_an_error_that_names_its_key() {
        // A file, not a folder.
        let json = r#"{"storage": {"local": {"path": "Cargo.toml", "base_url": "u/"}},
                       "authentication": "already_checked"}"#;
        let error = Config::from_json(json).unwrap().open().unwrap_err().to_string();
        assert!(error.starts_with("storage.local: the storage cannot be opened: "), "{error}");
    }

    #[test]
    fn contradictions_are_refused() {
        for (json, expected) in [
            (
                document(r#", "websites": [{"id": 1, "keys": ["k"]}, {"id": 1, "keys": ["k"]}]"#),
                "websites[1].id: ",
            ),
            (document(r#", "websites": [{"id": 1}]"#), "websites[0].keys: "),
            (r#"{"authentication": "already_checked"}"#.to_owned(), "storage is missing"),
        ] {
            let error = Config::from_json(&json).unwrap().open().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{json}: {error}");
        }
        let host = Host::new().with_storage(MemoryStorage::new("u/"));
        let error = Config::from_json(&document("")).unwrap().open_with(host).unwrap_err();
        assert!(error.to_string().starts_with("storage: "), "{error}");
    }
}

//! Reading a [`Config`] from a JSON document: every key, its type and its range.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "http")]
use std::str::FromStr;
use std::time::Duration;

#[cfg(feature = "cloud")]
use super::CloudConfig;
#[cfg(feature = "http")]
use super::HttpOptions;
#[cfg(feature = "cloud")]
use super::cloud;
use super::document::{Document, Node};
use super::inspectors;
use super::{Authentication, Config, PolicyConfig, StorageConfig, WebsiteConfig};
use crate::config_error::ConfigError;
use crate::field::{Dpi, WebsiteId};
use crate::format::Format;
use crate::geometry::Size;
use crate::min_print::{LengthUnit, MinPrint, MinPrintAction};
use crate::record::RenditionName;
use crate::rendition::{OutputFormat, SharedMemory, StandardOptions};
use crate::storage::Quota;

impl Config {
    /// Reads a JSON document.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when it is not JSON, has an unknown key or a value of another type or out of
    /// its range. The message names the key, and never shows a client's key.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        Self::read(
            &Document::parse(json)?,
            #[cfg(feature = "http")]
            HttpOptions::default(),
        )
    }

    /// As [`from_json`](Self::from_json), for a document made of texts, as environment variables and .NET's `IConfiguration`
    /// have them: a number, `true` and `false` may also be a text, an empty list an empty text, and an empty object `null`.
    ///
    /// ```
    /// use userimage::Config;
    ///
    /// let texts = r#"{"authentication": "keys", "websites": [{"id": "1001", "keys": ["12345"]}]}"#;
    /// assert_eq!(Config::from_texts(texts)?.websites[0].id.get(), 1001);
    /// assert!(Config::from_json(texts).is_err());
    /// # Ok::<(), userimage::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_texts(json: &str) -> Result<Self, ConfigError> {
        Self::read(
            &Document::parse(json)?.with_texts(),
            #[cfg(feature = "http")]
            HttpOptions::default(),
        )
    }

    /// Reads a JSON document for a server with its own `defaults` of [`http`](Self::http).
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    #[cfg(feature = "http")]
    pub fn from_json_with(json: &str, defaults: HttpOptions) -> Result<Self, ConfigError> {
        Self::read(&Document::parse(json)?, defaults)
    }

    fn read(
        document: &Document,
        #[cfg(feature = "http")] defaults: HttpOptions,
    ) -> Result<Self, ConfigError> {
        let members = document.root().members(&[
            "storage",
            "authentication",
            "websites",
            "policy",
            "standard",
            "renditions",
            "fonts",
            "memory",
            "inspectors",
            #[cfg(feature = "http")]
            "http",
        ])?;
        #[cfg(not(feature = "svg"))]
        if let Some(node) = members.get("fonts") {
            return Err(node.error("this build of the library draws no texts (feature \"svg\")"));
        }
        Ok(Self {
            storage: members.read("storage", storage)?,
            authentication: members.required("authentication")?.one_of(&Authentication::NAMES)?,
            websites: members.read_or("websites", Vec::new(), |node| {
                node.list()?.map(|node| website(&node)).collect()
            })?,
            policy: members.read_or("policy", PolicyConfig::default(), policy)?,
            standard: members.read_or("standard", StandardOptions::default(), standard)?,
            renditions: members.read_or("renditions", BTreeMap::new(), renditions)?,
            #[cfg(feature = "svg")]
            fonts: members.read("fonts", |node| node.text().map(Into::into))?,
            memory: members.read_or("memory", SharedMemory::default(), memory)?,
            inspectors: members.read_or("inspectors", Vec::new(), inspectors::read)?,
            #[cfg(feature = "http")]
            http: match members.get("http") {
                Some(node) => http(&node, defaults)?,
                None => defaults,
            },
        })
    }
}

fn storage(node: &Node<'_>) -> Result<StorageConfig, ConfigError> {
    let members = node.members(&["local", "cloud", "memory"])?;
    let mut storages = Vec::new();
    storages.extend(members.read("local", local)?);
    storages.extend(members.read("cloud", cloud)?);
    storages.extend(members.read("memory", |node| {
        let members = node.members(&["base_url"])?;
        Ok(StorageConfig::Memory { base_url: base_url(&members.required("base_url")?)? })
    })?);
    match (storages.pop(), storages.pop()) {
        (Some(storage), None) => Ok(storage),
        _ => Err(node.error("exactly one storage is expected")),
    }
}

#[cfg(feature = "local")]
fn local(node: &Node<'_>) -> Result<StorageConfig, ConfigError> {
    let members = node.members(&["path", "base_url"])?;
    Ok(StorageConfig::Local {
        path: members.required("path")?.text()?.into(),
        base_url: base_url(&members.required("base_url")?)?,
    })
}

#[cfg(not(feature = "local"))]
fn local(node: &Node<'_>) -> Result<StorageConfig, ConfigError> {
    Err(node.error("this build of the library has no local storage (feature \"local\")"))
}

#[cfg(feature = "cloud")]
fn cloud(node: &Node<'_>) -> Result<StorageConfig, ConfigError> {
    let members = node.members(&["blobs", "catalog", "base_url"])?;
    Ok(StorageConfig::Cloud(Box::new(CloudConfig {
        blobs: cloud::blobs(&members.required("blobs")?)?,
        catalog: cloud::catalog(&members.required("catalog")?)?,
        base_url: base_url(&members.required("base_url")?)?,
    })))
}

#[cfg(not(feature = "cloud"))]
fn cloud(node: &Node<'_>) -> Result<StorageConfig, ConfigError> {
    Err(node.error("this build of the library has no cloud storage (feature \"cloud\")"))
}

/// What URLs begin with. It may be relative.
fn base_url(node: &Node<'_>) -> Result<String, ConfigError> {
    let text = node.text()?;
    if text.is_empty() || text.contains(char::is_control) {
        return Err(node.expected("a URL, or the start of one,"));
    }
    Ok(text.to_owned())
}

fn website(node: &Node<'_>) -> Result<WebsiteConfig, ConfigError> {
    let members = node.members(&["id", "keys", "policy"])?;
    let id = members.required("id")?;
    Ok(WebsiteConfig {
        id: WebsiteId::try_from(id.number::<u32>(1, WebsiteId::MAX.into())?)?,
        keys: members.read_or("keys", Vec::new(), Node::secrets)?,
        policy: members.read_or("policy", PolicyConfig::default(), policy)?,
    })
}

fn policy(node: &Node<'_>) -> Result<PolicyConfig, ConfigError> {
    let members = node.members(&[
        "formats",
        "max_bytes",
        "max_width",
        "max_height",
        "max_pixels",
        "max_frames",
        "min_dpi",
        "allow_active",
        "min_print",
        "max_memory",
        "website_quota",
        "user_quota",
        "retention_days",
    ])?;
    const ANY: u64 = u64::MAX;
    let side = |node: &Node<'_>| node.number(0, u32::MAX.into());
    Ok(PolicyConfig {
        formats: members.read("formats", formats)?,
        max_bytes: members.read("max_bytes", |node| node.number(0, ANY))?,
        max_width: members.read("max_width", side)?,
        max_height: members.read("max_height", side)?,
        max_pixels: members.read("max_pixels", |node| node.number(0, ANY))?,
        max_frames: members.read("max_frames", |node| node.number(0, u32::MAX.into()))?,
        min_dpi: members
            .read("min_dpi", |node| node.number(1, u16::MAX.into()).map(Dpi::new))?
            .flatten(),
        allow_active: members.read("allow_active", Node::bool)?,
        min_print: members.read("min_print", min_print)?,
        max_memory: members.read("max_memory", |node| node.number(0, ANY))?,
        website_quota: members.read_or("website_quota", Quota::unlimited(), quota)?,
        user_quota: members.read_or("user_quota", Quota::unlimited(), quota)?,
        retention: members.read("retention_days", days)?,
    })
}

fn min_print(node: &Node<'_>) -> Result<MinPrint, ConfigError> {
    const ACTIONS: [(&str, MinPrintAction); 2] =
        [("refuse", MinPrintAction::Refuse), ("warn", MinPrintAction::Warn)];
    let keys = ["width_cm", "height_cm", "width_inches", "height_inches", "dpi", "action"];
    let members = node.members(&keys)?;
    let has = |key| members.get(key).is_some();
    let in_cm = has("width_cm") || has("height_cm");
    let (unit, width, height, max) = if in_cm {
        (LengthUnit::Cm, "width_cm", "height_cm", 10_000.0)
    } else {
        (LengthUnit::Inch, "width_inches", "height_inches", 3_937.0)
    };
    if in_cm && (has("width_inches") || has("height_inches")) {
        return Err(node.error("width and height in one unit are expected"));
    }
    let side = |key| members.required(key)?.decimal(0.01, max);
    let (width, height) = (side(width)?, side(height)?);
    let dpi: u16 = members.required("dpi")?.number(1, u16::MAX.into())?;
    let action =
        members.read_or("action", MinPrintAction::default(), |node| node.one_of(&ACTIONS))?;
    Dpi::new(dpi)
        .and_then(|dpi| MinPrint::new(width, height, unit, dpi))
        .map(|print| print.with_action(action))
        .ok_or_else(|| node.expected("a print"))
}

fn quota(node: &Node<'_>) -> Result<Quota, ConfigError> {
    let members = node.members(&["images", "bytes"])?;
    let limit = |key| members.read(key, |node| node.number(0, u64::MAX));
    Ok(Quota::unlimited().with_images(limit("images")?).with_bytes(limit("bytes")?))
}

/// A number of days, at most a hundred years.
fn days(node: &Node<'_>) -> Result<Duration, ConfigError> {
    const DAY: u64 = 86_400;
    node.number(1, 36_500).map(|days: u64| Duration::from_secs(days * DAY))
}

fn formats(node: &Node<'_>) -> Result<BTreeSet<Format>, ConfigError> {
    let named = |format: Format| (format.name(), format);
    let optional = Format::ALL.into_iter().filter(|format| format.rendition_feature().is_some());
    let names: Vec<_> = Format::DEFAULT.into_iter().chain(optional).map(named).collect();
    let read = |node: Node<'_>| {
        let format = node.one_of(&names)?;
        format.check_rendition().map_err(|error| node.error(error))?;
        Ok(format)
    };
    node.list()?.map(read).collect()
}

fn standard(node: &Node<'_>) -> Result<StandardOptions, ConfigError> {
    let members = node.members(&["max_width", "max_height", "jpeg_quality", "format"])?;
    let default = StandardOptions::default();
    let side = |node: &Node<'_>| node.number(1, StandardOptions::MAX_SIDE.into());
    let max = Size::new(
        members.read_or("max_width", default.max_size().width, side)?,
        members.read_or("max_height", default.max_size().height, side)?,
    );
    let format =
        members.read_or("format", default.format(), |node| node.one_of(&OutputFormat::NAMES))?;
    let quality =
        members.read_or("jpeg_quality", default.jpeg_quality(), |node| node.number(1, 100))?;
    default
        .with_max_size(max)
        .and_then(|options| options.with_jpeg_quality(quality))
        .map(|options| options.with_format(format))
        .map_err(|error| node.error(error))
}

fn renditions(node: &Node<'_>) -> Result<BTreeMap<RenditionName, StandardOptions>, ConfigError> {
    let mut renditions = BTreeMap::new();
    for (name, node) in node.entries()?.filter(|(_, node)| !node.is_null()) {
        let name = RenditionName::parse(name).map_err(|invalid| node.error(invalid))?;
        renditions.insert(name, standard(&node)?);
    }
    if renditions.len() > Config::MAX_RENDITIONS {
        let most = Config::MAX_RENDITIONS;
        return Err(node.error(format!("at most {most} are expected, not {}", renditions.len())));
    }
    Ok(renditions)
}

fn memory(node: &Node<'_>) -> Result<SharedMemory, ConfigError> {
    let members = node.members(&["max_bytes", "max_wait_seconds"])?;
    let default = SharedMemory::default();
    let max_wait = |node: &Node<'_>| node.number(0, 86_400).map(Duration::from_secs);
    Ok(default
        .with_max_bytes(
            members.read_or("max_bytes", default.max_bytes, |node| node.number(0, u64::MAX))?,
        )
        .with_max_wait(members.read_or("max_wait_seconds", default.max_wait, max_wait)?))
}

#[cfg(feature = "http")]
fn http(node: &Node<'_>, default: HttpOptions) -> Result<HttpOptions, ConfigError> {
    let members = node.members(&[
        "prefix",
        "always_200",
        "files",
        "list",
        "settings",
        "page",
        "explain",
        "origins",
        "credentials",
        "max_parts",
        "cache_control",
        "health",
        #[cfg(feature = "metrics")]
        "metrics",
        "trusted_proxies",
    ])?;
    let flag = |key, default| members.read_or(key, default, Node::bool);
    Ok(HttpOptions {
        prefix: members.read_or("prefix", default.prefix, parsed)?,
        always_200: flag("always_200", default.always_200)?,
        files: flag("files", default.files)?,
        list: flag("list", default.list)?,
        settings: flag("settings", default.settings)?,
        page: flag("page", default.page)?,
        explain: flag("explain", default.explain)?,
        origins: members.read_or("origins", default.origins, all_parsed)?,
        credentials: flag("credentials", default.credentials)?,
        max_parts: members
            .read_or("max_parts", default.max_parts, |node| node.number(1, u16::MAX.into()))?,
        cache_control: members.read_or("cache_control", default.cache_control, parsed)?,
        health: flag("health", default.health)?,
        #[cfg(feature = "metrics")]
        metrics: flag("metrics", default.metrics)?,
        trusted_proxies: members.read_or("trusted_proxies", default.trusted_proxies, all_parsed)?,
    })
}

/// A text that is read as a `T`.
#[cfg(feature = "http")]
fn parsed<T: FromStr<Err = ConfigError>>(node: &Node<'_>) -> Result<T, ConfigError> {
    node.text()?.parse().map_err(|error| node.error(error))
}

/// A list of texts that are read as `T`s.
#[cfg(feature = "http")]
fn all_parsed<T: FromStr<Err = ConfigError>>(node: &Node<'_>) -> Result<Vec<T>, ConfigError> {
    node.list()?.map(|node| parsed(&node)).collect()
}

//! The options of an endpoint.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::config_error::ConfigError;

/// How an [`Endpoint`](crate::http::Endpoint) responds, and to which requests. By default it serves
/// only uploads, at the reference server's path.
///
/// ```
/// use userimage::http::{HttpOptions, PathPrefix};
///
/// let options = HttpOptions::default().with_prefix("/shop".parse()?).with_files(true);
/// assert_eq!(options.prefix.as_str(), "/shop");
/// # Ok::<(), userimage::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpOptions {
    /// What stands before every path: `/shop`. Empty by default.
    pub prefix: PathPrefix,
    /// Answer 200 for every envelope of an upload, a list or the settings, as old clients expect. The
    /// `ErrorCode` then says what went wrong. 404 and 405 stay.
    pub always_200: bool,
    /// Serve `/original/<UniqueName>` and `/standard/<UniqueName>` to everyone who knows the name,
    /// which cannot be guessed. The storage's base URL must lead there.
    pub files: bool,
    /// Serve `/api/4/UploadImage/GetUserUploadedList`.
    pub list: bool,
    /// Serve `/api/4/UploadImage/GetImageSettings`.
    pub settings: bool,
    /// Serve, at `/`, a page to try uploads with, and at `/probe` the facts of an image. Neither
    /// needs a key: anyone may have files probed, up to the largest that any website accepts.
    pub page: bool,
    /// Add to refusals why: `X-Upload-Error` is the error's [`kind`](crate::UploadError::kind),
    /// `X-Upload-Reason` its reason in words. For the developers of clients. Never on a server error.
    pub explain: bool,
    /// The origins whose pages may use the uploads, lists, settings and files. None by default.
    pub origins: Vec<Origin>,
    /// Allow the pages of an origin that is listed by name to send cookies and the like. Never for `*`.
    pub credentials: bool,
    /// The largest number of parts of a form. 1000 by default.
    pub max_parts: u32,
    /// The `Cache-Control` of files. By default a browser may keep a file for a day, and a shared cache
    /// may not.
    pub cache_control: CacheControl,
    /// Serve `/health` and, if the storage answers, `/ready`: whatever the prefix.
    pub health: bool,
    /// Serve what happened at `/metrics`, whatever the prefix, as text for Prometheus. Needs no key.
    #[cfg(feature = "metrics")]
    pub metrics: bool,
    /// The proxies whose `X-Forwarded-For` has the client's address. None by default.
    pub trusted_proxies: Vec<TrustedProxy>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            prefix: PathPrefix::default(),
            always_200: false,
            files: false,
            list: false,
            settings: false,
            page: false,
            explain: false,
            origins: Vec::new(),
            credentials: false,
            max_parts: Self::MAX_PARTS,
            cache_control: CacheControl::default(),
            health: false,
            #[cfg(feature = "metrics")]
            metrics: false,
            trusted_proxies: Vec::new(),
        }
    }
}

impl HttpOptions {
    /// The default of [`max_parts`](Self::max_parts).
    pub(crate) const MAX_PARTS: u32 = 1000;

    /// The defaults of a server that does nothing else: `/health`, `/ready` and, with the feature `metrics`,
    /// `/metrics` are served.
    #[must_use]
    pub fn for_server() -> Self {
        let options = Self::default().with_health(true);
        #[cfg(feature = "metrics")]
        let options = options.with_metrics(true);
        options
    }

    /// The same options with this prefix.
    #[must_use]
    pub fn with_prefix(mut self, prefix: PathPrefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// The same options, with status 200 for every envelope or not.
    #[must_use]
    pub fn with_always_200(mut self, always_200: bool) -> Self {
        self.always_200 = always_200;
        self
    }

    /// The same options, serving files or not.
    #[must_use]
    pub fn with_files(mut self, files: bool) -> Self {
        self.files = files;
        self
    }

    /// The same options, serving lists or not.
    #[must_use]
    pub fn with_list(mut self, list: bool) -> Self {
        self.list = list;
        self
    }

    /// The same options, serving the settings or not.
    #[must_use]
    pub fn with_settings(mut self, settings: bool) -> Self {
        self.settings = settings;
        self
    }

    /// The same options, serving the page or not.
    #[must_use]
    pub fn with_page(mut self, page: bool) -> Self {
        self.page = page;
        self
    }

    /// The same options, explaining refusals or not.
    #[must_use]
    pub fn with_explain(mut self, explain: bool) -> Self {
        self.explain = explain;
        self
    }

    /// The same options for pages of these origins.
    #[must_use]
    pub fn with_origins(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        self.origins = origins.into_iter().collect();
        self
    }

    /// The same options for forms of at most `max_parts` parts.
    #[must_use]
    pub fn with_max_parts(mut self, max_parts: u32) -> Self {
        self.max_parts = max_parts;
        self
    }

    /// The same options, allowing the named origins credentials or not.
    #[must_use]
    pub fn with_credentials(mut self, credentials: bool) -> Self {
        self.credentials = credentials;
        self
    }

    /// The same options with this `Cache-Control` of files.
    #[must_use]
    pub fn with_cache_control(mut self, cache_control: CacheControl) -> Self {
        self.cache_control = cache_control;
        self
    }

    /// The same options, serving `/health` and `/ready` or not.
    #[must_use]
    pub fn with_health(mut self, health: bool) -> Self {
        self.health = health;
        self
    }

    /// The same options, serving `/metrics` or not.
    #[cfg(feature = "metrics")]
    #[must_use]
    pub fn with_metrics(mut self, metrics: bool) -> Self {
        self.metrics = metrics;
        self
    }

    /// The same options with these trusted proxies.
    #[must_use]
    pub fn with_trusted_proxies(mut self, proxies: impl IntoIterator<Item = TrustedProxy>) -> Self {
        self.trusted_proxies = proxies.into_iter().collect();
        self
    }
}

/// The value of `Cache-Control` in the responses that have a file: `public, max-age=31536000, immutable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheControl(String);

impl CacheControl {
    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for CacheControl {
    /// A file never changes, but it can be deleted. So a browser may keep it for a day, and shared
    /// caches may not.
    fn default() -> Self {
        Self("private, max-age=86400, immutable".to_owned())
    }
}

impl std::str::FromStr for CacheControl {
    type Err = ConfigError;

    /// Visible ASCII characters and spaces.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let is_value = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if text.trim().is_empty() || !is_value {
            let example = "\"public, max-age=31536000, immutable\"";
            return Err(ConfigError::new(format!("{text:?} is not a value like {example}")));
        }
        Ok(Self(text.trim().to_owned()))
    }
}

/// The address of a proxy, or a network of proxies: `127.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl TrustedProxy {
    /// Whether it is the proxy, or one of them, that has this address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl std::str::FromStr for TrustedProxy {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => Some(IpNet::from(address)),
            Err(_) => text.parse().ok(),
        };
        network.map(Self).ok_or_else(|| {
            let example = "\"127.0.0.1\" or \"10.0.0.0/8\"";
            ConfigError::new(format!("{text:?} is not an address or a network like {example}"))
        })
    }
}

/// What stands before every path of an endpoint: empty, or like `/shop`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathPrefix(String);

impl PathPrefix {
    /// The prefix, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PathPrefix {
    type Err = ConfigError;

    /// Slashes at the end are dropped.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let prefix = text.trim_end_matches('/');
        let is_path = prefix.is_empty() || prefix.starts_with('/');
        if !is_path
            || prefix.contains(['?', '#', '%'])
            || !prefix.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(ConfigError::new(format!("{text:?} is not a path like \"/shop\"")));
        }
        Ok(Self(prefix.to_owned()))
    }
}

/// An origin whose pages may use an endpoint, as a browser sends it in `Origin`:
/// `https://shop.example`. Or every origin: `*`.
///
/// ```
/// use userimage::http::Origin;
///
/// let shop: Origin = "https://shop.example".parse()?;
/// assert!(!shop.is_any());
/// assert!("https://shop.example/".parse::<Origin>().is_err());
/// # Ok::<(), userimage::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is every origin: `*`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0 == "*"
    }
}

impl std::str::FromStr for Origin {
    type Err = ConfigError;

    /// Parses a scheme, a host and, if it is not the scheme's own, a port. No path, also not `/`.
    /// Browsers send an origin in lower case, and compare it byte by byte.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        if text == "*" || is_origin(text) {
            return Ok(Self(text.to_owned()));
        }
        let problem = format!("{text:?} is not an origin like \"https://shop.example\", or \"*\"");
        Err(ConfigError::new(problem))
    }
}

/// Whether `text` is a serialized origin (RFC 6454, section 6.2), as a browser sends it.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else { return false };
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of an IPv6 address are not before a port.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_scheme = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.');
    let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(is_name),
    };
    // A browser leaves out the port that its scheme has.
    let is_port = port.is_none_or(|port| {
        let own = matches!((scheme, port), ("http", "80") | ("https", "443"));
        !own && !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok()
    });
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(is_scheme)
        && is_host
        && is_port
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_send_them() {
        for origin in [
            "*",
            "https://shop.example",
            "http://localhost:8080",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
            "http://[::1]",
            "https://xn--bcher-kva.example",
            "capacitor://localhost",
            "chrome-extension://abcdefghijklmnop",
        ] {
            assert_eq!(origin.parse::<Origin>().unwrap().as_str(), origin);
        }
        for text in [
            "",
            "null",
            "shop.example",
            "//shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example/page",
            "https://shop.example?a",
            "https://Shop.example",
            "HTTPS://shop.example",
            "https://bücher.example",
            "https://*.shop.example",
            "https://user@shop.example",
            "https://shop.example:443",
            "http://shop.example:80",
            "https://shop.example:",
            "https://shop.example:0443",
            "https://shop.example:+8443",
            "https://shop.example:65536",
            "https://[::1",
            "https://[shop]",
            " https://shop.example",
            "https://shop.example, https://other.example",
            "https://shop.example\r\nX: y",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}

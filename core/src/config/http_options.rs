//! The options of an endpoint.

use crate::config_error::ConfigError;

/// The requests that an [`Endpoint`](crate::http::Endpoint) serves. By default only uploads, at the
/// reference server's path.
///
/// ```
/// use userimage::http::{HttpOptions, PathPrefix};
///
/// let options = HttpOptions::default().with_prefix("/shop".parse()?).with_files(true);
/// assert_eq!(options.prefix.as_str(), "/shop");
/// # Ok::<(), userimage::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

impl HttpOptions {
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

//! What an endpoint answers to, beside uploads.

use serde::Deserialize;

use crate::config::ConfigError;

/// What an [`Endpoint`](super::Endpoint) answers to. By default uploads only, at the paths of the
/// reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HttpOptions {
    /// What stands before every path, e.g. `/shop`.
    pub prefix: String,
    /// The old habit: 200 for every envelope of an upload, a list or the settings. What went wrong
    /// is then told by its `ErrorCode` alone. What is not found (404) or not allowed (405) stays so.
    pub always_200: bool,
    /// Serve `/original/<UniqueName>` and `/standard/<UniqueName>` to everyone who knows the name,
    /// which nobody can guess. The storage's base URL must lead there.
    pub files: bool,
    /// Serve `/api/4/UploadImage/GetUserUploadedList`.
    pub list: bool,
    /// Serve `/api/4/UploadImage/GetImageSettings`.
    pub settings: bool,
    /// Serve, at `/`, a page to try uploads with, and at `/probe` what it asks of a picture. Neither
    /// needs a key: anyone may have files probed, up to the longest that any website takes.
    pub page: bool,
}

impl HttpOptions {
    /// The prefix as it stands before a path that begins with `/`.
    pub(crate) fn checked_prefix(&self) -> Result<String, ConfigError> {
        let prefix = self.prefix.trim_end_matches('/');
        let is_path = prefix.is_empty() || prefix.starts_with('/');
        if !is_path
            || prefix.contains(['?', '#', '%'])
            || !prefix.bytes().all(|byte| byte.is_ascii_graphic())
        {
            let reason = format!("the prefix {:?} is no path like \"/shop\"", self.prefix);
            return Err(ConfigError::new(reason));
        }
        Ok(prefix.to_owned())
    }
}

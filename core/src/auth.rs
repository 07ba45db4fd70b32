//! Who may upload: the host names an authenticator. There is no default that lets everyone in.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::field::{ClientKey, InvalidField, WebsiteId};

/// Decides which websites there are and which keys open them.
///
/// Both questions are asked for every upload, in this order, since the protocol has a code for each.
pub trait Authenticator: Send + Sync {
    /// Whether there is such a website. No means error 221.
    ///
    /// # Errors
    ///
    /// [`AuthError`] when that cannot be told now: the upload fails with 500.
    fn knows(&self, website: WebsiteId) -> Result<bool, AuthError>;

    /// Whether `key` opens `website`, which is known. No means error 226.
    ///
    /// # Errors
    ///
    /// [`AuthError`] when that cannot be told now: the upload fails with 500.
    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError>;
}

/// Fixed keys for each website; a website may have several, so that keys can be changed in peace.
///
/// Only SHA-256 digests are kept, and they are compared in constant time: neither a key nor its
/// length can be learnt from how long an answer takes.
#[derive(Clone, Default)]
pub struct ClientKeys {
    digests: HashMap<WebsiteId, Vec<[u8; 32]>>,
}

impl ClientKeys {
    /// The pairs of a website's id and one of its keys.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when an id or a key is not one that a request could carry.
    ///
    /// ```
    /// let keys = userimage::ClientKeys::new([(1001, "abc123"), (1001, "next-key"), (1002, "xyz")])?;
    /// # Ok::<(), userimage::InvalidField>(())
    /// ```
    pub fn new<K: AsRef<str>>(
        keys: impl IntoIterator<Item = (u32, K)>,
    ) -> Result<Self, InvalidField> {
        let mut digests: HashMap<_, Vec<_>> = HashMap::new();
        for (website, key) in keys {
            let website = WebsiteId::try_from(website)?;
            let key = ClientKey::parse(key.as_ref())?;
            digests.entry(website).or_default().push(digest(&key));
        }
        Ok(Self { digests })
    }
}

impl Authenticator for ClientKeys {
    fn knows(&self, website: WebsiteId) -> Result<bool, AuthError> {
        Ok(self.digests.contains_key(&website))
    }

    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError> {
        let given = digest(key);
        // Every key is looked at, whichever fits.
        let fits = self
            .digests
            .get(&website)
            .into_iter()
            .flatten()
            .fold(Choice::from(0), |fits, known| fits | known.ct_eq(&given));
        Ok(fits.into())
    }
}

impl fmt::Debug for ClientKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKeys").field("websites", &self.digests.len()).finish_non_exhaustive()
    }
}

fn digest(key: &ClientKey) -> [u8; 32] {
    Sha256::digest(key.expose()).into()
}

/// Said out loud: the host has checked website and key itself before it calls, and every
/// well-formed pair is accepted.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlreadyChecked;

impl Authenticator for AlreadyChecked {
    fn knows(&self, _: WebsiteId) -> Result<bool, AuthError> {
        Ok(true)
    }

    fn accepts(&self, _: WebsiteId, _: &ClientKey) -> Result<bool, AuthError> {
        Ok(true)
    }
}

/// Why an authenticator could not decide. To a client it is always 500.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct AuthError {
    reason: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl AuthError {
    /// An error for this reason, which must not hold a key.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// Adds the error that lies beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn website(id: u32) -> WebsiteId {
        WebsiteId::new(id).unwrap()
    }

    fn key(text: &str) -> ClientKey {
        ClientKey::parse(text).unwrap()
    }

    #[test]
    fn a_key_opens_its_own_website_only() {
        let keys = ClientKeys::new([(1, "one"), (1, "uno"), (2, "two")]).unwrap();
        for (id, text, expected) in [
            (1, "one", true),
            (1, "uno", true),
            (1, "two", false),
            (1, "on", false),
            (1, "One", false),
            (2, "two", true),
            (3, "one", false),
        ] {
            assert_eq!(keys.accepts(website(id), &key(text)).unwrap(), expected, "{id} {text}");
        }
        assert!(keys.knows(website(2)).unwrap());
        assert!(!keys.knows(website(3)).unwrap());
    }

    #[test]
    fn a_key_never_shows() {
        let keys = ClientKeys::new([(1, "s3cret")]).unwrap();
        assert!(!format!("{keys:?} {:?}", key("s3cret")).contains("s3cret"));
        assert!(!format!("{:?}", ClientKeys::new([(1, "s3cret key")])).contains("s3cret"));
    }

    #[test]
    fn keys_that_no_request_could_carry_are_refused() {
        assert!(ClientKeys::new([(0, "k")]).is_err());
        assert!(ClientKeys::new([(1, "")]).is_err());
        assert!(ClientKeys::new([(1, "a b")]).is_err());
        assert!(ClientKeys::new([(1, "x".repeat(257))]).is_err());
    }
}

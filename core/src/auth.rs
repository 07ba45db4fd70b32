//! Authentication of uploads. The host chooses an authenticator; there is no default.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::cause::error_of_a_cause;
use crate::field::{ClientKey, InvalidField, WebsiteId};

/// Decides which websites exist and which keys they accept.
///
/// Both methods are called for every upload, `knows` first: the protocol has an error code for each.
pub trait Authenticator: Send + Sync {
    /// Returns whether the website exists. `false` is error 221.
    ///
    /// # Errors
    ///
    /// [`AuthError`] when this cannot be decided now. The upload then fails with 500.
    fn knows(&self, website: WebsiteId) -> Result<bool, AuthError>;

    /// Returns whether `key` is valid for `website`, which exists. `false` is error 226.
    ///
    /// # Errors
    ///
    /// [`AuthError`] when this cannot be decided now. The upload then fails with 500.
    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError>;
}

/// A pointer to an authenticator is an authenticator.
macro_rules! forward_authenticator {
    ($pointer:ident) => {
        impl<A: Authenticator + ?Sized> Authenticator for $pointer<A> {
            fn knows(&self, website: WebsiteId) -> Result<bool, AuthError> {
                (**self).knows(website)
            }

            fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError> {
                (**self).accepts(website, key)
            }
        }
    };
}

forward_authenticator!(Arc);
forward_authenticator!(Box);

/// Fixed keys for each website. A website may have several, so that keys can be rotated without
/// downtime.
///
/// Only SHA-256 digests are kept. They are compared in constant time, so the duration depends on
/// neither the key nor its length.
#[derive(Clone, Default)]
pub struct ClientKeys {
    digests: HashMap<WebsiteId, Vec<[u8; 32]>>,
}

impl ClientKeys {
    /// Creates the set from pairs of a website's id and one of its keys.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when an id or a key is not valid in a request.
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
        // Every key is compared, even after a match.
        let matches = self
            .digests
            .get(&website)
            .into_iter()
            .flatten()
            .fold(Choice::from(0), |matches, known| matches | known.ct_eq(&given));
        Ok(matches.into())
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

/// Disables authentication: accepts every well-formed website and key. Use it only when the caller
/// has authenticated the request.
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

error_of_a_cause! {
    /// Why an authenticator could not decide. Clients get error 500. The reason must not contain a
    /// key.
    AuthError
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
    fn a_key_is_valid_for_its_own_website_only() {
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
    fn debug_output_contains_no_key() {
        let keys = ClientKeys::new([(1, "s3cret")]).unwrap();
        assert!(!format!("{keys:?} {:?}", key("s3cret")).contains("s3cret"));
        assert!(!format!("{:?}", ClientKeys::new([(1, "s3cret key")])).contains("s3cret"));
    }

    #[test]
    fn keys_that_are_invalid_in_a_request_are_refused() {
        assert!(ClientKeys::new([(0, "k")]).is_err());
        assert!(ClientKeys::new([(1, "")]).is_err());
        assert!(ClientKeys::new([(1, "a b")]).is_err());
        assert!(ClientKeys::new([(1, "x".repeat(257))]).is_err());
    }
}

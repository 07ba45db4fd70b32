//! How much a website and each of its users may store.

use std::fmt;

use super::{StorageError, Usage};

/// The most that may be stored at a time. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// The number of images.
    pub images: Option<u64>,
    /// The bytes of their originals and renditions.
    pub bytes: Option<u64>,
}

impl Quota {
    /// No limit.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { images: None, bytes: None }
    }

    /// The same quota with this limit on the number of images.
    #[must_use]
    pub const fn with_images(mut self, images: Option<u64>) -> Self {
        self.images = images;
        self
    }

    /// The same quota with this limit on the bytes of originals and renditions.
    #[must_use]
    pub const fn with_bytes(mut self, bytes: Option<u64>) -> Self {
        self.bytes = bytes;
        self
    }

    /// Whether there is no limit.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.images.is_none() && self.bytes.is_none()
    }
}

/// The quotas that an upload must stay within: that of all images of its website, and that of the images
/// of its user. [`Catalog::commit`](super::Catalog::commit) decides, so that uploads at the same time
/// cannot pass them together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// Of all images of the website.
    pub website: Quota,
    /// Of the user's images on the website.
    pub user: Quota,
}

/// Whose quota it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaScope {
    /// All images of a website.
    Website,
    /// The images of one user of a website.
    User,
}

/// What a quota limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Images,
    Bytes,
}

impl Quotas {
    /// The quotas of a website and of its user.
    #[must_use]
    pub const fn new(website: Quota, user: Quota) -> Self {
        Self { website, user }
    }

    /// Whether there is no limit.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.website.is_unlimited() && self.user.is_unlimited()
    }

    /// Checks whether one more image of `bytes` bytes fits. `usage` returns what is stored before it, and
    /// is asked only for what has a limit.
    ///
    /// # Errors
    ///
    /// [`StorageError::quota_exceeded`] when it does not fit, or the error of `usage`.
    pub fn check<E: From<StorageError>>(
        &self,
        bytes: u64,
        usage: impl Fn(QuotaScope) -> Result<Usage, E>,
    ) -> Result<(), E> {
        for scope in [QuotaScope::Website, QuotaScope::User] {
            let quota = self.of(scope);
            if quota.is_unlimited() {
                continue;
            }
            let used = usage(scope)?;
            let over = |limit: Option<u64>, used: u64, more: u64| {
                limit.is_some_and(|limit| used.saturating_add(more) > limit)
            };
            if over(quota.images, used.images, 1) {
                return Err(self.exceeded(scope, Measure::Images).into());
            }
            if over(quota.bytes, used.bytes, bytes) {
                return Err(self.exceeded(scope, Measure::Bytes).into());
            }
        }
        Ok(())
    }

    fn of(&self, scope: QuotaScope) -> Quota {
        match scope {
            QuotaScope::Website => self.website,
            QuotaScope::User => self.user,
        }
    }

    /// The error of an image that does not fit.
    pub(super) fn exceeded(&self, scope: QuotaScope, measure: Measure) -> StorageError {
        let quota = self.of(scope);
        let reason = match measure {
            Measure::Images => {
                let limit = quota.images.unwrap_or_default();
                format!("the {scope}'s quota of {limit} images is used up")
            }
            Measure::Bytes => {
                let limit = quota.bytes.unwrap_or_default();
                format!("the image does not fit in the {scope}'s quota of {limit} bytes")
            }
        };
        StorageError::quota_exceeded(scope, reason)
    }
}

impl fmt::Display for QuotaScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Website => "website",
            Self::User => "user",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(quotas: Quotas, bytes: u64, used: Usage) -> Result<(), String> {
        let checked = quotas.check(bytes, |_| Ok::<_, StorageError>(used));
        checked.map_err(|error| format!("{:?}: {error}", error.exceeded_quota()))
    }

    #[test]
    fn a_quota_is_passed_by_more_than_its_limit() {
        let quota = Quota::unlimited().with_images(Some(2)).with_bytes(Some(100));
        let user = Quotas::new(Quota::unlimited(), quota);
        assert_eq!(check(user, 90, Usage::new(1, 10, 1)), Ok(()));
        assert_eq!(
            check(user, 1, Usage::new(2, 10, 1)),
            Err("Some(User): the user's quota of 2 images is used up".to_owned())
        );
        assert_eq!(
            check(user, 91, Usage::new(1, 10, 1)),
            Err("Some(User): the image does not fit in the user's quota of 100 bytes".to_owned())
        );
        let website = Quotas::new(quota, Quota::unlimited().with_images(Some(0)));
        let error = check(website, u64::MAX, Usage::new(0, u64::MAX, 0)).unwrap_err();
        assert!(error.starts_with("Some(Website)"), "{error}");
    }

    #[test]
    fn only_what_has_a_limit_is_looked_up() {
        let none = |_| Err::<Usage, _>(StorageError::new("looked up"));
        assert!(Quotas::default().check(u64::MAX, none).is_ok());
        assert!(Quotas::default().is_unlimited());
        let of_user = Quotas::new(Quota::unlimited(), Quota::unlimited().with_bytes(Some(1)));
        let asked = std::cell::Cell::new(0);
        let usage = |scope| {
            assert_eq!(scope, QuotaScope::User);
            asked.set(asked.get() + 1);
            Ok::<_, StorageError>(Usage::default())
        };
        assert!(of_user.check(1, usage).is_ok() && asked.get() == 1);
    }
}

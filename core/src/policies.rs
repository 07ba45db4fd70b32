//! The policies of all websites.

use std::collections::HashMap;

use crate::field::WebsiteId;
use crate::policy::Policy;

/// The policy of every website: its own, or the default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    pub(crate) default: Policy,
    pub(crate) websites: HashMap<WebsiteId, Policy>,
}

impl Policies {
    pub(crate) fn of(&self, website: WebsiteId) -> &Policy {
        self.websites.get(&website).unwrap_or(&self.default)
    }

    /// The default policy, and those of the websites that have their own.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Policy> {
        self.websites.values().chain([&self.default])
    }

    /// The largest file that any website accepts, in bytes.
    pub(crate) fn max_bytes(&self) -> u64 {
        let own = self.websites.values().map(|policy| policy.max_bytes);
        own.fold(self.default.max_bytes, u64::max)
    }
}

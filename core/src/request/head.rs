//! What arrives before a request's body: its headers and its query.

use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "http")]
use super::fields::same_text;
use super::fields::{Pairs, named};

/// The headers and query parameters of an upload, unchecked.
///
/// Names match without regard to ASCII case, as on the reference server. Values are bytes: one that
/// is not UTF-8 is an error of its own field. The short methods ([`website_id`](Self::website_id),
/// ...) put a value where a client usually sends it.
///
/// ```
/// use userimage::UploadHead;
///
/// let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345").dpi("96");
/// ```
#[derive(Clone, Default)]
pub struct UploadHead<'a> {
    headers: Pairs<'a>,
    query: Pairs<'a>,
}

impl<'a> UploadHead<'a> {
    pub(super) const WEBSITE_ID: &'static str = "websiteId";
    pub(super) const CLIENT_KEY: &'static str = "webApiClientKey";
    pub(super) const USER_ID: &'static str = "userId";
    pub(super) const DPI: &'static str = "DPI";

    /// The names of the headers that an upload's checks read.
    pub const HEADERS: [&'static str; 2] = [Self::WEBSITE_ID, Self::CLIENT_KEY];

    /// No headers and no query.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The `websiteId` header.
    #[must_use]
    pub fn website_id(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.header(Self::WEBSITE_ID, value)
    }

    /// The `webApiClientKey` header.
    #[must_use]
    pub fn client_key(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.header(Self::CLIENT_KEY, value)
    }

    /// The `userId` query parameter.
    #[must_use]
    pub fn user_id(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.query(Self::USER_ID, value)
    }

    /// The `DPI` query parameter; an empty text is the same as none.
    #[must_use]
    pub fn dpi(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.query(Self::DPI, value)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.header_bytes(name, bytes(value.into()))
    }

    /// Adds a header whose value may turn out not to be UTF-8.
    #[must_use]
    pub fn header_bytes(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a query parameter, percent-decoded.
    #[must_use]
    pub fn query(self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        self.query_bytes(name, bytes(value.into()))
    }

    /// Adds a query parameter, percent-decoded, whose value may turn out not to be UTF-8.
    #[must_use]
    pub fn query_bytes(
        mut self,
        name: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, [u8]>>,
    ) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The same head, independent of what it was made from.
    #[must_use]
    pub fn into_owned(self) -> UploadHead<'static> {
        let owned = |pairs: Pairs<'_>| -> Pairs<'static> {
            let own = |(name, value): (Cow<'_, str>, Cow<'_, [u8]>)| {
                (Cow::Owned(name.into_owned()), Cow::Owned(value.into_owned()))
            };
            pairs.into_iter().map(own).collect()
        };
        UploadHead { headers: owned(self.headers), query: owned(self.query) }
    }

    /// A header's values without the blanks around them, which are not part of a field's value
    /// (RFC 9110, section 5.5).
    pub(super) fn header_values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> + Clone {
        named(&self.headers, name).map(|mut value| {
            while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
                value = rest;
            }
            value
        })
    }

    /// A parameter's values in the query.
    pub(super) fn query_values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> + Clone {
        named(&self.query, name)
    }

    /// The text of a query parameter that an upload does not use. Empty without the parameter;
    /// `None` when it is not UTF-8, or given twice with different values.
    #[cfg(feature = "http")]
    pub(crate) fn query_text(&self, name: &'static str) -> Option<&str> {
        same_text(self.query_values(name))
    }
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

impl fmt::Debug for UploadHead<'_> {
    /// Shows names only: values may be keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn names<'n>(pairs: &'n Pairs<'_>) -> Vec<&'n str> {
            pairs.iter().map(|(name, _)| &**name).collect()
        }
        f.debug_struct("UploadHead")
            .field("headers", &names(&self.headers))
            .field("query", &names(&self.query))
            .finish()
    }
}

//! Conditional requests (RFC 9110, section 13): what a client has already.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};

/// What tells one version of a file from another. Files here never change, so it is the name's.
pub(super) struct Validators {
    /// A strong entity tag, in its quotation marks.
    pub(super) etag: String,
    /// When it was stored, in whole seconds as HTTP tells them.
    pub(super) modified: SystemTime,
}

/// What a request's conditions come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// They hold: answer as asked.
    Send,
    /// The client has it.
    NotModified,
    /// The client asks for another version.
    Failed,
}

impl Validators {
    pub(super) fn new(name: &str, modified: SystemTime) -> Self {
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
        Self { etag: format!("\"{name}\""), modified }
    }

    /// Evaluates the conditions in the order of section 13.2.2. A date that cannot be read counts
    /// for nothing.
    pub(super) fn evaluate(&self, headers: &HeaderMap) -> Outcome {
        if headers.contains_key(IF_MATCH) {
            if !self.is_listed(headers, &IF_MATCH, false) {
                return Outcome::Failed;
            }
        } else if date(headers, &IF_UNMODIFIED_SINCE).is_some_and(|date| self.modified > date) {
            return Outcome::Failed;
        }
        if headers.contains_key(IF_NONE_MATCH) {
            if self.is_listed(headers, &IF_NONE_MATCH, true) {
                return Outcome::NotModified;
            }
        } else if date(headers, &IF_MODIFIED_SINCE).is_some_and(|date| self.modified <= date) {
            return Outcome::NotModified;
        }
        Outcome::Send
    }

    /// Whether a range is wanted of this version, if it is of any.
    pub(super) fn range_applies(&self, headers: &HeaderMap) -> bool {
        match headers.get(IF_RANGE) {
            None => true,
            Some(value) if value.as_bytes() == self.etag.as_bytes() => true,
            Some(_) => date(headers, &IF_RANGE) == Some(self.modified),
        }
    }

    /// Whether the header lists the tag, or `*`. A weak tag matches where weak comparison is asked.
    fn is_listed(&self, headers: &HeaderMap, name: &http::HeaderName, weak: bool) -> bool {
        let mut tags = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(',').map(str::trim));
        tags.any(|tag| {
            let tag = if weak { tag.strip_prefix("W/").unwrap_or(tag) } else { tag };
            tag == "*" || tag == self.etag
        })
    }
}

fn date(headers: &HeaderMap, name: &http::HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_evaluated_in_their_order() {
        // 2026-11-24 10:00:00.7 UTC, told in whole seconds.
        let stored = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_514_400_700);
        let validators = Validators::new("a.png", stored);
        let (same, before) = ("Tue, 24 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 09:59:59 GMT");
        for (conditions, expected) in [
            (&[][..], Outcome::Send),
            (&[("if-none-match", "\"a.png\"")], Outcome::NotModified),
            (&[("if-none-match", "W/\"a.png\"")], Outcome::NotModified),
            (&[("if-none-match", "\"b\", \"a.png\"")], Outcome::NotModified),
            (&[("if-none-match", "*")], Outcome::NotModified),
            (&[("if-none-match", "\"b\"")], Outcome::Send),
            (&[("if-none-match", "a.png")], Outcome::Send),
            (&[("if-modified-since", same)], Outcome::NotModified),
            (&[("if-modified-since", before)], Outcome::Send),
            (&[("if-modified-since", "yesterday")], Outcome::Send),
            (&[("if-none-match", "\"b\""), ("if-modified-since", same)], Outcome::Send),
            (&[("if-match", "\"a.png\"")], Outcome::Send),
            (&[("if-match", "W/\"a.png\"")], Outcome::Failed),
            (&[("if-match", "\"b\"")], Outcome::Failed),
            (&[("if-unmodified-since", before)], Outcome::Failed),
            (&[("if-unmodified-since", same)], Outcome::Send),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in conditions {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(validators.evaluate(&headers), expected, "{conditions:?}");
        }
    }
}

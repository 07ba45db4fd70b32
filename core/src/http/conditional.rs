//! Conditional requests (RFC 9110, section 13).

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};

/// The validators of a file (RFC 9110, section 8.8). Files never change, so the tag is the file's name.
pub(super) struct Validators {
    /// A strong entity tag, with its quotation marks.
    pub(super) etag: String,
    /// When it was stored, in whole seconds, as in HTTP dates.
    pub(super) modified: SystemTime,
}

/// The result of a request's preconditions.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Precondition {
    /// They are met: perform the request.
    Pass,
    /// The client has the current version: status 304.
    NotModified,
    /// The client requires another version: status 412.
    Failed,
}

impl Validators {
    pub(super) fn new(name: &str, modified: SystemTime) -> Self {
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs());
        Self { etag: format!("\"{name}\""), modified }
    }

    /// Evaluates the preconditions in the order of section 13.2.2. An invalid date is ignored.
    pub(super) fn evaluate(&self, headers: &HeaderMap) -> Precondition {
        if headers.contains_key(IF_MATCH) {
            if !self.is_listed(headers, &IF_MATCH, false) {
                return Precondition::Failed;
            }
        } else if date(headers, &IF_UNMODIFIED_SINCE).is_some_and(|date| self.modified > date) {
            return Precondition::Failed;
        }
        if headers.contains_key(IF_NONE_MATCH) {
            if self.is_listed(headers, &IF_NONE_MATCH, true) {
                return Precondition::NotModified;
            }
        } else if date(headers, &IF_MODIFIED_SINCE).is_some_and(|date| self.modified <= date) {
            return Precondition::NotModified;
        }
        Precondition::Pass
    }

    /// Whether `If-Range` allows a range: it is absent, or names this version.
    pub(super) fn range_applies(&self, headers: &HeaderMap) -> bool {
        match headers.get(IF_RANGE) {
            None => true,
            Some(value) if value.as_bytes() == self.etag.as_bytes() => true,
            Some(_) => date(headers, &IF_RANGE) == Some(self.modified),
        }
    }

    /// Whether the header lists the tag, or `*`. Weak tags match only if `weak`.
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
    fn preconditions_are_evaluated_in_the_order_of_the_rfc() {
        // 2026-11-24 10:00:00.7 UTC. HTTP dates have whole seconds.
        let stored = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_514_400_700);
        let validators = Validators::new("a.png", stored);
        let (same, before) = ("Tue, 24 Nov 2026 10:00:00 GMT", "Tue, 24 Nov 2026 09:59:59 GMT");
        for (conditions, expected) in [
            (&[][..], Precondition::Pass),
            (&[("if-none-match", "\"a.png\"")], Precondition::NotModified),
            (&[("if-none-match", "W/\"a.png\"")], Precondition::NotModified),
            (&[("if-none-match", "\"b\", \"a.png\"")], Precondition::NotModified),
            (&[("if-none-match", "*")], Precondition::NotModified),
            (&[("if-none-match", "\"b\"")], Precondition::Pass),
            (&[("if-none-match", "a.png")], Precondition::Pass),
            (&[("if-modified-since", same)], Precondition::NotModified),
            (&[("if-modified-since", before)], Precondition::Pass),
            (&[("if-modified-since", "yesterday")], Precondition::Pass),
            (&[("if-none-match", "\"b\""), ("if-modified-since", same)], Precondition::Pass),
            (&[("if-match", "\"a.png\"")], Precondition::Pass),
            (&[("if-match", "W/\"a.png\"")], Precondition::Failed),
            (&[("if-match", "\"b\"")], Precondition::Failed),
            (&[("if-unmodified-since", before)], Precondition::Failed),
            (&[("if-unmodified-since", same)], Precondition::Pass),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in conditions {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(validators.evaluate(&headers), expected, "{conditions:?}");
        }
    }
}

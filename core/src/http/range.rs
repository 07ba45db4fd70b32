//! Range requests (RFC 9110, section 14).

use std::ops::Range;

/// The part of a file that a `Range` header requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// The whole file: there is no valid range, there are several (a server may ignore those), or the
    /// unit is not bytes.
    All,
    /// These bytes.
    Part(Range<u64>),
    /// No byte of the file.
    Unsatisfiable,
}

impl ByteRange {
    /// Parses the header `Range` of a request for a file of `len` bytes.
    pub(super) fn parse(header: &str, len: u64) -> Self {
        let parsed = || {
            let (unit, range) = header.split_once('=')?;
            let (first, last) = range.trim().split_once('-')?;
            let unit_is_bytes = unit.trim().eq_ignore_ascii_case("bytes");
            unit_is_bytes.then_some((number(first)?, number(last)?))
        };
        let range = match parsed() {
            Some((Some(first), None)) => first..len,
            Some((Some(first), Some(last))) if first <= last => {
                first..last.saturating_add(1).min(len)
            }
            Some((None, Some(suffix))) => len.saturating_sub(suffix)..len,
            _ => return Self::All,
        };
        if range.is_empty() { Self::Unsatisfiable } else { Self::Part(range) }
    }
}

/// Parses digits, or nothing. `None` when the text is neither. Saturates at `u64::MAX`.
fn number(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(text.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_headers_are_parsed() {
        for (header, expected) in [
            ("bytes=0-0", ByteRange::Part(0..1)),
            ("bytes=2-", ByteRange::Part(2..10)),
            ("bytes=2-5", ByteRange::Part(2..6)),
            ("bytes=2-99", ByteRange::Part(2..10)),
            ("bytes=-3", ByteRange::Part(7..10)),
            ("bytes=-99", ByteRange::Part(0..10)),
            ("Bytes = 9-9", ByteRange::Part(9..10)),
            ("bytes=0-99999999999999999999999", ByteRange::Part(0..10)),
            ("bytes=10-", ByteRange::Unsatisfiable),
            ("bytes=99999999999999999999999-", ByteRange::Unsatisfiable),
            ("bytes=-0", ByteRange::Unsatisfiable),
            ("bytes=5-2", ByteRange::All),
            ("bytes=0-1,3-4", ByteRange::All),
            ("bytes=-", ByteRange::All),
            ("bytes=+1-2", ByteRange::All),
            ("items=0-1", ByteRange::All),
            ("nonsense", ByteRange::All),
            ("", ByteRange::All),
        ] {
            assert_eq!(ByteRange::parse(header, 10), expected, "{header}");
        }
        assert_eq!(ByteRange::parse("bytes=0-", 0), ByteRange::Unsatisfiable);
    }
}

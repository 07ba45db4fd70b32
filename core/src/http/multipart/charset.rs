//! The character sets that clients declare.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use super::parameter::{Parameters, Value};

/// The text that `bytes` are in the character set `label`. `None` when they are malformed or the set is
/// not supported.
pub(super) fn decode<'a>(label: &str, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    if ["utf-8", "us-ascii"].iter().any(|name| label.eq_ignore_ascii_case(name)) {
        str::from_utf8(bytes).ok().map(Cow::Borrowed)
    } else if is_western(label) {
        Some(WINDOWS_1252.decode_without_bom_handling(bytes).0)
    } else {
        None
    }
}

/// Whether `label` is ISO-8859-1 or windows-1252. They differ in control characters only, which the
/// Encoding Standard gives the meaning of windows-1252.
fn is_western(label: &str) -> bool {
    ["iso-8859-1", "latin1", "windows-1252", "cp1252"]
        .iter()
        .any(|name| label.eq_ignore_ascii_case(name))
}

/// The content of a field in UTF-8, if its `Content-Type` declares ISO-8859-1 or windows-1252. Any other
/// content is unchanged, and its field's check refuses what is not UTF-8.
pub(super) fn decode_field<'a>(content_type: &[u8], data: &'a [u8]) -> Cow<'a, [u8]> {
    let (_, parameters) = Parameters::of(content_type);
    let mut labels = parameters
        .filter_map(Result::ok)
        .filter(|parameter| parameter.name.eq_ignore_ascii_case(b"charset"))
        .map(|parameter| match parameter.value {
            Value::Bare(label) | Value::Quoted(label) => label,
        });
    let label = match (labels.next(), labels.next()) {
        (Some(label), None) => str::from_utf8(label).unwrap_or_default(),
        _ => return Cow::Borrowed(data),
    };
    if !is_western(label) {
        return Cow::Borrowed(data);
    }
    match WINDOWS_1252.decode_without_bom_handling(data).0 {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_decoded_by_the_charset_that_it_declares() {
        for (content_type, data, expected) in [
            ("text/plain; charset=ISO-8859-1", &b"J\xF6rg"[..], "Jörg".as_bytes()),
            ("text/plain; charset=\"windows-1252\"", b"\x80 5", "€ 5".as_bytes()),
            ("text/plain;CHARSET=Latin1", b"\xE9", "é".as_bytes()),
            ("text/plain; charset=UTF-8", "é".as_bytes(), "é".as_bytes()),
            ("text/plain; charset=UTF-8", b"\xE9", b"\xE9"),
            ("text/plain; charset=koi8-r", b"\xC1", b"\xC1"),
            ("text/plain; charset=iso-8859-1; charset=utf-8", b"\xE9", b"\xE9"),
            ("text/plain; x=\"; charset=iso-8859-1\"", b"\xE9", b"\xE9"),
            ("text/plain", b"\xE9", b"\xE9"),
        ] {
            let decoded = decode_field(content_type.as_bytes(), data);
            assert_eq!(&*decoded, expected, "{content_type}");
        }
    }
}

//! The query of a request's target: `name=value` pairs in the encoding of HTML forms.

use percent_encoding::percent_decode;

/// The pairs of a query, decoded: `%` and two hexadecimal digits are a byte, `+` is a space. A pair
/// whose name is not UTF-8 is ignored. Values are bytes, as the check of a field reports those that
/// are not UTF-8.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, Vec<u8>)> {
    query.split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((String::from_utf8(decoded(name)).ok()?, decoded(value)))
    })
}

fn decoded(text: &str) -> Vec<u8> {
    percent_decode(text.replace('+', " ").as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        for (query, expected) in [
            ("", vec![]),
            ("userId=1", vec![("userId", "1".as_bytes())]),
            ("a=1&b=2&a=3", vec![("a", b"1"), ("b", b"2"), ("a", b"3")]),
            ("a", vec![("a", b"")]),
            ("a=b=c&&", vec![("a", b"b=c")]),
            ("user%49d=a+b%2Bc", vec![("userId", b"a b+c")]),
            ("u=%C3%A9", vec![("u", "é".as_bytes())]),
            ("u=%ff", vec![("u", b"\xFF")]),
            ("u=100%", vec![("u", b"100%")]),
            ("u=%zz", vec![("u", b"%zz")]),
            ("%ff=1&b=2", vec![("b", b"2")]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_vec()))
                .collect();
            assert_eq!(pairs(query).collect::<Vec<_>>(), expected, "{query}");
        }
    }
}

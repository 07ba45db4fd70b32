//! The head of a request, from the texts that a host has of it.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri};

/// The head of a request, from its method, its target (path and query as they stand in the request
/// line) and its headers, one that came twice twice.
///
/// What HTTP does not allow is the client's fault, so it becomes what is answered in its place: a target
/// that is none is not found (404), a method that is none is not allowed (405), and a header's value
/// that is none is invalid where the protocol has that header. So a host need not look at any of it.
pub fn head<'a>(
    method: &[u8],
    target: &[u8],
    headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    // No resource takes TRACE.
    head.method = Method::from_bytes(method).unwrap_or(Method::TRACE);
    head.uri = Uri::try_from(target).unwrap_or_else(|_| Uri::from_static("*"));
    for (name, value) in headers {
        // A name that is none is none of the protocol's.
        let Ok(name) = HeaderName::from_bytes(name) else { continue };
        let value = HeaderValue::from_bytes(value).unwrap_or_else(|_| no_value());
        // There are more than any server lets through when it fails.
        if head.headers.try_append(name, value).is_err() {
            break;
        }
    }
    head
}

/// A value that no header of the protocol's may have, and no text.
fn no_value() -> HeaderValue {
    HeaderValue::from_bytes(b"\xFF").unwrap_or_else(|_| HeaderValue::from_static("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_http_does_not_allow_becomes_what_nothing_takes() {
        let value = |value: &'static [u8]| {
            let head = head(b"POST", b"/a", [(&b"websiteId"[..], value)]);
            head.headers["websiteid"].as_bytes().to_vec()
        };
        assert_eq!(value(b"1001"), b"1001");
        assert_eq!(value(b"1001\r\nX: y"), b"\xFF");
        for method in [&b""[..], b"PO ST", b"POST\r\n", b"\xFF"] {
            assert_eq!(head(method, b"/", []).method, Method::TRACE);
        }
        for target in [&b""[..], b" ", b"/a b", b"/\r\n", b"http://"] {
            assert_eq!(head(b"GET", target, []).uri, "*");
        }
        assert_eq!(head(b"GET", b"/a?b", []).uri, "/a?b");
        for name in [&b""[..], b"a b", b"\xFF", b":"] {
            assert!(head(b"GET", b"/", [(name, &b"x"[..])]).headers.is_empty());
        }
    }

    #[test]
    fn any_number_of_headers_is_taken_without_a_panic() {
        let names: Vec<_> = (0..40_000).map(|number| format!("x-{number}")).collect();
        let headers = names.iter().map(|name| (name.as_bytes(), &b"y"[..]));
        assert!(head(b"GET", b"/", headers).headers.len() >= 1000);
    }
}

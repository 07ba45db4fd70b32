//! Builds the head of a request from raw bytes.

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri};

/// Builds the head of a request from its method, its target (path and query as in the request line)
/// and its headers, including repeated ones.
///
/// Values that HTTP does not allow are replaced by values that lead to the right error response: an
/// invalid target is answered with 404, an invalid method with 405, and an invalid header value fails
/// the check of that header if the protocol has it. A host need not check any of them.
pub fn head<'a>(
    method: &[u8],
    target: &[u8],
    headers: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Parts {
    let (mut head, ()) = Request::new(()).into_parts();
    // No resource supports TRACE.
    head.method = Method::from_bytes(method).unwrap_or(Method::TRACE);
    head.uri = Uri::try_from(target).unwrap_or_else(|_| Uri::from_static("*"));
    for (name, value) in headers {
        // The protocol has no header with an invalid name.
        let Ok(name) = HeaderName::from_bytes(name) else { continue };
        let value = HeaderValue::from_bytes(value).unwrap_or_else(|_| invalid_value());
        // This fails only at more headers than servers accept.
        if head.headers.try_append(name, value).is_err() {
            break;
        }
    }
    head
}

/// A header value that is not UTF-8, so that it fails the check of every field.
fn invalid_value() -> HeaderValue {
    HeaderValue::from_bytes(b"\xFF").unwrap_or_else(|_| HeaderValue::from_static("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_values_are_replaced_by_values_that_are_refused() {
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
    fn many_headers_cause_no_panic() {
        let names: Vec<_> = (0..40_000).map(|number| format!("x-{number}")).collect();
        let headers = names.iter().map(|name| (name.as_bytes(), &b"y"[..]));
        assert!(head(b"GET", b"/", headers).headers.len() >= 1000);
    }
}

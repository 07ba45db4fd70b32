//! The boundary of a form, from the request's `Content-Type`.

use super::MultipartError;
use super::parameter::{Parameters, Value};

/// The boundary of a form, with the two hyphens before it.
#[derive(Clone)]
pub(crate) struct Boundary(Vec<u8>);

impl Boundary {
    /// The longest boundary, in bytes (RFC 2046, section 5.1.1).
    pub(crate) const MAX_LEN: usize = 70;

    /// Parses `multipart/form-data; boundary=...`, quoted or not.
    pub(crate) fn from_content_type(content_type: &[u8]) -> Result<Self, MultipartError> {
        let (media_type, parameters) = Parameters::of(content_type);
        if !media_type.eq_ignore_ascii_case(b"multipart/form-data") {
            return Err(MultipartError::NotMultipart);
        }
        let mut boundary = None;
        for parameter in parameters {
            let parameter = parameter.map_err(|_| MultipartError::BadBoundary)?;
            if parameter.name.eq_ignore_ascii_case(b"boundary")
                && boundary.replace(parameter.value).is_some()
            {
                return Err(MultipartError::BadBoundary);
            }
        }
        // In an unquoted value some clients end the boundary at a blank or a comma.
        let (text, forbidden) = match boundary.ok_or(MultipartError::NoBoundary)? {
            Value::Bare(text) => (text, &b"\\ ,"[..]),
            Value::Quoted(text) => (text, &b"\\"[..]),
        };
        if text.is_empty() {
            return Err(MultipartError::NoBoundary);
        }
        let is_valid = |byte: &u8| matches!(byte, b' '..=b'~') && !forbidden.contains(byte);
        if text.len() > Self::MAX_LEN || !text.iter().all(is_valid) || text.ends_with(b" ") {
            return Err(MultipartError::BadBoundary);
        }
        Ok(Self([b"--", text].concat()))
    }

    /// The boundary as a line of the body starts with it.
    pub(crate) fn dash_boundary(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundary(content_type: &str) -> Result<String, MultipartError> {
        Boundary::from_content_type(content_type.as_bytes())
            .map(|boundary| String::from_utf8(boundary.dash_boundary()[2..].to_vec()).unwrap())
    }

    #[test]
    fn boundaries_of_clients_are_parsed() {
        for (content_type, expected) in [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data;boundary=abc", "abc"),
            ("multipart/form-data; boundary=\"abc\"", "abc"),
            ("multipart/form-data; BOUNDARY=\"a b;c\"", "a b;c"),
            ("multipart/form-data; charset=utf-8; boundary=abc", "abc"),
            ("multipart/form-data; charset=\"x;y\"; boundary=abc ; x=y", "abc"),
            (
                "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                "----WebKitFormBoundary7MA4YWxkTrZu0gW",
            ),
            ("multipart/form-data; boundary=a=b/c:d?e", "a=b/c:d?e"),
            ("multipart/form-data ; boundary = abc", "abc"),
        ] {
            assert_eq!(boundary(content_type).as_deref(), Ok(expected), "{content_type}");
        }
        let longest = "x".repeat(70);
        assert_eq!(boundary(&format!("multipart/form-data; boundary={longest}")), Ok(longest));
    }

    #[test]
    fn other_content_types_are_refused_with_their_reason() {
        let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
        for (content_type, expected) in [
            ("", MultipartError::NotMultipart),
            ("text/plain", MultipartError::NotMultipart),
            ("multipart/mixed; boundary=abc", MultipartError::NotMultipart),
            ("multipart/form-data", MultipartError::NoBoundary),
            ("multipart/form-data; boundary", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=", MultipartError::NoBoundary),
            ("multipart/form-data; boundary=\"\"", MultipartError::NoBoundary),
            ("multipart/form-data; boundary=\"abc", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=\"a\"b; boundary=c", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=a, text/plain", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=a; boundary=b", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=a; charset", MultipartError::BadBoundary),
            ("multipart/form-data; charset; boundary=a", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=\"abc \"", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=a\u{7f}b", MultipartError::BadBoundary),
            ("multipart/form-data; boundary=é", MultipartError::BadBoundary),
            (&long, MultipartError::BadBoundary),
        ] {
            assert_eq!(boundary(content_type), Err(expected), "{content_type}");
        }
    }
}

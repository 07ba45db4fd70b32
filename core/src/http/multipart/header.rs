//! The headers of a part (RFC 7578, section 4.8), with limits on their number and length.

use memchr::memmem;

use super::MultipartError;

/// The largest length of a part's headers, in bytes.
pub(crate) const MAX_BYTES: usize = 8 * 1024;

/// The largest number of a part's headers.
pub(crate) const MAX_HEADERS: usize = 16;

/// A part's headers.
pub(crate) struct PartHeaders<'a> {
    headers: Vec<(&'a [u8], &'a [u8])>,
    /// Their length in bytes, with the empty line that ends them.
    pub(crate) len: usize,
}

impl<'a> PartHeaders<'a> {
    /// Parses the headers at the start of `bytes`, whose lines end with `line_break`.
    pub(crate) fn read(bytes: &'a [u8], line_break: &[u8]) -> Result<Self, MultipartError> {
        let mut part = Self { headers: Vec::new(), len: 0 };
        loop {
            let rest = bytes.get(part.len..bytes.len().min(MAX_BYTES)).unwrap_or_default();
            let end = memmem::find(rest, line_break).ok_or(MultipartError::HeadersTooLong)?;
            super::work(end);
            let line = rest.get(..end).unwrap_or_default();
            part.len += end + line_break.len();
            if line.is_empty() {
                return Ok(part);
            }
            if part.headers.len() == MAX_HEADERS {
                return Err(MultipartError::TooManyHeaders);
            }
            part.headers.push(header(line)?);
        }
    }

    /// The value of the header `name`. An error if the part has it twice.
    pub(crate) fn one(&self, name: &'static str) -> Result<Option<&'a [u8]>, MultipartError> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(MultipartError::DoubleHeader(name)),
            (value, None) => Ok(value),
        }
    }

    /// The value that all headers `name` have. An error if they differ.
    pub(crate) fn same(&self, name: &'static str) -> Result<Option<&'a [u8]>, MultipartError> {
        let mut values = self.values(name);
        let value = values.next();
        if values.any(|other| Some(other) != value) {
            return Err(MultipartError::DoubleHeader(name));
        }
        Ok(value)
    }

    fn values(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.headers.iter();
        headers
            .filter(move |header| header.0.eq_ignore_ascii_case(name.as_bytes()))
            .map(|header| header.1)
    }
}

fn header(line: &[u8]) -> Result<(&[u8], &[u8]), MultipartError> {
    if matches!(line, [b' ' | b'\t', ..]) {
        return Err(MultipartError::FoldedHeader);
    }
    let colon = memchr::memchr(b':', line).ok_or(MultipartError::BadHeader)?;
    let (name, value) =
        (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
    // Browsers send file names in raw UTF-8, so only control characters are refused.
    let is_text = value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control());
    if is_token(name) && is_text {
        Ok((name, value.trim_ascii()))
    } else {
        Err(MultipartError::BadHeader)
    }
}

/// Whether `name` is a token (RFC 9110, section 5.6.2).
pub(super) fn is_token(name: &[u8]) -> bool {
    let is_valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(is_valid)
}

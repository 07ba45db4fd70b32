//! The headers of a part: few, short, one to a line (RFC 7578, section 4.8).

use memchr::memmem;

use super::MultipartError;

/// The most bytes of a part's headers.
pub(crate) const MAX_BYTES: usize = 8 * 1024;

/// The most headers of a part.
pub(crate) const MAX_HEADERS: usize = 16;

/// A part's headers.
pub(crate) struct Block<'a> {
    headers: Vec<(&'a [u8], &'a [u8])>,
    /// How many bytes they take, with the empty line that ends them.
    pub(crate) len: usize,
}

impl<'a> Block<'a> {
    /// Reads the headers that `bytes` begin with.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, MultipartError> {
        let mut block = Self { headers: Vec::new(), len: 0 };
        loop {
            let rest = bytes.get(block.len..bytes.len().min(MAX_BYTES)).unwrap_or_default();
            let end = memmem::find(rest, b"\r\n").ok_or(MultipartError::HeadersTooLong)?;
            super::work(end);
            let line = rest.get(..end).unwrap_or_default();
            block.len += end + 2;
            if line.is_empty() {
                return Ok(block);
            }
            if block.headers.len() == MAX_HEADERS {
                return Err(MultipartError::TooManyHeaders);
            }
            block.headers.push(header(line)?);
        }
    }

    /// The value of the one header of this name.
    pub(crate) fn one(&self, name: &'static str) -> Result<Option<&'a [u8]>, MultipartError> {
        let mut values = self
            .headers
            .iter()
            .filter(|header| header.0.eq_ignore_ascii_case(name.as_bytes()))
            .map(|header| header.1);
        let value = values.next();
        match values.next() {
            Some(_) => Err(MultipartError::DoubleHeader(name)),
            None => Ok(value),
        }
    }
}

fn header(line: &[u8]) -> Result<(&[u8], &[u8]), MultipartError> {
    if matches!(line, [b' ' | b'\t', ..]) {
        return Err(MultipartError::FoldedHeader);
    }
    let colon = memchr::memchr(b':', line).ok_or(MultipartError::BadHeader)?;
    let (name, value) =
        (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
    // The file names of browsers are raw UTF-8, so only controls have no place here.
    let is_text = value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control());
    if is_token(name) && is_text {
        Ok((name, value.trim_ascii()))
    } else {
        Err(MultipartError::BadHeader)
    }
}

/// RFC 9110, section 5.6.2.
pub(super) fn is_token(name: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(fits)
}

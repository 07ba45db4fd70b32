//! `multipart/form-data` (RFC 7578 over RFC 2046, section 5.1), as browsers and HTTP libraries send
//! it.
//!
//! The parts borrow from the body, which is read once: the parser searches for a delimiter and reads
//! the headers after it. A form that two parsers could read differently is refused: no mixed line breaks,
//! no folded headers, no transfer encodings, no nested forms, no repeated or hidden names.
//!
//! The project has its own parser because it does not copy the file, and because the maintained crate,
//! `multer`, is asynchronous only and misreads some forms: it does not support `filename*`, encoded words
//! or `%22`; it finds a name inside another parameter's quotation marks, and none in capitals; it
//! refuses a part without content, and content with a line that starts like the boundary. The tests run
//! both; `tests/multipart/README.md` lists where this parser, `multer` and others disagree.

mod boundary;
mod charset;
mod disposition;
mod framing;
mod header;
mod parameter;
#[cfg(test)]
mod table;

use std::borrow::Cow;

use memchr::memmem;

pub(super) use boundary::Boundary;
use disposition::Disposition;
use framing::{Delimiter, Framing};

use crate::config::HttpOptions;
use crate::error::{ErrorKind, UploadError};
use crate::request::FormPart;

/// Why a form is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MultipartError {
    #[error("the request's content type is not multipart/form-data")]
    NotMultipart,
    #[error("the content type has no boundary")]
    NoBoundary,
    #[error("the boundary is malformed, or longer than {} characters", Boundary::MAX_LEN)]
    BadBoundary,
    #[error("the form does not begin with its boundary")]
    NoDelimiter,
    #[error("the form is cut off: its closing boundary is missing")]
    NotClosed,
    #[error("the form has more than {0} parts")]
    TooManyParts(u32),
    #[error("some of the form's lines end with a line feed alone")]
    MixedLineBreaks,
    #[error("a part's headers are not closed, or longer than {} bytes", header::MAX_BYTES)]
    HeadersTooLong,
    #[error("a part has more than {} headers", header::MAX_HEADERS)]
    TooManyHeaders,
    #[error("a part's header is folded over lines")]
    FoldedHeader,
    #[error("a part's header is malformed")]
    BadHeader,
    #[error("a part has the header {0} twice")]
    DoubleHeader(&'static str),
    #[error("a part has no Content-Disposition of form-data with a name")]
    NoName,
    #[error("a part's Content-Disposition is malformed")]
    BadDisposition,
    #[error("a part is a multipart itself, with a boundary")]
    Nested,
    #[error("a part's content is encoded for transfer")]
    TransferEncoding,
}

/// Parses a body of `multipart/form-data` with the [`Endpoint`](super::Endpoint)'s parser, for a host
/// that receives bodies itself. The parts borrow from `body` and come in its order; only a field in
/// ISO-8859-1 or windows-1252 is decoded to UTF-8. A form has at most 1000 parts.
///
/// `content_type` is the value of the request's `Content-Type`, which has the boundary.
///
/// ```
/// use userimage::http::parse_form;
///
/// let body = b"--x\r\nContent-Disposition: form-data; name=userId\r\n\r\n12345\r\n--x--";
/// let form = parse_form(b"multipart/form-data; boundary=x", body)?;
/// assert_eq!((&*form[0].name, &*form[0].data), ("userId", &b"12345"[..]));
/// # Ok::<(), userimage::UploadError>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::MalformedForm`] when the content type has no boundary, or parsers could read the
/// body differently.
pub fn parse_form<'a>(
    content_type: &[u8],
    body: &'a [u8],
) -> Result<Vec<FormPart<'a>>, UploadError> {
    let boundary = Boundary::from_content_type(content_type)?;
    Ok(parse(body, &boundary, HttpOptions::MAX_PARTS)?)
}

impl From<MultipartError> for UploadError {
    fn from(error: MultipartError) -> Self {
        Self::new(ErrorKind::MalformedForm, error.to_string())
    }
}

/// Parses the parts of `body`, in order.
pub(super) fn parse<'a>(
    body: &'a [u8],
    boundary: &Boundary,
    max_parts: u32,
) -> Result<Vec<FormPart<'a>>, MultipartError> {
    let framing = Framing::of(body, boundary)?;
    let mut parts = Vec::new();
    // A preamble is followed by a part. Only a form without a preamble may have no parts.
    let mut at = framing
        .first(body, boundary)
        .or_else(|| match framing.find(body, 0)? {
            (_, Delimiter::Close) => None,
            (_, part) => Some(part),
        })
        .ok_or(MultipartError::NoDelimiter)?;
    while let Delimiter::Part { headers } = at {
        if parts.len() >= max_parts as usize {
            return Err(MultipartError::TooManyParts(max_parts));
        }
        let part_headers = header::PartHeaders::read(rest(body, headers), framing.line_break)?;
        // A part ends at the next delimiter, even if that could be read as one of its headers. The
        // line break that ends the headers may also begin the delimiter: the content is then empty.
        let content = headers + part_headers.len;
        let line_break = framing.line_break.len();
        let (end, after) = framing
            .find(body, headers.saturating_sub(line_break))
            .ok_or(MultipartError::NotClosed)?;
        if end + line_break < content {
            return Err(MultipartError::HeadersTooLong);
        }
        let data = body.get(content..end).unwrap_or_default();
        parts.push(part(&part_headers, data)?);
        at = after;
    }
    Ok(parts)
}

fn part<'a>(
    headers: &header::PartHeaders<'a>,
    data: &'a [u8],
) -> Result<FormPart<'a>, MultipartError> {
    let disposition = headers.one("Content-Disposition")?.ok_or(MultipartError::NoName)?;
    let Disposition { name, file_name } = Disposition::parse(disposition)?;
    let content_type = headers.same("Content-Type")?;
    if content_type.is_some_and(is_nested) {
        return Err(MultipartError::Nested);
    }
    let is_plain = |encoding: &[u8]| {
        let plain: [&[u8]; 3] = [b"7bit", b"8bit", b"binary"];
        plain.iter().any(|known| encoding.eq_ignore_ascii_case(known))
    };
    if !headers.one("Content-Transfer-Encoding")?.is_none_or(is_plain) {
        return Err(MultipartError::TransferEncoding);
    }
    let is_field = file_name.is_none() && !name.eq_ignore_ascii_case(FormPart::POSTED_FILE);
    let data = match content_type {
        Some(content_type) if is_field => charset::decode_field(content_type, data),
        _ => Cow::Borrowed(data),
    };
    let mut part = FormPart::new(name, data);
    if let Some(file_name) = file_name {
        part = part.file_name(file_name);
    }
    if let Some(content_type) = content_type {
        part = part.content_type(String::from_utf8_lossy(content_type));
    }
    Ok(part)
}

/// Whether a part can be read as a form of its own: its type is a multipart with a boundary. Android
/// clients type files and fields `multipart/form-data` without one, which nobody can split.
fn is_nested(content_type: &[u8]) -> bool {
    let content_type = content_type.to_ascii_lowercase();
    // Wherever it stands: parsers disagree on malformed parameters.
    content_type.starts_with(b"multipart/") && memmem::find(&content_type, b"boundary").is_some()
}

fn rest(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

#[cfg(test)]
thread_local! {
    /// The number of bytes examined: a measure of time that is the same in every run.
    static WORK: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn work(bytes: usize) {
    WORK.set(WORK.get() + bytes);
}

#[cfg(not(test))]
fn work(_: usize) {}

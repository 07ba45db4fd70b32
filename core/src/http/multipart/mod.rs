//! `multipart/form-data` (RFC 7578 over RFC 2046, section 5.1), as browsers and HTTP libraries send
//! it.
//!
//! The parts borrow from the body, which is read once: a delimiter is searched for, then the few
//! lines of headers after it. What two readers could take for two different forms is refused: no
//! bare line feeds, no folded headers, no encodings, no form in a form, nothing told twice or hidden.
//!
//! Own code, since a file then is not copied once more, and since the maintained crate, `multer`, is
//! asynchronous only and reads some forms as other than they are: it knows neither `filename*` nor
//! encoded words nor `%22`, finds a name inside another parameter's quotation marks and none in capitals,
//! refuses a part without content, and content that has a line beginning like the boundary. The tests
//! run it beside this; `tests/multipart/README.md` lists where the two, and others, disagree.

mod boundary;
mod disposition;
mod header;
mod parameter;
#[cfg(test)]
mod table;

use memchr::memmem;

pub(super) use boundary::Boundary;
use disposition::Disposition;

use crate::request::FormPart;

/// The most parts of a form.
pub(super) const MAX_PARTS: usize = 32;

/// Why a body is not a form that is taken.
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
    #[error("the form has more than {MAX_PARTS} parts")]
    TooManyParts,
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
    #[error("a part is a multipart itself")]
    Nested,
    #[error("a part's content is encoded for transfer")]
    TransferEncoding,
}

/// Reads the parts of `body`, in order.
pub(super) fn parse<'a>(
    body: &'a [u8],
    boundary: &Boundary,
) -> Result<Vec<FormPart<'a>>, MultipartError> {
    let delimiter = boundary.delimiter();
    let finder = memmem::Finder::new(&delimiter);
    let mut parts = Vec::new();
    // A first delimiter at the very beginning has no line break before it.
    let first = body
        .starts_with(boundary.dash_boundary())
        .then(|| Delimiter::read(body, boundary.dash_boundary().len()))
        .flatten();
    // Behind a preamble there is a part. Only a form without any is closed at once.
    let mut at = first
        .or_else(|| match Delimiter::find(body, 0, &finder)? {
            (_, Delimiter::Close) => None,
            (_, part) => Some(part),
        })
        .ok_or(MultipartError::NoDelimiter)?;
    while let Delimiter::Part { headers } = at {
        if parts.len() == MAX_PARTS {
            return Err(MultipartError::TooManyParts);
        }
        let block = header::Block::read(rest(body, headers))?;
        // A part ends at the next delimiter, even where that could be read as one of its headers. The
        // line break that ends the headers may be the delimiter's: then there is no content.
        let content = headers + block.len;
        let (end, after) = Delimiter::find(body, headers.saturating_sub(2), &finder)
            .ok_or(MultipartError::NotClosed)?;
        if end + 2 < content {
            return Err(MultipartError::HeadersTooLong);
        }
        let data = body.get(content..end).unwrap_or_default();
        parts.push(part(&block, data)?);
        at = after;
    }
    Ok(parts)
}

/// What stands after a delimiter.
#[derive(Clone, Copy)]
enum Delimiter {
    /// A part, whose headers begin there.
    Part { headers: usize },
    /// Nothing but an epilogue.
    Close,
}

impl Delimiter {
    /// The next delimiter from `from` on, and where its line break begins.
    fn find(body: &[u8], from: usize, finder: &memmem::Finder<'_>) -> Option<(usize, Self)> {
        let mut from = from;
        loop {
            let found = finder.find(rest(body, from));
            work(found.unwrap_or(body.len() - from) + finder.needle().len());
            let at = from + found?;
            let after = at + finder.needle().len();
            if let Some(delimiter) = Self::read(body, after) {
                return Some((at, delimiter));
            }
            // A line that goes on is content: this boundary is the beginning of another's.
            from = after;
        }
    }

    /// Reads what follows the boundary at `at`: `--` or not, blanks, and the end of the line. The
    /// last line of a body need not end.
    fn read(body: &[u8], at: usize) -> Option<Self> {
        let line = rest(body, at);
        let (line, closes) = line.strip_prefix(b"--").map_or((line, false), |rest| (rest, true));
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        work(blanks);
        match (closes, rest(line, blanks)) {
            // What closes a form is followed by no part, so it does not matter how its line ends.
            (true, [] | [b'\r' | b'\n', ..]) => Some(Self::Close),
            (false, [b'\r', b'\n', ..]) => Some(Self::Part { headers: at + blanks + 2 }),
            _ => None,
        }
    }
}

fn part<'a>(block: &header::Block<'a>, data: &'a [u8]) -> Result<FormPart<'a>, MultipartError> {
    let disposition = block.one("Content-Disposition")?.ok_or(MultipartError::NoName)?;
    let Disposition { name, file_name } = Disposition::parse(disposition)?;
    let content_type = block.one("Content-Type")?;
    if content_type.is_some_and(is_multipart) {
        return Err(MultipartError::Nested);
    }
    let is_plain = |encoding: &[u8]| {
        let plain: [&[u8]; 3] = [b"7bit", b"8bit", b"binary"];
        plain.iter().any(|known| encoding.eq_ignore_ascii_case(known))
    };
    if !block.one("Content-Transfer-Encoding")?.is_none_or(is_plain) {
        return Err(MultipartError::TransferEncoding);
    }
    let mut part = FormPart::new(name, data);
    if let Some(file_name) = file_name {
        part = part.file_name(file_name);
    }
    if let Some(content_type) = content_type {
        part = part.content_type(String::from_utf8_lossy(content_type));
    }
    Ok(part)
}

fn is_multipart(content_type: &[u8]) -> bool {
    content_type.get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"))
}

fn rest(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

#[cfg(test)]
thread_local! {
    /// How many bytes were looked at: the time that a body takes, as a test can rely on it.
    static WORK: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn work(bytes: usize) {
    WORK.set(WORK.get() + bytes);
}

#[cfg(not(test))]
fn work(_: usize) {}

//! The body of a request.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

use crate::bounded_read::read_bounded;

/// The body of a request.
pub enum Body<'a> {
    /// The complete body.
    Bytes(Cow<'a, [u8]>),
    /// A reader of the body. It is read to at most one byte past the limit.
    Reader(Box<dyn Read + 'a>),
}

impl<'a> Body<'a> {
    /// Creates a body that is read only if the head of the request is accepted.
    pub fn reader(reader: impl Read + 'a) -> Self {
        Self::Reader(Box::new(reader))
    }

    /// Reads the body. `None` when it is longer than `limit` bytes.
    pub(super) fn read(self, limit: u64) -> io::Result<Option<Cow<'a, [u8]>>> {
        match self {
            Self::Bytes(bytes) => Ok((bytes.len() as u64 <= limit).then_some(bytes)),
            Self::Reader(reader) => Ok(read_bounded(reader, 0, limit)?.map(Cow::Owned)),
        }
    }
}

impl fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Reader(_) => f.write_str("a reader"),
        }
    }
}

impl From<()> for Body<'_> {
    fn from((): ()) -> Self {
        Self::Bytes(Cow::Borrowed(&[]))
    }
}

impl<'a> From<&'a [u8]> for Body<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Body<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Cow::Owned(bytes))
    }
}

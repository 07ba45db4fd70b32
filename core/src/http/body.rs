//! The body of a request: bytes that are there, or a reader.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

/// The body of a request.
pub enum Body<'a> {
    /// All of it.
    Bytes(Cow<'a, [u8]>),
    /// Where it is read from, no further than the limit.
    Reader(Box<dyn Read + 'a>),
}

impl<'a> Body<'a> {
    /// A body that is read when it is wanted: a request that is refused by its headers is refused
    /// unread.
    pub fn reader(reader: impl Read + 'a) -> Self {
        Self::Reader(Box::new(reader))
    }

    /// All of the body, or its first `limit` bytes and one more.
    pub(super) fn read(self, limit: u64) -> io::Result<Cow<'a, [u8]>> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Reader(reader) => {
                let mut bytes = Vec::new();
                reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
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

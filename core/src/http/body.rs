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

    /// All of the body; of a reader at most `limit` bytes and one more.
    pub(super) fn read(self, limit: u64) -> io::Result<Cow<'a, [u8]>> {
        let mut reader = match self {
            Self::Bytes(bytes) => return Ok(bytes),
            Self::Reader(reader) => reader.take(limit.saturating_add(1)),
        };
        let mut bytes = Vec::new();
        loop {
            make_room(&mut bytes, FIRST_ROOM, limit.saturating_add(1));
            let room = bytes.capacity() - bytes.len();
            // No more than there is room for, or room would be made without regard to the limit.
            let read = reader.by_ref().take(room as u64).read_to_end(&mut bytes)?;
            if read < room || bytes.len() as u64 > limit {
                return Ok(Cow::Owned(bytes));
            }
        }
    }
}

/// What a body is first given room for when nothing of it is there.
const FIRST_ROOM: usize = 64 * 1024;

/// Makes room for `more` bytes: twice what there was, as long as that is not over `limit`, so that
/// a body never takes more than that.
pub(super) fn make_room(bytes: &mut Vec<u8>, more: usize, limit: u64) {
    let wanted = bytes.len().saturating_add(more);
    if wanted > bytes.capacity() {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let room = wanted.max(bytes.capacity().saturating_mul(2)).min(limit);
        bytes.reserve_exact(room.saturating_sub(bytes.len()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_takes_no_more_room_than_its_limit() {
        let limit = 1_000_001;
        let (mut bytes, mut grown) = (Vec::new(), 0);
        for _ in 0..limit {
            let before = bytes.capacity();
            make_room(&mut bytes, 1, limit);
            bytes.push(0_u8);
            grown += u32::from(bytes.capacity() != before);
        }
        assert_eq!(bytes.capacity() as u64, limit);
        assert!(grown <= 21, "it has grown {grown} times");
    }

    #[test]
    fn a_reader_is_read_to_the_byte_behind_the_limit() {
        for limit in [0, 1, 10, 65_535, 65_536, 65_537, 131_071, 131_072, 300_000] {
            for len in [0, 1, 9, 10, 11, 65_536, 65_537, 131_072, 200_000, 300_001, 400_000] {
                let all = vec![7; len];
                let taken = Body::reader(&all[..]).read(limit).unwrap();
                assert_eq!(taken.len() as u64, (len as u64).min(limit + 1), "{len} of {limit}");
            }
        }
    }
}

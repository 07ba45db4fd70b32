//! Reading a stream within a limit, without more memory than the limit.

use std::io::{self, Read};

/// All of `reader`, or `None` when it has more than `limit` bytes. At most one byte more is read.
/// `expected` is how many bytes there probably are; it may be wrong.
pub(crate) fn read_bounded(
    reader: impl Read,
    expected: u64,
    limit: u64,
) -> io::Result<Option<Vec<u8>>> {
    let most = limit.saturating_add(1);
    let mut reader = reader.take(most);
    let mut bytes = Vec::new();
    // One byte more than expected: the end of the stream is then seen without growing.
    let mut room = usize::try_from(expected.saturating_add(1)).unwrap_or(usize::MAX);
    loop {
        make_room(&mut bytes, room.max(FIRST_ROOM), most);
        let free = bytes.capacity() - bytes.len();
        // No more than there is room for, or the vector would grow without regard to the limit.
        let read = reader.by_ref().take(free as u64).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Ok(None);
        }
        if read < free {
            return Ok(Some(bytes));
        }
        room = FIRST_ROOM;
    }
}

/// The least room that is made for a stream.
const FIRST_ROOM: usize = 64 * 1024;

/// Makes room for `more` bytes: twice the capacity, as long as that is not over `limit`.
pub(crate) fn make_room(bytes: &mut Vec<u8>, more: usize, limit: u64) {
    let wanted = bytes.len().saturating_add(more);
    if wanted > bytes.capacity() {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let room = wanted.max(bytes.capacity().saturating_mul(2)).min(limit);
        bytes.reserve_exact(room.saturating_sub(bytes.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_no_more_room_than_their_limit() {
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
    fn a_reader_is_read_to_one_byte_over_the_limit() {
        for limit in [0, 1, 10, 65_535, 65_536, 65_537, 131_071, 131_072, 300_000] {
            for len in [0, 1, 9, 10, 11, 65_536, 65_537, 131_072, 200_000, 300_001, 400_000] {
                for expected in [0, len, 10 * len] {
                    let mut all = io::repeat(7).take(len);
                    let read = read_bounded(&mut all, expected, limit).unwrap();
                    let taken = len - all.limit();
                    assert_eq!(taken, len.min(limit + 1), "{len} of {limit}");
                    assert_eq!(read.map(|bytes| bytes.len() as u64), (len <= limit).then_some(len));
                }
            }
        }
    }
}

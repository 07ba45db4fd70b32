//! Reads a stream up to a limit, with no more memory than the limit.

use std::io::{self, Read};

/// Reads all of `reader`, or returns `None` when it has more than `limit` bytes. Reads at most one
/// byte past the limit. `expected` is the probable length in bytes; it may be wrong.
pub(crate) fn read_bounded(
    reader: impl Read,
    expected: u64,
    limit: u64,
) -> io::Result<Option<Vec<u8>>> {
    let most = limit.saturating_add(1);
    let mut reader = reader.take(most);
    let mut bytes = Vec::new();
    // One byte more than expected, so that the end of the stream is reached without growing.
    let mut room = usize::try_from(expected.saturating_add(1)).unwrap_or(usize::MAX);
    loop {
        make_room(&mut bytes, room.max(FIRST_ROOM), most)?;
        let free = bytes.capacity() - bytes.len();
        // No more than the free capacity, or the vector would grow past the limit.
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

/// The smallest capacity that is added for a stream, in bytes.
const FIRST_ROOM: usize = 64 * 1024;

/// Reserves room for `more` bytes. Doubles the capacity if it grows, but not past `limit`. Fails with
/// `OutOfMemory` where there is no such memory: a limit may be larger than that.
pub(crate) fn make_room(bytes: &mut Vec<u8>, more: usize, limit: u64) -> io::Result<()> {
    let needed = bytes.len().saturating_add(more);
    if needed > bytes.capacity() {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let room = needed.max(bytes.capacity().saturating_mul(2)).min(limit);
        bytes.try_reserve_exact(room.saturating_sub(bytes.len()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_does_not_exceed_the_limit() {
        let limit = 1_000_001;
        let (mut bytes, mut reallocations) = (Vec::new(), 0);
        for _ in 0..limit {
            let before = bytes.capacity();
            make_room(&mut bytes, 1, limit).unwrap();
            bytes.push(0_u8);
            reallocations += u32::from(bytes.capacity() != before);
        }
        assert_eq!(bytes.capacity() as u64, limit);
        assert!(reallocations <= 21, "{reallocations} reallocations");
    }

    #[test]
    fn a_length_that_memory_cannot_hold_is_an_error() {
        for expected in [u64::MAX, 1 << 62] {
            let error = read_bounded(io::empty(), expected, u64::MAX).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        }
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

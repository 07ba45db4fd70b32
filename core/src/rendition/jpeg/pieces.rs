//! The entropy-coded bytes of a scan, without byte stuffing, a piece of the file at a time.

use super::bits::{Bits, Cursor};
use crate::rendition::decode_error::Damaged;

/// Bytes of the file that are copied at once.
const PIECE: usize = 32 << 10;

/// Zeros behind the data, so that its last bits are read as any others.
const PADDING: usize = 64;

/// Unread bytes before a marker that are not taken for damage: some encoders fill up words.
const MAX_UNREAD: usize = 8;

/// The entropy-coded data of a scan up to the next marker, and then of the next restart interval.
pub(super) struct Pieces<'a> {
    file: &'a [u8],
    /// The offset of what is copied next.
    at: usize,
    /// Data without stuffing.
    data: Vec<u8>,
    /// How long it is, without padding.
    length: usize,
    /// All of it, up to the marker at `at` or the end of the file, is copied.
    is_last: bool,
    cursor: Cursor,
    /// Whether bytes before a restart marker code no pixels.
    has_surplus: bool,
}

/// Where the data of a scan end.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanEnd {
    /// The offset of the marker behind them, or of the end of the file.
    pub(super) marker: usize,
    /// Whether some bytes of them code no pixels.
    pub(super) has_surplus: bool,
}

impl<'a> Pieces<'a> {
    /// Those at the offset `at` of `file`.
    pub(super) fn new(file: &'a [u8], at: usize) -> Self {
        let (data, cursor) = (Vec::new(), Cursor::default());
        Self { file, at, data, length: 0, is_last: false, cursor, has_surplus: false }
    }

    /// The next bits: at least `room` bytes, with padding behind the end.
    #[inline]
    pub(super) fn bits(&mut self, room: usize) -> Bits<'_> {
        if self.data.len() < self.cursor.position + room && !self.is_last {
            self.copy(room);
        }
        Bits::new(&self.data, self.cursor)
    }

    /// Goes on from where [`bits`](Self::bits) were read to. An error if they were more than there are.
    #[inline]
    pub(super) fn resume(&mut self, cursor: Cursor) -> Result<(), Damaged> {
        self.cursor = cursor;
        if self.is_last && cursor.bits() > self.length as u64 * 8 {
            return Err(Damaged("the file ends before its last pixel"));
        }
        Ok(())
    }

    #[inline(never)]
    fn copy(&mut self, room: usize) {
        let read = self.cursor.position.min(self.data.len());
        self.data.drain(..read);
        self.cursor.position -= read;
        while self.data.len() < room + PIECE && !self.is_last {
            let rest = self.file.get(self.at..).unwrap_or_default();
            let piece = rest.get(..PIECE).unwrap_or(rest);
            let (bytes, step) = match memchr::memchr(0xff, piece) {
                None => (piece, piece.len()),
                Some(at) if rest.get(at + 1) == Some(&0) => {
                    (piece.get(..=at).unwrap_or(piece), at + 2)
                }
                // A marker, or a lone byte at the end of the file.
                Some(at) => {
                    self.is_last = true;
                    (piece.get(..at).unwrap_or(piece), at)
                }
            };
            self.is_last |= piece.len() == rest.len() && step >= piece.len();
            self.data.extend_from_slice(bytes);
            self.at += step;
        }
        self.length = self.data.len();
        if self.is_last {
            self.data.extend_from_slice(&[0; PADDING]);
        }
    }

    /// Goes on behind the next marker, which must be the restart marker of this number (E.2.4).
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Damaged> {
        let left = self.left();
        let from = self.at;
        let marker = self.marker();
        self.has_surplus |= left > 0 || !self.is_fill(marker);
        if left + (marker - from) > MAX_UNREAD {
            return Err(Damaged("data are left over before a restart marker"));
        }
        match self.file.get(marker..) {
            Some([0xff, code, ..]) if *code == 0xd0 | number & 7 => {}
            _ => return Err(Damaged("a restart marker is missing")),
        }
        self.at = marker + 2;
        self.data.clear();
        (self.length, self.is_last, self.cursor) = (0, false, Cursor::default());
        Ok(())
    }

    /// The end of the scan, all of which is read.
    pub(super) fn end(&self) -> ScanEnd {
        let marker = self.marker();
        let has_surplus = self.has_surplus || self.left() > 0 || !self.is_fill(marker);
        ScanEnd { marker, has_surplus }
    }

    /// Copied bytes that are not read.
    fn left(&self) -> usize {
        let read = usize::try_from(self.cursor.bits().div_ceil(8)).unwrap_or(usize::MAX);
        self.length.saturating_sub(read)
    }

    /// Whether there are only fill bytes between what is copied and `marker`.
    fn is_fill(&self, marker: usize) -> bool {
        let rest = self.file.get(self.at..marker).unwrap_or_default();
        rest.iter().all(|&byte| byte == 0xff)
    }

    /// The offset of the marker behind the data, or of the end of the file.
    fn marker(&self) -> usize {
        let rest = self.file.get(self.at..).unwrap_or_default();
        let mut markers = memchr::memchr_iter(0xff, rest);
        let marker = markers.find(|at| rest.get(at + 1).is_some_and(|c| !matches!(c, 0 | 0xff)));
        self.at + marker.unwrap_or(rest.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_end_at_a_marker() {
        let file = [0xab, 0xff, 0x00, 0xcd, 0xff, 0xd9];
        let mut pieces = Pieces::new(&file, 0);
        let mut bits = pieces.bits(16);
        bits.refill();
        assert_eq!((bits.take(8), bits.take(16)), (0xab, 0xffcd));
        let end = bits.cursor;
        bits.skip(1);
        let behind = bits.cursor;
        assert!(pieces.end().has_surplus);
        assert!(pieces.resume(end).is_ok());
        assert_eq!((pieces.end().marker, pieces.end().has_surplus), (4, false));
        assert!(pieces.resume(behind).is_err());
    }

    #[test]
    fn long_data_come_in_pieces() {
        // Stuffing at every distance from the edges of the pieces.
        for shift in 0..4 {
            let plain: Vec<u8> = (0..200_000usize)
                .map(|i| if (i + shift) % 5 == 0 { 0xff } else { u8::try_from(i % 251).unwrap() })
                .collect();
            let mut file = Vec::new();
            for &byte in &plain {
                file.push(byte);
                if byte == 0xff {
                    file.push(0);
                }
            }
            file.extend([0xff, 0xff, 0xd9]);
            let mut pieces = Pieces::new(&file, 0);
            for pair in plain.chunks(2) {
                let mut bits = pieces.bits(16);
                bits.refill();
                assert_eq!(bits.take(16), u32::from(pair[0]) << 8 | u32::from(pair[1]));
                let cursor = bits.cursor;
                pieces.resume(cursor).unwrap();
                assert!(pieces.data.len() < 3 * PIECE);
            }
            assert_eq!(pieces.marker(), file.len() - 2);
        }
    }

    #[test]
    fn intervals_end_at_their_restart_marker() {
        let file = [1, 0xff, 0xd0, 2, 3, 3, 3, 3, 3, 3, 3, 3, 0xff, 0xff, 0xd1, 4];
        let mut pieces = Pieces::new(&file, 0);
        let byte = |pieces: &mut Pieces<'_>| {
            let mut bits = pieces.bits(16);
            bits.refill();
            let byte = bits.take(8);
            let cursor = bits.cursor;
            pieces.resume(cursor).map(|()| byte)
        };
        assert_eq!(byte(&mut pieces).unwrap(), 1);
        pieces.restart(0).unwrap();
        assert!(!pieces.has_surplus);
        assert_eq!(byte(&mut pieces).unwrap(), 2);
        // Eight bytes and a fill byte are left over.
        assert!(pieces.restart(1).is_err());
        assert_eq!(byte(&mut pieces).unwrap(), 3);
        assert!(pieces.restart(2).is_err());
        pieces.restart(1).unwrap();
        assert!(pieces.has_surplus);
        assert_eq!(byte(&mut pieces).unwrap(), 4);
        assert!(pieces.restart(2).is_err());
        assert!(byte(&mut pieces).is_err());
    }
}

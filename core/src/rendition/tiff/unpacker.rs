//! Strips and tiles, uncompressed as a stream: a strip may be all of the picture.

use flate2::{Decompress, FlushDecompress, Status};

use super::compression::Compression;
use super::fax;
use super::pixels::Packed;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::lzw;
use crate::rendition::pack_bits::PackBits;

pub(super) const SHORT: &str = "a strip or tile is shorter than its pixels";

/// Bytes that are inflated at once, at least.
const INFLATED: usize = 64 << 10;

/// The uncompressed bytes of one strip or tile after another.
pub(super) struct Unpacker<'a> {
    data: Packed<'a>,
    method: Method,
}

enum Method {
    Copy { at: usize },
    Lzw(Box<lzw::Decoder>),
    Deflate(Inflater),
    PackBits(PackBits),
    Fax(fax::Rows),
}

impl<'a> Unpacker<'a> {
    /// Of a page in `compression`, which is not JPEG.
    pub(super) fn new(compression: Compression, fax: fax::Page) -> Self {
        let method = match compression {
            Compression::Lzw => Method::Lzw(Box::new(lzw::Decoder::new(lzw::Coding::Tiff))),
            Compression::Deflate => Method::Deflate(Inflater::new()),
            Compression::PackBits => Method::PackBits(PackBits::default()),
            Compression::Fax(coding) => Method::Fax(fax::Rows::new(coding, fax)),
            Compression::None | Compression::OldJpeg | Compression::Jpeg => Method::Copy { at: 0 },
        };
        Self { data: Packed::Held((&[][..]).into()), method }
    }

    /// Releases the data of the strip or tile before, so that only one is held.
    pub(super) fn release(&mut self) {
        self.data = Packed::Held((&[][..]).into());
    }

    /// Begins a strip or tile of `length` bytes. `is_cut`: its data may go on behind the end of the file.
    pub(super) fn start(&mut self, data: Packed<'a>, length: usize, is_cut: bool) {
        match &mut self.method {
            Method::Copy { at } => *at = 0,
            Method::Lzw(decoder) => decoder.restart(lzw::Coding::of_tiff(data.held())),
            Method::Deflate(inflater) => inflater.restart(length),
            Method::PackBits(state) => state.restart(),
            Method::Fax(rows) => rows.restart(is_cut),
        }
        self.data = data;
    }

    /// The next `count` bytes. Of fax codes a row, whatever its length.
    pub(super) fn next(&mut self, count: usize) -> Result<&[u8], DecodeError> {
        let data = match &mut self.data {
            Packed::Held(data) => &**data,
            Packed::Read(window) => return window.take(count),
        };
        match &mut self.method {
            Method::Copy { at } => {
                let bytes = data.get(*at..).and_then(|rest| rest.get(..count)).ok_or(SHORT)?;
                *at += count;
                Ok(bytes)
            }
            Method::Lzw(decoder) => Ok(decoder.next(data, count)?),
            Method::Deflate(inflater) => inflater.next(data, count),
            Method::PackBits(state) => Ok(state.next(data, count)?),
            Method::Fax(rows) => rows.next(data),
        }
    }
}

/// Deflate with the header of zlib.
struct Inflater {
    state: Decompress,
    /// Inflated bytes, of which those from `start` to `end` are not handed out yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes that are still to be inflated.
    left: usize,
}

impl Inflater {
    fn new() -> Self {
        Self { state: Decompress::new(true), buffer: Vec::new(), start: 0, end: 0, left: 0 }
    }

    fn restart(&mut self, length: usize) {
        self.state.reset(true);
        (self.start, self.end, self.left) = (0, 0, length);
    }

    fn next(&mut self, data: &[u8], count: usize) -> Result<&[u8], DecodeError> {
        if self.end - self.start < count {
            self.inflate(data, count)?;
        }
        let at = self.start;
        self.start += count;
        self.buffer.get(at..at + count).ok_or(SHORT.into())
    }

    /// Inflates until the buffer has `count` bytes.
    fn inflate(&mut self, data: &[u8], count: usize) -> Result<(), DecodeError> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let size = count.max(INFLATED.min(self.end.saturating_add(self.left)));
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        }
        while self.end < count {
            let read = usize::try_from(self.state.total_in()).unwrap_or(usize::MAX);
            let input = data.get(read..).unwrap_or_default();
            let to = self.end + self.left.min(self.buffer.len() - self.end);
            let output = self.buffer.get_mut(self.end..to).unwrap_or_default();
            let before = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, output, FlushDecompress::None);
            let status = status.map_err(DecodeError::damaged)?;
            let written = usize::try_from(self.state.total_out() - before.1).unwrap_or_default();
            self.end += written;
            self.left -= written.min(self.left);
            let stuck = before == (self.state.total_in(), self.state.total_out());
            if self.end < count && (stuck || status == Status::StreamEnd) {
                return Err(SHORT.into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(compression: Compression, data: &[u8], counts: &[usize]) -> Option<Vec<u8>> {
        let fax = fax::Page { width: 16, bad_rows: 0, missing_rows: 0 };
        let mut unpacker = Unpacker::new(compression, fax);
        unpacker.start(Packed::Held(data.into()), counts.iter().sum(), false);
        let mut all = Vec::new();
        for &count in counts {
            all.extend_from_slice(unpacker.next(count).ok()?);
        }
        Some(all)
    }

    #[test]
    fn pack_bits_of_the_specification() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7,
            0xaa,
        ];
        let mut want = vec![0xaa; 3];
        want.extend([0x80, 0x00, 0x2a]);
        want.extend([0xaa; 4]);
        want.extend([0x80, 0x00, 0x2a, 0x22]);
        want.extend([0xaa; 10]);
        for row in [1, 2, 3, 8, 24] {
            let unpacked = unpack(Compression::PackBits, &packed, &vec![row; 24 / row]).unwrap();
            assert_eq!(unpacked, want);
        }
        for cut in 0..packed.len() {
            assert!(unpack(Compression::PackBits, &packed[..cut], &[24]).is_none());
        }
    }

    #[test]
    fn deflate_in_rows_of_any_length() {
        use std::io::Write as _;
        let bytes: Vec<u8> = (0..300_000_u64).map(|i| (i * i / 7000).to_le_bytes()[0]).collect();
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&bytes).unwrap();
        let packed = encoder.finish().unwrap();
        for row in [1000, 75_000, 100_000, 300_000] {
            let rows = vec![row; 300_000 / row];
            assert!(unpack(Compression::Deflate, &packed, &rows).unwrap() == bytes, "{row}");
            // Without its checksum the data are all there.
            let (all, cut) = (packed.len() - 4, packed.len() - 20);
            assert!(unpack(Compression::Deflate, &packed[..all], &rows).unwrap() == bytes);
            assert!(unpack(Compression::Deflate, &packed[..cut], &rows).is_none());
        }
    }

    #[test]
    fn a_short_strip_is_an_error_in_every_method() {
        for compression in [
            Compression::None,
            Compression::Fax(fax::Coding::Group4),
            Compression::Lzw,
            Compression::Deflate,
            Compression::PackBits,
        ] {
            let mut unpacker =
                Unpacker::new(compression, fax::Page { width: 16, bad_rows: 0, missing_rows: 0 });
            unpacker.start(Packed::Held((&[][..]).into()), 8, true);
            assert!(unpacker.next(2).is_err(), "{compression:?}");
        }
    }
}

//! The filtered rows of a PNG: its IDAT chunks, or the fdAT chunks of a frame, inflated as they are needed.

use fdeflate::Decompressor;
use flate2::Crc;

use super::unfilter::SLACK;
use crate::container::png::{CHUNK_CRC, Chunk, Chunks};
use crate::rendition::decode_error::DecodeError;

/// How far back deflate copies from.
const HISTORY: usize = 32 << 10;
/// The least that is inflated at a time.
const BATCH: usize = 128 << 10;
/// What the inflater allocates, with room to spare.
const INFLATER: usize = 64 << 10;

/// The chunks of one picture.
pub(super) struct PixelChunks<'a> {
    data: &'a [u8],
    chunks: Chunks,
    /// `IDAT` or `fdAT`.
    kind: [u8; 4],
    /// The first of them, until it is read.
    first: Option<Chunk>,
}

impl<'a> PixelChunks<'a> {
    /// From `first` on, which `chunks` has just returned.
    pub(super) fn new(data: &'a [u8], chunks: Chunks, first: Chunk) -> Self {
        Self { data, chunks, kind: first.kind, first: Some(first) }
    }

    /// The data of the next chunk; `None` behind the last. Those whose checksum is wrong are an error.
    fn next(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let mut src = self.data;
        let chunk = match self.first.take() {
            Some(chunk) => chunk,
            // A part of a header: behind the pixels this is not damage.
            None => match self.chunks.next(&mut src) {
                Ok(chunk) => chunk,
                Err(_) => return Ok(None),
            },
        };
        if chunk.kind != self.kind {
            return Ok(None);
        }
        let start = usize::try_from(chunk.at).unwrap_or(usize::MAX);
        let rest = self.data.get(start..).unwrap_or_default();
        let len = usize::try_from(chunk.len).map_or(rest.len(), |len| len.min(rest.len()));
        let (body, behind) = rest.split_at(len);
        let checksum =
            behind.get(..usize::try_from(CHUNK_CRC).unwrap_or_default()).unwrap_or(behind);
        let mut crc = Crc::new();
        crc.update(&chunk.kind);
        crc.update(body);
        // Of a checksum that is cut, what is there has to be right.
        if !crc.sum().to_be_bytes().starts_with(checksum) {
            return Err("a chunk of pixels has a wrong checksum".into());
        }
        // A number stands before the data of an fdAT chunk.
        let header = if &self.kind == b"fdAT" { 4 } else { 0 };
        Ok(Some(body.get(header..).unwrap_or_default()))
    }

    /// Whether the file ends inside the data of one of these chunks or its checksum. A header alone is as good as
    /// none.
    fn end_cut(&self) -> bool {
        let (mut src, mut chunks, mut next) = (self.data, self.chunks, self.first);
        while let Some(chunk) = next.filter(|chunk| chunk.kind == self.kind) {
            let end = self.data.len() as u64;
            if chunk.at < end && chunk.at + chunk.len + CHUNK_CRC > end {
                return true;
            }
            next = chunks.next(&mut src).ok();
        }
        false
    }
}

/// The inflated bytes of a picture, a few rows at a time.
pub(super) struct PixelData<'a> {
    chunks: PixelChunks<'a>,
    inflate: Box<Decompressor>,
    /// What is left of the current chunk; `None` behind the last.
    input: Option<&'a [u8]>,
    /// Whether a checksum is missing, so that zlib's own has to prove the pixels.
    needs_zlib_checksum: bool,
    /// The last bytes, with slack behind the limit.
    window: Vec<u8>,
    /// How much of the window is written at most.
    limit: usize,
    /// Bytes of the window that are taken, and all of them.
    taken: usize,
    filled: usize,
}

impl<'a> PixelData<'a> {
    /// What is allocated for batches of `batch` bytes.
    pub(super) fn memory(batch: usize) -> usize {
        (HISTORY + SLACK + INFLATER).saturating_add(batch.max(BATCH))
    }

    /// Inflates up to `batch` bytes at a time.
    pub(super) fn new(chunks: PixelChunks<'a>, batch: usize) -> Self {
        let mut inflate = Box::new(Decompressor::new());
        let needs_zlib_checksum = chunks.end_cut();
        if !needs_zlib_checksum {
            inflate.ignore_adler32();
        }
        let limit = HISTORY + batch.max(BATCH);
        let window = vec![0; limit + SLACK];
        let input = Some(&[][..]);
        Self { chunks, inflate, input, needs_zlib_checksum, window, limit, taken: 0, filled: 0 }
    }

    /// The next `count` bytes or more, and at least [`SLACK`] behind them that mean nothing.
    pub(super) fn next(&mut self, count: usize) -> Result<&[u8], DecodeError> {
        if self.filled - self.taken < count {
            self.inflate()?;
        }
        if self.filled - self.taken < count {
            return Err("the pixels end before the last row".into());
        }
        Ok(self.window.get(self.taken..self.filled + SLACK).unwrap_or_default())
    }

    /// Takes the first `count` of these bytes.
    pub(super) fn take(&mut self, count: usize) {
        self.taken = self.taken.saturating_add(count).min(self.filled);
    }

    /// Fills the window.
    fn inflate(&mut self) -> Result<(), DecodeError> {
        let keep = self.taken.min(self.filled.saturating_sub(HISTORY));
        self.window.copy_within(keep..self.filled, 0);
        self.filled -= keep;
        self.taken -= keep;
        while self.filled < self.limit && !self.inflate.is_done() {
            if self.input.is_some_and(<[u8]>::is_empty) {
                self.input = self.chunks.next()?;
            }
            let input = self.input.unwrap_or_default();
            let window = self.window.get_mut(..self.limit).unwrap_or_default();
            let (read, written) = self
                .inflate
                .read(input, window, self.filled, false)
                .map_err(|error| DecodeError::damaged(format_args!("zlib: {error:?}")))?;
            self.filled += written;
            match &mut self.input {
                Some(input) => *input = input.get(read..).unwrap_or_default(),
                // The inflater had bits in hand.
                None if written == 0 => break,
                None => {}
            }
        }
        Ok(())
    }

    /// Behind the last row: checks the rest of the chunks, and where a checksum is missing, zlib's.
    pub(super) fn finish(mut self) -> Result<(), DecodeError> {
        while self.needs_zlib_checksum && !self.inflate.is_done() {
            let before = (self.input.map(<[u8]>::len), self.filled - self.taken);
            self.taken = self.filled;
            self.inflate()?;
            if self.input.is_none() && self.filled == self.taken && before.0.is_none() {
                return Err("the file ends inside its pixels".into());
            }
        }
        while self.chunks.next()?.is_some() {}
        Ok(())
    }
}

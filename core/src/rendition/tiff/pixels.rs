//! The packed pixels of a page: in memory, or on disk, where a part of them is read at a time.

use std::borrow::Cow;

use super::unpacker::SHORT;
use crate::container::disk::Disk;
use crate::rendition::decode_error::DecodeError;

/// The file that strips and tiles lie in.
#[derive(Clone, Copy)]
pub(super) enum File<'a> {
    Memory(&'a [u8]),
    /// The pixels of no strip or tile that is compressed take more than [`MOST_HELD`].
    Disk(Disk<'a>),
}

/// The packed bytes of a strip or tile on disk that are held at most, unless they are not compressed.
pub(super) const MOST_HELD: u64 = 16 << 20;

/// The bytes of an uncompressed strip or tile on disk that are read at once, at least.
const WINDOW: usize = 256 << 10;

impl<'a> File<'a> {
    pub(super) fn len(self) -> u64 {
        match self {
            Self::Memory(file) => file.len() as u64,
            Self::Disk(disk) => disk.len(),
        }
    }

    /// The bytes at `offset`, up to the end of the file.
    pub(super) fn packed(self, offset: u64, length: u64) -> Result<Packed<'a>, DecodeError> {
        match self {
            Self::Memory(file) => {
                let tail = tail(file, offset);
                let length = usize::try_from(length).unwrap_or(usize::MAX).min(tail.len());
                Ok(Packed::Held(tail.get(..length).unwrap_or_default().into()))
            }
            Self::Disk(disk) => {
                let length = length.min(disk.len().saturating_sub(offset));
                if length > MOST_HELD {
                    return Err(DecodeError::unsupported("a strip or tile is too long"));
                }
                let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
                disk.read(offset, &mut bytes).map_err(DecodeError::damaged)?;
                Ok(Packed::Held(bytes.into()))
            }
        }
    }

    /// The `length` bytes at `offset`, read as they are taken.
    pub(super) fn unpacked(self, offset: u64, length: usize) -> Result<Packed<'a>, DecodeError> {
        match self {
            Self::Memory(file) => {
                Ok(Packed::Held(tail(file, offset).get(..length).ok_or(SHORT)?.into()))
            }
            Self::Disk(disk) => {
                if length as u64 > disk.len().saturating_sub(offset) {
                    return Err(SHORT.into());
                }
                Ok(Packed::Read(Window {
                    disk,
                    next: offset,
                    left: length,
                    held: Vec::new(),
                    at: 0,
                }))
            }
        }
    }
}

/// `file` from an offset on.
pub(super) fn tail(file: &[u8], offset: u64) -> &[u8] {
    usize::try_from(offset).ok().and_then(|at| file.get(at..)).unwrap_or_default()
}

/// The packed bytes of a strip or tile.
pub(super) enum Packed<'a> {
    Held(Cow<'a, [u8]>),
    /// Of one that is not compressed.
    Read(Window<'a>),
}

impl<'a> Packed<'a> {
    /// The bytes, if they are held.
    pub(super) fn held(&self) -> &[u8] {
        match self {
            Self::Held(bytes) => bytes,
            Self::Read(_) => &[],
        }
    }

    /// The same bytes, each with its bits in reverse order, if they are held.
    pub(super) fn reversed(self) -> Self {
        match self {
            Self::Held(bytes) => {
                Self::Held(bytes.iter().map(|byte| byte.reverse_bits()).collect::<Vec<_>>().into())
            }
            read => read,
        }
    }
}

/// A part of a file, and what of it is held.
pub(super) struct Window<'a> {
    disk: Disk<'a>,
    /// The offset of the bytes that are read next, and their number.
    next: u64,
    left: usize,
    /// Those from `at` on are not handed out yet.
    held: Vec<u8>,
    at: usize,
}

impl Window<'_> {
    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&[u8], DecodeError> {
        if self.held.len() - self.at < count {
            self.held.drain(..self.at);
            self.at = 0;
            let more = count.max(WINDOW).saturating_sub(self.held.len()).min(self.left);
            let from = self.held.len();
            self.held.resize(from + more, 0);
            let room = self.held.get_mut(from..).unwrap_or_default();
            self.disk.read(self.next, room).map_err(DecodeError::damaged)?;
            self.next += more as u64;
            self.left -= more;
        }
        let bytes = self.held.get(self.at..).and_then(|rest| rest.get(..count)).ok_or(SHORT)?;
        self.at += count;
        Ok(bytes)
    }
}

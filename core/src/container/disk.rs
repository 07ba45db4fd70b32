//! A file on disk, of which ranges are read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::error::ProbeError;
use super::source::Stream;

/// An open file, and its length when it was opened. Only one thread at a time reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disk<'a> {
    file: &'a File,
    len: u64,
}

impl<'a> Disk<'a> {
    pub(crate) fn new(file: &'a File, len: u64) -> Self {
        Self { file, len }
    }

    pub(crate) fn len(self) -> u64 {
        self.len
    }

    /// Fills `buffer` with the bytes at `at`.
    pub(crate) fn read(self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(buffer)
    }

    /// The file as a source of its header.
    pub(crate) fn stream(self) -> Result<Stream<&'a File>, ProbeError> {
        Stream::new(self.file)
    }
}

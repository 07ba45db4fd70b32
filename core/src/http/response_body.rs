//! The body of a response.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use super::answer;
use crate::envelope::Envelope;
use crate::error::{ErrorKind, UploadError};
use crate::storage::{ReadAt, StorageError, StoredFile};

/// The body of a response: bytes in memory, or a part of a stored file that is read while it is sent.
/// As a reader it gives the bytes in order.
///
/// A file that cannot be read to its end must end the connection, since the response's
/// `Content-Length` is sent before the body: a server passes the error of [`Read::read`] on.
#[derive(Default)]
pub struct ResponseBody {
    source: Source,
    /// The bytes of the source that are not read yet.
    rest: Range<u64>,
}

enum Source {
    Bytes(Vec<u8>),
    File(Box<StoredFile>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl ResponseBody {
    /// The bytes `part` of `file`.
    pub(super) fn part(file: StoredFile, part: Range<u64>) -> Self {
        Self { source: Source::File(Box::new(file)), rest: part }
    }

    /// The number of bytes that are not read yet.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rest.end - self.rest.start
    }

    /// Whether all bytes are read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that are not read yet, if they are in memory.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.source {
            Source::Bytes(bytes) => {
                let range = usize::try_from(self.rest.start).ok()?..;
                Some(bytes.get(range).unwrap_or_default())
            }
            Source::File(_) => None,
        }
    }

    /// Reads the next bytes into `buffer` and returns their number: 0 at the end.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the file cannot be read.
    pub fn read_piece(&mut self, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let read = self.read_at(0, buffer)?;
        self.rest.start += read as u64;
        Ok(read)
    }

    /// Reads bytes that are not read yet, from `offset` of them on, into `buffer`, and returns their
    /// number: 0 at and after the end. They remain to be read; several threads may read at once.
    ///
    /// # Errors
    ///
    /// As [`read_piece`](Self::read_piece).
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let left = self.len().saturating_sub(offset);
        let left = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if left == 0 {
            return Ok(0);
        }
        let room = buffer.get_mut(..left).unwrap_or_default();
        let from = self.rest.start + offset;
        let read = match &self.source {
            Source::Bytes(bytes) => bytes.read_at(from, room)?,
            Source::File(file) => file.read_at(from, room)?,
        };
        if read == 0 {
            return Err(StorageError::new("the file ends before its length"));
        }
        Ok(read)
    }

    /// Reads the rest into memory.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the file cannot be read, or memory cannot hold it.
    pub fn into_bytes(mut self) -> Result<Vec<u8>, StorageError> {
        let len = self.len();
        match self.source {
            Source::Bytes(bytes) if len == bytes.len() as u64 => return Ok(bytes),
            source => self.source = source,
        }
        let too_long = || StorageError::new(format!("memory cannot hold {len} bytes"));
        let size = usize::try_from(len).map_err(|_| too_long())?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|error| too_long().with_source(error))?;
        bytes.resize(size, 0);
        let mut read = 0;
        while read < size {
            read += self.read_piece(bytes.get_mut(read..).unwrap_or_default())?;
        }
        Ok(bytes)
    }
}

impl From<Vec<u8>> for ResponseBody {
    fn from(bytes: Vec<u8>) -> Self {
        let rest = 0..bytes.len() as u64;
        Self { source: Source::Bytes(bytes), rest }
    }
}

impl From<StoredFile> for ResponseBody {
    fn from(file: StoredFile) -> Self {
        let len = file.len();
        Self::part(file, 0..len)
    }
}

impl Read for ResponseBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_piece(buffer).map_err(io::Error::other)
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

/// Reads the body of a response into memory, for a host that cannot send it in pieces. A file that
/// cannot be read gives the response of a server error.
#[must_use]
pub fn buffered(response: http::Response<ResponseBody>) -> http::Response<Vec<u8>> {
    let (parts, body) = response.into_parts();
    match body.into_bytes() {
        Ok(bytes) => http::Response::from_parts(parts, bytes),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot read a file");
            let error = UploadError::from_error(ErrorKind::StorageFailed, error);
            answer::envelope(&Envelope::from(&error)).map(|body| match body.source {
                Source::Bytes(bytes) => bytes,
                Source::File(_) => Vec::new(),
            })
        }
    }
}

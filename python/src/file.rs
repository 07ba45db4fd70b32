//! A binary file object of Python, read by Rust.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::buffer::bytes_of;

/// The most that one `read` of a Python file is asked for.
pub(crate) const CHUNK: u64 = 1024 * 1024;

/// A binary file object: anything with a `read` that returns bytes.
pub(crate) struct PyFile(Py<PyAny>);

impl PyFile {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = object.py();
        let Some(read) = object.getattr_opt(intern!(py, "read"))? else { return Ok(None) };
        // `UploadFile.read` of Starlette is a coroutine function. The file that it reads is an ordinary one.
        let file = if is_coroutine_function(&read)? {
            object.getattr(intern!(py, "file"))?
        } else {
            object.clone()
        };
        Ok(Some(Self(file.unbind())))
    }

    /// Everything from the start of a file that can seek, else what is left; at most `most` bytes. The
    /// position is restored.
    pub(crate) fn read_whole(&self, py: Python<'_>, most: u64) -> PyResult<Vec<u8>> {
        let back = if self.seekable(py)? { Some(self.rewind(py)?) } else { None };
        let data = self.read_on(py, most);
        let restored = back.map_or(Ok(()), |back| self.seek(py, back, 0));
        let data = data?;
        restored?;
        Ok(data)
    }

    fn read_on(&self, py: Python<'_>, most: u64) -> PyResult<Vec<u8>> {
        let mut data = Vec::new();
        loop {
            let left = most.saturating_sub(data.len() as u64);
            if left == 0 {
                return Ok(data);
            }
            let piece = self.piece(py, left.min(CHUNK))?;
            if piece.as_bytes().is_empty() {
                return Ok(data);
            }
            data.extend_from_slice(piece.as_bytes());
        }
    }

    /// What one `read(size)` returns: at most `size` bytes, and none at the end.
    pub(crate) fn piece<'py>(&self, py: Python<'py>, size: u64) -> PyResult<Bound<'py, PyBytes>> {
        let piece = self.0.bind(py).call_method1(intern!(py, "read"), (size,))?;
        match bytes_of(&piece)? {
            Some(bytes) if bytes.as_bytes().len() as u64 <= size => Ok(bytes),
            Some(bytes) => {
                let length = bytes.as_bytes().len();
                Err(PyOSError::new_err(format!("read({size}) returned {length} bytes")))
            }
            None => {
                let name = piece.get_type().name()?;
                Err(PyTypeError::new_err(format!(
                    "a binary file is needed: read() returned {name}"
                )))
            }
        }
    }

    fn seekable(&self, py: Python<'_>) -> PyResult<bool> {
        let file = self.0.bind(py);
        match file.getattr_opt(intern!(py, "seekable"))? {
            Some(seekable) => seekable.call0()?.is_truthy(),
            // Before Python 3.11 `SpooledTemporaryFile` can seek but has no `seekable`.
            None => Ok(file.hasattr(intern!(py, "seek"))? && file.hasattr(intern!(py, "tell"))?),
        }
    }

    /// Seeks to the start; returns the position before.
    fn rewind(&self, py: Python<'_>) -> PyResult<u64> {
        let back = self.tell(py)?;
        self.seek(py, 0, 0)?;
        Ok(back)
    }

    fn tell(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.bind(py).call_method0(intern!(py, "tell"))?.extract()
    }

    fn seek(&self, py: Python<'_>, offset: impl Into<i128>, whence: u8) -> PyResult<()> {
        self.0.bind(py).call_method1(intern!(py, "seek"), (offset.into(), whence)).map(drop)
    }

    /// Runs `work` on the file without the GIL, then restores the position.
    pub(crate) fn with_stream<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(Stream<'_, &Self>) -> T + Send,
    ) -> PyResult<T> {
        let back = self.tell(py)?;
        let mut failure = None;
        let result = py.detach(|| work(Stream::new(self, &mut failure)));
        let restored = self.seek(py, back, 0);
        if let Some(failure) = failure {
            return Err(failure.into());
        }
        restored?;
        Ok(result)
    }
}

impl Read for &PyFile {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let piece = self.piece(py, room.len() as u64)?;
            let bytes = piece.as_bytes();
            room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            Ok(bytes.len())
        })
    }
}

impl Seek for &PyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        Python::attach(|py| {
            match to {
                SeekFrom::Start(offset) => PyFile::seek(self, py, offset, 0),
                SeekFrom::Current(offset) => PyFile::seek(self, py, offset, 1),
                SeekFrom::End(offset) => PyFile::seek(self, py, offset, 2),
            }?;
            // `SpooledTemporaryFile.seek` returns None before Python 3.11, so the position is asked for.
            Ok(self.tell(py)?)
        })
    }
}

/// A reader that keeps its error for the caller: the core keeps only the error's kind.
pub(crate) struct Stream<'a, R> {
    reader: R,
    failure: &'a mut Option<io::Error>,
}

impl<'a, R> Stream<'a, R> {
    pub(crate) fn new(reader: R, failure: &'a mut Option<io::Error>) -> Self {
        Self { reader, failure }
    }

    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            // Never `Interrupted`, which the core would retry forever.
            *self.failure = Some(error);
            ErrorKind::Other.into()
        })
    }
}

impl<R: Read> Read for Stream<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let result = self.reader.read(room);
        self.keep(result)
    }
}

impl<R: Seek> Seek for Stream<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.reader.seek(to);
        self.keep(result)
    }
}

fn is_coroutine_function(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    const CO_COROUTINE: u32 = 0x80;
    let py = function.py();
    let Some(code) = function.getattr_opt(intern!(py, "__code__"))? else { return Ok(false) };
    let flags: u32 = code.getattr(intern!(py, "co_flags"))?.extract()?;
    Ok(flags & CO_COROUTINE != 0)
}

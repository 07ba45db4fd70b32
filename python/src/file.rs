//! A binary file object of Python, read by Rust.

use std::io::{self, Read, Seek, SeekFrom};

use pyo3::exceptions::{PyOSError, PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
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

    /// Runs `work` on what the file holds, at most `most` bytes, without the GIL: from the start of a file that
    /// can seek, else from its position. The position is restored.
    pub(crate) fn with_reader<T: Send, E: Send>(
        &self,
        py: Python<'_>,
        most: u64,
        work: impl FnOnce(Pieces<'_>) -> Result<T, E> + Send,
        raise: impl FnOnce(E) -> PyErr,
    ) -> PyResult<T> {
        let back = if self.seekable(py)? { Some(self.rewind(py)?) } else { None };
        let result = py.detach(|| work(Pieces { file: self, piece: None, at: 0, left: most }));
        let restored = back.map_or(Ok(()), |back| self.seek(py, back, 0));
        let value = result.map_err(raise)?;
        restored.map(|()| value)
    }

    /// Runs `work` on a file that can seek, without the GIL. The position is restored. Raises `TypeError` for a
    /// file without the methods.
    pub(crate) fn with_seekable<T: Send, E: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Self) -> Result<T, E> + Send,
        raise: impl FnOnce(E) -> PyErr,
    ) -> PyResult<T> {
        for method in [intern!(py, "seek"), intern!(py, "tell")] {
            if !self.0.bind(py).hasattr(method)? {
                let name = self.0.bind(py).get_type().name()?;
                let text = format!("a file that can seek is needed: {name} has no {method}()");
                return Err(PyTypeError::new_err(text));
            }
        }
        let back = self.tell(py)?;
        let result = py.detach(|| work(self));
        let restored = self.seek(py, back, 0);
        let value = result.map_err(raise)?;
        restored.map(|()| value)
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
        let position = self.0.bind(py).call_method0(intern!(py, "tell"))?;
        position.extract().map_err(|error: PyErr| {
            if error.is_instance_of::<PyOverflowError>(py) {
                PyOSError::new_err(format!("tell() returned {position}"))
            } else {
                error
            }
        })
    }

    fn seek(&self, py: Python<'_>, offset: impl Into<i128>, whence: u8) -> PyResult<()> {
        self.0.bind(py).call_method1(intern!(py, "seek"), (offset.into(), whence)).map(drop)
    }
}

/// Attaches to the interpreter for one call of the file. The exception becomes an error of the kind `Other`:
/// `Interrupted` would be retried forever.
fn attached<T>(call: impl for<'py> FnOnce(Python<'py>) -> PyResult<T>) -> io::Result<T> {
    Python::attach(call).map_err(io::Error::other)
}

impl Read for &PyFile {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        attached(|py| {
            let piece = self.piece(py, room.len() as u64)?;
            let bytes = piece.as_bytes();
            room.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            Ok(bytes.len())
        })
    }
}

impl Seek for &PyFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        attached(|py| {
            match to {
                SeekFrom::Start(offset) => PyFile::seek(self, py, offset, 0),
                SeekFrom::Current(offset) => PyFile::seek(self, py, offset, 1),
                SeekFrom::End(offset) => PyFile::seek(self, py, offset, 2),
            }?;
            // `SpooledTemporaryFile.seek` returns None before Python 3.11, so the position is asked for.
            self.tell(py)
        })
    }
}

/// A Python file as a stream, read in pieces of [`CHUNK`] bytes.
pub(crate) struct Pieces<'a> {
    file: &'a PyFile,
    piece: Option<PyBackedBytes>,
    /// How many bytes of `piece` are read.
    at: usize,
    /// How many bytes of the file may still be asked for.
    left: u64,
}

impl Read for Pieces<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let rest = match &self.piece {
            Some(piece) if self.at < piece.len() => piece,
            _ => {
                let size = self.left.min(CHUNK);
                if size == 0 {
                    return Ok(0);
                }
                let piece = attached(|py| Ok(PyBackedBytes::from(self.file.piece(py, size)?)))?;
                self.left -= piece.len() as u64;
                self.at = 0;
                self.piece.insert(piece)
            }
        };
        let mut rest = rest.get(self.at..).unwrap_or_default();
        let read = rest.read(room)?;
        self.at += read;
        Ok(read)
    }
}

fn is_coroutine_function(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    const CO_COROUTINE: u32 = 0x80;
    let py = function.py();
    let Some(code) = function.getattr_opt(intern!(py, "__code__"))? else { return Ok(false) };
    let flags: u32 = code.getattr(intern!(py, "co_flags"))?.extract()?;
    Ok(flags & CO_COROUTINE != 0)
}

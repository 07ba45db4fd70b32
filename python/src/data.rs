//! The file of an upload or a probe, in all the ways in which Python holds one.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;

use pyo3::exceptions::{PyOSError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};
use pyo3::{intern, pybacked::PyBackedBytes};

use crate::error;
use crate::field::text_of;

/// The most that is read from a Python file in one go.
pub(crate) const CHUNK: u64 = 1024 * 1024;

/// A file as the caller gives it.
pub(crate) enum Input<'py> {
    /// `bytes`, which nobody can change: borrowed.
    Bytes(Bound<'py, PyBytes>),
    /// A `str` or `os.PathLike`.
    Path { path: PathBuf, object: Bound<'py, PyAny> },
    /// Anything that can `read`.
    File(PyFile),
}

impl<'py> Input<'py> {
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Bytes(bytes.clone()));
        }
        if let Some(copy) = copied(object)? {
            return Ok(Self::Bytes(copy));
        }
        if object.is_instance_of::<PyString>() || object.hasattr(intern!(py, "__fspath__"))? {
            // Its text, as `open` shows it in an error.
            let object = py.import("os")?.call_method1("fsdecode", (object,))?;
            return Ok(Self::Path { path: object.extract()?, object });
        }
        match PyFile::new(object)? {
            Some(file) => Ok(Self::File(file)),
            None => {
                let name = object.get_type().name()?;
                let text = format!("a path, bytes or a binary file is needed, not {name}");
                Err(PyTypeError::new_err(text))
            }
        }
    }

    /// Reads the whole file, but no more than one byte over `limit`: a longer one is refused for its
    /// length anyway, and must not fill the memory before that.
    pub(crate) fn read(self, py: Python<'py>, limit: u64) -> PyResult<Content> {
        let most = limit.saturating_add(1);
        match self {
            Self::Bytes(bytes) => Ok(Content::Bytes(bytes.into())),
            Self::Path { path, object } => py
                .detach(|| {
                    let mut data = Vec::new();
                    File::open(path)?.take(most).read_to_end(&mut data)?;
                    Ok(Content::Read(data))
                })
                .map_err(|failure| error::os(failure, &object)),
            Self::File(file) => file.read_whole(py, most).map(Content::Read),
        }
    }
}

/// What a file holds.
pub(crate) enum Content {
    /// In the caller's own `bytes`.
    Bytes(PyBackedBytes),
    /// Read for this call.
    Read(Vec<u8>),
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

/// A copy of a `bytearray` or `memoryview`. Another thread may change or resize their memory while the
/// core reads it without the GIL, and Rust's slices must never change: so they are copied, under the GIL.
fn copied<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    if object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>() {
        let bytes = object.py().get_type::<PyBytes>().call1((object,))?;
        return Ok(Some(bytes.cast_into()?));
    }
    Ok(None)
}

/// `bytes` or a copy of a buffer: what a part of a form may hold.
pub(crate) fn bytes_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    match object.cast::<PyBytes>() {
        Ok(bytes) => Ok(Some(bytes.clone())),
        Err(_) => copied(object),
    }
}

/// The client's file name that an upload object or an open file tells: `filename` of Starlette and
/// werkzeug, whose `name` is something else, before `name` of Django and of Python's own files.
pub(crate) fn name_of(object: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = object.py();
    if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
        return Ok(None);
    }
    if object.is_instance_of::<PyString>() {
        return Ok(Some(text_of(object.cast()?)));
    }
    if object.hasattr(intern!(py, "__fspath__"))? {
        let path = py.import("os")?.call_method1("fsdecode", (object,))?;
        return Ok(path.cast::<PyString>().ok().map(text_of));
    }
    for attribute in [intern!(py, "filename"), intern!(py, "name")] {
        if let Some(name) = object.getattr_opt(attribute)? {
            // An open file's name may be a number, its descriptor.
            return Ok(name.cast::<PyString>().ok().map(text_of));
        }
    }
    Ok(None)
}

/// A binary file object, or whatever reads like one.
pub(crate) struct PyFile(Py<PyAny>);

impl PyFile {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = object.py();
        let Some(read) = object.getattr_opt(intern!(py, "read"))? else { return Ok(None) };
        // Starlette's `UploadFile.read` is a coroutine; the file behind it is an ordinary one.
        let file = if is_coroutine_function(&read)? {
            object.getattr(intern!(py, "file"))?
        } else {
            object.clone()
        };
        Ok(Some(Self(file.unbind())))
    }

    /// The whole file where it can seek, else what is left; at most `most` bytes. The position is put back.
    fn read_whole(&self, py: Python<'_>, most: u64) -> PyResult<Vec<u8>> {
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

    /// What one `read` gives: it may be less than asked for, and is empty at the end.
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
            // Before Python 3.11 a `SpooledTemporaryFile` seeks without saying so.
            None => Ok(file.hasattr(intern!(py, "seek"))? && file.hasattr(intern!(py, "tell"))?),
        }
    }

    /// Goes to the beginning; tells where the file was.
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

    /// Runs `work` on the file without the GIL and puts the position back.
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
            // Not what `seek` returns, which before Python 3.11 is None for a `SpooledTemporaryFile`.
            Ok(self.tell(py)?)
        })
    }
}

/// A reader that keeps its error for the caller: the core keeps only its kind.
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
            // Never `Interrupted`, which would be tried again for ever.
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

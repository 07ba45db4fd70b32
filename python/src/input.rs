//! The file of an upload or a probe, in every form in which a caller has one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};
use pyo3::{intern, pybacked::PyBackedBytes};

use crate::buffer::bytes_of;
use crate::error;
use crate::field::text_of;
use crate::file::PyFile;

/// A file as the caller passes it.
pub(crate) enum Input<'py> {
    /// Bytes in memory, borrowed.
    Bytes(Bound<'py, PyBytes>),
    /// A `str` or `os.PathLike`; `object` is its text, as `open` shows it in an error.
    Path { path: PathBuf, object: Bound<'py, PyAny> },
    /// A binary file object.
    File(PyFile),
}

impl<'py> Input<'py> {
    pub(crate) fn new(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if let Some(bytes) = bytes_of(object)? {
            return Ok(Self::Bytes(bytes));
        }
        if object.is_instance_of::<PyString>() || object.hasattr(intern!(py, "__fspath__"))? {
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

    /// Reads the file, but at most one byte more than `limit`: a longer one is refused for its length.
    pub(crate) fn read(self, py: Python<'py>, limit: u64) -> PyResult<Content> {
        let most = limit.saturating_add(1);
        match self {
            Self::Bytes(bytes) => Ok(Content::Bytes(bytes.into())),
            Self::Path { path, object } => py
                .detach(|| {
                    let mut data = Vec::new();
                    open_regular(&path)?.take(most).read_to_end(&mut data)?;
                    Ok(Content::Read(data))
                })
                .map_err(|failure| error::os(failure, &object)),
            Self::File(file) => file.read_whole(py, most).map(Content::Read),
        }
    }
}

/// Opens the regular file at `path`. A FIFO or a device is refused before it is opened: to open a FIFO
/// waits for its writer, and not even Ctrl-C ends that.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    // To open or to read a directory fails at once, with the system's own error.
    if kind.is_file() || kind.is_dir() {
        File::open(path)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "Not a regular file"))
    }
}

/// The content of a file.
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

/// The client's file name: the path itself, or what the file object has as `filename` (Starlette,
/// werkzeug, whose `name` is something else) or `name` (Django, Python's own files).
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
            // The name of a file that was opened by its descriptor is that number.
            return Ok(name.cast::<PyString>().ok().map(text_of));
        }
    }
    Ok(None)
}

//! The file of an upload or a probe, in every form in which a caller has one.

use std::path::{Path, PathBuf};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString};
use pyo3::{intern, pybacked::PyBackedBytes};
use userimage::{ErrorKind, PostedFile, UploadError};

use crate::buffer::{buffer_of, bytes_of};
use crate::error;
use crate::field::Text;
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
        // Before its bytes: a `mmap` has both, and a file is read no further than the limit.
        if let Some(file) = PyFile::new(object)? {
            return Ok(Self::File(file));
        }
        match buffer_of(object)? {
            Some(bytes) => Ok(Self::Bytes(bytes)),
            None => {
                let name = object.get_type().name()?;
                let text = format!("a path, bytes or a binary file is needed, not {name}");
                Err(PyTypeError::new_err(text))
            }
        }
    }

    /// Reads the file, at most `max_bytes` bytes and one more; an `UploadError` is for one that is too large.
    /// Bytes in memory are not read: the core checks their length later.
    ///
    /// Raises what `open` and `read` raise.
    pub(crate) fn read(
        &self,
        py: Python<'py>,
        max_bytes: u64,
    ) -> PyResult<Result<Content, UploadError>> {
        let file = match self {
            Self::Bytes(bytes) => return Ok(Ok(Content::Bytes(bytes.clone().into()))),
            Self::Path { path, object } => py
                .detach(|| readable(PostedFile::from_path(path, max_bytes)))
                .map_err(|failure| error::unreadable(py, &failure, Some(object))),
            Self::File(file) => file.with_reader(
                py,
                max_bytes.saturating_add(1),
                |pieces| readable(PostedFile::from_reader(pieces, max_bytes)),
                |failure| error::unreadable(py, &failure, None),
            ),
        };
        file.map(|file| file.map(Content::Read))
    }

    /// The path, if that is what the caller passes, and its text.
    pub(crate) fn path(&self) -> Option<(&Path, &Bound<'py, PyAny>)> {
        match self {
            Self::Path { path, object } => Some((path, object)),
            Self::Bytes(_) | Self::File(_) => None,
        }
    }

    /// As [`read`](Self::read), but only one byte of a file that has any: to validate that there are some.
    pub(crate) fn peek(&self, py: Python<'py>) -> PyResult<Content> {
        let one_byte = |_too_large| Content::Read(PostedFile::new("", &[0][..]));
        Ok(self.read(py, 0)?.unwrap_or_else(one_byte))
    }
}

/// Separates a file that cannot be read, which is the host's error, from one that is refused.
fn readable<T>(file: Result<T, UploadError>) -> Result<Result<T, UploadError>, UploadError> {
    match file {
        Err(failure) if failure.kind() == ErrorKind::UnreadableFile => Err(failure),
        file => Ok(file),
    }
}

/// The bytes of a file.
pub(crate) enum Content {
    /// In the caller's own `bytes`.
    Bytes(PyBackedBytes),
    /// Read for this call.
    Read(PostedFile<'static>),
}

impl Content {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Read(file) => &file.data,
        }
    }
}

/// The client's file name: the path, or the `filename` (Starlette, werkzeug, whose `name` is something else)
/// or `name` (Django, Python's own files) of a file object.
pub(crate) fn name_of(object: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    let py = object.py();
    if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
        return Ok(None);
    }
    let text = |name: &Bound<'_, PyAny>| name.extract().ok().map(|Text(name)| name);
    if object.is_instance_of::<PyString>() || object.hasattr(intern!(py, "__fspath__"))? {
        return Ok(text(&py.import("os")?.call_method1("fsdecode", (object,))?));
    }
    for attribute in [intern!(py, "filename"), intern!(py, "name")] {
        if let Some(name) = object.getattr_opt(attribute)? {
            // The name of a file that was opened by its descriptor is that number.
            return Ok(text(&name));
        }
    }
    Ok(None)
}

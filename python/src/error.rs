//! Errors of the core as the exceptions of `userimage.errors`.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};
use userimage::probe::ProbeError;
use userimage::storage::StorageError;
use userimage::{ConfigError, Envelope, ErrorCode, ErrorKind, UploadError};

use crate::raised::Redacted;

/// The exception for `error`, with the error beneath it as its `__cause__`.
pub(crate) fn upload(py: Python<'_>, error: &UploadError) -> PyErr {
    raise(py, class_of(error.code()), arguments(error), error)
}

/// The exception for a file of the host's own that cannot be read: what its `read` has raised, else the `OSError`
/// of `open`, with the path if there is one.
pub(crate) fn unreadable(
    py: Python<'_>,
    error: &UploadError,
    path: Option<&Bound<'_, PyAny>>,
) -> PyErr {
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(failure) => os(py, failure, path),
        None => upload(py, error),
    }
}

pub(crate) fn storage(py: Python<'_>, error: &StorageError) -> PyErr {
    let class = if error.is_unsupported() { "UnsupportedOperation" } else { "StorageError" };
    raise(py, class, (error.to_string(),), error)
}

pub(crate) fn config(py: Python<'_>, error: &ConfigError) -> PyErr {
    raise(py, "ConfigError", (error.to_string(),), error)
}

/// The exception for an error in probing a file: what reading has raised, the `OSError` of `open` for the path
/// if there is one, or a `ProbeError`.
pub(crate) fn probe(py: Python<'_>, error: ProbeError, path: Option<&Bound<'_, PyAny>>) -> PyErr {
    if let ProbeError::Io(failure) = &error {
        return os(py, failure, path);
    }
    let text = error.to_string();
    // The core decides the kind.
    let kind = UploadError::from(error).kind();
    make(py, "ProbeError", (text, kind.name())).unwrap_or_else(|failure| failure)
}

/// What a Python file has raised, else the `OSError` that `open` raises: with errno, text and path.
fn os(py: Python<'_>, error: &io::Error, path: Option<&Bound<'_, PyAny>>) -> PyErr {
    if let Some(raised) = error.get_ref().and_then(|inner| inner.downcast_ref::<PyErr>()) {
        return raised.clone_ref(py);
    }
    let text = error.to_string();
    let number = match (error.raw_os_error(), error.kind(), path) {
        (Some(number), ..) => number,
        // The core opens only regular files.
        (None, io::ErrorKind::InvalidInput, Some(path)) => not_regular(path),
        _ => return PyOSError::new_err(text),
    };
    // Rust ends the system's text with the number, which Python shows by itself.
    let text = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text).to_owned();
    match path {
        Some(path) => PyOSError::new_err((number, text, path.clone().unbind())),
        None => PyOSError::new_err((number, text)),
    }
}

/// The errno of opening a path that is not a regular file: `EISDIR` or `EINVAL`, on every system.
fn not_regular(path: &Bound<'_, PyAny>) -> i32 {
    const EISDIR: i32 = 21;
    const EINVAL: i32 = 22;
    let is_dir = path.extract().is_ok_and(|path: PathBuf| path.is_dir());
    if is_dir { EISDIR } else { EINVAL }
}

fn class_of(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::MissingWebsiteId => "MissingWebsiteId",
        ErrorCode::InvalidWebsiteId => "InvalidWebsiteId",
        ErrorCode::InvalidClientKey => "InvalidClientKey",
        ErrorCode::InvalidUserId => "InvalidUserId",
        ErrorCode::InvalidFile => "InvalidFile",
        ErrorCode::InvalidDpi => "InvalidDpi",
        ErrorCode::ServerError => "ServerError",
        // A code that a later core may add.
        _ => "UploadError",
    }
}

/// The arguments of `UploadError.__init__`.
type Arguments = (&'static str, i32, i32, &'static str, String, u16, String);

fn arguments(error: &UploadError) -> Arguments {
    (
        error.kind().name(),
        error.kind().number(),
        error.code().number(),
        error.message(),
        error.reason().to_owned(),
        error.http_status(),
        Envelope::from(error).as_json().to_owned(),
    )
}

/// The name and the number of every kind of error.
pub(crate) fn kinds(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    ErrorKind::ALL.iter().map(|kind| (kind.name(), kind.number())).into_py_dict(py)
}

/// The exception `class` of `userimage.errors`. Its cause is the exception that the host's own code has
/// raised, else the core's error beneath.
fn raise<'py, A>(py: Python<'py>, class: &str, arguments: A, error: &(dyn Error + 'static)) -> PyErr
where
    A: pyo3::call::PyCallArgs<'py>,
{
    match make(py, class, arguments) {
        Ok(exception) => {
            exception.set_cause(py, cause(py, error));
            exception
        }
        Err(failure) => failure,
    }
}

fn make<'py>(
    py: Python<'py>,
    class: &str,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<PyErr> {
    let class = py.import("userimage.errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call1(arguments)?))
}

fn cause(py: Python<'_>, error: &(dyn Error + 'static)) -> Option<PyErr> {
    let beneath = || std::iter::successors(error.source(), |&error| error.source());
    let raised = |error: &'_ (dyn Error + 'static)| match error.downcast_ref::<Redacted>() {
        Some(Redacted(exception)) => Some(exception.clone_ref(py)),
        None => error.downcast_ref::<PyErr>().map(|exception| exception.clone_ref(py)),
    };
    if let Some(exception) = beneath().find_map(raised) {
        return Some(exception);
    }
    let beneath: Vec<_> = beneath().collect();
    beneath.into_iter().rev().fold(None, |cause, error| {
        let exception = match error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            Some(number) => PyOSError::new_err((number, error.to_string())),
            None => make(py, "Error", (error.to_string(),)).unwrap_or_else(|failure| failure),
        };
        exception.set_cause(py, cause);
        Some(exception)
    })
}

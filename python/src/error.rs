//! Errors of the core as the exceptions of `userimage.errors`.

use std::error::Error;
use std::io;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use userimage::storage::StorageError;
use userimage::{ConfigError, Envelope, ErrorCode, InvalidField, ProbeError, UploadError};

use crate::host::Unsaid;

/// An exception for `error`, with what lies beneath it as its cause.
pub(crate) fn upload(py: Python<'_>, error: &UploadError) -> PyErr {
    raise(py, class_of(error.code()), arguments(error), error)
}

/// The same, as a value that is not raised.
pub(crate) fn upload_value(py: Python<'_>, error: &UploadError) -> Py<PyAny> {
    upload(py, error).into_value(py).into_any()
}

pub(crate) fn storage(py: Python<'_>, error: &StorageError) -> PyErr {
    let class = if error.is_unsupported() { "UnsupportedOperation" } else { "StorageError" };
    raise(py, class, (error.to_string(),), error)
}

pub(crate) fn config(py: Python<'_>, error: &ConfigError) -> PyErr {
    raise(py, "ConfigError", (error.to_string(),), error)
}

pub(crate) fn probe(py: Python<'_>, error: &ProbeError) -> PyErr {
    raise(py, "ProbeError", (error.to_string(),), error)
}

pub(crate) fn field(error: &InvalidField) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// An `OSError` as Python's own `open` would raise it: with number and path.
pub(crate) fn os(error: io::Error, path: &Bound<'_, PyAny>) -> PyErr {
    let Some(number) = error.raw_os_error() else { return error.into() };
    // Rust ends the system's text with the number, which Python shows by itself.
    let text = error.to_string();
    let text = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text).to_owned();
    PyOSError::new_err((number, text, path.clone().unbind()))
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
        // A code that the core has and this module does not know yet.
        _ => "UploadError",
    }
}

/// What `UploadError.__init__` takes.
fn arguments(error: &UploadError) -> (i32, &'static str, String, u16, String) {
    let envelope = Envelope::from(error).as_json().to_owned();
    (
        error.code().number(),
        error.message(),
        error.reason().to_owned(),
        error.http_status(),
        envelope,
    )
}

/// The exception `class` of `userimage.errors`. Its cause is the exception of the host's own code that
/// lies beneath, else what the core tells.
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
    let raised = |error: &'_ (dyn Error + 'static)| match error.downcast_ref::<Unsaid>() {
        Some(Unsaid(exception)) => Some(exception.clone_ref(py)),
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

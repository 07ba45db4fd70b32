//! Bytes in memory, as Python objects hold them.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView};

/// The bytes of `object`, if it is `bytes`, a `bytearray` or a `memoryview`.
///
/// `bytes` never change, so they are shared. The others are copied while the GIL is held: another thread
/// may change or resize them while the core reads without the GIL, and a Rust slice must not change.
pub(crate) fn bytes_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(bytes.clone()));
    }
    if object.is_instance_of::<PyByteArray>() || object.is_instance_of::<PyMemoryView>() {
        return copied(object).map(Some);
    }
    Ok(None)
}

/// As [`bytes_of`], also of another object that has the buffer protocol (PEP 688): an array of `array`, `ctypes`
/// or `NumPy`, a `mmap`.
pub(crate) fn buffer_of<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    if let Some(bytes) = bytes_of(object)? {
        return Ok(Some(bytes));
    }
    match PyMemoryView::from(object) {
        Ok(view) => copied(&view).map(Some),
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn copied<'py>(buffer: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    Ok(buffer.py().get_type::<PyBytes>().call1((buffer,))?.cast_into()?)
}

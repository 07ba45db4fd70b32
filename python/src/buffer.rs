//! Bytes in memory, as Python objects hold them.

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
        let copy = object.py().get_type::<PyBytes>().call1((object,))?;
        return Ok(Some(copy.cast_into()?));
    }
    Ok(None)
}

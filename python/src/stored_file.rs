//! A file of a stored image, open for reading.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use userimage::storage;

use crate::error;
use crate::events::detached;
use crate::image::StoredImage;

/// A file of a stored image, open for reading: ``Uploader.open`` returns it. It is a binary file object,
/// whose pieces are read when they are asked for. Several threads may call ``read_at`` at once.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct StoredFile {
    /// `None` once it is closed.
    file: Mutex<Option<Arc<storage::StoredFile>>>,
    position: Mutex<u64>,
    /// Keeps the host's own storage alive.
    _uploader: Py<PyAny>,
}

impl StoredFile {
    pub(crate) fn new(file: storage::StoredFile, uploader: Py<PyAny>) -> Self {
        Self {
            file: Mutex::new(Some(Arc::new(file))),
            position: Mutex::new(0),
            _uploader: uploader,
        }
    }

    fn file(&self) -> PyResult<Arc<storage::StoredFile>> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.clone().ok_or_else(|| PyValueError::new_err("the file is closed"))
    }

    fn position(&self) -> u64 {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_position(&self, position: u64) {
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }
}

/// `size` bytes at `offset`, fewer where the file ends.
fn read<'py>(
    py: Python<'py>,
    file: &storage::StoredFile,
    offset: u64,
    size: u64,
) -> PyResult<Bound<'py, PyBytes>> {
    let size = usize::try_from(size.min(file.len().saturating_sub(offset)))?;
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(size).map_err(|_| pyo3::exceptions::PyMemoryError::new_err(()))?;
    buffer.resize(size, 0);
    let count = detached(py, || file.read_at(offset, &mut buffer))?
        .map_err(|failure| error::storage(py, &failure))?;
    Ok(PyBytes::new(py, buffer.get(..count).unwrap_or_default()))
}

#[pymethods]
impl StoredFile {
    /// The image that it belongs to.
    #[getter]
    fn image(&self) -> PyResult<StoredImage> {
        Ok(StoredImage(self.file()?.image().clone()))
    }

    /// ``"original"``, ``"standard"`` or the name of the rendition.
    #[getter]
    fn variant(&self) -> PyResult<String> {
        Ok(self.file()?.variant().to_string())
    }

    /// Its MIME type.
    #[getter]
    fn mime_type(&self) -> PyResult<&'static str> {
        Ok(self.file()?.mime_type())
    }

    /// Its length in bytes.
    #[getter]
    fn size(&self) -> PyResult<u64> {
        Ok(self.file()?.len())
    }

    /// ``size`` bytes at ``offset``, fewer where the file ends. Does not move the position.
    #[pyo3(signature = (offset, size))]
    fn read_at<'py>(
        &self,
        py: Python<'py>,
        offset: u64,
        size: u64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        read(py, &*self.file()?, offset, size)
    }

    /// The next ``size`` bytes, or the rest.
    #[pyo3(signature = (size=None))]
    fn read<'py>(&self, py: Python<'py>, size: Option<i64>) -> PyResult<Bound<'py, PyBytes>> {
        let size = size.and_then(|size| u64::try_from(size).ok()).unwrap_or(u64::MAX);
        let position = self.position();
        let bytes = read(py, &*self.file()?, position, size)?;
        self.set_position(position + bytes.as_bytes().len() as u64);
        Ok(bytes)
    }

    /// Reads into a writable buffer. Returns the number of bytes, 0 at the end.
    #[pyo3(signature = (buffer))]
    fn readinto(&self, py: Python<'_>, buffer: &Bound<'_, PyAny>) -> PyResult<usize> {
        let view = py.import("builtins")?.getattr("memoryview")?.call1((buffer,))?;
        let view = view.call_method1("cast", ("B",))?;
        let room = i64::try_from(view.len()?)?;
        let bytes = self.read(py, Some(room))?;
        let count = bytes.as_bytes().len();
        let part = pyo3::types::PySlice::new(py, 0, count.try_into()?, 1);
        view.set_item(part, bytes)?;
        Ok(count)
    }

    /// Moves the position by ``offset`` from the start (``whence`` 0), from here (1) or from the end (2).
    #[pyo3(signature = (offset, whence=0))]
    fn seek(&self, offset: i64, whence: i32) -> PyResult<u64> {
        let from = match whence {
            0 => Some(0),
            1 => Some(self.position()),
            2 => Some(self.file()?.len()),
            _ => None,
        };
        let position = from.and_then(|from| from.checked_add_signed(offset));
        let position = position.ok_or_else(|| PyValueError::new_err("not a position"))?;
        self.set_position(position);
        Ok(position)
    }

    /// The position.
    fn tell(&self) -> u64 {
        self.position()
    }

    /// Always ``True``.
    fn readable(&self) -> bool {
        true
    }

    /// Always ``False``.
    fn writable(&self) -> bool {
        false
    }

    /// Always ``True``.
    fn seekable(&self) -> bool {
        true
    }

    /// Does nothing, as there is nothing to write.
    fn flush(&self) {}

    /// Always ``False``.
    fn isatty(&self) -> bool {
        false
    }

    /// Whether ``close`` has been called.
    #[getter]
    fn closed(&self) -> bool {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Closes the file.
    fn close(&self) {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(file);
    }

    fn __enter__(file: Bound<'_, Self>) -> Bound<'_, Self> {
        file
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.close();
    }
}

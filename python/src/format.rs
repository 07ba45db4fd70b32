//! The image formats that the library knows.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use userimage::Format as Core;

/// An image format. ``FORMATS`` has all of them.
#[pyclass(frozen, eq, hash, module = "userimage")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Format(Core);

#[pymethods]
impl Format {
    /// The name in the configuration and in ``ImageInfo.format``: ``"jpeg"``, ``"png"``, ...
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The MIME type, for example ``"image/jpeg"``.
    #[getter]
    fn mime_type(&self) -> &'static str {
        self.0.mime_type()
    }

    /// The extension with its dot, for example ``".jpg"``.
    #[getter]
    fn extension(&self) -> &'static str {
        self.0.extension()
    }

    /// Whether a rendition can be made of it, so that a policy may list it.
    #[getter]
    fn has_rendition(&self) -> bool {
        self.0.has_rendition()
    }

    fn __repr__(&self) -> String {
        format!("<Format {}>", self.0)
    }
}

/// Every format, in the core's order.
pub(crate) fn all(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
    PyTuple::new(py, Core::ALL.map(Format))
}

//! What EXIF states of how a picture was made.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// What EXIF states of how a picture was made. Texts are trimmed, otherwise as the camera wrote them.
#[pyclass(frozen, eq, module = "userimage")]
#[derive(PartialEq)]
pub(crate) struct ExifDetails(pub(crate) userimage::probe::ExifDetails);

#[pymethods]
impl ExifDetails {
    /// The maker of the camera.
    #[getter]
    fn make(&self) -> Option<&str> {
        self.0.make.as_deref()
    }

    /// The camera's model.
    #[getter]
    fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// The lens's model.
    #[getter]
    fn lens(&self) -> Option<&str> {
        self.0.lens.as_deref()
    }

    /// The software that wrote the file.
    #[getter]
    fn software(&self) -> Option<&str> {
        self.0.software.as_deref()
    }

    /// When the picture was taken, else when the file was changed: ``YYYY:MM:DD HH:MM:SS`` in the camera's
    /// own time.
    #[getter]
    fn time(&self) -> Option<&str> {
        self.0.time.as_deref()
    }

    /// Whether there is a GPS position.
    #[getter]
    fn has_position(&self) -> bool {
        self.0.has_position
    }

    /// Every fact by its name.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("make", self.make())?;
        dict.set_item("model", self.model())?;
        dict.set_item("lens", self.lens())?;
        dict.set_item("software", self.software())?;
        dict.set_item("time", self.time())?;
        dict.set_item("has_position", self.has_position())?;
        Ok(dict)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.make(), self.model(), self.lens(), self.software(), self.time()).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let text =
            |value: Option<&str>| value.map_or("None".to_owned(), |text| format!("{text:?}"));
        format!(
            "<ExifDetails make {} model {} time {}>",
            text(self.make()),
            text(self.model()),
            text(self.time())
        )
    }
}

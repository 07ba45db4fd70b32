//! An upload whose head is admitted, and that waits for its form.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::error;
use crate::events::detached;
use crate::exit;
use crate::image::StoredImage;
use crate::request::Form;
use crate::uploader::Uploader;

/// An upload whose head is admitted: website and key are checked. ``Uploader.admit`` returns it; ``finish`` takes
/// the form.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct Admitted {
    /// The `Uploader`, which keeps the host's own storage alive.
    uploader: Py<Uploader>,
    /// The website, which the request's key belongs to.
    #[pyo3(get)]
    website_id: u32,
    /// The longest file that the website accepts, in bytes.
    #[pyo3(get)]
    max_bytes: u64,
    core: Mutex<Option<userimage::Admitted>>,
}

impl Admitted {
    pub(crate) fn new(uploader: Py<Uploader>, core: userimage::Admitted) -> Self {
        Self {
            uploader,
            website_id: core.website_id().get(),
            max_bytes: core.max_bytes(),
            core: Mutex::new(Some(core)),
        }
    }

    pub(crate) fn store<'py>(&self, py: Python<'py>, form: Form<'py>) -> PyResult<StoredImage> {
        let _call = exit::enter(py);
        let _lease = self.uploader.get().endpoint()?;
        let form = form.read(py, self.max_bytes)?;
        let core = self.core.lock().unwrap_or_else(PoisonError::into_inner).take();
        let core = core.ok_or_else(|| PyValueError::new_err("the upload is finished"))?;
        detached(py, || match form {
            Ok(form) => core.finish(&form.to_core()),
            Err(too_large) => Err(core.refuse(too_large)),
        })?
        .map(StoredImage)
        .map_err(|failure| error::upload(py, &failure))
    }
}

#[pymethods]
impl Admitted {
    /// Validate the form, identify the image, make its rendition and store both, durably, or nothing.
    ///
    /// ``form`` has ``FormPart`` values. A file among them is read up to ``max_bytes``.
    ///
    /// Raises as ``Uploader.upload`` does, and ``ValueError`` the second time and once the uploader is closed.
    #[pyo3(signature = (form))]
    fn finish(&self, py: Python<'_>, form: &Bound<'_, PyAny>) -> PyResult<StoredImage> {
        let _call = exit::enter(py);
        self.store(py, Form::new(form)?)
    }

    fn __repr__(&self) -> String {
        format!("<Admitted website {}, up to {} bytes>", self.website_id, self.max_bytes)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.uploader)
    }
}

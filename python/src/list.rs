//! A part of a user's images.

use pyo3::prelude::*;
use pyo3::types::PyList;
use userimage::storage;

use crate::image::StoredImage;

/// A part of a user's images, newest first, and how many there are in all. ``Uploader.list`` returns it; a
/// storage of the host's own makes one to answer ``list``.
///
/// It has a length and can be iterated: that is over ``images``.
#[pyclass(frozen, eq, module = "userimage")]
pub(crate) struct ImageList {
    /// How many images the user has in all.
    #[pyo3(get)]
    total: u64,
    images: Vec<Py<StoredImage>>,
}

#[pymethods]
impl ImageList {
    #[new]
    #[pyo3(signature = (total, images))]
    fn new(total: u64, images: Vec<Py<StoredImage>>) -> Self {
        Self { total, images }
    }

    /// The images of this part, newest first.
    #[getter]
    fn images(&self, py: Python<'_>) -> Vec<Py<StoredImage>> {
        self.images.iter().map(|image| image.clone_ref(py)).collect()
    }

    fn __len__(&self) -> usize {
        self.images.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, &self.images)?.try_iter()?.into_any())
    }

    fn __getnewargs__(&self, py: Python<'_>) -> (u64, Vec<Py<StoredImage>>) {
        (self.total, self.images(py))
    }

    fn __repr__(&self) -> String {
        format!("<ImageList {} of {}>", self.images.len(), self.total)
    }
}

impl PartialEq for ImageList {
    fn eq(&self, other: &Self) -> bool {
        let equal = |(one, two): (&Py<StoredImage>, &Py<StoredImage>)| one.get() == two.get();
        self.total == other.total
            && self.images.len() == other.images.len()
            && self.images.iter().zip(&other.images).all(equal)
    }
}

impl ImageList {
    pub(crate) fn from_core(py: Python<'_>, list: storage::ImageList) -> PyResult<Self> {
        let images = list.images.into_iter().map(|image| Py::new(py, StoredImage(image)));
        Ok(Self { total: list.total, images: images.collect::<PyResult<_>>()? })
    }

    pub(crate) fn to_core(&self) -> storage::ImageList {
        let mut list = storage::ImageList::default();
        list.total = self.total;
        list.images = self.images.iter().map(|image| image.get().0.clone()).collect();
        list
    }
}

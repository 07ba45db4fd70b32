//! Reading a user's images back, page by page, and what a sweep removed.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use userimage::storage::{self, ImageList, Page};
use userimage::{UserId, WebsiteId};

use crate::image::StoredImage;
use crate::uploader::Uploader;

/// A page of a user's images. A storage of the host's own makes one to answer ``page``.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct ImagePage {
    /// How many images the user has in all.
    #[pyo3(get)]
    total: u64,
    images: Vec<Py<StoredImage>>,
}

#[pymethods]
impl ImagePage {
    #[new]
    #[pyo3(signature = (total, images))]
    fn new(total: u64, images: Vec<Py<StoredImage>>) -> Self {
        Self { total, images }
    }

    /// The page's images, newest first.
    #[getter]
    fn images(&self, py: Python<'_>) -> Vec<Py<StoredImage>> {
        self.images.iter().map(|image| image.clone_ref(py)).collect()
    }

    fn __repr__(&self) -> String {
        format!("<ImagePage {} of {}>", self.images.len(), self.total)
    }
}

impl ImagePage {
    pub(crate) fn from_core(py: Python<'_>, list: ImageList) -> PyResult<Self> {
        let images = list.images.into_iter().map(|image| Py::new(py, StoredImage(image)));
        Ok(Self { total: list.total, images: images.collect::<PyResult<_>>()? })
    }

    pub(crate) fn to_core(&self, py: Python<'_>) -> PyResult<ImageList> {
        let mut list = ImageList::default();
        list.total = self.total;
        list.images = self.images.iter().map(|image| image.bind(py).get().0.clone()).collect();
        Ok(list)
    }
}

/// A user's images, newest first; reads a page of them when it needs one.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct ImageIterator {
    uploader: Py<Uploader>,
    website: WebsiteId,
    user: UserId,
    size: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    images: VecDeque<userimage::StoredImage>,
    next: u64,
    end: bool,
}

impl State {
    fn next_page(&mut self) -> Option<u64> {
        self.next += u64::from(!self.end);
        if self.end { None } else { Some(self.next - 1) }
    }
}

impl ImageIterator {
    pub(crate) fn new(uploader: Py<Uploader>, website: WebsiteId, user: UserId, size: u32) -> Self {
        Self { uploader, website, user, size, state: Mutex::default() }
    }

    /// Locked for a moment only, never while the GIL is released.
    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl ImageIterator {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.uploader)
    }

    fn __iter__(iterator: PyRef<'_, Self>) -> PyRef<'_, Self> {
        iterator
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<StoredImage>> {
        loop {
            if let Some(image) = self.state(|state| state.images.pop_front()) {
                return Ok(Some(StoredImage(image)));
            }
            let Some(index) = self.state(State::next_page) else { return Ok(None) };
            let page = Page { index, size: self.size };
            let list =
                self.uploader.bind(py).get().read_page(py, self.website, &self.user, page)?;
            self.state(|state| {
                // A page that is not full is the last.
                state.end |= list.images.len() < usize::try_from(self.size).unwrap_or(usize::MAX);
                state.images.extend(list.images);
            });
        }
    }
}

/// What a sweep removed. A storage of the host's own makes one to answer ``sweep``.
#[pyclass(frozen, eq, module = "userimage")]
#[derive(PartialEq)]
pub(crate) struct SweepReport {
    /// Records of uploads and deletions that never finished.
    #[pyo3(get)]
    records: u64,
    /// Files of such.
    #[pyo3(get)]
    files: u64,
}

#[pymethods]
impl SweepReport {
    #[new]
    #[pyo3(signature = (records, files))]
    fn new(records: u64, files: u64) -> Self {
        Self { records, files }
    }

    fn __repr__(&self) -> String {
        format!("<SweepReport {} records, {} files>", self.records, self.files)
    }
}

impl SweepReport {
    pub(crate) fn from_core(swept: storage::SweepReport) -> Self {
        Self { records: swept.records, files: swept.files }
    }

    pub(crate) fn to_core(&self) -> storage::SweepReport {
        let mut swept = storage::SweepReport::default();
        swept.records = self.records;
        swept.files = self.files;
        swept
    }
}

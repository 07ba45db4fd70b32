//! All of a user's images, one after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use userimage::storage::Page;
use userimage::{UserId, WebsiteId};

use crate::image::StoredImage;
use crate::opened::Opened;

/// All of a user's images, newest first. It reads them from the storage part by part.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct ImageIterator {
    opened: Arc<Opened>,
    /// The `Uploader`, which keeps the host's own storage alive.
    uploader: Py<PyAny>,
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
    fn next_index(&mut self) -> Option<u64> {
        self.next += u64::from(!self.end);
        if self.end { None } else { Some(self.next - 1) }
    }
}

impl ImageIterator {
    pub(crate) fn new(
        opened: Arc<Opened>,
        uploader: Py<PyAny>,
        website: WebsiteId,
        user: UserId,
        size: u32,
    ) -> Self {
        Self { opened, uploader, website, user, size, state: Mutex::default() }
    }

    /// The lock is held for a moment and never while the GIL is released.
    fn state<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl ImageIterator {
    fn __iter__(iterator: PyRef<'_, Self>) -> PyRef<'_, Self> {
        iterator
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<StoredImage>> {
        loop {
            if let Some(image) = self.state(|state| state.images.pop_front()) {
                return Ok(Some(StoredImage(image)));
            }
            let Some(index) = self.state(State::next_index) else { return Ok(None) };
            let page = Page::new(index, self.size);
            let list = self.opened.list(py, self.website, &self.user, page)?;
            self.state(|state| {
                // A part that is not full is the last.
                state.end |= list.images.len() < usize::try_from(self.size).unwrap_or(usize::MAX);
                state.images.extend(list.images);
            });
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.uploader)
    }
}

//! The results of what operators do with a storage.

use pyo3::prelude::*;
use userimage::storage;

/// How many images a website or a user has, and their bytes.
#[pyclass(frozen, eq, hash, module = "userimage")]
#[derive(PartialEq, Hash)]
pub(crate) struct Usage {
    /// The number of images.
    #[pyo3(get)]
    images: u64,
    /// The bytes of their originals and renditions.
    #[pyo3(get)]
    bytes: u64,
    /// The number of users who have images.
    #[pyo3(get)]
    users: u64,
}

#[pymethods]
impl Usage {
    fn __repr__(&self) -> String {
        format!("<Usage {} images, {} bytes, {} users>", self.images, self.bytes, self.users)
    }
}

impl Usage {
    pub(crate) fn from_core(usage: storage::Usage) -> Self {
        Self { images: usage.images, bytes: usage.bytes, users: usage.users }
    }
}

/// What a copy has done.
#[pyclass(frozen, eq, hash, module = "userimage")]
#[derive(PartialEq, Hash)]
pub(crate) struct CopyReport {
    /// The images that were copied.
    #[pyo3(get)]
    copied: u64,
    /// The images that the target already had.
    #[pyo3(get)]
    present: u64,
}

#[pymethods]
impl CopyReport {
    fn __repr__(&self) -> String {
        format!("<CopyReport {} copied, {} present>", self.copied, self.present)
    }
}

impl CopyReport {
    pub(crate) fn from_core(report: storage::CopyReport) -> Self {
        Self { copied: report.copied, present: report.present }
    }
}

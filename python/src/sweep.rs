//! The result of a sweep.

use pyo3::prelude::*;
use userimage::storage;

/// What a sweep removed. A storage of the host's own makes one to answer ``sweep``.
#[pyclass(frozen, eq, hash, module = "userimage")]
#[derive(PartialEq, Hash)]
pub(crate) struct SweepReport {
    /// Records of uploads and deletions that never finished.
    #[pyo3(get)]
    records: u64,
    /// Blobs of these that were removed.
    #[pyo3(get)]
    files: u64,
    /// Images that were deleted because they were older than the retention of their website's policy.
    #[pyo3(get)]
    images: u64,
}

#[pymethods]
impl SweepReport {
    #[new]
    #[pyo3(signature = (records, files, images=0))]
    fn new(records: u64, files: u64, images: u64) -> Self {
        Self { records, files, images }
    }

    fn __getnewargs__(&self) -> (u64, u64, u64) {
        (self.records, self.files, self.images)
    }

    fn __repr__(&self) -> String {
        let Self { records, files, images } = self;
        format!("<SweepReport {records} records, {files} files, {images} old images>")
    }
}

impl SweepReport {
    pub(crate) fn from_core(report: storage::SweepReport) -> Self {
        Self { records: report.records, files: report.files, images: report.images }
    }

    pub(crate) fn to_core(&self) -> storage::SweepReport {
        storage::SweepReport::new(self.records, self.files)
    }
}

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
    /// Blobs removed.
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

    fn __getnewargs__(&self) -> (u64, u64) {
        (self.records, self.files)
    }

    fn __repr__(&self) -> String {
        format!("<SweepReport {} records, {} files>", self.records, self.files)
    }
}

impl SweepReport {
    pub(crate) fn from_core(report: storage::SweepReport) -> Self {
        Self { records: report.records, files: report.files }
    }

    pub(crate) fn to_core(&self) -> storage::SweepReport {
        let mut report = storage::SweepReport::default();
        report.records = self.records;
        report.files = self.files;
        report
    }
}

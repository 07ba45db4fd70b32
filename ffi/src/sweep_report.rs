//! What a sweep removes: returned by the library, and given to it by a host's own storage.

use userimage_core::storage;

use crate::versioned_struct::{VersionedStruct, input_struct};

/// What a sweep removed. The caller sets all bytes to 0 and struct_size to its sizeof; userimage_sweep sets
/// the rest, or a host's own storage does for userimage_sink_swept.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SweepReport {
    /// sizeof(userimage_sweep_report)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// Records of uploads and deletions that never finished.
    pub records: u64,
    /// Files removed.
    pub files: u64,
}

input_struct!(SweepReport, "sweep_report", 0, struct_size flags records files);

impl From<storage::SweepReport> for SweepReport {
    fn from(report: storage::SweepReport) -> Self {
        Self { records: report.records, files: report.files, ..Self::zeroed() }
    }
}

impl From<SweepReport> for storage::SweepReport {
    fn from(report: SweepReport) -> Self {
        let mut swept = Self::default();
        (swept.records, swept.files) = (report.records, report.files);
        swept
    }
}

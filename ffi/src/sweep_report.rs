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
    /// Files of these that were removed.
    pub files: u64,
    /// Images that were deleted because they were older than the retention of their website's policy. A
    /// host's own storage leaves it 0.
    pub images: u64,
}

input_struct!(SweepReport, "sweep_report", 0, struct_size flags records files images);

impl From<storage::SweepReport> for SweepReport {
    fn from(report: storage::SweepReport) -> Self {
        let (records, files, images) = (report.records, report.files, report.images);
        Self { records, files, images, ..Self::zeroed() }
    }
}

impl From<SweepReport> for storage::SweepReport {
    fn from(report: SweepReport) -> Self {
        Self::new(report.records, report.files)
    }
}

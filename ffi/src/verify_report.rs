//! What a comparison of a storage with its records has found.

use std::ffi::c_char;

use userimage_core::storage::{self, ProblemKind};

use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Owned, free_owned, give_owned};
use crate::input::host_text;
use crate::output::{Out, optional_text, text};
use crate::versioned_struct::{VersionedStruct, view_struct};

/// What userimage_verify has found: read with userimage_verify_report_get. It is the caller's alone, belongs
/// to no other handle, and is freed with userimage_verify_report_free. Several threads may read it at once.
#[derive(Debug)]
pub struct VerifyReport {
    report: storage::VerifyReport,
    json: String,
    problems: Problems,
}

impl Handle for VerifyReport {
    type Ownership = Owned;
    const NAME: &'static str = "report";
}

/// The problems of a report, which point into it.
#[derive(Debug)]
struct Problems(Vec<Problem>);

// SAFETY: the pointers lead into the report's problems, which live as long and are only read.
unsafe impl Send for Problems {}
// SAFETY: as above.
unsafe impl Sync for Problems {}

/// A record cannot be read.
pub const USERIMAGE_PROBLEM_DAMAGED_RECORD: i32 = 1;
/// An image lacks a file.
pub const USERIMAGE_PROBLEM_MISSING: i32 = 2;
/// A file has another length than its record states.
pub const USERIMAGE_PROBLEM_WRONG_LENGTH: i32 = 3;
/// A file has another SHA-256 than its record states.
pub const USERIMAGE_PROBLEM_WRONG_SHA256: i32 = 4;
/// A file cannot be read.
pub const USERIMAGE_PROBLEM_UNREADABLE: i32 = 5;
/// A file has no record, and no upload or deletion that is in progress owns it.
pub const USERIMAGE_PROBLEM_ORPHAN: i32 = 6;

/// Something that userimage_verify found. This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// USERIMAGE_PROBLEM_...; later versions may have more.
    pub kind: i32,
    /// Whether image is known.
    pub has_image: i32,
    /// The id of the image, unless it is a file without one.
    pub image: u64,
    /// The key of the file, or NULL for a record that cannot be read.
    pub key: *const c_char,
    pub key_len: usize,
    /// The reason, in words.
    pub reason: *const c_char,
    pub reason_len: usize,
}

/// What a comparison has found. The caller sets struct_size, userimage_verify_report_get the rest, which lives
/// as long as the report.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VerifyReportView {
    /// sizeof(userimage_verify_report_view), set by the caller
    pub struct_size: u32,
    /// 1 if everything was checked, else 0: pass the report to userimage_verify to go on.
    pub complete: u32,
    /// The number of images whose files were checked.
    pub images: u64,
    /// The number of bytes that were read.
    pub bytes: u64,
    /// The number of files whose records were looked up.
    pub files: u64,
    /// What is not as it should be, problem_count of them.
    pub problems: *const Problem,
    pub problem_count: usize,
    /// The report as a JSON document, for userimage_verify_report_from_json.
    pub json: *const c_char,
    pub json_len: usize,
}

view_struct!(VerifyReportView, "verify_report_view", struct_size complete images bytes files problems
    problem_count json json_len);

impl VerifyReport {
    pub(crate) fn new(report: storage::VerifyReport) -> Self {
        let problems = Problems(report.problems.iter().map(problem).collect());
        Self { json: report.to_json(), problems, report }
    }

    /// The report to go on from.
    pub(crate) fn start(&self) -> storage::VerifyReport {
        self.report.clone()
    }

    fn view(&self) -> VerifyReportView {
        let (json, json_len) = text(&self.json);
        VerifyReportView {
            complete: self.report.complete.into(),
            images: self.report.images,
            bytes: self.report.bytes,
            files: self.report.files,
            problems: self.problems.0.as_ptr(),
            problem_count: self.problems.0.len(),
            json,
            json_len,
            ..VerifyReportView::zeroed()
        }
    }
}

fn problem(problem: &storage::Problem) -> Problem {
    let (key, key_len) = optional_text(problem.key.as_deref());
    let (reason, reason_len) = text(&problem.reason);
    Problem {
        kind: match problem.kind {
            ProblemKind::DamagedRecord => USERIMAGE_PROBLEM_DAMAGED_RECORD,
            ProblemKind::Missing => USERIMAGE_PROBLEM_MISSING,
            ProblemKind::WrongLength => USERIMAGE_PROBLEM_WRONG_LENGTH,
            ProblemKind::WrongSha256 => USERIMAGE_PROBLEM_WRONG_SHA256,
            ProblemKind::Unreadable => USERIMAGE_PROBLEM_UNREADABLE,
            ProblemKind::Orphan => USERIMAGE_PROBLEM_ORPHAN,
            _ => 0,
        },
        has_image: problem.image.is_some().into(),
        image: problem.image.unwrap_or(0),
        key,
        key_len,
        reason,
        reason_len,
    }
}

/// Fills view with what was found.
///
/// Ownership: what view points to lives as long as the report. Threads: any, several at once. Errors: misuse
/// only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_verify_report_get(
    report: *const VerifyReport,
    view: *mut VerifyReportView,
) -> i32 {
    // SAFETY: the caller passes a living report, and a view that may be written or is NULL.
    unsafe { getter::view(report, view, VerifyReport::view) }
}

/// Reads a report from the document that its view has.
///
/// Ownership: json stays the caller's; *report is the caller's, to be freed with
/// userimage_verify_report_free. Threads: any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if json is
/// no report, USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_verify_report_from_json(
    json: *const c_char,
    json_len: usize,
    report: *mut *mut VerifyReport,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `json_len` bytes, and an output that may be written or is NULL.
        let (json, out) =
            unsafe { (host_text(json, json_len, "json")?, Out::new(report, "report")?) };
        let read = storage::VerifyReport::from_json(json);
        let read = read.map_err(|_| CallError::argument("json", "is not a report"))?;
        out.write(give_owned(VerifyReport::new(read)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees a report; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_verify_report_free(report: *mut VerifyReport) {
    // SAFETY: the caller gives its report up.
    guard_free(|| unsafe { free_owned(report) });
}

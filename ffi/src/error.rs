//! What a caller reads of a failed call's error.

use std::ffi::c_char;

use userimage_core::{ErrorKind, UploadError};

use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard_free, guard_getter};
use crate::handle::{Handle, Owned, free_owned, give_box};
use crate::input::host_text;
use crate::output::{Out, text};
use crate::versioned_struct::{VersionedStruct, view_struct};

impl Handle for Error {
    type Ownership = Owned;
    const NAME: &'static str = "error";
}

/// For userimage_error_view: the error has a kind. An error with a code from 900 on has none: its code says
/// what is wrong, and its reason which argument.
pub const USERIMAGE_ERROR_HAS_KIND: u32 = 1;

/// Why a call failed. The caller sets struct_size, userimage_error_get the rest; texts and failures live
/// as long as the error.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ErrorView {
    /// sizeof(userimage_error_view), set by the caller
    pub struct_size: u32,
    /// USERIMAGE_ERROR_HAS_KIND or 0
    pub has: u32,
    /// The code that the failed function returned.
    pub code: i32,
    /// What exactly is wrong: one of USERIMAGE_KIND_..., whose numbers never change; else 0.
    pub kind: i32,
    /// The HTTP status of the envelope: 400, 401, 413 or 500.
    pub http_status: i32,
    /// The number of failures below.
    pub failure_count: u32,
    /// The kind's name, such as "too_large"; else NULL.
    pub kind_name: *const c_char,
    /// Its length in bytes, here and below.
    pub kind_name_len: usize,
    /// The code's text: the protocol's, which a client may see, or the ABI's own from 900 on.
    pub message: *const c_char,
    pub message_len: usize,
    /// What is wrong, in words, with the words of the operating system or of a host's own storage. For
    /// the host and its log: a client must not see it. It never holds a key or file content.
    pub reason: *const c_char,
    pub reason_len: usize,
    /// The answer to the client: the protocol's JSON envelope. For a code from 900 on, which is the host's
    /// own mistake, it says that the server failed.
    pub envelope: *const c_char,
    pub envelope_len: usize,
    /// For userimage_validate and userimage_validate_request: every failure of the fields, in the
    /// protocol's order, each an error of its own. They are this error's, and are not to be freed. Other
    /// errors have none.
    pub failures: *const *const Error,
}

view_struct!(ErrorView, "error_view", struct_size has code kind http_status failure_count kind_name
    kind_name_len message message_len reason reason_len envelope envelope_len failures);

/// Fills view with why the call failed.
///
/// Ownership: what view points to lives as long as the error. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_get(error: *const Error, view: *mut ErrorView) -> i32 {
    // SAFETY: the caller passes a living error, and a view that may be written or is NULL.
    unsafe { getter::view(error, view, view_of) }
}

fn view_of(error: &Error) -> ErrorView {
    let mut view = ErrorView::zeroed();
    if let Some(kind) = error.kind() {
        view.has = USERIMAGE_ERROR_HAS_KIND;
        view.kind = kind.number();
        (view.kind_name, view.kind_name_len) = text(kind.name());
    }
    view.code = error.code();
    let (failure_count, failures) = error.failures();
    view.failure_count = u32::try_from(failure_count).unwrap_or(u32::MAX);
    view.failures = failures;
    view.http_status = error.envelope().http_status().into();
    (view.message, view.message_len) = text(error.message());
    (view.reason, view.reason_len) = text(error.reason());
    (view.envelope, view.envelope_len) = text(error.envelope().as_json());
    view
}

/// Makes the error of a kind, with the protocol's texts and envelope: for a host that refuses a request itself, such as
/// with USERIMAGE_KIND_BUSY.
///
/// Ownership: reason is copied; *made is the caller's, to be freed with userimage_error_free. Threads: any,
/// several at once. Errors: USERIMAGE_INVALID_ARGUMENT for a number that is not a kind, USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_new(
    kind: i32,
    reason: *const c_char,
    reason_len: usize,
    made: *mut *mut Error,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes `reason_len` bytes, and an output that may be written or is NULL.
        let (reason, out) =
            unsafe { (host_text(reason, reason_len, "reason")?, Out::new(made, "made")?) };
        let kind = ErrorKind::ALL.iter().find(|known| known.number() == kind);
        let kind = kind.ok_or_else(|| CallError::argument("kind", "is not a kind"))?;
        out.write(give_box(
            CallError::from(UploadError::new(*kind, reason.to_owned())).into_error(),
        ));
        Ok(())
    })
}

/// Frees an error; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_free(error: *mut Error) {
    // SAFETY: the caller gives its error up.
    guard_free(|| unsafe { free_owned(error) });
}

//! What every exported function passes through: no panic and no `Result` leaves it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::call_error::{CallError, Error};
use crate::cancellation::Uncancelled;
use crate::code::{USERIMAGE_OK, USERIMAGE_PANIC};
use crate::handle::give_box;

/// Runs `call` and returns its code. On failure the error goes to `error`, unless that is NULL.
///
/// After a panic everything stays usable: the core keeps its state behind locks that notice.
///
/// # Safety
///
/// `error` is NULL or may be written.
pub(crate) unsafe fn guard(
    error: *mut *mut Error,
    call: impl FnOnce() -> Result<(), CallError>,
) -> i32 {
    let _uncancelled = Uncancelled::new();
    let call_error = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => return USERIMAGE_OK,
        Ok(Err(call_error)) => call_error,
        Err(panic) => CallError::usage(USERIMAGE_PANIC, panic_text(panic)),
    };
    let code = call_error.code();
    if !error.is_null() {
        // SAFETY: the caller's promise.
        unsafe { error.write(give_box(call_error.into_error())) };
    }
    code
}

/// As [`guard`], for functions without an error parameter: the code is all that they report.
pub(crate) fn guard_getter(call: impl FnOnce() -> Result<(), CallError>) -> i32 {
    // SAFETY: NULL.
    unsafe { guard(std::ptr::null_mut(), call) }
}

/// Runs `free`, and stops a panic of what it drops.
pub(crate) fn guard_free(free: impl FnOnce()) {
    let _uncancelled = Uncancelled::new();
    let _ = catch_unwind(AssertUnwindSafe(free)).map_err(panic_text);
}

fn panic_text(panic: Box<dyn Any + Send>) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    // Dropping a payload may panic again.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(panic))).map_err(std::mem::forget);
    format!("panic: {text}")
}

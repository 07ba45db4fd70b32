//! The one boundary that every entry passes: no panic and no `Result` crosses it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::code::{USERIMAGE_OK, USERIMAGE_PANIC};
use crate::error::{Error, Fault};

/// Does `work` and answers its code. On failure the error goes to `error`, where that is not NULL.
///
/// After a panic everything can be used on: the core keeps its state behind locks that notice.
///
/// # Safety
///
/// `error` is NULL or may be written.
pub(crate) unsafe fn enter(
    error: *mut *mut Error,
    work: impl FnOnce() -> Result<(), Fault>,
) -> i32 {
    let fault = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return USERIMAGE_OK,
        Ok(Err(fault)) => fault,
        Err(panic) => Fault::usage(USERIMAGE_PANIC, panic_text(panic)),
    };
    let code = fault.code();
    if !error.is_null() {
        // SAFETY: the caller's promise.
        unsafe { error.write(fault.give()) };
    }
    code
}

/// As [`enter`] where there is no place for an error: getters, whose code tells everything.
pub(crate) fn get(work: impl FnOnce() -> Result<(), Fault>) -> i32 {
    // SAFETY: NULL.
    unsafe { enter(std::ptr::null_mut(), work) }
}

/// Frees something, and lets no panic of its owner's out.
pub(crate) fn release(work: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(work)).map_err(panic_text);
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

//! Functions that read a handle: a view of all its facts, or one document.

use std::ffi::c_char;

use crate::guard::guard_getter;
use crate::handle::{Handle, borrow};
use crate::output::OutText;
use crate::versioned_struct::{OutView, VersionedStruct};

/// Fills a view with what the handle holds.
///
/// # Safety
///
/// `handle` is NULL or alive; `view` is NULL or points to a struct that begins with its size and may be
/// written.
pub(crate) unsafe fn view<T: Handle, V: VersionedStruct>(
    handle: *const T,
    view: *mut V,
    of: impl FnOnce(&T) -> V,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller's promise.
        let (handle, out) = unsafe { (borrow(handle)?, OutView::new(view)?) };
        out.write(&of(handle));
        Ok(())
    })
}

/// A text that the handle keeps.
///
/// # Safety
///
/// `handle` is NULL or alive; `data` and `len` are NULL or may be written.
pub(crate) unsafe fn text<T: Handle>(
    handle: *const T,
    data: *mut *const c_char,
    len: *mut usize,
    of: fn(&T) -> &str,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller's promise.
        let (handle, out) = unsafe { (borrow(handle)?, OutText::new(data, len)?) };
        out.write(of(handle));
        Ok(())
    })
}

//! What every getter does: look at a handle, write one value, or tell that there is none.

use std::ffi::c_char;

use userimage_core::Size;

use crate::boundary::get;
use crate::error::Fault;
use crate::handle::{Handle, borrow};
use crate::input::{Out, OutSlice};

fn absent() -> Fault {
    Fault::absent("there is no such value")
}

/// # Safety
///
/// `handle` is NULL or lives and is not changed meanwhile; `place` is NULL or may be written.
pub(crate) unsafe fn value<T: Handle, V>(
    handle: *const T,
    place: *mut V,
    of: fn(&T) -> Option<V>,
) -> i32 {
    get(|| {
        // SAFETY: the caller's promise.
        let (handle, out) = unsafe { (borrow(handle)?, Out::new(place, "the output")?) };
        out.write(of(handle).ok_or_else(absent)?);
        Ok(())
    })
}

/// Two values that belong together.
///
/// # Safety
///
/// As [`value`], for both places.
pub(crate) unsafe fn pair<T: Handle, V>(
    handle: *const T,
    places: (*mut V, *mut V),
    of: impl FnOnce(&T) -> Option<(V, V)>,
) -> i32 {
    get(|| {
        // SAFETY: the caller's promise.
        let (handle, first, second) = unsafe {
            let handle = borrow(handle)?;
            (handle, Out::new(places.0, "the output")?, Out::new(places.1, "the output")?)
        };
        let values = of(handle).ok_or_else(absent)?;
        first.write(values.0);
        second.write(values.1);
        Ok(())
    })
}

/// Width and height.
///
/// # Safety
///
/// As [`value`], for both places.
pub(crate) unsafe fn size<T: Handle>(
    handle: *const T,
    places: (*mut u32, *mut u32),
    of: fn(&T) -> Option<Size>,
) -> i32 {
    // SAFETY: the caller's promise is the same.
    unsafe { pair(handle, places, |handle| of(handle).map(|size| (size.width, size.height))) }
}

/// A text that the handle keeps.
///
/// # Safety
///
/// As [`value`], for both places.
pub(crate) unsafe fn text<T: Handle>(
    handle: *const T,
    data: *mut *const c_char,
    len: *mut usize,
    of: fn(&T) -> Option<&str>,
) -> i32 {
    get(|| {
        // SAFETY: the caller's promise.
        let (handle, out) = unsafe { (borrow(handle)?, OutSlice::<c_char>::new(data, len)?) };
        out.write(of(handle).ok_or_else(absent)?);
        Ok(())
    })
}

/// Bytes that the handle keeps.
///
/// # Safety
///
/// As [`value`], for both places.
pub(crate) unsafe fn bytes<T: Handle>(
    handle: *const T,
    data: *mut *const u8,
    len: *mut usize,
    of: fn(&T) -> &[u8],
) -> i32 {
    get(|| {
        // SAFETY: the caller's promise.
        let (handle, out) = unsafe { (borrow(handle)?, OutSlice::<u8>::new(data, len)?) };
        out.write(of(handle));
        Ok(())
    })
}

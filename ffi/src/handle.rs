//! Ownership of what is behind a C pointer, as a type.
//!
//! A handle is owned by its caller either alone ([`Owned`]) or together with calls in progress
//! ([`Shared`]). A type has one [`Handle::Ownership`], so a `Box` can never be freed as an `Arc`.

use std::sync::Arc;

use crate::call_error::CallError;

/// One owner: a `Box`.
pub(crate) enum Owned {}

/// Counted owners: an `Arc`.
pub(crate) enum Shared {}

/// A type whose address C code holds, and which it uses from any thread.
pub(crate) trait Handle: Sized + Send + Sync {
    /// [`Owned`] or [`Shared`].
    type Ownership;
    /// The parameter's name in error reasons.
    const NAME: &'static str;
}

/// Gives a handle to the caller, who frees it with [`free_owned`].
pub(crate) fn give_owned<T: Handle<Ownership = Owned>>(value: T) -> *mut T {
    give_box(Box::new(value))
}

/// As [`give_owned`], for what is boxed already.
pub(crate) fn give_box<T: Handle<Ownership = Owned>>(value: Box<T>) -> *mut T {
    Box::into_raw(value)
}

/// Frees a handle; NULL is ignored.
///
/// # Safety
///
/// `handle` is NULL or came from [`give_owned`] or [`give_box`], and is not used afterwards.
pub(crate) unsafe fn free_owned<T: Handle<Ownership = Owned>>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: it was made from a box of this very type, and the caller gives it up.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// Gives one count of a handle to the caller, who frees it with [`free_shared`].
pub(crate) fn give_shared<T: Handle<Ownership = Shared>>(value: Arc<T>) -> *mut T {
    Arc::into_raw(value).cast_mut()
}

/// Gives back one count of a handle; NULL is ignored.
///
/// # Safety
///
/// `handle` is NULL or came from [`give_shared`], and this count of it is not used afterwards.
pub(crate) unsafe fn free_shared<T: Handle<Ownership = Shared>>(handle: *const T) {
    if !handle.is_null() {
        // SAFETY: `give_shared` made it from an `Arc` of this very type, and the caller gives its count up.
        drop(unsafe { Arc::from_raw(handle) });
    }
}

/// A count of a handle for the duration of a call, so that the caller may free its own meanwhile.
///
/// # Safety
///
/// `handle` is NULL or alive.
pub(crate) unsafe fn share<T: Handle<Ownership = Shared>>(
    handle: *const T,
) -> Result<Arc<T>, CallError> {
    if handle.is_null() {
        return Err(CallError::null(T::NAME));
    }
    // SAFETY: `give_shared` made it from an `Arc` of this very type, which is alive.
    unsafe {
        Arc::increment_strong_count(handle);
        Ok(Arc::from_raw(handle))
    }
}

/// A handle to read.
///
/// # Safety
///
/// `handle` is NULL or alive for as long as the reference is used.
pub(crate) unsafe fn borrow<'a, T: Handle>(handle: *const T) -> Result<&'a T, CallError> {
    // SAFETY: the caller's promise is this one.
    unsafe { handle.as_ref() }.ok_or_else(|| CallError::null(T::NAME))
}

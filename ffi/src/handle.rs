//! Ownership of what lies behind a C pointer, told by the type system.
//!
//! A handle type is owned by its caller either alone ([`Owned`]) or together with calls in progress
//! ([`Shared`]). A type has one [`Handle::Ownership`], so that a `Box` can never be freed as an `Arc`.

use std::sync::Arc;

use crate::error::Fault;

/// One owner: a `Box`.
pub(crate) enum Owned {}

/// Counted owners: an `Arc`.
pub(crate) enum Shared {}

/// A type whose address C code holds, and which it uses from any thread.
pub(crate) trait Handle: Sized + Send + Sync {
    /// [`Owned`] or [`Shared`].
    type Ownership;
    /// What the parameter is called in messages.
    const NAME: &'static str;
}

/// Gives a handle to the caller, who frees it with [`free_owned`].
pub(crate) fn give_owned<T: Handle<Ownership = Owned>>(value: T) -> *mut T {
    give_box(Box::new(value))
}

/// As [`give_owned`], for what is in its box already.
pub(crate) fn give_box<T: Handle<Ownership = Owned>>(value: Box<T>) -> *mut T {
    Box::into_raw(value)
}

/// Frees a handle; NULL is fine.
///
/// # Safety
///
/// `handle` is NULL or came from [`give_owned`] or [`give_box`] and is not used any more.
pub(crate) unsafe fn free_owned<T: Handle<Ownership = Owned>>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: it was made of a box of this very type, and the caller gives it up.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// Gives one count of a handle to the caller, who frees it with [`free_shared`].
pub(crate) fn give_shared<T: Handle<Ownership = Shared>>(value: Arc<T>) -> *mut T {
    Arc::into_raw(value).cast_mut()
}

/// Gives back one count of a handle; NULL is fine.
///
/// # Safety
///
/// `handle` is NULL or came from [`give_shared`], and this count of it is not used any more.
pub(crate) unsafe fn free_shared<T: Handle<Ownership = Shared>>(handle: *const T) {
    if !handle.is_null() {
        // SAFETY: `give_shared` made it of an `Arc` of this very type, and the caller gives its count up.
        drop(unsafe { Arc::from_raw(handle) });
    }
}

/// A count of a handle for the time of a call, so that the caller may free its own meanwhile.
///
/// # Safety
///
/// `handle` is NULL or lives.
pub(crate) unsafe fn share<T: Handle<Ownership = Shared>>(
    handle: *const T,
) -> Result<Arc<T>, Fault> {
    if handle.is_null() {
        return Err(Fault::null(T::NAME));
    }
    // SAFETY: `give_shared` made it of an `Arc` of this very type, which lives.
    unsafe {
        Arc::increment_strong_count(handle);
        Ok(Arc::from_raw(handle))
    }
}

/// A handle to look at.
///
/// # Safety
///
/// `handle` is NULL or lives, and nobody changes it, for as long as the answer is used.
pub(crate) unsafe fn borrow<'a, T: Handle>(handle: *const T) -> Result<&'a T, Fault> {
    // SAFETY: the caller's promise is this one.
    unsafe { handle.as_ref() }.ok_or_else(|| Fault::null(T::NAME))
}

/// A handle to change.
///
/// # Safety
///
/// `handle` is NULL or lives, and nobody else uses it, for as long as the answer is used.
pub(crate) unsafe fn borrow_mut<'a, T: Handle<Ownership = Owned>>(
    handle: *mut T,
) -> Result<&'a mut T, Fault> {
    // SAFETY: the caller's promise is this one.
    unsafe { handle.as_mut() }.ok_or_else(|| Fault::null(T::NAME))
}

//! Giving an upload or an operation up from another thread.

use userimage_core::{Cancellation as Cancelled, ErrorKind, UploadError};

use crate::call_error::{CallError, Error};
use crate::guard::{guard, guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned};
use crate::output::Out;

/// Gives uploads up: made before them, named by userimage_fields, userimage_request_cancelled_by or
/// userimage_body_receiver_cancelled_by; or an operation that takes it as a parameter. It is the caller's alone, and is
/// freed with userimage_cancellation_free, also while uploads that it was named for still run. Several threads may use
/// it at once.
#[derive(Debug)]
pub struct Cancellation(Cancelled);

impl Handle for Cancellation {
    type Ownership = Owned;
    const NAME: &'static str = "cancellation";
}

impl Cancellation {
    /// The core's, which remains when this is freed. `None` for NULL.
    ///
    /// # Safety
    ///
    /// `cancellation` is NULL or alive.
    pub(crate) unsafe fn read(cancellation: *const Self) -> Option<Cancelled> {
        // SAFETY: the caller's promise.
        unsafe { cancellation.as_ref() }.map(|cancellation| cancellation.0.clone())
    }

    /// As [`read`](Self::read); NULL is misuse.
    ///
    /// # Safety
    ///
    /// As [`read`](Self::read).
    pub(crate) unsafe fn required(cancellation: *const Self) -> Result<Cancelled, CallError> {
        // SAFETY: the caller's promise.
        unsafe { Self::read(cancellation) }.ok_or_else(|| CallError::null(Self::NAME))
    }
}

/// Ends an operation between two of its steps.
pub(crate) struct Steps {
    cancellation: Option<Cancelled>,
    is_cancelled: bool,
}

impl Steps {
    /// Fails if the operation is cancelled before it begins.
    ///
    /// # Safety
    ///
    /// `cancellation` is NULL or alive.
    pub(crate) unsafe fn new(cancellation: *const Cancellation) -> Result<Self, CallError> {
        // SAFETY: the caller's promise is the same.
        let cancellation = unsafe { Cancellation::read(cancellation) };
        let mut steps = Self { cancellation, is_cancelled: false };
        steps.go_on();
        steps.check()?;
        Ok(steps)
    }

    /// Whether there may be another step.
    pub(crate) fn go_on(&mut self) -> bool {
        self.is_cancelled |= self.cancellation.as_ref().is_some_and(Cancelled::is_cancelled);
        !self.is_cancelled
    }

    /// Fails if the operation was ended.
    pub(crate) fn check(&self) -> Result<(), CallError> {
        if self.is_cancelled {
            return Err(
                UploadError::new(ErrorKind::Cancelled, "the operation was cancelled").into()
            );
        }
        Ok(())
    }
}

/// Makes a cancellation that is not cancelled.
///
/// Ownership: *cancellation is the caller's, to be freed with userimage_cancellation_free. Threads: any,
/// several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_cancellation_new(
    cancellation: *mut *mut Cancellation,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes an output that may be written or is NULL.
        let out = unsafe { Out::new(cancellation, "cancellation")? };
        out.write(give_owned(Cancellation(Cancelled::new())));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Gives up the uploads that the cancellation is named for: they fail with USERIMAGE_SERVER_ERROR and
/// USERIMAGE_KIND_CANCELLED, and store nothing. An upload looks before and after the file is probed, while it waits for
/// memory, between decoding, scaling and encoding, and before it is stored. What is being stored is stored. An operation
/// looks between its steps; what it has done until then remains. It does not wait, and cannot be taken back.
///
/// Threads: any, several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_cancellation_cancel(cancellation: *const Cancellation) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living cancellation.
        unsafe { borrow(cancellation)? }.0.cancel();
        Ok(())
    })
}

/// Frees a cancellation; NULL is ignored. Uploads that it was named for go on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_cancellation_free(cancellation: *mut Cancellation) {
    // SAFETY: the caller gives its cancellation up.
    guard_free(|| unsafe { free_owned(cancellation) });
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::code::{USERIMAGE_NULL_POINTER, USERIMAGE_OK};

    #[test]
    fn cancels_what_it_was_named_for_after_it_is_freed() {
        let mut cancellation = ptr::null_mut();
        // SAFETY: living pointers, or NULL.
        unsafe {
            assert_eq!(
                userimage_cancellation_new(&raw mut cancellation, ptr::null_mut()),
                USERIMAGE_OK
            );
            let named = Cancellation::required(cancellation).unwrap();
            assert!(!named.is_cancelled());
            assert_eq!(userimage_cancellation_cancel(cancellation), USERIMAGE_OK);
            userimage_cancellation_free(cancellation);
            assert!(named.is_cancelled());
            assert_eq!(userimage_cancellation_cancel(ptr::null()), USERIMAGE_NULL_POINTER);
            userimage_cancellation_free(ptr::null_mut());
        }
    }
}

//! `pthread_cancel` while a thread is in a call.
//!
//! Reading a file is a cancellation point. There the C library unwinds the thread through Rust's frames, which
//! aborts the process. So the thread cannot be cancelled during a call; it is afterwards.

/// While it exists, this thread is not cancelled. A cancellation that is requested meanwhile stays pending.
pub(crate) struct Uncancelled {
    /// What the thread's state was; `None` where there is no cancellation.
    before: Option<i32>,
}

impl Uncancelled {
    pub(crate) fn new() -> Self {
        Self { before: state::disable() }
    }
}

impl Drop for Uncancelled {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            state::restore(before);
        }
    }
}

// Miri knows no cancellation, and Android has none.
#[cfg(all(any(target_os = "linux", target_vendor = "apple"), not(miri)))]
mod state {
    use std::ffi::c_int;

    /// `PTHREAD_CANCEL_DISABLE` of `<pthread.h>`: of glibc and musl, and of Apple.
    const DISABLE: c_int = if cfg!(target_os = "linux") { 1 } else { 0 };

    unsafe extern "C" {
        fn pthread_setcancelstate(state: c_int, before: *mut c_int) -> c_int;
    }

    pub(super) fn disable() -> Option<c_int> {
        let mut before = 0;
        // SAFETY: it changes the calling thread's own state, and writes to `before` alone.
        (unsafe { pthread_setcancelstate(DISABLE, &raw mut before) } == 0).then_some(before)
    }

    pub(super) fn restore(before: c_int) {
        let mut disabled = 0;
        // SAFETY: as above; `before` is a state that this function has given.
        unsafe { pthread_setcancelstate(before, &raw mut disabled) };
    }
}

#[cfg(not(all(any(target_os = "linux", target_vendor = "apple"), not(miri))))]
mod state {
    pub(super) fn disable() -> Option<i32> {
        None
    }

    pub(super) fn restore(_before: i32) {}
}

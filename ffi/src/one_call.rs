//! The state of a handle that one call at a time may use.

use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::call_error::CallError;

/// State that one call at a time may use: a second one is refused, and never races with the first.
#[derive(Debug)]
pub(crate) struct OneCall<T>(Mutex<T>);

impl<T> OneCall<T> {
    pub(crate) fn new(state: T) -> Self {
        Self(Mutex::new(state))
    }

    /// The state for this call; `name` is the handle's in the error.
    pub(crate) fn lock(&self, name: &str) -> Result<MutexGuard<'_, T>, CallError> {
        match self.0.try_lock() {
            Ok(state) => Ok(state),
            // A call panicked: what it left behind is complete, since each replaces the state at once.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(CallError::in_use(name)),
        }
    }
}

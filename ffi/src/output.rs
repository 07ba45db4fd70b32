//! Writes a call's results, each pointer checked before the work begins.

use std::ffi::c_char;
use std::ptr::{NonNull, null};

use crate::call_error::CallError;

/// Where a result goes. It is written on success only, so a call first checks all its outputs.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    /// # Safety
    ///
    /// `output` is NULL or may be written for as long as this is used.
    pub(crate) unsafe fn new(output: *mut T, name: &'static str) -> Result<Self, CallError> {
        NonNull::new(output).map(Self).ok_or_else(|| CallError::null(name))
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: `new`'s promise.
        unsafe { self.0.write(value) }
    }
}

/// Where a text goes that a handle keeps: its address and its length.
pub(crate) struct OutText {
    data: Out<*const c_char>,
    len: Out<usize>,
}

impl OutText {
    /// # Safety
    ///
    /// As [`Out::new`], for both.
    pub(crate) unsafe fn new(data: *mut *const c_char, len: *mut usize) -> Result<Self, CallError> {
        // SAFETY: the caller's promise is the same.
        unsafe { Ok(Self { data: Out::new(data, "data")?, len: Out::new(len, "len")? }) }
    }

    pub(crate) fn write(self, text: &str) {
        self.data.write(text.as_ptr().cast());
        self.len.write(text.len());
    }
}

/// A text as two fields of a view.
pub(crate) fn text(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

/// A text that may be absent: NULL.
pub(crate) fn optional_text(text: Option<&str>) -> (*const c_char, usize) {
    text.map_or((null(), 0), self::text)
}

//! Reads the bytes and texts that a caller passes, each pointer checked.

use std::borrow::Cow;
use std::ffi::c_char;

use crate::call_error::CallError;
use crate::code::USERIMAGE_BAD_UTF8;

/// The caller's bytes; `None` for NULL.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes that nobody changes while the slice is used.
pub(crate) unsafe fn bytes<'a>(
    data: *const u8,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [u8]>, CallError> {
    // SAFETY: the caller's promise is the same.
    unsafe { elements(data, len, name) }
}

/// The caller's array; `None` for NULL.
///
/// # Safety
///
/// `data` is NULL or points to `len` elements that nobody changes while the slice is used.
pub(crate) unsafe fn elements<'a, T>(
    data: *const T,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [T]>, CallError> {
    if data.is_null() {
        return if len == 0 { Ok(None) } else { Err(CallError::null(name)) };
    }
    if len > isize::MAX.cast_unsigned() / size_of::<T>() {
        return Err(CallError::argument(name, "is longer than memory"));
    }
    // SAFETY: not NULL, of a possible length, and the caller promises the rest.
    Ok(Some(unsafe { std::slice::from_raw_parts(data, len) }))
}

/// The caller's buffer, to be written.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes that nobody else uses while the slice is.
pub(crate) unsafe fn buffer<'a>(data: *mut u8, len: usize) -> Result<&'a mut [u8], CallError> {
    if data.is_null() {
        return if len == 0 { Ok(&mut []) } else { Err(CallError::null("buffer")) };
    }
    if len > isize::MAX.cast_unsigned() {
        return Err(CallError::argument("buffer_len", "is longer than memory"));
    }
    // SAFETY: not NULL, of a possible length, and the caller promises the rest.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, len) })
}

/// The bytes of a text from the client, which need not be UTF-8; `None` for NULL.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn client_bytes<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<Option<&'a [u8]>, CallError> {
    // SAFETY: the caller's promise is the same.
    unsafe { bytes(data.cast(), len, name) }
}

/// As [`client_bytes`], for a text that must not be NULL.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn required_client_bytes<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a [u8], CallError> {
    // SAFETY: the caller's promise is the same.
    unsafe { client_bytes(data, len, name) }?.ok_or_else(|| CallError::null(name))
}

/// A text from the client, decoded lossily as over HTTP: the rules of its field judge the result.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn client_text<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<Option<Cow<'a, str>>, CallError> {
    // SAFETY: the caller's promise is the same.
    Ok(unsafe { client_bytes(data, len, name) }?.map(String::from_utf8_lossy))
}

/// A text from the host, which must be UTF-8 and not NULL.
///
/// # Safety
///
/// As [`bytes`].
pub(crate) unsafe fn host_text<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a str, CallError> {
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { required_client_bytes(data, len, name) }?;
    str::from_utf8(bytes)
        .map_err(|_| CallError::usage(USERIMAGE_BAD_UTF8, format!("{name} is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{USERIMAGE_INVALID_ARGUMENT, USERIMAGE_NULL_POINTER};

    #[test]
    fn null_and_impossible_lengths_are_refused() {
        fn code(result: Result<Option<&[u8]>, CallError>) -> Result<Option<&[u8]>, i32> {
            result.map_err(|error| error.code())
        }
        // SAFETY: nothing is read.
        unsafe {
            assert_eq!(code(bytes(std::ptr::null(), 0, "x")), Ok(None));
            assert_eq!(code(bytes(std::ptr::null(), 1, "x")), Err(USERIMAGE_NULL_POINTER));
            assert_eq!(code(bytes([0].as_ptr(), usize::MAX, "x")), Err(USERIMAGE_INVALID_ARGUMENT));
        }
    }
}

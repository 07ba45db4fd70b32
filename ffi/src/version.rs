//! Which version the library has, and the texts of its codes.

use std::ffi::c_char;

use crate::call_error::CallError;
use crate::code::{USERIMAGE_INCOMPATIBLE, message};
use crate::guard::guard_getter;
use crate::output::OutText;

/// The ABI's major version: another one is incompatible.
pub const USERIMAGE_ABI_MAJOR: i32 = 0;
/// The ABI's minor version: a higher one has everything that a lower one has.
pub const USERIMAGE_ABI_MINOR: i32 = 1;

/// Returns the ABI's version: the major version times 65536, plus the minor version. (No code.)
///
/// Threads: any, at any time.
#[unsafe(no_mangle)]
pub extern "C" fn userimage_abi_version() -> i32 {
    USERIMAGE_ABI_MAJOR * 65536 + USERIMAGE_ABI_MINOR
}

/// Checks that the library fits a caller that was built for this version. Call it first, with
/// USERIMAGE_ABI_MAJOR and USERIMAGE_ABI_MINOR.
///
/// Threads: any, at any time. Errors: USERIMAGE_INCOMPATIBLE.
#[unsafe(no_mangle)]
pub extern "C" fn userimage_abi_compatible(major: i32, minor: i32) -> i32 {
    if major == USERIMAGE_ABI_MAJOR && (0..=USERIMAGE_ABI_MINOR).contains(&minor) {
        0
    } else {
        USERIMAGE_INCOMPATIBLE
    }
}

/// Returns the library's version, such as "0.1.0".
///
/// Ownership: the text lives as long as the process. Threads: any, at any time. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_version(data: *mut *const c_char, len: *mut usize) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes outputs that may be written or are NULL.
        let out = unsafe { OutText::new(data, len)? };
        out.write(env!("CARGO_PKG_VERSION"));
        Ok(())
    })
}

/// Returns the text of a code, such as "Invalid DPI value" for USERIMAGE_INVALID_DPI.
///
/// Ownership: the text lives as long as the process. Threads: any, at any time. Errors:
/// USERIMAGE_INVALID_ARGUMENT for a number that is not a code of an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_code_message(
    code: i32,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes outputs that may be written or are NULL.
        let out = unsafe { OutText::new(data, len)? };
        out.write(message(code).ok_or_else(|| CallError::argument("code", "is not an error's"))?);
        Ok(())
    })
}

//! Which library this is, and whether it fits the caller.

use std::ffi::c_char;

use crate::boundary::get;
use crate::code::{USERIMAGE_INCOMPATIBLE, message};
use crate::error::Fault;
use crate::input::OutSlice;

/// The ABI's major version: another one is incompatible.
pub const USERIMAGE_ABI_MAJOR: i32 = 0;
/// The ABI's minor version: a higher one has all that a lower one has.
pub const USERIMAGE_ABI_MINOR: i32 = 1;

/// The ABI of the library: its major version times 65536, plus its minor version. (This is the one
/// function that does not return a code.) Thread safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn userimage_abi_version() -> i32 {
    USERIMAGE_ABI_MAJOR * 65536 + USERIMAGE_ABI_MINOR
}

/// Whether the library fits a caller that was built for this version: to be called first, with
/// USERIMAGE_ABI_MAJOR and USERIMAGE_ABI_MINOR. USERIMAGE_INCOMPATIBLE when it does not. Thread
/// safety: any thread.
#[unsafe(no_mangle)]
pub extern "C" fn userimage_abi_compatible(major: i32, minor: i32) -> i32 {
    if major == USERIMAGE_ABI_MAJOR && (0..=USERIMAGE_ABI_MINOR).contains(&minor) {
        0
    } else {
        USERIMAGE_INCOMPATIBLE
    }
}

/// The library's version, such as "0.1.0". The text lives as long as the process. Thread safety: any
/// thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_version(data: *mut *const c_char, len: *mut usize) -> i32 {
    get(|| {
        // SAFETY: the caller hands over places that may be written or NULL.
        let out = unsafe { OutSlice::<c_char>::new(data, len)? };
        out.write(env!("CARGO_PKG_VERSION"));
        Ok(())
    })
}

/// The text of one of the ABI's own codes, from 900 on: for a caller that has no error object at hand.
/// The text lives as long as the process. Thread safety: any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_code_message(
    code: i32,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    get(|| {
        // SAFETY: the caller hands over places that may be written or NULL.
        let out = unsafe { OutSlice::<c_char>::new(data, len)? };
        out.write(message(code).ok_or_else(|| Fault::argument("code", "is none of the ABI's"))?);
        Ok(())
    })
}

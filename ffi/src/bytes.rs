//! Bytes that the library hands out.

use crate::boundary::release;
use crate::getter;
use crate::handle::{Handle, Owned, free_owned};

/// Bytes that the library hands out. They are the caller's alone, belong to no other handle, and are
/// freed with userimage_bytes_free. Several threads may read them at once.
#[derive(Debug)]
pub struct Bytes(pub(crate) Vec<u8>);

impl Handle for Bytes {
    type Ownership = Owned;
    const NAME: &'static str = "bytes";
}

/// Where they lie and how many they are. They live as long as the handle.
///
/// Thread safety: they may be read by several threads at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_bytes_data(
    bytes: *const Bytes,
    data: *mut *const u8,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller hands over living bytes, and places that may be written or NULL.
    unsafe { getter::bytes(bytes, data, len, |bytes| &bytes.0) }
}

/// Frees bytes; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_bytes_free(bytes: *mut Bytes) {
    // SAFETY: the caller gives its bytes up.
    release(|| unsafe { free_owned(bytes) });
}

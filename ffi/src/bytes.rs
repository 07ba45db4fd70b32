//! Bytes that the library returns.

use crate::guard::{guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned};
use crate::output::Out;

/// Bytes that the library returns. They are the caller's alone, belong to no other handle, and are freed
/// with userimage_bytes_free. Several threads may read them at once.
#[derive(Debug)]
pub struct Bytes(pub(crate) Vec<u8>);

impl Handle for Bytes {
    type Ownership = Owned;
    const NAME: &'static str = "bytes";
}

/// Returns where the bytes are and how many.
///
/// Ownership: they live as long as the handle. Threads: any, several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_bytes_data(
    bytes: *const Bytes,
    data: *mut *const u8,
    len: *mut usize,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes living bytes, and outputs that may be written or are NULL.
        let (bytes, data, len) =
            unsafe { (borrow(bytes)?, Out::new(data, "data")?, Out::new(len, "len")?) };
        data.write(bytes.0.as_ptr());
        len.write(bytes.0.len());
        Ok(())
    })
}

/// Frees bytes; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_bytes_free(bytes: *mut Bytes) {
    // SAFETY: the caller gives its bytes up.
    guard_free(|| unsafe { free_owned(bytes) });
}

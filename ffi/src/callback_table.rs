//! What all tables of callbacks have in common: the host's own pointer, and how it is given up.

use std::ffi::c_void;

use crate::call_error::CallError;
use crate::versioned_struct::{InputStruct, read};

/// The host's own pointer. Dropping it calls the host's `destroy`, so that this happens exactly once.
#[derive(Debug)]
pub(crate) struct UserData {
    pointer: *mut c_void,
    destroy: Option<Destroy>,
}

pub(crate) type Destroy = unsafe extern "C" fn(user_data: *mut c_void);

// SAFETY: the library never reads what the pointer points to. The header says that callbacks and `destroy`
// are called from any thread, callbacks from several at once.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(crate) fn get(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the host promises that it may be called once with this pointer.
            unsafe { destroy(self.pointer) };
        }
    }
}

/// A table of callbacks.
pub(crate) trait CallbackTable: InputStruct {
    /// Its pointer and its `destroy`.
    fn user_data(&self) -> (*mut c_void, Option<Destroy>);
}

/// Takes a table over, if there is one. From here on its `destroy` will be called.
///
/// # Safety
///
/// `table` is NULL or alive, and its callbacks keep to what the header says of them.
pub(crate) unsafe fn adopt<T: CallbackTable>(
    table: *const T,
) -> Result<Option<(T, UserData)>, CallError> {
    if table.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let table = unsafe { read(table)? };
    let (pointer, destroy) = table.user_data();
    let user_data = UserData { pointer, destroy };
    table.check_flags()?;
    Ok(Some((table, user_data)))
}

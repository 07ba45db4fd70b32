//! The formats that the library recognizes.

use std::ffi::c_char;

use userimage_core::Format;

use crate::call_error::CallError;
use crate::code::USERIMAGE_ABSENT;
use crate::guard::guard_getter;
use crate::output::text;
use crate::versioned_struct::{OutView, VersionedStruct, view_struct};

/// An image format. Its texts live as long as the process.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FormatView {
    /// sizeof(userimage_format_view), set by the caller
    pub struct_size: u32,
    /// 1 if a rendition can be made of it, and a website may take it; else 0: it is probed only.
    pub has_rendition: u32,
    /// The name in configurations and records, such as "jpeg".
    pub name: *const c_char,
    pub name_len: usize,
    /// Such as "image/jpeg".
    pub mime_type: *const c_char,
    pub mime_type_len: usize,
    /// The extension with its dot, such as ".jpg".
    pub extension: *const c_char,
    pub extension_len: usize,
}

view_struct!(FormatView, "format_view", struct_size has_rendition name name_len mime_type
    mime_type_len extension extension_len);

/// Fills view with the format at index, counted from 0, in an order that stays the same.
///
/// Threads: any, at any time. Errors: USERIMAGE_ABSENT past the last format.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_format_get(index: usize, view: *mut FormatView) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a view that may be written or is NULL.
        let out = unsafe { OutView::new(view)? };
        let format = Format::ALL.get(index).copied();
        let format = format
            .ok_or_else(|| CallError::usage(USERIMAGE_ABSENT, "index is past the last format"))?;
        let mut view = FormatView::zeroed();
        view.has_rendition = format.has_rendition().into();
        (view.name, view.name_len) = text(format.name());
        (view.mime_type, view.mime_type_len) = text(format.mime_type());
        (view.extension, view.extension_len) = text(format.extension());
        out.write(&view);
        Ok(())
    })
}

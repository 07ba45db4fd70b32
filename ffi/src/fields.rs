//! An upload's fields as one struct: the simplest request.

use std::ffi::c_char;

use userimage_core::UploadRequest;

use crate::call_error::CallError;
use crate::input::{bytes, client_text};
use crate::versioned_struct::input_struct;

/// The fields of an upload, as the client sent them: the library checks them. The caller sets all bytes to
/// 0, struct_size to its sizeof, and what there is. A text that is NULL is a field that the client did not
/// send; it need not be UTF-8. Everything stays the caller's and is not used after the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// sizeof(userimage_fields)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The header websiteId.
    pub website_id: *const c_char,
    /// Its length in bytes, here and below.
    pub website_id_len: usize,
    /// The header webApiClientKey.
    pub client_key: *const c_char,
    pub client_key_len: usize,
    /// The parameter userId.
    pub user_id: *const c_char,
    pub user_id_len: usize,
    /// The parameter DPI.
    pub dpi: *const c_char,
    pub dpi_len: usize,
    /// The client's file name. NULL: it gave none.
    pub file_name: *const c_char,
    pub file_name_len: usize,
    /// The file. NULL: there is none.
    pub data: *const u8,
    pub data_len: usize,
}

input_struct!(Fields, "fields", 0, struct_size flags website_id website_id_len client_key client_key_len
    user_id user_id_len dpi dpi_len file_name file_name_len data data_len);

impl Fields {
    /// The request that they make, with `file` instead of their own where there is one.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL or points to as many bytes as its length says, for as long as the request
    /// is used.
    pub(crate) unsafe fn request<'a>(
        &self,
        file: Option<(&'a str, &'a [u8])>,
    ) -> Result<UploadRequest<'a>, CallError> {
        // SAFETY: the caller's promise.
        let (website_id, client_key, user_id, dpi, file_name, data) = unsafe {
            (
                client_text(self.website_id, self.website_id_len, "website_id")?,
                client_text(self.client_key, self.client_key_len, "client_key")?,
                client_text(self.user_id, self.user_id_len, "user_id")?,
                client_text(self.dpi, self.dpi_len, "dpi")?,
                client_text(self.file_name, self.file_name_len, "file_name")?,
                bytes(self.data, self.data_len, "data")?,
            )
        };
        let own_name = file.map(|(path, _)| path.into());
        let name = file_name.or(own_name).unwrap_or_default();
        let mut request = match file.map(|(_, data)| data).or(data) {
            Some(data) => UploadRequest::new(name, data),
            None => UploadRequest::empty(),
        };
        if let Some(value) = website_id {
            request = request.website_id(value);
        }
        if let Some(value) = client_key {
            request = request.client_key(value);
        }
        if let Some(value) = user_id {
            request = request.user_id(value);
        }
        if let Some(value) = dpi {
            request = request.dpi(value);
        }
        Ok(request)
    }
}

//! An upload's fields as one struct: the simplest request.

use std::borrow::Cow;
use std::ffi::c_char;

use userimage_core::{PostedFile, UploadHead, UploadRequest};

use crate::call_error::CallError;
use crate::cancellation::Cancellation;
use crate::input::{bytes, client_bytes, client_text};
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
    /// The file. NULL if there is no file.
    pub data: *const u8,
    pub data_len: usize,
    /// What gives the upload up; or NULL.
    pub cancellation: *const Cancellation,
}

input_struct!(Fields, "fields", 0, struct_size flags website_id website_id_len client_key client_key_len
    user_id user_id_len dpi dpi_len file_name file_name_len data data_len cancellation);

impl Fields {
    /// The head of the request that they make.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL or points to as many bytes as its length says, for as long as the head is
    /// used.
    pub(crate) unsafe fn head<'a>(&self) -> Result<UploadHead<'a>, CallError> {
        // SAFETY: the caller's promise.
        let (website_id, client_key, user_id, dpi) = unsafe {
            (
                client_bytes(self.website_id, self.website_id_len, "website_id")?,
                client_bytes(self.client_key, self.client_key_len, "client_key")?,
                client_bytes(self.user_id, self.user_id_len, "user_id")?,
                client_bytes(self.dpi, self.dpi_len, "dpi")?,
            )
        };
        let mut head = UploadHead::new();
        if let Some(value) = website_id {
            head = head.header_bytes("websiteId", value);
        }
        if let Some(value) = client_key {
            head = head.header_bytes("webApiClientKey", value);
        }
        if let Some(value) = user_id {
            head = head.query_bytes("userId", value);
        }
        if let Some(value) = dpi {
            head = head.query_bytes("DPI", value);
        }
        Ok(head)
    }

    /// The client's file name.
    ///
    /// # Safety
    ///
    /// As [`head`](Self::head).
    pub(crate) unsafe fn file_name<'a>(&self) -> Result<Option<Cow<'a, str>>, CallError> {
        // SAFETY: the caller's promise.
        unsafe { client_text(self.file_name, self.file_name_len, "file_name") }
    }

    /// The request that they make.
    ///
    /// # Safety
    ///
    /// As [`head`](Self::head).
    pub(crate) unsafe fn request<'a>(&self) -> Result<UploadRequest<'a>, CallError> {
        // SAFETY: the caller's promise.
        let (head, file_name, data) =
            unsafe { (self.head()?, self.file_name()?, bytes(self.data, self.data_len, "data")?) };
        // A file whose name is not given is still a file.
        let file = data.map(|data| PostedFile::new(file_name.unwrap_or_default(), data).into());
        Ok(UploadRequest { head, form: file.into_iter().collect() })
    }
}

//! The head of an HTTP request, as a server has it.

use std::ffi::c_char;

use http::request::Parts;

use crate::call_error::CallError;
use crate::input::{elements, required_client_bytes};
use crate::versioned_struct::{InputStruct, input_struct};

/// A header of a request or of a response. This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HttpHeader {
    /// Its name: of a request in any case, of a response in lower case.
    pub name: *const c_char,
    /// Its length in bytes, here and below.
    pub name_len: usize,
    /// Its value.
    pub value: *const c_char,
    pub value_len: usize,
}

/// The head of an HTTP request, as the client sent it. The caller sets all bytes to 0, struct_size to its
/// sizeof, and the rest. Texts need not be UTF-8. Everything stays the caller's and is not used after the
/// call.
///
/// What HTTP does not allow is an error of the client, not of the call, and gets a response: such a target
/// is not found (404), such a method is not allowed (405), and such a header value is invalid if an upload
/// reads that header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest {
    /// sizeof(userimage_http_request)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// Such as "POST".
    pub method: *const c_char,
    /// Its length in bytes, here and below.
    pub method_len: usize,
    /// The path and the query of the request line, still percent-encoded.
    pub target: *const c_char,
    pub target_len: usize,
    /// All headers, header_count of them, including repeated ones. NULL: there are none.
    pub headers: *const HttpHeader,
    pub header_count: usize,
}

input_struct!(HttpRequest, "http_request", 0, struct_size flags method method_len target target_len headers
    header_count);

impl HttpRequest {
    /// The head as the core takes it.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL or points to as many bytes or headers as the field after it says.
    pub(crate) unsafe fn head(&self) -> Result<Parts, CallError> {
        self.check_flags()?;
        // SAFETY: the caller's promise.
        let (method, target, headers) = unsafe {
            (
                required_client_bytes(self.method, self.method_len, "method")?,
                required_client_bytes(self.target, self.target_len, "target")?,
                elements(self.headers, self.header_count, "headers")?.unwrap_or_default(),
            )
        };
        let mut pairs = Vec::with_capacity(headers.len());
        for header in headers {
            // SAFETY: the caller's promise.
            pairs.push(unsafe {
                (
                    required_client_bytes(header.name, header.name_len, "a header's name")?,
                    required_client_bytes(header.value, header.value_len, "a header's value")?,
                )
            });
        }
        Ok(userimage_core::http::head(method, target, pairs))
    }
}

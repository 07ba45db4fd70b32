//! The head of an HTTP request, as a server has it.

use std::ffi::c_char;

use http::request::Parts;

use crate::error::Fault;
use crate::input::{Struct, bytes, elements};

/// A header of a request. This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HttpHeader {
    /// Its name, in any case.
    pub name: *const c_char,
    /// Its length in bytes, here and below.
    pub name_len: usize,
    /// Its value.
    pub value: *const c_char,
    pub value_len: usize,
}

/// The head of an HTTP request, as the client sent it. The caller fills it: all of it with zeros,
/// struct_size with sizeof, then the rest. Its texts are bytes as they came and need not be UTF-8. Everything
/// stays the caller's and is not used after the call.
///
/// What HTTP does not allow is the client's fault and no error of the call: it is answered as what no
/// resource takes. Such a target is not found (404), such a method is not allowed (405), and such a value
/// of a header is invalid where the protocol has that header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HttpRequest {
    /// sizeof(userimage_http_request)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// For example POST.
    pub method: *const c_char,
    /// Its length in bytes, here and below.
    pub method_len: usize,
    /// The path and the query as they stand in the request line, still encoded.
    pub target: *const c_char,
    pub target_len: usize,
    /// All headers, so many as header_count; one that came twice, twice. NULL: there are none.
    pub headers: *const HttpHeader,
    pub header_count: usize,
}

// SAFETY: repr(C), two u32 first and then pointers and sizes, which may be 0 and have no padding.
unsafe impl Struct for HttpRequest {
    const NAME: &'static str = "request";
    const FIRST_SIZE: usize = size_of::<Self>();

    fn flags(&self) -> u32 {
        self.flags
    }
}

impl HttpRequest {
    /// As the core takes it.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL or points to as many bytes, or headers, as is said beside it.
    pub(crate) unsafe fn head(&self) -> Result<Parts, Fault> {
        self.check_flags()?;
        // SAFETY: the caller's promise.
        let (method, target, headers) = unsafe {
            (
                octets(self.method, self.method_len, "method")?,
                octets(self.target, self.target_len, "target")?,
                elements(self.headers, self.header_count, "headers")?.unwrap_or_default(),
            )
        };
        let mut pairs = Vec::with_capacity(headers.len());
        for header in headers {
            // SAFETY: the caller's promise.
            pairs.push(unsafe {
                (
                    octets(header.name, header.name_len, "a header's name")?,
                    octets(header.value, header.value_len, "a header's value")?,
                )
            });
        }
        Ok(userimage_core::http::head(method, target, pairs))
    }
}

/// # Safety
///
/// As [`bytes`].
unsafe fn octets<'a>(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<&'a [u8], Fault> {
    // SAFETY: the caller's promise is the same.
    unsafe { bytes(data.cast(), len, name) }?.ok_or_else(|| Fault::null(name))
}

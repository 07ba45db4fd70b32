//! The head of an HTTP request, as a server has it.

use std::ffi::c_char;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Uri};

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
        let (mut head, ()) = Request::new(()).into_parts();
        head.method = Method::from_bytes(method).unwrap_or(Method::TRACE);
        head.uri = Uri::try_from(target).unwrap_or_else(|_| Uri::from_static("*"));
        for header in headers {
            // SAFETY: the caller's promise.
            let (name, value) = unsafe {
                (
                    octets(header.name, header.name_len, "a header's name")?,
                    octets(header.value, header.value_len, "a header's value")?,
                )
            };
            // A name that is none is none of the protocol's.
            if let Ok(name) = HeaderName::from_bytes(name) {
                let value = HeaderValue::from_bytes(value).unwrap_or_else(|_| no_value());
                head.headers.try_append(name, value).map_err(|_| {
                    Fault::argument("headers", "are more than any server should take")
                })?;
            }
        }
        Ok(head)
    }
}

/// A value that no header of the protocol's may have, and no text.
fn no_value() -> HeaderValue {
    HeaderValue::from_bytes(b"\xFF").unwrap_or_else(|_| HeaderValue::from_static("\t"))
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

//! The answer to a whole HTTP request.

use std::ffi::c_char;

use crate::boundary::{get, release};
use crate::error::Fault;
use crate::getter::{bytes, value};
use crate::handle::{Handle, Owned, borrow, free_owned};
use crate::input::OutSlice;

/// The answer to a whole HTTP request. It is the caller's alone, belongs to no other handle, and is freed
/// with userimage_http_response_free. Several threads may read it at once. Its texts and its body live as
/// long.
#[derive(Debug)]
pub struct HttpResponse {
    status: i32,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Handle for HttpResponse {
    type Ownership = Owned;
    const NAME: &'static str = "response";
}

impl HttpResponse {
    pub(crate) fn new(response: http::Response<Vec<u8>>) -> Self {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        Self {
            status: head.status.as_u16().into(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .collect(),
            body,
        }
    }
}

/// Its status, for example 200.
///
/// Thread safety: a response may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_status(
    response: *const HttpResponse,
    status: *mut i32,
) -> i32 {
    // SAFETY: the caller hands over a living response, and a place that may be written or NULL.
    unsafe { value(response, status, |response| Some(response.status)) }
}

/// How many headers it has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_header_count(
    response: *const HttpResponse,
    count: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_http_response_status.
    unsafe { value(response, count, |response| Some(response.headers.len())) }
}

/// The header at index, counted from 0: its name, in lower case, and its value. One of them is
/// content-length, which a server may rather reckon itself. USERIMAGE_INVALID_ARGUMENT past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_header(
    response: *const HttpResponse,
    index: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
    value: *mut *const c_char,
    value_len: *mut usize,
) -> i32 {
    get(|| {
        // SAFETY: as for userimage_http_response_status.
        let (response, name_out, value_out) = unsafe {
            (
                borrow(response)?,
                OutSlice::<c_char>::new(name, name_len)?,
                OutSlice::<c_char>::new(value, value_len)?,
            )
        };
        let header = response.headers.get(index);
        let (name, value) = header.ok_or_else(|| Fault::argument("index", "is past the end"))?;
        name_out.write(name);
        value_out.write(value);
        Ok(())
    })
}

/// Its body. The answer to HEAD has none, whatever its content-length says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_body(
    response: *const HttpResponse,
    data: *mut *const u8,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_http_response_status.
    unsafe { bytes(response, data, len, |response| &response.body) }
}

/// Frees a response; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_free(response: *mut HttpResponse) {
    // SAFETY: the caller gives its response up.
    release(|| unsafe { free_owned(response) });
}

//! The response to an HTTP request.

use std::ptr::null;

use http::StatusCode;
use userimage_core::http::{ResponseBody, buffered, error_response};

use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned};
use crate::http_request::HttpHeader;
use crate::input::buffer;
use crate::output::{Out, text};
use crate::versioned_struct::{VersionedStruct, view_struct};

/// The response to an HTTP request: read with userimage_http_response_get. It is the caller's alone,
/// belongs to no other handle, and is freed with userimage_http_response_free. Several threads may read it
/// at once.
#[derive(Debug)]
pub struct HttpResponse {
    status: i32,
    headers: Headers,
    body: ResponseBody,
}

impl Handle for HttpResponse {
    type Ownership = Owned;
    const NAME: &'static str = "response";
}

/// Names and values, and the array that a view shows of them.
#[derive(Debug)]
struct Headers {
    array: Vec<HttpHeader>,
    /// What the array points into; it is not changed.
    _texts: Vec<(String, String)>,
}

// SAFETY: the pointers lead into the texts, which live as long and are only read.
unsafe impl Send for Headers {}
// SAFETY: as above.
unsafe impl Sync for Headers {}

impl Headers {
    fn new(texts: Vec<(String, String)>) -> Self {
        let header = |(name, value): &(String, String)| {
            let ((name, name_len), (value, value_len)) = (text(name), text(value));
            HttpHeader { name, name_len, value, value_len }
        };
        Self { array: texts.iter().map(header).collect(), _texts: texts }
    }
}

impl HttpResponse {
    /// Unless it is `streamed`, the body is read into memory.
    pub(crate) fn new(response: http::Response<ResponseBody>, streamed: bool) -> Self {
        let response = if streamed { response } else { buffered(response).map(ResponseBody::from) };
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value)));
        Self { status: head.status.as_u16().into(), headers: Headers::new(headers.collect()), body }
    }

    fn view(&self) -> HttpResponseView {
        HttpResponseView {
            status: self.status,
            body_len: self.body.len(),
            headers: self.headers.array.as_ptr(),
            header_count: self.headers.array.len(),
            body: self.body.as_bytes().map_or(null(), <[u8]>::as_ptr),
            ..HttpResponseView::zeroed()
        }
    }
}

/// A response. The caller sets struct_size, userimage_http_response_get the rest; headers and body live as
/// long as the response.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HttpResponseView {
    /// sizeof(userimage_http_response_view), set by the caller
    pub struct_size: u32,
    /// The status, such as 200.
    pub status: i32,
    /// The length of the body. The response to HEAD has none, whatever its content-length.
    pub body_len: u64,
    /// The headers, header_count of them. One of them is content-length; a server may compute its own.
    pub headers: *const HttpHeader,
    pub header_count: usize,
    /// The body; NULL if it is not in memory, which is only after USERIMAGE_HTTP_STREAMED: read it with
    /// userimage_http_response_read_at.
    pub body: *const u8,
}

view_struct!(HttpResponseView, "http_response_view", struct_size status body_len headers header_count body);

/// Fills view with the response.
///
/// Ownership: what view points to lives as long as the response. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_get(
    response: *const HttpResponse,
    view: *mut HttpResponseView,
) -> i32 {
    // SAFETY: the caller passes a living response, and a view that may be written or is NULL.
    unsafe { getter::view(response, view, HttpResponse::view) }
}

/// Reads the bytes at offset of the body into buffer, of buffer_len bytes, and sets *read to their number: at
/// and after its end 0, else at least 1. After an error the connection must be closed, since the
/// content-length was sent.
///
/// Ownership: buffer stays the caller's; no other thread uses it during the call. Threads: any, several at
/// once. Errors: USERIMAGE_SERVER_ERROR if the file cannot be read, e.g. because it was deleted meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_read_at(
    response: *const HttpResponse,
    offset: u64,
    buffer: *mut u8,
    buffer_len: usize,
    read: *mut usize,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living response, and an output that may be written or is NULL.
        let (response, out) = unsafe { (borrow(response)?, Out::new(read, "read")?) };
        // SAFETY: the caller passes `buffer_len` bytes that nobody else uses, or NULL.
        let buffer = unsafe { self::buffer(buffer, buffer_len)? };
        out.write(response.body.read_at(offset, buffer)?);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Makes the response to a request that the host refuses itself, for instance because it is not valid HTTP:
/// the API's envelope with this status, 400 to 599, and its usual text.
///
/// Ownership: *response is the caller's, to be freed with userimage_http_response_free. Threads: any, several
/// at once. Errors: USERIMAGE_INVALID_ARGUMENT for another status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_error_response(
    status: i32,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes an output that may be written or is NULL.
        let out = unsafe { Out::new(response, "response")? };
        let status =
            u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.filter(|status| status.is_client_error() || status.is_server_error());
        let status =
            status.ok_or_else(|| CallError::argument("status", "is not from 400 to 599"))?;
        out.write(give_owned(HttpResponse::new(error_response(status), true)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees a response; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_free(response: *mut HttpResponse) {
    // SAFETY: the caller gives its response up.
    guard_free(|| unsafe { free_owned(response) });
}

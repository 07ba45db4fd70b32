//! The response to an HTTP request.

use userimage_core::http::{ResponseBody, buffered};

use crate::getter;
use crate::guard::guard_free;
use crate::handle::{Handle, Owned, free_owned};
use crate::http_request::HttpHeader;
use crate::output::text;
use crate::versioned_struct::{VersionedStruct, view_struct};

/// The response to an HTTP request: read with userimage_http_response_get. It is the caller's alone,
/// belongs to no other handle, and is freed with userimage_http_response_free. Several threads may read it
/// at once.
#[derive(Debug)]
pub struct HttpResponse {
    status: i32,
    headers: Headers,
    body: Vec<u8>,
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
    pub(crate) fn new(response: http::Response<ResponseBody>) -> Self {
        let (head, body) = buffered(response).into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), text(value)));
        Self { status: head.status.as_u16().into(), headers: Headers::new(headers.collect()), body }
    }

    fn view(&self) -> HttpResponseView {
        HttpResponseView {
            status: self.status,
            headers: self.headers.array.as_ptr(),
            header_count: self.headers.array.len(),
            body: self.body.as_ptr(),
            body_len: self.body.len(),
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
    /// The headers, header_count of them. One of them is content-length; a server may compute its own.
    pub headers: *const HttpHeader,
    pub header_count: usize,
    /// The body. The response to HEAD has none, whatever its content-length.
    pub body: *const u8,
    pub body_len: usize,
}

view_struct!(HttpResponseView, "http_response_view", struct_size status headers header_count body
    body_len);

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

/// Frees a response; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_response_free(response: *mut HttpResponse) {
    // SAFETY: the caller gives its response up.
    guard_free(|| unsafe { free_owned(response) });
}

//! The head of an HTTP request, as a server has it.

use std::ffi::c_char;
use std::net::IpAddr;

use http::HeaderMap;
use http::request::Parts;
use userimage_core::http::RequestContext;

use crate::call_error::CallError;
use crate::input::{client_bytes, elements, required_client_bytes};
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

/// For userimage_http_request: the host reads the body of the response with
/// userimage_http_response_read_at. A stored file is then not read into memory.
pub const USERIMAGE_HTTP_STREAMED: u32 = 1;

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
    /// 0, or USERIMAGE_HTTP_STREAMED
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
    /// The IP address at the other end of the connection, such as "192.0.2.1" or "2001:db8::1": the client,
    /// or a proxy. With the configuration's "trusted_proxies" it gives the client's address in the log.
    /// NULL: it is not known.
    pub peer: *const c_char,
    pub peer_len: usize,
}

input_struct!(HttpRequest, "http_request", USERIMAGE_HTTP_STREAMED, struct_size flags method method_len target
    target_len headers header_count peer peer_len);

impl HttpRequest {
    /// Whether the host reads the body of the response in pieces.
    pub(crate) fn is_streamed(&self) -> bool {
        self.flags & USERIMAGE_HTTP_STREAMED != 0
    }

    /// The head as the core takes it. `context` is that of a request from this peer.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL or points to as many bytes or headers as the field after it says.
    pub(crate) unsafe fn head(
        &self,
        context: impl FnOnce(&HeaderMap, IpAddr) -> RequestContext,
    ) -> Result<Parts, CallError> {
        self.check_flags()?;
        // SAFETY: the caller's promise.
        let peer = unsafe { client_bytes(self.peer, self.peer_len, "peer")? };
        let peer = peer.map(address).transpose()?;
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
        let mut head = userimage_core::http::head(method, target, pairs);
        if let Some(peer) = peer {
            let context = context(&head.headers, peer);
            head.extensions.insert(context);
        }
        Ok(head)
    }
}

/// An address as a text. The zone of an IPv6 address ("fe80::1%eth0") says nothing to others.
fn address(text: &[u8]) -> Result<IpAddr, CallError> {
    let text = str::from_utf8(text).unwrap_or_default();
    let address = text.split('%').next().unwrap_or_default();
    address.parse().map_err(|_| CallError::argument("peer", "is not an IP address"))
}

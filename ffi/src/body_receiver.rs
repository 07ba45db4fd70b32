//! HTTP requests: with the body in memory, or with a body that comes in pieces.

use std::ffi::c_char;
use std::sync::Arc;

use http::request::Parts;
use userimage_core::http::RequestStart;

use crate::call_error::{CallError, Error};
use crate::cancellation::Cancellation;
use crate::guard::{guard, guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned, share};
use crate::http_request::HttpRequest;
use crate::http_response::HttpResponse;
use crate::input::{bytes, host_text};
use crate::one_call::OneCall;
use crate::output::Out;
use crate::uploader::Uploader;
use crate::versioned_struct::{OutView, VersionedStruct, read, view_struct};

/// A request whose body comes in pieces: read with userimage_body_receiver_get. It is the caller's alone,
/// outlives its uploader (it keeps the tables of the host), and is freed with userimage_body_receiver_free,
/// finished or not. One call at a time may use it.
#[derive(Debug)]
pub struct BodyReceiver {
    uploader: Arc<Uploader>,
    state: OneCall<State>,
    /// Whether the host reads the body of the response in pieces.
    streamed: bool,
}

#[derive(Debug)]
enum State {
    Complete(HttpResponse),
    NeedsBody(userimage_core::http::BodyReceiver),
    Finished,
}

impl Handle for BodyReceiver {
    type Ownership = Owned;
    const NAME: &'static str = "receiver";
}

fn finished() -> CallError {
    CallError::argument(BodyReceiver::NAME, "is finished")
}

/// The head of a request, with the context that goes into the host's log.
///
/// # Safety
///
/// As [`HttpRequest::head`].
unsafe fn head(uploader: &Uploader, request: &HttpRequest) -> Result<Parts, CallError> {
    let context = |headers: &http::HeaderMap, peer| {
        uploader.logged(|| uploader.endpoint.context(headers, Some(peer)))
    };
    // SAFETY: the caller's promise is the same.
    unsafe { request.head(context) }
}

/// Handles an HTTP request whose body is in memory, by the configuration's "http".
///
/// Every request has a response, and a client's error is not an error of the call.
///
/// Ownership: request and body stay the caller's and are not used after the call; *response is the
/// caller's, to be freed with userimage_http_response_free. Threads: any, several at once. Errors: misuse,
/// and USERIMAGE_PANIC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_handle(
    uploader: *const Uploader,
    request: *const HttpRequest,
    body: *const u8,
    body_len: usize,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, a request whose pointers are NULL or point to as
        // much as it says, `body_len` bytes, and an output that may be written or is NULL.
        let (uploader, request, body, out) = unsafe {
            (
                share(uploader)?,
                read(request)?,
                bytes(body, body_len, "body")?.unwrap_or_default(),
                Out::new(response, "response")?,
            )
        };
        // SAFETY: as above.
        let head = unsafe { head(&uploader, &request)? };
        let whole = http::Request::from_parts(head, body);
        let answer = uploader.logged(|| uploader.endpoint.handle(whole));
        out.write(give_owned(HttpResponse::new(answer, request.is_streamed())));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Begins a request whose body comes in pieces: handles it by its head alone, or needs its body, as
/// userimage_body_receiver_view says. This asks the authenticator, and reads the file that a GET is for.
///
/// Ownership: request stays the caller's and is not used after the call; *receiver is the caller's, to be
/// freed with userimage_body_receiver_free. Threads: any, several at once. Errors: as userimage_handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_begin(
    uploader: *const Uploader,
    request: *const HttpRequest,
    receiver: *mut *mut BodyReceiver,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: as for userimage_handle.
        let (uploader, request, out) =
            unsafe { (share(uploader)?, read(request)?, Out::new(receiver, "receiver")?) };
        // SAFETY: as above.
        let head = unsafe { head(&uploader, &request)? };
        let streamed = request.is_streamed();
        let state = match uploader.logged(|| uploader.endpoint.begin(&head)) {
            RequestStart::Complete(answer) => State::Complete(HttpResponse::new(answer, streamed)),
            RequestStart::NeedsBody(receiver) => State::NeedsBody(receiver),
        };
        out.write(give_owned(BodyReceiver { uploader, state: OneCall::new(state), streamed }));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// What a request still needs. The caller sets struct_size, userimage_body_receiver_get the rest.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BodyReceiverView {
    /// sizeof(userimage_body_receiver_view), set by the caller
    pub struct_size: u32,
    /// 1 if more of the body is wanted; 0 if the request can be finished: the rest need not be read.
    pub wants_more: u32,
    /// The longest body that is accepted, in bytes: the most that the receiver holds. 0 if the request needs
    /// no body.
    pub limit: u64,
}

view_struct!(BodyReceiverView, "body_receiver_view", struct_size wants_more limit);

/// Fills view with what the request still needs.
///
/// Threads: one at a time. Errors: USERIMAGE_INVALID_ARGUMENT if another call is using the receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_get(
    receiver: *const BodyReceiver,
    view: *mut BodyReceiverView,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living receiver, and a view that may be written or is NULL.
        let (receiver, out) = unsafe { (borrow(receiver)?, OutView::new(view)?) };
        let mut view = BodyReceiverView::zeroed();
        if let State::NeedsBody(receiver) = &*receiver.state.lock(BodyReceiver::NAME)? {
            view.wants_more = receiver.wants_more().into();
            view.limit = receiver.limit();
        }
        out.write(&view);
        Ok(())
    })
}

/// Takes the next piece of the body, of any length. It never blocks. *wants_more is 1 or 0: 0 once the
/// body is longer than the limit, or if none is needed. Bytes that are fed anyway are dropped.
///
/// Ownership: data stays the caller's and is not used after the call. Threads: one at a time. Errors:
/// USERIMAGE_INVALID_ARGUMENT after userimage_body_receiver_finish, or if another call is using the
/// receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_feed(
    receiver: *mut BodyReceiver,
    data: *const u8,
    data_len: usize,
    wants_more: *mut i32,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living receiver, `data_len` bytes, and an output that may be written
        // or is NULL.
        let (receiver, data, out) = unsafe {
            (
                borrow(receiver)?,
                bytes(data, data_len, "data")?.unwrap_or_default(),
                Out::new(wants_more, "wants_more")?,
            )
        };
        out.write(match &mut *receiver.state.lock(BodyReceiver::NAME)? {
            State::NeedsBody(receiver) => receiver.feed(data).into(),
            State::Complete(_) => 0,
            State::Finished => return Err(finished()),
        });
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Handles the request, once its body has ended or is not needed any more. This decodes and stores the
/// image. It can be done once; the receiver must be freed anyway.
///
/// A body that broke off must not be finished as if it had ended: free the receiver, or use
/// userimage_body_receiver_finish_broken.
///
/// Ownership: *response is the caller's, to be freed with userimage_http_response_free. Threads: one at a
/// time. Errors: as userimage_handle, and USERIMAGE_INVALID_ARGUMENT the second time, or if another call
/// is using the receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_finish(
    receiver: *mut BodyReceiver,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller passes a living receiver, and outputs that may be written or are NULL.
    unsafe { finish(receiver, response, error, || Ok(Ending::Whole)) }
}

/// As userimage_body_receiver_finish, for a body that broke off or is malformed, if the client can still read
/// a response: 400. The reason is for the log. A request that needs no body has its usual response.
///
/// Ownership: as userimage_body_receiver_finish; reason stays the caller's. Threads: one at a time. Errors: as
/// userimage_body_receiver_finish, and USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_finish_broken(
    receiver: *mut BodyReceiver,
    reason: *const c_char,
    reason_len: usize,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: as for userimage_body_receiver_finish; the caller passes `reason_len` bytes.
    unsafe {
        let ending = || host_text(reason, reason_len, "reason").map(Ending::Broken);
        finish(receiver, response, error, ending)
    }
}

/// As userimage_body_receiver_finish, for a client that has not sent the body in time: 408. A request that
/// needs no body has its usual response.
///
/// Ownership, threads and errors: as userimage_body_receiver_finish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_finish_timed_out(
    receiver: *mut BodyReceiver,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: as for userimage_body_receiver_finish.
    unsafe { finish(receiver, response, error, || Ok(Ending::TimedOut)) }
}

/// How a body ends.
enum Ending<'a> {
    Whole,
    Broken(&'a str),
    TimedOut,
}

impl Ending<'_> {
    fn of(
        self,
        receiver: userimage_core::http::BodyReceiver,
    ) -> http::Response<userimage_core::http::ResponseBody> {
        match self {
            Self::Whole => receiver.finish(),
            Self::Broken(reason) => receiver.finish_broken(reason),
            Self::TimedOut => receiver.finish_timed_out(),
        }
    }
}

/// Ends a request, once its arguments are read.
///
/// # Safety
///
/// `receiver` is NULL or alive; `response` and `error` are NULL or may be written.
unsafe fn finish<'a>(
    receiver: *mut BodyReceiver,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
    ending: impl FnOnce() -> Result<Ending<'a>, CallError>,
) -> i32 {
    let call = || {
        // SAFETY: the caller's promise.
        let (receiver, out) = unsafe { (borrow(receiver)?, Out::new(response, "response")?) };
        let ending = ending()?;
        // The receiver is neither locked nor borrowed while the host's callbacks run: they may free it.
        let (uploader, streamed) = (Arc::clone(&receiver.uploader), receiver.streamed);
        let state =
            std::mem::replace(&mut *receiver.state.lock(BodyReceiver::NAME)?, State::Finished);
        let answer = match state {
            State::Complete(answer) => answer,
            State::NeedsBody(receiver) => {
                HttpResponse::new(uploader.logged(|| ending.of(receiver)), streamed)
            }
            State::Finished => return Err(finished()),
        };
        out.write(give_owned(answer));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Names what gives the upload up that the receiver finishes. Of another request nothing is given up.
///
/// Ownership: cancellation stays the caller's, and may be freed before the receiver. Threads: one at a time.
/// Errors: USERIMAGE_INVALID_ARGUMENT after userimage_body_receiver_finish, or if another call is using the
/// receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_cancelled_by(
    receiver: *mut BodyReceiver,
    cancellation: *const Cancellation,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living receiver and cancellation.
        let (receiver, by) = unsafe { (borrow(receiver)?, Cancellation::required(cancellation)?) };
        let mut state = receiver.state.lock(BodyReceiver::NAME)?;
        *state = match std::mem::replace(&mut *state, State::Finished) {
            State::NeedsBody(receiver) => State::NeedsBody(receiver.with_cancellation(by)),
            State::Complete(answer) => State::Complete(answer),
            State::Finished => return Err(finished()),
        };
        Ok(())
    })
}

/// Frees a receiver, finished or not, and what was fed to it; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_body_receiver_free(receiver: *mut BodyReceiver) {
    // SAFETY: the caller gives its receiver up.
    guard_free(|| unsafe { free_owned(receiver) });
}

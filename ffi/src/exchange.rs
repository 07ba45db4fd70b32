//! A whole HTTP request on its way to its answer.

use std::sync::Arc;

use userimage_core::http::{BodyReceiver, RequestStart};

use crate::boundary::{enter, release};
use crate::error::{Error, Fault};
use crate::getter::value;
use crate::handle::{Handle, Owned, borrow_mut, free_owned, give_owned, share};
use crate::http_request::HttpRequest;
use crate::http_response::HttpResponse;
use crate::input::{Out, bytes, read};
use crate::uploader::Uploader;

/// A request whose body comes in pieces. It is the caller's alone, outlives its uploader (whose host's
/// tables it keeps), and is freed with userimage_http_exchange_free; so is one that is given up.
#[derive(Debug)]
pub struct Exchange {
    uploader: Arc<Uploader>,
    state: State,
}

#[derive(Debug)]
enum State {
    Complete(HttpResponse),
    NeedsBody(BodyReceiver),
    Finished,
}

impl Handle for Exchange {
    type Ownership = Owned;
    const NAME: &'static str = "exchange";
}

impl Exchange {
    fn wants_body(&self) -> bool {
        matches!(&self.state, State::NeedsBody(receiving) if receiving.wants_more())
    }
}

fn finished() -> Fault {
    Fault::argument("exchange", "is finished")
}

/// Answers a whole HTTP request, whose body is in memory, by the configuration's "http".
///
/// Every request has an answer: *response is the caller's, to be freed with userimage_http_response_free. The
/// rest stays the caller's and is not used after the call. Thread safety: any thread, any number at once.
/// Errors: the caller's own mistakes and USERIMAGE_PANIC; no fault of the client's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_handle(
    uploader: *const Uploader,
    request: *const HttpRequest,
    body: *const u8,
    body_len: usize,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader, a request whose pointers are NULL or point to as
        // much as it says, `body_len` bytes, and a place that may be written or NULL.
        let (uploader, request, body, out) = unsafe {
            (
                share(uploader)?,
                read(request)?,
                bytes(body, body_len, "body")?.unwrap_or_default(),
                Out::new(response, "response")?,
            )
        };
        // SAFETY: as above.
        let request = http::Request::from_parts(unsafe { request.head()? }, body);
        let answer = uploader.logged(|| uploader.endpoint.handle(request));
        out.write(give_owned(HttpResponse::new(answer)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Begins a request whose body comes in pieces: answers it from its head alone, or wants its body, as
/// userimage_http_exchange_wants_body tells. It asks the authenticator, and reads what a GET is for.
///
/// Ownership: *exchange is the caller's, to be freed with userimage_http_exchange_free. Thread safety:
/// any thread, any number at once; the exchange is for one thread at a time. Errors: as
/// userimage_handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_begin(
    uploader: *const Uploader,
    request: *const HttpRequest,
    exchange: *mut *mut Exchange,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: as for userimage_handle.
        let (uploader, request, out) =
            unsafe { (share(uploader)?, read(request)?, Out::new(exchange, "exchange")?) };
        // SAFETY: as above.
        let head = unsafe { request.head()? };
        let state = match uploader.logged(|| uploader.endpoint.begin(&head)) {
            RequestStart::Complete(answer) => State::Complete(HttpResponse::new(answer)),
            RequestStart::NeedsBody(receiving) => State::NeedsBody(receiving),
        };
        out.write(give_owned(Exchange { uploader, state }));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Whether the body is wanted: 1, or 0 when the request can be finished without it. A body that
/// is not wanted need not be read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_exchange_wants_body(
    exchange: *const Exchange,
    yes: *mut i32,
) -> i32 {
    // SAFETY: the caller hands over a living exchange that no one changes, and a place that may be written
    // or NULL.
    unsafe { value(exchange, yes, |it| Some(it.wants_body().into())) }
}

/// The longest body that is taken, in bytes: the most that the exchange holds. USERIMAGE_ABSENT where no body
/// is wanted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_exchange_limit(
    exchange: *const Exchange,
    limit: *mut u64,
) -> i32 {
    // SAFETY: as for userimage_http_exchange_wants_body.
    unsafe {
        value(exchange, limit, |it| match &it.state {
            State::NeedsBody(receiving) => Some(receiving.limit()),
            State::Complete(_) | State::Finished => None,
        })
    }
}

/// Takes the next piece of the body, of any length; it never blocks. *wants_more is 1 or 0: 0 once the
/// body is longer than the limit, or where none was wanted. What is fed nonetheless is dropped.
///
/// Ownership: data stays the caller's and is not used after the call. Thread safety: one thread at a
/// time. Errors: USERIMAGE_INVALID_ARGUMENT after userimage_http_finish.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_feed(
    exchange: *mut Exchange,
    data: *const u8,
    data_len: usize,
    wants_more: *mut i32,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living exchange that no one else uses, `data_len` bytes, and a
        // place that may be written or NULL.
        let (exchange, data, out) = unsafe {
            (
                borrow_mut(exchange)?,
                bytes(data, data_len, "data")?.unwrap_or_default(),
                Out::new(wants_more, "wants_more")?,
            )
        };
        out.write(match &mut exchange.state {
            State::NeedsBody(receiving) => receiving.feed(data).into(),
            State::Complete(_) => 0,
            State::Finished => return Err(finished()),
        });
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Answers, once the body has ended or is not wanted any more. This decodes and stores the image, so it
/// takes a while. It can be done once; the exchange is to be freed nonetheless.
///
/// A body that broke off must not be finished as if it had ended: free the exchange instead.
///
/// Ownership: *response is the caller's, to be freed with userimage_http_response_free. Thread safety: one
/// thread at a time. Errors: as userimage_handle, and USERIMAGE_INVALID_ARGUMENT the second time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_finish(
    exchange: *mut Exchange,
    response: *mut *mut HttpResponse,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living exchange that no one else uses, and a place that may be
        // written or NULL.
        let (exchange, out) = unsafe { (borrow_mut(exchange)?, Out::new(response, "response")?) };
        // The exchange is not borrowed any more while the host's callbacks are at work.
        let uploader = Arc::clone(&exchange.uploader);
        let answer = match std::mem::replace(&mut exchange.state, State::Finished) {
            State::Complete(answer) => answer,
            State::NeedsBody(receiving) => {
                HttpResponse::new(uploader.logged(|| receiving.finish()))
            }
            State::Finished => return Err(finished()),
        };
        out.write(give_owned(answer));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Frees an exchange, finished or given up, and what was fed to it; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_http_exchange_free(exchange: *mut Exchange) {
    // SAFETY: the caller gives its exchange up.
    release(|| unsafe { free_owned(exchange) });
}

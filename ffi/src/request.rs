//! A request with all its headers, query parameters and form parts.

use std::ffi::c_char;
use std::mem::take;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, TryLockError};

use userimage_core::{FormPart, UploadHead, UploadRequest};

use crate::call_error::{CallError, Error};
use crate::cancellation::Cancellation;
use crate::guard::{guard, guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned};
use crate::input::{bytes, client_text, required_client_bytes};
use crate::output::Out;
use crate::versioned_struct::{InputStruct, input_struct, read};

/// For userimage_part: data is not copied. It must not change or be freed before the request is.
pub const USERIMAGE_PART_BORROW: u32 = 1;

/// A part of a form: a field or a file. The caller sets all bytes to 0, struct_size to its sizeof, and what
/// there is. Texts need not be UTF-8.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FormPartInput {
    /// sizeof(userimage_part)
    pub struct_size: u32,
    /// 0 or USERIMAGE_PART_BORROW
    pub flags: u32,
    /// The field's name; never NULL.
    pub name: *const c_char,
    /// Its length in bytes, here and below.
    pub name_len: usize,
    /// The client's file name. NULL: it gave none.
    pub file_name: *const c_char,
    pub file_name_len: usize,
    /// The client's content type. NULL: it gave none.
    pub content_type: *const c_char,
    pub content_type_len: usize,
    /// The content. NULL: it is empty.
    pub data: *const u8,
    pub data_len: usize,
}

input_struct!(FormPartInput, "part", USERIMAGE_PART_BORROW, struct_size flags name name_len file_name
    file_name_len content_type content_type_len data data_len);

/// A request with all its headers, query parameters and form parts: a server need not know which of them
/// are the protocol's. Names match without regard to ASCII case. It is the caller's alone and is freed
/// with userimage_request_free. One thread at a time may add to it; several may upload it at once.
#[derive(Debug)]
pub struct Request {
    request: RwLock<UploadRequest<'static>>,
    cancellation: Mutex<Option<userimage_core::Cancellation>>,
}

impl Handle for Request {
    type Ownership = Owned;
    const NAME: &'static str = "request";
}

impl Request {
    /// The request, while nothing is added to it.
    pub(crate) fn read(&self) -> Result<RwLockReadGuard<'_, UploadRequest<'static>>, CallError> {
        match self.request.try_read() {
            Ok(request) => Ok(request),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(CallError::in_use(Self::NAME)),
        }
    }

    /// What gives its upload up.
    pub(crate) fn cancellation(&self) -> Option<userimage_core::Cancellation> {
        self.cancellation.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, add: impl FnOnce(&mut UploadRequest<'static>)) -> Result<(), CallError> {
        let mut request = match self.request.try_write() {
            Ok(request) => request,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(CallError::in_use(Self::NAME)),
        };
        add(&mut request);
        Ok(())
    }
}

/// Makes a request that is empty.
///
/// Ownership: *request is the caller's, to be freed with userimage_request_free. Threads: any, several at
/// once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_new(
    request: *mut *mut Request,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes an output that may be written or is NULL.
        let out = unsafe { Out::new(request, "request")? };
        out.write(give_owned(Request {
            request: RwLock::default(),
            cancellation: Mutex::default(),
        }));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

type Adder = fn(UploadHead<'static>, String, Vec<u8>) -> UploadHead<'static>;

/// # Safety
///
/// `request` is NULL or alive; each text is NULL or as long as it says; `error` is NULL or may be written.
unsafe fn add(
    request: *const Request,
    name: (*const c_char, usize),
    value: (*const c_char, usize),
    error: *mut *mut Error,
    adder: Adder,
) -> i32 {
    let call = || {
        // SAFETY: the caller's promise.
        let (request, name, value) = unsafe {
            (
                borrow(request)?,
                required_client_bytes(name.0, name.1, "name")?,
                required_client_bytes(value.0, value.1, "value")?,
            )
        };
        let (name, value) = (String::from_utf8_lossy(name).into_owned(), value.to_owned());
        request.add(|request| request.head = adder(take(&mut request.head), name, value))
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Adds a header. Name and value need not be UTF-8.
///
/// Ownership: name and value are copied. Threads: one at a time. Errors: misuse only; the request is then
/// as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_header(
    request: *mut Request,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller passes a living request, two texts, and an `error` that may be written or is NULL.
    unsafe { add(request, (name, name_len), (value, value_len), error, UploadHead::header_bytes) }
}

/// Adds a query parameter, percent-decoded. Name and value need not be UTF-8.
///
/// Ownership: name and value are copied. Threads: one at a time. Errors: misuse only; the request is then
/// as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_query(
    request: *mut Request,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller passes a living request, two texts, and an `error` that may be written or is NULL.
    unsafe { add(request, (name, name_len), (value, value_len), error, UploadHead::query_bytes) }
}

/// Adds a part of the form.
///
/// Ownership: everything is copied, except data with USERIMAGE_PART_BORROW. Threads: one at a time.
/// Errors: misuse only; the request is then as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_part(
    request: *mut Request,
    part: *const FormPartInput,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living request, and a part whose pointers are NULL or point to as
        // many bytes as it says.
        let (request, part) = unsafe { (borrow(request)?, read(part)?) };
        part.check_flags()?;
        // SAFETY: as above. Borrowed data lives as long as the request, as the flag says; what is
        // copied below need not.
        let (name, file_name, content_type, data) = unsafe {
            (
                required_client_bytes(part.name, part.name_len, "name")?,
                client_text(part.file_name, part.file_name_len, "file_name")?,
                client_text(part.content_type, part.content_type_len, "content_type")?,
                bytes(part.data, part.data_len, "data")?.unwrap_or_default(),
            )
        };
        let name = String::from_utf8_lossy(name).into_owned();
        let mut made = if part.flags & USERIMAGE_PART_BORROW == 0 {
            FormPart::new(name, data.to_owned())
        } else {
            FormPart::new(name, data)
        };
        if let Some(file_name) = file_name {
            made = made.file_name(file_name.into_owned());
        }
        if let Some(content_type) = content_type {
            made = made.content_type(content_type.into_owned());
        }
        request.add(|request| request.form.push(made))
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Names what gives the uploads of this request up, instead of what was named before.
///
/// Ownership: cancellation stays the caller's, and may be freed before the request. Threads: one at a time.
/// Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_cancelled_by(
    request: *mut Request,
    cancellation: *const Cancellation,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living request and cancellation.
        let (request, by) = unsafe { (borrow(request)?, Cancellation::required(cancellation)?) };
        *request.cancellation.lock().unwrap_or_else(PoisonError::into_inner) = Some(by);
        Ok(())
    })
}

/// Frees a request; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_free(request: *mut Request) {
    // SAFETY: the caller gives its request up.
    guard_free(|| unsafe { free_owned(request) });
}

//! A request on its way in: its fields as a struct, or all its headers, parameters and form parts.

use std::ffi::c_char;

use userimage_core::{FormPart, UploadRequest};

use crate::boundary::{enter, release};
use crate::error::{Error, Fault};
use crate::handle::{Handle, Owned, borrow_mut, free_owned, give_owned};
use crate::input::{Out, Struct, bytes, read, required_text, text};

/// The fields of an upload, as the client sent them; the library checks them. The caller fills it:
/// all of it with zeros, struct_size with sizeof, then what there is. A text that is NULL is a field
/// that the client did not send. Everything stays the caller's and is not used after the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// sizeof(userimage_fields)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The header websiteId.
    pub website_id: *const c_char,
    /// Its length in bytes, here and below.
    pub website_id_len: usize,
    /// The header webApiClientKey.
    pub client_key: *const c_char,
    pub client_key_len: usize,
    /// The parameter userId.
    pub user_id: *const c_char,
    pub user_id_len: usize,
    /// The parameter DPI.
    pub dpi: *const c_char,
    pub dpi_len: usize,
    /// The client's name of the file. NULL: it gave none.
    pub file_name: *const c_char,
    pub file_name_len: usize,
    /// The file. NULL: there is none.
    pub data: *const u8,
    pub data_len: usize,
}

// SAFETY: repr(C), two u32 first and then pointers and sizes, which may be 0 and have no padding.
unsafe impl Struct for Fields {
    const NAME: &'static str = "fields";
    const FIRST_SIZE: usize = size_of::<Self>();

    fn flags(&self) -> u32 {
        self.flags
    }
}

impl Fields {
    /// The request that they make, with `file` in place of their own where there is one.
    ///
    /// # Safety
    ///
    /// Each pointer is NULL or points to as many bytes as its length says, for as long as the request
    /// is used.
    pub(crate) unsafe fn request<'a>(
        &self,
        file: Option<(&'a str, &'a [u8])>,
    ) -> Result<UploadRequest<'a>, Fault> {
        // SAFETY: the caller's promise.
        let (website_id, client_key, user_id, dpi, file_name, data) = unsafe {
            (
                text(self.website_id, self.website_id_len, "website_id")?,
                text(self.client_key, self.client_key_len, "client_key")?,
                text(self.user_id, self.user_id_len, "user_id")?,
                text(self.dpi, self.dpi_len, "dpi")?,
                text(self.file_name, self.file_name_len, "file_name")?,
                bytes(self.data, self.data_len, "data")?,
            )
        };
        let own_name = file.map(|(path, _)| path);
        let name = file_name.or(own_name).unwrap_or_default();
        let mut request = match file.map(|(_, data)| data).or(data) {
            Some(data) => UploadRequest::new(name, data),
            None => UploadRequest::empty(),
        };
        if let Some(value) = website_id {
            request = request.website_id(value);
        }
        if let Some(value) = client_key {
            request = request.client_key(value);
        }
        if let Some(value) = user_id {
            request = request.user_id(value);
        }
        if let Some(value) = dpi {
            request = request.dpi(value);
        }
        Ok(request)
    }
}

/// For userimage_part: data is not copied. It must not change or go away before the request is freed.
pub const USERIMAGE_PART_BORROW: u32 = 1;

/// A part of a form: a field, or a file. The caller fills it: all of it with zeros, struct_size with
/// sizeof, then what there is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// sizeof(userimage_part)
    pub struct_size: u32,
    /// 0 or USERIMAGE_PART_BORROW
    pub flags: u32,
    /// The field's name; never NULL.
    pub name: *const c_char,
    /// Its length in bytes, here and below.
    pub name_len: usize,
    /// The client's name of the file. NULL: it gave none.
    pub file_name: *const c_char,
    pub file_name_len: usize,
    /// The client's content type. NULL: it gave none.
    pub content_type: *const c_char,
    pub content_type_len: usize,
    /// The content. NULL: it is empty.
    pub data: *const u8,
    pub data_len: usize,
}

// SAFETY: repr(C), two u32 first and then pointers and sizes, which may be 0 and have no padding.
unsafe impl Struct for Part {
    const NAME: &'static str = "part";
    const FIRST_SIZE: usize = size_of::<Self>();
    const FLAGS: u32 = USERIMAGE_PART_BORROW;

    fn flags(&self) -> u32 {
        self.flags
    }
}

/// A request as it arrives: headers, query parameters and form parts, of which a server need not know
/// which are the protocol's. Names match without regard to ASCII case. It is the caller's alone and
/// is freed with userimage_request_free.
#[derive(Debug)]
pub struct Request(pub(crate) UploadRequest<'static>);

impl Handle for Request {
    type Ownership = Owned;
    const NAME: &'static str = "request";
}

impl Request {
    fn change(&mut self, by: impl FnOnce(UploadRequest<'static>) -> UploadRequest<'static>) {
        self.0 = by(std::mem::take(&mut self.0));
    }
}

/// A request that carries nothing yet.
///
/// Ownership: *request is the caller's, to be freed with userimage_request_free. Thread safety: while
/// it is being filled one thread may use it; afterwards several may upload it at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_new(
    request: *mut *mut Request,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a place that may be written or NULL.
        let out = unsafe { Out::new(request, "request")? };
        out.write(give_owned(Request(UploadRequest::empty())));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

type Adder = fn(UploadRequest<'static>, String, String) -> UploadRequest<'static>;

/// # Safety
///
/// `request` is NULL or lives and no one else uses it; each text is NULL or as long as it says; `error`
/// is NULL or may be written.
unsafe fn add(
    request: *mut Request,
    name: (*const c_char, usize),
    value: (*const c_char, usize),
    error: *mut *mut Error,
    by: Adder,
) -> i32 {
    let work = || {
        // SAFETY: the caller's promise.
        let (request, name, value) = unsafe {
            (
                borrow_mut(request)?,
                required_text(name.0, name.1, "name")?,
                required_text(value.0, value.1, "value")?,
            )
        };
        request.change(|request| by(request, name.to_owned(), value.to_owned()));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Adds a header. Name and value are copied. After an error the request is as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_header(
    request: *mut Request,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller hands over a living request that no one else uses, two texts, and a place that
    // may be written or NULL.
    unsafe { add(request, (name, name_len), (value, value_len), error, UploadRequest::header) }
}

/// Adds a query parameter, percent-decoded. Name and value are copied. After an error the request is as
/// it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_query(
    request: *mut Request,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut Error,
) -> i32 {
    // SAFETY: the caller hands over a living request that no one else uses, two texts, and a place that
    // may be written or NULL.
    unsafe { add(request, (name, name_len), (value, value_len), error, UploadRequest::query) }
}

/// Adds a part of the form. Everything is copied, but for the data with USERIMAGE_PART_BORROW. After an
/// error the request is as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_part(
    request: *mut Request,
    part: *const Part,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living request that no one else uses, and a part whose
        // pointers are NULL or point to as many bytes as it says.
        let (request, part) = unsafe { (borrow_mut(request)?, read(part)?) };
        part.check_flags()?;
        // SAFETY: as above. Borrowed data lives as long as the request, as the flag says; what is
        // copied below need not.
        let (name, file_name, content_type, data) = unsafe {
            (
                required_text(part.name, part.name_len, "name")?,
                text(part.file_name, part.file_name_len, "file_name")?,
                text(part.content_type, part.content_type_len, "content_type")?,
                bytes(part.data, part.data_len, "data")?.unwrap_or_default(),
            )
        };
        let mut made = if part.flags & USERIMAGE_PART_BORROW == 0 {
            FormPart::new(name.to_owned(), data.to_owned())
        } else {
            FormPart::new(name.to_owned(), data)
        };
        if let Some(file_name) = file_name {
            made = made.file_name(file_name.to_owned());
        }
        if let Some(content_type) = content_type {
            made = made.content_type(content_type.to_owned());
        }
        request.change(|request| request.form_part(made));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Frees a request; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_request_free(request: *mut Request) {
    // SAFETY: the caller gives its request up.
    release(|| unsafe { free_owned(request) });
}

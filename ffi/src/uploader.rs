//! The uploader: opened from a configuration and what the host adds, shared by all threads.

use std::ffi::c_char;
use std::sync::Arc;

use tracing::Dispatch;
use userimage_core::http::Endpoint;
use userimage_core::storage::Storage;
use userimage_core::{Authenticator, Config, Inspector, UploadRequest};

use crate::authenticator::{AuthenticatorTable, HostAuthenticator};
use crate::bytes::Bytes;
use crate::call_error::{CallError, Error};
use crate::cancellation::Cancellation;
use crate::fields::Fields;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Shared, borrow, free_shared, give_owned, give_shared, share};
use crate::image::Image;
use crate::input::host_text;
use crate::inspector::{HostInspector, InspectorTable};
use crate::log::{HostLog, LogTable, logged};
use crate::output::Out;
use crate::request::Request;
use crate::storage::{HostStorage, StorageTable};
use crate::versioned_struct::{InputStruct, input_struct, read};
use crate::website::website;

/// For userimage_host: a number, true and false of the configuration may also be a text, such as "1001", as in
/// configurations that are made of environment variables.
pub const USERIMAGE_HOST_TEXTS: u32 = 1;

/// What the host adds to a configuration. The caller sets all bytes to 0, struct_size to its sizeof, and
/// what there is. The struct and the tables are read by the call and not used after it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// sizeof(userimage_host)
    pub struct_size: u32,
    /// 0 or USERIMAGE_HOST_TEXTS
    pub flags: u32,
    /// The host's own storage, if the configuration names none; or NULL.
    pub storage: *const StorageTable,
    /// The host's own authenticator, which the configuration's "authentication": "host" requires; or NULL.
    pub authenticator: *const AuthenticatorTable,
    /// Receives what the library logs; or NULL.
    pub log: *const LogTable,
    /// The host's own inspectors; or NULL. They are asked in this order: each where the configuration's "inspectors"
    /// has the next {"host": {}}, and those that it does not name after its own.
    pub inspectors: *const *const InspectorTable,
    /// How many there are.
    pub inspector_count: usize,
}

input_struct!(Host, "host", USERIMAGE_HOST_TEXTS, struct_size flags storage authenticator log inspectors
    inspector_count);

/// Takes uploads. Opened once, at the start, and used by any number of threads at once; every call
/// blocks. It is freed with userimage_uploader_free.
#[derive(Debug)]
pub struct Uploader {
    pub(crate) endpoint: Endpoint,
    log: Option<Dispatch>,
}

impl Handle for Uploader {
    type Ownership = Shared;
    const NAME: &'static str = "uploader";
}

impl Uploader {
    pub(crate) fn new(endpoint: Endpoint, log: Option<HostLog>) -> Self {
        Self { endpoint, log: log.map(HostLog::dispatch) }
    }

    pub(crate) fn core(&self) -> &userimage_core::Uploader {
        self.endpoint.uploader()
    }

    fn open(
        config: &str,
        texts: bool,
        storage: Option<HostStorage>,
        authenticator: Option<HostAuthenticator>,
        inspectors: Vec<HostInspector>,
        log: Option<HostLog>,
    ) -> Result<Self, CallError> {
        let config = if texts { Config::from_texts(config) } else { Config::from_json(config) }?;
        let mut host = userimage_core::Host::new();
        host.storage = storage.map(|storage| Box::new(storage) as Box<dyn Storage>);
        #[cfg(feature = "fault-injection")]
        {
            host.storage = host.storage.or_else(|| crate::fault_injection::storage(&config));
        }
        host.authenticator = authenticator.map(|own| Box::new(own) as Box<dyn Authenticator>);
        let inspectors = inspectors.into_iter();
        host.inspectors = inspectors.map(|own| Box::new(own) as Box<dyn Inspector>).collect();
        let core = config.open_with(host)?;
        Ok(Self::new(Endpoint::new(core, config.http), log))
    }

    /// Runs `call` with what it logs going to the host, if the host has a log.
    pub(crate) fn logged<T>(&self, call: impl FnOnce() -> T) -> T {
        logged(self.log.as_ref(), call)
    }

    fn upload(
        &self,
        request: &UploadRequest<'_>,
        cancellation: Option<userimage_core::Cancellation>,
    ) -> Result<*mut Image, CallError> {
        let image = self.logged(|| {
            let admitted = self.core().admit(&request.head)?;
            admitted.with_cancellation(cancellation.unwrap_or_default()).finish(&request.form)
        })?;
        Ok(give_owned(Image::new(image)))
    }

    fn validate(&self, request: &UploadRequest<'_>) -> Result<(), CallError> {
        let failures = self.logged(|| self.core().validate_all(request));
        if failures.is_empty() { Ok(()) } else { Err(CallError::fields(failures)) }
    }
}

/// Opens an uploader from a configuration, a JSON document with the keys of docs/configuration.md, and,
/// unless host is NULL, what the host adds.
///
/// Ownership: config and host stay the caller's. Each table in host whose struct_size is valid is taken
/// over by this call, whatever it returns: its destroy is called exactly once, after the last use of
/// the table, and also if opening fails. *uploader is the caller's, to be freed with
/// userimage_uploader_free. Threads: any, several at once. Errors: USERIMAGE_INVALID_CONFIG with the
/// reason, USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_uploader_open(
    config: *const c_char,
    config_len: usize,
    host: *const Host,
    uploader: *mut *mut Uploader,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        let (mut storage, mut authenticator, mut log) = (Ok(None), Ok(None), Ok(None));
        let mut inspectors = Ok(Vec::new());
        let (mut flags, mut texts) = (Ok(()), false);
        if !host.is_null() {
            // SAFETY: the caller passes a host whose tables are NULL or alive.
            unsafe {
                let host = read(host)?;
                // All are taken over before anything can fail, so that each is destroyed.
                storage = HostStorage::adopt(host.storage);
                authenticator = HostAuthenticator::adopt(host.authenticator);
                inspectors = HostInspector::adopt_all(host.inspectors, host.inspector_count);
                log = HostLog::adopt(host.log);
                flags = host.check_flags();
                texts = host.flags & USERIMAGE_HOST_TEXTS != 0;
            }
        }
        flags?;
        // SAFETY: the caller passes `config_len` bytes, and an output that may be written or is NULL.
        let (config, out) =
            unsafe { (host_text(config, config_len, "config")?, Out::new(uploader, "uploader")?) };
        let opened = Uploader::open(config, texts, storage?, authenticator?, inspectors?, log?)?;
        out.write(give_shared(Arc::new(opened)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Uploads a file with the fields that came with it: validates them, identifies the image, makes its
/// standard rendition, and stores all of it, durably, or nothing.
///
/// Ownership: fields stay the caller's; *image is the caller's, to be freed with userimage_image_free.
/// Threads: any, several at once. Errors: the first failure in the protocol's order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_upload(
    uploader: *const Uploader,
    fields: *const Fields,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, fields whose pointers are NULL or point to as
        // many bytes as they say, and an output that may be written or is NULL.
        let (uploader, request, out) = unsafe {
            let (uploader, fields) = (share(uploader)?, read(fields)?);
            fields.check_flags()?;
            let cancellation = Cancellation::read(fields.cancellation);
            (uploader, (fields.request()?, cancellation), Out::new(image, "image")?)
        };
        let (request, cancellation) = request;
        out.write(uploader.upload(&request, cancellation)?);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// As userimage_upload, for the host's file at path (UTF-8 on every system, without a NUL at its end). The
/// fields have no data. If they have no file name, it is the path's last part. The head is checked first, and
/// no more than the website's limit is read.
///
/// Ownership and threads: as userimage_upload; path stays the caller's. Errors: as userimage_upload, and
/// USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_UNREADABLE_FILE if the file cannot be read or is not a regular
/// file (a FIFO is never opened), USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_upload_path(
    uploader: *const Uploader,
    fields: *const Fields,
    path: *const c_char,
    path_len: usize,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: as for userimage_upload, and `path_len` bytes of a path.
        let (uploader, fields, path, out) = unsafe {
            (
                share(uploader)?,
                read(fields)?,
                host_text(path, path_len, "path")?,
                Out::new(image, "image")?,
            )
        };
        fields.check_flags()?;
        if !fields.data.is_null() || fields.data_len != 0 {
            return Err(CallError::argument("fields", "have data beside the path"));
        }
        // SAFETY: as above.
        let (head, file_name, cancellation) = unsafe {
            (fields.head()?, fields.file_name()?, Cancellation::read(fields.cancellation))
        };
        let stored = uploader.logged(|| {
            let admitted = uploader.core().admit(&head)?;
            let file_name = file_name.as_deref();
            admitted
                .with_cancellation(cancellation.unwrap_or_default())
                .finish_path(path, file_name)
        })?;
        out.write(give_owned(Image::new(stored)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// As userimage_upload, for a request of headers, query parameters and form parts.
///
/// Ownership: request stays the caller's and may be used again; *image is the caller's, to be freed with
/// userimage_image_free. Threads: any, several at once. Errors: the first failure in the protocol's order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_upload_request(
    uploader: *const Uploader,
    request: *const Request,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader and request, and an output that may be written or is
        // NULL.
        let (uploader, request, out) =
            unsafe { (share(uploader)?, borrow(request)?, Out::new(image, "image")?) };
        let cancellation = request.cancellation();
        out.write(uploader.upload(&*request.read()?, cancellation)?);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Validates all fields of a request: nothing is decoded or stored. On failure the error's code, kind,
/// message and status are those of the first failure; its reason and its envelope have all of them, and so
/// has failures of userimage_error_view.
///
/// Ownership: request stays the caller's. Threads: any, several at once. Errors: the failures.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_validate_request(
    uploader: *const Uploader,
    request: *const Request,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: as for userimage_upload_request.
        let (uploader, request) = unsafe { (share(uploader)?, borrow(request)?) };
        uploader.validate(&*request.read()?)
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// As userimage_validate_request, for the fields of userimage_upload.
///
/// Ownership: fields stay the caller's. Threads: any, several at once. Errors: the failures.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_validate(
    uploader: *const Uploader,
    fields: *const Fields,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: as for userimage_upload.
        let (uploader, request) = unsafe {
            let (uploader, fields) = (share(uploader)?, read(fields)?);
            fields.check_flags()?;
            (uploader, fields.request()?)
        };
        uploader.validate(&request)
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Returns the longest file that a website takes, in bytes: more of a file need never be read.
///
/// Threads: any, several at once. Errors: USERIMAGE_INVALID_WEBSITE_ID if website_id is not above 0; a
/// website without a policy of its own has the default's limit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_max_bytes(
    uploader: *const Uploader,
    website_id: i32,
    max_bytes: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, and an output that may be written or is NULL.
        let (uploader, out) = unsafe { (share(uploader)?, Out::new(max_bytes, "max_bytes")?) };
        out.write(uploader.core().max_bytes(website(website_id)?));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Returns what the uploader has done since it was opened, as text for Prometheus (format version 0.0.4):
/// uploads by result and kind of error, their bytes and steps, those in flight, and errors of the storage.
///
/// Ownership: *text is the caller's, to be freed with userimage_bytes_free. Threads: any, several at once.
/// Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_metrics(
    uploader: *const Uploader,
    text: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, and an output that may be written or is NULL.
        let (uploader, out) = unsafe { (share(uploader)?, Out::new(text, "text")?) };
        out.write(give_owned(Bytes(uploader.core().metrics().into_bytes())));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees an uploader; NULL is ignored. What it has returned stays valid. Calls in progress are finished
/// first (a callback may free the uploader that called it), and the host's tables are destroyed after them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_uploader_free(uploader: *mut Uploader) {
    // SAFETY: the caller gives its uploader up.
    guard_free(|| unsafe { free_shared(uploader) });
}

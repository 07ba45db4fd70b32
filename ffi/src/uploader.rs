//! The uploader: made from a configuration and what the host brings, shared by all threads.

use std::ffi::c_char;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::sync::Arc;

use tracing::Dispatch;
use userimage_core::http::Endpoint;
use userimage_core::storage::Storage;
use userimage_core::{Authenticator, Config, UploadRequest};

use crate::authenticator::{AuthenticatorTable, HostAuthenticator};
use crate::boundary::{enter, release};
use crate::code::USERIMAGE_IO;
use crate::error::{Error, Fault};
use crate::handle::{Handle, Shared, borrow, free_shared, give_owned, give_shared, share};
use crate::image::Image;
use crate::input::{Out, Struct, read, required_text};
use crate::log::{HostLog, LogTable, logged};
use crate::request::{Fields, Request};
use crate::storage::{HostStorage, StorageTable};

/// What the host brings to an uploader. The caller fills it: all of it with zeros, struct_size with
/// sizeof, then what there is. The struct and the tables are read by the call and not used after it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Host {
    /// sizeof(userimage_host)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// A storage of the host's own, where the configuration names none; or NULL.
    pub storage: *const StorageTable,
    /// An authenticator of the host's own, where the configuration's "authentication" is "host"; or NULL:
    /// then "host" means that the host has checked website and key before it calls.
    pub authenticator: *const AuthenticatorTable,
    /// Takes what the library logs; or NULL.
    pub log: *const LogTable,
}

// SAFETY: repr(C), two u32 first and then pointers, which may be 0 and have no padding.
unsafe impl Struct for Host {
    const NAME: &'static str = "host";
    const FIRST_SIZE: usize = size_of::<Self>();

    fn flags(&self) -> u32 {
        self.flags
    }
}

/// Takes uploads. Made once, at the start, and used by any number of threads at once; every call
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
        storage: Option<HostStorage>,
        authenticator: Option<HostAuthenticator>,
        log: Option<HostLog>,
    ) -> Result<Self, Fault> {
        let config = Config::from_json(config)?;
        let storage = storage.map(|storage| Box::new(storage) as Box<dyn Storage>);
        #[cfg(feature = "fault-injection")]
        let storage = storage.or_else(|| crate::faults::storage(&config));
        let authenticator = authenticator.map(|host| Box::new(host) as Box<dyn Authenticator>);
        let core = userimage_core::Uploader::from_config_and_host(&config, storage, authenticator)?;
        Ok(Self::new(Endpoint::new(core, &config.http)?, log))
    }

    /// Does `work` with what it logs going to the host, if it wants it.
    pub(crate) fn logged<T>(&self, work: impl FnOnce() -> T) -> T {
        logged(self.log.as_ref(), work)
    }

    fn upload(&self, request: &UploadRequest<'_>) -> Result<*mut Image, Fault> {
        match self.logged(|| self.core().upload(request)) {
            Ok(image) => Ok(give_owned(Image::new(image))),
            Err(error) => Err(error.into()),
        }
    }

    fn validate(&self, request: &UploadRequest<'_>) -> Result<(), Fault> {
        let failures = self.logged(|| self.core().validate_all(request));
        if failures.is_empty() { Ok(()) } else { Err(Fault::fields(failures)) }
    }

    /// A file of the host's; no more than is needed to see that it is too long.
    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        let limit = self.core().max_bytes().saturating_add(1);
        let read = || {
            // Asked before it is opened: to open a pipe waits for its writer.
            if !fs::metadata(path)?.is_file() {
                return Err(io::Error::new(ErrorKind::InvalidInput, "is no regular file"));
            }
            let mut data = Vec::new();
            File::open(path)?.take(limit).read_to_end(&mut data)?;
            Ok(data)
        };
        read().map_err(|error| Fault::usage(USERIMAGE_IO, format!("{path}: {error}")))
    }
}

/// Makes an uploader from a configuration (a JSON document, see the README) and, unless host is NULL,
/// from what the host brings.
///
/// Ownership: config and host stay the caller's. Each table in host whose struct_size is right is taken
/// over by this call, whatever it returns: its destroy is called exactly once, after the last use of
/// the table, and also when opening fails. *uploader is the caller's, to be freed with
/// userimage_uploader_free. Thread safety: any thread. Errors: USERIMAGE_INVALID_CONFIG with the reason.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_uploader_open(
    config: *const c_char,
    config_len: usize,
    host: *const Host,
    uploader: *mut *mut Uploader,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        let (mut storage, mut authenticator, mut log) = (Ok(None), Ok(None), Ok(None));
        let mut flags = Ok(());
        if !host.is_null() {
            // SAFETY: the caller hands over a host whose tables are NULL or live.
            unsafe {
                let host = read(host)?;
                // All are taken over before anything can fail, so that each is destroyed.
                storage = HostStorage::take(host.storage);
                authenticator = HostAuthenticator::take(host.authenticator);
                log = HostLog::take(host.log);
                flags = host.check_flags();
            }
        }
        flags?;
        // SAFETY: the caller hands over `config_len` bytes, and a place that may be written or NULL.
        let (config, out) = unsafe {
            (required_text(config, config_len, "config")?, Out::new(uploader, "uploader")?)
        };
        let opened = Uploader::open(config, storage?, authenticator?, log?)?;
        out.write(give_shared(Arc::new(opened)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Uploads a file with the fields that came with it: checks them, tells what the image is, makes its
/// standard rendition and stores all of it, durably, or nothing.
///
/// Ownership: fields stay the caller's; *image is the caller's, to be freed with userimage_image_free.
/// Thread safety: any thread, any number at once. Errors: the first failure in the protocol's order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_upload(
    uploader: *const Uploader,
    fields: *const Fields,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader, fields whose pointers are NULL or point to as
        // many bytes as they say, and a place that may be written or NULL.
        let (uploader, request, out) = unsafe {
            let (uploader, fields) = (share(uploader)?, read(fields)?);
            fields.check_flags()?;
            (uploader, fields.request(None)?, Out::new(image, "image")?)
        };
        out.write(uploader.upload(&request)?);
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// As userimage_upload, for the host's file at path (UTF-8 on every system; need not end with NUL).
/// The fields carry no data. Where they carry no file name, it is the path's last part.
///
/// Errors: as userimage_upload, and first of all USERIMAGE_IO when the file cannot be read or is no
/// regular file: a pipe would keep the caller waiting.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_upload_path(
    uploader: *const Uploader,
    fields: *const Fields,
    path: *const c_char,
    path_len: usize,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: as for userimage_upload, and `path_len` bytes of a path.
        let (uploader, fields, path, out) = unsafe {
            (
                share(uploader)?,
                read(fields)?,
                required_text(path, path_len, "path")?,
                Out::new(image, "image")?,
            )
        };
        fields.check_flags()?;
        if !fields.data.is_null() || fields.data_len != 0 {
            return Err(Fault::argument("fields", "carry data beside the path"));
        }
        let data = uploader.read(path)?;
        // SAFETY: as above.
        let request = unsafe { fields.request(Some((path, &data)))? };
        out.write(uploader.upload(&request)?);
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// As userimage_upload, for a request of headers, query parameters and form parts.
///
/// Ownership: the request stays the caller's and may be used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_upload_request(
    uploader: *const Uploader,
    request: *const Request,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader and request, which no one changes, and a place
        // that may be written or NULL.
        let (uploader, request, out) =
            unsafe { (share(uploader)?, borrow(request)?, Out::new(image, "image")?) };
        out.write(uploader.upload(&request.0)?);
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Checks all fields of a request: nothing is decoded or stored. On failure the error's code, message
/// and status are those of the first failure; its reason and its envelope tell all of them.
///
/// Ownership: everything stays the caller's. Thread safety: any thread, any number at once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_validate_request(
    uploader: *const Uploader,
    request: *const Request,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: as for userimage_upload_request.
        let (uploader, request) = unsafe { (share(uploader)?, borrow(request)?) };
        uploader.validate(&request.0)
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// As userimage_validate_request, for the fields of userimage_upload.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_validate(
    uploader: *const Uploader,
    fields: *const Fields,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: as for userimage_upload.
        let (uploader, request) = unsafe {
            let (uploader, fields) = (share(uploader)?, read(fields)?);
            fields.check_flags()?;
            (uploader, fields.request(None)?)
        };
        uploader.validate(&request)
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Frees an uploader; NULL is fine. Nothing that it has handed out is touched. Calls that are under way
/// in it (a callback may free the uploader that called it) are finished first, and the tables of the
/// host destroyed after them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_uploader_free(uploader: *mut Uploader) {
    // SAFETY: the caller gives its uploader up.
    release(|| unsafe { free_shared(uploader) });
}

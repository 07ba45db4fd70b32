//! What went wrong, for the caller to look at.

use std::borrow::Cow;
use std::error::Error as _;
use std::ffi::c_char;
use std::sync::OnceLock;

use userimage_core::storage::StorageError;
use userimage_core::{ConfigError, Envelope, ErrorCode, ProbeError, UploadError};

use crate::boundary::release;
use crate::code::{
    USERIMAGE_ABSENT, USERIMAGE_INVALID_ARGUMENT, USERIMAGE_INVALID_CONFIG, USERIMAGE_IO,
    USERIMAGE_NULL_POINTER, USERIMAGE_SERVER_ERROR, USERIMAGE_UNSUPPORTED, message,
};
use crate::getter::{text, value};
use crate::handle::{Handle, Owned, free_owned, give_box};

/// A call's failure on its way out: already the object that the caller gets, so that it is moved once.
#[derive(Debug)]
pub(crate) struct Fault(Box<Error>);

impl Fault {
    fn new(kind: Kind) -> Self {
        Self(Box::new(Error { kind, texts: OnceLock::new() }))
    }

    /// One of the ABI's own codes.
    #[cold]
    pub(crate) fn usage(code: i32, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Usage { code, reason: reason.into() })
    }

    #[cold]
    pub(crate) fn null(name: &'static str) -> Self {
        Self::usage(USERIMAGE_NULL_POINTER, format!("{name} is NULL"))
    }

    #[cold]
    pub(crate) fn argument(name: &'static str, why: &str) -> Self {
        Self::usage(USERIMAGE_INVALID_ARGUMENT, format!("{name} {why}"))
    }

    #[cold]
    pub(crate) fn absent(what: &'static str) -> Self {
        Self::usage(USERIMAGE_ABSENT, what)
    }

    /// Every failure of a request's fields; there is at least one.
    pub(crate) fn fields(failures: Vec<UploadError>) -> Self {
        Self::new(Kind::Fields(failures))
    }

    pub(crate) fn code(&self) -> i32 {
        self.0.code()
    }

    pub(crate) fn reason(&self) -> &str {
        self.0.reason()
    }

    /// Gives the error to the caller.
    pub(crate) fn give(self) -> *mut Error {
        give_box(self.0)
    }
}

impl From<UploadError> for Fault {
    fn from(error: UploadError) -> Self {
        Self::new(Kind::Upload(error))
    }
}

impl From<ConfigError> for Fault {
    fn from(error: ConfigError) -> Self {
        Self::usage(USERIMAGE_INVALID_CONFIG, error.to_string())
    }
}

impl From<ProbeError> for Fault {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Io(_) => Self::usage(USERIMAGE_IO, error.to_string()),
            _ => UploadError::new(ErrorCode::InvalidFile, error.to_string()).into(),
        }
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        if error.is_unsupported() {
            Self::usage(USERIMAGE_UNSUPPORTED, error.to_string())
        } else {
            UploadError::new(ErrorCode::ServerError, error.to_string()).with_source(error).into()
        }
    }
}

/// Why a call did not succeed. It is the caller's alone, belongs to no other handle, and is freed
/// with userimage_error_free. Several threads may read it at once.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    /// What is told only when it is asked for. Most errors are looked at for their code and freed.
    texts: OnceLock<Box<Texts>>,
}

#[derive(Debug)]
enum Kind {
    Upload(UploadError),
    Fields(Vec<UploadError>),
    Usage { code: i32, reason: Cow<'static, str> },
}

#[derive(Debug)]
struct Texts {
    /// All failures of the fields.
    reasons: String,
    /// The errors beneath, the nearest first; empty when there is none.
    cause: String,
    response: Envelope,
}

impl Handle for Error {
    type Ownership = Owned;
    const NAME: &'static str = "error";
}

impl Error {
    fn code(&self) -> i32 {
        match &self.kind {
            Kind::Upload(error) => error.code().number(),
            Kind::Fields(errors) => {
                errors.first().map_or(USERIMAGE_SERVER_ERROR, |error| error.code().number())
            }
            Kind::Usage { code, .. } => *code,
        }
    }

    fn message(&self) -> &str {
        match &self.kind {
            Kind::Upload(error) => error.message(),
            Kind::Fields(errors) => errors.first().map_or("", UploadError::message),
            Kind::Usage { code, .. } => message(*code).unwrap_or_default(),
        }
    }

    fn reason(&self) -> &str {
        match &self.kind {
            Kind::Upload(error) => error.reason(),
            Kind::Fields(_) => &self.texts().reasons,
            Kind::Usage { reason, .. } => reason,
        }
    }

    fn texts(&self) -> &Texts {
        self.texts.get_or_init(|| Box::new(Texts::of(&self.kind)))
    }
}

impl Texts {
    fn of(kind: &Kind) -> Self {
        let server_error = || Envelope::from(&UploadError::new(ErrorCode::ServerError, ""));
        let (mut reasons, mut causes) = (Vec::new(), Vec::new());
        let response = match kind {
            Kind::Upload(error) => {
                let mut beneath = error.source();
                while let Some(error) = beneath {
                    causes.push(error.to_string());
                    beneath = error.source();
                }
                Envelope::from(error)
            }
            Kind::Fields(errors) => {
                reasons.extend(errors.iter().map(UploadError::reason));
                Envelope::from_failures(errors).unwrap_or_else(server_error)
            }
            // The host's own mistake: to a client the server has failed.
            Kind::Usage { .. } => server_error(),
        };
        Self { reasons: reasons.join("; "), cause: causes.join(": "), response }
    }
}

/// The code that the failed function returned.
///
/// Thread safety: an error may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_code(error: *const Error, code: *mut i32) -> i32 {
    // SAFETY: the caller hands over a living error, and a place that may be written or NULL.
    unsafe { value(error, code, |error| Some(error.code())) }
}

/// The text of the code: the protocol's, as a client may see it, or the ABI's own from 900 on. The
/// text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_message(
    error: *const Error,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_error_code.
    unsafe { text(error, data, len, |error| Some(error.message())) }
}

/// What exactly was wrong, in words, for the host and its log; never a key or file content. The
/// text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_reason(
    error: *const Error,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_error_code.
    unsafe { text(error, data, len, |error| Some(error.reason())) }
}

/// The errors that lie beneath, such as the reason of a host's own storage: the nearest first, joined
/// by ": ". The text lives as long as the error. USERIMAGE_ABSENT when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_cause(
    error: *const Error,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_error_code.
    unsafe {
        text(error, data, len, |error| Some(&*error.texts().cause).filter(|text| !text.is_empty()))
    }
}

/// The HTTP status that goes with the envelope: 400, 401, 413 or 500.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_http_status(error: *const Error, status: *mut i32) -> i32 {
    // SAFETY: as for userimage_error_code.
    unsafe { value(error, status, |error| Some(error.texts().response.http_status().into())) }
}

/// The answer to the client: the protocol's JSON envelope. For a code from 900 on, which is the host's
/// own matter, it says that the server has failed. The text lives as long as the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_json(
    error: *const Error,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_error_code.
    unsafe { text(error, data, len, |error| Some(error.texts().response.as_json())) }
}

/// Frees an error; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_error_free(error: *mut Error) {
    // SAFETY: the caller gives its error up.
    release(|| unsafe { free_owned(error) });
}

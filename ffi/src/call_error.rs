//! The error of a failed call: its data. `error.rs` has the functions that read it.

use std::borrow::Cow;
use std::sync::OnceLock;

use userimage_core::probe::ProbeError;
use userimage_core::storage::StorageError;
use userimage_core::{ConfigError, Envelope, ErrorKind, UploadError};

use crate::addresses::Addresses;
use crate::code::{
    USERIMAGE_ABSENT, USERIMAGE_INVALID_ARGUMENT, USERIMAGE_INVALID_CONFIG, USERIMAGE_NULL_POINTER,
    USERIMAGE_SERVER_ERROR, USERIMAGE_UNSUPPORTED, message,
};

/// Why a call fails: the object that the caller receives, boxed once.
#[derive(Debug)]
pub(crate) struct CallError(Box<Error>);

impl CallError {
    fn new(failure: Failure) -> Self {
        Self(Box::new(Error { failure, envelope: OnceLock::new() }))
    }

    /// One of the ABI's own codes.
    #[cold]
    pub(crate) fn usage(code: i32, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Failure::Usage { code, reason: reason.into() })
    }

    #[cold]
    pub(crate) fn null(name: &str) -> Self {
        Self::usage(USERIMAGE_NULL_POINTER, format!("{name} is NULL"))
    }

    #[cold]
    pub(crate) fn argument(name: &str, why: &str) -> Self {
        Self::usage(USERIMAGE_INVALID_ARGUMENT, format!("{name} {why}"))
    }

    /// A handle of one thread that two use at once.
    #[cold]
    pub(crate) fn in_use(name: &str) -> Self {
        Self::argument(name, "is in use by another call")
    }

    #[cold]
    pub(crate) fn absent(what: &'static str) -> Self {
        Self::usage(USERIMAGE_ABSENT, what)
    }

    /// Every failure of a request's fields; there is at least one.
    pub(crate) fn fields(failures: Vec<UploadError>) -> Self {
        Self::new(Failure::Fields(Box::new(Fields::new(failures))))
    }

    pub(crate) fn code(&self) -> i32 {
        self.0.code()
    }

    pub(crate) fn reason(&self) -> &str {
        self.0.reason()
    }

    pub(crate) fn into_error(self) -> Box<Error> {
        self.0
    }
}

impl From<UploadError> for CallError {
    fn from(error: UploadError) -> Self {
        Self::new(Failure::Upload(error))
    }
}

impl From<ConfigError> for CallError {
    fn from(error: ConfigError) -> Self {
        Self::usage(USERIMAGE_INVALID_CONFIG, error.to_string())
    }
}

impl From<ProbeError> for CallError {
    fn from(error: ProbeError) -> Self {
        UploadError::from(error).into()
    }
}

impl From<StorageError> for CallError {
    fn from(error: StorageError) -> Self {
        if error.is_unsupported() {
            Self::usage(USERIMAGE_UNSUPPORTED, error.to_string())
        } else {
            UploadError::new(ErrorKind::StorageFailed, "").with_source(error).into()
        }
    }
}

/// Why a call failed: read with userimage_error_get. It is the caller's alone, belongs to no other
/// handle, and is freed with userimage_error_free. Several threads may read it at once.
#[derive(Debug)]
pub struct Error {
    failure: Failure,
    /// Made when it is first read: most errors are freed once their code is known.
    envelope: OnceLock<Box<Envelope>>,
}

#[derive(Debug)]
enum Failure {
    Upload(UploadError),
    Fields(Box<Fields>),
    Usage { code: i32, reason: Cow<'static, str> },
}

/// The failures of several fields, each an error of its own.
#[derive(Debug)]
struct Fields {
    failures: Vec<Error>,
    addresses: Addresses<Error>,
    reasons: String,
    envelope: Envelope,
}

impl Fields {
    fn new(failures: Vec<UploadError>) -> Self {
        let envelope = Envelope::from_failures(&failures).unwrap_or_else(server_error);
        let failures: Vec<_> =
            failures.into_iter().map(|failure| *CallError::from(failure).0).collect();
        let addresses = Addresses::of(&failures);
        let reasons = failures.iter().map(Error::reason).collect::<Vec<_>>().join("; ");
        Self { failures, addresses, reasons, envelope }
    }
}

fn server_error() -> Envelope {
    Envelope::from(&UploadError::new(ErrorKind::StorageFailed, ""))
}

impl Error {
    pub(crate) fn code(&self) -> i32 {
        match &self.failure {
            Failure::Upload(error) => error.code().number(),
            Failure::Fields(fields) => {
                fields.failures.first().map_or(USERIMAGE_SERVER_ERROR, Self::code)
            }
            Failure::Usage { code, .. } => *code,
        }
    }

    /// What exactly is wrong, unless it is the ABI's own error.
    pub(crate) fn kind(&self) -> Option<ErrorKind> {
        match &self.failure {
            Failure::Upload(error) => Some(error.kind()),
            Failure::Fields(fields) => fields.failures.first().and_then(Self::kind),
            Failure::Usage { .. } => None,
        }
    }

    pub(crate) fn message(&self) -> &str {
        match &self.failure {
            Failure::Upload(error) => error.message(),
            Failure::Fields(fields) => fields.failures.first().map_or("", Self::message),
            Failure::Usage { code, .. } => message(*code).unwrap_or_default(),
        }
    }

    pub(crate) fn reason(&self) -> &str {
        match &self.failure {
            Failure::Upload(error) => error.reason(),
            Failure::Fields(fields) => &fields.reasons,
            Failure::Usage { reason, .. } => reason,
        }
    }

    pub(crate) fn envelope(&self) -> &Envelope {
        self.envelope.get_or_init(|| {
            Box::new(match &self.failure {
                Failure::Upload(error) => Envelope::from(error),
                Failure::Fields(fields) => fields.envelope.clone(),
                // The host's own mistake: to a client the server failed.
                Failure::Usage { .. } => server_error(),
            })
        })
    }

    /// Each failure of the fields, an error of its own: how many, and where; 0 and NULL for an error of
    /// another kind.
    pub(crate) fn failures(&self) -> (usize, *const *const Self) {
        match &self.failure {
            Failure::Fields(fields) => (fields.failures.len(), fields.addresses.as_ptr()),
            Failure::Upload(_) | Failure::Usage { .. } => (0, std::ptr::null()),
        }
    }
}

//! The error of an upload: what went wrong, the protocol's code for it, and a reason for the host.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::cause::Cause;

/// The error codes of the *Upload User Image* API, version 4.
///
/// The numbers are the protocol's: they are frozen and never used for anything else. [`ErrorKind`]
/// says more precisely what went wrong.
#[non_exhaustive]
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    /// `websiteId` is malformed, or the authenticator does not know it.
    InvalidWebsiteId = 221,
    /// `webApiClientKey` is missing, malformed or refused.
    InvalidClientKey = 226,
    /// `userId` is missing or malformed.
    InvalidUserId = 261,
    /// `postedFile` is missing, over a limit, not a complete image of an allowed format, or refused by an inspector.
    InvalidFile = 262,
    /// `DPI` is malformed or under the website's minimum.
    InvalidDpi = 265,
    /// `websiteId` is missing.
    MissingWebsiteId = 372,
    /// The server failed: its storage, its authenticator, its inspector, or the reading of its own file.
    ServerError = 500,
}

impl ErrorCode {
    /// The number, as the envelope and the C ABI show it.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

/// Declares [`ErrorKind`] from one table: variant, number, name, meaning.
macro_rules! error_kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal;)*) => {
        /// What went wrong, for a program to act on: the same names and numbers in every language.
        ///
        /// Numbers and names are frozen. A number divided by 100 is the protocol's code.
        ///
        /// ```
        /// use userimage::{ErrorCode, ErrorKind};
        ///
        /// assert_eq!(ErrorKind::TooLarge.name(), "too_large");
        /// assert_eq!(ErrorKind::TooLarge.code(), ErrorCode::InvalidFile);
        /// assert_eq!("too_large".parse(), Ok(ErrorKind::TooLarge));
        /// ```
        #[non_exhaustive]
        #[repr(i32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorKind {
            $($(#[$doc])* $variant = $number,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of the protocol's checks.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name, the same in every language: `too_large`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

error_kinds! {
    /// No `websiteId`, or a blank one.
    MissingWebsiteId = 37201, "missing_website_id";
    /// `websiteId` is not a number of 1 ..= 2147483647.
    MalformedWebsiteId = 22101, "malformed_website_id";
    /// `websiteId` is given twice with different values.
    ConflictingWebsiteId = 22102, "conflicting_website_id";
    /// The authenticator does not know the website. HTTP status 401.
    UnknownWebsite = 22103, "unknown_website";
    /// No `webApiClientKey`, or a blank one.
    MissingClientKey = 22601, "missing_client_key";
    /// `webApiClientKey` is longer than 256 characters or not visible ASCII.
    MalformedClientKey = 22602, "malformed_client_key";
    /// `webApiClientKey` is given twice with different values.
    ConflictingClientKey = 22603, "conflicting_client_key";
    /// The authenticator refuses the key for this website. HTTP status 401.
    RefusedClientKey = 22604, "refused_client_key";
    /// No `userId`, or a blank one.
    MissingUserId = 26101, "missing_user_id";
    /// `userId` is longer than 256 characters, has control characters, or is not UTF-8.
    MalformedUserId = 26102, "malformed_user_id";
    /// `userId` is given twice with different values.
    ConflictingUserId = 26103, "conflicting_user_id";
    /// `DPI` is not a number of 1 ..= 65535.
    MalformedDpi = 26501, "malformed_dpi";
    /// `DPI` is given twice with different values.
    ConflictingDpi = 26502, "conflicting_dpi";
    /// No `postedFile`.
    MissingFile = 26201, "missing_file";
    /// More than one `postedFile`.
    RepeatedFile = 26202, "repeated_file";
    /// `postedFile` has neither a file name nor a content type: a field, not a file.
    UnnamedFile = 26203, "unnamed_file";
    /// `postedFile` has no bytes.
    EmptyFile = 26204, "empty_file";
    /// The body is not a well-formed `multipart/form-data`.
    MalformedForm = 26205, "malformed_form";
    /// The body ended early.
    IncompleteBody = 26206, "incomplete_body";
    /// The file or the body has too many bytes. HTTP status 413.
    TooLarge = 26207, "too_large";
    /// The bytes are not an image of a known format.
    NotAnImage = 26208, "not_an_image";
    /// The image is damaged or cut short.
    Damaged = 26209, "damaged";
    /// The website does not take this format.
    FormatNotAllowed = 26210, "format_not_allowed";
    /// The image uses a coding of its format that is not decoded.
    UnsupportedCoding = 26211, "unsupported_coding";
    /// The image has no size in pixels.
    NoPixelSize = 26212, "no_pixel_size";
    /// The image is wider than the website allows.
    TooWide = 26213, "too_wide";
    /// The image is taller than the website allows.
    TooTall = 26214, "too_tall";
    /// The image has more pixels than the website allows.
    TooManyPixels = 26215, "too_many_pixels";
    /// The image has more frames or pages than the website allows.
    TooManyFrames = 26216, "too_many_frames";
    /// Decoding the image needs more memory than the website allows.
    TooMuchMemory = 26217, "too_much_memory";
    /// The file has content that acts: a script, an attachment, a form. The website does not allow it.
    ActiveContent = 26218, "active_content";
    /// The image has too few pixels for the website's smallest print.
    PrintTooSmall = 26219, "print_too_small";
    /// An inspector of the host refuses the image.
    RefusedByInspector = 26220, "refused_by_inspector";
    /// The website has stored as much as it may.
    WebsiteQuotaExceeded = 26230, "website_quota_exceeded";
    /// The user has stored as much as one may on this website.
    UserQuotaExceeded = 26231, "user_quota_exceeded";
    /// The resolved DPI is under the website's minimum.
    DpiUnderMinimum = 26503, "dpi_under_minimum";
    /// The storage could not store or read. HTTP status 500.
    StorageFailed = 50001, "storage_failed";
    /// The authenticator could not decide. HTTP status 500.
    AuthenticatorFailed = 50002, "authenticator_failed";
    /// A file of the host cannot be read. HTTP status 500.
    UnreadableFile = 50003, "unreadable_file";
    /// Other uploads took all of the memory for renditions for too long. The upload can be tried again. HTTP
    /// status 500.
    Busy = 50004, "busy";
    /// The host gave the upload up, mostly because its client is gone. HTTP status 500.
    Cancelled = 50005, "cancelled";
    /// An inspector of the host could not decide. HTTP status 500.
    InspectorFailed = 50006, "inspector_failed";
}

impl ErrorKind {
    /// The number, the same in every language.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// The protocol's code for this kind.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self.number() / 100 {
            221 => ErrorCode::InvalidWebsiteId,
            226 => ErrorCode::InvalidClientKey,
            261 => ErrorCode::InvalidUserId,
            262 => ErrorCode::InvalidFile,
            265 => ErrorCode::InvalidDpi,
            372 => ErrorCode::MissingWebsiteId,
            _ => ErrorCode::ServerError,
        }
    }

    /// The protocol's text for this kind, as the envelope shows it.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self.code() {
            ErrorCode::MissingWebsiteId => "Missing websiteId",
            ErrorCode::InvalidWebsiteId => "Invalid websiteId",
            ErrorCode::InvalidClientKey => match self {
                Self::MissingClientKey => "Empty webApiClientKey",
                _ => "Invalid webApiClientKey",
            },
            ErrorCode::InvalidUserId => "Invalid userId",
            ErrorCode::InvalidFile => "Invalid or missing file",
            ErrorCode::InvalidDpi => "Invalid DPI value",
            ErrorCode::ServerError => "Server error",
        }
    }

    /// The HTTP status that belongs to the answer: 400, 401, 413 or 500.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::UnknownWebsite | Self::RefusedClientKey => 401,
            Self::TooLarge => 413,
            _ => match self.code() {
                ErrorCode::ServerError => 500,
                _ => 400,
            },
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ErrorKind {
    type Err = UnknownErrorKind;

    fn from_str(name: &str) -> Result<Self, UnknownErrorKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or(UnknownErrorKind)
    }
}

/// A text is not the name of an [`ErrorKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of an error kind")]
pub struct UnknownErrorKind;

/// Why an upload was refused or failed.
///
/// [`code`](Self::code) and [`message`](Self::message) go to the client. [`kind`](Self::kind) is for
/// the host's program, [`reason`](Self::reason) for its log. A reason never holds a key or file
/// content.
///
/// ```
/// use userimage::{ErrorKind, UploadError};
///
/// fn advice(error: &UploadError) -> &'static str {
///     match error.kind() {
///         ErrorKind::TooLarge => "Please choose a smaller file.",
///         ErrorKind::FormatNotAllowed | ErrorKind::NotAnImage => "Please choose a JPEG or PNG.",
///         _ => error.message(),
///     }
/// }
/// ```
#[derive(Debug)]
pub struct UploadError {
    kind: ErrorKind,
    cause: Cause,
}

impl UploadError {
    /// An error of this kind, for this reason.
    pub fn new(kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, cause: Cause::new(reason) }
    }

    /// An error of this kind whose reason is `error`, with every error beneath it.
    #[cfg(feature = "rendition")]
    pub(crate) fn from_error(
        kind: ErrorKind,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, cause: Cause::from_error(error) }
    }

    /// Adds the error that caused this one. Its words, and those of the errors beneath it, become
    /// part of the reason.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = self.cause.with_source(source);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The protocol's error code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.kind.code()
    }

    /// The protocol's text, as the envelope shows it.
    #[must_use]
    pub fn message(&self) -> &'static str {
        self.kind.message()
    }

    /// What exactly was wrong, in words, for the host and its log: "width 40000 is over the limit of
    /// 30000", "cannot write /srv/a.png: No space left on device (os error 28)".
    #[must_use]
    pub fn reason(&self) -> &str {
        self.cause.reason()
    }

    /// The HTTP status that belongs to the answer: 400, 401, 413 or 500.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.kind.http_status()
    }
}

impl fmt::Display for UploadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.message(), self.code(), self.reason())
    }
}

impl Error for UploadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.source()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_have_distinct_numbers_and_names_and_their_code_s_text() {
        let numbers: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.number()).collect();
        let names: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!((numbers.len(), names.len()), (ErrorKind::ALL.len(), ErrorKind::ALL.len()));
        for kind in ErrorKind::ALL {
            assert_eq!(kind.number() / 100, kind.code().number(), "{kind}");
            assert_eq!(kind.name().parse(), Ok(*kind));
        }
        assert_eq!("TOO_LARGE".parse::<ErrorKind>(), Err(UnknownErrorKind));
    }

    #[test]
    fn the_reason_holds_the_words_of_the_system() {
        let disk = std::io::Error::from_raw_os_error(28);
        let error =
            UploadError::new(ErrorKind::StorageFailed, "cannot write /srv/a.png").with_source(disk);
        assert!(error.reason().starts_with("cannot write /srv/a.png: "), "{}", error.reason());
        assert!(error.reason().ends_with("(os error 28)"), "{}", error.reason());
        assert_eq!((error.code().number(), error.http_status()), (500, 500));
    }
}

//! The codes that functions return: 0 is success, those below 900 are the protocol's, the rest the ABI's.

use userimage_core::{ErrorCode, ErrorKind};

/// Success: the outputs are written.
pub const USERIMAGE_OK: i32 = 0;

/// The websiteId is malformed, given twice with different values, or not known.
pub const USERIMAGE_INVALID_WEBSITE_ID: i32 = 221;
/// The webApiClientKey is missing, malformed, given twice with different values, or refused.
pub const USERIMAGE_INVALID_CLIENT_KEY: i32 = 226;
/// The userId is missing, malformed, or given twice with different values.
pub const USERIMAGE_INVALID_USER_ID: i32 = 261;
/// The file is missing, over a limit, or not a complete image of an allowed format.
pub const USERIMAGE_INVALID_FILE: i32 = 262;
/// The DPI is malformed, given twice with different values, or under the website's minimum.
pub const USERIMAGE_INVALID_DPI: i32 = 265;
/// The websiteId is missing.
pub const USERIMAGE_MISSING_WEBSITE_ID: i32 = 372;
/// The storage or the authenticator failed, or a file of the host cannot be read.
pub const USERIMAGE_SERVER_ERROR: i32 = 500;

/// The library panicked, which is a bug in it. The process and every handle stay usable.
pub const USERIMAGE_PANIC: i32 = 900;
/// A pointer that must not be NULL is NULL.
pub const USERIMAGE_NULL_POINTER: i32 = 901;
/// A struct_size is not that of any version of the struct.
pub const USERIMAGE_BAD_STRUCT_SIZE: i32 = 902;
/// A flag is set that this version of the library does not know.
pub const USERIMAGE_UNKNOWN_FLAG: i32 = 903;
/// A text from the host (a configuration, a path) is not UTF-8.
pub const USERIMAGE_BAD_UTF8: i32 = 904;
/// The configuration is malformed, contradicts itself, or its storage cannot be opened.
pub const USERIMAGE_INVALID_CONFIG: i32 = 906;
/// There is no such image, or no such format, or no EXIF block.
pub const USERIMAGE_ABSENT: i32 = 907;
/// The storage has no such operation.
pub const USERIMAGE_UNSUPPORTED: i32 = 908;
/// An argument is out of its range.
pub const USERIMAGE_INVALID_ARGUMENT: i32 = 909;
/// The sink takes no such answer, has one already, or its callback has returned.
pub const USERIMAGE_SINK_CLOSED: i32 = 910;
/// The library's version is not compatible with the one that the caller was built for.
pub const USERIMAGE_INCOMPATIBLE: i32 = 911;

/// The text of a code: the protocol's, or the ABI's own.
pub(crate) fn message(code: i32) -> Option<&'static str> {
    // The last kind of a code has its usual text: see "Empty webApiClientKey".
    let kind = ErrorKind::ALL.iter().rfind(|kind| kind.code().number() == code);
    if let Some(kind) = kind {
        return Some(kind.message());
    }
    Some(match code {
        USERIMAGE_PANIC => "Internal error",
        USERIMAGE_NULL_POINTER => "Null pointer",
        USERIMAGE_BAD_STRUCT_SIZE => "Bad struct size",
        USERIMAGE_UNKNOWN_FLAG => "Unknown flag",
        USERIMAGE_BAD_UTF8 => "Text is not UTF-8",
        USERIMAGE_INVALID_CONFIG => "Invalid configuration",
        USERIMAGE_ABSENT => "Not found",
        USERIMAGE_UNSUPPORTED => "Not supported",
        USERIMAGE_INVALID_ARGUMENT => "Invalid argument",
        USERIMAGE_SINK_CLOSED => "Sink takes no such answer",
        USERIMAGE_INCOMPATIBLE => "Incompatible version",
        _ => return None,
    })
}

// The numbers above are literals for the header's sake; they are the core's.
const _: () = {
    assert!(USERIMAGE_INVALID_WEBSITE_ID == ErrorCode::InvalidWebsiteId.number());
    assert!(USERIMAGE_INVALID_CLIENT_KEY == ErrorCode::InvalidClientKey.number());
    assert!(USERIMAGE_INVALID_USER_ID == ErrorCode::InvalidUserId.number());
    assert!(USERIMAGE_INVALID_FILE == ErrorCode::InvalidFile.number());
    assert!(USERIMAGE_INVALID_DPI == ErrorCode::InvalidDpi.number());
    assert!(USERIMAGE_MISSING_WEBSITE_ID == ErrorCode::MissingWebsiteId.number());
    assert!(USERIMAGE_SERVER_ERROR == ErrorCode::ServerError.number());
};

//! The codes that functions return. 0 is success, up to 899 are the protocol's, from 900 the ABI's own.

use userimage_core::ErrorCode;

/// Success: the outputs are written.
pub const USERIMAGE_OK: i32 = 0;

/// The websiteId is malformed or not known.
pub const USERIMAGE_INVALID_WEBSITE_ID: i32 = 221;
/// The webApiClientKey is missing, malformed or refused.
pub const USERIMAGE_INVALID_CLIENT_KEY: i32 = 226;
/// The userId is missing or malformed.
pub const USERIMAGE_INVALID_USER_ID: i32 = 261;
/// The file is missing, over a limit, or not a whole image of an allowed format.
pub const USERIMAGE_INVALID_FILE: i32 = 262;
/// The DPI is malformed or under the website's minimum.
pub const USERIMAGE_INVALID_DPI: i32 = 265;
/// The websiteId is missing.
pub const USERIMAGE_MISSING_WEBSITE_ID: i32 = 372;
/// The storage or the authenticator failed.
pub const USERIMAGE_SERVER_ERROR: i32 = 500;

/// The library panicked: a fault of its own. The process and every handle can be used on.
pub const USERIMAGE_PANIC: i32 = 900;
/// A pointer that must not be NULL is NULL.
pub const USERIMAGE_NULL_POINTER: i32 = 901;
/// A struct_size is not one of a version that this library knows.
pub const USERIMAGE_BAD_STRUCT_SIZE: i32 = 902;
/// A flag is set that this library does not know.
pub const USERIMAGE_UNKNOWN_FLAG: i32 = 903;
/// A text is not UTF-8.
pub const USERIMAGE_BAD_UTF8: i32 = 904;
/// A file of the host cannot be read.
pub const USERIMAGE_IO: i32 = 905;
/// The configuration is malformed, contradicts itself, or its storage cannot be opened.
pub const USERIMAGE_INVALID_CONFIG: i32 = 906;
/// What was asked for is not there: no such image, or a value that the file does not tell.
pub const USERIMAGE_ABSENT: i32 = 907;
/// The storage has no such operation.
pub const USERIMAGE_UNSUPPORTED: i32 = 908;
/// An argument is out of its range.
pub const USERIMAGE_INVALID_ARGUMENT: i32 = 909;
/// A sink is not for this answer, has got one already, or its callback has returned.
pub const USERIMAGE_SINK_CLOSED: i32 = 910;
/// The library is of another, incompatible version than the caller was built for.
pub const USERIMAGE_INCOMPATIBLE: i32 = 911;

/// The text of one of the ABI's own codes.
pub(crate) fn message(code: i32) -> Option<&'static str> {
    Some(match code {
        USERIMAGE_PANIC => "Internal error",
        USERIMAGE_NULL_POINTER => "Null pointer",
        USERIMAGE_BAD_STRUCT_SIZE => "Bad struct size",
        USERIMAGE_UNKNOWN_FLAG => "Unknown flag",
        USERIMAGE_BAD_UTF8 => "Text is not UTF-8",
        USERIMAGE_IO => "File cannot be read",
        USERIMAGE_INVALID_CONFIG => "Invalid configuration",
        USERIMAGE_ABSENT => "Not there",
        USERIMAGE_UNSUPPORTED => "Not supported",
        USERIMAGE_INVALID_ARGUMENT => "Invalid argument",
        USERIMAGE_SINK_CLOSED => "Sink takes no such answer",
        USERIMAGE_INCOMPATIBLE => "Incompatible version",
        _ => return None,
    })
}

// The numbers above are literals for the header's sake; they are the core's.
const _: () = {
    assert!(USERIMAGE_INVALID_WEBSITE_ID == ErrorCode::InvalidWebsiteId as i32);
    assert!(USERIMAGE_INVALID_CLIENT_KEY == ErrorCode::InvalidClientKey as i32);
    assert!(USERIMAGE_INVALID_USER_ID == ErrorCode::InvalidUserId as i32);
    assert!(USERIMAGE_INVALID_FILE == ErrorCode::InvalidFile as i32);
    assert!(USERIMAGE_INVALID_DPI == ErrorCode::InvalidDpi as i32);
    assert!(USERIMAGE_MISSING_WEBSITE_ID == ErrorCode::MissingWebsiteId as i32);
    assert!(USERIMAGE_SERVER_ERROR == ErrorCode::ServerError as i32);
};

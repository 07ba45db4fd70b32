//! The kinds of the protocol's errors: a code names the field, a kind what is wrong with it.

use userimage_core::ErrorKind;

/// The websiteId is missing or blank.
pub const USERIMAGE_KIND_MISSING_WEBSITE_ID: i32 = 37201;
/// The websiteId is not a number from 1 to 2147483647.
pub const USERIMAGE_KIND_MALFORMED_WEBSITE_ID: i32 = 22101;
/// The websiteId is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_WEBSITE_ID: i32 = 22102;
/// The authenticator does not know the website. HTTP status 401.
pub const USERIMAGE_KIND_UNKNOWN_WEBSITE: i32 = 22103;
/// The webApiClientKey is missing or blank.
pub const USERIMAGE_KIND_MISSING_CLIENT_KEY: i32 = 22601;
/// The webApiClientKey is longer than 256 characters or not visible ASCII.
pub const USERIMAGE_KIND_MALFORMED_CLIENT_KEY: i32 = 22602;
/// The webApiClientKey is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_CLIENT_KEY: i32 = 22603;
/// The authenticator refuses the key for this website. HTTP status 401.
pub const USERIMAGE_KIND_REFUSED_CLIENT_KEY: i32 = 22604;
/// The userId is missing or blank.
pub const USERIMAGE_KIND_MISSING_USER_ID: i32 = 26101;
/// The userId is longer than 256 characters, has control characters, or is not UTF-8.
pub const USERIMAGE_KIND_MALFORMED_USER_ID: i32 = 26102;
/// The userId is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_USER_ID: i32 = 26103;
/// The DPI is not a number from 1 to 65535.
pub const USERIMAGE_KIND_MALFORMED_DPI: i32 = 26501;
/// The DPI is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_DPI: i32 = 26502;
/// There is no part named postedFile.
pub const USERIMAGE_KIND_MISSING_FILE: i32 = 26201;
/// There is more than one part named postedFile.
pub const USERIMAGE_KIND_REPEATED_FILE: i32 = 26202;
/// The part postedFile has neither a file name nor a content type.
pub const USERIMAGE_KIND_UNNAMED_FILE: i32 = 26203;
/// The file has no bytes.
pub const USERIMAGE_KIND_EMPTY_FILE: i32 = 26204;
/// The body is not a well-formed multipart/form-data.
pub const USERIMAGE_KIND_MALFORMED_FORM: i32 = 26205;
/// The body ended early.
pub const USERIMAGE_KIND_INCOMPLETE_BODY: i32 = 26206;
/// The file or the body has too many bytes. HTTP status 413.
pub const USERIMAGE_KIND_TOO_LARGE: i32 = 26207;
/// The bytes are not an image of a known format.
pub const USERIMAGE_KIND_NOT_AN_IMAGE: i32 = 26208;
/// The image is damaged or cut short.
pub const USERIMAGE_KIND_DAMAGED: i32 = 26209;
/// The website does not take this format.
pub const USERIMAGE_KIND_FORMAT_NOT_ALLOWED: i32 = 26210;
/// The image uses a coding of its format that is not decoded.
pub const USERIMAGE_KIND_UNSUPPORTED_CODING: i32 = 26211;
/// The image has no size in pixels.
pub const USERIMAGE_KIND_NO_PIXEL_SIZE: i32 = 26212;
/// The image is wider than the website allows.
pub const USERIMAGE_KIND_TOO_WIDE: i32 = 26213;
/// The image is taller than the website allows.
pub const USERIMAGE_KIND_TOO_TALL: i32 = 26214;
/// The image has more pixels than the website allows.
pub const USERIMAGE_KIND_TOO_MANY_PIXELS: i32 = 26215;
/// The image has more frames or pages than the website allows.
pub const USERIMAGE_KIND_TOO_MANY_FRAMES: i32 = 26216;
/// Decoding the image needs more memory than the website allows.
pub const USERIMAGE_KIND_TOO_MUCH_MEMORY: i32 = 26217;
/// The file has content that acts: a script, an attachment, a form. The website does not allow it.
pub const USERIMAGE_KIND_ACTIVE_CONTENT: i32 = 26218;
/// The image has too few pixels for the website's smallest print.
pub const USERIMAGE_KIND_PRINT_TOO_SMALL: i32 = 26219;
/// An inspector refuses the image.
pub const USERIMAGE_KIND_REFUSED_BY_INSPECTOR: i32 = 26220;
/// The website has stored as much as it may.
pub const USERIMAGE_KIND_WEBSITE_QUOTA_EXCEEDED: i32 = 26230;
/// The user has stored as much as one may on this website.
pub const USERIMAGE_KIND_USER_QUOTA_EXCEEDED: i32 = 26231;
/// The DPI is under the website's minimum.
pub const USERIMAGE_KIND_DPI_UNDER_MINIMUM: i32 = 26503;
/// The storage could not store or read. HTTP status 500.
pub const USERIMAGE_KIND_STORAGE_FAILED: i32 = 50001;
/// The authenticator could not decide. HTTP status 500.
pub const USERIMAGE_KIND_AUTHENTICATOR_FAILED: i32 = 50002;
/// A file of the host cannot be read. HTTP status 500.
pub const USERIMAGE_KIND_UNREADABLE_FILE: i32 = 50003;
/// Other uploads took all of the memory for renditions for too long. The upload can be tried again. HTTP
/// status 500.
pub const USERIMAGE_KIND_BUSY: i32 = 50004;
/// The host gave the upload up with userimage_cancellation_cancel. HTTP status 500.
pub const USERIMAGE_KIND_CANCELLED: i32 = 50005;
/// An inspector could not decide. HTTP status 500.
pub const USERIMAGE_KIND_INSPECTOR_FAILED: i32 = 50006;

/// The numbers above are literals for the header's sake; they are the core's, and all of them.
const KINDS: &[(i32, ErrorKind)] = &[
    (USERIMAGE_KIND_MISSING_WEBSITE_ID, ErrorKind::MissingWebsiteId),
    (USERIMAGE_KIND_MALFORMED_WEBSITE_ID, ErrorKind::MalformedWebsiteId),
    (USERIMAGE_KIND_CONFLICTING_WEBSITE_ID, ErrorKind::ConflictingWebsiteId),
    (USERIMAGE_KIND_UNKNOWN_WEBSITE, ErrorKind::UnknownWebsite),
    (USERIMAGE_KIND_MISSING_CLIENT_KEY, ErrorKind::MissingClientKey),
    (USERIMAGE_KIND_MALFORMED_CLIENT_KEY, ErrorKind::MalformedClientKey),
    (USERIMAGE_KIND_CONFLICTING_CLIENT_KEY, ErrorKind::ConflictingClientKey),
    (USERIMAGE_KIND_REFUSED_CLIENT_KEY, ErrorKind::RefusedClientKey),
    (USERIMAGE_KIND_MISSING_USER_ID, ErrorKind::MissingUserId),
    (USERIMAGE_KIND_MALFORMED_USER_ID, ErrorKind::MalformedUserId),
    (USERIMAGE_KIND_CONFLICTING_USER_ID, ErrorKind::ConflictingUserId),
    (USERIMAGE_KIND_MALFORMED_DPI, ErrorKind::MalformedDpi),
    (USERIMAGE_KIND_CONFLICTING_DPI, ErrorKind::ConflictingDpi),
    (USERIMAGE_KIND_MISSING_FILE, ErrorKind::MissingFile),
    (USERIMAGE_KIND_REPEATED_FILE, ErrorKind::RepeatedFile),
    (USERIMAGE_KIND_UNNAMED_FILE, ErrorKind::UnnamedFile),
    (USERIMAGE_KIND_EMPTY_FILE, ErrorKind::EmptyFile),
    (USERIMAGE_KIND_MALFORMED_FORM, ErrorKind::MalformedForm),
    (USERIMAGE_KIND_INCOMPLETE_BODY, ErrorKind::IncompleteBody),
    (USERIMAGE_KIND_TOO_LARGE, ErrorKind::TooLarge),
    (USERIMAGE_KIND_NOT_AN_IMAGE, ErrorKind::NotAnImage),
    (USERIMAGE_KIND_DAMAGED, ErrorKind::Damaged),
    (USERIMAGE_KIND_FORMAT_NOT_ALLOWED, ErrorKind::FormatNotAllowed),
    (USERIMAGE_KIND_UNSUPPORTED_CODING, ErrorKind::UnsupportedCoding),
    (USERIMAGE_KIND_NO_PIXEL_SIZE, ErrorKind::NoPixelSize),
    (USERIMAGE_KIND_TOO_WIDE, ErrorKind::TooWide),
    (USERIMAGE_KIND_TOO_TALL, ErrorKind::TooTall),
    (USERIMAGE_KIND_TOO_MANY_PIXELS, ErrorKind::TooManyPixels),
    (USERIMAGE_KIND_TOO_MANY_FRAMES, ErrorKind::TooManyFrames),
    (USERIMAGE_KIND_TOO_MUCH_MEMORY, ErrorKind::TooMuchMemory),
    (USERIMAGE_KIND_ACTIVE_CONTENT, ErrorKind::ActiveContent),
    (USERIMAGE_KIND_PRINT_TOO_SMALL, ErrorKind::PrintTooSmall),
    (USERIMAGE_KIND_REFUSED_BY_INSPECTOR, ErrorKind::RefusedByInspector),
    (USERIMAGE_KIND_WEBSITE_QUOTA_EXCEEDED, ErrorKind::WebsiteQuotaExceeded),
    (USERIMAGE_KIND_USER_QUOTA_EXCEEDED, ErrorKind::UserQuotaExceeded),
    (USERIMAGE_KIND_DPI_UNDER_MINIMUM, ErrorKind::DpiUnderMinimum),
    (USERIMAGE_KIND_STORAGE_FAILED, ErrorKind::StorageFailed),
    (USERIMAGE_KIND_AUTHENTICATOR_FAILED, ErrorKind::AuthenticatorFailed),
    (USERIMAGE_KIND_UNREADABLE_FILE, ErrorKind::UnreadableFile),
    (USERIMAGE_KIND_BUSY, ErrorKind::Busy),
    (USERIMAGE_KIND_CANCELLED, ErrorKind::Cancelled),
    (USERIMAGE_KIND_INSPECTOR_FAILED, ErrorKind::InspectorFailed),
];

const _: () = {
    assert!(KINDS.len() == ErrorKind::ALL.len());
    let mut index = 0;
    while index < KINDS.len() {
        assert!(KINDS[index].0 == KINDS[index].1.number());
        index += 1;
    }
};

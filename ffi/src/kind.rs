//! The kinds of the protocol's errors: a code says which field, a kind what is wrong with it.

/// The websiteId is missing or blank.
pub const USERIMAGE_KIND_MISSING_WEBSITE_ID: i32 = 37201;
/// The websiteId is not a number from 1 to 2147483647.
pub const USERIMAGE_KIND_MALFORMED_WEBSITE_ID: i32 = 22101;
/// The websiteId is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_WEBSITE_ID: i32 = 22102;
/// The authenticator does not know the website.
pub const USERIMAGE_KIND_UNKNOWN_WEBSITE: i32 = 22103;
/// The webApiClientKey is missing or blank.
pub const USERIMAGE_KIND_MISSING_CLIENT_KEY: i32 = 22601;
/// The webApiClientKey is too long or not visible ASCII.
pub const USERIMAGE_KIND_MALFORMED_CLIENT_KEY: i32 = 22602;
/// The webApiClientKey is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_CLIENT_KEY: i32 = 22603;
/// The authenticator does not accept the key for the website.
pub const USERIMAGE_KIND_REFUSED_CLIENT_KEY: i32 = 22604;
/// The userId is missing or blank.
pub const USERIMAGE_KIND_MISSING_USER_ID: i32 = 26101;
/// The userId is too long, has control characters or is not UTF-8.
pub const USERIMAGE_KIND_MALFORMED_USER_ID: i32 = 26102;
/// The userId is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_USER_ID: i32 = 26103;
/// There is no part named postedFile.
pub const USERIMAGE_KIND_MISSING_FILE: i32 = 26201;
/// There is more than one part named postedFile.
pub const USERIMAGE_KIND_REPEATED_FILE: i32 = 26202;
/// The part postedFile has neither a file name nor a content type.
pub const USERIMAGE_KIND_UNNAMED_FILE: i32 = 26203;
/// The file has no bytes.
pub const USERIMAGE_KIND_EMPTY_FILE: i32 = 26204;
/// The body is not a multipart/form-data form.
pub const USERIMAGE_KIND_MALFORMED_FORM: i32 = 26205;
/// The body ended early.
pub const USERIMAGE_KIND_INCOMPLETE_BODY: i32 = 26206;
/// The file has more bytes than the website takes.
pub const USERIMAGE_KIND_TOO_LARGE: i32 = 26207;
/// The file is not of a known format, or its header is damaged.
pub const USERIMAGE_KIND_NOT_AN_IMAGE: i32 = 26208;
/// The file's pixels are damaged or missing, or of a variant that is not decoded.
pub const USERIMAGE_KIND_DAMAGED: i32 = 26209;
/// The website does not take this format.
pub const USERIMAGE_KIND_FORMAT_NOT_ALLOWED: i32 = 26210;
/// The body has a Content-Encoding.
pub const USERIMAGE_KIND_UNSUPPORTED_CODING: i32 = 26211;
/// The file states no size in pixels.
pub const USERIMAGE_KIND_NO_PIXEL_SIZE: i32 = 26212;
/// The image is wider than the website takes.
pub const USERIMAGE_KIND_TOO_WIDE: i32 = 26213;
/// The image is taller than the website takes.
pub const USERIMAGE_KIND_TOO_TALL: i32 = 26214;
/// The image has more pixels than the website takes.
pub const USERIMAGE_KIND_TOO_MANY_PIXELS: i32 = 26215;
/// The file has more frames or pages than the website takes.
pub const USERIMAGE_KIND_TOO_MANY_FRAMES: i32 = 26216;
/// Making the rendition needs more memory than the website's policy allows.
pub const USERIMAGE_KIND_TOO_MUCH_MEMORY: i32 = 26217;
/// The DPI is not a number from 1 to 65535.
pub const USERIMAGE_KIND_MALFORMED_DPI: i32 = 26501;
/// The DPI is given twice with different values.
pub const USERIMAGE_KIND_CONFLICTING_DPI: i32 = 26502;
/// The DPI is under the website's minimum.
pub const USERIMAGE_KIND_DPI_UNDER_MINIMUM: i32 = 26503;
/// The storage failed.
pub const USERIMAGE_KIND_STORAGE_FAILED: i32 = 50001;
/// The authenticator failed.
pub const USERIMAGE_KIND_AUTHENTICATOR_FAILED: i32 = 50002;
/// A file of the host's cannot be read.
pub const USERIMAGE_KIND_UNREADABLE_FILE: i32 = 50003;

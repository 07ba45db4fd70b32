//! What is known of an image that is or is being stored, whatever its storage gives it.

use std::ffi::c_char;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use userimage_core::{BlobKey, ImageRecord, Variant, WebsiteId};

use crate::code::USERIMAGE_INVALID_ARGUMENT;
use crate::error::Fault;
use crate::getter::{bytes, size, text, value};
use crate::handle::{Handle, Owned};

/// The bytes as they came.
pub const USERIMAGE_ORIGINAL: i32 = 0;
/// The rendition for screens.
pub const USERIMAGE_STANDARD: i32 = 1;

/// One of the two constants above.
pub(crate) fn variant(number: i32) -> Result<Variant, Fault> {
    match number {
        USERIMAGE_ORIGINAL => Ok(Variant::Original),
        USERIMAGE_STANDARD => Ok(Variant::Standard),
        _ => Err(Fault::usage(
            USERIMAGE_INVALID_ARGUMENT,
            format!("variant {number} is neither USERIMAGE_ORIGINAL nor USERIMAGE_STANDARD"),
        )),
    }
}

/// The constant's number.
pub(crate) fn variant_number(variant: Variant) -> i32 {
    match variant {
        Variant::Original => USERIMAGE_ORIGINAL,
        Variant::Standard => USERIMAGE_STANDARD,
    }
}

/// A website as C sees it: no id is above `i32::MAX`.
pub(crate) fn website_number(website: WebsiteId) -> i32 {
    i32::try_from(website.get()).unwrap_or(i32::MAX)
}

/// What is known of an image whichever storage keeps it. It is always part of something else (an
/// image, or a call of a host's own storage), lives as long, and is never freed on its own. Several
/// threads may read it at once. Its texts live as long.
#[derive(Debug)]
pub struct Record {
    pub(crate) record: ImageRecord,
    json: OnceLock<String>,
    keys: [OnceLock<String>; 2],
}

impl Handle for Record {
    type Ownership = Owned;
    const NAME: &'static str = "record";
}

impl Record {
    pub(crate) fn new(record: ImageRecord) -> Self {
        Self { record, json: OnceLock::new(), keys: Default::default() }
    }

    fn key(&self, variant: Variant) -> &str {
        let key = || -> String { BlobKey::to_string(&self.record.blob_key(variant)) };
        self.keys[usize::from(variant == Variant::Standard)].get_or_init(key)
    }
}

/// The website it was uploaded to.
///
/// Thread safety: a record may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_website_id(record: *const Record, id: *mut i32) -> i32 {
    // SAFETY: the caller hands over a living record, and a place that may be written or NULL.
    unsafe { value(record, id, |record| Some(website_number(record.record.website_id))) }
}

/// Who uploaded it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_user_id(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.user_id.as_str())) }
}

/// The client's file name, to be shown and never used as a path.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_image_name(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.image_name.as_str())) }
}

/// The name that it is stored under: safe in a path and in a URL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_unique_name(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.unique_name.as_str())) }
}

/// The path, relative to a store, where the library's own storages keep the original, such as
/// "original/2026_11_....png". A storage of the host's own may do so too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_original_key(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.key(Variant::Original))) }
}

/// As userimage_record_original_key, for the standard rendition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_standard_key(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.key(Variant::Standard))) }
}

/// The format's name in configurations, such as "jpeg": of the bytes, never of the client's claim.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_format(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.format.name())) }
}

/// The MIME type, such as "image/jpeg".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_mime_type(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.format.mime_type())) }
}

/// The extension with its dot, such as ".jpg".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_extension(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.format.extension())) }
}

/// Width and height in pixels as a person sees the picture: after orientation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_size(
    record: *const Record,
    width: *mut u32,
    height: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { size(record, (width, height), |record| Some(record.record.size())) }
}

/// Width and height in pixels as stored: before orientation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_stored_size(
    record: *const Record,
    width: *mut u32,
    height: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { size(record, (width, height), |record| Some(record.record.stored_size)) }
}

/// How the picture must be turned to stand upright: EXIF's number, 1 to 8; 1 is as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_orientation(
    record: *const Record,
    orientation: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { value(record, orientation, |record| Some(record.record.orientation.to_exif().into())) }
}

/// The answer's DPI: the request's, else the file's own, else 72.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_dpi(record: *const Record, dpi: *mut u32) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { value(record, dpi, |record| Some(record.record.dpi.get().into())) }
}

/// The original's length in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_bytes(record: *const Record, bytes: *mut u64) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { value(record, bytes, |record| Some(record.record.bytes)) }
}

/// The original's SHA-256: 32 bytes, that live as long as the record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_sha256(
    record: *const Record,
    data: *mut *const u8,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { bytes(record, data, len, |record| &record.record.sha256) }
}

/// When it was uploaded: milliseconds since 1970, UTC.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_created(
    record: *const Record,
    milliseconds: *mut i64,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { value(record, milliseconds, |record| Some(unix_milliseconds(record.record.created))) }
}

/// The standard rendition's format: "jpeg", or "png" where the picture has transparency.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_standard_format(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.standard.format.name())) }
}

/// The standard rendition's MIME type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_standard_mime_type(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { text(record, data, len, |record| Some(record.record.standard.format.mime_type())) }
}

/// The standard rendition's width and height in pixels.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_standard_size(
    record: *const Record,
    width: *mut u32,
    height: *mut u32,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { size(record, (width, height), |record| Some(record.record.standard.size)) }
}

/// The standard rendition's length in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_standard_bytes(
    record: *const Record,
    bytes: *mut u64,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe { value(record, bytes, |record| Some(record.record.standard.bytes)) }
}

/// All of the record as a JSON document. A storage of the host's own keeps it beside the image and
/// hands it back unchanged to userimage_sink_image. The text lives as long as the record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_json(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_record_website_id.
    unsafe {
        text(record, data, len, |record| Some(record.json.get_or_init(|| record.record.to_json())))
    }
}

fn unix_milliseconds(time: SystemTime) -> i64 {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

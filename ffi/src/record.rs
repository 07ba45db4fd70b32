//! What is known of an image that is stored or about to be, whatever its storage adds.

use std::ffi::c_char;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use userimage_core::{ImageRecord, Variant, Warning};

use crate::call_error::{CallError, Error};
use crate::getter::{self, text};
use crate::guard::{guard, guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned};
use crate::input::host_text;
use crate::output::{self, Out};
use crate::versioned_struct::{OutView, VersionedStruct, view_struct};
use crate::website::website_number;

/// The variant with this name: "original", "standard", or that of a further rendition.
///
/// # Safety
///
/// `name` is NULL or points to `len` bytes.
pub(crate) unsafe fn variant(name: *const c_char, len: usize) -> Result<Variant, CallError> {
    // SAFETY: the caller's promise is the same.
    let name = unsafe { host_text(name, len, "variant")? };
    name.parse().map_err(|_| {
        CallError::argument(
            "variant",
            "is neither original nor standard nor the name of a rendition",
        )
    })
}

/// What is known of an image, whichever storage keeps it: read with userimage_record_get. The record of an
/// image or of a storage's callback lives as long as that; the one of userimage_record_from_json is the
/// caller's, and is freed with userimage_record_free. Several threads may read it at once.
#[derive(Debug)]
pub struct Record {
    pub(crate) record: ImageRecord,
    json: OnceLock<String>,
    /// Of all files, in the order of the record's variants.
    keys: OnceLock<Vec<String>>,
    /// The bytes of the further renditions, where they are known: while the image is being stored.
    renditions: Vec<Vec<u8>>,
}

impl Handle for Record {
    type Ownership = Owned;
    const NAME: &'static str = "record";
}

impl Record {
    pub(crate) fn new(record: ImageRecord) -> Self {
        Self { record, json: OnceLock::new(), keys: OnceLock::new(), renditions: Vec::new() }
    }

    /// The same, with the bytes of the further renditions.
    pub(crate) fn with_renditions(mut self, renditions: Vec<Vec<u8>>) -> Self {
        self.renditions = renditions;
        self
    }

    /// The key of a file, counted in the order of the record's variants.
    fn key(&self, index: usize) -> &str {
        let keys = self
            .keys
            .get_or_init(|| self.record.blob_keys().iter().map(ToString::to_string).collect());
        keys.get(index).map_or("", String::as_str)
    }

    fn view(&self) -> RecordView {
        let record = &self.record;
        let (size, standard) = (record.size(), &record.standard);
        let (original_key, standard_key) = (self.key(0), self.key(1));
        let mut view = RecordView::zeroed();
        view.created = unix_milliseconds(record.created);
        view.original_bytes = record.original_bytes;
        view.standard_bytes = standard.bytes;
        view.warnings = record.warnings.iter().map(|&warning| warning_bit(warning)).sum();
        view.website_id = website_number(record.website_id);
        view.orientation = record.orientation.to_exif().into();
        (view.width, view.height) = (size.width, size.height);
        (view.stored_width, view.stored_height) =
            (record.stored_size.width, record.stored_size.height);
        (view.dpi, view.dpi_y) = (record.dpi.get().into(), record.dpi_y.get().into());
        (view.standard_width, view.standard_height) = (standard.size.width, standard.size.height);
        (view.user_id, view.user_id_len) = output::text(record.user_id.as_str());
        (view.image_name, view.image_name_len) = output::text(record.image_name.as_str());
        (view.unique_name, view.unique_name_len) = output::text(record.unique_name.as_str());
        (view.format, view.format_len) = output::text(record.format.name());
        (view.mime_type, view.mime_type_len) = output::text(record.format.mime_type());
        (view.extension, view.extension_len) = output::text(record.format.extension());
        (view.original_key, view.original_key_len) = output::text(original_key);
        (view.standard_key, view.standard_key_len) = output::text(standard_key);
        (view.standard_format, view.standard_format_len) = output::text(standard.format.name());
        (view.standard_mime_type, view.standard_mime_type_len) =
            output::text(standard.format.mime_type());
        (view.sha256, view.sha256_len) = (record.sha256.as_ptr(), record.sha256.len());
        if let Some(sha256) = &standard.sha256 {
            view.has |= USERIMAGE_RECORD_HAS_STANDARD_SHA256;
            (view.standard_sha256, view.standard_sha256_len) = (sha256.as_ptr(), sha256.len());
        }
        if let Some(hash) = record.difference_hash {
            view.has |= USERIMAGE_RECORD_HAS_DIFFERENCE_HASH;
            view.difference_hash = hash.bits();
        }
        if let Some(hash) = &record.thumb_hash {
            view.has |= USERIMAGE_RECORD_HAS_THUMB_HASH;
            let bytes = hash.as_bytes();
            (view.thumb_hash, view.thumb_hash_len) = (bytes.as_ptr(), bytes.len());
        }
        view.rendition_count = record.renditions.len();
        view
    }

    fn rendition(&self, index: usize) -> Option<RecordRenditionView> {
        let rendition = self.record.renditions.get(index)?;
        let mut view = RecordRenditionView::zeroed();
        view.bytes = rendition.bytes;
        (view.width, view.height) = (rendition.size.width, rendition.size.height);
        (view.name, view.name_len) = output::text(rendition.name.as_str());
        (view.key, view.key_len) = output::text(self.key(Variant::FIXED.len() + index));
        (view.format, view.format_len) = output::text(rendition.format.name());
        (view.mime_type, view.mime_type_len) = output::text(rendition.format.mime_type());
        (view.sha256, view.sha256_len) = (rendition.sha256.as_ptr(), rendition.sha256.len());
        if let Some(data) = self.renditions.get(index) {
            (view.data, view.data_len) = (data.as_ptr(), data.len());
        }
        Some(view)
    }
}

/// For userimage_record_view: standard_sha256 is known. Old records do not have it.
pub const USERIMAGE_RECORD_HAS_STANDARD_SHA256: u32 = 1;
/// For userimage_record_view: difference_hash is known. Old records do not have it.
pub const USERIMAGE_RECORD_HAS_DIFFERENCE_HASH: u32 = 2;
/// For userimage_record_view: thumb_hash is known. Old records do not have it.
pub const USERIMAGE_RECORD_HAS_THUMB_HASH: u32 = 4;

/// It has too few pixels for the website's min_print, which warns instead of refusing.
pub const USERIMAGE_WARNING_LOW_RESOLUTION: u32 = 1;
/// Its colours are inks (CMYK), and no profile states which.
pub const USERIMAGE_WARNING_CMYK_WITHOUT_PROFILE: u32 = 2;
/// Pixels of it are transparent: the colour below them shows.
pub const USERIMAGE_WARNING_TRANSPARENCY: u32 = 4;
/// It has inks of its own beside or instead of CMYK, which the rendition does not show as they print.
pub const USERIMAGE_WARNING_SPOT_COLOURS: u32 = 8;
/// It is an animation, of which the rendition shows the first frame.
pub const USERIMAGE_WARNING_ANIMATION: u32 = 16;
/// Texts of it are drawn in another font, or not at all: theirs is neither in the file nor among the host's.
pub const USERIMAGE_WARNING_FONTS_MISSING: u32 = 32;

/// The constant of a warning. The numbers above are literals for the header's sake.
fn warning_bit(warning: Warning) -> u64 {
    let bit = match warning {
        Warning::LowResolution => USERIMAGE_WARNING_LOW_RESOLUTION,
        Warning::CmykWithoutProfile => USERIMAGE_WARNING_CMYK_WITHOUT_PROFILE,
        Warning::Transparency => USERIMAGE_WARNING_TRANSPARENCY,
        Warning::SpotColours => USERIMAGE_WARNING_SPOT_COLOURS,
        Warning::Animation => USERIMAGE_WARNING_ANIMATION,
        Warning::FontsMissing => USERIMAGE_WARNING_FONTS_MISSING,
        _ => 0,
    };
    bit.into()
}

/// The facts of an image. The caller sets struct_size, userimage_record_get the rest; texts and hashes
/// live as long as the record.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RecordView {
    /// sizeof(userimage_record_view), set by the caller
    pub struct_size: u32,
    /// Which of the facts that may be missing are known: USERIMAGE_RECORD_HAS_...
    pub has: u32,
    /// When it was uploaded: milliseconds since 1970, UTC.
    pub created: i64,
    /// The original's length in bytes.
    pub original_bytes: u64,
    /// The standard rendition's length in bytes.
    pub standard_bytes: u64,
    /// What whoever prints it should look at: USERIMAGE_WARNING_... bits.
    pub warnings: u64,
    /// The website that it was uploaded to.
    pub website_id: i32,
    /// EXIF's orientation, 1 to 8: how the stored pixels are turned or mirrored for display.
    pub orientation: u32,
    /// The original's width and height in pixels as displayed, after orientation.
    pub width: u32,
    pub height: u32,
    /// The original's width and height in pixels as stored, before orientation.
    pub stored_width: u32,
    pub stored_height: u32,
    /// The answer's dots per inch, horizontal and vertical, as displayed: the request's, else the file's
    /// own, else 72.
    pub dpi: u32,
    pub dpi_y: u32,
    /// The standard rendition's width and height in pixels.
    pub standard_width: u32,
    pub standard_height: u32,
    /// Who uploaded it.
    pub user_id: *const c_char,
    /// Its length in bytes, here and below.
    pub user_id_len: usize,
    /// The client's file name: for display, never to be used as a path.
    pub image_name: *const c_char,
    pub image_name_len: usize,
    /// The name that it is stored under: safe in a path and in a URL.
    pub unique_name: *const c_char,
    pub unique_name_len: usize,
    /// The original's format, found in its bytes: a name of userimage_format_get, such as "jpeg".
    pub format: *const c_char,
    pub format_len: usize,
    /// Such as "image/jpeg".
    pub mime_type: *const c_char,
    pub mime_type_len: usize,
    /// The extension with its dot, such as ".jpg".
    pub extension: *const c_char,
    pub extension_len: usize,
    /// The keys under which the library's storages keep the two files: paths relative to the store, such
    /// as "original/2026_11_....png". A host's own storage may use them too.
    pub original_key: *const c_char,
    pub original_key_len: usize,
    pub standard_key: *const c_char,
    pub standard_key_len: usize,
    /// The standard rendition's format: "jpeg", or "png" if the image has transparency.
    pub standard_format: *const c_char,
    pub standard_format_len: usize,
    pub standard_mime_type: *const c_char,
    pub standard_mime_type_len: usize,
    /// The original's SHA-256: 32 bytes.
    pub sha256: *const u8,
    pub sha256_len: usize,
    /// The standard rendition's SHA-256: 32 bytes, or NULL. USERIMAGE_RECORD_HAS_STANDARD_SHA256
    pub standard_sha256: *const u8,
    pub standard_sha256_len: usize,
    /// The difference hash of the picture, 64 bits: those of similar pictures differ in few of them. See
    /// userimage_find_similar. USERIMAGE_RECORD_HAS_DIFFERENCE_HASH
    pub difference_hash: u64,
    /// The ThumbHash of the picture, from which a placeholder is drawn, or NULL. USERIMAGE_RECORD_HAS_THUMB_HASH
    pub thumb_hash: *const u8,
    pub thumb_hash_len: usize,
    /// How many further renditions the image has: see userimage_record_rendition.
    pub rendition_count: usize,
}

view_struct!(RecordView, "record_view", struct_size has created original_bytes standard_bytes warnings website_id
    orientation width height stored_width stored_height dpi dpi_y standard_width standard_height user_id
    user_id_len image_name image_name_len unique_name unique_name_len format format_len mime_type
    mime_type_len extension extension_len original_key original_key_len standard_key standard_key_len
    standard_format standard_format_len standard_mime_type standard_mime_type_len sha256 sha256_len
    standard_sha256 standard_sha256_len difference_hash thumb_hash thumb_hash_len rendition_count);

/// A further rendition of an image, which the configuration names. The caller sets struct_size,
/// userimage_record_rendition the rest; what it points to lives as long as the record.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RecordRenditionView {
    /// sizeof(userimage_record_rendition_view), set by the caller
    pub struct_size: u32,
    /// 0
    pub has: u32,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its width and height in pixels.
    pub width: u32,
    pub height: u32,
    /// Its name, such as "thumbnail".
    pub name: *const c_char,
    /// Its length in bytes, here and below.
    pub name_len: usize,
    /// The key under which the library's storages keep it, such as "thumbnail/2026_11_....jpg".
    pub key: *const c_char,
    pub key_len: usize,
    /// Its format: "jpeg", "png" if the image has transparency, or "webp" where that is chosen and smaller.
    pub format: *const c_char,
    pub format_len: usize,
    pub mime_type: *const c_char,
    pub mime_type_len: usize,
    /// Its SHA-256: 32 bytes.
    pub sha256: *const u8,
    pub sha256_len: usize,
    /// The file, in the record that a storage's store callback is given; NULL in every other record.
    pub data: *const u8,
    pub data_len: usize,
}

view_struct!(RecordRenditionView, "record_rendition_view", struct_size has bytes width height name name_len
    key key_len format format_len mime_type mime_type_len sha256 sha256_len data data_len);

/// Fills view with the further rendition at index, counted from 0, in the order of their names.
///
/// Ownership: what view points to lives as long as the record. Threads: any, several at once. Errors:
/// USERIMAGE_ABSENT past the last one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_rendition(
    record: *const Record,
    index: usize,
    view: *mut RecordRenditionView,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living record, and a view that may be written or is NULL.
        let (record, out) = unsafe { (borrow(record)?, OutView::new(view)?) };
        let rendition = record.rendition(index);
        out.write(&rendition.ok_or_else(|| CallError::absent("index is past the last rendition"))?);
        Ok(())
    })
}

/// Fills view with what is known of the image.
///
/// Ownership: what view points to lives as long as the record. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_get(record: *const Record, view: *mut RecordView) -> i32 {
    // SAFETY: the caller passes a living record, and a view that may be written or is NULL.
    unsafe { getter::view(record, view, Record::view) }
}

/// Returns the record as a JSON document, for the host's own storage: it keeps the document beside
/// the image, and passes it back in userimage_stored or to userimage_record_from_json. Later versions of
/// the library read it too.
///
/// Ownership: the text lives as long as the record. Threads: any, several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_json(
    record: *const Record,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller passes a living record, and outputs that may be written or are NULL.
    unsafe { text(record, data, len, |record| record.json.get_or_init(|| record.record.to_json())) }
}

/// Makes a record of the document of userimage_record_json.
///
/// Ownership: json stays the caller's; *record is the caller's, to be freed with userimage_record_free.
/// Threads: any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if it is not such a document,
/// USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_from_json(
    json: *const c_char,
    json_len: usize,
    record: *mut *mut Record,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `json_len` bytes, and an output that may be written or is NULL.
        let (json, out) =
            unsafe { (host_text(json, json_len, "json")?, Out::new(record, "record")?) };
        out.write(give_owned(Record::new(record_from_json(json, "json")?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees a record of userimage_record_from_json, but not that of an image or of a callback; NULL is
/// ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_record_free(record: *mut Record) {
    // SAFETY: the caller gives its record up.
    guard_free(|| unsafe { free_owned(record) });
}

/// The record of a document that the caller passes as `name`.
pub(crate) fn record_from_json(json: &str, name: &'static str) -> Result<ImageRecord, CallError> {
    ImageRecord::from_json(json)
        .map_err(|error| CallError::argument(name, &format!("is invalid: {error}")))
}

fn unix_milliseconds(time: SystemTime) -> i64 {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_has_a_bit_of_its_own() {
        let bits: u64 = Warning::ALL.into_iter().map(warning_bit).sum();
        assert_eq!(bits, (1 << Warning::ALL.len()) - 1);
    }
}

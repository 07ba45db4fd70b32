//! A stored image.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::sync::OnceLock;

use userimage_core::{Envelope, ImageId, RenditionName, StoredImage};

use crate::call_error::{CallError, Error};
use crate::getter::{self, text};
use crate::guard::{guard, guard_free, guard_getter};
use crate::handle::{Handle, Owned, borrow, free_owned, give_owned};
use crate::input::{host_text, required_client_bytes};
use crate::output::{self, Out, OutText};
use crate::record::Record;
use crate::stored::Stored;
use crate::versioned_struct::{VersionedStruct, view_struct};

/// An image that is stored: read with userimage_image_get. It is the caller's alone (those of a list are
/// the list's), outlives its uploader, and is freed with userimage_image_free. Several threads may read
/// it at once.
#[derive(Debug)]
pub struct Image {
    id: ImageId,
    photo_code: String,
    original_url: String,
    standard_url: String,
    rendition_urls: BTreeMap<RenditionName, String>,
    envelope: Envelope,
    record: Record,
    json: OnceLock<String>,
}

impl Handle for Image {
    type Ownership = Owned;
    const NAME: &'static str = "image";
}

impl Image {
    pub(crate) fn new(image: StoredImage) -> Self {
        let envelope = Envelope::from(&image);
        Self {
            id: image.id,
            photo_code: image.photo_code,
            original_url: image.original_url,
            standard_url: image.standard_url,
            rendition_urls: image.rendition_urls,
            envelope,
            record: Record::new(image.record),
            json: OnceLock::new(),
        }
    }

    /// The core's image.
    pub(crate) fn stored(&self) -> StoredImage {
        let (photo_code, original_url) = (self.photo_code.as_str(), self.original_url.as_str());
        let record = self.record.record.clone();
        StoredImage::new(self.id, photo_code, original_url, self.standard_url.as_str(), record)
            .with_rendition_urls(self.rendition_urls.clone())
    }

    fn to_json(&self) -> String {
        self.stored().to_json()
    }

    fn view(&self) -> ImageView {
        let mut view = ImageView::zeroed();
        view.id = self.id.get();
        view.http_status = self.envelope.http_status().into();
        (view.photo_code, view.photo_code_len) = output::text(&self.photo_code);
        (view.original_url, view.original_url_len) = output::text(&self.original_url);
        (view.standard_url, view.standard_url_len) = output::text(&self.standard_url);
        (view.envelope, view.envelope_len) = output::text(self.envelope.as_json());
        view.record = &raw const self.record;
        view
    }
}

/// A stored image. The caller sets struct_size, userimage_image_get the rest; the texts and the record
/// live as long as the image.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ImageView {
    /// sizeof(userimage_image_view), set by the caller
    pub struct_size: u32,
    /// The HTTP status of the envelope: 200.
    pub http_status: i32,
    /// Its number: above 0, unique in its store, never used twice.
    pub id: u64,
    /// The number, as text, of the first upload of the same bytes by the same user of the same website;
    /// or a text from a host's own storage.
    pub photo_code: *const c_char,
    /// Its length in bytes, here and below.
    pub photo_code_len: usize,
    /// The URL of the original.
    pub original_url: *const c_char,
    pub original_url_len: usize,
    /// The URL of the standard rendition.
    pub standard_url: *const c_char,
    pub standard_url_len: usize,
    /// The answer to the client: the protocol's JSON envelope.
    pub envelope: *const c_char,
    pub envelope_len: usize,
    /// Everything else that is known of it: see userimage_record_get.
    pub record: *const Record,
}

view_struct!(ImageView, "image_view", struct_size http_status id photo_code photo_code_len original_url
    original_url_len standard_url standard_url_len envelope envelope_len record);

/// Fills view with what the image is.
///
/// Ownership: what view points to lives as long as the image. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_get(image: *const Image, view: *mut ImageView) -> i32 {
    // SAFETY: the caller passes a living image, and a view that may be written or is NULL.
    unsafe { getter::view(image, view, Image::view) }
}

/// Returns the URL of a further rendition of the image.
///
/// Ownership: name stays the caller's; the text lives as long as the image. Threads: any, several at once. Errors:
/// USERIMAGE_ABSENT if the image does not have the rendition; misuse.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_rendition_url(
    image: *const Image,
    name: *const c_char,
    name_len: usize,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living image, `name_len` bytes, and outputs that may be written or are NULL.
        let (image, name, out) = unsafe {
            let name = required_client_bytes(name, name_len, "name")?;
            (borrow(image)?, name, OutText::new(data, len)?)
        };
        let name = str::from_utf8(name).ok().and_then(|name| RenditionName::parse(name).ok());
        let url = name.and_then(|name| image.rendition_urls.get(&name));
        out.write(url.ok_or_else(|| CallError::absent("the image has no such rendition"))?);
        Ok(())
    })
}

/// Returns the image as a JSON document: what userimage_image_from_json makes an image of. Later versions
/// of the library read it too.
///
/// Ownership: the text lives as long as the image. Threads: any, several at once. Errors: misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_json(
    image: *const Image,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: the caller passes a living image, and outputs that may be written or are NULL.
    unsafe { text(image, data, len, |image| image.json.get_or_init(|| image.to_json())) }
}

/// Makes an image of its parts, with record_json. Nothing is looked up in a storage.
///
/// Ownership: stored is copied; *image is the caller's, to be freed with userimage_image_free. Threads:
/// any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if the id, a text or record_json is invalid,
/// USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_new(
    stored: *const Stored,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a struct whose texts are as long as it says, or NULL, and an output
        // that may be written or is NULL.
        let (stored, out) = unsafe { (Stored::read(stored)?.image()?, Out::new(image, "image")?) };
        out.write(give_owned(Image::new(stored)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Makes an image of the document of userimage_image_json. Nothing is looked up in a storage.
///
/// Ownership: json stays the caller's; *image is the caller's, to be freed with userimage_image_free.
/// Threads: any, several at once. Errors: USERIMAGE_INVALID_ARGUMENT if it is not such a document,
/// USERIMAGE_BAD_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_from_json(
    json: *const c_char,
    json_len: usize,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes `json_len` bytes, and an output that may be written or is NULL.
        let (json, out) =
            unsafe { (host_text(json, json_len, "json")?, Out::new(image, "image")?) };
        let made = StoredImage::from_json(json)
            .map_err(|error| CallError::argument("json", &format!("is invalid: {error}")))?;
        out.write(give_owned(Image::new(made)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Frees an image, but not those of a list; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_free(image: *mut Image) {
    // SAFETY: the caller gives its image up.
    guard_free(|| unsafe { free_owned(image) });
}

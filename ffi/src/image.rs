//! An image that is safely kept, and lists of such.

use std::ffi::c_char;

use userimage_core::storage::ImageList;
use userimage_core::{Envelope, StoredImage};

use crate::boundary::{get, release};
use crate::error::Fault;
use crate::getter::{text, value};
use crate::handle::{Handle, Owned, borrow, free_owned};
use crate::input::Out;
use crate::record::Record;

/// An image that is safely kept. It is the caller's alone (but for those of a list, which are the
/// list's), outlives its uploader, and is freed with userimage_image_free. Several threads may read it
/// at once. Its texts live as long.
#[derive(Debug)]
pub struct Image {
    id: u64,
    photo_code: String,
    original_url: String,
    standard_url: String,
    response: Envelope,
    record: Record,
}

impl Handle for Image {
    type Ownership = Owned;
    const NAME: &'static str = "image";
}

impl Image {
    pub(crate) fn new(image: StoredImage) -> Self {
        let response = Envelope::from(&image);
        Self {
            id: image.id,
            photo_code: image.photo_code,
            original_url: image.original_url,
            standard_url: image.standard_url,
            response,
            record: Record::new(image.record),
        }
    }
}

/// Its number: positive, unique in its store, never used twice.
///
/// Thread safety: an image may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_id(image: *const Image, id: *mut u64) -> i32 {
    // SAFETY: the caller hands over a living image, and a place that may be written or NULL.
    unsafe { value(image, id, |image| Some(image.id)) }
}

/// The number, as text, of the first upload of the same bytes by the same user of the same website; or
/// a text of a host's own storage.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_photo_code(
    image: *const Image,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_image_id.
    unsafe { text(image, data, len, |image| Some(&image.photo_code)) }
}

/// Where a client gets the bytes as they came.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_original_url(
    image: *const Image,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_image_id.
    unsafe { text(image, data, len, |image| Some(&image.original_url)) }
}

/// Where a client gets the rendition for screens.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_standard_url(
    image: *const Image,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_image_id.
    unsafe { text(image, data, len, |image| Some(&image.standard_url)) }
}

/// The HTTP status that goes with the envelope: 200.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_http_status(image: *const Image, status: *mut i32) -> i32 {
    // SAFETY: as for userimage_image_id.
    unsafe { value(image, status, |image| Some(image.response.http_status().into())) }
}

/// The answer to the client: the protocol's JSON envelope.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_json(
    image: *const Image,
    data: *mut *const c_char,
    len: *mut usize,
) -> i32 {
    // SAFETY: as for userimage_image_id.
    unsafe { text(image, data, len, |image| Some(image.response.as_json())) }
}

/// Everything else that is known of it: see the functions of userimage_record. *record is the image's:
/// it lives as long, and is not to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_record(
    image: *const Image,
    record: *mut *const Record,
) -> i32 {
    // SAFETY: as for userimage_image_id.
    unsafe { value(image, record, |image| Some(&raw const image.record)) }
}

/// Frees an image, but for those of a list; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_image_free(image: *mut Image) {
    // SAFETY: the caller gives its image up.
    release(|| unsafe { free_owned(image) });
}

/// A page of a user's images. It is the caller's alone, outlives its uploader, and is freed with
/// userimage_list_free. Several threads may read it at once.
#[derive(Debug)]
pub struct List {
    total: u64,
    images: Vec<Image>,
}

impl Handle for List {
    type Ownership = Owned;
    const NAME: &'static str = "list";
}

impl List {
    pub(crate) fn new(list: ImageList) -> Self {
        Self { total: list.total, images: list.images.into_iter().map(Image::new).collect() }
    }
}

/// How many images the user has in all.
///
/// Thread safety: a list may be read by several threads at once, here and below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_total(list: *const List, total: *mut u64) -> i32 {
    // SAFETY: the caller hands over a living list, and a place that may be written or NULL.
    unsafe { value(list, total, |list| Some(list.total)) }
}

/// How many images this page has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_len(list: *const List, len: *mut usize) -> i32 {
    // SAFETY: as for userimage_list_total.
    unsafe { value(list, len, |list| Some(list.images.len())) }
}

/// The page's image at index, counted from 0, newest first. *image is the list's: it lives as long, and
/// is not to be freed. USERIMAGE_INVALID_ARGUMENT past the end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_image(
    list: *const List,
    index: usize,
    image: *mut *const Image,
) -> i32 {
    get(|| {
        // SAFETY: as for userimage_list_total.
        let (list, out) = unsafe { (borrow(list)?, Out::new(image, "image")?) };
        let image =
            list.images.get(index).ok_or_else(|| Fault::argument("index", "is past the end"))?;
        out.write(image);
        Ok(())
    })
}

/// Frees a list with its images; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_free(list: *mut List) {
    // SAFETY: the caller gives its list up.
    release(|| unsafe { free_owned(list) });
}

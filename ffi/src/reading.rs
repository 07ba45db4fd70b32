//! Reading back what a storage keeps. Everything is per website: one can never see another's images.

use std::ffi::c_char;
use std::time::Duration;

use userimage_core::storage::Page;
use userimage_core::{ErrorCode, UploadError, UserId, WebsiteId};

use crate::boundary::enter;
use crate::bytes::Bytes;
use crate::error::{Error, Fault};
use crate::handle::{give_owned, share};
use crate::image::{Image, List};
use crate::input::{Out, required_text};
use crate::record::variant;
use crate::uploader::Uploader;

fn website(id: i32) -> Result<WebsiteId, Fault> {
    WebsiteId::try_from(u32::try_from(id).unwrap_or(0)).map_err(|invalid| {
        UploadError::new(ErrorCode::InvalidWebsiteId, invalid.to_string()).into()
    })
}

fn no_image() -> Fault {
    Fault::absent("the website has no image with this id")
}

/// Finds an image of a website by its id.
///
/// Ownership: *image is the caller's, to be freed with userimage_image_free. Thread safety: any thread,
/// any number at once. Errors: USERIMAGE_ABSENT when the website has no such image,
/// USERIMAGE_UNSUPPORTED when the storage cannot do it, USERIMAGE_SERVER_ERROR when it failed; so for
/// all functions that read back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_find(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader, and a place that may be written or NULL.
        let (uploader, out) = unsafe { (share(uploader)?, Out::new(image, "image")?) };
        let website = website(website_id)?;
        let found = uploader.logged(|| uploader.core().storage().find(website, id))?;
        out.write(give_owned(Image::new(found.ok_or_else(no_image)?)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Reads one of an image's two files: USERIMAGE_ORIGINAL or USERIMAGE_STANDARD.
///
/// Ownership: *bytes are the caller's, to be freed with userimage_bytes_free. Thread safety: any thread,
/// any number at once. Errors: as userimage_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_read(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    variant: i32,
    bytes: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader, and a place that may be written or NULL.
        let (uploader, out) = unsafe { (share(uploader)?, Out::new(bytes, "bytes")?) };
        let (website, variant) = (website(website_id)?, self::variant(variant)?);
        let found = uploader.logged(|| uploader.core().storage().read(website, id, variant))?;
        out.write(give_owned(Bytes(found.ok_or_else(no_image)?)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Lists a user's images, newest first: page_size of them, after page_index times as many.
///
/// Ownership: *list is the caller's, to be freed with userimage_list_free. Thread safety: any thread,
/// any number at once. Errors: as userimage_find, but a user without images has an empty list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_images(
    uploader: *const Uploader,
    website_id: i32,
    user_id: *const c_char,
    user_id_len: usize,
    page_index: u64,
    page_size: u32,
    list: *mut *mut List,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader, `user_id_len` bytes, and a place that may be
        // written or NULL.
        let (uploader, user, out) = unsafe {
            let user = required_text(user_id, user_id_len, "user_id")?;
            (share(uploader)?, user, Out::new(list, "list")?)
        };
        let website = website(website_id)?;
        let user = UserId::parse(user)
            .map_err(|invalid| UploadError::new(ErrorCode::InvalidUserId, invalid.to_string()))?;
        let page = Page { index: page_index, size: page_size };
        let found = uploader.logged(|| uploader.core().storage().list(website, &user, page))?;
        out.write(give_owned(List::new(found)));
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Deletes an image of a website and both its files.
///
/// Thread safety: any thread, any number at once. Errors: as userimage_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_delete(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader.
        let uploader = unsafe { share(uploader)? };
        let website = website(website_id)?;
        let was_there = uploader.logged(|| uploader.core().storage().delete(website, id))?;
        if was_there { Ok(()) } else { Err(no_image()) }
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

/// Removes what uploads and deletions that never finished have left behind, once it is older than
/// min_age_ms milliseconds; tells how many records and files that were. An upload that takes longer
/// than that fails whole. records and files may be NULL.
///
/// Thread safety: any thread, any number at once. Errors: as userimage_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sweep(
    uploader: *const Uploader,
    min_age_ms: u64,
    records: *mut u64,
    files: *mut u64,
    error: *mut *mut Error,
) -> i32 {
    let work = || {
        // SAFETY: the caller hands over a living uploader.
        let uploader = unsafe { share(uploader)? };
        let min_age = Duration::from_millis(min_age_ms);
        let swept = uploader.logged(|| uploader.core().storage().sweep(min_age))?;
        for (place, number) in [(records, swept.records), (files, swept.files)] {
            if !place.is_null() {
                // SAFETY: the caller hands over places that may be written or NULL.
                unsafe { place.write(number) };
            }
        }
        Ok(())
    };
    // SAFETY: the error's place may be written or is NULL.
    unsafe { enter(error, work) }
}

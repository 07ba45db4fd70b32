//! Reading back what a storage keeps. Everything is per website: it never sees another's images.

use std::ffi::c_char;
use std::time::Duration;

use userimage_core::storage::{ImageList, Page};
use userimage_core::{BlobKey, DifferenceHash, ImageId, UserId};

use crate::bytes::Bytes;
use crate::call_error::{CallError, Error};
use crate::cancellation::{Cancellation, Steps};
use crate::guard::guard;
use crate::handle::{give_owned, share};
use crate::image::Image;
use crate::input::{client_bytes, required_client_bytes};
use crate::list::List;
use crate::output::Out;
use crate::record;
use crate::sweep_report::SweepReport;
use crate::uploader::Uploader;
use crate::versioned_struct::OutView;
use crate::website::website;

fn no_image() -> CallError {
    CallError::absent("the website has no image with this id")
}

pub(crate) fn no_file() -> CallError {
    CallError::absent("there is no such image, or it has no such rendition")
}

/// No storage has an image whose id is out of range.
fn image_id(id: u64) -> Result<ImageId, CallError> {
    ImageId::new(id).ok_or_else(no_image)
}

/// Finds an image of a website by its id.
///
/// Ownership: *image is the caller's, to be freed with userimage_image_free. Threads: any, several at
/// once. Errors: USERIMAGE_ABSENT if the website has no such image, USERIMAGE_UNSUPPORTED if the storage
/// cannot do it, USERIMAGE_SERVER_ERROR if it fails, USERIMAGE_INVALID_WEBSITE_ID; so for all functions
/// that read back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_find(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, and an output that may be written or is NULL.
        let (uploader, out) = unsafe { (share(uploader)?, Out::new(image, "image")?) };
        let (website, id) = (website(website_id)?, image_id(id)?);
        let found = uploader.logged(|| uploader.core().storage().find(website, id))?;
        out.write(give_owned(Image::new(found.ok_or_else(no_image)?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Finds the image of any website that has a file under key, such as "original/2026_11_....png": for a
/// server that serves files. A key cannot be guessed; only who has the image's URL knows it.
///
/// Ownership: key stays the caller's; *image is the caller's, to be freed with userimage_image_free.
/// Threads: any, several at once. Errors: as userimage_find; what is not a key is USERIMAGE_ABSENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_find_key(
    uploader: *const Uploader,
    key: *const c_char,
    key_len: usize,
    image: *mut *mut Image,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `key_len` bytes, and an output that may be written
        // or is NULL.
        let (uploader, key, out) = unsafe {
            (
                share(uploader)?,
                required_client_bytes(key, key_len, "key")?,
                Out::new(image, "image")?,
            )
        };
        let no_image = || CallError::absent("no image has a file with this key");
        let key = str::from_utf8(key).ok().and_then(|key| BlobKey::parse(key).ok());
        let key = key.ok_or_else(no_image)?;
        let found = uploader.logged(|| uploader.core().storage().find_key(&key))?;
        out.write(give_owned(Image::new(found.ok_or_else(no_image)?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Reads one of an image's files. variant is "original" (the bytes that the client sent), "standard" (the rendition for
/// screens) or the name of a further rendition; so for all functions that take one.
///
/// Ownership: variant stays the caller's; *bytes are the caller's, to be freed with userimage_bytes_free. Threads:
/// any, several at once. Errors: as userimage_find, USERIMAGE_ABSENT also if the image was uploaded without the
/// rendition, and USERIMAGE_INVALID_ARGUMENT for what cannot be the name of a rendition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_read(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    variant: *const c_char,
    variant_len: usize,
    bytes: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `variant_len` bytes, and an output that may be written or is
        // NULL.
        let (uploader, variant, out) = unsafe {
            (share(uploader)?, record::variant(variant, variant_len)?, Out::new(bytes, "bytes")?)
        };
        let website = website(website_id)?;
        let id = ImageId::new(id).ok_or_else(no_file)?;
        let found = uploader.logged(|| uploader.core().storage().read(website, id, variant))?;
        out.write(give_owned(Bytes(found.ok_or_else(no_file)?)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Finds the images of a website, or of one of its users, that look like the picture with this difference hash: those
/// whose hash differs from it in at most distance of the 64 bits, the most similar first, at most limit of them.
/// user_id may be NULL. See difference_hash of userimage_record_view and of userimage_rendition_view; the distance
/// of two hashes is the number of bits in their exclusive or. About 10 finds the same picture coded anew.
///
/// Ownership: user_id stays the caller's; *list is the caller's, to be freed with userimage_list_free; its total is
/// the number of images in it. Threads: any, several at once. Errors: as userimage_list_images.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_find_similar(
    uploader: *const Uploader,
    website_id: i32,
    user_id: *const c_char,
    user_id_len: usize,
    difference_hash: u64,
    distance: u32,
    limit: u32,
    list: *mut *mut List,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `user_id_len` bytes or NULL, and an output that may be
        // written or is NULL.
        let (uploader, user, out) = unsafe {
            let user = client_bytes(user_id, user_id_len, "user_id")?;
            (share(uploader)?, user, Out::new(list, "list")?)
        };
        let website = website(website_id)?;
        let user = user.map(UserId::from_request).transpose()?;
        let hash = DifferenceHash::from_bits(difference_hash);
        let found = uploader.logged(|| {
            let storage = uploader.core().storage();
            storage.find_similar(website, user.as_ref(), hash, distance, limit)
        })?;
        let images: Vec<_> = found.into_iter().map(|similar| similar.image).collect();
        out.write(give_owned(List::new(ImageList::new(images.len() as u64, images))));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Lists a user's images, newest first: at most page_size of them, after the first page_index * page_size.
///
/// Ownership: user_id stays the caller's; *list is the caller's, to be freed with userimage_list_free.
/// Threads: any, several at once. Errors: as userimage_find, and USERIMAGE_INVALID_USER_ID; the list of a
/// user without images is empty.
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
    let call = || {
        // SAFETY: the caller passes a living uploader, `user_id_len` bytes, and an output that may be
        // written or is NULL.
        let (uploader, user, out) = unsafe {
            let user = required_client_bytes(user_id, user_id_len, "user_id")?;
            (share(uploader)?, user, Out::new(list, "list")?)
        };
        let website = website(website_id)?;
        let user = UserId::from_request(user)?;
        let page = Page::new(page_index, page_size);
        let found = uploader.logged(|| uploader.core().storage().list(website, &user, page))?;
        out.write(give_owned(List::new(found)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Lists a user's images by key, newest first: at most size of them, with ids less than before, which is the
/// last id of the list before; 0 for the first. Every list is as fast as the first. total of *list is 0: the
/// images are not counted.
///
/// Ownership, threads and errors: as userimage_list_images.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_list_after(
    uploader: *const Uploader,
    website_id: i32,
    user_id: *const c_char,
    user_id_len: usize,
    before: u64,
    size: u32,
    list: *mut *mut List,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `user_id_len` bytes, and an output that may be
        // written or is NULL.
        let (uploader, user, out) = unsafe {
            let user = required_client_bytes(user_id, user_id_len, "user_id")?;
            (share(uploader)?, user, Out::new(list, "list")?)
        };
        let website = website(website_id)?;
        let user = UserId::from_request(user)?;
        // An id that is out of range is greater than every id.
        let before = ImageId::new(before);
        let storage = uploader.core().storage();
        let images = uploader.logged(|| storage.list_after(website, &user, before, size))?;
        let mut found = ImageList::default();
        found.images = images;
        out.write(give_owned(List::new(found)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Lists those of a user's images whose name contains text, ignoring case, newest first: at most page_size of
/// them, after the first page_index * page_size. total of *list is how many there are.
///
/// Ownership: user_id and text stay the caller's; else as userimage_list_images. Threads and errors: as
/// userimage_list_images.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_search(
    uploader: *const Uploader,
    website_id: i32,
    user_id: *const c_char,
    user_id_len: usize,
    text: *const c_char,
    text_len: usize,
    page_index: u64,
    page_size: u32,
    list: *mut *mut List,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, as many bytes as it says, and an output that may be
        // written or is NULL.
        let (uploader, user, text, out) = unsafe {
            let user = required_client_bytes(user_id, user_id_len, "user_id")?;
            let text = required_client_bytes(text, text_len, "text")?;
            (share(uploader)?, user, String::from_utf8_lossy(text), Out::new(list, "list")?)
        };
        let website = website(website_id)?;
        let user = UserId::from_request(user)?;
        let page = Page::new(page_index, page_size);
        let storage = uploader.core().storage();
        let found = uploader.logged(|| storage.search(website, &user, &text, page))?;
        out.write(give_owned(List::new(found)));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Deletes an image of a website and all its files.
///
/// Threads: any, several at once. Errors: as userimage_find.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_delete(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader.
        let uploader = unsafe { share(uploader)? };
        let (website, id) = (website(website_id)?, image_id(id)?);
        let deleted = uploader.logged(|| uploader.core().storage().delete(website, id))?;
        if deleted { Ok(()) } else { Err(no_image()) }
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Removes what uploads and deletions that never finished have left behind, once it is older than
/// min_age_ms milliseconds. An upload that takes longer than that fails and stores nothing. Deletes the
/// images that are older than the retention of their website's policy. report may be NULL. cancellation is NULL, or
/// ends the sweep after at most 100 more images.
///
/// Threads: any, several at once. Errors: as userimage_find; USERIMAGE_SERVER_ERROR with USERIMAGE_KIND_CANCELLED if it
/// is cancelled.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sweep(
    uploader: *const Uploader,
    min_age_ms: u64,
    cancellation: *const Cancellation,
    report: *mut SweepReport,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, and a report that may be written or is NULL.
        let (uploader, out) = unsafe {
            let out = if report.is_null() { None } else { Some(OutView::new(report)?) };
            (share(uploader)?, out)
        };
        let min_age = Duration::from_millis(min_age_ms);
        // SAFETY: the caller passes a living cancellation or NULL.
        let mut steps = unsafe { Steps::new(cancellation)? };
        let swept = uploader.logged(|| uploader.core().sweep(min_age, &mut |_| steps.go_on()))?;
        steps.check()?;
        if let Some(out) = out {
            out.write(&swept.into());
        }
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

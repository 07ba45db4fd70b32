//! A file of a stored image, open for reading in pieces.

use std::ffi::c_char;
use std::time::Duration;

use userimage_core::storage;
use userimage_core::{BlobKey, ImageId, Variant};

use crate::bytes::Bytes;
use crate::call_error::{CallError, Error};
use crate::getter;
use crate::guard::{guard, guard_free};
use crate::handle::{Handle, Shared, borrow, free_shared, give_owned, give_shared, share};
use crate::image::Image;
use crate::input::{buffer, required_client_bytes};
use crate::output::{Out, text};
use crate::reading::no_file;
use crate::record;
use crate::uploader::Uploader;
use crate::versioned_struct::{VersionedStruct, view_struct};
use crate::website::website;

/// A file of a stored image, open for reading: from userimage_open or userimage_open_key, read with
/// userimage_file_read_at, freed with userimage_file_free. It belongs to no other handle. Several threads may
/// use it at once.
#[derive(Debug)]
pub struct StoredFile {
    file: storage::StoredFile,
    /// Has the text of its name.
    variant: Variant,
}

impl Handle for StoredFile {
    type Ownership = Shared;
    const NAME: &'static str = "file";
}

/// What is known of an open file. The caller sets struct_size, userimage_file_get the rest; texts live as long
/// as the file.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StoredFileView {
    /// sizeof(userimage_file_view), set by the caller
    pub struct_size: u32,
    /// 0
    pub has: u32,
    /// Its length in bytes.
    pub len: u64,
    /// Its MIME type, such as "image/png".
    pub mime_type: *const c_char,
    pub mime_type_len: usize,
    /// "original", "standard" or the name of a further rendition.
    pub variant: *const c_char,
    pub variant_len: usize,
}

view_struct!(StoredFileView, "file_view", struct_size has len mime_type mime_type_len
    variant variant_len);

fn give(file: Option<storage::StoredFile>) -> Result<*mut StoredFile, CallError> {
    let file = file.ok_or_else(no_file)?;
    let variant = file.variant();
    Ok(give_shared(std::sync::Arc::new(StoredFile { file, variant })))
}

/// Opens one of an image's files, as userimage_read names it, for reading in pieces.
///
/// Ownership: variant stays the caller's; *file is the caller's, to be freed with userimage_file_free. Threads: any,
/// several at once. Errors: as userimage_read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_open(
    uploader: *const Uploader,
    website_id: i32,
    id: u64,
    variant: *const c_char,
    variant_len: usize,
    file: *mut *mut StoredFile,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `variant_len` bytes, and an output that may be written or is
        // NULL.
        let (uploader, variant, out) = unsafe {
            (share(uploader)?, record::variant(variant, variant_len)?, Out::new(file, "file")?)
        };
        let website = website(website_id)?;
        let id = ImageId::new(id).ok_or_else(no_file)?;
        let opened = uploader.logged(|| uploader.core().storage().open(website, id, variant))?;
        out.write(give(opened)?);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Opens the file that has this key, of any website: for a server that serves files.
///
/// Ownership: key stays the caller's; *file is the caller's, to be freed with userimage_file_free. Threads:
/// any, several at once. Errors: as userimage_find_key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_open_key(
    uploader: *const Uploader,
    key: *const c_char,
    key_len: usize,
    file: *mut *mut StoredFile,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader, `key_len` bytes, and an output that may be written
        // or is NULL.
        let (uploader, key, out) = unsafe {
            let key = required_client_bytes(key, key_len, "key")?;
            (share(uploader)?, key, Out::new(file, "file")?)
        };
        let key = str::from_utf8(key).ok().and_then(|key| BlobKey::parse(key).ok());
        let key = key.ok_or_else(no_file)?;
        let opened = uploader.logged(|| uploader.core().storage().open_key(&key))?;
        out.write(give(opened)?);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Fills view with what the open file is.
///
/// Ownership: what view points to lives as long as the file. Threads: any, several at once. Errors:
/// misuse only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_file_get(
    file: *const StoredFile,
    view: *mut StoredFileView,
) -> i32 {
    // SAFETY: the caller passes a living file, and a view that may be written or is NULL.
    unsafe { getter::view(file, view, StoredFile::view) }
}

impl StoredFile {
    fn view(&self) -> StoredFileView {
        let (mime_type, mime_type_len) = text(self.file.mime_type());
        let (variant, variant_len) = text(self.variant.name());
        StoredFileView {
            len: self.file.len(),
            mime_type,
            mime_type_len,
            variant,
            variant_len,
            ..StoredFileView::zeroed()
        }
    }
}

/// Reads the bytes at offset into buffer, of buffer_len bytes, and sets *read to their number: buffer_len,
/// or less where the file ends. At and after its end *read is 0.
///
/// Ownership: buffer stays the caller's; no other thread uses it during the call. Threads: any, several at
/// once. Errors: USERIMAGE_SERVER_ERROR if the file cannot be read, e.g. because it was deleted meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_file_read_at(
    file: *const StoredFile,
    offset: u64,
    buffer: *mut u8,
    buffer_len: usize,
    read: *mut usize,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living file, and an output that may be written or is NULL.
        let (file, out) = unsafe { (share(file)?, Out::new(read, "read")?) };
        // SAFETY: the caller passes `buffer_len` bytes that nobody else uses, or NULL.
        let buffer = unsafe { self::buffer(buffer, buffer_len)? };
        let read = file.file.read_at(offset, buffer)?;
        out.write(read);
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

/// Closes and frees an open file; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_file_free(file: *mut StoredFile) {
    // SAFETY: the caller gives its count up.
    guard_free(|| unsafe { free_shared(file) });
}

/// Returns a URL of one of an image's files, as userimage_read names it, that works at least for expires_ms
/// milliseconds: a signed one where the files are private, else the image's own.
///
/// Ownership: variant stays the caller's; *url is the caller's, to be freed with userimage_bytes_free. Threads: any,
/// several at once. Errors: as userimage_read; USERIMAGE_SERVER_ERROR if the URL cannot be signed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_get_url(
    uploader: *const Uploader,
    image: *const Image,
    variant: *const c_char,
    variant_len: usize,
    expires_ms: u64,
    url: *mut *mut Bytes,
    error: *mut *mut Error,
) -> i32 {
    let call = || {
        // SAFETY: the caller passes a living uploader and image, `variant_len` bytes, and an output that may be
        // written or is NULL.
        let (uploader, image, variant, out) = unsafe {
            let variant = record::variant(variant, variant_len)?;
            (share(uploader)?, borrow(image)?, variant, Out::new(url, "url")?)
        };
        let image = image.stored();
        if !image.record.has(variant) {
            return Err(no_file());
        }
        let expires = Duration::from_millis(expires_ms);
        let url = uploader.logged(|| uploader.core().storage().url(&image, variant, expires))?;
        out.write(give_owned(Bytes(url.into_bytes())));
        Ok(())
    };
    // SAFETY: `error` may be written or is NULL.
    unsafe { guard(error, call) }
}

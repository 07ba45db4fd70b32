//! What a host's own storage knows of an image: its id, texts and the record's document.

use std::ffi::c_char;

use userimage_core::{ImageId, ImageRecord, RenditionName, StoredImage};

use crate::call_error::CallError;
use crate::input::{elements, host_text};
use crate::record::record_from_json;
use crate::versioned_struct::{InputStruct, input_struct, read};

/// The longest text of a userimage_stored, in bytes.
pub const USERIMAGE_MAX_TEXT: u32 = 65536;

/// What a storage adds to the record of an image.
#[derive(Debug)]
pub(crate) struct StoredTexts {
    id: ImageId,
    photo_code: String,
    original_url: String,
    standard_url: String,
    rendition_urls: Vec<(RenditionName, String)>,
}

impl StoredTexts {
    pub(crate) fn image(self, record: ImageRecord) -> StoredImage {
        StoredImage::new(self.id, self.photo_code, self.original_url, self.standard_url, record)
            .with_rendition_urls(self.rendition_urls)
    }
}

/// A text of at most USERIMAGE_MAX_TEXT bytes.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes.
pub(crate) unsafe fn short_text(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<String, CallError> {
    if len > USERIMAGE_MAX_TEXT as usize {
        return Err(CallError::argument(name, "is longer than 65536 bytes"));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { host_text(data, len, name)? }.to_owned())
}

/// The URL of a further rendition. This struct never changes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RenditionUrl {
    /// Its name, such as "thumbnail".
    pub name: *const c_char,
    /// Its length in bytes, here and below.
    pub name_len: usize,
    /// Where a client gets it.
    pub url: *const c_char,
    pub url_len: usize,
}

/// An image as a host's own storage keeps it: for a sink, and for userimage_image_new. The host sets all
/// bytes to 0, struct_size to its sizeof, and what there is. Texts are UTF-8, not NULL, and of at most
/// USERIMAGE_MAX_TEXT bytes. Everything stays the host's and is copied.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// sizeof(userimage_stored)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The image's number: 1 to 9223372036854775807, unique in the storage, never used twice.
    pub id: u64,
    /// The same for every upload of the same bytes by the same user of the same website.
    pub photo_code: *const c_char,
    /// Its length in bytes, here and below.
    pub photo_code_len: usize,
    /// The URL of the original.
    pub original_url: *const c_char,
    pub original_url_len: usize,
    /// The URL of the standard rendition.
    pub standard_url: *const c_char,
    pub standard_url_len: usize,
    /// The document of userimage_record_json. userimage_sink_stored ignores it.
    pub record_json: *const c_char,
    pub record_json_len: usize,
    /// The URLs of the further renditions, rendition_url_count of them; NULL: there are none.
    pub rendition_urls: *const RenditionUrl,
    pub rendition_url_count: usize,
}

input_struct!(Stored, "stored", 0, struct_size flags id photo_code photo_code_len original_url
    original_url_len standard_url standard_url_len record_json record_json_len rendition_urls
    rendition_url_count);

impl Stored {
    /// # Safety
    ///
    /// `stored` is NULL or points to a struct that begins with its size.
    pub(crate) unsafe fn read(stored: *const Self) -> Result<Self, CallError> {
        // SAFETY: the caller's promise.
        let stored = unsafe { read(stored)? };
        stored.check_flags()?;
        Ok(stored)
    }

    /// # Safety
    ///
    /// Each text is NULL or as long as the field after it says.
    pub(crate) unsafe fn texts(&self) -> Result<StoredTexts, CallError> {
        let id = ImageId::try_from(self.id)
            .map_err(|invalid| CallError::argument("id", &format!("is {invalid}")))?;
        // SAFETY: the caller's promise.
        unsafe {
            Ok(StoredTexts {
                id,
                photo_code: short_text(self.photo_code, self.photo_code_len, "photo_code")?,
                original_url: short_text(self.original_url, self.original_url_len, "original_url")?,
                standard_url: short_text(self.standard_url, self.standard_url_len, "standard_url")?,
                rendition_urls: self.rendition_urls()?,
            })
        }
    }

    /// # Safety
    ///
    /// The array is NULL or as long as the field after it says, and so are its texts.
    unsafe fn rendition_urls(&self) -> Result<Vec<(RenditionName, String)>, CallError> {
        // SAFETY: the caller's promise.
        let urls =
            unsafe { elements(self.rendition_urls, self.rendition_url_count, "rendition_urls")? };
        let urls = urls.unwrap_or_default().iter().map(|url| {
            // SAFETY: the caller's promise.
            let (name, url) = unsafe {
                let name = host_text(url.name, url.name_len, "a rendition's name")?;
                (name, short_text(url.url, url.url_len, "a rendition's url")?)
            };
            let name = RenditionName::parse(name).map_err(|invalid| {
                CallError::argument("a rendition's name", &format!("is invalid: {invalid}"))
            })?;
            Ok((name, url))
        });
        urls.collect()
    }

    /// # Safety
    ///
    /// Each text is NULL or as long as the field after it says.
    pub(crate) unsafe fn image(&self) -> Result<StoredImage, CallError> {
        // SAFETY: the caller's promise.
        let (texts, json) = unsafe {
            (self.texts()?, short_text(self.record_json, self.record_json_len, "record_json")?)
        };
        Ok(texts.image(record_from_json(&json, "record_json")?))
    }
}

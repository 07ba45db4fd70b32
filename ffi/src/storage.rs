//! A host's own storage.

use std::ffi::{c_char, c_void};
use std::sync::Arc;
use std::time::Duration;

use userimage_core::storage::{
    ImageList, Page, ReadAt, Storage, StorageError, StoredFile, SweepReport,
};
use userimage_core::{BlobKey, ImageId, NewImage, StoredImage, UserId, Variant, WebsiteId};

use crate::call_error::CallError;
use crate::callback_table::{CallbackTable, Destroy, UserData, adopt};
use crate::code::{USERIMAGE_ABSENT, USERIMAGE_OK, USERIMAGE_UNSUPPORTED};
use crate::record::Record;
use crate::sink::{Answer, Question, Sink, invoke};
use crate::versioned_struct::input_struct;
use crate::website::website_number;

/// A host's own storage. The caller sets all bytes to 0, struct_size to its sizeof, and what there is. Only
/// store is required; without another callback its function returns USERIMAGE_UNSUPPORTED.
///
/// A callback answers through its sink before it returns, and returns USERIMAGE_OK; or it returns any other
/// code, after userimage_sink_fail with a reason, and the call that it was invoked for fails with
/// USERIMAGE_SERVER_ERROR. find, find_key, read, read_range and delete_image return USERIMAGE_ABSENT if there is
/// no such image. An answer that is missing or invalid is a failure too. The call waits for the callback, without a
/// time limit of the library's. Callbacks are called from any thread that calls the library, from several at
/// once, and may use the library, this uploader too. What they are given lives until they return. No C++
/// exception and no longjmp may leave them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StorageTable {
    /// sizeof(userimage_storage)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The host's own, passed to each callback.
    pub user_data: *mut c_void,
    /// Called exactly once, from any thread, after the last use of the table; or NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Stores an image, all files and the record or nothing, durably, and answers with
    /// userimage_sink_stored. Never NULL. Further renditions are those of the record: userimage_record_rendition
    /// has their bytes.
    pub store: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            record: *const Record,
            original: *const u8,
            original_len: usize,
            standard: *const u8,
            standard_len: usize,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Finds an image of the website and answers with userimage_sink_image.
    pub find: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            id: u64,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Finds the image of any website that has a file under key (see original_key and standard_key of
    /// userimage_record_view) and answers with userimage_sink_image. Needed to serve files over HTTP.
    pub find_key: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            key: *const c_char,
            key_len: usize,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Reads one of an image's files and answers with userimage_sink_bytes. variant is "original", "standard" or
    /// the name of a further rendition, which the image may have been uploaded without: USERIMAGE_ABSENT.
    pub read: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            id: u64,
            variant: *const c_char,
            variant_len: usize,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Lists a user's images, newest first: at most page_size of them, after the first page_index *
    /// page_size. It answers with userimage_sink_total and, for each image, userimage_sink_image.
    pub list: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            user_id: *const c_char,
            user_id_len: usize,
            page_index: u64,
            page_size: u32,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Deletes an image of the website and all its files. The code that it returns is the answer.
    pub delete_image: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            id: u64,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Removes what never finished and is older than min_age_ms milliseconds, and answers with
    /// userimage_sink_swept.
    pub sweep: Option<
        unsafe extern "C" fn(user_data: *mut c_void, min_age_ms: u64, sink: *const Sink) -> i32,
    >,
    /// Reads len bytes at offset of one of an image's files, as read names it, and answers with
    /// userimage_sink_bytes. Offset and len lie within the length that the image's record states. Without this
    /// callback a file is read at once, and is in memory while it is open.
    pub read_range: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            id: u64,
            variant: *const c_char,
            variant_len: usize,
            offset: u64,
            len: usize,
            sink: *const Sink,
        ) -> i32,
    >,
}

input_struct!(StorageTable, "storage", 0, struct_size flags user_data destroy store find find_key read list
    delete_image sweep read_range);

impl CallbackTable for StorageTable {
    fn user_data(&self) -> (*mut c_void, Option<Destroy>) {
        (self.user_data, self.destroy)
    }
}

/// The host's storage as one of the core's. Open files share it.
#[derive(Clone, Debug)]
pub(crate) struct HostStorage(Arc<Callbacks>);

#[derive(Debug)]
struct Callbacks {
    table: StorageTable,
    user_data: UserData,
}

// SAFETY: only the table's functions are used, and the header says that they are called from any thread.
unsafe impl Send for Callbacks {}
// SAFETY: as above, and from several at once.
unsafe impl Sync for Callbacks {}

impl HostStorage {
    /// # Safety
    ///
    /// As [`adopt`].
    pub(crate) unsafe fn adopt(table: *const StorageTable) -> Result<Option<Self>, CallError> {
        // SAFETY: the caller's promise is the same.
        let Some((table, user_data)) = (unsafe { adopt(table)? }) else { return Ok(None) };
        table.store.ok_or_else(|| CallError::null("store"))?;
        Ok(Some(Self(Arc::new(Callbacks { table, user_data }))))
    }

    /// Calls a callback; `None` if there is no such image.
    fn invoke(
        &self,
        operation: &str,
        question: Question,
        call: Option<impl FnOnce(*mut c_void, *const Sink) -> i32>,
    ) -> Result<Option<Answer>, StorageError> {
        let unsupported = || StorageError::unsupported(operation);
        let call = call.ok_or_else(unsupported)?;
        let (code, answer) = invoke(question, |sink| call(self.0.user_data.get(), sink));
        let answer = answer.map_err(StorageError::new)?;
        match code {
            USERIMAGE_OK => answer.map(Some).ok_or_else(|| no_answer(operation)),
            USERIMAGE_ABSENT if matches!(question, Question::Find | Question::Read) => Ok(None),
            USERIMAGE_UNSUPPORTED if question != Question::Store => Err(unsupported()),
            _ => Err(failed(operation, code)),
        }
    }
}

impl HostStorage {
    /// Opens a file of an image that the host has found. Without `read_range` it is read at once.
    fn open_file(
        &self,
        image: StoredImage,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
        if !image.record.has(variant) {
            return Ok(None);
        }
        let (website, id) = (image.record.website_id, image.id);
        let bytes: Box<dyn ReadAt> = if self.0.table.read_range.is_some() {
            let len = image.record.blob_len(variant);
            Box::new(HostFile { storage: self.clone(), website, id, variant, len })
        } else {
            let Some(bytes) = self.read(website, id, variant)? else { return Ok(None) };
            Box::new(bytes)
        };
        StoredFile::new(image, variant, bytes).map(Some)
    }
}

/// A file of the host's storage, read in pieces.
#[derive(Debug)]
struct HostFile {
    storage: HostStorage,
    website: WebsiteId,
    id: ImageId,
    variant: Variant,
    len: u64,
}

impl ReadAt for HostFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        let rest = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = rest.min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let (website, id, name) =
            (website_number(self.website), self.id.get(), self.variant.name());
        let call = self.storage.0.table.read_range.map(|read_range| {
            move |user_data, sink| {
                let (data, len) = (name.as_ptr().cast(), name.len());
                // SAFETY: the host keeps to the table's documentation; the name outlives the call.
                unsafe { read_range(user_data, website, id, data, len, offset, wanted, sink) }
            }
        });
        match self.storage.invoke("read_range", Question::Read, call)? {
            None => Err(StorageError::new(format!("the {name} of image {id} is gone"))),
            Some(Answer::Bytes(bytes)) if bytes.len() == wanted => {
                buffer.copy_from_slice(&bytes);
                Ok(wanted)
            }
            Some(Answer::Bytes(bytes)) => Err(StorageError::new(format!(
                "the host's storage gave {} bytes to read_range, not {wanted}",
                bytes.len()
            ))),
            Some(_) => Err(no_answer("read_range")),
        }
    }
}

fn no_answer(operation: &str) -> StorageError {
    StorageError::new(format!("the host's storage gave no answer to {operation}"))
}

fn failed(operation: &str, code: i32) -> StorageError {
    StorageError::new(format!("the host's storage failed with code {code} to {operation}"))
}

impl Storage for HostStorage {
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        let renditions =
            image.renditions.iter().map(|content| Ok(content.read_all()?.into_owned()));
        let renditions = renditions.collect::<Result<_, StorageError>>()?;
        let record = Record::new(image.record.clone()).with_renditions(renditions);
        let (original, standard) = (image.original.read_all()?, image.standard.read_all()?);
        let (view, original, standard) = (&raw const record, &*original, &*standard);
        let call = self.0.table.store.map(|store| {
            move |user_data, sink| {
                // SAFETY: the host keeps to the table's documentation; what it is given outlives the call.
                unsafe {
                    store(
                        user_data,
                        view,
                        original.as_ptr(),
                        original.len(),
                        standard.as_ptr(),
                        standard.len(),
                        sink,
                    )
                }
            }
        });
        match self.invoke("store", Question::Store, call)? {
            Some(Answer::Stored(stored)) => Ok(stored.image(record.record)),
            _ => Err(no_answer("store")),
        }
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        let call = self.0.table.find.map(|find| {
            // SAFETY: the host keeps to the table's documentation.
            move |user_data, sink| unsafe {
                find(user_data, website_number(website), id.get(), sink)
            }
        });
        match self.invoke("find", Question::Find, call)? {
            None => Ok(None),
            Some(Answer::Images { images, .. }) => Ok(images.into_iter().next()),
            Some(_) => Err(no_answer("find")),
        }
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
        let text = key.to_string();
        let (data, len) = (text.as_ptr().cast(), text.len());
        let call = self.0.table.find_key.map(|find_key| {
            // SAFETY: the host keeps to the table's documentation; the text outlives the call.
            move |user_data, sink| unsafe { find_key(user_data, data, len, sink) }
        });
        match self.invoke("find_key", Question::Find, call)? {
            None => Ok(None),
            Some(Answer::Images { images, .. }) => Ok(images.into_iter().next()),
            Some(_) => Err(no_answer("find_key")),
        }
    }

    fn read(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let name = variant.name();
        let call = self.0.table.read.map(|read| {
            move |user_data, sink| {
                let (data, len) = (name.as_ptr().cast(), name.len());
                // SAFETY: the host keeps to the table's documentation; the name outlives the call.
                unsafe { read(user_data, website_number(website), id.get(), data, len, sink) }
            }
        });
        match self.invoke("read", Question::Read, call)? {
            None => Ok(None),
            Some(Answer::Bytes(bytes)) => Ok(Some(bytes)),
            Some(_) => Err(no_answer("read")),
        }
    }

    fn open(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
        self.find(website, id)?.map_or(Ok(None), |image| self.open_file(image, variant))
    }

    fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
        self.find_key(key)?.map_or(Ok(None), |image| self.open_file(image, key.variant()))
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        let user = user.as_str();
        let call = self.0.table.list.map(|list| {
            move |user_data, sink| {
                let (data, len) = (user.as_ptr().cast(), user.len());
                // SAFETY: the host keeps to the table's documentation.
                unsafe {
                    list(user_data, website_number(website), data, len, page.index, page.size, sink)
                }
            }
        });
        match self.invoke("list", Question::List, call)? {
            Some(Answer::Images { total: Some(total), images }) => {
                let mut list = ImageList::default();
                (list.total, list.images) = (total, images);
                Ok(list)
            }
            _ => Err(no_answer("list")),
        }
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        let delete =
            self.0.table.delete_image.ok_or_else(|| StorageError::unsupported("delete"))?;
        let (code, answer) = invoke(Question::Delete, |sink| {
            // SAFETY: the host keeps to the table's documentation.
            unsafe { delete(self.0.user_data.get(), website_number(website), id.get(), sink) }
        });
        answer.map_err(StorageError::new)?;
        match code {
            USERIMAGE_OK => Ok(true),
            USERIMAGE_ABSENT => Ok(false),
            USERIMAGE_UNSUPPORTED => Err(StorageError::unsupported("delete")),
            _ => Err(failed("delete", code)),
        }
    }

    fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
        let millis = u64::try_from(min_age.as_millis()).unwrap_or(u64::MAX);
        let call = self.0.table.sweep.map(|sweep| {
            // SAFETY: the host keeps to the table's documentation.
            move |user_data, sink| unsafe { sweep(user_data, millis, sink) }
        });
        match self.invoke("sweep", Question::Sweep, call)? {
            Some(Answer::Swept(report)) => Ok(report),
            _ => Err(no_answer("sweep")),
        }
    }
}

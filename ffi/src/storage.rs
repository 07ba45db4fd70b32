//! A storage of the host's own.

use std::ffi::{c_char, c_void};
use std::time::Duration;

use userimage_core::storage::{ImageList, Page, Storage, StorageError, SweepReport};
use userimage_core::{ImageId, NewImage, StoredImage, UserId, Variant, WebsiteId};

use crate::code::{USERIMAGE_ABSENT, USERIMAGE_OK, USERIMAGE_UNSUPPORTED};
use crate::error::Fault;
use crate::input::Struct;
use crate::record::{Record, variant_number, website_number};
use crate::sink::{Answer, Kind, Sink, asked};
use crate::table::{RawUserData, Table, UserData, take};

/// A storage of the host's own. The caller fills it: all of it with zeros, struct_size with sizeof,
/// then what there is. Only store is needed; a callback that is NULL makes its function return
/// USERIMAGE_UNSUPPORTED.
///
/// A callback answers through its sink, before it returns, and returns USERIMAGE_OK; or, after
/// userimage_sink_fail with a reason, any other code, and what it was asked for fails with
/// USERIMAGE_SERVER_ERROR. find, read and delete_image return USERIMAGE_ABSENT when the website has no
/// such image. An answer that is missing or no good is a failure too. A callback may take its time:
/// the upload waits for it, without a limit of the library's. Callbacks are called from any thread
/// that calls the library, from several at once, and may use the library, this uploader too. No C++
/// exception and no longjmp may leave them. What they are given lives until they return.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct StorageTable {
    /// sizeof(userimage_storage)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The host's own, handed to each callback.
    pub user_data: *mut c_void,
    /// Called exactly once, from any thread, when the table is not used any more; or NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Keeps an image whole or not at all, durably, and answers with userimage_sink_stored. Never NULL.
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
    /// Reads one of an image's files and answers with userimage_sink_bytes. variant is
    /// USERIMAGE_ORIGINAL or USERIMAGE_STANDARD.
    pub read: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            id: u64,
            variant: i32,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Lists a user's images, newest first, and answers with userimage_sink_total and, for each image
    /// of the page, userimage_sink_image.
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
    /// Deletes an image of the website and both its files. Its code is the answer.
    pub delete_image: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            website_id: i32,
            id: u64,
            sink: *const Sink,
        ) -> i32,
    >,
    /// Removes what never finished and is older than min_age_ms, and answers with userimage_sink_swept.
    pub sweep: Option<
        unsafe extern "C" fn(user_data: *mut c_void, min_age_ms: u64, sink: *const Sink) -> i32,
    >,
}

// SAFETY: repr(C), two u32 first and then pointers, which may be 0 and have no padding.
unsafe impl Struct for StorageTable {
    const NAME: &'static str = "storage";
    const FIRST_SIZE: usize = size_of::<Self>();

    fn flags(&self) -> u32 {
        self.flags
    }
}

impl Table for StorageTable {
    fn user_data(&self) -> RawUserData {
        (self.user_data, self.destroy)
    }
}

/// The host's storage as the core knows one.
#[derive(Debug)]
pub(crate) struct HostStorage {
    table: StorageTable,
    user_data: UserData,
}

// SAFETY: of the table only the functions are used, which the header says may be called from any thread.
unsafe impl Send for HostStorage {}
// SAFETY: as above, and from several at once.
unsafe impl Sync for HostStorage {}

impl HostStorage {
    /// # Safety
    ///
    /// As [`take`].
    pub(crate) unsafe fn take(table: *const StorageTable) -> Result<Option<Self>, Fault> {
        // SAFETY: the caller's promise is the same.
        let Some((table, user_data)) = (unsafe { take(table)? }) else { return Ok(None) };
        table.store.ok_or_else(|| Fault::null("store"))?;
        Ok(Some(Self { table, user_data }))
    }

    /// Asks a callback; `None` when there is no such image.
    fn ask(
        &self,
        operation: &str,
        kind: Kind,
        call: Option<impl FnOnce(*mut c_void, *const Sink) -> i32>,
    ) -> Result<Option<Answer>, StorageError> {
        let unsupported = || StorageError::unsupported(operation);
        let call = call.ok_or_else(unsupported)?;
        let (code, answer) = asked(kind, |sink| call(self.user_data.get(), sink));
        let answer = answer.map_err(StorageError::new)?;
        match code {
            USERIMAGE_OK => answer.map(Some).ok_or_else(|| no_answer(operation)),
            USERIMAGE_ABSENT if matches!(kind, Kind::Find | Kind::Read) => Ok(None),
            USERIMAGE_UNSUPPORTED if kind != Kind::Store => Err(unsupported()),
            _ => Err(failed(operation, code)),
        }
    }
}

fn no_answer(operation: &str) -> StorageError {
    StorageError::new(format!("the host's storage gave no answer to {operation}"))
}

fn failed(operation: &str, code: i32) -> StorageError {
    StorageError::new(format!("the host's storage failed with code {code} to {operation}"))
}

/// The image that a host gives back, if it is the website's.
fn owned_by(website: WebsiteId, image: StoredImage) -> Result<StoredImage, StorageError> {
    if image.record.website_id == website {
        Ok(image)
    } else {
        Err(StorageError::new("the host's storage gave another website's image"))
    }
}

impl Storage for HostStorage {
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        let record = Record::new(image.record.clone());
        let (view, original, standard) = (&raw const record, image.original, image.standard);
        let call = self.table.store.map(|store| {
            move |user_data, sink| {
                // SAFETY: the host's promise in the table's documentation; all that is given lives on.
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
        match self.ask("store", Kind::Store, call)? {
            Some(Answer::Stored { id, photo_code, original_url, standard_url }) => {
                Ok(StoredImage::new(id, photo_code, original_url, standard_url, record.record))
            }
            _ => Err(no_answer("store")),
        }
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        let call = self.table.find.map(|find| {
            // SAFETY: the host's promise in the table's documentation.
            move |user_data, sink| unsafe { find(user_data, website_number(website), id, sink) }
        });
        match self.ask("find", Kind::Find, call)? {
            None => Ok(None),
            Some(Answer::Images { images, .. }) => {
                images.into_iter().next().map(|image| owned_by(website, image)).transpose()
            }
            Some(_) => Err(no_answer("find")),
        }
    }

    fn read(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let variant = variant_number(variant);
        let call = self.table.read.map(|read| {
            // SAFETY: the host's promise in the table's documentation.
            move |user_data, sink| unsafe {
                read(user_data, website_number(website), id, variant, sink)
            }
        });
        match self.ask("read", Kind::Read, call)? {
            None => Ok(None),
            Some(Answer::Bytes(bytes)) => Ok(Some(bytes)),
            Some(_) => Err(no_answer("read")),
        }
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        let user = user.as_str();
        let call = self.table.list.map(|list| {
            move |user_data, sink| {
                let (data, len) = (user.as_ptr().cast(), user.len());
                // SAFETY: the host's promise in the table's documentation.
                unsafe {
                    list(user_data, website_number(website), data, len, page.index, page.size, sink)
                }
            }
        });
        match self.ask("list", Kind::List, call)? {
            Some(Answer::Images { total: Some(total), images }) => {
                let images = images.into_iter().map(|image| owned_by(website, image));
                let mut list = ImageList::default();
                (list.total, list.images) = (total, images.collect::<Result<_, _>>()?);
                Ok(list)
            }
            _ => Err(no_answer("list")),
        }
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        let delete = self.table.delete_image.ok_or_else(|| StorageError::unsupported("delete"))?;
        let (code, answer) = asked(Kind::Nothing, |sink| {
            // SAFETY: the host's promise in the table's documentation.
            unsafe { delete(self.user_data.get(), website_number(website), id, sink) }
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
        let call = self.table.sweep.map(|sweep| {
            // SAFETY: the host's promise in the table's documentation.
            move |user_data, sink| unsafe { sweep(user_data, millis, sink) }
        });
        match self.ask("sweep", Kind::Sweep, call)? {
            Some(Answer::Swept { records, files }) => Ok(Answer::swept(records, files)),
            _ => Err(no_answer("sweep")),
        }
    }
}

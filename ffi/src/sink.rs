//! Where a callback puts its answer: nothing crosses from the host's allocator to the library's.

use std::ffi::c_char;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use userimage_core::{ImageId, ImageRecord, StoredImage, storage};

use crate::call_error::CallError;
use crate::code::USERIMAGE_SINK_CLOSED;
use crate::guard::{guard_free, guard_getter};
use crate::handle::{Handle, Shared, borrow, free_shared, give_shared, share};
use crate::input::{bytes, host_text};
use crate::sweep_report::SweepReport;
use crate::versioned_struct::{InputStruct, input_struct, read};

/// The longest text that a sink takes, in bytes.
pub const USERIMAGE_MAX_TEXT: u32 = 65536;

/// Where a callback puts its answer. A callback may pass its sink to another thread and wait for it; an
/// answer after the callback has returned is too late, and refused with USERIMAGE_SINK_CLOSED.
///
/// A sink lives until its callback returns. A thread that may use it later keeps it alive with
/// userimage_sink_retain, and frees it with userimage_sink_free. Several threads may use it at once.
#[derive(Debug)]
pub struct Sink {
    question: Question,
    state: Mutex<State>,
}

impl Handle for Sink {
    type Ownership = Shared;
    const NAME: &'static str = "sink";
}

/// What a callback is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Decide,
    Store,
    Find,
    Read,
    List,
    Delete,
    Sweep,
}

/// What it answers.
#[derive(Debug)]
pub(crate) enum Answer {
    Decided(bool),
    Stored(StoredTexts),
    Images { total: Option<u64>, images: Vec<StoredImage> },
    Bytes(Vec<u8>),
    Swept(storage::SweepReport),
}

/// What a storage adds to the record of an image.
#[derive(Debug)]
pub(crate) struct StoredTexts {
    id: ImageId,
    photo_code: String,
    original_url: String,
    standard_url: String,
}

impl StoredTexts {
    pub(crate) fn image(self, record: ImageRecord) -> StoredImage {
        StoredImage::new(self.id, self.photo_code, self.original_url, self.standard_url, record)
    }
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    answer: Option<Answer>,
    /// Why there is no valid answer: the host's own reason, or what is wrong with its answer.
    failure: Option<String>,
}

/// Calls a callback with a new sink. Returns its code, and its answer or why it failed.
pub(crate) fn invoke(
    question: Question,
    call: impl FnOnce(*const Sink) -> i32,
) -> (i32, Result<Option<Answer>, String>) {
    let sink = Arc::new(Sink { question, state: Mutex::default() });
    let code = call(Arc::as_ptr(&sink));
    let mut state = sink.state();
    state.closed = true;
    (code, state.failure.take().map_or_else(|| Ok(state.answer.take()), Err))
}

impl Sink {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic leaves no half answer behind: each is set at once.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `change` set or extend the answer. An invalid answer spoils the sink, so that a host that
    /// ignores codes cannot pass it for a valid one.
    fn answer(
        &self,
        questions: &[Question],
        change: impl FnOnce(&mut Option<Answer>) -> Result<(), CallError>,
    ) -> Result<(), CallError> {
        let mut state = self.state();
        if state.closed {
            return Err(closed("the callback has returned"));
        }
        let result = if questions.contains(&self.question) {
            change(&mut state.answer)
        } else {
            Err(closed("the callback is asked for something else"))
        };
        if let Err(error) = &result {
            let reason = || format!("the host gave an invalid answer: {}", error.reason());
            state.failure.get_or_insert_with(reason);
        }
        result
    }
}

fn closed(why: &'static str) -> CallError {
    CallError::usage(USERIMAGE_SINK_CLOSED, why)
}

fn once(answer: &mut Option<Answer>, given: Answer) -> Result<(), CallError> {
    if answer.is_some() {
        return Err(closed("there is an answer already"));
    }
    *answer = Some(given);
    Ok(())
}

/// A text of at most USERIMAGE_MAX_TEXT bytes.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes.
unsafe fn short_text(
    data: *const c_char,
    len: usize,
    name: &'static str,
) -> Result<String, CallError> {
    if len > USERIMAGE_MAX_TEXT as usize {
        return Err(CallError::argument(name, "is longer than USERIMAGE_MAX_TEXT"));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { host_text(data, len, name)? }.to_owned())
}

/// What a host's own storage knows of an image that it stores. The host sets all bytes to 0, struct_size to
/// its sizeof, and what there is. Texts are UTF-8, not NULL, and of at most USERIMAGE_MAX_TEXT bytes.
/// Everything stays the host's and is copied.
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
    /// For userimage_sink_image and userimage_image_from_stored: the document of userimage_record_json.
    /// userimage_sink_stored ignores it.
    pub record_json: *const c_char,
    pub record_json_len: usize,
}

input_struct!(Stored, "stored", 0, struct_size flags id photo_code photo_code_len original_url
    original_url_len standard_url standard_url_len record_json record_json_len);

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
    unsafe fn texts(&self) -> Result<StoredTexts, CallError> {
        let id = ImageId::try_from(self.id)
            .map_err(|invalid| CallError::argument("id", &format!("is {invalid}")))?;
        // SAFETY: the caller's promise.
        unsafe {
            Ok(StoredTexts {
                id,
                photo_code: short_text(self.photo_code, self.photo_code_len, "photo_code")?,
                original_url: short_text(self.original_url, self.original_url_len, "original_url")?,
                standard_url: short_text(self.standard_url, self.standard_url_len, "standard_url")?,
            })
        }
    }

    /// # Safety
    ///
    /// Each text is NULL or as long as the field after it says.
    pub(crate) unsafe fn image(&self) -> Result<StoredImage, CallError> {
        // SAFETY: the caller's promise.
        let (texts, json) = unsafe {
            (self.texts()?, short_text(self.record_json, self.record_json_len, "record_json")?)
        };
        let record = ImageRecord::from_json(&json)
            .map_err(|error| CallError::argument("record_json", &error.to_string()))?;
        Ok(texts.image(record))
    }
}

/// Answers yes (1) or no (0), for an authenticator.
///
/// Threads: any, several at once; so for all functions of a sink. Errors, of all functions of a sink:
/// USERIMAGE_SINK_CLOSED if the callback has returned, is asked for something else, or has answered
/// already; USERIMAGE_INVALID_ARGUMENT, USERIMAGE_BAD_STRUCT_SIZE or USERIMAGE_BAD_UTF8 if the answer is
/// invalid. An invalid answer spoils the sink: the call that the callback was invoked for fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_decide(sink: *const Sink, yes: i32) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Decide], |answer| match yes {
            0 | 1 => once(answer, Answer::Decided(yes == 1)),
            _ => Err(CallError::argument("yes", "is neither 0 nor 1")),
        })
    })
}

/// Answers what the storage knows of the image that it has stored.
///
/// Ownership: stored is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_stored(sink: *const Sink, stored: *const Stored) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Store], |answer| {
            // SAFETY: the caller passes a struct whose texts are as long as it says, or NULL.
            once(answer, Answer::Stored(unsafe { Stored::read(stored)?.texts()? }))
        })
    })
}

/// Answers an image: the one that is to be found, or the next one of a list, newest first.
///
/// Ownership: stored is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_image(sink: *const Sink, stored: *const Stored) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Find, Question::List], |answer| {
            // SAFETY: the caller passes a struct whose texts are as long as it says, or NULL.
            let image = unsafe { Stored::read(stored)?.image()? };
            match answer {
                Some(Answer::Images { images, .. }) if sink.question == Question::List => {
                    images.push(image);
                    Ok(())
                }
                _ => once(answer, Answer::Images { total: None, images: vec![image] }),
            }
        })
    })
}

/// Answers how many images the user has in all, for a list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_total(sink: *const Sink, total: u64) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::List], |answer| match answer {
            Some(Answer::Images { total: known @ None, .. }) => {
                *known = Some(total);
                Ok(())
            }
            _ => once(answer, Answer::Images { total: Some(total), images: Vec::new() }),
        })
    })
}

/// Answers bytes of a file that is to be read. Called several times, the pieces are joined.
///
/// Ownership: data is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_bytes(
    sink: *const Sink,
    data: *const u8,
    data_len: usize,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Read], |answer| {
            // SAFETY: the caller passes `data_len` bytes.
            let piece = unsafe { bytes(data, data_len, "data")? }.unwrap_or_default();
            match answer {
                Some(Answer::Bytes(bytes)) => bytes.extend_from_slice(piece),
                _ => *answer = Some(Answer::Bytes(piece.to_owned())),
            }
            Ok(())
        })
    })
}

/// Answers what a sweep has removed.
///
/// Ownership: report is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_swept(
    sink: *const Sink,
    report: *const SweepReport,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Sweep], |answer| {
            // SAFETY: the caller passes a struct that begins with its size, or NULL.
            let report = unsafe { read(report)? };
            report.check_flags()?;
            once(answer, Answer::Swept(report.into()))
        })
    })
}

/// States why the callback fails, in words for the host's log; the callback then returns a code other than
/// 0. Without it only that code is known.
///
/// Ownership: reason is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_fail(
    sink: *const Sink,
    reason: *const c_char,
    reason_len: usize,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink, and `reason_len` bytes.
        let (sink, reason) = unsafe { (borrow(sink)?, short_text(reason, reason_len, "reason")) };
        let mut state = sink.state();
        if state.closed {
            return Err(closed("the callback has returned"));
        }
        let (failure, result) = match reason {
            Ok(reason) => (reason, Ok(())),
            Err(error) => ("the host failed, and its reason is invalid".to_owned(), Err(error)),
        };
        state.failure.get_or_insert(failure);
        result
    })
}

/// Keeps a sink alive after its callback has returned, for a thread that may answer too late. To be freed
/// with userimage_sink_free, once for each call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_retain(sink: *const Sink) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let _ = give_shared(unsafe { share(sink)? });
        Ok(())
    })
}

/// Frees a sink that was kept alive with userimage_sink_retain; NULL is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_free(sink: *const Sink) {
    // SAFETY: the caller gives its count up.
    guard_free(|| unsafe { free_shared(sink) });
}

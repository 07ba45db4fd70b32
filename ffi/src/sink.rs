//! Where a callback puts its answer: nothing crosses from the host's allocator to the library's.

use std::ffi::c_char;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use userimage_core::storage::SweepReport;
use userimage_core::{ImageRecord, StoredImage};

use crate::boundary::{get, release};
use crate::code::USERIMAGE_SINK_CLOSED;
use crate::error::Fault;
use crate::handle::{Handle, Shared, borrow, free_shared, give_shared, share};
use crate::input::{at_least_one, bytes, required_text};

/// The longest text that a sink takes, in bytes.
pub const USERIMAGE_MAX_TEXT: u32 = 65536;

/// Where a callback puts its answer. A callback may hand its sink to another thread and wait for it; but
/// what comes after the callback has returned is too late and is refused with USERIMAGE_SINK_CLOSED.
///
/// A sink lives until its callback returns. A thread that may use it later keeps it alive with
/// userimage_sink_retain, and frees it with userimage_sink_free. Several threads may use it at once.
#[derive(Debug)]
pub struct Sink {
    kind: Kind,
    state: Mutex<State>,
}

impl Handle for Sink {
    type Ownership = Shared;
    const NAME: &'static str = "sink";
}

/// What a callback is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Decide,
    Store,
    Find,
    Read,
    List,
    Sweep,
    Nothing,
}

/// What it answers.
#[derive(Debug)]
pub(crate) enum Answer {
    Decided(bool),
    Stored { id: u64, photo_code: String, original_url: String, standard_url: String },
    Images { total: Option<u64>, images: Vec<StoredImage> },
    Bytes(Vec<u8>),
    Swept { records: u64, files: u64 },
}

impl Answer {
    pub(crate) fn swept(records: u64, files: u64) -> SweepReport {
        let mut swept = SweepReport::default();
        (swept.records, swept.files) = (records, files);
        swept
    }
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    answer: Option<Answer>,
    /// Why there can be no good answer any more: the host's own reason, or what was wrong with its answer.
    failure: Option<String>,
}

/// Asks a callback with a new sink: its code, and what it has answered or why it has failed.
pub(crate) fn asked(
    kind: Kind,
    call: impl FnOnce(*const Sink) -> i32,
) -> (i32, Result<Option<Answer>, String>) {
    let sink = Arc::new(Sink { kind, state: Mutex::default() });
    let code = call(Arc::as_ptr(&sink));
    let mut state = sink.state();
    state.closed = true;
    (code, state.failure.take().map_or_else(|| Ok(state.answer.take()), Err))
}

impl Sink {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic inside leaves no half answer behind: each is put in whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets `change` make the answer of what there is of it. A bad answer spoils the sink, so that a
    /// host that does not look at codes cannot pass it for a good one.
    fn answer(
        &self,
        kinds: &[Kind],
        change: impl FnOnce(&mut Option<Answer>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut state = self.state();
        if state.closed {
            return Err(closed("the callback has returned"));
        }
        let result = if kinds.contains(&self.kind) {
            change(&mut state.answer)
        } else {
            Err(closed("the callback is asked for something else"))
        };
        if let Err(fault) = &result {
            let bad = || format!("the host gave a bad answer: {}", fault.reason());
            state.failure.get_or_insert_with(bad);
        }
        result
    }
}

fn closed(why: &'static str) -> Fault {
    Fault::usage(USERIMAGE_SINK_CLOSED, why)
}

fn once(answer: &mut Option<Answer>, given: Answer) -> Result<(), Fault> {
    if answer.is_some() {
        return Err(closed("there is an answer already"));
    }
    *answer = Some(given);
    Ok(())
}

/// A text of a bearable length.
///
/// # Safety
///
/// `data` is NULL or points to `len` bytes.
unsafe fn short_text(data: *const c_char, len: usize, name: &'static str) -> Result<String, Fault> {
    if len > USERIMAGE_MAX_TEXT as usize {
        return Err(Fault::argument(name, "is longer than USERIMAGE_MAX_TEXT"));
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { required_text(data, len, name)? }.to_owned())
}

/// Answers yes (1) or no (0), for an authenticator.
///
/// Thread safety: any thread, here and below. Errors, here and below: USERIMAGE_SINK_CLOSED when the
/// callback has returned, is asked for something else, or has answered already;
/// USERIMAGE_INVALID_ARGUMENT or USERIMAGE_BAD_UTF8 when the answer is no good. Any error spoils the
/// sink: what the callback was asked for then fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_decide(sink: *const Sink, yes: i32) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Kind::Decide], |answer| match yes {
            0 | 1 => once(answer, Answer::Decided(yes == 1)),
            _ => Err(Fault::argument("yes", "is neither 0 nor 1")),
        })
    })
}

/// Answers what a storage has given to the image that it stored: its id (not 0), its photo code, and
/// where a client gets its two files. All are copied; no text is NULL or longer than
/// USERIMAGE_MAX_TEXT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_stored(
    sink: *const Sink,
    id: u64,
    photo_code: *const c_char,
    photo_code_len: usize,
    original_url: *const c_char,
    original_url_len: usize,
    standard_url: *const c_char,
    standard_url_len: usize,
) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Kind::Store], |answer| {
            // SAFETY: the caller hands over three texts with their lengths.
            let given = unsafe {
                Answer::Stored {
                    id: at_least_one(id, "id")?,
                    photo_code: short_text(photo_code, photo_code_len, "photo_code")?,
                    original_url: short_text(original_url, original_url_len, "original_url")?,
                    standard_url: short_text(standard_url, standard_url_len, "standard_url")?,
                }
            };
            once(answer, given)
        })
    })
}

/// Answers an image: the one that was to be found, or one of a list, newest first. It is what was given
/// to userimage_sink_stored, and the JSON document of userimage_record_json.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_image(
    sink: *const Sink,
    id: u64,
    photo_code: *const c_char,
    photo_code_len: usize,
    original_url: *const c_char,
    original_url_len: usize,
    standard_url: *const c_char,
    standard_url_len: usize,
    record_json: *const c_char,
    record_json_len: usize,
) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Kind::Find, Kind::List], |answer| {
            // SAFETY: the caller hands over four texts with their lengths.
            let image = unsafe {
                let json = short_text(record_json, record_json_len, "record_json")?;
                let record = ImageRecord::from_json(&json)
                    .map_err(|error| Fault::argument("record_json", &error.to_string()))?;
                StoredImage::new(
                    at_least_one(id, "id")?,
                    short_text(photo_code, photo_code_len, "photo_code")?,
                    short_text(original_url, original_url_len, "original_url")?,
                    short_text(standard_url, standard_url_len, "standard_url")?,
                    record,
                )
            };
            match answer {
                Some(Answer::Images { images, .. }) if sink.kind == Kind::List => {
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
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Kind::List], |answer| match answer {
            Some(Answer::Images { total: place @ None, .. }) => {
                *place = Some(total);
                Ok(())
            }
            _ => once(answer, Answer::Images { total: Some(total), images: Vec::new() }),
        })
    })
}

/// Answers bytes of a file that was to be read. They are copied. May be called several times: the
/// pieces are joined.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_bytes(
    sink: *const Sink,
    data: *const u8,
    data_len: usize,
) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Kind::Read], |answer| {
            // SAFETY: the caller hands over `data_len` bytes.
            let piece = unsafe { bytes(data, data_len, "data")? }.unwrap_or_default();
            match answer {
                Some(Answer::Bytes(bytes)) => bytes.extend_from_slice(piece),
                _ => *answer = Some(Answer::Bytes(piece.to_owned())),
            }
            Ok(())
        })
    })
}

/// Answers how many records and files a sweep has removed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_swept(sink: *const Sink, records: u64, files: u64) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Kind::Sweep], |answer| once(answer, Answer::Swept { records, files }))
    })
}

/// Tells why the callback fails, in words for the host's log; it then returns a code other than 0. The
/// text is copied; without one the code alone is told.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_fail(
    sink: *const Sink,
    reason: *const c_char,
    reason_len: usize,
) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink, and `reason_len` bytes.
        let (sink, reason) = unsafe { (borrow(sink)?, short_text(reason, reason_len, "reason")) };
        let mut state = sink.state();
        if state.closed {
            return Err(closed("the callback has returned"));
        }
        let (told, result) = match reason {
            Ok(reason) => (reason, Ok(())),
            Err(fault) => {
                ("the host failed, and its reason is no good text".to_owned(), Err(fault))
            }
        };
        state.failure.get_or_insert(told);
        result
    })
}

/// Keeps a sink alive past its callback: for a thread that may answer too late. To be freed with
/// userimage_sink_free, once for each call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_retain(sink: *const Sink) -> i32 {
    get(|| {
        // SAFETY: the caller hands over a living sink.
        let _ = give_shared(unsafe { share(sink)? });
        Ok(())
    })
}

/// Frees a sink that was kept with userimage_sink_retain; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_free(sink: *const Sink) {
    // SAFETY: the caller gives its count up.
    release(|| unsafe { free_shared(sink) });
}

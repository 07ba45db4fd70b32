//! Where a callback puts its answer: nothing crosses from the host's allocator to the library's.

use std::ffi::c_char;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use userimage_core::{StoredImage, storage};

use crate::call_error::CallError;
use crate::code::USERIMAGE_SINK_CLOSED;
use crate::guard::{guard_free, guard_getter};
use crate::handle::{Handle, Shared, borrow, free_shared, give_shared, share};
use crate::input::bytes;
use crate::stored::{Stored, StoredTexts, short_text};
use crate::sweep_report::SweepReport;
use crate::versioned_struct::{InputStruct, read};

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
    Inspect,
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
    Refused(String),
    Stored(StoredTexts),
    Images { total: Option<u64>, images: Vec<StoredImage> },
    Bytes(Vec<u8>),
    Swept(storage::SweepReport),
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

    /// Lets `change` set or extend the answer. An invalid answer invalidates the sink, so that a host that
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

/// Answers yes (1) or no (0), for an authenticator or an inspector.
///
/// Threads: any, several at once; so for all functions of a sink. Errors, of all functions of a sink:
/// USERIMAGE_SINK_CLOSED if the callback has returned, is asked for something else, or has answered
/// already; USERIMAGE_INVALID_ARGUMENT, USERIMAGE_BAD_STRUCT_SIZE or USERIMAGE_BAD_UTF8 if the answer is
/// invalid. An invalid answer invalidates the sink: the call that the callback was invoked for fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_decide(sink: *const Sink, yes: i32) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Decide, Question::Inspect], |answer| match yes {
            0 | 1 => once(answer, Answer::Decided(yes == 1)),
            _ => Err(CallError::argument("yes", "is neither 0 nor 1")),
        })
    })
}

/// Answers no with a reason, for an inspector. The reason goes to the host: the client's answer has it only in a
/// header, where the configuration's "explain" asks for that.
///
/// Ownership: reason is copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn userimage_sink_refuse(
    sink: *const Sink,
    reason: *const c_char,
    reason_len: usize,
) -> i32 {
    guard_getter(|| {
        // SAFETY: the caller passes a living sink.
        let sink = unsafe { borrow(sink)? };
        sink.answer(&[Question::Inspect], |answer| {
            // SAFETY: the caller passes `reason_len` bytes.
            once(answer, Answer::Refused(unsafe { short_text(reason, reason_len, "reason")? }))
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

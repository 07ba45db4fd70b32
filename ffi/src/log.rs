//! What the library logs, passed to the host line by line.

use std::cell::Cell;
use std::ffi::{c_char, c_void};
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_core::span::Current;
use userimage_core::SpanFields;

use crate::call_error::CallError;
use crate::callback_table::{CallbackTable, Destroy, UserData, adopt};
use crate::versioned_struct::input_struct;

/// The server failed.
pub const USERIMAGE_LOG_ERROR: i32 = 1;
/// Something unexpected.
pub const USERIMAGE_LOG_WARN: i32 = 2;
/// Each upload, stored or refused: one line.
pub const USERIMAGE_LOG_INFO: i32 = 3;
/// For developers of the library.
pub const USERIMAGE_LOG_DEBUG: i32 = 4;
/// For developers of the library, in detail.
pub const USERIMAGE_LOG_TRACE: i32 = 5;

/// Receives what the library logs in the calls of one uploader: each upload is one line, with website, id,
/// format, sizes and times; never a key, a user or file content. The caller sets all bytes to 0, struct_size
/// to its sizeof, and what there is.
///
/// The callback is called from any thread that calls the library, from several at once. It may use the
/// library; what the library does for it is not logged. No C++ exception and no longjmp may leave it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LogTable {
    /// sizeof(userimage_log)
    pub struct_size: u32,
    /// 0
    pub flags: u32,
    /// The host's own, passed to each callback.
    pub user_data: *mut c_void,
    /// Called exactly once, from any thread, after the last use of the table; or NULL.
    pub destroy: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// The most detailed level that is wanted: USERIMAGE_LOG_ERROR to USERIMAGE_LOG_TRACE.
    pub max_level: i32,
    /// 0
    pub reserved: i32,
    /// Receives one line: UTF-8 without control characters and without a NUL at its end, which lives until
    /// the callback returns. Never NULL.
    pub line: Option<
        unsafe extern "C" fn(
            user_data: *mut c_void,
            level: i32,
            text: *const c_char,
            text_len: usize,
        ),
    >,
}

input_struct!(LogTable, "log", 0, struct_size flags user_data destroy max_level reserved line);

impl CallbackTable for LogTable {
    fn user_data(&self) -> (*mut c_void, Option<Destroy>) {
        (self.user_data, self.destroy)
    }
}

/// The host's callback as a subscriber of `tracing`'s.
#[derive(Debug)]
pub(crate) struct HostLog {
    line: unsafe extern "C" fn(*mut c_void, i32, *const c_char, usize),
    max_level: Level,
    user_data: UserData,
    spans: SpanFields<String>,
}

impl HostLog {
    /// # Safety
    ///
    /// As [`adopt`].
    pub(crate) unsafe fn adopt(table: *const LogTable) -> Result<Option<Self>, CallError> {
        // SAFETY: the caller's promise is the same.
        let Some((table, user_data)) = (unsafe { adopt(table)? }) else { return Ok(None) };
        let line = table.line.ok_or_else(|| CallError::null("line"))?;
        let max_level = LEVELS
            .into_iter()
            .find(|level| level.0 == table.max_level)
            .ok_or_else(|| CallError::argument("max_level", "is not one of USERIMAGE_LOG_..."))?
            .1;
        if table.reserved != 0 {
            return Err(CallError::argument("reserved", "is not 0"));
        }
        Ok(Some(Self { line, max_level, user_data, spans: SpanFields::new() }))
    }

    /// Registers it with `tracing`, which caches for each call site whether any subscriber is interested.
    /// With one registered subscriber it asks only the current thread's. An uploader without a log has no
    /// subscriber there, which would disable the call site for every thread. Therefore two are always registered.
    pub(crate) fn dispatch(self) -> Dispatch {
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(NoSubscriber::default()));
        Dispatch::new(self)
    }
}

thread_local! {
    /// Whether a host's callback is running on this thread.
    static IN_LINE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `call` with `log` as this thread's subscriber for its duration, so that a Rust host's own
/// subscriber is not replaced.
pub(crate) fn logged<T>(log: Option<&Dispatch>, call: impl FnOnce() -> T) -> T {
    match log {
        // `tracing` panics when it is given another subscriber while one of its own is at work.
        Some(log) if !IN_LINE.get() => tracing::dispatcher::with_default(log, call),
        _ => call(),
    }
}

const LEVELS: [(i32, Level); 5] = [
    (USERIMAGE_LOG_ERROR, Level::ERROR),
    (USERIMAGE_LOG_WARN, Level::WARN),
    (USERIMAGE_LOG_INFO, Level::INFO),
    (USERIMAGE_LOG_DEBUG, Level::DEBUG),
    (USERIMAGE_LOG_TRACE, Level::TRACE),
];

impl Subscriber for HostLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.max_level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.max_level.into())
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.message + &line.fields + &self.spans.entered().concat();
        let level = LEVELS.into_iter().find(|level| level.1 == *event.metadata().level());
        let level = level.map_or(USERIMAGE_LOG_TRACE, |level| level.0);
        IN_LINE.set(true);
        // SAFETY: the host keeps to the table's documentation; the text outlives the call.
        unsafe { (self.line)(self.user_data.get(), level, text.as_ptr().cast(), text.len()) };
        IN_LINE.set(false);
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::default();
        span.record(&mut line);
        self.spans.new_span(span, line.fields)
    }

    fn current_span(&self) -> Current {
        self.spans.current_span()
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.clone_span(id)
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.try_close(&id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, id: &Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &Id) {
        self.spans.exit(id);
    }
}

/// An event as text: its message, then its fields as ` name=value`.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let text = if field.name() == "message" {
            &mut self.message
        } else {
            let _ = write!(self.fields, " {}=", field.name());
            &mut self.fields
        };
        let _ = write!(OneLine(text), "{value}");
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}

/// Writes control characters as escapes, so that a value can never begin a line of its own.
struct OneLine<'a>(&'a mut String);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if c.is_control() {
                self.0.extend(c.escape_default());
            } else {
                self.0.push(c);
            }
        }
        Ok(())
    }
}

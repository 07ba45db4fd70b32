//! The core's `tracing` events for Python's `logging`, under the logger `userimage`.
//!
//! Events are collected while the core works without the GIL and logged once it is held again, so a handler
//! never runs in the middle of an upload. Whether a level is enabled is asked before the call: an event that
//! no logger wants is neither formatted nor kept.

use std::cell::RefCell;
use std::fmt::{self, Write as _};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{IntoPyObjectExt, intern};
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber, span};
use tracing_core::span::Current;
use userimage::SpanFields;

use crate::raised;

thread_local! {
    /// The events of the call into the core that this thread is in.
    static COLLECTED: RefCell<Option<Collected>> = const { RefCell::new(None) };
}

struct Collected {
    level: Level,
    records: Vec<Record>,
}

struct Record {
    level: Level,
    message: String,
    fields: Fields,
}

type Fields = Vec<(&'static str, Value)>;

#[derive(Clone)]
enum Value {
    Text(String),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

/// Subscribes to `tracing`, once for the process.
pub(crate) fn subscribe() {
    // The module has its own copy of `tracing`. It is already subscribed in a second interpreter only.
    let _ = tracing::subscriber::set_global_default(EventCollector::default());
}

/// Runs `work`, a call into the core, without the GIL, then logs its events. An interrupt that the host's own
/// code has raised meanwhile is raised here, whatever the core has made of it.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let level = level(py)?;
    let (result, records) = py.detach(|| match level {
        Some(level) => collected(level, work),
        None => (work(), Vec::new()),
    });
    let failure = raised::take();
    log(py, records, failure.as_ref())?;
    match failure {
        Some(interrupt) if !interrupt.is_instance_of::<PyException>(py) => Err(interrupt),
        _ => Ok(result),
    }
}

fn collected<T>(level: Level, work: impl FnOnce() -> T) -> (T, Vec<Record>) {
    let outer = COLLECTED.replace(Some(Collected { level, records: Vec::new() }));
    let result = work();
    let collected = COLLECTED.replace(outer);
    (result, collected.map_or_else(Vec::new, |collected| collected.records))
}

fn log(py: Python<'_>, records: Vec<Record>, failure: Option<&PyErr>) -> PyResult<()> {
    for record in records {
        if let Err(failure) = record.log(py, failure) {
            // A filter or handler that fails must not make a stored image look refused.
            if !failure.is_instance_of::<PyException>(py) {
                return Err(failure);
            }
            failure.write_unraisable(py, None);
        }
    }
    Ok(())
}

/// The logger of the interpreter that this thread is in: one module serves all interpreters of a process, so it is
/// not kept.
fn logger(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "userimage._logger"))?.getattr(intern!(py, "logger"))
}

/// The most detailed level that the logger is enabled for.
fn level(py: Python<'_>) -> PyResult<Option<Level>> {
    let logger = logger(py)?;
    let mut detailed = None;
    for level in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
        let enabled = logger.call_method1(intern!(py, "isEnabledFor"), (number(level),))?;
        if !enabled.is_truthy()? {
            break;
        }
        detailed = Some(level);
    }
    Ok(detailed)
}

/// The level's number in `logging`, which has none for `TRACE`.
fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

impl Record {
    /// Logs the record; an error with the traceback of the host's own exception, which an HTTP answer hides.
    fn log(self, py: Python<'_>, failure: Option<&PyErr>) -> PyResult<()> {
        let mut text = self.message;
        let fields = PyDict::new(py);
        for (name, value) in self.fields {
            // Writing into a string cannot fail.
            let _ = write!(text, " {name}={value}");
            fields.set_item(name, value.into_python(py)?)?;
        }
        let extra = PyDict::new(py);
        extra.set_item("userimage", fields)?;
        let options = PyDict::new(py);
        options.set_item("extra", extra)?;
        if let Some(failure) = failure.filter(|_| self.level == Level::ERROR) {
            // The value alone would have no traceback.
            options.set_item("exc_info", failure.clone_ref(py).into_value(py))?;
        }
        let arguments = (number(self.level), text);
        let log = logger(py)?.getattr(intern!(py, "log"))?;
        log.call(arguments, Some(&options)).map(drop)
    }
}

impl Value {
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Self::Text(text) => text.into_bound_py_any(py),
            Self::Signed(number) => number.into_bound_py_any(py),
            Self::Unsigned(number) => number.into_bound_py_any(py),
            Self::Float(number) => number.into_bound_py_any(py),
            Self::Bool(value) => value.into_bound_py_any(py),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Quoted: text from a client must not look like another field or another line.
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.fields.push((field.name(), Value::Text(format!("{value:?}"))));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), Value::Text(value.to_owned())));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push((field.name(), Value::Signed(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), Value::Unsigned(value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.push((field.name(), Value::Float(value)));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push((field.name(), Value::Bool(value)));
    }
}

#[derive(Default)]
struct EventCollector {
    spans: SpanFields<Fields>,
}

impl Subscriber for EventCollector {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Enabled or not is decided for each event.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        COLLECTED.with_borrow(|collected| {
            collected.as_ref().is_some_and(|collected| metadata.level() <= &collected.level)
        })
    }

    fn event(&self, event: &Event<'_>) {
        let mut record =
            Record { level: *event.metadata().level(), message: String::new(), fields: Vec::new() };
        // Before the borrow: formatting a host's exception runs Python code, which may upload.
        event.record(&mut record);
        record.fields.extend(self.spans.entered().into_iter().flatten());
        COLLECTED.with_borrow_mut(|collected| {
            if let Some(collected) = collected {
                collected.records.push(record);
            }
        });
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let level = *span.metadata().level();
        let mut record = Record { level, message: String::new(), fields: Vec::new() };
        span.record(&mut record);
        self.spans.new_span(span, record.fields)
    }

    fn current_span(&self) -> Current {
        self.spans.current_span()
    }

    fn clone_span(&self, id: &span::Id) -> span::Id {
        self.spans.clone_span(id)
    }

    fn try_close(&self, id: span::Id) -> bool {
        self.spans.try_close(&id)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, id: &span::Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &span::Id) {
        self.spans.exit(id);
    }
}

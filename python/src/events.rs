//! The core's `tracing` events for Python's `logging`, under the logger `userimage`.
//!
//! Events are gathered while the core works without the GIL and logged when it is held again, so a
//! handler never runs in the middle of an upload. Which levels anybody listens to is asked before the
//! call: what nobody wants is neither formatted nor kept.

use std::cell::RefCell;
use std::fmt::{self, Write as _};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3::{IntoPyObjectExt, intern};
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::host;

thread_local! {
    /// The events of the call of the core that this thread is in.
    static GATHERED: RefCell<Option<Gathered>> = const { RefCell::new(None) };
}

struct Gathered {
    level: Level,
    records: Vec<Record>,
}

struct Record {
    level: Level,
    message: String,
    fields: Vec<(&'static str, Value)>,
}

enum Value {
    Text(String),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
}

/// Sets up the way from `tracing` to here, once for the process.
pub(crate) fn listen() {
    // This library's copy of `tracing` is its own; only a second interpreter finds it set already.
    let _ = tracing::subscriber::set_global_default(Gatherer);
}

/// Runs `work`, a call of the core, without the GIL, and logs what it has told. An interrupt that the
/// host's own code has raised meanwhile is raised here, whatever the core has made of it.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let level = level(py)?;
    let (result, records) = py.detach(|| match level {
        Some(level) => gathered(level, work),
        None => (work(), Vec::new()),
    });
    let failure = host::last_failure();
    log(py, records, failure.as_ref())?;
    match failure {
        Some(interrupt) if !interrupt.is_instance_of::<PyException>(py) => Err(interrupt),
        _ => Ok(result),
    }
}

fn gathered<T>(level: Level, work: impl FnOnce() -> T) -> (T, Vec<Record>) {
    let outer = GATHERED.replace(Some(Gathered { level, records: Vec::new() }));
    let result = work();
    let gathered = GATHERED.replace(outer);
    (result, gathered.map_or_else(Vec::new, |gathered| gathered.records))
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

fn logger(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let logger = LOGGER.get_or_try_init(py, || {
        py.import("logging")?.call_method1("getLogger", ("userimage",)).map(Bound::unbind)
    })?;
    Ok(logger.bind(py))
}

/// The most detailed level that anybody listens to.
fn level(py: Python<'_>) -> PyResult<Option<Level>> {
    let logger = logger(py)?;
    let mut listened = None;
    for level in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
        let enabled = logger.call_method1(intern!(py, "isEnabledFor"), (number(level),))?;
        if !enabled.is_truthy()? {
            break;
        }
        listened = Some(level);
    }
    Ok(listened)
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
    /// With the trace of the host's own failure, which a whole request's answer does not tell.
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
            // The value by itself would have no trace.
            options.set_item("exc_info", failure.clone_ref(py).into_value(py))?;
        }
        let arguments = (number(self.level), text);
        logger(py)?.call_method(intern!(py, "log"), arguments, Some(&options)).map(drop)
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

struct Gatherer;

impl Subscriber for Gatherer {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // It depends on who listens when the event happens.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        GATHERED.with_borrow(|gathered| {
            gathered.as_ref().is_some_and(|gathered| metadata.level() <= &gathered.level)
        })
    }

    fn event(&self, event: &Event<'_>) {
        let mut record =
            Record { level: *event.metadata().level(), message: String::new(), fields: Vec::new() };
        // Before the borrow: formatting a host's exception runs Python code, which may upload.
        event.record(&mut record);
        GATHERED.with_borrow_mut(|gathered| {
            if let Some(gathered) = gathered {
                gathered.records.push(record);
            }
        });
    }

    // The core has no spans.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

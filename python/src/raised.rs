//! Exceptions that the host's own Python code raises while the core runs.
//!
//! The core turns the exception of a storage or an authenticator into an error of its own. The exception
//! itself is kept here until the call into the core has returned.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;

use pyo3::prelude::*;

thread_local! {
    static LAST: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Keeps `exception` for the call into the core that this thread is in.
pub(crate) fn keep(exception: PyErr) {
    LAST.set(Some(exception));
}

/// What [`keep`] was last given in this thread, once: an interrupt (`KeyboardInterrupt`, `SystemExit`,
/// gevent's timeout), or a failure that may be logged.
pub(crate) fn take() -> Option<PyErr> {
    LAST.take()
}

/// An exception of an authenticator. Only its type is shown: its text may hold the key.
pub(crate) struct Redacted(pub(crate) PyErr);

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Python::attach(|py| self.0.get_type(py).name().map(|name| name.to_string()));
        f.write_str(name.as_deref().unwrap_or("an exception"))
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Redacted {}

//! Calls that run when the interpreter ends.
//!
//! `CPython` before 3.14 ends a thread that wants the GIL while the interpreter is being finalized by
//! `pthread_exit`. Where Python code was called from Rust, for example a log handler or a file's `read`, that
//! unwinds through Rust's frames and aborts the process. So an exit hook holds up new calls of other threads
//! and waits for those that are running.

use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;

/// How long the interpreter's end waits for calls.
const PATIENCE: Duration = Duration::from_secs(2);

thread_local! {
    /// How many calls this thread is in: the host's own code may call the library again.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// The calls of an interpreter. `userimage._exit` makes one and registers `end` with `atexit`.
///
/// Atomics instead of a lock: a fork may happen at any time.
#[pyclass(frozen, module = "userimage._userimage")]
pub(crate) struct Calls {
    running: AtomicUsize,
    ending: AtomicBool,
    /// The thread that ends the interpreter.
    ender: OnceLock<ThreadId>,
}

#[pymethods]
impl Calls {
    #[new]
    fn new() -> Self {
        Self {
            running: AtomicUsize::new(0),
            ending: AtomicBool::new(false),
            ender: OnceLock::new(),
        }
    }

    /// Holds up new calls of other threads, and waits for those that run, at most 2 seconds.
    fn end(&self, py: Python<'_>) {
        let _ = self.ender.set(thread::current().id());
        self.ending.store(true, Ordering::SeqCst);
        let own = DEPTH.get();
        let begun = Instant::now();
        while self.running.load(Ordering::SeqCst) > own && begun.elapsed() < PATIENCE {
            py.detach(|| thread::sleep(Duration::from_millis(1)));
        }
    }

    /// Forgets the calls of threads that a fork has not copied. Called in the child.
    fn forked(&self) {
        self.running.store(DEPTH.get(), Ordering::SeqCst);
    }
}

/// A call that may run Python code. While it exists, the interpreter's end waits for it.
pub(crate) struct Call(Option<Py<Calls>>);

/// Begins a call of this thread. After the interpreter has begun to end it never returns, unless the thread is
/// in a call already or is the one that ends the interpreter.
pub(crate) fn enter(py: Python<'_>) -> Call {
    // At the very end modules cannot be imported any more, and there is one thread.
    let calls = py.import(intern!(py, "userimage._exit")).and_then(|module| {
        let calls = module.getattr(intern!(py, "calls"))?;
        Ok(calls.cast::<Calls>()?.clone().unbind())
    });
    let Ok(calls) = calls else { return Call(None) };
    let state = calls.get();
    // Counted first: either the end sees this call, or this call sees the end.
    state.running.fetch_add(1, Ordering::SeqCst);
    let held = state.ending.load(Ordering::SeqCst)
        && DEPTH.get() == 0
        && state.ender.get() != Some(&thread::current().id());
    if held {
        state.running.fetch_sub(1, Ordering::SeqCst);
        py.detach(|| {
            loop {
                thread::park();
            }
        });
    }
    DEPTH.set(DEPTH.get() + 1);
    Call(Some(calls))
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(calls) = &self.0 {
            DEPTH.set(DEPTH.get().saturating_sub(1));
            calls.get().running.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

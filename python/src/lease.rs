//! The calls that use an open uploader: `close` waits for them.

use std::ops::Deref;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::prelude::*;
use userimage::http::Endpoint;

/// How often a closing thread looks for signals.
const PAUSE: Duration = Duration::from_millis(50);

/// The calls in progress: the process and the thread of each. A child of a fork has only its own.
#[derive(Default)]
pub(crate) struct Leases {
    held: Mutex<Vec<Holder>>,
    returned: Condvar,
}

type Holder = (u32, ThreadId);

fn here() -> Holder {
    (process::id(), thread::current().id())
}

impl Leases {
    pub(crate) fn take(self: &Arc<Self>, endpoint: Endpoint) -> Lease {
        self.held().push(here());
        Lease { endpoint, _held: Held(Arc::clone(self)) }
    }

    fn held(&self) -> MutexGuard<'_, Vec<Holder>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no other thread uses the endpoint. A thread that uses it itself does not wait: it is called
    /// by the host's own code within a call, and two of them would wait for each other.
    ///
    /// Raises what a signal's handler raises.
    pub(crate) fn wait(&self, py: Python<'_>) -> PyResult<()> {
        let here = here();
        while !py.detach(|| self.all_returned(here)) {
            py.check_signals()?;
        }
        Ok(())
    }

    fn all_returned(&self, here: Holder) -> bool {
        let waits = |held: &mut Vec<Holder>| {
            !held.contains(&here) && held.iter().any(|holder| holder.0 == here.0)
        };
        let held = self.returned.wait_timeout_while(self.held(), PAUSE, waits);
        let (_held, timed_out) = held.unwrap_or_else(PoisonError::into_inner);
        !timed_out.timed_out()
    }
}

/// The use of an endpoint by one call.
pub(crate) struct Lease {
    // Dropped in this order: whoever waits finds the storage released.
    endpoint: Endpoint,
    _held: Held,
}

struct Held(Arc<Leases>);

impl Deref for Lease {
    type Target = Endpoint;

    fn deref(&self) -> &Endpoint {
        &self.endpoint
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let here = here();
        let mut held = self.0.held();
        if let Some(index) = held.iter().rposition(|&holder| holder == here) {
            held.swap_remove(index);
        }
        drop(held);
        self.0.returned.notify_all();
    }
}

//! Runs the asynchronous clients of the cloud storage for callers that block.

use std::fmt;
use std::pin::pin;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::storage::StorageError;

/// What the clients of the cloud storage run on: one thread, which waits for the network. A storage's
/// blobs and catalog share it.
///
/// The thread starts with the first operation, so a server may open its storage and then fork its
/// workers. A child of a process that has used the storage gets an error from every operation.
#[derive(Clone, Default)]
pub struct CloudRuntime(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// The id of the process that the thread belongs to; 0 before the first use.
    owner: AtomicU32,
    runtime: Mutex<Option<Runtime>>,
}

impl CloudRuntime {
    /// A runtime whose thread is not yet started.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `future` on the calling thread, which may belong to another runtime.
    pub(super) fn block_on<F: Future>(&self, future: F) -> Result<F::Output, StorageError> {
        Ok(block_on(&self.handle()?, future))
    }

    /// Runs what opening needs on a runtime that is gone afterwards, so that the process may still fork.
    pub(super) fn block_on_once<F: Future>(future: F) -> Result<F::Output, StorageError> {
        let runtime = start()?;
        let output = block_on(runtime.handle(), future);
        runtime.shutdown_background();
        Ok(output)
    }

    fn handle(&self) -> Result<Handle, StorageError> {
        let here = process::id();
        let owner = &self.0.owner;
        // Checked before the lock is taken: in a child, a lock that another thread held at the fork is
        // never released.
        if let Err(owner) = owner.compare_exchange(0, here, Ordering::Relaxed, Ordering::Relaxed)
            && owner != here
        {
            return Err(StorageError::new(format!(
                "process {here} cannot use a storage that process {owner} had used before it \
                 forked: fork first, or open the storage in a newly started process"
            )));
        }
        let mut runtime = self.0.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        let running = match runtime.take() {
            Some(running) => running,
            None => start()?,
        };
        Ok(runtime.insert(running).handle().clone())
    }
}

impl fmt::Debug for CloudRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudRuntime").field("owner", &self.0.owner).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(runtime) = runtime else { return };
        if *self.owner.get_mut() == process::id() {
            // Does not wait: waiting panics on a thread of another runtime.
            runtime.shutdown_background();
        } else {
            // A child does not have its parent's thread.
            std::mem::forget(runtime);
        }
    }
}

fn start() -> Result<Runtime, StorageError> {
    Builder::new_multi_thread()
        .worker_threads(1)
        // Look-ups of host names block.
        .max_blocking_threads(4)
        .thread_name("userimage-cloud")
        .enable_all()
        .build()
        .map_err(|error| StorageError::new("cannot start the cloud's thread").with_source(error))
}

/// Polls `future` on this thread; sockets and timers are those of the runtime. Unlike tokio's own
/// `block_on` it does not panic on a thread of another runtime.
fn block_on<F: Future>(runtime: &Handle, future: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        let polled = {
            let _entered = runtime.enter();
            future.as_mut().poll(&mut context)
        };
        match polled {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_operation_may_be_called_on_a_thread_of_another_runtime() {
        let runtime = CloudRuntime::new();
        let sleep = || async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            7
        };
        let host = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let inside = host.block_on(async {
            let value = runtime.block_on(sleep()).unwrap();
            drop(runtime);
            value
        });
        assert_eq!(inside, 7);
        assert_eq!(CloudRuntime::block_on_once(sleep()).unwrap(), 7);
    }

    #[test]
    fn a_child_may_use_a_runtime_that_was_made_but_not_one_that_was_used() {
        let runtime = CloudRuntime::new();
        assert!(runtime.0.runtime.lock().unwrap().is_none());
        runtime.block_on(async {}).unwrap();
        // The state in a child after a fork.
        runtime.0.owner.store(process::id() + 1, Ordering::Relaxed);
        let error = runtime.block_on(async {}).unwrap_err();
        assert!(error.to_string().contains("forked"), "{error}");
        runtime.0.owner.store(process::id(), Ordering::Relaxed);
        runtime.block_on(async {}).unwrap();
    }
}

//! Memory that renditions made at the same time share.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cancellation::Cancellation;

/// How much memory the uploads of an uploader may take together.
///
/// An upload takes what its rendition needs, which is known from the header of the file. When that is not free
/// it waits, first come, first served.
///
/// ```
/// use std::time::Duration;
/// use userimage::rendition::SharedMemory;
///
/// let shared = SharedMemory::default().with_max_bytes(512 << 20).with_max_wait(Duration::from_secs(10));
/// assert_eq!(shared.max_bytes, 512 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedMemory {
    /// Bytes of all renditions that are being made. One that needs more is refused, whatever
    /// [`Policy::max_memory`](crate::Policy::max_memory) allows. 2 GiB by default.
    pub max_bytes: u64,
    /// How long an upload waits before it fails with
    /// [`ErrorKind::Busy`](crate::ErrorKind::Busy). 30 seconds by default.
    pub max_wait: Duration,
}

impl Default for SharedMemory {
    fn default() -> Self {
        Self { max_bytes: 2 << 30, max_wait: Duration::from_secs(30) }
    }
}

impl SharedMemory {
    /// With another limit, in bytes.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// With another longest wait.
    #[must_use]
    pub fn with_max_wait(self, max_wait: Duration) -> Self {
        Self { max_wait, ..self }
    }
}

/// Memory that is free or taken.
#[derive(Debug)]
pub(crate) struct MemoryPool {
    limits: SharedMemory,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    taken: u64,
    /// Those who wait, by number.
    queue: VecDeque<u64>,
    next: u64,
}

/// Why there is no memory.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It did not become free in time.
    TimedOut,
    /// Who waited for it was given up.
    Cancelled,
}

/// How often who waits looks whether it is given up.
const LOOK: Duration = Duration::from_millis(50);

impl MemoryPool {
    pub(crate) fn new(limits: SharedMemory) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default(), changed: Condvar::new() })
    }

    pub(super) fn limits(&self) -> SharedMemory {
        self.limits
    }

    /// Takes `bytes`, at most all that there are, when everybody who came earlier has theirs.
    pub(super) fn take(
        self: &Arc<Self>,
        bytes: u64,
        cancellation: &Cancellation,
    ) -> Result<TakenMemory, NotTaken> {
        let start = Instant::now();
        let mut state = self.lock();
        let number = state.next;
        state.next += 1;
        state.queue.push_back(number);
        loop {
            let is_first = state.queue.front() == Some(&number);
            if is_first && state.taken.saturating_add(bytes) <= self.limits.max_bytes {
                state.queue.pop_front();
                state.taken += bytes;
                // The next in the queue may be served as well.
                self.changed.notify_all();
                return Ok(TakenMemory { pool: Arc::clone(self), bytes });
            }
            let wait = self.limits.max_wait.saturating_sub(start.elapsed());
            let cancelled = cancellation.is_cancelled();
            if wait.is_zero() || cancelled {
                state.queue.retain(|waiting| *waiting != number);
                self.changed.notify_all();
                return Err(if cancelled { NotTaken::Cancelled } else { NotTaken::TimedOut });
            }
            state = self
                .changed
                .wait_timeout(state, wait.min(LOOK))
                .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Memory that is taken until it is dropped.
#[derive(Debug)]
pub(super) struct TakenMemory {
    pool: Arc<MemoryPool>,
    bytes: u64,
}

impl TakenMemory {
    /// Has `bytes` in all from now on. Does not wait: who holds memory already could wait for somebody who
    /// waits for it.
    pub(super) fn grow_to(&mut self, bytes: u64) {
        let more = bytes.saturating_sub(self.bytes);
        let mut state = self.pool.lock();
        state.taken = state.taken.saturating_add(more);
        self.bytes += more;
    }
}

impl Drop for TakenMemory {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.taken = state.taken.saturating_sub(self.bytes);
        self.pool.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    fn pool(max_bytes: u64, milliseconds: u64) -> Arc<MemoryPool> {
        let max_wait = Duration::from_millis(milliseconds);
        MemoryPool::new(SharedMemory { max_bytes, max_wait })
    }

    #[test]
    fn two_hundred_threads_never_have_more_than_there_is() {
        let (pool, held, most) = (pool(1000, 60_000), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for i in 0..200 {
                let (pool, held, most) = (&pool, &held, &most);
                scope.spawn(move || {
                    let bytes = 1 + i * 37 % 600;
                    let _taken = pool.take(bytes, &Cancellation::new()).unwrap();
                    let now = held.fetch_add(bytes, Ordering::SeqCst) + bytes;
                    most.fetch_max(now, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(1));
                    held.fetch_sub(bytes, Ordering::SeqCst);
                });
            }
        });
        let most = most.into_inner();
        assert!((600..=1000).contains(&most), "{most}");
        assert_eq!(pool.lock().taken, 0);
    }

    #[test]
    fn a_small_one_does_not_overtake() {
        let pool = pool(10, 60_000);
        let all = pool.take(10, &Cancellation::new()).unwrap();
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for (name, bytes) in [("large", 8), ("small", 5)] {
                let waiting = pool.lock().queue.len();
                let (pool, order) = (&pool, &order);
                scope.spawn(move || {
                    let taken = pool.take(bytes, &Cancellation::new()).unwrap();
                    order.lock().unwrap().push(name);
                    drop(taken);
                });
                while pool.lock().queue.len() == waiting {
                    thread::yield_now();
                }
            }
            drop(all);
        });
        assert_eq!(*order.lock().unwrap(), ["large", "small"]);
    }

    #[test]
    fn who_waits_too_long_leaves_the_queue() {
        let pool = pool(10, 10);
        let taken = pool.take(6, &Cancellation::new()).unwrap();
        assert!(matches!(pool.take(5, &Cancellation::new()), Err(NotTaken::TimedOut)));
        assert!(pool.take(4, &Cancellation::new()).is_ok());
        drop(taken);
        assert!(pool.take(10, &Cancellation::new()).is_ok());
    }

    #[test]
    fn who_is_given_up_leaves_the_queue() {
        let pool = pool(10, 60_000);
        let taken = pool.take(6, &Cancellation::new()).unwrap();
        let cancellation = Cancellation::new();
        thread::scope(|scope| {
            let waits = scope.spawn(|| pool.take(5, &cancellation).unwrap_err());
            while pool.lock().queue.is_empty() {
                thread::yield_now();
            }
            cancellation.cancel();
            assert_eq!(waits.join().unwrap(), NotTaken::Cancelled);
        });
        assert!(pool.take(4, &Cancellation::new()).is_ok());
        drop(taken);
    }

    #[test]
    fn what_is_held_grows_at_once() {
        let pool = pool(10, 10);
        let mut taken = pool.take(6, &Cancellation::new()).unwrap();
        taken.grow_to(9);
        taken.grow_to(5);
        assert_eq!(pool.lock().taken, 9);
        drop(taken);
        assert_eq!(pool.lock().taken, 0);
    }
}

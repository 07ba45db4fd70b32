//! An allocator that counts allocations per thread, as tests run in parallel.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The global allocator of a test that counts.
pub(crate) struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

fn grow(by: usize) {
    COUNT.set(COUNT.get() + 1);
    LIVE.set(LIVE.get() + by);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

fn shrink(by: usize) {
    // The memory may have been allocated by another thread.
    LIVE.set(LIVE.get().saturating_sub(by));
}

// SAFETY: every call is forwarded unchanged to the system's allocator; the rest is counting.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks may exist at the same time.
        grow(size);
        shrink(layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// The allocations of a call.
pub(crate) struct Allocated {
    pub(crate) times: usize,
    /// The peak of the bytes allocated, not counting those before the call.
    pub(crate) peak: usize,
}

/// Runs `call` and counts this thread's allocations.
pub(crate) fn allocated<T>(call: impl FnOnce() -> T) -> (T, Allocated) {
    let (times, live) = (COUNT.get(), LIVE.get());
    PEAK.set(live);
    let result = call();
    (result, Allocated { times: COUNT.get() - times, peak: PEAK.get() - live })
}

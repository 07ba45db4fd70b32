//! An allocator that counts what the running thread allocates: tests run beside each other.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// A test that counts makes this its global allocator.
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
    // What another thread has allocated may go here.
    LIVE.set(LIVE.get().saturating_sub(by));
}

// SAFETY: every call goes to the system's allocator as it came; the rest is counting.
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
        // Both blocks may be there at once.
        grow(size);
        shrink(layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What a call has allocated.
pub(crate) struct Allocated {
    pub(crate) times: usize,
    /// The most bytes at one time, beyond what was held before.
    pub(crate) peak: usize,
}

/// Calls, and counts what this thread allocates meanwhile.
pub(crate) fn allocated<T>(call: impl FnOnce() -> T) -> (T, Allocated) {
    let (times, live) = (COUNT.get(), LIVE.get());
    PEAK.set(live);
    let result = call();
    (result, Allocated { times: COUNT.get() - times, peak: PEAK.get() - live })
}

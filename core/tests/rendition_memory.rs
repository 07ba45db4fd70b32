//! The memory that a rendition takes, counted: never over what was reckoned from the header, and next to
//! nothing where a file is refused.
#![cfg(feature = "rendition")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod fixtures;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use fixtures::Expected;
use userimage::Policy;
use userimage::rendition::{RenderError, StandardOptions, render};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

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
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both blocks may be there at once.
        grow(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn grow(by: usize) {
    let now = NOW.fetch_add(by, Ordering::Relaxed) + by;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most memory that `work` holds at once, beyond what is held before it.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (result, PEAK.load(Ordering::Relaxed) - before)
}

/// One test alone: the counter is the whole process's.
#[test]
fn memory_stays_within_what_was_reckoned() {
    let options = StandardOptions::default();
    let policy = Policy::default();
    let mut worst = (0.0, String::new());
    for fixture in fixtures::all() {
        let source = fixture.source();
        if matches!(fixture.expected, Expected::Pictures { .. }) {
            let (refusal, used) = peak(|| render(&source, &options, 0).unwrap_err());
            let RenderError::TooMuchMemory { needed, .. } = refusal else {
                panic!("{}: {refusal}", fixture.name)
            };
            assert!(used < 1 << 20, "refusing {} took {used}", fixture.name);
            let (_, used) = peak(|| render(&source, &options, u64::MAX).unwrap());
            assert!(used as u64 <= needed, "{} took {used} of {needed}", fixture.name);
            let share = used as f64 / needed as f64;
            if share > worst.0 {
                worst = (share, format!("{}: {used} of {needed}", fixture.name));
            }
        } else if fixture.size.pixels() <= policy.max_pixels {
            let (_, used) = peak(|| render(&source, &options, policy.max_memory));
            assert!(!fixture.bomb || used < 1 << 20, "{} took {used}", fixture.name);
        }
    }
    println!("nearest to its reckoning: {}", worst.1);
}

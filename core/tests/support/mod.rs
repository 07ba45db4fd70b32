//! What the tests of the probe share: where real files and fixtures are, and an allocator that
//! counts.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder of the real files, beside the checkout or where `USERIMAGE_SHARED` points. Without
/// it, says so in a line.
pub fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("USERIMAGE_SHARED")
        .map_or_else(|| root().join("../shared/images"), PathBuf::from);
    found(folder, "expected.json")
}

/// The fixtures of this repository.
pub fn fixtures() -> Option<PathBuf> {
    found(root().join("tests/fixtures"), "truth.json")
}

fn found(folder: PathBuf, index: &str) -> Option<PathBuf> {
    if folder.join(index).is_file() {
        return Some(folder);
    }
    println!("skipped: {} has no {index}", folder.display());
    None
}

/// The entries of an index and, in the same order, the files they describe.
pub fn described(folder: &Path, index: &str, files: &str) -> Vec<(Value, PathBuf)> {
    let text = fs::read_to_string(folder.join(index)).unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let path = |entry: &Value| folder.join(files).join(entry["file"].as_str().unwrap());
    parsed["files"].as_array().unwrap().iter().map(|entry| (entry.clone(), path(entry))).collect()
}

/// Every real file, fixture and find of the fuzzer that is there: its name and bytes.
pub fn every_file() -> Vec<(String, Vec<u8>)> {
    let shared = shared().map(|folder| described(&folder, "expected.json", ""));
    let fixtures = fixtures().map(|folder| described(&folder, "truth.json", "files"));
    let regressions = fs::read_dir(root().join("tests/fuzz/regressions")).into_iter().flatten();
    let regressions = regressions.map(|entry| (Value::Null, entry.unwrap().path())).collect();
    let folders = shared.into_iter().chain(fixtures).chain([regressions]);
    let paths = folders.flatten().map(|(_, path)| path);
    paths.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
}

/// Where to cut a file: everywhere if it is small, else at 200 places.
pub fn cuts(len: usize) -> Vec<usize> {
    const SMALL: usize = 4096;
    if len <= SMALL { (0..len).collect() } else { (0..200).map(|n| n * len / 200).collect() }
}

/// Counts what the running thread allocates.
pub struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        LIVE.set(LIVE.get() + layout.size());
        PEAK.set(PEAK.get().max(LIVE.get()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get().saturating_sub(layout.size()));
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// What a call allocates: how often, and how many bytes at most at one time.
pub fn allocated<T>(call: impl FnOnce() -> T) -> (T, usize, usize) {
    let (count, live) = (COUNT.get(), LIVE.get());
    PEAK.set(live);
    let told = call();
    (told, COUNT.get() - count, PEAK.get() - live)
}

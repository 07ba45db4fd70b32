//! Helpers of the tests.
#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure here is a failed test"
)]

pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod memory;
#[cfg(feature = "rendition")]
pub(crate) mod pixels;
#[cfg(feature = "rendition")]
pub(crate) mod vectors;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder that is removed when the value is dropped.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Self {
        Self::inside(&std::env::temp_dir())
    }

    /// A folder in memory if the system has one, for tests that sync often and need no durability.
    pub(crate) fn in_memory() -> Self {
        let shared = Path::new("/dev/shm");
        if shared.is_dir() { Self::inside(shared) } else { Self::new() }
    }

    fn inside(parent: &Path) -> Self {
        let path = parent.join(format!("userimage-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // A failed test keeps it for inspection.
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// A seeded random number generator (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number under `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    /// An index into `length` elements.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// One of `values`.
    pub(crate) fn of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        values.get(self.index(values.len())).unwrap()
    }
}

/// The keys of all files of a local store.
pub(crate) fn stored_files(store: &Path) -> BTreeSet<String> {
    fn add(kind: &str, folder: &Path, keys: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                add(kind, &entry.path(), keys);
            } else {
                keys.insert(format!("{kind}/{}", entry.file_name().into_string().unwrap()));
            }
        }
    }
    let mut keys = BTreeSet::new();
    for entry in std::fs::read_dir(store).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            add(entry.file_name().to_str().unwrap(), &entry.path(), &mut keys);
        }
    }
    keys
}

/// The path of a file of a local store.
pub(crate) fn path_of(store: &Path, key: &userimage::BlobKey) -> PathBuf {
    let name = key.name().as_str();
    let folder = store.join(key.variant().name());
    folder.join(&name[8..10]).join(&name[10..12]).join(name)
}

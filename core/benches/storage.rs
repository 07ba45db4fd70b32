//! The number of uploads per second that the storages store: `cargo bench --bench storage --features
//! contract`.
//!
//! The local figures depend on the disk: an upload that follows another waits for it twice (its files and folders at
//! once, the commit), and uploads of several threads wait together. They are compared with one
//! thread that only writes and syncs two files, measured before and after each.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::fs::{self, File};
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{MemoryStorage, NewImage, Storage};
use userimage::{StoredImage, UniqueName};

const LENGTH: usize = 100 * 1024;
const TIME: Duration = Duration::from_secs(2);

/// Calls `work` from `threads` threads for `TIME`. Returns calls per second.
fn rate(threads: usize, work: impl Fn() + Sync) -> f64 {
    let since = Instant::now();
    let calls: u32 = thread::scope(|scope| {
        let count = || {
            let mut calls = 0;
            while since.elapsed() < TIME {
                work();
                calls += 1;
            }
            calls
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    f64::from(calls) / since.elapsed().as_secs_f64()
}

/// Stores the sample's bytes under a new name. The digest of 100 KiB is part of making the record, not of
/// storing it.
fn store(storage: &dyn Storage, sample: &Sample) -> StoredImage {
    let mut record = sample.record.clone();
    record.unique_name = UniqueName::generate(record.format, SystemTime::now());
    if let Some(reserved) = storage.take_reserved_name(&record) {
        record.unique_name = reserved;
    }
    storage.store(&NewImage::new(&record, &sample.original, &sample.standard)).unwrap()
}

fn main() {
    let sample = Sample::new(WEBSITE, "user", vec![7; LENGTH]);
    for threads in [1, 4] {
        // Deleted again, as memory is limited.
        let memory = MemoryStorage::new("");
        let stored = rate(threads, || {
            let stored = store(&memory, &sample);
            memory.delete(sample.record.website_id, stored.id).unwrap();
        });
        println!("memory, store and delete, {threads} threads {stored:8.0}/s");
    }
    let dir = std::env::temp_dir().join(format!("userimage-bench-{}", uuid::Uuid::new_v4()));
    fs::create_dir(&dir).unwrap();
    let bare = || {
        rate(1, || {
            for _ in 0..2 {
                let path = dir.join(uuid::Uuid::new_v4().to_string());
                let mut file = File::create_new(path).unwrap();
                file.write_all(&vec![7; LENGTH]).unwrap();
                file.sync_all().unwrap();
            }
        })
    };
    let mut before = bare();
    println!("two bare files, synced, 1 thread  {before:8.0}/s");
    #[cfg(feature = "local")]
    for threads in [1, 4] {
        let storage = userimage::storage::LocalStorage::open(dir.join("store"), "").unwrap();
        let stored = rate(threads, || drop(store(&storage, &sample)));
        let after = bare();
        let share = stored / f64::midpoint(before, after);
        before = after;
        println!("local, store, {threads} threads            {stored:8.0}/s  {share:.2} of bare");
    }
    fs::remove_dir_all(dir).unwrap();
}

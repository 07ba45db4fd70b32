//! The cloud storage on real engines. `tests/cloud/run` starts them and runs these tests, which are ignored
//! elsewhere.
#![cfg(all(feature = "cloud", feature = "contract", feature = "local"))]

mod common;

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use userimage::storage::contract::Sample;
use userimage::storage::{
    AbortOutcome, Blobs, Catalog, CloudRuntime, MemoryBlobs, PostgresCatalog, PostgresOptions,
    Storage, TwoPhaseStorage, contract,
};
use userimage::{BlobKey, Config, Variant};

/// The address of an engine.
fn engine(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set: use tests/cloud/run"))
}

/// The name of a new schema.
fn new_schema() -> String {
    format!("test_{}", uuid())
}

fn uuid() -> String {
    // A unique name's UUID.
    let sample = Sample::new(contract::WEBSITE, "u", *b"any");
    sample.record.unique_name.stem()[8..].replace('-', "_")
}

fn options(url: &str) -> PostgresOptions {
    PostgresOptions::new(engine(url)).with_schema(new_schema())
}

fn catalog(options: &PostgresOptions) -> PostgresCatalog {
    PostgresCatalog::open(&CloudRuntime::new(), options).unwrap()
}

/// Opens the storage that a configuration names.
fn open(blobs: &str, catalog: &str) -> Box<dyn Storage> {
    let json = format!(
        r#"{{"storage": {{"cloud": {{"blobs": {blobs}, "catalog": {catalog}, "base_url": "https://img.example"}}}},
            "authentication": "already_checked"}}"#
    );
    Config::from_json(&json).unwrap().storage.unwrap().open().unwrap()
}

fn postgres(name: &str) -> String {
    format!(r#"{{"url": "{}", "schema": "{}"}}"#, engine(name), new_schema())
}

fn passes_all(blobs: &str, catalog: &str) {
    // One storage for all cases, and one that is opened anew for each.
    let shared: Arc<dyn Storage> = Arc::from(open(blobs, catalog));
    let report = contract::run(|| Arc::clone(&shared));
    assert!(report.skipped.is_empty(), "skipped: {:?}", report.skipped);
    assert_eq!(contract::run_photo_codes(|| open(blobs, catalog)).passed.len(), 1);
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn seaweedfs_and_postgres() {
    passes_all(&engine("USERIMAGE_S3"), &postgres("USERIMAGE_POSTGRES"));
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn azurite_and_postgres() {
    passes_all(&engine("USERIMAGE_AZURE"), &postgres("USERIMAGE_POSTGRES"));
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn seaweedfs_and_postgres_behind_pgbouncer() {
    passes_all(&engine("USERIMAGE_S3"), &postgres("USERIMAGE_PGBOUNCER"));
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn a_folder_and_postgres() {
    let dir = common::TempDir::new();
    let folder = format!("\"file:{}\"", dir.path().join("files").display());
    passes_all(&folder, &postgres("USERIMAGE_POSTGRES"));
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn seaweedfs_and_sqlite() {
    let dir = common::TempDir::new();
    let file = format!("\"sqlite:{}\"", dir.path().join("records.sqlite3").display());
    passes_all(&engine("USERIMAGE_S3"), &file);
}

/// Several servers start at once on an empty database, directly and through `PgBouncer`.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn servers_that_start_at_once_make_the_tables_once() {
    for url in ["USERIMAGE_POSTGRES", "USERIMAGE_PGBOUNCER"] {
        let options = options(url);
        let start = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    catalog(&options);
                });
            }
        });
        assert!(catalog(&options).expire_pending(Duration::ZERO).unwrap().is_empty());
    }
}

/// Writers with connections of their own, and a reader who checks that no id appears below one that was
/// seen before.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn ids_become_visible_in_their_order() {
    let options = options("USERIMAGE_POSTGRES");
    let reader = catalog(&options);
    let user = Sample::new(contract::WEBSITE, "everyone", *b"any").record.user_id;
    let website = Sample::new(contract::WEBSITE, "u", *b"any").record.website_id;
    let running = AtomicU64::new(4);
    thread::scope(|scope| {
        for writer in 0..4 {
            let (options, running) = (&options, &running);
            scope.spawn(move || {
                let catalog = catalog(options);
                for number in 0..50 {
                    let sample = Sample::new(contract::WEBSITE, "everyone", [writer, number]);
                    let pending = catalog.begin(&sample.record).unwrap();
                    catalog.commit(pending, &sample.record).unwrap();
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let mut seen: Vec<u64> = Vec::new();
        while running.load(Ordering::SeqCst) > 0 {
            let (_, entries) =
                reader.list(website, &user, userimage::storage::Page::new(0, 1000)).unwrap();
            let mut ids: Vec<u64> = entries.iter().map(|entry| entry.id.get()).collect();
            ids.reverse();
            assert_eq!(ids[..seen.len()], seen, "an id appeared below one that was visible");
            seen = ids;
        }
    });
    let (total, entries) =
        reader.list(website, &user, userimage::storage::Page::new(0, 1000)).unwrap();
    assert_eq!(total, 200);
    let ids: Vec<u64> = entries.iter().rev().map(|entry| entry.id.get()).collect();
    assert_eq!(ids, (1..=200).collect::<Vec<u64>>(), "ids are given without gaps");
}

/// The states of a pending row, each from each.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn an_aborted_or_swept_upload_can_no_longer_be_committed() {
    let catalog = catalog(&options("USERIMAGE_POSTGRES"));
    let sample = || Sample::new(contract::WEBSITE, "u", *b"any").record;

    // Aborted: the commit fails, the row is swept and removed.
    let record = sample();
    let pending = catalog.begin(&record).unwrap();
    assert!(catalog.begin(&record).unwrap_err().to_string().contains("is in use"));
    assert!(!catalog.remove_pending(pending).unwrap(), "it is storing");
    assert_eq!(catalog.abort(pending, &record).unwrap(), AbortOutcome::Deleting);
    assert_eq!(catalog.abort(pending, &record).unwrap(), AbortOutcome::Deleting);
    assert!(catalog.commit(pending, &record).unwrap_err().to_string().contains("swept"));
    let old = catalog.expire_pending(Duration::ZERO).unwrap();
    assert_eq!(old.len(), 1);
    assert_eq!((old[0].pending, old[0].may_be_writing), (pending, false));
    let keys = Variant::ALL.map(|variant| record.blob_key(variant));
    assert_eq!(old[0].keys, Ok(keys));
    assert!(catalog.remove_pending(pending).unwrap());
    assert!(!catalog.remove_pending(pending).unwrap());
    // A commit that arrives late finds nothing; an abort adds the row again.
    catalog.commit(pending, &record).unwrap_err();
    assert_eq!(catalog.abort(pending, &record).unwrap(), AbortOutcome::Deleting);
    assert!(catalog.remove_pending(pending).unwrap());

    // Swept: first it may be writing, later not.
    let record = sample();
    let pending = catalog.begin(&record).unwrap();
    assert!(catalog.expire_pending(Duration::from_secs(3600)).unwrap().is_empty());
    assert!(catalog.expire_pending(Duration::MAX).unwrap().is_empty());
    let first = catalog.expire_pending(Duration::ZERO).unwrap();
    assert_eq!((first[0].pending, first[0].may_be_writing), (pending, true));
    let second = catalog.expire_pending(Duration::ZERO).unwrap();
    assert_eq!((second[0].pending, second[0].may_be_writing), (pending, false));
    catalog.commit(pending, &record).unwrap_err();
    assert!(catalog.remove_pending(pending).unwrap());
    // Another upload takes its name: the first one's blobs are no longer its own.
    let next = catalog.begin(&record).unwrap();
    assert_ne!(next, pending);
    assert_eq!(catalog.abort(pending, &record).unwrap(), AbortOutcome::Superseded);

    // Committed: an abort finds the image.
    let entry = catalog.commit(next, &record).unwrap();
    assert_eq!(
        catalog.abort(next, &record).unwrap(),
        AbortOutcome::Visible(Box::new(entry.clone()))
    );
    catalog.commit(next, &record).unwrap_err();
    assert!(catalog.begin(&record).unwrap_err().to_string().contains("is in use"));
    let orphan = catalog.delete(record.website_id, entry.id).unwrap().unwrap();
    assert_eq!(catalog.delete(record.website_id, entry.id).unwrap(), None);
    assert!(catalog.remove_pending(orphan.pending).unwrap());
}

/// A store's blobs, without images.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn blobs_are_written_once_and_removed() {
    use userimage::{BlobsConfig, StorageConfig};
    for name in ["USERIMAGE_S3", "USERIMAGE_AZURE"] {
        let json = format!(
            r#"{{"storage": {{"cloud": {{"blobs": {}, "catalog": "sqlite:unused", "base_url": "/"}}}},
                "authentication": "already_checked"}}"#,
            engine(name)
        );
        let Some(StorageConfig::Cloud(config)) = Config::from_json(&json).unwrap().storage else {
            panic!("another storage")
        };
        let BlobsConfig::Objects(mut options) = config.blobs else { panic!("another store") };
        options.part_size = 5 * 1024 * 1024;
        let blobs = userimage::storage::ObjectBlobs::open(&CloudRuntime::new(), &options).unwrap();
        let key = |variant| -> BlobKey {
            Sample::new(contract::WEBSITE, "u", *b"any").record.blob_key(variant)
        };
        // One request, and several parts with a last one that is short.
        for length in [0, 1, 1 << 20, 17 * (1 << 20) + 1] {
            let bytes: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
            let key = key(Variant::Original);
            assert_eq!(blobs.get(&key).unwrap(), None);
            assert!(!blobs.delete(&key).unwrap(), "{name}: nothing to delete");
            blobs.put(&key, &bytes).unwrap();
            assert!(blobs.get(&key).unwrap() == Some(bytes.clone()), "{name}: {length} bytes");
            let error = blobs.put(&key, b"other").unwrap_err();
            assert!(!error.is_outcome_unknown(), "{name}: {error}");
            blobs.put(&key, &bytes).unwrap_err();
            assert!(blobs.get(&key).unwrap() == Some(bytes), "{name}: it is not overwritten");
            assert!(blobs.delete(&key).unwrap());
            assert_eq!(blobs.get(&key).unwrap(), None);
        }
    }
}

/// A database that is gone for a while: operations wait for it.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn connections_that_the_server_ends_are_replaced() {
    let options = options("USERIMAGE_POSTGRES");
    let storage = TwoPhaseStorage::from_parts(MemoryBlobs::default(), catalog(&options), "/");
    let sample = || Sample::new(contract::WEBSITE, "u", *b"any");
    storage.store(&sample().image()).unwrap();
    let end_all = |url: &str| {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE application_name = 'userimage' AND pid <> pg_backend_pid()";
        let done = std::process::Command::new("psql").args(["-X", "-q", url, "-c", sql]).output();
        assert!(done.unwrap().status.success());
    };
    let url = engine("USERIMAGE_POSTGRES");
    thread::scope(|scope| {
        let uploads = scope.spawn(|| {
            let mut last = None;
            for _ in 0..100 {
                let id = storage.store(&sample().image()).unwrap().id;
                assert!(Some(id) > last);
                last = Some(id);
            }
        });
        while !uploads.is_finished() {
            end_all(&url);
            thread::sleep(Duration::from_millis(20));
        }
        uploads.join().unwrap();
    });
    assert_eq!(storage.sweep(Duration::ZERO).unwrap().files, 0);
}

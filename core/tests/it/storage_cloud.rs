//! The cloud storage on real engines. `tests/cloud/run` starts them and runs these tests, which are ignored
//! elsewhere.
#![cfg(all(feature = "cloud", feature = "contract", feature = "local"))]

use std::env;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use userimage::storage::contract::Sample;
use userimage::storage::{
    AbortOutcome, Blobs, Catalog, CloudRuntime, Content, MemoryBlobs, ObjectBlobs, ObjectOptions,
    Page, PostgresCatalog, PostgresOptions, Quota, QuotaScope, Quotas, ReadAt, Storage,
    StorageError, TwoPhaseStorage, contract,
};
use userimage::{
    BlobKey, BlobsConfig, Config, ImageId, ImageRecord, StorageConfig, Variant, WebsiteId,
};

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
    let dir = crate::common::TempDir::new();
    let folder = format!("\"file:{}\"", dir.path().join("files").display());
    passes_all(&folder, &postgres("USERIMAGE_POSTGRES"));
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn seaweedfs_and_sqlite() {
    let dir = crate::common::TempDir::new();
    let file = format!("\"sqlite:{}\"", dir.path().join("records.sqlite3").display());
    passes_all(&engine("USERIMAGE_S3"), &file);
}

/// Several servers start at once on an empty database, directly and through PgBouncer.
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

/// Tables as version 1 had them, in use by a server that still runs.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn tables_of_version_1_are_migrated() {
    let options = options("USERIMAGE_POSTGRES");
    let run = |sql: &str| {
        let sql = sql.replace("{schema}", &options.schema);
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&options.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(&sql).await.unwrap();
        });
    };
    run(include_str!("schema/postgres-version-1.sql"));
    let new = || catalog(&options);
    let website = WebsiteId::new(1001).unwrap();
    let find = |id| new().find(website, ImageId::new(id).unwrap()).unwrap().unwrap().record;
    let old = find(7);
    assert_eq!((old.user_id.as_str(), old.image_name.as_str()), ("ann", "Logo.png"));
    assert!(old.warnings.is_empty() && old.renditions.is_empty());
    assert_eq!((old.difference_hash, &old.thumb_hash), (None, &None));

    // An upload by the server of version 1: its own function, and its own columns.
    run("INSERT INTO {schema}.pending (id, unique_name, website_id, keys, state)
             VALUES (900, 'other.png', 1001, '{}', 'storing');
         INSERT INTO {schema}.images (id, photo_code, website_id, user_id, unique_name, image_name, format,
                 stored_width, stored_height, orientation, dpi, dpi_y, original_bytes, sha256, standard_format,
                 standard_width, standard_height, standard_bytes, standard_sha256, created, stem, search_name)
             SELECT image, code, website_id, user_id, replace(unique_name, '6b8f', '7c9f'), image_name, format,
                 stored_width, stored_height, orientation, dpi, dpi_y, original_bytes, sha256, standard_format,
                 standard_width, standard_height, standard_bytes, standard_sha256, created,
                 replace(stem, '6b8f', '7c9f'), search_name
             FROM {schema}.images,
                 {schema}.next_image(900, 'other.png', 1001, 'ann', decode(repeat('5a', 32), 'hex'));");
    assert!(find(8).warnings.is_empty());
    let used = new().usage(website, None).unwrap();
    assert_eq!((used.images, used.bytes, used.users), (2, 1600, 1));

    // What is new works on the old tables.
    let sample = Sample::new(contract::WEBSITE, "bob", *b"new").record;
    let store = |record: &ImageRecord| {
        let quota = Quota::unlimited().with_images(Some(3));
        let pending = new().begin(record).unwrap();
        new().commit(pending, record, &Quotas::new(quota, quota))
    };
    assert_eq!(store(&sample).unwrap().id.get(), 9);
    assert_eq!(find(9), sample);
    let error = store(&Sample::new(contract::WEBSITE, "bob", *b"next").record).unwrap_err();
    assert_eq!(error.exceeded_quota(), Some(QuotaScope::Website), "{error}");
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
                    catalog.commit(pending, &sample.record, &Quotas::default()).unwrap();
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let mut seen: Vec<u64> = Vec::new();
        while running.load(Ordering::SeqCst) > 0 {
            let (_, entries) = reader.list(website, &user, Page::new(0, 1000)).unwrap();
            let mut ids: Vec<u64> = entries.iter().map(|entry| entry.id.get()).collect();
            ids.reverse();
            assert_eq!(ids[..seen.len()], seen, "an id appeared below one that was visible");
            seen = ids;
        }
    });
    let (total, entries) = reader.list(website, &user, Page::new(0, 1000)).unwrap();
    assert_eq!(total, 200);
    let ids: Vec<u64> = entries.iter().rev().map(|entry| entry.id.get()).collect();
    assert_eq!(ids, (1..=200).collect::<Vec<u64>>(), "ids are given without gaps");
}

/// Commits that wait share a transaction: each gets its own answer, as if they came one after another.
#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn commits_that_wait_are_answered_each_for_itself() {
    let options = options("USERIMAGE_POSTGRES");
    let catalog = &catalog(&options);
    let ten = Quotas::new(Quota::unlimited(), Quota::unlimited().with_images(Some(10)));
    let none = Quotas::new(Quota::unlimited().with_bytes(Some(0)), Quota::unlimited());
    let record = |user: &str, bytes: &[u8]| Sample::new(contract::WEBSITE, user, bytes).record;
    // Images of everybody, one image four times, two images of ann's over her quota, one over the website's, and swept ones.
    let mut records: Vec<(ImageRecord, Quotas)> = Vec::new();
    records.extend((0..12).map(|number| (record("ann", &[number]), ten)));
    records.extend((0..4).map(|_| (record("bob", b"the same"), Quotas::default())));
    records.extend(
        (0..4).map(|number| (record(&format!("user {number}"), b"any"), Quotas::default())),
    );
    records.push((record("carl", b"any"), none));
    let swept: Vec<ImageRecord> = (0..3).map(|number| record("dora", &[number])).collect();
    let swept: Vec<_> =
        swept.into_iter().map(|record| (catalog.begin(&record).unwrap(), record)).collect();
    assert_eq!(catalog.expire_pending(Duration::ZERO).unwrap().len(), 3);
    let swept = swept.into_iter().map(|(pending, record)| (pending, record, Quotas::default()));
    let begun = records
        .into_iter()
        .map(|(record, quotas)| (catalog.begin(&record).unwrap(), record, quotas));
    let uploads: Vec<_> = swept.chain(begun).collect();

    // While another server holds the last id, all commits come and wait.
    let waiting = Barrier::new(uploads.len() + 1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let results: Vec<_> = thread::scope(|scope| {
        let other = runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(&options.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let lock = format!("BEGIN; SELECT FROM {}.last_image FOR UPDATE", options.schema);
            client.batch_execute(&lock).await.unwrap();
            client
        });
        let waiting = &waiting;
        let commits: Vec<_> = uploads
            .iter()
            .map(|(pending, record, quotas)| {
                scope.spawn(move || {
                    waiting.wait();
                    catalog.commit(*pending, record, quotas)
                })
            })
            .collect();
        waiting.wait();
        thread::sleep(Duration::from_millis(300));
        runtime.block_on(other.batch_execute("ROLLBACK")).unwrap();
        commits.into_iter().map(|commit| commit.join().unwrap()).collect()
    });

    let scope = |result: &Result<_, StorageError>| {
        result.as_ref().err().and_then(StorageError::exceeded_quota)
    };
    let (mut ids, mut of_bob, mut over_ann) = (Vec::new(), Vec::new(), 0);
    for ((_, record, _), result) in uploads.iter().zip(&results) {
        match (record.user_id.as_str(), result) {
            ("dora", Err(error)) => assert!(error.to_string().contains("swept"), "{error}"),
            ("carl", Err(_)) => assert_eq!(scope(result), Some(QuotaScope::Website)),
            ("ann", Err(_)) => {
                assert_eq!(scope(result), Some(QuotaScope::User));
                over_ann += 1;
            }
            (user, Ok(entry)) if user != "dora" && user != "carl" => {
                let found = catalog.find(record.website_id, entry.id).unwrap().unwrap();
                assert_eq!((&found.record, found.photo_code), (record, entry.photo_code));
                ids.push(entry.id.get());
                if user == "bob" {
                    of_bob.push((entry.id, entry.photo_code));
                }
            }
            (user, result) => panic!("{user}: {result:?}"),
        }
    }
    assert_eq!(over_ann, 2);
    ids.sort_unstable();
    assert_eq!(ids, (1..=18).collect::<Vec<u64>>(), "no id is lost to an upload that is refused");
    let first = of_bob.iter().map(|(id, _)| *id).min().unwrap();
    assert!(
        of_bob.iter().all(|(_, photo_code)| *photo_code == first),
        "the first is all four's photo code"
    );
    let website = uploads[0].1.website_id;
    let used = catalog.usage(website, None).unwrap();
    assert_eq!((used.images, used.users), (18, 6));
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
    assert!(
        catalog
            .commit(pending, &record, &Quotas::default())
            .unwrap_err()
            .to_string()
            .contains("swept")
    );
    let old = catalog.expire_pending(Duration::ZERO).unwrap();
    assert_eq!(old.len(), 1);
    assert_eq!((old[0].pending, old[0].may_be_writing), (pending, false));
    assert_eq!(old[0].keys, Ok(record.blob_keys()));
    assert!(catalog.remove_pending(pending).unwrap());
    assert!(!catalog.remove_pending(pending).unwrap());
    // A commit that arrives late finds nothing; an abort adds the row again.
    catalog.commit(pending, &record, &Quotas::default()).unwrap_err();
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
    catalog.commit(pending, &record, &Quotas::default()).unwrap_err();
    assert!(catalog.remove_pending(pending).unwrap());
    // Another upload takes its name: the first one's blobs are no longer its own.
    let next = catalog.begin(&record).unwrap();
    assert_ne!(next, pending);
    assert_eq!(catalog.abort(pending, &record).unwrap(), AbortOutcome::Superseded);

    // Committed: an abort finds the image.
    let entry = catalog.commit(next, &record, &Quotas::default()).unwrap();
    assert_eq!(
        catalog.abort(next, &record).unwrap(),
        AbortOutcome::Visible(Box::new(entry.clone()))
    );
    catalog.commit(next, &record, &Quotas::default()).unwrap_err();
    assert!(catalog.begin(&record).unwrap_err().to_string().contains("is in use"));
    let orphan = catalog.delete(record.website_id, entry.id).unwrap().unwrap();
    assert_eq!(catalog.delete(record.website_id, entry.id).unwrap(), None);
    assert!(catalog.remove_pending(orphan.pending).unwrap());
}

/// The blobs of an engine, without images.
fn blobs(name: &str, change: impl Fn(&mut ObjectOptions)) -> ObjectBlobs {
    let json = format!(
        r#"{{"storage": {{"cloud": {{"blobs": {}, "catalog": "sqlite:unused", "base_url": "/"}}}},
            "authentication": "already_checked"}}"#,
        engine(name)
    );
    let Some(StorageConfig::Cloud(config)) = Config::from_json(&json).unwrap().storage else {
        panic!("another storage")
    };
    let BlobsConfig::Objects(mut options) = config.blobs else { panic!("another store") };
    change(&mut options);
    ObjectBlobs::open(&CloudRuntime::new(), &options).unwrap()
}

fn new_key() -> BlobKey {
    Sample::new(contract::WEBSITE, "u", *b"any").record.blob_key(Variant::Original)
}

fn some_bytes(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

fn read(blobs: &ObjectBlobs, key: &BlobKey, length: usize) -> Option<Vec<u8>> {
    let file = blobs.open(key, length as u64).unwrap()?;
    let mut bytes = vec![0; usize::try_from(file.len()).unwrap()];
    assert_eq!(file.read_at(0, &mut bytes).unwrap(), bytes.len());
    Some(bytes)
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn blobs_are_written_once_and_removed() {
    for name in ["USERIMAGE_S3", "USERIMAGE_AZURE"] {
        let blobs = blobs(name, |options| options.part_size = ObjectOptions::MIN_PART_SIZE);
        // One request, and several parts with a last one that is short; from memory and in pieces.
        for length in [0, 1, 1 << 20, 27 * (1 << 20) + 1] {
            let (bytes, key) = (some_bytes(length), new_key());
            assert!(blobs.open(&key, 1).unwrap().is_none());
            assert!(!blobs.delete(&key).unwrap(), "{name}: nothing to delete");
            let boxed: Box<dyn ReadAt> = Box::new(bytes.clone());
            blobs.put(&key, &Content::from_reader(&*boxed)).unwrap();
            assert!(read(&blobs, &key, length) == Some(bytes.clone()), "{name}: {length} bytes");
            let error = blobs.put(&key, &Content::from(b"other")).unwrap_err();
            assert!(!error.is_outcome_unknown(), "{name}: {error}");
            blobs.put(&key, &Content::from(&bytes)).unwrap_err();
            assert!(read(&blobs, &key, length) == Some(bytes), "{name}: it is not overwritten");
            assert!(blobs.delete(&key).unwrap());
            assert!(blobs.open(&key, 1).unwrap().is_none());
        }
    }
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn pieces_of_a_blob_are_read() {
    for name in ["USERIMAGE_S3", "USERIMAGE_AZURE"] {
        let blobs = blobs(name, |_| {});
        let (bytes, key) = (some_bytes(11 << 20), new_key());
        blobs.put(&key, &Content::from(&bytes)).unwrap();
        let file = blobs.open(&key, bytes.len() as u64).unwrap().unwrap();
        assert_eq!(file.len(), bytes.len() as u64);
        for (offset, length) in [
            (0, 10),
            ((1 << 20) - 3, 6),
            (5 << 20, 3 << 20),
            (3, 10 << 20),
            ((11 << 20) - 1, 100),
            (11 << 20, 5),
            (usize::MAX, 5),
            (7, 0),
        ] {
            let mut buffer = vec![0; length];
            let count = file.read_at(offset as u64, &mut buffer).unwrap();
            let expected = bytes.get(offset..).unwrap_or_default();
            let expected = &expected[..expected.len().min(length)];
            assert!(&buffer[..count] == expected, "{name}: {length} bytes at {offset}");
        }
        // A record that states another length: the actual one is returned.
        for stated in [1, 100 << 20] {
            let file = blobs.open(&key, stated).unwrap().unwrap();
            assert_eq!(file.len(), bytes.len() as u64);
        }
        blobs.delete(&key).unwrap();
        let error = file.read_at(6 << 20, &mut [0]).unwrap_err().to_string();
        assert!(error.contains("was deleted"), "{error}");
    }
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn keys_are_listed_by_pages() {
    for name in ["USERIMAGE_S3", "USERIMAGE_AZURE"] {
        let prefix = format!("/{}", uuid());
        let blobs = blobs(name, |options| options.url.push_str(&prefix));
        assert_eq!(blobs.list(None, 10).unwrap(), []);
        let mut keys = Vec::new();
        for number in 0..5 {
            let sample = Sample::new(contract::WEBSITE, "u", [number]);
            for key in sample.with_rendition("thumbnail", *b"any").record.blob_keys() {
                blobs.put(&key, &Content::from(b"any")).unwrap();
                keys.push(key);
            }
        }
        keys.sort_unstable();
        for limit in [1, 3, 10, 100] {
            let mut listed: Vec<BlobKey> = Vec::new();
            loop {
                let page = blobs.list(listed.last(), limit).unwrap();
                assert!(page.len() <= limit);
                if page.is_empty() {
                    break;
                }
                listed.extend(page);
            }
            assert_eq!(listed, keys, "{name}, {limit} at a time");
        }
    }
}

#[test]
#[ignore = "needs the engines of tests/cloud/run"]
fn signed_urls_are_read_without_a_key_and_expire() {
    use std::io::{Read, Write};
    let get = |url: &str| {
        let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let mut connection = std::net::TcpStream::connect(host).unwrap();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    };
    for name in ["USERIMAGE_S3", "USERIMAGE_AZURE"] {
        let signed = blobs(name, |options| options.signed_urls = true);
        let key = new_key();
        signed.put(&key, &Content::from(b"some bytes")).unwrap();
        let url = signed.url(&key, Duration::from_secs(60)).unwrap().unwrap();
        let answer = get(&url);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("some bytes"), "{answer}");
        let head = answer.to_ascii_lowercase();
        assert!(head.contains("content-type: image/png\r\n"), "{head}");
        assert!(head.contains("cache-control: public, max-age=31536000, immutable\r\n"), "{head}");
        let bare = url.split_once('?').unwrap().0;
        assert!(!get(bare).starts_with("HTTP/1.1 200"), "{name}: not without a signature");
        let short = signed.url(&key, Duration::from_secs(1)).unwrap().unwrap();
        thread::sleep(Duration::from_secs(3));
        assert!(!get(&short).starts_with("HTTP/1.1 200"), "{name}: not after it has expired");
        signed.url(&key, Duration::from_secs(8 * 86_400)).unwrap_err();
        assert_eq!(blobs(name, |_| {}).url(&key, Duration::from_secs(60)).unwrap(), None);
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

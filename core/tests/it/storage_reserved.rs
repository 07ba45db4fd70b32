//! Names that the local storage reserves for the next uploads.
#![cfg(all(feature = "contract", feature = "local"))]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::faults::{Fault, Faults, Faulty, Plan, Slow};
use crate::common::{TempDir, stored_files};
use rusqlite::Connection;
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{
    Blobs, Catalog, Content, FileBlobs, LocalStorage, ReadAt, SqliteCatalog, Storage, StorageError,
    SweepReport, TwoPhaseStorage,
};
use userimage::{BlobKey, Format, StoredImage, Variant};
#[cfg(feature = "rendition")]
use userimage::{
    ClientKeys, Inspector, InspectorError, NewImage, PostedFile, UploadHead, UploadRequest,
    Uploader, Verdict,
};

/// How long a reserved name waits for its upload, in seconds.
const RESERVED_FOR: u64 = 60;

fn sample(content: &[u8]) -> Sample {
    Sample::new(WEBSITE, "user", content)
}

/// A store in which a name is reserved.
struct Store {
    dir: TempDir,
    blobs: Arc<FileBlobs>,
    catalog: Arc<SqliteCatalog>,
    storage: LocalStorage,
}

impl Store {
    fn new() -> Self {
        let dir = TempDir::in_memory();
        let blobs = Arc::new(FileBlobs::open(dir.path()).unwrap());
        let catalog = SqliteCatalog::open(dir.path().join("userimage.sqlite3")).unwrap();
        let storage = LocalStorage::open(dir.path(), "").unwrap();
        let store = Self { dir, blobs, catalog: catalog.into(), storage };
        store.upload(b"1").unwrap();
        assert_eq!(store.pending(), [], "one upload reserves nothing");
        store.upload(b"2").unwrap();
        assert_eq!(store.states(), ["reserved"]);
        store
    }

    /// The storage with these blobs, and the catalog that has the reserved name.
    fn with_blobs<B: Blobs>(&self, blobs: B) -> impl Storage + use<B> {
        TwoPhaseStorage::from_parts(blobs, Arc::clone(&self.catalog), "")
    }

    fn upload(&self, content: &[u8]) -> Result<StoredImage, StorageError> {
        let storage = self.with_blobs(Arc::new(FileBlobs::open(self.dir.path())?));
        storage.store(&sample(content).with_reserved_name(&storage).image())
    }

    /// Stores `new`, and runs `meanwhile` before its last file is written.
    fn slow_upload(
        &self,
        new: &Sample,
        meanwhile: &(dyn Fn() + Sync),
    ) -> Result<StoredImage, StorageError> {
        let blobs = Slow { inner: Arc::clone(&self.blobs), pause: meanwhile };
        TwoPhaseStorage::from_parts(blobs, Arc::clone(&self.catalog), "").store(&new.image())
    }

    /// A sample with the name that is reserved.
    fn reserved(&self, content: &[u8]) -> Sample {
        let plain = sample(content);
        let own_name = plain.record.unique_name.clone();
        let reserved = plain.with_reserved_name(&self.with_blobs(Arc::clone(&self.blobs)));
        assert_ne!(reserved.record.unique_name, own_name);
        assert_eq!(self.pending(), [("reserved".into(), reserved.record.unique_name.to_string())]);
        reserved
    }

    fn pending(&self) -> Vec<(String, String)> {
        let connection = connect(self.dir.path());
        let mut rows =
            connection.prepare("SELECT state, unique_name FROM pending ORDER BY id").unwrap();
        let rows = rows.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn states(&self) -> Vec<String> {
        self.pending().into_iter().map(|(state, _)| state).collect()
    }

    /// Lets time pass for the pending rows.
    fn pass(&self, time: Duration) {
        let time = i64::try_from(time.as_millis()).unwrap();
        connect(self.dir.path())
            .execute("UPDATE pending SET state_since = state_since - ?", [time])
            .unwrap();
    }

    /// Asserts that there are two files of each of `images` images, and no other.
    fn assert_files(&self, images: usize) {
        assert_eq!(stored_files(self.dir.path()).len(), 2 * images);
    }
}

fn connect(dir: &Path) -> Connection {
    let connection = Connection::open(dir.join("userimage.sqlite3")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

#[test]
fn an_upload_needs_no_other_pending_row() {
    let store = Store::new();
    let new = store.reserved(b"3");
    let stored = store.slow_upload(&new, &|| assert_eq!(store.states(), ["reserved"])).unwrap();
    new.assert_kept(&store.storage, stored.id).unwrap();
    // The next name is another.
    let next = store.reserved(b"4");
    assert_ne!(next.record.unique_name, new.record.unique_name);
    let stored = store.slow_upload(&next, &|| {}).unwrap();
    next.assert_kept(&store.storage, stored.id).unwrap();
}

#[test]
fn names_lead_to_few_folders() {
    let store = Store::new();
    let name = |number: u32| {
        let name = store.upload(&number.to_le_bytes()).unwrap().record.unique_name;
        name.as_str().split_at("YYYY_MM_1234".len()).0.to_owned()
    };
    let folders: BTreeSet<String> = (0..200).map(name).collect();
    // On average 13, and never one folder for all.
    assert!((2..60).contains(&folders.len()), "{} folders", folders.len());
}

#[test]
fn a_name_that_no_upload_has_used_is_swept_and_not_counted() {
    let store = Store::new();
    let name = store.pending();
    let second = Duration::from_secs(1);
    assert_eq!(store.storage.sweep(second).unwrap(), SweepReport::default());
    assert_eq!(store.pending(), name);
    store.pass(Duration::from_secs(RESERVED_FOR + 2));
    // Its upload may still be writing: the row stays for another second.
    for state in ["swept", "swept"] {
        assert_eq!(store.storage.sweep(second).unwrap(), SweepReport::default());
        assert_eq!(store.states(), [state]);
    }
    store.pass(second * 2);
    assert_eq!(store.storage.sweep(second).unwrap(), SweepReport::default());
    assert_eq!(store.pending(), []);

    let store = Store::new();
    assert_eq!(store.storage.sweep(Duration::ZERO).unwrap(), SweepReport::default());
    assert_eq!(store.pending(), []);
    store.upload(b"3").unwrap();
    store.assert_files(3);
}

#[test]
fn a_sweep_gives_an_upload_its_time() {
    const AGE: Duration = Duration::from_secs(10);
    // The upload begins at the last moment, and is not yet `AGE` old.
    let store = Store::new();
    let new = store.reserved(b"3");
    store.pass(Duration::from_secs(RESERVED_FOR - 5));
    let stored = store.slow_upload(&new, &|| {
        store.pass(AGE);
        assert_eq!(store.storage.sweep(AGE).unwrap(), SweepReport::default());
        assert_eq!(store.states(), ["reserved"]);
    });
    new.assert_kept(&store.storage, stored.unwrap().id).unwrap();

    // It is too slow.
    let store = Store::new();
    let new = store.reserved(b"3");
    let error = store
        .slow_upload(&new, &|| {
            store.pass(AGE + Duration::from_secs(RESERVED_FOR + 1));
            assert_eq!(store.storage.sweep(AGE).unwrap().files, 1);
        })
        .unwrap_err();
    assert!(error.to_string().contains("swept"), "{error}");
    assert_eq!(store.pending(), []);
    store.assert_files(2);
}

#[test]
fn an_upload_that_cannot_use_the_row_adds_one() {
    type Change = fn(&Store, &mut Sample);
    let changes: [(&str, Change); 3] = [
        ("its time is over", |store, _| store.pass(Duration::from_secs(RESERVED_FOR))),
        ("it has the keys of other blobs", |_, new| new.record.standard.format = Format::Png),
        ("it was swept", |store, _| {
            store.storage.sweep(Duration::ZERO).unwrap();
        }),
    ];
    for (change, make) in changes {
        let store = Store::new();
        let mut new = store.reserved(b"3");
        make(&store, &mut new);
        let keys = Mutex::new(String::new());
        let stored = store.slow_upload(&new, &|| {
            assert_eq!(store.states(), ["storing"], "{change}");
            let connection = connect(store.dir.path());
            let key =
                connection.query_row("SELECT standard_key FROM pending", (), |row| row.get(0));
            *keys.lock().unwrap() = key.unwrap();
        });
        new.assert_kept(&store.storage, stored.unwrap().id).unwrap();
        let key = new.record.blob_key(Variant::Standard).to_string();
        assert_eq!(*keys.lock().unwrap(), key, "{change}");
        store.assert_files(3);
    }
}

#[test]
fn files_of_an_upload_that_was_killed_are_swept() {
    let store = Store::new();
    let new = store.reserved(b"3");
    let faults = Faults::default();
    let blobs = Faulty { inner: Arc::clone(&store.blobs), faults: faults.clone() };
    let catalog = Faulty { inner: Arc::clone(&store.catalog), faults: faults.clone() };
    // The second file and everything after it.
    faults.plan(Plan { fault: Fault::Before, at: 2, dead: true });
    TwoPhaseStorage::from_parts(blobs, catalog, "").store(&new.image()).unwrap_err();
    assert!(faults.end());
    assert_eq!(stored_files(store.dir.path()).len(), 5);
    assert_eq!(store.states(), ["reserved"]);
    let hour = Duration::from_secs(3600);
    assert_eq!(store.storage.sweep(hour).unwrap(), SweepReport::default());
    store.pass(hour + Duration::from_secs(RESERVED_FOR + 1));
    assert_eq!(store.storage.sweep(hour).unwrap(), SweepReport::new(1, 1));
    store.assert_files(2);
    assert_eq!(store.states(), ["swept"]);
    assert_eq!(store.storage.sweep(Duration::ZERO).unwrap(), SweepReport::default());
    assert_eq!(store.pending(), []);
}

/// A sweep that finds the row of a name while an upload gets that name does not remove the upload's files.
#[test]
fn a_sweep_beside_the_begin_of_an_upload() {
    for age in [Duration::ZERO, Duration::from_secs(1)] {
        let store = Store::new();
        let new = store.reserved(b"3");
        if !age.is_zero() {
            store.pass(Duration::from_secs(RESERVED_FOR + 2));
        }
        let answer = Mutex::new(None);
        let upload = || {
            let catalog = Arc::clone(&store.catalog);
            let storage = TwoPhaseStorage::from_parts(Arc::clone(&store.blobs), catalog, "");
            answer.lock().unwrap().get_or_insert_with(|| storage.store(&new.image()));
        };
        let blobs = SlowDelete { inner: Arc::clone(&store.blobs), before: &upload };
        let sweeping = TwoPhaseStorage::from_parts(blobs, Arc::clone(&store.catalog), "");
        assert_eq!(sweeping.sweep(age).unwrap(), SweepReport::default());
        // Nothing of the name is stored while the sweep may remove its files.
        let error = answer.into_inner().unwrap().unwrap().unwrap_err();
        assert!(error.to_string().contains("in use"), "{error}");
        store.assert_files(2);
        // The catalog does not give what a sweep has found.
        store.upload(b"4").unwrap();
        store.upload(b"5").unwrap();
        let next = store.pending();
        store.with_blobs(Arc::clone(&store.blobs)).sweep(Duration::ZERO).unwrap();
        let name = store.catalog.take_reserved_name(&sample(b"6").record);
        assert_eq!(name, None, "{next:?} was swept");
    }
}

/// Blobs of a slow sweep: `before` runs before each is removed.
struct SlowDelete<'a> {
    inner: Arc<FileBlobs>,
    before: &'a (dyn Fn() + Sync),
}

impl Blobs for SlowDelete<'_> {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        self.inner.put(key, content)
    }

    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        self.inner.open(key, len)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        (self.before)();
        self.inner.delete(key)
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        self.inner.list(after, limit)
    }
}

#[cfg(feature = "rendition")]
struct Accepts;

#[cfg(feature = "rendition")]
impl Inspector for Accepts {
    fn inspect(&self, _: &NewImage<'_>) -> Result<Verdict, InspectorError> {
        Ok(Verdict::Accept)
    }
}

#[cfg(feature = "rendition")]
#[test]
fn an_uploader_uses_reserved_names() {
    let store = Store::new();
    let builder = || {
        let storage = LocalStorage::open(store.dir.path(), "").unwrap();
        Uploader::builder(storage).authenticator(ClientKeys::new([(WEBSITE, "abc123")]).unwrap())
    };
    let (plain, inspecting) =
        (builder().build().unwrap(), builder().inspector(Accepts).build().unwrap());
    store.storage.sweep(Duration::ZERO).unwrap();
    let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("user");
    let png = include_bytes!("../../../tests/fixtures/files/png-rgb8.png");
    let upload_to = |uploader: &Uploader| {
        let file = PostedFile::new("\n", &png[..]);
        uploader.upload(&UploadRequest::new(head.clone(), file)).unwrap().record
    };
    upload_to(&plain);
    upload_to(&plain);
    let [(state, name)] = &store.pending()[..] else { unreachable!() };
    assert_eq!(state, "reserved");
    let record = upload_to(&plain);
    assert_eq!(record.unique_name.as_str(), name);
    // The file's own name has no character that can be displayed.
    assert_eq!(record.image_name.as_str(), name);

    // What is inspected gets no such name: an inspector may refuse it, or take longer than a name lasts.
    let pending = store.pending();
    for _ in 0..3 {
        upload_to(&inspecting);
        assert_eq!(store.pending(), pending);
    }
}

/// Two calls with one name do not share its row.
#[test]
fn a_name_is_used_once() {
    let store = Store::new();
    let new = store.reserved(b"3");
    let in_use = |again: &Sample| {
        let error = store.slow_upload(again, &|| {}).unwrap_err();
        assert!(error.to_string().contains("in use"), "{error}");
        assert_eq!(store.states(), ["reserved"]);
    };
    let stored = store.slow_upload(&new, &|| {
        in_use(&new);
        // With a row of fewer or other keys the first one's files would have none.
        let mut other = new.clone();
        other.record.standard.format = Format::Png;
        in_use(&other);
        // Nor in another catalog.
        let catalog = SqliteCatalog::open(store.dir.path().join("userimage.sqlite3")).unwrap();
        catalog.begin(&new.record).unwrap_err();
    });
    new.assert_kept(&store.storage, stored.unwrap().id).unwrap();
    store.assert_files(3);
}

/// A name that was given may never be stored under, and a catalog may forget what it has reserved.
#[test]
fn a_name_is_given_once() {
    let store = Store::new();
    let first = store.reserved(b"3");
    let again = sample(b"4");
    assert_eq!(store.catalog.take_reserved_name(&again.record), None);
    let stored = store.slow_upload(&first, &|| {}).unwrap();
    first.assert_kept(&store.storage, stored.id).unwrap();
    let error = store.slow_upload(&first, &|| {}).unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    first.assert_kept(&store.storage, stored.id).unwrap();
    // Another process, as it were: it has reserved nothing.
    let other = SqliteCatalog::open(store.dir.path().join("userimage.sqlite3")).unwrap();
    assert_eq!(other.take_reserved_name(&again.record), None);
}

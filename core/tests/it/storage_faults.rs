//! The two-phase storage when its halves fail: at every step in turn, before or after the step is done,
//! once or from then on (as if the process had crashed there).
#![cfg(feature = "contract")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::common::faults::{Fault, Faults, Faulty, Plan, Slow};
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{
    Blobs, Catalog, Content, MemoryBlobs, MemoryCatalog, Page, ReadAt, Storage, StorageError,
    TwoPhaseStorage,
};
use userimage::{BlobKey, StoredImage, UserId, Variant, WebsiteId};

/// A store whose two halves can be made to fail, and inspected.
struct Store<B, C> {
    blobs: Arc<B>,
    catalog: Arc<C>,
    faults: Faults,
    /// The keys of all blobs.
    keys: fn(&B) -> BTreeSet<String>,
}

impl<B: Blobs, C: Catalog> Store<B, C> {
    fn new(blobs: B, catalog: C, keys: fn(&B) -> BTreeSet<String>) -> Self {
        Self { blobs: blobs.into(), catalog: catalog.into(), faults: Faults::default(), keys }
    }

    fn storage(&self) -> TwoPhaseStorage<impl Blobs + use<B, C>, impl Catalog + use<B, C>> {
        let (blobs, catalog) = (self.blobs.clone(), self.catalog.clone());
        let faults = &self.faults;
        TwoPhaseStorage::from_parts(
            Faulty { inner: blobs, faults: faults.clone() },
            Faulty { inner: catalog, faults: faults.clone() },
            "",
        )
    }

    fn visible(&self) -> Vec<StoredImage> {
        let website = WebsiteId::new(WEBSITE).unwrap();
        let user = UserId::parse("user").unwrap();
        self.storage().list(website, &user, Page::new(0, 1000)).unwrap().images
    }

    fn find_visible(&self, sample: &Sample) -> Option<StoredImage> {
        self.visible().into_iter().find(|image| image.record == sample.record)
    }

    /// Asserts that every visible image is complete, and that a sweep removes everything else.
    fn assert_consistent(&self) {
        let storage = self.storage();
        let visible = self.visible();
        let mut expected = BTreeSet::new();
        for image in &visible {
            for variant in image.record.variants() {
                let bytes = storage.read(image.record.website_id, image.id, variant).unwrap();
                assert_eq!(bytes.unwrap().len() as u64, image.record.blob_len(variant));
                expected.insert(image.record.blob_key(variant).to_string());
            }
        }
        storage.sweep(Duration::ZERO).unwrap();
        assert_eq!(
            (self.keys)(&self.blobs),
            expected,
            "files without records, or records without files"
        );
        assert_eq!(self.catalog.expire_pending(Duration::ZERO).unwrap(), [], "pending rows");
        assert_eq!(
            storage.sweep(Duration::ZERO).unwrap(),
            userimage::storage::SweepReport::default()
        );
        assert_eq!(self.visible(), visible, "a sweep changed visible images");
    }
}

fn memory() -> Store<MemoryBlobs, MemoryCatalog> {
    Store::new(MemoryBlobs::default(), MemoryCatalog::default(), |blobs| {
        blobs.keys().iter().map(ToString::to_string).collect()
    })
}

#[cfg(feature = "local")]
fn local(
    dir: &crate::common::TempDir,
) -> Store<userimage::storage::FileBlobs, userimage::storage::SqliteCatalog> {
    let blobs = userimage::storage::FileBlobs::open(dir.path()).unwrap();
    let catalog =
        userimage::storage::SqliteCatalog::open(dir.path().join("userimage.sqlite3")).unwrap();
    Store::new(blobs, catalog, |blobs| crate::common::stored_files(blobs.path()))
}

fn sample(content: &[u8]) -> Sample {
    Sample::new(WEBSITE, "user", content)
}

/// Runs `test` with every fault at every step. It returns whether the operation has that step.
fn at_every_step(mut test: impl FnMut(Plan) -> bool) {
    for fault in [Fault::Before, Fault::After, Fault::Torn] {
        for dead in [false, true] {
            let mut at = 0;
            while test(Plan { fault, at, dead }) {
                at += 1;
            }
            assert!(at >= 3, "{fault:?}, dead {dead}: only {at} steps were made to fail");
        }
    }
}

fn store_is_atomic<B: Blobs, C: Catalog>(make: impl Fn() -> Store<B, C>) {
    at_every_step(|plan| {
        let store = make();
        let storage = store.storage();
        let old = sample(b"old");
        let old_id = storage.store(&old.image()).unwrap().id;
        for _ in 0..2 {
            // From the second on they reserve a name for the next, if the storage does.
            storage.store(&sample(b"other").with_reserved_name(&storage).image()).unwrap();
        }

        // The same bytes: the two must be distinguished.
        let new = sample(b"old").with_reserved_name(&storage);
        store.faults.plan(plan);
        let answer = storage.store(&new.image());
        let reached = store.faults.end();

        match (&answer, store.find_visible(&new)) {
            (Ok(stored), Some(visible)) => assert_eq!(*stored, visible, "{plan:?}"),
            (Err(_), None) => {}
            // The result of the commit was lost, and `abort` failed too.
            (Err(_), Some(_)) => assert!(plan.dead && plan.fault == Fault::After, "{plan:?}"),
            (Ok(_), None) => panic!("{plan:?}: an acknowledged upload is lost"),
        }
        // A single fault is either undone at once, or `abort` finds the commit done.
        if reached && !plan.dead && answer.is_ok() {
            assert_eq!(plan.fault, Fault::After, "{plan:?}");
        }
        let again = sample(b"again");
        let again_id = storage.store(&again.image()).unwrap().id;
        store.assert_consistent();
        old.assert_kept(&storage, old_id).unwrap();
        again.assert_kept(&storage, again_id).unwrap();
        // After the sweep the same upload can be repeated.
        if answer.is_err() && store.find_visible(&new).is_none() {
            let id = storage.store(&new.image()).unwrap().id;
            new.assert_kept(&storage, id).unwrap();
            assert_eq!(store.find_visible(&new).unwrap().photo_code, old_id.to_string());
        }
        reached
    });
}

fn delete_is_atomic<B: Blobs, C: Catalog>(make: impl Fn() -> Store<B, C>) {
    at_every_step(|plan| {
        let store = make();
        let storage = store.storage();
        let (kept, gone) = (sample(b"same"), sample(b"same"));
        let kept_id = storage.store(&kept.image()).unwrap().id;
        let gone_id = storage.store(&gone.image()).unwrap().id;

        store.faults.plan(plan);
        let answer = storage.delete(gone.record.website_id, gone_id);
        let reached = store.faults.end();

        match (answer, store.find_visible(&gone)) {
            (Ok(true), None) | (Err(_), None | Some(_)) => {}
            other => panic!("{plan:?}: {other:?}"),
        }
        store.assert_consistent();
        kept.assert_kept(&storage, kept_id).unwrap();
        storage.delete(gone.record.website_id, gone_id).unwrap();
        assert!(store.find_visible(&gone).is_none());
        store.assert_consistent();
        reached
    });
}

fn sweep_can_be_repeated<B: Blobs, C: Catalog>(make: impl Fn() -> Store<B, C>) {
    at_every_step(|plan| {
        let store = make();
        let storage = store.storage();
        let kept = sample(b"kept");
        let id = storage.store(&kept.image()).unwrap().id;
        // An upload crashes with one blob written, and a deletion with one removed.
        store.faults.plan(Plan { fault: Fault::Before, at: 2, dead: true });
        storage.store(&sample(b"dies").image()).unwrap_err();
        store.faults.end();
        let deleted = storage.store(&sample(b"deleted").image()).unwrap().id;
        store.faults.plan(Plan { fault: Fault::Before, at: 2, dead: true });
        storage.delete(kept.record.website_id, deleted).unwrap_err();
        store.faults.end();
        assert_eq!((store.keys)(&store.blobs).len(), 4);

        store.faults.plan(plan);
        let answer = storage.sweep(Duration::ZERO);
        let reached = store.faults.end();
        assert_eq!(answer.is_err(), reached, "{plan:?}: {answer:?}");
        if let Ok(swept) = answer {
            assert_eq!((swept.records, swept.files), (2, 2));
        }
        kept.assert_kept(&storage, id).unwrap();
        store.assert_consistent();
        kept.assert_kept(&storage, id).unwrap();
        reached
    });
}

#[test]
fn every_step_in_memory() {
    store_is_atomic(memory);
    delete_is_atomic(memory);
    sweep_can_be_repeated(memory);
}

#[cfg(feature = "local")]
#[test]
fn every_step_in_a_folder() {
    let dirs = Mutex::new(Vec::new());
    let make = || {
        let dir = crate::common::TempDir::in_memory();
        let store = local(&dir);
        dirs.lock().unwrap().push(dir);
        store
    };
    store_is_atomic(make);
    delete_is_atomic(make);
    sweep_can_be_repeated(make);
}

fn slow_upload<B: Blobs, C: Catalog>(
    store: &Store<B, C>,
    new: &Sample,
    pause: &(dyn Fn() + Sync),
) -> Result<StoredImage, StorageError> {
    let blobs = Slow { inner: store.blobs.clone(), pause };
    let faulty = Faulty { inner: Arc::new(blobs), faults: store.faults.clone() };
    let catalog = Faulty { inner: store.catalog.clone(), faults: store.faults.clone() };
    TwoPhaseStorage::from_parts(faulty, catalog, "").store(&new.image())
}

fn swept_uploads_fail<B: Blobs, C: Catalog>(make: impl Fn() -> Store<B, C>) {
    const AGE: Duration = Duration::from_millis(2);
    for min_age in [Duration::ZERO, AGE] {
        let (store, new) = (make(), sample(b"slow"));
        let error = slow_upload(&store, &new, &|| {
            thread::sleep(AGE * 2);
            let swept = store.storage().sweep(min_age).unwrap();
            assert_eq!((swept.records, swept.files), (min_age.is_zero().into(), 1));
        })
        .unwrap_err();
        assert!(error.to_string().contains("swept"), "{error}");
        assert!(store.find_visible(&new).is_none());
        // It has removed its blobs, although its row was swept.
        assert_eq!((store.keys)(&store.blobs), BTreeSet::new());
        assert_eq!(store.catalog.expire_pending(Duration::ZERO).unwrap(), []);
    }

    // A recent one is not swept.
    let (store, new) = (make(), sample(b"young"));
    let stored = slow_upload(&store, &new, &|| {
        let swept = store.storage().sweep(Duration::from_secs(3600)).unwrap();
        assert_eq!((swept.records, swept.files), (0, 0));
    });
    new.assert_kept(&store.storage(), stored.unwrap().id).unwrap();

    // An upload is swept, then writes its second blob, and then crashes. The row that the sweep keeps
    // has the key of that blob.
    let (store, new) = (make(), sample(b"slow, then dead"));
    slow_upload(&store, &new, &|| {
        thread::sleep(AGE * 2);
        store.storage().sweep(AGE).unwrap();
        store.faults.plan(Plan { fault: Fault::Before, at: 0, dead: true });
    })
    .unwrap_err();
    store.faults.end();
    assert_eq!((store.keys)(&store.blobs).len(), 1);
    thread::sleep(AGE * 2);
    let swept = store.storage().sweep(AGE).unwrap();
    assert_eq!((swept.records, swept.files), (1, 1));
    store.assert_consistent();

    // An upload is swept, and another one begins with its name: the first does not harm the second.
    let (store, new) = (make(), sample(b"twice"));
    let stored = slow_upload(&store, &new, &|| {
        store.storage().sweep(Duration::ZERO).unwrap();
        store.storage().store(&new.image()).unwrap();
    })
    .unwrap();
    new.assert_kept(&store.storage(), stored.id).unwrap();
    store.assert_consistent();

    // Also if the other upload is still in progress. Here both fail, the inner one because its second
    // blob already exists.
    let (store, new) = (make(), sample(b"both"));
    slow_upload(&store, &new, &|| {
        store.storage().sweep(Duration::ZERO).unwrap();
        let inner = slow_upload(&store, &new, &|| {
            let key = new.record.blob_key(Variant::Standard);
            store.blobs.put(&key, &(&new.standard).into()).unwrap();
        });
        inner.unwrap_err();
    })
    .unwrap_err();
    assert!(store.find_visible(&new).is_none());
    store.assert_consistent();
}

#[test]
fn slow_uploads_in_memory() {
    swept_uploads_fail(memory);
}

#[cfg(feature = "local")]
#[test]
fn slow_uploads_in_a_folder() {
    let dirs = Mutex::new(Vec::new());
    swept_uploads_fail(|| {
        let dir = crate::common::TempDir::in_memory();
        let store = local(&dir);
        dirs.lock().unwrap().push(dir);
        store
    });
}

/// Blobs of which some cannot be removed.
struct Stuck(MemoryBlobs, Mutex<BTreeSet<String>>);

impl Blobs for Stuck {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        self.0.put(key, content)
    }

    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        self.0.open(key, len)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        if self.1.lock().unwrap().contains(&key.to_string()) {
            return Err(StorageError::new("stuck"));
        }
        self.0.delete(key)
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        self.0.list(after, limit)
    }
}

#[test]
fn a_blob_that_cannot_be_removed_does_not_stop_a_sweep() {
    let keys =
        |blobs: &Stuck| -> BTreeSet<_> { blobs.0.keys().iter().map(ToString::to_string).collect() };
    let blobs = Stuck(MemoryBlobs::default(), Mutex::default());
    let store = Store::new(blobs, MemoryCatalog::default(), keys);
    let samples = [b"1", b"2", b"3"].map(|content| sample(content));
    for sample in &samples {
        store.faults.plan(Plan { fault: Fault::Before, at: 3, dead: true });
        store.storage().store(&sample.image()).unwrap_err();
        store.faults.end();
    }
    let stuck = samples[0].record.blob_key(Variant::Original).to_string();
    store.blobs.1.lock().unwrap().insert(stuck);
    assert_eq!(store.storage().sweep(Duration::ZERO).unwrap_err().to_string(), "stuck");
    assert_eq!(keys(&store.blobs).len(), 2);
    store.blobs.1.lock().unwrap().clear();
    let swept = store.storage().sweep(Duration::ZERO).unwrap();
    assert_eq!((swept.records, swept.files), (1, 2));
    store.assert_consistent();
}

#[test]
fn a_name_in_use_is_refused_and_its_image_unchanged() {
    let store = memory();
    let first = sample(b"first");
    let id = store.storage().store(&first.image()).unwrap().id;
    let error = store.storage().store(&first.image()).unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    first.assert_kept(&store.storage(), id).unwrap();
    store.assert_consistent();
}

#[test]
fn bytes_that_do_not_match_the_record_are_refused() {
    let store = memory();
    let mut sample = sample(b"first");
    sample.original.push(0);
    store.storage().store(&sample.image()).unwrap_err();
    assert_eq!(store.visible(), []);
    store.assert_consistent();
}

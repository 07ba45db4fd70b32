//! The contract suite, run on the library's storages.
#![cfg(feature = "contract")]

use userimage::storage::{MemoryStorage, Storage, StorageError, contract};
use userimage::{ImageId, NewImage, StoredImage};

fn passes_all<S: Storage>(make: impl Fn() -> S) {
    let report = contract::run(&make);
    assert!(report.skipped.is_empty(), "skipped: {:?}", report.skipped);
    assert_eq!(contract::run_photo_codes(&make).passed.len(), 1);
}

#[test]
fn memory() {
    passes_all(|| MemoryStorage::new("https://img.example/"));
}

#[test]
fn memory_with_one_store_for_all_cases() {
    let shared = std::sync::Arc::new(MemoryStorage::new("https://img.example"));
    passes_all(|| shared.clone());
}

#[cfg(feature = "local")]
#[test]
fn local() {
    use userimage::storage::LocalStorage;
    let dir = crate::common::TempDir::new();
    let number = std::cell::Cell::new(0);
    passes_all(|| {
        number.set(number.get() + 1);
        LocalStorage::open(dir.path().join(format!("new/{}", number.get())), "https://img.example")
            .unwrap()
    });
}

#[cfg(feature = "local")]
#[test]
fn local_with_one_store_opened_for_each_case() {
    use userimage::storage::LocalStorage;
    let dir = crate::common::TempDir::new();
    passes_all(|| LocalStorage::open(dir.path(), "https://img.example/").unwrap());
}

/// A host's storage that supports only `store`.
struct StoreOnly;

impl Storage for StoreOnly {
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(StoredImage::new(ImageId::new(id).unwrap(), "any text", "a", "b", image.record.clone()))
    }
}

#[test]
fn cases_of_unsupported_operations_are_skipped() {
    let report = contract::run(|| StoreOnly);
    assert_eq!(report.passed, ["store returns what it has stored", "ids grow"]);
    assert_eq!(report.skipped.len(), 27);
}

/// A storage that returns images of any website.
struct Leaky(MemoryStorage);

impl Storage for Leaky {
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        self.0.store(image)
    }

    fn find(
        &self,
        website: userimage::WebsiteId,
        id: ImageId,
    ) -> Result<Option<StoredImage>, StorageError> {
        let found = self.0.find(website, id)?;
        let other = userimage::WebsiteId::new(contract::WEBSITE);
        other.map_or(Ok(found.clone()), |other| Ok(found.or(self.0.find(other, id)?)))
    }
}

#[test]
#[should_panic(expected = "another website finds it")]
fn a_storage_that_leaks_fails() {
    contract::run(|| Leaky(MemoryStorage::new("")));
}

//! For tests only: a storage that panics, if the configuration names none.

use userimage_core::storage::{Storage, StorageError};
use userimage_core::{Config, NewImage, StoredImage};

struct Panicking;

impl Storage for Panicking {
    fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        panic!("injected");
    }
}

pub(crate) fn storage(config: &Config) -> Option<Box<dyn Storage>> {
    config.storage.is_none().then(|| Box::new(Panicking) as Box<dyn Storage>)
}

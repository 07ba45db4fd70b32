//! Backups: a storage copied to a folder, and back.

use std::path::Path;

use super::{DATABASE, LocalStorage};
use crate::storage::{CopyReport, Storage, StorageError, copy};

/// Copies all images of `storage` to the folder `path`, as [`copy`](copy()) does, while uploads go on.
/// The folder is a local storage: [`LocalStorage::open`] opens it. A folder that has an older backup is
/// brought up to date; images that were deleted since remain in it.
///
/// # Errors
///
/// As [`LocalStorage::open`] and [`copy`](copy()).
pub fn backup(
    storage: &dyn Storage,
    path: impl AsRef<Path>,
    progress: &mut dyn FnMut(&CopyReport) -> bool,
) -> Result<CopyReport, StorageError> {
    // The URLs of a backup are those of the storage that it is restored to.
    let target = LocalStorage::open(path, "")?;
    copy(storage, &target, CopyReport::default(), progress)
}

/// Copies the images of the backup in the folder `path` to `storage`, with their ids and photo codes.
/// Those that `storage` has are left as they are.
///
/// # Errors
///
/// [`StorageError`] when there is no backup in the folder, or as [`copy`](copy()).
pub fn restore(
    path: impl AsRef<Path>,
    storage: &dyn Storage,
    progress: &mut dyn FnMut(&CopyReport) -> bool,
) -> Result<CopyReport, StorageError> {
    let path = path.as_ref();
    if !path.join(DATABASE).is_file() {
        return Err(StorageError::new(format!("there is no storage in {}", path.display())));
    }
    let backup = LocalStorage::open(path, "")?;
    copy(&backup, storage, CopyReport::default(), progress)
}

//! Blobs as files, and what it takes to keep a file for certain.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::record::{BlobKey, Variant};
use crate::storage::{Blobs, StorageError};

/// Blobs as files in a folder: the key is the path.
///
/// A file is written in its place, not beside it and renamed: nobody knows its random name before
/// its record is visible.
#[derive(Debug)]
pub struct FileBlobs {
    /// Absolute, so that the process may change its working directory.
    path: PathBuf,
}

impl FileBlobs {
    /// Opens the folder `path`; it and its two folders are made if need be.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be made.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StorageError> {
        let path = std::path::absolute(path.as_ref())
            .map_err(|error| failed("find", path.as_ref(), error))?;
        make_folder(&path)?;
        for variant in Variant::ALL {
            make_folder(&path.join(variant.name()))?;
        }
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn folder_of(&self, key: &BlobKey) -> PathBuf {
        self.path.join(key.variant().name())
    }

    fn file_of(&self, key: &BlobKey) -> PathBuf {
        self.folder_of(key).join(key.name().as_str())
    }
}

impl Blobs for FileBlobs {
    fn put(&self, key: &BlobKey, bytes: &[u8]) -> Result<(), StorageError> {
        let path = self.file_of(key);
        // A failed sync is never repeated: the second may succeed without the bytes.
        File::create_new(&path)
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            })
            .and_then(|()| sync_folder(&self.folder_of(key)))
            .map_err(|error| failed("write", &path, error))
    }

    fn get(&self, key: &BlobKey) -> Result<Option<Vec<u8>>, StorageError> {
        let path = self.file_of(key);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let path = self.file_of(key);
        let there = match fs::remove_file(&path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(failed("remove", &path, error)),
        };
        // Also when there was none: who removed it may have been killed before this.
        sync_folder(&self.folder_of(key)).map_err(|error| failed("remove", &path, error))?;
        Ok(there)
    }
}

/// Makes a folder and those above it that are missing, durably.
fn make_folder(path: &Path) -> Result<(), StorageError> {
    let above = path.parent();
    let made = match (fs::create_dir(path), above) {
        (Err(error), Some(above)) if error.kind() == ErrorKind::NotFound => {
            make_folder(above)?;
            fs::create_dir(path)
        }
        (made, _) => made,
    };
    match made {
        Ok(()) => above.map_or(Ok(()), sync_folder).map_err(|error| failed("make", path, error)),
        Err(_) if path.is_dir() => {
            // Another process may have made it just now. An old one's parent may not even be
            // readable.
            let _ = above.map(sync_folder);
            Ok(())
        }
        Err(error) => Err(failed("make", path, error)),
    }
}

/// Forces a folder's entries to the disk.
#[cfg(not(windows))]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Windows flushes files and volumes, but has no such call for a folder; the file system's journal
/// must do, as it must for SQLite.
#[cfg(windows)]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(doing: &str, path: &Path, error: io::Error) -> StorageError {
    StorageError::new(format!("cannot {doing} {}", path.display())).with_source(error)
}

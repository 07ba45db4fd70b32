//! Blobs as files, written durably.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::record::{BlobKey, Variant};
use crate::storage::{Blobs, Content, DiskFile, ReadAt, StorageError};

/// Blobs as files in a folder: the key is the path.
///
/// A file is written under its final name, not under another and renamed: its random name is unknown
/// to others before its record is visible.
#[derive(Debug)]
pub struct FileBlobs {
    /// Absolute, so that the process may change its working directory.
    path: PathBuf,
}

impl FileBlobs {
    /// Opens the folder `path`, and creates it and its two subfolders if they do not exist.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be created.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StorageError> {
        let path = std::path::absolute(path.as_ref())
            .map_err(|error| failed("find", path.as_ref(), error))?;
        create_folder(&path)?;
        for variant in Variant::ALL {
            create_folder(&path.join(variant.name()))?;
        }
        Ok(Self { path })
    }

    /// The folder's absolute path.
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
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        let path = self.file_of(key);
        let write = |error| failed("write", &path, error);
        let mut file = File::create_new(&path).map_err(write)?;
        content.for_each_piece(|piece| file.write_all(piece).map_err(write))?;
        // A failed sync is not repeated: a second one may succeed although the bytes are lost.
        file.sync_all().and_then(|()| sync_folder(&self.folder_of(key))).map_err(write)
    }

    fn open(&self, key: &BlobKey, _: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        let path = self.file_of(key);
        match DiskFile::open(&path) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, error)),
        }
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let path = self.file_of(key);
        let existed = match fs::remove_file(&path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(failed("remove", &path, error)),
        };
        // Also if it did not exist: the process that removed it may have been killed before its sync.
        sync_folder(&self.folder_of(key)).map_err(|error| failed("remove", &path, error))?;
        Ok(existed)
    }

    /// In the order of their variants, then of their names.
    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        let mut keys = Vec::new();
        for variant in Variant::ALL {
            if after.is_some_and(|after| after.variant() > variant) {
                continue;
            }
            let folder = self.path.join(variant.name());
            let read = |error| failed("list", &folder, error);
            let mut found = Vec::new();
            for entry in fs::read_dir(&folder).map_err(read)? {
                let name = entry.map_err(read)?.file_name();
                let key = name
                    .to_str()
                    .and_then(|name| BlobKey::parse(&format!("{variant}/{name}")).ok());
                found.extend(key.filter(|key| after.is_none_or(|after| key > after)));
            }
            found.sort_unstable();
            found.truncate(limit - keys.len());
            keys.append(&mut found);
        }
        Ok(keys)
    }
}

/// Creates a folder and its missing parents, durably.
fn create_folder(path: &Path) -> Result<(), StorageError> {
    let parent = path.parent();
    let created = match (fs::create_dir(path), parent) {
        (Err(error), Some(parent)) if error.kind() == ErrorKind::NotFound => {
            create_folder(parent)?;
            fs::create_dir(path)
        }
        (created, _) => created,
    };
    match created {
        Ok(()) => parent.map_or(Ok(()), sync_folder).map_err(|error| failed("create", path, error)),
        Err(_) if path.is_dir() => {
            // Another process may have created it just now. The parent of an old folder may not be
            // readable.
            let _ = parent.map(sync_folder);
            Ok(())
        }
        Err(error) => Err(failed("create", path, error)),
    }
}

/// Flushes a folder's entries to the disk.
#[cfg(not(windows))]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Windows can flush files and volumes, but not a folder. The file system's journal has to suffice, as
/// it does for SQLite.
#[cfg(windows)]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn failed(doing: &str, path: &Path, error: io::Error) -> StorageError {
    StorageError::new(format!("cannot {doing} {}", path.display())).with_source(error)
}

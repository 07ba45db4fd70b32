//! Blobs as files, written durably.

use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;

use crate::record::{BlobKey, RenditionName, Variant};
use crate::storage::{Blobs, Content, DiskFile, ReadAt, StorageError};

/// Blobs as files in a folder: `original/ab/cd/<name>`, `standard/ab/cd/<name>` and the same in folders with the names
/// of further renditions, where `abcd` are the first digits of the random part of the name. Files of older versions, without those folders, are
/// found too.
///
/// A file is written under its final name, not under another and renamed: its random name is unknown
/// to others before its record is visible.
#[derive(Debug)]
pub struct FileBlobs {
    /// Absolute, so that the process may change its working directory.
    path: PathBuf,
    /// The folders whose own entries this process has synced.
    synced: Mutex<HashSet<Folder>>,
    /// The further renditions whose folders this process has created durably, or found and synced.
    named: Mutex<HashSet<Variant>>,
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
        for variant in Variant::FIXED {
            create_folder(&path.join(variant.name()))?;
        }
        Ok(Self { path, synced: Mutex::default(), named: Mutex::default() })
    }

    /// The folder's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of one kind of files.
    fn root(&self, variant: Variant) -> PathBuf {
        self.path.join(variant.name())
    }

    /// The path of a file.
    fn file_of(&self, key: &BlobKey) -> PathBuf {
        let mut path = self.root(key.variant());
        path.extend(shard(key));
        path.push(key.name().as_str());
        path
    }

    /// Where older versions put the file.
    fn old_file_of(&self, key: &BlobKey) -> PathBuf {
        self.root(key.variant()).join(key.name().as_str())
    }

    /// Creates and writes a file. Returns what has to be synced: the file, and the folders whose entries
    /// lead to it.
    fn write(&self, key: &BlobKey, content: &Content<'_>) -> Result<Vec<Unsynced>, StorageError> {
        let path = self.file_of(key);
        let write = |error| failed("write", &path, error);
        if self.old_file_of(key).exists() {
            return Err(write(ErrorKind::AlreadyExists.into()));
        }
        let mut unsynced = self.create_shard(key)?;
        let mut file = File::create_new(&path).map_err(write)?;
        content.for_each_piece(|piece| file.write_all(piece).map_err(write))?;
        unsynced.push(Unsynced { file, path });
        Ok(unsynced)
    }

    /// Creates the folder of a file. Returns the folders to sync: that of the file always, and each above it
    /// until this process has synced its entry of the next.
    fn create_shard(&self, key: &BlobKey) -> Result<Vec<Unsynced>, StorageError> {
        let mut path = self.root(key.variant());
        if let Variant::Named(_) = key.variant()
            && !lock(&self.named).contains(&key.variant())
        {
            create_folder(&path)?;
            lock(&self.named).insert(key.variant());
        }
        let mut unsynced = Vec::new();
        for folder in folders(key) {
            let synced = lock(&self.synced).contains(&folder);
            if !synced {
                unsynced.push(path.clone());
            }
            path.push(folder.name());
            match if synced { Ok(()) } else { fs::create_dir(&path) } {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(failed("create", &path, error));
                }
                _ => {}
            }
        }
        unsynced.push(path);
        unsynced.into_iter().filter_map(|folder| Unsynced::folder(folder).transpose()).collect()
    }
}

/// The two folders of a file below `original` or `standard`, from the random part of its name: a million
/// images have 15 files in each, a hundred million 1,500.
fn shard(key: &BlobKey) -> [Shard; 2] {
    let digit = |at| key.name().stem().as_bytes().get(at).copied().unwrap_or(b'0');
    // After `YYYY_MM_`.
    [Shard([digit(8), digit(9)]), Shard([digit(10), digit(11)])]
}

/// One of the two folders that a file lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Folder {
    variant: Variant,
    outer: Shard,
    inner: Option<Shard>,
}

impl Folder {
    fn name(self) -> Shard {
        self.inner.unwrap_or(self.outer)
    }
}

/// The folders of a file, the outer one first.
fn folders(key: &BlobKey) -> [Folder; 2] {
    let (variant, [outer, inner]) = (key.variant(), shard(key));
    [Folder { variant, outer, inner: None }, Folder { variant, outer, inner: Some(inner) }]
}

/// The name of a folder: two hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Shard([u8; 2]);

impl Shard {
    fn parse(name: &OsStr) -> Option<Self> {
        let digits: [u8; 2] = name.to_str()?.as_bytes().try_into().ok()?;
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        digits.iter().all(is_digit).then_some(Self(digits))
    }
}

impl AsRef<Path> for Shard {
    fn as_ref(&self) -> &Path {
        Path::new(str::from_utf8(&self.0).unwrap_or("00"))
    }
}

/// A file or a folder whose changes may not be on the disk yet.
struct Unsynced {
    file: File,
    path: PathBuf,
}

impl Unsynced {
    /// `None` on Windows, which can flush files and volumes, but not a folder. The file system's journal has
    /// to suffice, as it does for SQLite.
    fn folder(path: PathBuf) -> Result<Option<Self>, StorageError> {
        if cfg!(windows) {
            return Ok(None);
        }
        match File::open(&path) {
            Ok(file) => Ok(Some(Self { file, path })),
            Err(error) => Err(failed("open", &path, error)),
        }
    }

    fn sync(&self) -> Result<(), StorageError> {
        self.file.sync_all().map_err(|error| failed("write", &self.path, error))
    }
}

/// Flushes all to the disk, at the same time: the disk then does it in one or two steps. No thread is
/// left when this returns. A failed sync is not repeated: a second one may succeed although the bytes are
/// lost.
fn sync_all(unsynced: &[Unsynced]) -> Result<(), StorageError> {
    let Some((first, others)) = unsynced.split_first() else { return Ok(()) };
    // Closed until all threads are there: syncs that begin one after another take a step of the disk each.
    let gate = RwLock::new(());
    thread::scope(|scope| {
        let closed = gate.write();
        let others: Vec<_> = others
            .iter()
            .map(|other| {
                // Without a thread it is done here.
                thread::Builder::new()
                    .stack_size(64 * 1024)
                    .spawn_scoped(scope, || {
                        drop(gate.read());
                        other.sync()
                    })
                    .map_err(|_| other)
            })
            .collect();
        drop(closed);
        let first = first.sync();
        others.into_iter().fold(first, |result, other| {
            let synced = match other {
                Ok(thread) => thread
                    .join()
                    .unwrap_or_else(|_| Err(StorageError::new("a thread that syncs panicked"))),
                Err(other) => other.sync(),
            };
            result.and(synced)
        })
    })
}

impl Blobs for FileBlobs {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        self.put_all(&[(key.clone(), *content)])
    }

    fn put_all(&self, blobs: &[(BlobKey, Content<'_>)]) -> Result<(), StorageError> {
        let mut unsynced: Vec<Unsynced> = Vec::new();
        for (key, content) in blobs {
            unsynced.extend(self.write(key, content)?);
        }
        sync_all(&unsynced)?;
        let mut synced = lock(&self.synced);
        synced.extend(blobs.iter().flat_map(|(key, _)| folders(key)));
        Ok(())
    }

    fn open(&self, key: &BlobKey, _: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        for path in [self.file_of(key), self.old_file_of(key)] {
            match DiskFile::open(&path) {
                Ok(file) => return Ok(Some(Box::new(file))),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed("read", &path, error)),
            }
        }
        Ok(None)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let mut existed = false;
        for path in [self.file_of(key), self.old_file_of(key)] {
            let remove = |error| failed("remove", &path, error);
            let removed = match fs::remove_file(&path) {
                Ok(()) => true,
                Err(error) if error.kind() == ErrorKind::NotFound => false,
                Err(error) => return Err(remove(error)),
            };
            existed |= removed;
            // Also if it did not exist: the process that removed it may have been killed before its sync.
            match path.parent().map_or(Ok(()), sync_folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                synced => synced.map_err(remove)?,
            }
            if existed {
                break;
            }
        }
        Ok(existed)
    }

    /// In the order of their variants, then of the random part of their names.
    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        let mut keys = Vec::new();
        for variant in self.variants()? {
            if after.is_some_and(|after| after.variant() > variant) {
                continue;
            }
            let after = after.filter(|after| after.variant() == variant);
            self.list_variant(variant, after, limit, &mut keys)?;
        }
        Ok(keys)
    }
}

impl FileBlobs {
    /// The kinds of files that there are folders for, in their order.
    fn variants(&self) -> Result<Vec<Variant>, StorageError> {
        let mut variants = Variant::FIXED.to_vec();
        for name in names(&self.path)? {
            let named = name.to_str().and_then(|name| RenditionName::parse(name).ok());
            variants.extend(named.map(Variant::Named));
        }
        variants.sort_unstable();
        Ok(variants)
    }

    fn list_variant(
        &self,
        variant: Variant,
        after: Option<&BlobKey>,
        limit: usize,
        keys: &mut Vec<BlobKey>,
    ) -> Result<(), StorageError> {
        let root = self.root(variant);
        let first = after.map(shard);
        let mut shards: BTreeMap<[Shard; 2], Vec<BlobKey>> = BTreeMap::new();
        for name in names(&root)? {
            if let Some(outer) = Shard::parse(&name) {
                let inner = names(&root.join(name))?;
                let inner = inner.iter().filter_map(|name| Shard::parse(name));
                shards.extend(
                    inner
                        .map(|inner| ([outer, inner], Vec::new()))
                        .filter(|(shard, _)| first.is_none_or(|first| *shard >= first)),
                );
            }
        }
        // Those of older versions.
        for key in names(&root)?.iter().filter_map(|name| key_of(variant, name)) {
            if first.is_none_or(|first| shard(&key) >= first) {
                shards.entry(shard(&key)).or_default().push(key);
            }
        }
        for (shard, mut found) in shards {
            if keys.len() >= limit {
                break;
            }
            let mut folder = root.clone();
            folder.extend(shard);
            found.extend(names(&folder)?.iter().filter_map(|name| key_of(variant, name)));
            let place = |key: &BlobKey| (self::shard(key), key.clone());
            let after = after.map(place);
            found.retain(|key| after.as_ref().is_none_or(|after| place(key) > *after));
            found.sort_unstable();
            found.truncate(limit - keys.len());
            keys.append(&mut found);
        }
        Ok(())
    }
}

fn key_of(variant: Variant, name: &OsStr) -> Option<BlobKey> {
    BlobKey::parse(&format!("{variant}/{}", name.to_str()?)).ok()
}

/// The names in a folder; none if it does not exist.
fn names(folder: &Path) -> Result<Vec<OsString>, StorageError> {
    let list = |error| failed("list", folder, error);
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry.map_err(list)?.file_name())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(list(error)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

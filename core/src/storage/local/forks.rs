//! Which databases a process may use after a fork.
//!
//! SQLite forbids a child to use a database that its parent had open: its state lists file locks that the child
//! does not hold. Other databases are no concern of that state. But a lock inside SQLite that another thread held
//! at the moment of the fork is never released in the child, as its thread does not exist there. So a child may
//! open a database that its parent had not open, if no thread was inside SQLite when the process forked.

use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::storage::StorageError;

/// The databases of this process.
pub(super) static FORKS: Forks = Forks::new();

/// Atomics and one lock, which is taken only while `busy` counts: a child that finds `busy` at 0 finds it free.
#[derive(Debug)]
pub(super) struct Forks {
    /// The process that the rest describes; 0 before the first use.
    owner: AtomicU32,
    /// The process of which a thread is making this its own.
    adopting: AtomicU32,
    /// How many threads may be inside SQLite.
    busy: AtomicU32,
    files: Mutex<Files>,
}

#[derive(Debug)]
struct Files {
    /// Those with open connections.
    own: Vec<OpenFile>,
    /// Those that a parent had open.
    inherited: Vec<FileId>,
}

#[derive(Debug)]
struct OpenFile {
    id: FileId,
    connections: usize,
    /// The number of descriptors that SQLite has: to close one would release its locks, so it keeps those of
    /// closed connections for new ones until the last connection is closed.
    #[cfg_attr(
        not(any(target_os = "linux", target_os = "android")),
        allow(dead_code, reason = "elsewhere descriptors are not counted")
    )]
    descriptors: usize,
}

/// Device and inode, by which SQLite knows a file.
pub(super) type FileId = (u64, u64);

/// A connection that is counted as open until this is dropped.
#[derive(Debug)]
pub(super) struct OpenDatabase(Option<FileId>);

impl OpenDatabase {
    /// Counts a connection to the database at `path`.
    pub(super) fn count(busy: &Busy<'_>, path: &Path) -> Self {
        Self(FORKS.opened(busy, path))
    }

    /// Not if there is no such file yet.
    pub(super) fn is_counted(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for OpenDatabase {
    fn drop(&mut self) {
        // A child forgets the connections of its parent.
        if let (Some(id), Ok(busy)) = (self.0, FORKS.enter()) {
            FORKS.closed(&busy, id);
        }
    }
}

/// A thread that may be inside SQLite.
pub(super) struct Busy<'a>(&'a Forks);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Forks {
    const fn new() -> Self {
        Self {
            owner: AtomicU32::new(0),
            adopting: AtomicU32::new(0),
            busy: AtomicU32::new(0),
            files: Mutex::new(Files { own: Vec::new(), inherited: Vec::new() }),
        }
    }

    /// Enters SQLite. Fails in a child of a process that was inside SQLite when it forked.
    pub(super) fn enter(&self) -> Result<Busy<'_>, StorageError> {
        self.enter_as(process::id())
    }

    fn enter_as(&self, here: u32) -> Result<Busy<'_>, StorageError> {
        while self.owner.load(Ordering::SeqCst) != here {
            let adopting = self.adopting.load(Ordering::SeqCst);
            let exchanged =
                self.adopting.compare_exchange(adopting, here, Ordering::SeqCst, Ordering::SeqCst);
            if adopting == here || exchanged.is_err() {
                // Another thread of this process is at it.
                thread::yield_now();
                continue;
            }
            let adopted = self.adopt(here);
            self.adopting.store(0, Ordering::SeqCst);
            adopted?;
        }
        self.busy.fetch_add(1, Ordering::SeqCst);
        Ok(Busy(self))
    }

    /// What the parent had open becomes inherited. One thread at a time calls it.
    fn adopt(&self, here: u32) -> Result<(), StorageError> {
        let owner = self.owner.load(Ordering::SeqCst);
        if owner == here {
            return Ok(());
        }
        if self.busy.load(Ordering::SeqCst) > 0 {
            return Err(StorageError::new(format!(
                "process {here} cannot use a storage, because process {owner} was using one at the moment it \
                 forked: close storages before the fork, or open them in a newly started process"
            )));
        }
        self.busy.fetch_add(1, Ordering::SeqCst);
        let busy = Busy(self);
        self.files(|files| files.inherited.extend(files.own.drain(..).map(|file| file.id)));
        self.owner.store(here, Ordering::SeqCst);
        drop(busy);
        Ok(())
    }

    /// Fails if a parent of this process had the database open when it forked.
    pub(super) fn check(&self, _busy: &Busy<'_>, path: &Path) -> Result<(), StorageError> {
        match file_id(path) {
            Some(id) if self.files(|files| files.inherited.contains(&id)) => {
                Err(forked(process::id(), None))
            }
            _ => Ok(()),
        }
    }

    /// Counts a connection to the database at `path`.
    fn opened(&self, _busy: &Busy<'_>, path: &Path) -> Option<FileId> {
        let id = file_id(path)?;
        self.files(|files| match files.own.iter_mut().find(|file| file.id == id) {
            Some(file) => {
                file.connections += 1;
                file.descriptors = file.descriptors.max(file.connections);
            }
            None => files.own.push(OpenFile { id, connections: 1, descriptors: 1 }),
        });
        Some(id)
    }

    /// The connection is closed.
    fn closed(&self, _busy: &Busy<'_>, id: FileId) {
        self.files(|files| {
            if let Some(file) = files.own.iter_mut().find(|file| file.id == id) {
                file.connections -= 1;
            }
            files.own.retain(|file| file.connections > 0);
        });
    }

    /// The number of descriptors of a database that its connections have.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn descriptors(&self, _busy: &Busy<'_>, database: FileId) -> usize {
        self.files(|files| {
            let open = files.own.iter().find(|file| file.id == database);
            open.map_or(0, |file| file.descriptors)
        })
    }

    fn files<T>(&self, work: impl FnOnce(&mut Files) -> T) -> T {
        work(&mut self.files.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The error of a process that uses a database which its parent had used.
pub(super) fn forked(here: u32, owner: Option<u32>) -> StorageError {
    let owner = owner.map_or_else(|| "its parent".to_owned(), |owner| format!("process {owner}"));
    StorageError::new(format!(
        "process {here} cannot use a storage that {owner} had open when it forked: close the storage before the \
         fork, or open it in a newly started process"
    ))
}

/// The file at a path. `None` if there is none, or on Windows, where no process forks.
pub(super) fn file_id(path: &Path) -> Option<FileId> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_inherits_what_its_parent_had_open() {
        let path = std::env::temp_dir().join(format!("userimage-forks-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, "").unwrap();
        let forks = Forks::new();
        let parent = forks.enter_as(7).unwrap();
        forks.check(&parent, &path).unwrap();
        let id = forks.opened(&parent, &path).unwrap();
        drop(parent);
        // Idle at the fork.
        let child = forks.enter_as(8).unwrap();
        let error = forks.check(&child, &path).unwrap_err().to_string();
        assert!(error.contains("forked") && error.contains("close the storage"), "{error}");
        forks.check(&child, Path::new("/")).unwrap();
        drop(child);
        // A child of the child.
        let child = forks.enter_as(9).unwrap();
        forks.check(&child, &path).unwrap_err();
        drop(child);
        // A parent that has closed it.
        let forks = Forks::new();
        let parent = forks.enter_as(7).unwrap();
        assert_eq!(forks.opened(&parent, &path), Some(id));
        forks.closed(&parent, id);
        drop(parent);
        forks.check(&forks.enter_as(8).unwrap(), &path).unwrap();
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_child_of_a_process_that_was_busy_opens_nothing() {
        let forks = Forks::new();
        let busy = forks.enter_as(7).unwrap();
        assert!(forks.enter_as(8).is_err());
        assert!(forks.enter_as(8).is_err());
        drop(busy);
        forks.enter_as(8).unwrap();
    }

    #[test]
    fn threads_of_a_child_adopt_at_the_same_time() {
        for _ in 0..200 {
            let forks = Forks::new();
            drop(forks.enter_as(7).unwrap());
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| drop(forks.enter_as(8).unwrap()));
                }
            });
            assert_eq!(forks.busy.load(Ordering::SeqCst), 0);
        }
    }
}

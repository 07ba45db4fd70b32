//! Other copies of SQLite that have the database open in this process.

/// What another copy of SQLite does with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherCopy {
    /// There is no other copy, or it has the database open and has not used it.
    Unused,
    /// It may be about to use the database.
    Opening,
    /// It may read and write.
    Open,
    /// It has opened the database since the last look, and may have read and written, and has closed it.
    Closed,
}

/// A look for other copies of SQLite in this process that have the database open.
///
/// The copies of a process cannot see each other's locks, so another one may write while this library does. They
/// show in the process's descriptors. A copy of SQLite opens the database once for each connection, and before it reads
/// or writes, the log's index once for all. This library opens both once more for its locks. So
/// there is another copy where more descriptors of the index are open without these locks than with them, and there
/// may be one where more of the database are open than this library has connections.
///
/// A descriptor that may only read does not count: it is that of somebody who copies the file. Where the system does
/// not list a process's descriptors, no copy is found.
#[derive(Debug)]
pub(super) struct OtherCopies {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    descriptors: linux::Descriptors,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl OtherCopies {
    /// Those with this database and this index, the descriptors of which this library locks.
    pub(super) fn of(database: &std::fs::File, index: &std::fs::File) -> std::io::Result<Self> {
        Ok(Self { descriptors: linux::Descriptors::of(database, index)? })
    }

    /// Looks for one.
    pub(super) fn find(&self) -> OtherCopy {
        self.descriptors.find_other_copy()
    }
}

/// Elsewhere there are no [`FileLocks`](super::file_locks::FileLocks).
#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl OtherCopies {
    pub(super) fn of(_: &std::fs::File, _: &std::fs::File) -> std::io::Result<Self> {
        Ok(Self {})
    }

    pub(super) fn find(&self) -> OtherCopy {
        OtherCopy::Unused
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux {
    use std::fs::{self, File};
    use std::io;
    use std::os::fd::{AsRawFd, RawFd};
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;
    use std::sync::{Mutex, PoisonError};
    use std::time::{Duration, Instant};

    use nix::errno::Errno;
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

    use super::super::forks::{FORKS, FileId};
    use super::OtherCopy;

    /// How long a connection is open before it counts as one that is not used.
    const UNUSED: Duration = Duration::from_secs(1);

    /// This process's descriptors of a database and its index.
    #[derive(Debug)]
    pub(super) struct Descriptors {
        database: Watched,
        index: Watched,
        /// Reports that somebody opens one of the two, before he can use it. `None` where the user may have no more
        /// watches.
        watch: Option<Watch>,
        last: Mutex<Option<Listed>>,
    }

    /// A file, and the descriptor of it that this library locks.
    #[derive(Debug)]
    struct Watched {
        file: FileId,
        locked: RawFd,
    }

    /// A watch on who opens the two files.
    #[derive(Debug)]
    struct Watch {
        events: Inotify,
        index: WatchDescriptor,
    }

    /// What has happened since the last look.
    #[derive(Clone, Copy, Debug, Default)]
    struct Events {
        opened: bool,
        opened_index: bool,
        /// By somebody who could write to it.
        closed_index: bool,
    }

    /// What was found when the descriptors were listed.
    #[derive(Clone, Copy, Debug)]
    struct Listed {
        has_index: bool,
        /// The number of connections to the database that are not this library's.
        connections: usize,
        /// Since when it is known that no more connections were opened.
        since: Instant,
    }

    impl Listed {
        fn other_copy(self) -> OtherCopy {
            if self.has_index {
                OtherCopy::Open
            } else if self.connections > 0 && self.since.elapsed() < UNUSED {
                OtherCopy::Opening
            } else {
                OtherCopy::Unused
            }
        }
    }

    impl Descriptors {
        pub(super) fn of(database: &File, index: &File) -> io::Result<Self> {
            Ok(Self {
                database: Watched::of(database)?,
                index: Watched::of(index)?,
                watch: Watch::new(database, index).ok(),
                last: Mutex::new(None),
            })
        }

        /// Lists the descriptors only if a file was opened since the last time, or another copy was found then.
        pub(super) fn find_other_copy(&self) -> OtherCopy {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let events = self.watch.as_ref().map(Watch::read);
            if let (Some(last), Some(Events { opened: false, .. })) = (*last, events)
                && last.other_copy() == OtherCopy::Unused
            {
                return OtherCopy::Unused;
            }
            let events = events.unwrap_or_default();
            let mut now = self.list();
            if let Some(last) = *last
                && !events.opened
                && now.connections <= last.connections
            {
                now.since = last.since;
            }
            match last.insert(now).other_copy() {
                OtherCopy::Open => OtherCopy::Open,
                _ if events.opened_index && events.closed_index => OtherCopy::Closed,
                other => other,
            }
        }

        fn list(&self) -> Listed {
            let (mut of_database, mut of_index) = (Count::default(), Count::default());
            for descriptor in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
                let descriptor = descriptor.path();
                let Some(file) = file_that_may_be_written(&descriptor) else { continue };
                for (watched, count) in
                    [(&self.database, &mut of_database), (&self.index, &mut of_index)]
                {
                    if watched.file == file {
                        count.add(watched.has_lock(&descriptor));
                    }
                }
            }
            let own = FORKS.enter().map_or(0, |busy| FORKS.descriptors(&busy, self.database.file));
            Listed {
                has_index: of_index.without_lock > of_index.with_lock,
                connections: of_database.without_lock.saturating_sub(own),
                since: Instant::now(),
            }
        }

        #[cfg(test)]
        pub(super) fn forget_watch(&mut self) {
            self.watch = None;
        }
    }

    impl Watched {
        fn of(locked: &File) -> io::Result<Self> {
            let file = locked.metadata()?;
            Ok(Self { file: (file.dev(), file.ino()), locked: locked.as_raw_fd() })
        }

        /// Whether this library has locked the descriptor, or another copy of this library has.
        fn has_lock(&self, descriptor: &Path) -> bool {
            let Some(number) = descriptor.file_name().map(|name| name.to_string_lossy()) else {
                return false;
            };
            *number == self.locked.to_string()
                || fs::read_to_string(format!("/proc/self/fdinfo/{number}"))
                    .is_ok_and(|facts| facts.contains("OFDLCK"))
        }
    }

    /// How many descriptors of a file have a lock of this library.
    #[derive(Debug, Default)]
    struct Count {
        with_lock: usize,
        without_lock: usize,
    }

    impl Count {
        fn add(&mut self, has_lock: bool) {
            *if has_lock { &mut self.with_lock } else { &mut self.without_lock } += 1;
        }
    }

    /// `None` for a descriptor that may only read, and for one that was closed meanwhile.
    fn file_that_may_be_written(descriptor: &Path) -> Option<FileId> {
        let may_write = fs::symlink_metadata(descriptor).ok()?.mode() & 0o200 != 0;
        let file = if may_write { fs::metadata(descriptor).ok()? } else { return None };
        Some((file.dev(), file.ino()))
    }

    impl Watch {
        fn new(database: &File, index: &File) -> nix::Result<Self> {
            let events = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
            let watch = |file: &File, mask| {
                let path = format!("/proc/self/fd/{}", file.as_raw_fd());
                events.add_watch(path.as_str(), mask)
            };
            watch(database, AddWatchFlags::IN_OPEN)?;
            let index = watch(index, AddWatchFlags::IN_OPEN | AddWatchFlags::IN_CLOSE_WRITE)?;
            Ok(Self { events, index })
        }

        fn read(&self) -> Events {
            let mut read = Events::default();
            loop {
                match self.events.read_events() {
                    Ok(events) => {
                        for event in events {
                            let opened = event.mask.contains(AddWatchFlags::IN_OPEN);
                            read.opened |= opened;
                            read.opened_index |= opened && event.wd == self.index;
                            read.closed_index |= event.mask.contains(AddWatchFlags::IN_CLOSE_WRITE);
                        }
                    }
                    Err(Errno::EAGAIN) => return read,
                    Err(_) => return Events { opened: true, ..read },
                }
            }
        }
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;
    use std::fs::File;
    use std::path::{Path, PathBuf};

    /// A descriptor as those of SQLite.
    fn open(path: &Path) -> File {
        File::options().read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    struct Files {
        database: PathBuf,
        index: PathBuf,
    }

    impl Files {
        fn new() -> Self {
            let name = format!("userimage-copies-{}", uuid::Uuid::new_v4());
            let database = std::env::temp_dir().join(name);
            Self { index: database.with_extension("index"), database }
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.database);
            let _ = std::fs::remove_file(&self.index);
        }
    }

    #[test]
    fn another_copy_is_found_by_its_descriptors() {
        for is_watched in [true, false] {
            let files = Files::new();
            let locked = (open(&files.database), open(&files.index));
            let own = open(&files.index);
            let mut copies = OtherCopies::of(&locked.0, &locked.1).unwrap();
            if !is_watched {
                copies.descriptors.forget_watch();
            }
            copies.find();
            assert_eq!(copies.find(), OtherCopy::Unused);
            for _ in 0..2 {
                let database = open(&files.database);
                assert_eq!([copies.find(), copies.find()], [OtherCopy::Opening; 2]);
                let index = open(&files.index);
                assert_eq!([copies.find(), copies.find()], [OtherCopy::Open; 2]);
                drop(index);
                assert_eq!(copies.find(), OtherCopy::Opening);
                drop(database);
                assert_eq!([copies.find(), copies.find()], [OtherCopy::Unused; 2]);
            }
            drop(open(&files.index));
            let closed = if is_watched { OtherCopy::Closed } else { OtherCopy::Unused };
            assert_eq!([copies.find(), copies.find()], [closed, OtherCopy::Unused]);
            // Somebody who copies the file, and a program that ends.
            drop(File::open(&files.index).unwrap());
            assert_eq!(copies.find(), OtherCopy::Unused);
            drop(own);
            assert_eq!(copies.find(), OtherCopy::Unused);
        }
    }

    #[test]
    fn a_connection_that_stays_unused_is_no_concern_until_one_is_opened() {
        let files = Files::new();
        let locked = (open(&files.database), open(&files.index));
        let copies = OtherCopies::of(&locked.0, &locked.1).unwrap();
        let _unused = open(&files.database);
        assert_eq!(copies.find(), OtherCopy::Opening);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert_eq!(copies.find(), OtherCopy::Unused);
        let another = open(&files.database);
        assert_eq!(copies.find(), OtherCopy::Opening);
        drop(another);
        assert_eq!(copies.find(), OtherCopy::Opening);
    }
}

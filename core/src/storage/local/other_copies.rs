//! Other copies of SQLite that have the database open in this process.

use std::time::Instant;

/// What another copy of SQLite does with the database.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    allow(dead_code, reason = "elsewhere none is found")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OtherCopy {
    /// None uses the database.
    Unused,
    /// One may be about to use it.
    Opening,
    /// One has it open since this time, and may read and write.
    Open { since: Instant },
    /// One was about to use it at the last look, and may have read and written since.
    Closed,
}

/// A look for other copies of SQLite in this process that have the database open.
///
/// The copies of a process cannot see each other's locks, so another one may write while this library does. They
/// show in the process's descriptors. A copy of SQLite opens the database once for each connection, and before it reads
/// or writes, the log's index once for all. This library opens both once more for its locks. So each copy of this
/// library has one descriptor of the index with its locks and one without. One more without them is another copy of
/// SQLite, and one more of the database than this library has connections may be one.
///
/// A descriptor that may only read does not count: it is that of somebody who copies the file. Where there is no
/// `/proc`, no copy is found.
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

/// Whether something in this process that is not this library has the database at `path` open. Looks without opening it:
/// to close it would release the other's locks.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn has_open(path: &std::path::Path) -> bool {
    linux::has_other_connection(path)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn has_open(_: &std::path::Path) -> bool {
    false
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
    use std::path::{Path, PathBuf};
    use std::sync::{Mutex, PoisonError};
    use std::time::{Duration, Instant};

    use nix::errno::Errno;
    use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

    use super::super::forks::{FORKS, FileId, file_id};
    use super::OtherCopy;

    /// How long a connection is open before it counts as one that is not used.
    const UNUSED_AFTER: Duration = Duration::from_secs(1);
    /// How long after it was reported a new descriptor may not be listed.
    const LISTED_AFTER: Duration = Duration::from_millis(10);
    /// How long after a look it still counts that a copy was open then.
    const REMEMBERED: Duration = Duration::from_secs(1);

    /// This process's descriptors of a database and its index.
    #[derive(Debug)]
    pub(super) struct Descriptors {
        database: Watched,
        index: Watched,
        /// Reports that somebody opens one of the two, before he gets the descriptor. `None` where the user may have no more
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
        at: Instant,
        /// Since when another copy has had the index open at each look.
        open_since: Option<Instant>,
        /// The number of connections to the database that are not this library's.
        connections: usize,
        /// Since when it is known that no more connections were opened.
        unchanged_since: Instant,
    }

    impl Listed {
        fn at(at: Instant, has_index: bool, connections: usize) -> Self {
            Self { at, open_since: has_index.then_some(at), connections, unchanged_since: at }
        }

        fn other_copy(self) -> OtherCopy {
            if let Some(since) = self.open_since {
                OtherCopy::Open { since }
            } else if self.connections > 0 && self.unchanged_since.elapsed() < UNUSED_AFTER {
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
            let mut remembered = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let events = self.watch.as_ref().map(Watch::read);
            let last = remembered.take();
            if let (Some(last), Some(Events { opened: false, .. })) = (last, events)
                && last.other_copy() == OtherCopy::Unused
                && last.unchanged_since.elapsed() > LISTED_AFTER
            {
                *remembered = Some(last);
                return OtherCopy::Unused;
            }
            // With too many open files, for example, they cannot be listed now, and there may be a copy.
            let mut now = self.list().unwrap_or_else(|error| {
                if last.is_none_or(|last| last.open_since.is_none()) {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the descriptors of this process cannot be listed, so another SQLite library may have the \
                         database open"
                    );
                }
                Listed::at(Instant::now(), true, 0)
            });
            let events = events.unwrap_or_default();
            let mut was_opening = false;
            if let Some(last) = last {
                was_opening = last.connections > 0;
                if !events.opened && now.connections <= last.connections {
                    now.unchanged_since = last.unchanged_since;
                }
                if now.open_since.is_some() && last.at.elapsed() < REMEMBERED {
                    now.open_since = last.open_since.or(now.open_since);
                }
            }
            match remembered.insert(now).other_copy() {
                OtherCopy::Unused | OtherCopy::Opening
                    if was_opening && events.opened_index && events.closed_index =>
                {
                    OtherCopy::Closed
                }
                other => other,
            }
        }

        fn list(&self) -> io::Result<Listed> {
            let (mut of_database, mut of_index) = (Count::default(), Count::default());
            for (descriptor, file) in files_that_may_be_written()? {
                for (watched, count) in
                    [(&self.database, &mut of_database), (&self.index, &mut of_index)]
                {
                    if watched.file == file {
                        count.add(watched.has_lock(&descriptor));
                    }
                }
            }
            let has_index = of_index.without_lock > of_index.with_lock;
            let connections = of_database.without_lock.saturating_sub(own(self.database.file));
            Ok(Listed::at(Instant::now(), has_index, connections))
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
            descriptor.ends_with(self.locked.to_string()) || is_locked(descriptor)
        }
    }

    /// Whether a descriptor has locks of the kind that this library has, and no SQLite.
    fn is_locked(descriptor: &Path) -> bool {
        let number = descriptor.file_name().unwrap_or_default();
        let facts = Path::new("/proc/thread-self/fdinfo").join(number);
        fs::read_to_string(facts).is_ok_and(|facts| facts.contains("OFDLCK"))
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

    /// The descriptors of this process that may write to a file. None where there is no `/proc`.
    fn files_that_may_be_written() -> io::Result<Vec<(PathBuf, FileId)>> {
        let descriptors = match fs::read_dir("/proc/thread-self/fd") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            descriptors => descriptors?,
        };
        let descriptors = descriptors.flatten().map(|descriptor| descriptor.path());
        // An error is that of a descriptor that was closed meanwhile.
        let file = |descriptor: &Path| {
            let may_write = fs::symlink_metadata(descriptor).ok()?.mode() & 0o200 != 0;
            may_write.then(|| file_id(descriptor)).flatten()
        };
        Ok(descriptors.filter_map(|path| file(&path).map(|file| (path, file))).collect())
    }

    /// The number of descriptors of a database that this library's connections have.
    fn own(database: FileId) -> usize {
        FORKS.enter().map_or(0, |busy| FORKS.descriptors(&busy, database))
    }

    pub(super) fn has_other_connection(database: &Path) -> bool {
        let Some(file) = file_id(database) else { return false };
        let Ok(open) = files_that_may_be_written() else { return true };
        let (locked, unlocked): (Vec<_>, Vec<_>) = open
            .into_iter()
            .filter(|(_, of)| *of == file)
            .partition(|(descriptor, _)| is_locked(descriptor));
        // With a lock there is another copy of this library, which keeps others away.
        locked.is_empty() && unlocked.len() > own(file)
    }

    impl Watch {
        fn new(database: &File, index: &File) -> nix::Result<Self> {
            let events = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
            let watch = |file: &File, mask| {
                let path = format!("/proc/thread-self/fd/{}", file.as_raw_fd());
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

    use super::super::file_locks::FileLocks;
    use super::super::log_files::with_suffix;

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
            Self { index: with_suffix(&database, "-shm"), database }
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.database);
            let _ = std::fs::remove_file(&self.index);
        }
    }

    fn is_open(copies: &OtherCopies) -> bool {
        matches!(copies.find(), OtherCopy::Open { .. })
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
            assert_eq!(copies.find(), OtherCopy::Unused);
            for _ in 0..2 {
                let database = open(&files.database);
                assert_eq!([copies.find(), copies.find()], [OtherCopy::Opening; 2]);
                let index = open(&files.index);
                assert!(is_open(&copies) && is_open(&copies));
                drop(index);
                assert_eq!([copies.find(), copies.find()], [OtherCopy::Opening; 2]);
                drop(open(&files.index));
                let closed = if is_watched { OtherCopy::Closed } else { OtherCopy::Opening };
                assert_eq!([copies.find(), copies.find()], [closed, OtherCopy::Opening]);
                drop(database);
                assert_eq!([copies.find(), copies.find()], [OtherCopy::Unused; 2]);
            }
            // Somebody who copies the file, and another process, of which only the events are seen.
            let reader = File::open(&files.index).unwrap();
            assert_eq!(copies.find(), OtherCopy::Unused);
            drop((reader, open(&files.index)));
            assert_eq!(copies.find(), OtherCopy::Unused);
            drop(own);
        }
    }

    #[test]
    fn another_copy_of_this_library_is_no_other_copy() {
        let files = Files::new();
        drop((open(&files.database), open(&files.index)));
        let own = FileLocks::share(&files.database).unwrap().unwrap();
        let _of_own_sqlite = open(&files.index);
        assert!(!own.have_other_copies());
        let _other_sqlite = open(&files.index);
        assert!(own.have_other_copies());
        let _its_library = FileLocks::share(&files.database).unwrap().unwrap();
        assert!(!own.have_other_copies());
        let _third = open(&files.index);
        assert!(own.have_other_copies());
    }

    #[test]
    fn a_database_that_another_copy_has_open_is_found_without_opening_it() {
        let files = Files::new();
        assert!(!has_open(&files.database));
        let other = open(&files.database);
        assert!(has_open(&files.database));
        drop(open(&files.index));
        let locks = FileLocks::share(&files.database).unwrap();
        assert!(!has_open(&files.database), "another copy of this library keeps it away");
        drop((locks, other, File::open(&files.database).unwrap()));
        assert!(!has_open(&files.database));
    }

    #[test]
    fn a_copy_is_open_since_it_was_found() {
        let files = Files::new();
        let locked = (open(&files.database), open(&files.index));
        let copies = OtherCopies::of(&locked.0, &locked.1).unwrap();
        let own_and_other = [open(&files.index), open(&files.index)];
        let first = copies.find();
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert_eq!(copies.find(), first);
        drop(own_and_other);
        assert_eq!(copies.find(), OtherCopy::Unused);
        let _own_and_other = [open(&files.index), open(&files.index)];
        assert!(is_open(&copies) && copies.find() != first);
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

//! The local storage: its folder, its database, and damage to either.
#![cfg(all(feature = "contract", feature = "local"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::common::{TempDir, path_of, stored_files};
use rusqlite::Connection;
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{Blobs, Catalog, FileBlobs, LocalStorage, Page, SqliteCatalog, Storage};
use userimage::{ImageName, StoredImage, UserId, Variant, WebsiteId};

fn open(dir: &Path) -> LocalStorage {
    LocalStorage::open(dir, "https://img.example/a").unwrap()
}

fn sample(content: &[u8]) -> Sample {
    Sample::new(WEBSITE, "user", content)
}

fn list(storage: &LocalStorage) -> Vec<StoredImage> {
    let page = Page::new(0, 1000);
    let website = WebsiteId::new(WEBSITE).unwrap();
    storage.list(website, &UserId::parse("user").unwrap(), page).unwrap().images
}

/// Changes the database directly.
fn sql(dir: &Path, statement: &str) {
    Connection::open(dir.join("userimage.sqlite3")).unwrap().execute_batch(statement).unwrap();
}

#[test]
fn files_are_at_their_paths_and_survive_reopening() {
    let dir = TempDir::new();
    let sample = sample(b"bytes");
    let name = sample.record.unique_name.to_string();
    let stem = name.strip_suffix(".png").unwrap();
    let id = {
        let storage = open(dir.path());
        let stored = storage.store(&sample.image()).unwrap();
        assert_eq!(stored.original_url, format!("https://img.example/a/original/{name}"));
        assert_eq!(stored.standard_url, format!("https://img.example/a/standard/{stem}.jpg"));
        stored.id
    };
    for variant in Variant::FIXED {
        let path = path_of(dir.path(), &sample.record.blob_key(variant));
        assert_eq!(fs::read(path).unwrap(), sample.bytes(variant));
    }
    let mut names: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["original", "standard", "userimage.sqlite3"]);
    let storage = open(dir.path());
    sample.assert_kept(&storage, id).unwrap();
    let next = self::sample(b"next");
    assert_eq!(storage.store(&next.image()).unwrap().id.get(), id.get() + 1);
}

#[test]
fn urls_have_one_slash_before_the_key() {
    let dir = TempDir::new();
    for base in ["https://img.example", "https://img.example/"] {
        let storage = LocalStorage::open(dir.path(), base).unwrap();
        let url = storage.store(&sample(b"bytes").image()).unwrap().original_url;
        assert!(url.starts_with("https://img.example/original/2"), "{url}");
    }
}

#[test]
fn any_folder_name_is_accepted() {
    let dir = TempDir::new();
    // SQLite would interpret some of these as URIs.
    for name in ["a b", "käse 🐈", "file:x?mode=memory", "100%41#?", "it's"] {
        if cfg!(windows) && name.contains([':', '?']) {
            continue;
        }
        let path = dir.path().join(name).join("deep/er");
        let storage = open(&path);
        let id = storage.store(&sample(b"bytes").image()).unwrap().id;
        assert_eq!(id.get(), 1);
        assert!(path.join("userimage.sqlite3").is_file());
    }
}

#[test]
fn a_folder_that_cannot_be_created_is_an_error() {
    let dir = TempDir::new();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [file.clone(), file.join("store")] {
        let error = LocalStorage::open(path, "").unwrap_err();
        assert!(error.to_string().starts_with("cannot create"), "{error}");
    }
}

#[test]
fn an_invalid_or_newer_database_is_an_error() {
    let dir = TempDir::new();
    drop(open(dir.path()));
    sql(dir.path(), "PRAGMA user_version = 1000");
    let error = LocalStorage::open(dir.path(), "").unwrap_err();
    assert!(error.to_string().contains("newer"), "{error}");
    fs::write(dir.path().join("userimage.sqlite3"), "not a database".repeat(1000)).unwrap();
    LocalStorage::open(dir.path(), "").unwrap_err();
}

#[test]
fn a_damaged_record_is_an_error_of_that_record_only() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let (good, bad) = (sample(b"good"), sample(b"bad"));
    let good_id = storage.store(&good.image()).unwrap().id;
    let bad_id = storage.store(&bad.image()).unwrap().id;
    let website = good.record.website_id;
    for damage in [
        "unique_name = '../../../etc/passwd'",
        "format = 'exe'",
        "dpi = 0",
        "sha256 = x'00'",
        "original_bytes = -1",
        "dpi_y = 65536",
        "standard_sha256 = x'00'",
        "photo_code = 0",
        "created = 9223372036854775807, orientation = 0",
        "user_id = CAST(x'ff' AS TEXT)",
    ] {
        sql(dir.path(), "CREATE TABLE saved AS SELECT * FROM images");
        sql(dir.path(), &format!("UPDATE images SET {damage} WHERE id = {bad_id}"));
        storage.find(website, bad_id).unwrap_err();
        storage.read(website, bad_id, Variant::Original).unwrap_err();
        storage.delete(website, bad_id).unwrap_err();
        good.assert_kept(&storage, good_id).unwrap();
        sql(
            dir.path(),
            "DELETE FROM images; INSERT INTO images SELECT * FROM saved; DROP TABLE saved",
        );
        bad.assert_kept(&storage, bad_id).unwrap();
    }
}

#[test]
fn a_damaged_pending_row_is_not_followed_and_others_are_swept() {
    let dir = TempDir::new();
    let store = dir.path().join("store");
    let storage = open(&store);
    let outside = dir.path().join("precious");
    fs::write(&outside, "precious").unwrap();
    sql(
        &store,
        "INSERT INTO pending VALUES (NULL, 'x', 1, 'original/../../precious', 'y', '', 'deleting', 0)",
    );
    // The row and the blob of an upload that crashed.
    let crashed = sample(b"crashed");
    let catalog = SqliteCatalog::open(store.join("userimage.sqlite3")).unwrap();
    catalog.begin(&crashed.record).unwrap();
    let key = crashed.record.blob_key(Variant::Original);
    FileBlobs::open(&store).unwrap().put(&key, &(&crashed.original).into()).unwrap();
    let error = storage.sweep(Duration::ZERO).unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
    assert!(outside.exists());
    assert!(!path_of(&store, &key).exists(), "the other row was not swept");
}

#[test]
fn a_missing_or_truncated_file_is_an_error() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let sample = sample(b"bytes");
    let id = storage.store(&sample.image()).unwrap().id;
    let read = |variant| storage.read(sample.record.website_id, id, variant);
    let path = |variant| path_of(dir.path(), &sample.record.blob_key(variant));
    fs::write(path(Variant::Original), "byte").unwrap();
    fs::remove_file(path(Variant::Standard)).unwrap();
    assert!(read(Variant::Original).unwrap_err().to_string().contains("damaged"));
    assert!(read(Variant::Standard).unwrap_err().to_string().contains("missing"));
    // It can still be deleted.
    assert!(storage.delete(sample.record.website_id, id).unwrap());
    assert!(stored_files(dir.path()).is_empty());
}

#[test]
fn a_file_is_never_overwritten() {
    let dir = TempDir::new();
    let folder = FileBlobs::open(dir.path()).unwrap();
    let sample = sample(b"bytes");
    let key = sample.record.blob_key(Variant::Original);
    folder.put(&key, &b"first".into()).unwrap();
    folder.put(&key, &b"second".into()).unwrap_err();
    let opened = folder.open(&key, 5).unwrap().unwrap();
    let mut bytes = [0; 6];
    assert_eq!(opened.read_at(0, &mut bytes).unwrap(), 5);
    assert_eq!(&bytes[..5], b"first");
    assert_eq!(folder.list(None, 10).unwrap(), std::slice::from_ref(&key));
    drop(opened);
    assert!(folder.delete(&key).unwrap());
    assert!(!folder.delete(&key).unwrap());
    assert!(folder.open(&key, 5).unwrap().is_none());
    assert_eq!(folder.list(None, 10).unwrap(), []);
}

/// Stores of older versions have all files of a kind in one folder.
#[test]
fn files_of_older_versions_are_read_listed_and_deleted() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let samples: Vec<Sample> = (0..20).map(|number| sample(&[number])).collect();
    let ids: Vec<_> =
        samples.iter().map(|sample| storage.store(&sample.image()).unwrap().id).collect();
    for sample in samples.iter().step_by(2) {
        for key in sample.record.blob_keys() {
            fs::rename(path_of(dir.path(), &key), dir.path().join(key.to_string())).unwrap();
        }
    }
    for (sample, id) in samples.iter().zip(&ids) {
        sample.assert_kept(&storage, *id).unwrap();
    }
    let folder = FileBlobs::open(dir.path()).unwrap();
    let all = folder.list(None, 1000).unwrap();
    assert_eq!(all.len(), 40);
    let mut pages = Vec::new();
    loop {
        let page = folder.list(pages.last(), 7).unwrap();
        let last = page.len() < 7;
        pages.extend(page);
        if last {
            break;
        }
    }
    assert_eq!(pages, all);
    let key = samples[0].record.blob_key(Variant::Original);
    folder.put(&key, &b"again".into()).unwrap_err();
    for id in ids {
        assert!(storage.delete(samples[0].record.website_id, id).unwrap());
    }
    assert_eq!(stored_files(dir.path()).len(), 0);
}

/// Another SQLite in the process, or a copy of the database made by it, releases the locks of the
/// connections. What is lost then is not answered, and the storage goes on with the files in the folder.
#[test]
#[cfg(unix)]
fn a_log_that_was_removed_under_the_storage_is_detected() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let mut kept = Vec::new();
    for round in 0..4_u8 {
        for number in 0..3 {
            let sample = sample(&[round, number]);
            kept.push((storage.store(&sample.image()).unwrap().id, sample));
        }
        // As the other SQLite does when it closes: it writes the log to the database and removes it.
        sql(dir.path(), "PRAGMA wal_checkpoint");
        for suffix in ["-wal", "-shm"] {
            fs::remove_file(dir.path().join(format!("userimage.sqlite3{suffix}"))).unwrap();
        }
    }
    drop(storage);
    let storage = open(dir.path());
    for (id, sample) in &kept {
        sample.assert_kept(&storage, *id).unwrap();
    }
    assert_eq!(list(&storage).len(), kept.len());
}

/// The connections still have the log that somebody removed, with uploads that were answered.
#[test]
#[cfg(target_os = "linux")]
fn a_log_that_somebody_removes_is_rescued() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let mut kept = Vec::new();
    for (round, removed) in [&["-wal"][..], &["-shm"], &["-wal", "-shm"]].into_iter().enumerate() {
        for number in 0..3_u8 {
            let sample = sample(&[u8::try_from(round).unwrap(), number]);
            kept.push((storage.store(&sample.image()).unwrap().id, sample));
        }
        for suffix in removed {
            fs::remove_file(dir.path().join(format!("userimage.sqlite3{suffix}"))).unwrap();
        }
        for (id, sample) in &kept {
            sample.assert_kept(&storage, *id).unwrap();
        }
    }
    assert_eq!(list(&storage).len(), kept.len());
    drop(storage);
    assert_eq!(list(&open(dir.path())).len(), kept.len());
}

/// Another SQLite library would open the index too; none is linked here.
#[test]
#[cfg(target_os = "linux")]
fn changes_wait_while_another_sqlite_of_this_process_is_open() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let first = sample(b"first");
    let id = storage.store(&first.image()).unwrap().id;
    let index = dir.path().join("userimage.sqlite3-shm");
    let open_index = || fs::File::options().read(true).write(true).open(&index).unwrap();
    let other = open_index();
    let waits_for = Duration::from_millis(300);
    thread::scope(|scope| {
        let stores: Vec<_> = (0..3_u8)
            .map(|number| {
                scope.spawn({
                    let storage = &storage;
                    move || storage.store(&sample(&[number]).image()).map(|image| image.id)
                })
            })
            .collect();
        thread::sleep(waits_for);
        assert!(stores.iter().all(|store| !store.is_finished()));
        // What does not change the database goes on.
        first.assert_kept(&storage, id).unwrap();
        drop(other);
        for store in stores {
            assert!(store.join().unwrap().unwrap() > id);
        }
    });
    let _other = open_index();
    let error = storage.store(&first.image()).unwrap_err().to_string();
    assert!(error.contains("another SQLite library has the database open"), "{error}");
    assert_eq!(list(&storage).len(), 4);
}

/// To close the database would release the locks of the other library.
#[test]
#[cfg(target_os = "linux")]
fn a_storage_that_is_dropped_keeps_the_log_while_another_sqlite_of_this_process_is_open() {
    let dir = TempDir::new();
    let path = |suffix: &str| dir.path().join(format!("userimage.sqlite3{suffix}"));
    let storage = open(dir.path());
    let sample = sample(b"kept");
    let id = storage.store(&sample.image()).unwrap().id;
    let other = fs::File::options().read(true).write(true).open(path("-shm")).unwrap();
    drop(storage);
    assert!(path("-wal").exists() && path("-shm").exists());
    // The next storage has the same connections, and closes them.
    let storage = open(dir.path());
    sample.assert_kept(&storage, id).unwrap();
    drop(other);
    assert!(storage.store(&self::sample(b"next").image()).unwrap().id > id);
    drop(storage);
    assert!(!path("-wal").exists() && !path("-shm").exists());
    assert_eq!(list(&open(dir.path())).len(), 2);
}

/// An operator's look into the database from another process, when [`LOOK`] names it.
#[test]
fn look() {
    let Some(path) = std::env::var_os(LOOK) else { return };
    let database = Connection::open(path).unwrap();
    database.busy_timeout(Duration::ZERO).unwrap();
    let text = |sql: &str| database.query_row(sql, (), |row| row.get::<_, String>(0));
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    // Closes the log, for which nobody else may have it open.
    text("PRAGMA journal_mode = DELETE").unwrap_err();
    assert_eq!(text("PRAGMA integrity_check").unwrap(), "ok");
}

const LOOK: &str = "USERIMAGE_TEST_LOOK";

/// POSIX releases the process's locks on a file when any descriptor of it is closed.
#[test]
#[cfg(target_os = "linux")]
fn a_copy_of_the_database_in_this_process_releases_no_lock() {
    use std::os::unix::fs::MetadataExt;

    let dir = TempDir::new();
    let storage = open(dir.path());
    let path = |suffix: &str| dir.path().join(format!("userimage.sqlite3{suffix}"));
    let mut kept = Vec::new();
    let mut logs = std::collections::BTreeSet::new();
    for round in 0..4_u8 {
        for number in 0..3 {
            let sample = sample(&[round, number]);
            kept.push((storage.store(&sample.image()).unwrap().id, sample));
        }
        for suffix in ["", "-wal", "-shm"] {
            fs::read(path(suffix)).unwrap();
        }
        let look = Command::new(std::env::current_exe().unwrap())
            .args(["storage_local::look", "--exact"])
            .env(LOOK, path(""))
            .output()
            .unwrap();
        assert!(look.status.success(), "{}", String::from_utf8_lossy(&look.stdout));
        logs.insert(["-wal", "-shm"].map(|suffix| fs::metadata(path(suffix)).unwrap().ino()));
    }
    assert_eq!(logs.len(), 1, "the log was removed: {logs:?}");
    for (id, sample) in &kept {
        sample.assert_kept(&storage, *id).unwrap();
    }
    assert_eq!(list(&storage).len(), kept.len());
    drop(storage);
    // The last one removes the log.
    assert!(!path("-wal").exists() && !path("-shm").exists());
}

/// The log is written to the database from time to time, and does not grow for ever.
#[test]
fn the_log_stays_short() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let catalog = SqliteCatalog::open(dir.path().join("userimage.sqlite3")).unwrap();
    drop(storage);
    for number in 0..1000_u32 {
        catalog.begin(&sample(&number.to_le_bytes()).record).unwrap();
    }
    let bytes = fs::metadata(dir.path().join("userimage.sqlite3-wal")).unwrap().len();
    assert!(bytes < 6 << 20, "the log has {bytes} bytes");
    assert!(bytes > 3 << 20, "the log was not long enough for the test");
}

#[test]
fn clocks_may_be_set_back() {
    let dir = TempDir::new();
    let storage = open(dir.path());
    let catalog = SqliteCatalog::open(dir.path().join("userimage.sqlite3")).unwrap();
    catalog.begin(&sample(b"bytes").record).unwrap();
    sql(dir.path(), "UPDATE pending SET state_since = state_since + 100000000");
    assert_eq!(storage.sweep(Duration::from_millis(1)).unwrap().records, 0);
    assert_eq!(storage.sweep(Duration::ZERO).unwrap().records, 1);
}

/// On a full disk uploads fail atomically, and succeed again once there is space.
#[test]
fn a_full_disk() {
    let dir = TempDir::new();
    let disk = dir.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=2m", "none"]).arg(&disk);
    if !cfg!(target_os = "linux") || !mount.output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no small disk can be mounted here");
        return;
    }
    let unmount = Unmount(&disk);
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![0; 400_000]).unwrap();
    let storage = open(&disk.join("store"));
    // An upload that does not fit leaves nothing, so that smaller ones still fit.
    storage.store(&sample(&vec![1; 3_000_000]).image()).unwrap_err();
    assert_eq!(stored_files(&disk.join("store")).len(), 0, "a failed upload left its files");
    let mut kept = Vec::new();
    let mut failures = 0;
    // The sizes differ, so that the disk fills up within a file or within the database.
    for number in 0..400_u32 {
        let length = number * 7919 % 60_000 + 1;
        let mut sample = sample(&vec![1; length.try_into().unwrap()]);
        sample.record.image_name = ImageName::from_file_name(&"x".repeat(255)).unwrap();
        match storage.store(&sample.image()) {
            Ok(stored) => kept.push((stored.id, sample)),
            Err(_) => failures += 1,
        }
    }
    assert!(kept.len() > 10 && failures > 10, "{} kept, {failures} failed", kept.len());
    let assert_kept = |storage: &LocalStorage| {
        let mut ids: Vec<_> = list(storage).iter().map(|image| image.id).collect();
        ids.reverse();
        assert_eq!(ids, kept.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        kept.iter().for_each(|(id, sample)| sample.assert_kept(storage, *id).unwrap());
    };
    assert_kept(&storage);
    drop(storage);
    fs::remove_file(ballast).unwrap();
    let storage = open(&disk.join("store"));
    storage.sweep(Duration::ZERO).unwrap();
    assert_kept(&storage);
    assert_eq!(stored_files(&disk.join("store")).len(), 2 * kept.len());
    storage.store(&sample(b"there is space again").image()).unwrap();
    drop(storage);
    drop(unmount);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

/// What `verify` finds in a damaged store, and that it goes on after each.
#[test]
fn verify_finds_every_kind_of_damage() {
    use userimage::storage::{ProblemKind, VerifyReport};
    let dir = TempDir::new();
    let storage = open(dir.path());
    let samples: Vec<Sample> = (0..6).map(|number| sample(&[number; 8])).collect();
    let ids: Vec<_> =
        samples.iter().map(|sample| storage.store(&sample.image()).unwrap().id.get()).collect();
    let path = |at: usize, variant| path_of(dir.path(), &samples[at].record.blob_key(variant));
    fs::remove_file(path(0, Variant::Original)).unwrap();
    fs::write(path(1, Variant::Standard), "short").unwrap();
    fs::write(path(2, Variant::Original), [9; 8]).unwrap();
    sql(dir.path(), &format!("UPDATE images SET dpi = 0 WHERE id = {}", ids[3]));
    sql(dir.path(), &format!("DELETE FROM images WHERE id = {}", ids[4]));
    // An upload in progress is no orphan.
    let catalog = SqliteCatalog::open(dir.path().join("userimage.sqlite3")).unwrap();
    let writing = sample(b"in progress");
    catalog.begin(&writing.record).unwrap();
    let key = writing.record.blob_key(Variant::Standard);
    FileBlobs::open(dir.path()).unwrap().put(&key, &(&writing.standard).into()).unwrap();

    let report = storage.verify(VerifyReport::default(), &mut |_| true).unwrap();
    assert!(report.complete);
    assert_eq!((report.images, report.files), (5, 12));
    let mut found: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.kind, problem.image, problem.key.clone()))
        .collect();
    let key = |at: usize, variant| Some(samples[at].record.blob_key(variant).to_string());
    // The files of a record that cannot be read are not orphans.
    let mut expected = vec![
        (ProblemKind::Missing, Some(ids[0]), key(0, Variant::Original)),
        (ProblemKind::WrongLength, Some(ids[1]), key(1, Variant::Standard)),
        (ProblemKind::WrongSha256, Some(ids[2]), key(2, Variant::Original)),
        (ProblemKind::DamagedRecord, Some(ids[3]), None),
        (ProblemKind::Orphan, None, key(4, Variant::Original)),
        (ProblemKind::Orphan, None, key(4, Variant::Standard)),
    ];
    let order = |problem: &(ProblemKind, Option<u64>, Option<String>)| format!("{problem:?}");
    found.sort_by_key(order);
    expected.sort_by_key(order);
    assert_eq!(found, expected);
}

/// A backup is made while uploads go on, brought up to date, and restored with the same ids.
#[test]
fn backups_are_made_while_uploads_go_on_and_restored() {
    use userimage::storage::{backup, restore};
    let dir = TempDir::new();
    let (store, copy, target) =
        (dir.path().join("store"), dir.path().join("backup"), dir.path().join("target"));
    let storage = open(&store);
    let mut samples: Vec<Sample> = (0..150_u8).map(|number| sample(&[number % 50])).collect();
    let mut images: Vec<StoredImage> =
        samples.iter().map(|sample| storage.store(&sample.image()).unwrap()).collect();
    let first = backup(&storage, &copy, &mut |report| {
        // Between two steps.
        let sample = sample(format!("{report:?}").as_bytes());
        images.push(storage.store(&sample.image()).unwrap());
        samples.push(sample);
        true
    })
    .unwrap();
    assert!(first.copied >= 150, "{first:?}");
    let second = backup(&storage, &copy, &mut |_| true).unwrap();
    assert_eq!(first.copied + second.copied, images.len() as u64);
    assert_eq!(second.present, first.copied);

    restore(dir.path().join("nothing"), &storage, &mut |_| true).unwrap_err();
    let restored = open(&target);
    let report = restore(&copy, &restored, &mut |_| true).unwrap();
    assert_eq!((report.copied, report.present), (images.len() as u64, 0));
    for (sample, image) in samples.iter().zip(&images) {
        sample.assert_kept(&restored, image.id).unwrap();
        let found = restored.find(sample.record.website_id, image.id).unwrap().unwrap();
        assert_eq!(found, *image);
    }
    let next = restored.store(&sample(b"next").image()).unwrap().id;
    assert!(images.iter().all(|image| image.id < next));
}

//! The local storage when its process is killed, and when several processes use it at the same time.
//!
//! The other processes run the test `child`, which does what its environment variables say.
#![cfg(all(feature = "contract", feature = "local"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Random, TempDir, stored_files};
use sha2::{Digest, Sha256};
use userimage::storage::contract::{OTHER_WEBSITE, Sample, WEBSITE};
use userimage::storage::{Catalog, LocalStorage, Page, SqliteCatalog, Storage, SweepReport};
use userimage::{ImageId, StoredImage, UserId, Variant, WebsiteId};

const ROLE: &str = "USERIMAGE_TEST_ROLE";
const URL: &str = "https://img.example/";

/// Starts a process that runs `child` as `role` on the store `dir`.
fn start(role: &str, dir: &Path, log: &Path, seed: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["storage_crash::child", "--exact", "--nocapture"])
        .env(ROLE, role)
        .env("USERIMAGE_TEST_DIR", dir)
        .env("USERIMAGE_TEST_LOG", log)
        .env("USERIMAGE_TEST_SEED", seed.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let dir = std::env::var_os("USERIMAGE_TEST_DIR").unwrap();
    let log = std::env::var_os("USERIMAGE_TEST_LOG").unwrap();
    let seed = std::env::var("USERIMAGE_TEST_SEED").unwrap().parse().unwrap();
    let log = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let log = Log(Mutex::new(log));
    match role.as_str() {
        "stream" => stream(dir.as_ref(), &log, seed),
        "batch" => batch(dir.as_ref(), &log, seed),
        other => panic!("no such role: {other}"),
    }
}

/// Logs the results that a child got, one per line. A line is a single write, so that it is complete
/// even if the child is killed.
struct Log(Mutex<File>);

impl Log {
    fn line(&self, line: String) {
        self.0.lock().unwrap().write_all((line + "\n").as_bytes()).unwrap();
    }

    fn stored(&self, stored: &StoredImage, content: u64) {
        let record = &stored.record;
        let (website, user) = (record.website_id, record.user_id.as_str());
        self.line(format!(
            "stored {} {website} {user} {} {content}",
            stored.id, record.unique_name
        ));
    }
}

/// The content with this number.
fn content(number: u64) -> Vec<u8> {
    let mut random = Random(number);
    let length = if random.below(8) == 0 { 200_000 } else { 4_000 };
    let length = random.below(length) + 1;
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    (0..length).map(|_| *random.of(&bytes)).collect()
}

fn sample_of(website: u32, user: &str, original: Vec<u8>) -> Sample {
    let thumbnail: Vec<u8> = original.iter().step_by(7).copied().collect();
    Sample::new(website, user, original).with_rendition("thumbnail", thumbnail)
}

const USERS: [(u32, &str); 4] =
    [(WEBSITE, "a"), (WEBSITE, "b"), (OTHER_WEBSITE, "a"), (OTHER_WEBSITE, "c")];

/// Sweeps, then uploads and deletes in three threads until the process is killed.
fn stream(dir: &Path, log: &Log, seed: u64) {
    let storage = LocalStorage::open(dir, URL).unwrap();
    storage.sweep(Duration::ZERO).unwrap();
    thread::scope(|scope| {
        for number in 0..3 {
            let storage = &storage;
            let mut random = Random(seed ^ (number << 60));
            scope.spawn(move || {
                let mut mine = Vec::new();
                loop {
                    let (website, user) = *random.of(&USERS);
                    // Few numbers, so that contents repeat.
                    let number = random.below(200);
                    let sample =
                        sample_of(website, user, content(number)).with_reserved_name(storage);
                    let stored = storage.store(&sample.image()).unwrap();
                    log.stored(&stored, number);
                    mine.push((sample.record.website_id, stored.id));
                    if random.below(3) == 0 {
                        let (website, id) = mine.swap_remove(random.index(mine.len()));
                        log.line(format!("deleting {id}"));
                        assert!(storage.delete(website, id).unwrap());
                        log.line(format!("deleted {id}"));
                    }
                }
            });
        }
    });
}

/// The content of the children's logs.
#[derive(Default)]
struct Logged {
    stored: BTreeMap<ImageId, (u64, String, String, u64)>,
    deleting: BTreeSet<ImageId>,
    deleted: BTreeSet<ImageId>,
}

impl Logged {
    fn read(&mut self, log: &Path) {
        let text = fs::read_to_string(log).unwrap_or_default();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |word: &str| word.parse::<u64>().unwrap();
            match words[..] {
                ["stored", id, website, user, name, content] => {
                    let image = (number(website), user.into(), name.into(), number(content));
                    let earlier = self.stored.insert(id.parse().unwrap(), image);
                    assert!(earlier.is_none(), "id {id} was given twice");
                }
                ["deleting", id] => drop(self.deleting.insert(id.parse().unwrap())),
                ["deleted", id] => drop(self.deleted.insert(id.parse().unwrap())),
                _ => panic!("{line}"),
            }
        }
    }

    /// Asserts that every acknowledged image is stored, and that every visible image is complete.
    fn assert_kept(&self, storage: &LocalStorage) -> Vec<StoredImage> {
        let visible = visible(storage);
        for image in &visible {
            let read = |variant| {
                storage.read(image.record.website_id, image.id, variant).unwrap().unwrap()
            };
            let original = read(Variant::Original);
            let sha256: [u8; 32] = Sha256::digest(&original).into();
            assert_eq!(
                sha256, image.record.sha256,
                "the original of image {} is not complete",
                image.id
            );
            let expected = sample_of(WEBSITE, "any", original);
            for variant in expected.record.variants() {
                assert!(
                    read(variant) == expected.bytes(variant),
                    "the {variant} of image {} is not complete",
                    image.id
                );
            }
        }
        let visible_ids: BTreeMap<_, _> = visible.iter().map(|image| (image.id, image)).collect();
        assert_eq!(visible_ids.len(), visible.len(), "an id is listed twice");
        for (id, (website, user, name, number)) in &self.stored {
            let Some(image) = visible_ids.get(id) else {
                assert!(self.deleting.contains(id), "acknowledged image {id} is lost");
                continue;
            };
            assert!(!self.deleted.contains(id), "deleted image {id} is back");
            let record = &image.record;
            assert_eq!(
                (
                    record.website_id.get().into(),
                    record.user_id.as_str(),
                    record.unique_name.as_str()
                ),
                (*website, user.as_str(), name.as_str())
            );
            let sha256: [u8; 32] = Sha256::digest(content(*number)).into();
            assert_eq!(record.sha256, sha256, "image {id} has other bytes");
        }
        visible
    }
}

/// All images of all users, in no particular order.
fn visible(storage: &LocalStorage) -> Vec<StoredImage> {
    let mut all = Vec::new();
    for (website, user) in USERS {
        let website = WebsiteId::new(website).unwrap();
        let user = UserId::parse(user).unwrap();
        let list = storage.list(website, &user, Page::new(0, u32::MAX)).unwrap();
        assert_eq!(list.total, list.images.len() as u64);
        all.extend(list.images);
    }
    all
}

/// Asserts that every file has a record, and that no row is pending.
fn assert_clean(dir: &Path, visible: &[StoredImage]) {
    let keys = visible.iter().flat_map(|image| image.record.blob_keys()).map(|key| key.to_string());
    assert_eq!(
        stored_files(dir),
        keys.collect::<BTreeSet<_>>(),
        "files without records, or records without files"
    );
    let catalog = SqliteCatalog::open(dir.join("userimage.sqlite3")).unwrap();
    assert_eq!(catalog.expire_pending(Duration::ZERO).unwrap(), [], "pending rows");
}

/// The time in microseconds within which a child is killed. It is longer on a slow or busy disk, so that
/// the kill hits an operation.
fn window() -> u64 {
    let temp = TempDir::new();
    let since = Instant::now();
    let storage = LocalStorage::open(temp.path(), URL).unwrap();
    for number in 0..10 {
        storage.store(&Sample::new(WEBSITE, "a", content(number)).image()).unwrap();
    }
    u64::try_from(since.elapsed().as_micros()).unwrap().clamp(150_000, 400_000)
}

#[test]
fn processes_killed_at_200_random_times() {
    const STORES: u64 = 10;
    const KILLS: u64 = 20;
    let seed = std::env::var("USERIMAGE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    println!("to repeat (but for timing): USERIMAGE_TEST_SEED={seed}");
    let mut random = Random(seed);
    let window = window();
    let (mut acknowledged, mut swept_records, mut swept_files, mut unacknowledged) = (0, 0, 0, 0);
    for _ in 0..STORES {
        let temp = TempDir::new();
        // Two folders are missing, so that the first kills may hit their creation.
        let dir = temp.path().join("new/store");
        let mut logged = Logged::default();
        for kill in 0..KILLS {
            let log = temp.path().join(format!("log{kill}"));
            let mut child = start("stream", &dir, &log, random.below(u64::MAX));
            // The first children are killed while they create the store.
            let window = if kill < 4 { window / 8 } else { window };
            thread::sleep(Duration::from_micros(random.below(window)));
            child.kill().unwrap();
            assert!(!child.wait().unwrap().success(), "the child ended before it was killed");
            logged.read(&log);

            let storage = LocalStorage::open(&dir, URL).unwrap();
            logged.assert_kept(&storage);
            // Otherwise the next child sweeps, and may be killed meanwhile.
            if random.below(2) == 0 {
                let swept = storage.sweep(Duration::ZERO).unwrap();
                swept_records += swept.records;
                swept_files += swept.files;
                let visible = logged.assert_kept(&storage);
                assert_clean(&dir, &visible);
            }
        }
        let storage = LocalStorage::open(&dir, URL).unwrap();
        storage.sweep(Duration::ZERO).unwrap();
        let visible = logged.assert_kept(&storage);
        assert_clean(&dir, &visible);
        acknowledged += logged.stored.len();
        unacknowledged +=
            visible.iter().filter(|image| !logged.stored.contains_key(&image.id)).count();
    }
    println!(
        "{} kills, all {acknowledged} acknowledged uploads stored, {unacknowledged} complete but not \
         acknowledged; swept {swept_records} records and {swept_files} files",
        STORES * KILLS
    );
    assert!(acknowledged >= 100, "only {acknowledged} uploads between the kills");
    assert!(swept_records > 0 && swept_files > 0, "no kill hit an upload");
}

/// Uploads 250 small images as soon as the file `go` exists beside the store; deletes some of them.
fn batch(dir: &Path, log: &Log, seed: u64) {
    let go = dir.with_extension("go");
    while !go.exists() {
        thread::yield_now();
    }
    let storage = LocalStorage::open(dir, URL).unwrap();
    let mut random = Random(seed);
    for number in 0..250 {
        let (website, user) = *random.of(&USERS);
        let sample = sample_of(website, user, content(number)).with_reserved_name(&storage);
        let stored = storage.store(&sample.image()).unwrap();
        log.stored(&stored, number);
        if number % 10 == 0 {
            log.line(format!("deleting {}", stored.id));
            assert!(storage.delete(sample.record.website_id, stored.id).unwrap());
            log.line(format!("deleted {}", stored.id));
            storage.sweep(Duration::from_secs(3600)).unwrap();
        }
    }
}

#[test]
fn four_processes_create_and_fill_one_store() {
    let temp = TempDir::new();
    let dir = temp.path().join("store");
    let log = |number: u64| temp.path().join(format!("log{number}"));
    let children: Vec<_> =
        (0..4).map(|number| start("batch", &dir, &log(number), number)).collect();
    thread::sleep(Duration::from_millis(50));
    let since = Instant::now();
    File::create(dir.with_extension("go")).unwrap();
    for mut child in children {
        assert!(child.wait().unwrap().success(), "a child failed: see its output above");
    }
    println!("4 x 250 uploads by 4 processes in {:?}", since.elapsed());
    let mut logged = Logged::default();
    (0..4).for_each(|number| logged.read(&log(number)));
    // No id is lost, repeated or reused: 1000 uploads have the ids 1 to 1000, deleted or not.
    assert_eq!(
        logged.stored.keys().copied().collect::<Vec<_>>(),
        (1..=1000).filter_map(ImageId::new).collect::<Vec<_>>()
    );
    let storage = LocalStorage::open(&dir, URL).unwrap();
    let visible = logged.assert_kept(&storage);
    assert_eq!(visible.len(), 900);
    // No more than the names that each process had reserved for its next upload.
    assert_eq!(storage.sweep(Duration::ZERO).unwrap(), SweepReport::default());
    assert_clean(&dir, &visible);
}

#[test]
fn many_threads_create_one_store() {
    let temp = TempDir::new();
    for round in 0..20 {
        let dir = temp.path().join(format!("{round}/store"));
        let ids = thread::scope(|scope| {
            let open = || {
                let storage = LocalStorage::open(&dir, URL).unwrap();
                storage.store(&Sample::new(WEBSITE, "a", *b"bytes").image()).unwrap().id
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<BTreeSet<_>>()
        });
        assert_eq!(ids, (1..=8).filter_map(ImageId::new).collect());
    }
}

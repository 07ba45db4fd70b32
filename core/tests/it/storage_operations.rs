//! The operations of a storage when their process is killed: users that are deleted or reassigned, and copies.
//!
//! `USERIMAGE_TEST_KILLS` is the number of kills, by default 20. `tests/cloud/run` runs the same on an object store
//! and PostgreSQL, which it starts.
#![cfg(all(feature = "contract", feature = "local"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Random, TempDir};
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{CopyReport, LocalStorage, Storage, VerifyReport, copy};
use userimage::{ImageId, StoredImage, UserId, WebsiteId};

const DIR: &str = "USERIMAGE_TEST_DIR";
const URL: &str = "https://img.example/";
const USERS: [&str; 3] = ["guest", "member", "gone"];

fn website() -> WebsiteId {
    WebsiteId::new(WEBSITE).unwrap()
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

/// One of the two storages of a test: the one that is worked on, `store`, and the one that it is copied to, `copy`.
fn open(dir: &Path, name: &str) -> Box<dyn Storage> {
    #[cfg(feature = "cloud")]
    if let Some(run) = std::env::var_os(cloud::RUN) {
        return cloud::open(run.to_str().unwrap(), name);
    }
    Box::new(LocalStorage::open(dir.join(name), URL).unwrap())
}

/// Copies the store, or brings its copy up to date.
fn copy_store(store: &dyn Storage, dir: &Path) -> Box<dyn Storage> {
    let target = open(dir, "copy");
    copy(store, &*target, CopyReport::default(), &mut |_| true).unwrap();
    target
}

/// Works on the store until it is killed: uploads, and operations, each of which it logs before and after.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let dir = Path::new(&dir);
    let seed = std::env::var("USERIMAGE_TEST_SEED").unwrap().parse().unwrap();
    let mut log = OpenOptions::new().create(true).append(true).open(dir.join("log")).unwrap();
    // A line is a single write, so that it is complete even if the process is killed.
    let mut line = |text: String| log.write_all((text + "\n").as_bytes()).unwrap();
    let storage = open(dir, "store");
    let mut random = Random(seed);
    loop {
        match random.below(12) {
            0 => {
                line("reassigning".to_owned());
                storage
                    .reassign(website(), &user("guest"), &user("member"), &mut |_| true)
                    .unwrap();
                line("reassigned".to_owned());
            }
            1 => {
                line("deleting".to_owned());
                storage.delete_user(website(), &user("gone"), &mut |_| true).unwrap();
                line("deleted".to_owned());
            }
            2 => drop(copy_store(&*storage, dir)),
            3 => drop(storage.sweep(Duration::ZERO).unwrap()),
            _ => {
                let name = *random.of(&USERS);
                let content = random.below(1000).to_le_bytes().repeat(500);
                let image = storage.store(&Sample::new(WEBSITE, name, content).image()).unwrap();
                line(format!("stored {} {name}", image.id));
            }
        }
    }
}

/// What may have become of an image.
#[derive(Clone, Debug)]
struct Fate {
    users: BTreeSet<String>,
    may_be_gone: bool,
}

/// What the logs of the children say of all images.
#[derive(Default)]
struct Model {
    images: BTreeMap<ImageId, Fate>,
    deleted: BTreeSet<ImageId>,
}

impl Model {
    fn read(&mut self, log: &str) {
        for line in log.lines() {
            let guest = |fate: &&mut Fate| fate.users.contains("guest");
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["stored", id, name] => {
                    let users = BTreeSet::from([name.to_owned()]);
                    let fate = Fate { users, may_be_gone: false };
                    let twice = self.images.insert(id.parse().unwrap(), fate);
                    assert!(twice.is_none(), "id {id} was given twice");
                }
                ["reassigning"] => self.images.values_mut().filter(guest).for_each(|fate| {
                    fate.users.insert("member".to_owned());
                }),
                ["reassigned"] => self.images.values_mut().filter(guest).for_each(|fate| {
                    fate.users.remove("guest");
                }),
                ["deleting"] => self.images.values_mut().for_each(|fate| {
                    fate.may_be_gone |= fate.users.contains("gone");
                }),
                ["deleted"] => {
                    self.images.retain(|id, fate| {
                        let gone = fate.users.contains("gone");
                        if gone {
                            self.deleted.insert(*id);
                        }
                        !gone
                    });
                }
                _ => panic!("{line}"),
            }
        }
    }

    /// Compares with what is visible, which is certain from now on.
    fn check(&mut self, visible: &[StoredImage]) {
        let by_id: BTreeMap<_, _> = visible.iter().map(|image| (image.id, image)).collect();
        assert_eq!(by_id.len(), visible.len(), "an id is listed twice");
        for (id, fate) in &self.images {
            match by_id.get(id) {
                Some(image) => {
                    let user = image.record.user_id.as_str();
                    assert!(fate.users.contains(user), "image {id} is {user}'s: {fate:?}");
                }
                None => assert!(fate.may_be_gone, "image {id} is lost: {fate:?}"),
            }
        }
        let back: Vec<_> = self.deleted.iter().filter(|id| by_id.contains_key(id)).collect();
        assert!(back.is_empty(), "deleted images are back: {back:?}");
        let certain = |image: &StoredImage| {
            let users = BTreeSet::from([image.record.user_id.as_str().to_owned()]);
            (image.id, Fate { users, may_be_gone: false })
        };
        self.images = visible.iter().map(certain).collect();
    }
}

/// All images, of which each user's are as many as were counted.
fn visible(storage: &dyn Storage) -> Vec<StoredImage> {
    let mut all = Vec::new();
    for name in USERS {
        let images = storage.list_after(website(), &user(name), None, u32::MAX).unwrap();
        let usage = storage.usage(website(), Some(&user(name))).unwrap();
        assert_eq!(usage.images, images.len() as u64, "the count of {name}'s images");
        all.extend(images);
    }
    assert_eq!(storage.usage(website(), None).unwrap().images, all.len() as u64);
    all
}

fn assert_intact(storage: &dyn Storage) {
    let report = storage.verify(VerifyReport::default(), &mut |_| true).unwrap();
    assert!(report.complete && report.problems.is_empty(), "{report:?}");
}

#[test]
fn operations_that_are_killed_are_done_or_not_and_can_be_repeated() {
    kill_and_check(None);
}

#[test]
#[cfg(feature = "cloud")]
#[ignore = "needs the engines of tests/cloud/run"]
fn the_same_on_an_object_store_and_postgres() {
    // Names of its own for the schemas and prefixes.
    kill_and_check(Some(&uuid::Uuid::new_v4().simple().to_string()));
}

fn kill_and_check(cloud_run: Option<&str>) {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let kills: u64 = number("USERIMAGE_TEST_KILLS").unwrap_or(20);
    let seed = number("USERIMAGE_TEST_SEED");
    let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    println!("to repeat (but for timing): USERIMAGE_TEST_SEED={seed}");
    let mut random = Random(seed);
    let temp = TempDir::new();
    let open = |name| match cloud_run {
        #[cfg(feature = "cloud")]
        Some(run) => cloud::open(run, name),
        _ => open(temp.path(), name),
    };
    let mut model = Model::default();
    let (mut acknowledged, mut swept) = (0, 0);
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["storage_operations::child", "--exact", "--nocapture"]).env(DIR, temp.path());
        child.env("USERIMAGE_TEST_SEED", random.below(u64::MAX).to_string());
        #[cfg(feature = "cloud")]
        if let Some(run) = cloud_run {
            child.env(cloud::RUN, run);
        }
        let mut child = child.stdout(Stdio::null()).spawn().unwrap();
        // Some are killed while they open the store. The others have done something, however busy the
        // machine is.
        let log = temp.path().join("log");
        let lines = || fs::read_to_string(&log).map_or(0, |text| text.lines().count());
        let enough = if kill % 4 > 0 { 1 + random.index(8) } else { 0 };
        let since = Instant::now();
        while lines() < enough && since.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(random.below(50)));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "the child ended before it was killed");
        #[cfg(feature = "cloud")]
        if cloud_run.is_some() {
            cloud::wait_for_requests();
        }
        let text = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        acknowledged += text.lines().filter(|line| line.starts_with("stored")).count();
        model.read(&text);

        let storage = open("store");
        let images = visible(&*storage);
        model.check(&images);
        if kill % 5 < 4 {
            continue;
        }
        // What was interrupted is repeated.
        swept += storage.sweep(Duration::ZERO).unwrap().records;
        assert_intact(&*storage);
        let target = open("copy");
        copy(&*storage, &*target, CopyReport::default(), &mut |_| true).unwrap();
        swept += target.sweep(Duration::ZERO).unwrap().records;
        assert_intact(&*target);
        for image in &images {
            let copied = target.find(website(), image.id).unwrap();
            let copied = copied.map(|copied| (copied.record, copied.photo_code));
            let expected = Some((image.record.clone(), image.photo_code.clone()));
            assert_eq!(copied, expected, "image {} in the copy", image.id);
        }
    }
    println!("{kills} kills, {acknowledged} acknowledged uploads, {swept} records swept");
    assert!(acknowledged as u64 >= kills / 2, "only {acknowledged} uploads between the kills");
}

/// The storages on the engines of `tests/cloud/run`.
#[cfg(feature = "cloud")]
mod cloud {
    use super::*;

    /// Part of the names of the schemas and prefixes of one test.
    pub(super) const RUN: &str = "USERIMAGE_TEST_CLOUD_RUN";

    fn engine(name: &str) -> String {
        std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: use tests/cloud/run"))
    }

    pub(super) fn open(run: &str, name: &str) -> Box<dyn Storage> {
        let mut blobs: serde_json::Value = serde_json::from_str(&engine("USERIMAGE_S3")).unwrap();
        let url = format!("{}/{run}/{name}", blobs["url"].as_str().unwrap());
        blobs["url"] = url.into();
        let catalog = serde_json::json!({
            "url": engine("USERIMAGE_POSTGRES"), "schema": format!("test_{run}_{name}"),
        });
        let cloud = serde_json::json!({"blobs": blobs, "catalog": catalog, "base_url": URL});
        let config = serde_json::json!({
            "storage": {"cloud": cloud}, "authentication": "already_checked",
        });
        let config = userimage::Config::from_json(&config.to_string()).unwrap();
        config.storage.unwrap().open().unwrap()
    }

    /// Waits until the engines have carried out what a killed process had sent.
    pub(super) fn wait_for_requests() {
        thread::sleep(Duration::from_millis(500));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let url = engine("USERIMAGE_POSTGRES");
            let (client, connection) =
                tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let since = Instant::now();
            loop {
                let active = "SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid()
                     AND backend_type = 'client backend' AND state <> 'idle'";
                if client.query(active, &[]).await.unwrap().is_empty() {
                    break;
                }
                assert!(since.elapsed() < Duration::from_secs(60), "statements do not end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
}

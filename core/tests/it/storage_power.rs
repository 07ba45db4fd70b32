//! The local storage after a loss of power.
//!
//! A child uploads and deletes under `strace`. Its system calls are replayed on a model of a file
//! system that keeps what was synced and, of the rest, nothing or a random part: files keep some of
//! their writes, folders some of their changes. The content of the modelled disk at a cut is written to
//! a real folder, which is opened as a store.
//!
//! If `strace` is missing or may not trace, the test prints that and passes.
#![cfg(all(feature = "contract", feature = "local", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::{Random, TempDir, stored_files};
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{Catalog, LocalStorage, Page, SqliteCatalog, Storage};
use userimage::{ImageId, UserId, WebsiteId};

const DIR: &str = "USERIMAGE_TEST_POWER_DIR";

fn content(number: u64) -> Vec<u8> {
    format!("content {number}, ").repeat(1 + usize::try_from(number % 50).unwrap()).into_bytes()
}

fn sample_of(number: u64) -> Sample {
    Sample::new(WEBSITE, "user", content(number)).with_rendition("thumbnail", number.to_le_bytes())
}

/// Uploads and deletes in several sessions, so that the database is also opened and closed.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let dir = Path::new(&dir);
    let mut log = OpenOptions::new().create(true).append(true).open(dir.join("log")).unwrap();
    let mut number = 0;
    let mut ids = Vec::new();
    for _ in 0..4 {
        let storage = LocalStorage::open(dir.join("new/store"), "").unwrap();
        for _ in 0..12 {
            number += 1;
            let sample = sample_of(number).with_reserved_name(&storage);
            let id = storage.store(&sample.image()).unwrap().id;
            ids.push(id);
            log.write_all(format!("stored {id} {number}\n").as_bytes()).unwrap();
            if number % 3 == 0 {
                let id = ids.swap_remove(ids.len() / 2);
                log.write_all(format!("deleting {id}\n").as_bytes()).unwrap();
                assert!(storage.delete(sample.record.website_id, id).unwrap());
                log.write_all(format!("deleted {id}\n").as_bytes()).unwrap();
            }
        }
    }
}

/// A change of a file that has not been synced.
#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write(at, data) => {
                let end = at + data.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes.get_mut(*at..end).unwrap().copy_from_slice(data);
            }
            Self::Truncate(length) => bytes.resize(*length, 0),
        }
    }
}

enum Node {
    File { synced: Vec<u8>, changes: Vec<Change> },
    Folder { synced: BTreeMap<String, usize>, now: BTreeMap<String, usize> },
}

/// The file system under `root`: its current and its synced state.
struct Disk {
    root: String,
    nodes: Vec<Node>,
    /// The open file descriptors: the node, and the offset of the next write.
    open: HashMap<i64, (usize, usize)>,
    /// The calls that have begun and not ended, by their thread.
    begun: HashMap<String, String>,
    log: String,
}

impl Disk {
    fn new(root: &Path) -> Self {
        let folder = Node::Folder { synced: BTreeMap::new(), now: BTreeMap::new() };
        let root = root.to_str().unwrap().to_owned();
        Self {
            root,
            nodes: vec![folder],
            open: HashMap::new(),
            begun: HashMap::new(),
            log: String::new(),
        }
    }

    /// The folder that contains `path`, and its name there. `None` outside of the root.
    fn locate<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let inner = path.strip_prefix(&self.root)?.strip_prefix('/')?;
        let (folders, name) = inner.rsplit_once('/').unwrap_or(("", inner));
        let folder = folders.split('/').filter(|part| !part.is_empty()).try_fold(
            0,
            |at, part| match self.nodes.get(at)? {
                Node::Folder { now, .. } => now.get(part).copied(),
                Node::File { .. } => None,
            },
        )?;
        Some((folder, name))
    }

    fn entries(&mut self, folder: usize) -> &mut BTreeMap<String, usize> {
        match self.nodes.get_mut(folder) {
            Some(Node::Folder { now, .. }) => now,
            _ => panic!("not a folder"),
        }
    }

    fn add(&mut self, folder: usize, name: &str, node: Node) -> usize {
        let number = self.nodes.len();
        self.nodes.push(node);
        self.entries(folder).insert(name.to_owned(), number);
        number
    }

    fn change(&mut self, node: usize, change: Change) {
        match self.nodes.get_mut(node) {
            Some(Node::File { changes, .. }) => changes.push(change),
            _ => panic!("not a file"),
        }
    }

    /// Replays a line of strace's output. A call takes effect at its end.
    fn replay(&mut self, line: &str) {
        let (thread, call) = line.split_once(' ').unwrap_or_default();
        if let Some((start, _)) = call.split_once(" <unfinished") {
            self.assert_alone(start);
            self.begun.insert(thread.to_owned(), start.to_owned());
        } else if let Some((_, end)) = call.split_once(" resumed>") {
            let start = self.begun.remove(thread).unwrap();
            self.replay_call(&(start + end));
        } else {
            self.assert_alone(call);
            self.replay_call(call);
        }
    }

    /// Calls on one file follow each other. Otherwise, the order of their ends would not be the order
    /// of their effects, and a sync would seem to cover what was written after its begin.
    fn assert_alone(&self, call: &str) {
        let file = |call: &str| {
            let handle = number(call.split_once('(')?.1)?;
            Some(self.open.get(&handle)?.0)
        };
        let Some(node) = file(call) else { return };
        assert!(self.begun.values().all(|other| file(other) != Some(node)), "{call} is not alone");
    }

    fn replay_call(&mut self, line: &str) {
        let Some((call, result)) = line.rsplit_once(" = ") else { return };
        let Some(result) = number(result).filter(|result| *result >= 0) else { return };
        let Some((name, arguments)) = call.trim_end().split_once('(') else { return };
        let name = name.trim_start();
        let texts = texts(arguments);
        let text =
            |at: usize| texts.get(at).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        match name {
            "openat" => {
                let path = text(0).unwrap();
                self.open.remove(&result);
                if path == self.root {
                    self.open.insert(result, (0, 0));
                    return;
                }
                let Some((folder, name)) = self.locate(&path) else { return };
                let node = match self.entries(folder).get(name) {
                    Some(node) => *node,
                    None => {
                        assert!(arguments.contains("O_CREAT"), "{path} does not exist");
                        self.add(folder, name, Node::File { synced: vec![], changes: vec![] })
                    }
                };
                self.open.insert(result, (node, 0));
            }
            "mkdir" => {
                let path = text(0).unwrap();
                let Some((folder, name)) = self.locate(&path) else { return };
                let node = Node::Folder { synced: BTreeMap::new(), now: BTreeMap::new() };
                self.add(folder, name, node);
            }
            "unlink" => {
                let path = text(0).unwrap();
                let Some((folder, name)) = self.locate(&path) else { return };
                self.entries(folder).remove(name).unwrap();
            }
            "write" | "pwrite64" | "ftruncate" | "fsync" | "fdatasync" => {
                let handle = number(arguments).unwrap();
                let Some((node, at)) = self.open.get_mut(&handle) else { return };
                let node = *node;
                let last = || arguments.trim_end_matches(')').rsplit(", ").next().unwrap();
                match name {
                    "write" => {
                        let data = texts.into_iter().next().unwrap();
                        let offset = *at;
                        *at += data.len();
                        if self.locate(&format!("{}/log", self.root)).is_some_and(|(folder, _)| {
                            matches!(self.nodes.get(folder), Some(Node::Folder { now, .. })
                                if now.get("log") == Some(&node))
                        }) {
                            self.log += &String::from_utf8(data.clone()).unwrap();
                        }
                        self.change(node, Change::Write(offset, data));
                    }
                    "pwrite64" => {
                        let data = texts.into_iter().next().unwrap();
                        self.change(node, Change::Write(last().parse().unwrap(), data));
                    }
                    "ftruncate" => self.change(node, Change::Truncate(last().parse().unwrap())),
                    _ => self.sync(node),
                }
            }
            _ => {}
        }
    }

    fn sync(&mut self, node: usize) {
        match self.nodes.get_mut(node).unwrap() {
            Node::File { synced, changes } => {
                changes.drain(..).for_each(|change| change.apply(synced));
            }
            Node::Folder { synced, now } => synced.clone_from(now),
        }
    }

    /// Writes the content of the disk after a cut to `target`: what was synced and, with `luck`, parts
    /// of the rest.
    fn cut(&self, folder: usize, target: &Path, mut luck: Option<&mut Random>) {
        fs::create_dir(target).unwrap();
        let Some(Node::Folder { synced, now }) = self.nodes.get(folder) else {
            panic!("not a folder")
        };
        let names: BTreeSet<&String> = synced.keys().chain(now.keys()).collect();
        for name in names {
            let (old, new) = (synced.get(name), now.get(name));
            let lucky = luck.as_deref_mut().is_some_and(|random| random.below(2) == 0);
            let Some(node) = (if lucky { new } else { old }) else { continue };
            // Shared memory is not written to the disk, and not traced.
            if name.ends_with("-shm") {
                continue;
            }
            let path = target.join(name);
            match self.nodes.get(*node).unwrap() {
                Node::Folder { .. } => self.cut(*node, &path, luck.as_deref_mut()),
                Node::File { synced, changes } => {
                    let mut bytes = synced.clone();
                    for change in changes {
                        let Some(random) = luck.as_deref_mut() else { break };
                        match (random.below(4), change) {
                            (0, _) => {}
                            // Torn at a sector.
                            (1, Change::Write(at, data)) if data.len() > 512 => {
                                Change::Write(*at, data.split_at(512).0.to_vec()).apply(&mut bytes);
                            }
                            _ => change.apply(&mut bytes),
                        }
                    }
                    fs::write(path, bytes).unwrap();
                }
            }
        }
    }
}

/// The number at the start of a text.
fn number(text: &str) -> Option<i64> {
    let end = text.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end).0.parse().ok()
}

/// The strings among a call's arguments, which strace writes in hexadecimal.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    let inside = arguments.split('"').skip(1).step_by(2);
    let byte = |hex: &str| u8::from_str_radix(hex, 16).unwrap();
    inside.map(|text| text.split("\\x").skip(1).map(byte).collect()).collect()
}

/// Opens the store after a cut. Asserts that it has every acknowledged image, and that all are complete.
fn assert_survives(dir: &Path, log: &str) {
    let (mut stored, mut deleting, mut deleted) =
        (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for line in log.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse::<u64>().unwrap();
        let image_id = |word: &str| word.parse::<ImageId>().unwrap();
        match words[..] {
            ["stored", id, content] => drop(stored.insert(image_id(id), number(content))),
            ["deleting", id] => drop(deleting.insert(image_id(id))),
            ["deleted", id] => drop(deleted.insert(image_id(id))),
            _ => panic!("{line}"),
        }
    }
    let store = dir.join("new/store");
    let storage = LocalStorage::open(&store, "").unwrap();
    let website = WebsiteId::new(WEBSITE).unwrap();
    let user = UserId::parse("user").unwrap();
    let list = || storage.list(website, &user, Page::new(0, u32::MAX)).unwrap().images;
    let visible = list();
    storage.sweep(Duration::ZERO).unwrap();
    assert_eq!(list(), visible);
    let keys = visible.iter().flat_map(|image| image.record.blob_keys()).map(|key| key.to_string());
    assert_eq!(
        stored_files(&store),
        keys.collect::<BTreeSet<_>>(),
        "files without records, or records without files"
    );
    let catalog = SqliteCatalog::open(store.join("userimage.sqlite3")).unwrap();
    assert_eq!(catalog.expire_pending(Duration::ZERO).unwrap(), [], "pending rows");
    let ids: BTreeSet<ImageId> = visible.iter().map(|image| image.id).collect();
    for (id, number) in &stored {
        assert!(ids.contains(id) || deleting.contains(id), "acknowledged image {id} is lost");
        assert!(!(ids.contains(id) && deleted.contains(id)), "deleted image {id} is back");
        if ids.contains(id) {
            let sample = sample_of(*number);
            for variant in sample.record.variants() {
                let bytes = storage.read(website, *id, variant).unwrap().unwrap();
                assert!(bytes == sample.bytes(variant), "the {variant} of image {id}");
            }
        }
    }
    for image in &visible {
        for variant in image.record.variants() {
            storage.read(website, image.id, variant).unwrap().unwrap();
        }
    }
}

#[test]
fn power_cut_at_random_times() {
    let temp = TempDir::new();
    let dir = temp.path().join("traced");
    fs::create_dir(&dir).unwrap();
    let trace = temp.path().join("trace");
    let traced = Command::new("strace")
        .args(["-f", "-xx", "-s", "100000", "-o"])
        .arg(&trace)
        .args(["-e", "trace=openat,mkdir,unlink,write,pwrite64,ftruncate,fsync,fdatasync", "--"])
        .arg(std::env::current_exe().unwrap())
        .args(["storage_power::child", "--exact"])
        .env(DIR, &dir)
        .output();
    if !traced.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: strace is missing, or may not trace here");
        return;
    }
    let seed = std::env::var("USERIMAGE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    println!("to repeat: USERIMAGE_TEST_SEED={seed}");
    let mut random = Random(seed);
    // In memory, as every store is opened and synced.
    let parent = TempDir::in_memory();

    let trace = fs::read_to_string(&trace).unwrap();
    let mut disk = Disk::new(&dir);
    let mut cuts = 0;
    for line in trace.lines() {
        disk.replay(line);
        if random.below(16) != 0 {
            continue;
        }
        for luck in [false, true] {
            let target = parent.path().join(cuts.to_string());
            disk.cut(0, &target, luck.then_some(&mut random));
            assert_survives(&target, &disk.log);
            fs::remove_dir_all(target).unwrap();
            cuts += 1;
        }
    }
    assert_eq!(disk.log.lines().count(), 48 + 32, "the replay contains the complete log");
    println!("{cuts} cuts survived");
}

//! Uploads to any storage of a configuration, and checks what was kept: `tests/cloud/faults.py` runs several of
//! these while it breaks what is between them and the disk.
//!
//! ```text
//! storage_worker upload CONFIG SEED    uploads until it is killed; prints each answer
//! storage_worker sweep CONFIG SECONDS  sweeps with this age
//! storage_worker check CONFIG          checks the answers on standard input, and everything visible
//! ```
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{Page, Storage};
use userimage::{Config, ImageId, UserId, WebsiteId};

const USER: &str = "faults";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (role, config, rest) = match *arguments {
        [role, config, ref rest @ ..] => (role, config, rest),
        _ => panic!("upload, sweep or check, and a configuration, are expected"),
    };
    let config = Config::from_json(&std::fs::read_to_string(config).unwrap()).unwrap();
    let storage = config.storage.unwrap().open().unwrap();
    match (role, rest) {
        ("upload", [seed]) => upload(&*storage, seed.parse().unwrap()),
        ("sweep", [age]) => {
            let swept = storage.sweep(Duration::from_secs(age.parse().unwrap())).unwrap();
            println!("{} {}", swept.records, swept.files);
        }
        ("check", []) => check(&*storage),
        other => panic!("not known: {other:?}"),
    }
}

/// A line is a single write, so that it is complete even if the process is killed.
fn say(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// The bytes of the upload `seed`: 1 byte to 200 KiB.
fn bytes_of(seed: u64) -> Vec<u8> {
    // SplitMix64.
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let length = usize::try_from(1 + next() % (200 * 1024)).unwrap();
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next().to_le_bytes()).collect();
    bytes.truncate(length);
    bytes
}

fn upload(storage: &dyn Storage, first: u64) {
    let website = WebsiteId::new(WEBSITE).unwrap();
    let mut kept: VecDeque<(ImageId, Instant)> = VecDeque::new();
    for seed in first.. {
        match storage.store(&sample_of(seed).with_reserved_name(storage).image()) {
            Ok(image) => {
                say(&format!("stored {} {seed}", image.id));
                kept.push_back((image.id, Instant::now()));
            }
            Err(error) => say(&format!("failed {error}")),
        }
        // Some are deleted, once no request of their upload can still be under way.
        if seed % 5 == 0
            && let Some(&(id, since)) = kept.front()
            && since.elapsed() > Duration::from_secs(15)
        {
            kept.pop_front();
            say(&format!("deleting {id}"));
            match storage.delete(website, id) {
                Ok(existed) => say(&format!("deleted {id} {existed}")),
                Err(error) => say(&format!("failed {error}")),
            }
        }
    }
}

fn check(storage: &dyn Storage) {
    let website = WebsiteId::new(WEBSITE).unwrap();
    let mut answered: BTreeMap<u64, u64> = BTreeMap::new();
    let mut deleting = BTreeSet::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["stored", id, seed] => {
                let id = id.parse().unwrap();
                let twice = answered.insert(id, seed.parse().unwrap());
                assert_eq!(twice, None, "id {id} was given twice");
            }
            ["deleting", id] => {
                deleting.insert(id.parse::<u64>().unwrap());
            }
            _ => {}
        }
    }
    for (id, seed) in &answered {
        if deleting.contains(id) {
            continue;
        }
        let sample = sample_of(*seed);
        let image = ImageId::new(*id).unwrap();
        for variant in sample.record.variants() {
            let read = storage.read(website, image, variant).unwrap();
            let expected = Some(sample.bytes(variant));
            assert!(read.as_deref() == expected, "the {variant} of {id} is not what it was");
        }
    }
    // Everything that is visible is complete, whether it was answered or not.
    let user = UserId::parse(USER).unwrap();
    let mut visible = BTreeSet::new();
    for index in 0.. {
        let list = storage.list(website, &user, Page::new(index, 500)).unwrap();
        if list.images.is_empty() {
            assert_eq!(list.total, visible.len() as u64);
            break;
        }
        for image in list.images {
            assert!(visible.insert(image.id.get()), "{} is listed twice", image.id);
            for variant in image.record.variants() {
                let bytes = storage.read(website, image.id, variant).unwrap().unwrap();
                let sha256 = <[u8; 32]>::from(Sha256::digest(&bytes));
                assert_eq!(Some(sha256), image.record.sha256_of(variant), "{variant}");
            }
        }
    }
    let unanswered = visible.iter().filter(|id| !answered.contains_key(id)).count();
    let started = deleting.len();
    println!(
        "{} answered and kept, {} visible, {unanswered} of them unanswered, {started} deletions begun",
        answered.keys().filter(|id| !deleting.contains(id)).count(),
        visible.len(),
    );
}

fn sample_of(seed: u64) -> Sample {
    Sample::new(WEBSITE, USER, bytes_of(seed)).with_rendition("thumbnail", seed.to_le_bytes())
}

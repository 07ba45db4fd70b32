//! The cases of the storage test suite.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use uuid::Uuid;

use super::{Case, OTHER_WEBSITE, Sample, WEBSITE};
use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::Orientation;
use crate::name::ImageName;
use crate::record::{BlobKey, ImageId, RenditionName, StoredImage, Variant};
use crate::storage::{Page, Storage, StorageError};

/// The cases that every storage must pass.
pub(super) const ALL: [Case; 17] = [
    ("store returns what it has stored", store_returns_what_it_has_stored),
    ("reserved names are given once", reserved_names_are_given_once),
    ("ids grow", ids_grow),
    ("ids are not reused", ids_are_not_reused),
    ("images are found and read", images_are_found_and_read),
    ("images are found by the keys of their files", images_are_found_by_their_keys),
    ("files are read in pieces", files_are_read_in_pieces),
    ("further renditions are stored with their image", further_renditions_are_stored),
    ("any bytes are stored", any_bytes_are_stored),
    ("any script is stored", any_script_is_stored),
    ("missing images are not found", missing_images_are_not_found),
    ("websites are separate", websites_are_separate),
    ("users are separate", users_are_separate),
    ("lists are newest first and paged", lists_are_newest_first_and_paged),
    ("deleted images are gone", deleted_images_are_gone),
    ("sweep keeps visible images", sweep_keeps_visible_images),
    ("threads do not interfere", threads_do_not_interfere),
];

/// The case for storages with the specification's photo codes.
pub(super) const PHOTO_CODES: Case =
    ("repeats have the first one's photo code", repeats_have_the_first_code);

/// A new user id.
pub(super) fn new_user() -> String {
    format!("user-{}", Uuid::new_v4())
}

#[expect(clippy::expect_used, reason = "both ids are valid")]
pub(super) fn website(id: u32) -> WebsiteId {
    WebsiteId::new(id).expect("a valid website")
}

/// Lists all images of a user, three at a time.
pub(super) fn list_all(
    storage: &dyn Storage,
    website: WebsiteId,
    user: &UserId,
) -> Result<Vec<StoredImage>, StorageError> {
    let mut all = Vec::new();
    for index in 0.. {
        let page = storage.list(website, user, Page::new(index, 3))?;
        if page.images.is_empty() {
            assert_eq!(page.total, all.len() as u64, "total is the number of images on all pages");
            break;
        }
        all.extend(page.images);
    }
    Ok(all)
}

fn store_returns_what_it_has_stored(storage: &dyn Storage) -> Result<(), StorageError> {
    let sample = Sample::new(WEBSITE, &new_user(), *b"any");
    let stored = storage.store(&sample.image())?;
    assert_eq!(stored.record, sample.record, "the record is returned unchanged");
    assert!(!stored.photo_code.is_empty(), "there is a photo code");
    assert!(!stored.original_url.is_empty(), "there is an original URL");
    assert!(!stored.standard_url.is_empty(), "there is a standard URL");
    assert_ne!(stored.original_url, stored.standard_url, "the two files have two URLs");
    Ok(())
}

fn reserved_names_are_given_once(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let samples = |count: u8| -> Vec<Sample> {
        let sample = |number| Sample::new(WEBSITE, &user, [number]).with_reserved_name(storage);
        (0..count).map(sample).collect()
    };
    let mut names = HashSet::new();
    // The names of each round are taken before the first of them is used.
    for count in [1, 1, 3, 2, 3] {
        let samples = samples(count);
        for sample in &samples {
            assert!(names.insert(sample.record.unique_name.clone()), "a name was given twice");
        }
        let stored: Vec<ImageId> = samples
            .iter()
            .map(|sample| Ok(storage.store(&sample.image())?.id))
            .collect::<Result<_, StorageError>>()?;
        for (sample, id) in samples.iter().zip(stored) {
            sample.assert_kept(storage, id)?;
        }
    }
    Ok(())
}

fn ids_grow(storage: &dyn Storage) -> Result<(), StorageError> {
    let mut last = None;
    for (site, content) in [(WEBSITE, "a"), (OTHER_WEBSITE, "b"), (WEBSITE, "b"), (WEBSITE, "b")] {
        let id = storage.store(&Sample::new(site, &new_user(), content).image())?.id;
        assert!(Some(id) > last, "id {id} follows {last:?}");
        last = Some(id);
    }
    Ok(())
}

fn ids_are_not_reused(storage: &dyn Storage) -> Result<(), StorageError> {
    let sample = Sample::new(WEBSITE, &new_user(), *b"first");
    let first = storage.store(&sample.image())?.id;
    assert!(storage.delete(website(WEBSITE), first)?, "the image exists before it is deleted");
    let second = storage.store(&Sample::new(WEBSITE, &new_user(), *b"second").image())?.id;
    assert!(second > first, "after {first} was deleted, the next id is {second}");
    Ok(())
}

fn images_are_found_and_read(storage: &dyn Storage) -> Result<(), StorageError> {
    let mut sample = Sample::new(WEBSITE, &new_user(), *b"bytes");
    sample.record.orientation = Orientation::Rotate90;
    sample.record.dpi = Dpi::new(65535).unwrap_or(Dpi::DEFAULT);
    let stored = storage.store(&sample.image())?;
    sample.assert_kept(storage, stored.id)?;
    let found = storage.find(sample.record.website_id, stored.id)?;
    assert_eq!(found.as_ref(), Some(&stored), "find returns what store returned");
    let listed = list_all(storage, sample.record.website_id, &sample.record.user_id)?;
    assert_eq!(listed, [stored], "list returns what store returned");
    Ok(())
}

fn images_are_found_by_their_keys(storage: &dyn Storage) -> Result<(), StorageError> {
    let sample = Sample::new(WEBSITE, &new_user(), *b"any");
    let keys = Variant::FIXED.map(|variant| sample.record.blob_key(variant));
    for key in &keys {
        assert_eq!(storage.find_key(key)?, None, "{key} is not found before it is stored");
    }
    let stored = storage.store(&sample.image())?;
    for key in &keys {
        assert_eq!(storage.find_key(key)?.as_ref(), Some(&stored), "{key} leads to its image");
    }
    let [original, standard] = keys.map(|key| key.name().clone());
    for (variant, other) in [(Variant::Original, standard), (Variant::Standard, original)] {
        let key = BlobKey::parse(&format!("{variant}/{other}")).ok();
        assert_ne!(key, None);
        if let Some(key) = key.filter(|key| *key != sample.record.blob_key(variant)) {
            assert_eq!(storage.find_key(&key)?, None, "{key} has the other file's extension");
        }
    }
    storage.delete(sample.record.website_id, stored.id)?;
    let key = sample.record.blob_key(Variant::Standard);
    assert_eq!(storage.find_key(&key)?, None, "a deleted image is not found");
    Ok(())
}

fn files_are_read_in_pieces(storage: &dyn Storage) -> Result<(), StorageError> {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let sample = Sample::new(WEBSITE, &new_user(), bytes.repeat(3000));
    let (site, record) = (website(WEBSITE), &sample.record);
    let stored = storage.store(&sample.image())?;
    for variant in Variant::FIXED {
        let key = record.blob_key(variant);
        let opened = [storage.open(site, stored.id, variant)?, storage.open_key(&key)?];
        for file in opened {
            let Some(file) = file else { return Err(StorageError::new("a file is missing")) };
            assert_eq!(file.image(), &stored, "an open file has its image");
            let expected = sample.bytes(variant);
            assert_eq!(file.len(), expected.len() as u64, "the length of the {variant}");
            let mut buffer = vec![0; 1000];
            for offset in [0, 1, 255_999, expected.len() - 1000, expected.len() - 7] {
                let read = file.read_at(offset as u64, &mut buffer)?;
                let part = expected.get(offset..).unwrap_or_default();
                let part = part.get(..part.len().min(1000)).unwrap_or_default();
                assert!(buffer.get(..read) == Some(part), "the bytes at {offset} of the {variant}");
            }
            for offset in [file.len(), u64::MAX] {
                assert_eq!(file.read_at(offset, &mut buffer)?, 0, "the {variant} ends");
            }
            assert!(file.read_all()? == expected, "all bytes of the {variant}");
        }
        let url = storage.url(&stored, variant, Duration::from_secs(60))?;
        assert!(!url.is_empty(), "the {variant} has a URL");
        assert!(storage.open(website(OTHER_WEBSITE), stored.id, variant)?.is_none());
    }
    storage.delete(site, stored.id)?;
    for variant in Variant::FIXED {
        assert!(storage.open(site, stored.id, variant)?.is_none(), "open after delete");
        assert!(storage.open_key(&record.blob_key(variant))?.is_none(), "open_key after delete");
    }
    Ok(())
}

fn further_renditions_are_stored(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let named = |name| Variant::Named(rendition_name(name));
    let sample = Sample::new(WEBSITE, &user, *b"any")
        .with_rendition("print", *b"for paper")
        .with_rendition("thumbnail", [7; 5000]);
    let plain = Sample::new(WEBSITE, &user, *b"other");
    let site = website(WEBSITE);
    let [stored, without] = [storage.store(&sample.image())?, storage.store(&plain.image())?];
    sample.assert_kept(storage, stored.id)?;
    plain.assert_kept(storage, without.id)?;
    assert_eq!(stored.record.renditions, sample.record.renditions, "the records of renditions");
    let mut urls = HashSet::from([stored.original_url.as_str(), stored.standard_url.as_str()]);
    for variant in [named("print"), named("thumbnail")] {
        assert!(
            stored.url(variant).is_some_and(|url| urls.insert(url)),
            "{variant} has its own URL"
        );
        let key = sample.record.blob_key(variant);
        assert_eq!(storage.find_key(&key)?.as_ref(), Some(&stored), "{key} leads to its image");
        let Some(file) = storage.open_key(&key)? else {
            return Err(StorageError::new(format!("{key} is not opened")));
        };
        assert!(file.read_all()? == sample.bytes(variant), "the bytes of {key}");
        assert!(!storage.url(&stored, variant, Duration::from_secs(60))?.is_empty());
        // An image that was uploaded without the rendition.
        assert_eq!(storage.read(site, without.id, variant)?, None, "{variant} of another image");
        assert!(storage.open(site, without.id, variant)?.is_none(), "{variant} of another image");
        assert_eq!(storage.find_key(&plain.record.blob_key(variant))?, None);
        assert!(storage.url(&without, variant, Duration::from_secs(60)).is_err());
    }
    let listed = list_all(storage, site, &sample.record.user_id)?;
    assert_eq!(listed, [without, stored.clone()], "list returns what store returned");
    storage.delete(site, stored.id)?;
    for key in sample.record.blob_keys() {
        assert!(storage.open_key(&key)?.is_none(), "{key} after delete");
    }
    Ok(())
}

#[expect(clippy::expect_used, reason = "the names are valid")]
fn rendition_name(name: &str) -> RenditionName {
    RenditionName::parse(name).expect("a valid name")
}

fn any_bytes_are_stored(storage: &dyn Storage) -> Result<(), StorageError> {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    for original in [vec![0], every_byte.clone(), every_byte.repeat(8192)] {
        let mut sample = Sample::new(WEBSITE, &new_user(), original);
        sample.record.format = Format::WebP;
        let stored = storage.store(&sample.image())?;
        sample.assert_kept(storage, stored.id)?;
    }
    Ok(())
}

fn any_script_is_stored(storage: &dyn Storage) -> Result<(), StorageError> {
    let long = format!("{}{}", "🐈".repeat(210), Uuid::new_v4());
    let names =
        ["Жанна", "山田 太郎", "o'Neil\"; DROP TABLE images; --", "%41_\\", "e\u{301}", " é"];
    for name in names.map(|name| format!("{name}{}", Uuid::new_v4())).into_iter().chain([long]) {
        let mut sample = Sample::new(WEBSITE, &name, *b"bytes");
        if let Some(file_name) = ImageName::from_file_name(&format!("{name}.png")) {
            sample.record.image_name = file_name;
        }
        let stored = storage.store(&sample.image())?;
        sample.assert_kept(storage, stored.id)?;
        let listed = list_all(storage, website(WEBSITE), &sample.record.user_id)?;
        assert_eq!(listed, [stored], "the list of user {name:?}");
    }
    Ok(())
}

fn missing_images_are_not_found(storage: &dyn Storage) -> Result<(), StorageError> {
    let site = website(WEBSITE);
    // Greater than every id of this store.
    for id in [ImageId::MAX, ImageId::MAX - 1].into_iter().filter_map(ImageId::new) {
        assert_eq!(storage.find(site, id)?, None, "find {id}");
        for variant in Variant::FIXED {
            assert_eq!(storage.read(site, id, variant)?, None, "read the {variant} of {id}");
        }
        assert!(!storage.delete(site, id)?, "delete {id}");
    }
    let sample = Sample::new(WEBSITE, &new_user(), *b"bytes");
    let list = storage.list(site, &sample.record.user_id, Page::new(0, 10))?;
    assert_eq!((list.total, list.images), (0, vec![]), "the list of an unknown user");
    Ok(())
}

fn websites_are_separate(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let sample = Sample::new(WEBSITE, &user, *b"mine");
    let id = storage.store(&sample.image())?.id;
    let other = website(OTHER_WEBSITE);
    assert_eq!(storage.find(other, id)?, None, "another website finds it");
    for variant in Variant::FIXED {
        assert_eq!(storage.read(other, id, variant)?, None, "another website reads it");
    }
    let listed = list_all(storage, other, &sample.record.user_id)?;
    assert_eq!(listed, [], "another website lists it");
    assert!(!storage.delete(other, id)?, "another website deletes it");
    sample.assert_kept(storage, id)?;

    // The same user id on another website is another user.
    let theirs = Sample::new(OTHER_WEBSITE, &user, *b"theirs");
    let their_id = storage.store(&theirs.image())?.id;
    let ids = |site| -> Result<Vec<ImageId>, StorageError> {
        let all = list_all(storage, website(site), &sample.record.user_id)?;
        Ok(all.into_iter().map(|image| image.id).collect())
    };
    assert_eq!((ids(WEBSITE)?, ids(OTHER_WEBSITE)?), (vec![id], vec![their_id]), "both lists");
    Ok(())
}

fn users_are_separate(storage: &dyn Storage) -> Result<(), StorageError> {
    // User ids are opaque: case, composition and blanks distinguish them.
    let base = new_user();
    let users = [base.clone(), base.to_uppercase(), format!("{base} "), format!("{base}é")];
    let users = users.into_iter().chain([format!("{base}e\u{301}")]);
    let mut ids = Vec::new();
    for user in users {
        let sample = Sample::new(WEBSITE, &user, *b"the same bytes");
        ids.push((sample.record.user_id.clone(), storage.store(&sample.image())?.id));
    }
    for (user, id) in ids {
        let all = list_all(storage, website(WEBSITE), &user)?;
        let listed: Vec<ImageId> = all.into_iter().map(|image| image.id).collect();
        assert_eq!(listed, [id], "the list of user {user:?}");
    }
    Ok(())
}

fn lists_are_newest_first_and_paged(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let site = website(WEBSITE);
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(storage.store(&Sample::new(WEBSITE, &user, [number]).image())?.id);
    }
    ids.reverse();
    let user = Sample::new(WEBSITE, &user, [0]).record.user_id;
    let page = |index, size| {
        let list = storage.list(site, &user, Page::new(index, size))?;
        assert_eq!(list.total, 7, "total on page {index} of {size}");
        Ok::<_, StorageError>(list.images.iter().map(|image| image.id).collect::<Vec<_>>())
    };
    for size in 1..=8 {
        for (index, expected) in ids.chunks(size as usize).enumerate() {
            assert_eq!(page(index as u64, size)?, expected, "page {index} of {size}");
        }
    }
    assert_eq!(page(0, u32::MAX)?, ids, "one page for all");
    for (index, size) in
        [(0, 0), (5, 0), (u64::MAX, 0), (7, 1), (2, 5), (1, u32::MAX), (u64::MAX, u32::MAX)]
    {
        assert_eq!(page(index, size)?, [], "page {index} of {size} is empty");
    }
    Ok(())
}

fn deleted_images_are_gone(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let site = website(WEBSITE);
    let samples = [*b"1", *b"2", *b"2"].map(|content| Sample::new(WEBSITE, &user, content));
    let store = |sample: &Sample| Ok::<_, StorageError>(storage.store(&sample.image())?.id);
    let [first, middle, last] = [store(&samples[0])?, store(&samples[1])?, store(&samples[2])?];
    assert!(storage.delete(site, middle)?, "the first deletion finds the image");
    assert!(!storage.delete(site, middle)?, "the second deletion does not");
    assert_eq!(storage.find(site, middle)?, None, "find after delete");
    for variant in Variant::FIXED {
        assert_eq!(storage.read(site, middle, variant)?, None, "read after delete");
    }
    let all = list_all(storage, site, &samples[0].record.user_id)?;
    let listed: Vec<ImageId> = all.into_iter().map(|image| image.id).collect();
    assert_eq!(listed, [last, first], "list after delete");
    // Another upload of the same bytes remains.
    samples[0].assert_kept(storage, first)?;
    samples[2].assert_kept(storage, last)
}

fn sweep_keeps_visible_images(storage: &dyn Storage) -> Result<(), StorageError> {
    let sample = Sample::new(WEBSITE, &new_user(), *b"kept");
    let id = storage.store(&sample.image())?.id;
    for min_age in [Duration::MAX, Duration::from_secs(3600), Duration::ZERO] {
        storage.sweep(min_age)?;
        sample.assert_kept(storage, id)?;
    }
    Ok(())
}

fn threads_do_not_interfere(storage: &dyn Storage) -> Result<(), StorageError> {
    const THREADS: u8 = 4;
    const EACH: u8 = 12;
    let user = new_user();
    let upload = |thread: u8| {
        let mut kept = Vec::new();
        for number in 0..EACH {
            let sample = Sample::new(WEBSITE, &user, [thread, number]);
            let id = storage.store(&sample.image())?.id;
            match number % 4 {
                1 => {
                    storage.sweep(Duration::from_secs(3600))?;
                }
                2 => {
                    let deleted = storage.delete(website(WEBSITE), id)?;
                    assert!(deleted, "no other thread deletes image {id}");
                }
                3 => check_listed_lengths(storage, &sample.record.user_id)?,
                _ => {}
            }
            if number % 4 != 2 {
                kept.push((id, sample));
            }
        }
        Ok::<_, StorageError>(kept)
    };
    let kept: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || upload(thread))).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| match thread.join() {
            Ok(kept) => kept,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>, _>>()
    })?;
    let mut ids = HashSet::new();
    for of_thread in &kept {
        assert!(
            of_thread.windows(2).all(|pair| matches!(pair, [(a, _), (b, _)] if a < b)),
            "ids grow within a thread"
        );
        for (id, sample) in of_thread {
            assert!(ids.insert(*id), "id {id} was given twice");
            sample.assert_kept(storage, *id)?;
        }
    }
    if let Some((_, sample)) = kept.iter().flatten().next() {
        let all = list_all(storage, website(WEBSITE), &sample.record.user_id)?;
        let listed: HashSet<ImageId> = all.into_iter().map(|image| image.id).collect();
        assert_eq!(listed, ids, "the list has exactly the images that were not deleted");
    }
    Ok(())
}

/// Lists images while other threads upload. Every listed image must be complete, unless it has been
/// deleted since.
fn check_listed_lengths(storage: &dyn Storage, user: &UserId) -> Result<(), StorageError> {
    let list = storage.list(website(WEBSITE), user, Page::new(0, 100))?;
    for image in list.images {
        for variant in Variant::FIXED {
            let length = storage.read(website(WEBSITE), image.id, variant)?.map(|b| b.len() as u64);
            let expected = image.record.blob_len(variant);
            assert!(length.is_none_or(|length| length == expected), "a visible image is complete");
        }
    }
    Ok(())
}

fn repeats_have_the_first_code(storage: &dyn Storage) -> Result<(), StorageError> {
    let (user, other_user) = (new_user(), new_user());
    let store =
        |site, user: &str, content: &[u8]| storage.store(&Sample::new(site, user, content).image());
    let first = store(WEBSITE, &user, b"a")?;
    assert_eq!(first.photo_code, first.id.to_string(), "the code of new bytes is their id");
    for (site, user, content) in
        [(WEBSITE, &user, b"b"), (WEBSITE, &other_user, b"a"), (OTHER_WEBSITE, &user, b"a")]
    {
        let stored = store(site, user, content)?;
        assert_eq!(
            stored.photo_code,
            stored.id.to_string(),
            "only bytes of the same user are a repeat"
        );
    }
    let second = store(WEBSITE, &user, b"a")?;
    assert_ne!(second.id, first.id, "a repeat is another image");
    assert_eq!(second.photo_code, first.photo_code, "a repeat has the first one's code");
    let found = storage.find(website(WEBSITE), second.id)?;
    assert_eq!(
        found.map(|found| found.photo_code),
        Some(first.photo_code.clone()),
        "the code is stored"
    );

    storage.delete(website(WEBSITE), first.id)?;
    let third = store(WEBSITE, &user, b"a")?;
    assert_eq!(
        third.photo_code, first.photo_code,
        "repeats keep the code after the first is deleted"
    );
    storage.delete(website(WEBSITE), second.id)?;
    storage.delete(website(WEBSITE), third.id)?;
    let fourth = store(WEBSITE, &user, b"a")?;
    assert_eq!(
        fourth.photo_code,
        fourth.id.to_string(),
        "after all are deleted, the bytes are new"
    );
    Ok(())
}

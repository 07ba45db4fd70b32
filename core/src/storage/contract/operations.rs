//! The cases of what operators of a storage need.

use std::thread;
use std::time::Duration;

use uuid::Uuid;

use super::cases::{list_all, new_user, website};
use super::{Case, OTHER_WEBSITE, Sample, WEBSITE};
use crate::field::UserId;
use crate::name::ImageName;
use crate::record::{BlobKey, DifferenceHash, ImageId, StoredImage, Variant};
use crate::storage::{
    CopyReport, MemoryStorage, Page, Quota, QuotaScope, Quotas, Storage, StorageError, Usage,
    VerifyReport, copy,
};

/// The cases that every storage with these operations must pass.
pub(super) const ALL: [Case; 12] = [
    ("lists continue after an image", lists_continue_after_an_image),
    ("images are searched by name", images_are_searched_by_name),
    ("similar images are found by their hash", similar_images_are_found),
    ("usage is counted", usage_is_counted),
    ("all images of a user are deleted", all_images_of_a_user_are_deleted),
    ("images are reassigned to another user", images_are_reassigned),
    ("old images of a website are deleted", old_images_are_deleted),
    ("websites with images are listed", websites_are_listed),
    ("quotas are kept", quotas_are_kept),
    ("uploads at the same time cannot pass a quota", uploads_cannot_pass_a_quota),
    ("verify reads what is stored", verify_reads_what_is_stored),
    ("images are copied with their ids", images_are_copied_with_their_ids),
];

/// A website that no other case uses.
fn new_website() -> u32 {
    let [a, b, c, ..] = Uuid::new_v4().into_bytes();
    0x0100_0000 | u32::from_be_bytes([0, a, b, c])
}

fn user_of(sample: &Sample) -> &UserId {
    &sample.record.user_id
}

fn store_all(storage: &dyn Storage, samples: &[Sample]) -> Result<Vec<StoredImage>, StorageError> {
    samples.iter().map(|sample| storage.store(&sample.image())).collect()
}

fn ids(images: &[StoredImage]) -> Vec<ImageId> {
    images.iter().map(|image| image.id).collect()
}

fn lists_continue_after_an_image(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let samples: Vec<Sample> = (0..7).map(|number| Sample::new(WEBSITE, &user, [number])).collect();
    let mut stored = store_all(storage, &samples)?;
    stored.reverse();
    let Some(sample) = samples.first() else { return Ok(()) };
    let (site, user) = (website(WEBSITE), user_of(sample));
    for size in 1..=8 {
        let mut listed = Vec::new();
        loop {
            let last = listed.last().map(|image: &StoredImage| image.id);
            let page = storage.list_after(site, user, last, size)?;
            assert!(page.len() <= size as usize, "a page of {size} has {}", page.len());
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, stored, "pages of {size}");
    }
    assert_eq!(storage.list_after(site, user, None, 0)?, [], "a page of none");
    assert_eq!(storage.list_after(website(OTHER_WEBSITE), user, None, 9)?, [], "another website");
    // A page that begins at an image that was deleted meanwhile.
    if let [first, second, third, ..] = &*stored {
        storage.delete(site, second.id)?;
        let next = storage.list_after(site, user, Some(second.id), 1)?;
        assert_eq!(ids(&next), [third.id], "the page after a deleted image");
        let next = storage.list_after(site, user, Some(first.id), 1)?;
        assert_eq!(ids(&next), [third.id], "the page after the first image");
    }
    Ok(())
}

fn images_are_searched_by_name(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let names = ["Logo.png", "my_logo 2.png", "100%.png", "ÄRGER.png", "straße.png", "a'b\"c.png"];
    let mut stored = Vec::new();
    for name in names {
        let mut sample = Sample::new(WEBSITE, &user, name.as_bytes());
        if let Some(name) = ImageName::from_file_name(name) {
            sample.record.image_name = name;
        }
        stored.push(storage.store(&sample.image())?);
    }
    let site = website(WEBSITE);
    let Some(user) = stored.first().map(|image| image.record.user_id.clone()) else {
        return Ok(());
    };
    let names_of = |text: &str, page| {
        let list = storage.search(site, &user, text, page)?;
        let names = list.images.iter().map(|image| image.record.image_name.to_string());
        Ok::<_, StorageError>((list.total, names.collect::<Vec<_>>()))
    };
    let all = Page::new(0, 100);
    for (text, expected) in [
        ("LOGO", vec!["my_logo 2.png", "Logo.png"]),
        ("o", vec!["my_logo 2.png", "Logo.png"]),
        ("_", vec!["my_logo 2.png"]),
        ("%", vec!["100%.png"]),
        ("ärger", vec!["ÄRGER.png"]),
        ("AßE", vec!["straße.png"]),
        ("'b\"", vec!["a'b\"c.png"]),
        ("logo.png.", vec![]),
        ("*", vec![]),
    ] {
        let total = expected.len() as u64;
        assert_eq!(
            names_of(text, all)?,
            (total, expected.iter().map(ToString::to_string).collect()),
            "{text}"
        );
    }
    assert_eq!(
        names_of(".PNG", Page::new(1, 4))?,
        (6, vec!["my_logo 2.png".into(), "Logo.png".into()])
    );
    assert_eq!(names_of(".png", Page::new(9, 4))?, (6, vec![]), "a page after the last");
    let other = storage.search(website(OTHER_WEBSITE), &user, "logo", all)?;
    assert_eq!((other.total, other.images), (0, vec![]), "another website finds images");
    Ok(())
}

/// The first `count` of these results.
fn first_of(images: &[(u32, &StoredImage)], count: usize) -> Vec<(u32, StoredImage)> {
    images.iter().take(count).map(|(distance, image)| (*distance, (*image).clone())).collect()
}

fn similar_images_are_found(storage: &dyn Storage) -> Result<(), StorageError> {
    let site = new_website();
    let (user, other) = (new_user(), new_user());
    let hash = DifferenceHash::from_bits(0x8123_4567_89ab_cdef);
    let sample = |user: &str, differing: Option<u64>, byte: u8| {
        let mut sample = Sample::new(site, user, [byte]);
        sample.record.difference_hash =
            differing.map(|bits| DifferenceHash::from_bits(hash.bits() ^ bits));
        sample
    };
    let samples = [
        sample(&user, Some(0), 0),
        sample(&other, Some(1 << 63), 1),
        sample(&user, Some(0b1110), 2),
        sample(&user, Some(0), 3),
        sample(&user, Some(u64::MAX), 4),
        // As an image that was stored before hashes were recorded.
        sample(&user, None, 5),
    ];
    let stored = store_all(storage, &samples)?;
    let [first, second, third, fourth, fifth, _] = &*stored else { return Ok(()) };
    let found = |user: Option<&UserId>, hash, distance, limit| {
        let found = storage.find_similar(website(site), user, hash, distance, limit)?;
        let found = found.into_iter().map(|similar| (similar.distance, similar.image));
        Ok::<_, StorageError>(found.collect::<Vec<_>>())
    };
    let all = [(0, fourth), (0, first), (1, second), (3, third), (64, fifth)];
    for (distance, count) in [(0, 2), (1, 3), (2, 3), (3, 4), (63, 4), (64, 5), (u32::MAX, 5)] {
        let found = found(None, hash, distance, 10)?;
        assert_eq!(found, first_of(&all, count), "within {distance} bits");
    }
    let uploader = &first.record.user_id;
    let own = [(0, fourth), (0, first), (3, third), (64, fifth)];
    assert_eq!(found(Some(uploader), hash, 64, 10)?, first_of(&own, 4), "of one user");
    assert_eq!(found(None, hash, 64, 3)?, first_of(&all, 3), "the most similar ones");
    assert_eq!(found(None, hash, 64, 0)?, [], "a limit of none");
    let opposite = DifferenceHash::from_bits(!hash.bits());
    assert_eq!(found(None, opposite, 5, 10)?, first_of(&[(0, fifth)], 1), "the opposite picture");
    let elsewhere = storage.find_similar(website(new_website()), None, hash, 64, 10)?;
    assert_eq!(elsewhere, [], "another website finds images");
    storage.delete(website(site), first.id)?;
    assert_eq!(found(None, hash, 0, 10)?, first_of(&[(0, fourth)], 1), "a deleted image is found");
    Ok(())
}

fn usage_is_counted(storage: &dyn Storage) -> Result<(), StorageError> {
    let site = new_website();
    let (user, other) = (new_user(), new_user());
    let samples = [
        Sample::new(site, &user, *b"1"),
        Sample::new(site, &user, *b"22"),
        Sample::new(site, &other, *b"333").with_rendition("thumbnail", *b"4444"),
    ];
    let bytes = |samples: &[Sample]| -> u64 {
        samples.iter().map(|sample| sample.record.all_bytes()).sum()
    };
    let [first, _, third] = &samples;
    assert_eq!(storage.usage(website(site), None)?, Usage::default(), "before the first upload");
    let stored = store_all(storage, &samples)?;
    let of = |sample: &Sample| storage.usage(website(site), Some(user_of(sample)));
    assert_eq!(storage.usage(website(site), None)?, Usage::new(3, bytes(&samples), 2));
    let [both, last] = [&samples[..2], &samples[2..]];
    assert_eq!(of(first)?, Usage::new(2, bytes(both), 1));
    assert_eq!(of(third)?, Usage::new(1, bytes(last), 1));
    if let Some(image) = stored.last() {
        storage.delete(website(site), image.id)?;
    }
    assert_eq!(storage.usage(website(site), None)?, Usage::new(2, bytes(both), 1));
    assert_eq!(of(third)?, Usage::default(), "of a user without images");
    Ok(())
}

fn all_images_of_a_user_are_deleted(storage: &dyn Storage) -> Result<(), StorageError> {
    let (user, other) = (new_user(), new_user());
    let mut samples: Vec<Sample> =
        (0..5).map(|number| Sample::new(WEBSITE, &user, [number])).collect();
    let kept = [Sample::new(WEBSITE, &other, *b"a"), Sample::new(OTHER_WEBSITE, &user, *b"a")];
    store_all(storage, &samples)?;
    let kept_ids = ids(&store_all(storage, &kept)?);
    let Some(sample) = samples.pop() else { return Ok(()) };
    assert_eq!(
        storage.delete_user(website(WEBSITE), user_of(&sample), &mut |_| true)?,
        5,
        "images deleted"
    );
    assert_eq!(
        storage.delete_user(website(WEBSITE), user_of(&sample), &mut |_| true)?,
        0,
        "deleted again"
    );
    assert_eq!(list_all(storage, website(WEBSITE), user_of(&sample))?, [], "the user's list");
    for key in Variant::FIXED.map(|variant| sample.record.blob_key(variant)) {
        assert!(storage.open_key(&key)?.is_none(), "{key} is open after its user was deleted");
    }
    for (sample, id) in kept.iter().zip(kept_ids) {
        sample.assert_kept(storage, id)?;
    }
    Ok(())
}

fn images_are_reassigned(storage: &dyn Storage) -> Result<(), StorageError> {
    let (guest, user) = (new_user(), new_user());
    let mut samples = [*b"1", *b"2", *b"2"].map(|content| Sample::new(WEBSITE, &guest, content));
    let own = Sample::new(WEBSITE, &user, *b"1");
    let elsewhere = Sample::new(OTHER_WEBSITE, &guest, *b"1");
    let site = website(WEBSITE);
    let own_id = storage.store(&own.image())?.id;
    let elsewhere_id = storage.store(&elsewhere.image())?.id;
    let stored = store_all(storage, &samples)?;
    let guest = samples.first().map(|sample| user_of(sample).clone());
    let (Some(guest), user) = (guest, user_of(&own)) else { return Ok(()) };
    assert_eq!(storage.reassign(site, &guest, &guest, &mut |_| true)?, 0, "to the same user");
    assert_eq!(storage.reassign(site, &guest, user, &mut |_| true)?, 3, "images reassigned");
    assert_eq!(storage.reassign(site, &guest, user, &mut |_| true)?, 0, "reassigned again");
    assert_eq!(list_all(storage, site, &guest)?, [], "the guest's list");
    let listed = ids(&list_all(storage, site, user)?);
    let mut expected = ids(&stored);
    expected.insert(0, own_id);
    expected.reverse();
    assert_eq!(listed, expected, "the user's list");
    for (sample, image) in samples.iter_mut().zip(&stored) {
        sample.record.user_id = user.clone();
        sample.assert_kept(storage, image.id)?;
        let found = storage.find(site, image.id)?;
        let code = found.map(|found| found.photo_code);
        assert_eq!(code.as_ref(), Some(&image.photo_code), "the photo code remains");
    }
    own.assert_kept(storage, own_id)?;
    elsewhere.assert_kept(storage, elsewhere_id)
}

fn old_images_are_deleted(storage: &dyn Storage) -> Result<(), StorageError> {
    let site = new_website();
    let sample = Sample::new(site, &new_user(), *b"old");
    let other = Sample::new(WEBSITE, &new_user(), *b"old");
    let [id, other_id] = [storage.store(&sample.image())?.id, storage.store(&other.image())?.id];
    for age in [Duration::MAX, Duration::from_secs(3600)] {
        assert_eq!(
            storage.expire(website(site), age, &mut |_| true)?,
            0,
            "no image is {age:?} old"
        );
        sample.assert_kept(storage, id)?;
    }
    assert_eq!(
        storage.expire(website(site), Duration::ZERO, &mut |_| true)?,
        1,
        "every image is of age zero"
    );
    assert_eq!(storage.find(website(site), id)?, None, "an old image is found");
    other.assert_kept(storage, other_id)
}

fn websites_are_listed(storage: &dyn Storage) -> Result<(), StorageError> {
    let mut sites = [new_website(), new_website()];
    sites.sort_unstable();
    let [first, second] = sites;
    let samples = [Sample::new(first, "u", *b"1"), Sample::new(second, "u", *b"2")];
    let stored = store_all(storage, &samples)?;
    let all = |limit| {
        let mut all = Vec::new();
        loop {
            let page = storage.websites(all.last().copied(), limit)?;
            assert!(page.len() <= limit as usize, "a page of {limit} has {}", page.len());
            if page.is_empty() {
                return Ok::<_, StorageError>(all);
            }
            all.extend(page);
        }
    };
    let listed = all(1)?;
    assert!(listed.is_sorted_by(|a, b| a < b), "websites are in their order");
    for site in sites {
        assert!(listed.contains(&website(site)), "website {site} is listed");
    }
    if let [image, ..] = &*stored {
        storage.delete(website(first), image.id)?;
    }
    let listed = all(1000)?;
    assert!(!listed.contains(&website(first)), "a website without images is listed");
    assert!(listed.contains(&website(second)), "a website with an image is not listed");
    Ok(())
}

/// Stores a sample within quotas. Returns whose quota it is over.
fn store_within(
    storage: &dyn Storage,
    sample: &Sample,
    quotas: Quotas,
) -> Result<Option<QuotaScope>, StorageError> {
    match storage.store(&sample.image().with_quotas(quotas)) {
        Ok(_) => Ok(None),
        Err(error) => error.exceeded_quota().map(Some).ok_or(error),
    }
}

fn need_limits(storage: &dyn Storage) -> Result<(), StorageError> {
    if storage.supports_limits() { Ok(()) } else { Err(StorageError::unsupported("quotas")) }
}

fn quotas_are_kept(storage: &dyn Storage) -> Result<(), StorageError> {
    need_limits(storage)?;
    let site = new_website();
    let (user, other) = (new_user(), new_user());
    let of = |user: &str, content: &[u8]| Sample::new(site, user, content);
    let length = |sample: &Sample| (sample.original.len() + sample.standard.len()) as u64;
    let none = Quota::unlimited();
    let (first, second) = (of(&user, b"1"), of(&user, b"2"));

    // A limit is reached, and not passed.
    let none_at_all = Quotas::new(none.with_images(Some(0)), none);
    assert_eq!(store_within(storage, &first, none_at_all)?, Some(QuotaScope::Website));
    let two = Quotas::new(none, none.with_images(Some(2)));
    assert_eq!(store_within(storage, &first, two)?, None, "the first of 2 images");
    assert_eq!(store_within(storage, &second, two)?, None, "the second of 2 images");
    let third = of(&user, b"3");
    assert_eq!(store_within(storage, &third, two)?, Some(QuotaScope::User), "the third");
    let others = of(&other, b"4");
    assert_eq!(store_within(storage, &others, two)?, None, "another user's image");
    let three = Quotas::new(none.with_images(Some(3)), none);
    assert_eq!(store_within(storage, &third, three)?, Some(QuotaScope::Website));

    // Nothing remains of what was refused, and it can be stored as soon as there is room.
    for key in third.record.blob_keys() {
        assert_eq!(storage.find_key(&key)?, None, "{key} of a refused image");
        assert!(storage.open_key(&key)?.is_none(), "{key} of a refused image");
    }
    let used = storage.usage(website(site), None)?;
    assert_eq!((used.images, used.users), (3, 2), "what is stored");
    let bytes = |bytes| Quotas::new(none.with_bytes(Some(bytes)), none.with_bytes(Some(bytes)));
    let all = used.bytes + length(&third);
    assert_eq!(store_within(storage, &third, bytes(all - 1))?, Some(QuotaScope::Website));
    let of_user = storage.usage(website(site), Some(user_of(&third)))?.bytes + length(&third);
    let user_bytes = |bytes| Quotas::new(none, none.with_bytes(Some(bytes)));
    assert_eq!(store_within(storage, &third, user_bytes(of_user - 1))?, Some(QuotaScope::User));
    assert_eq!(store_within(storage, &third, bytes(all))?, None, "it fits exactly");
    assert_eq!(storage.usage(website(site), None)?.bytes, all, "what is stored");

    // What is deleted makes room.
    let fifth = of(&user, b"5");
    assert_eq!(store_within(storage, &fifth, two)?, Some(QuotaScope::User));
    let found = storage.find_key(&first.record.blob_key(Variant::Original))?;
    let found =
        found.into_iter().chain(storage.find_key(&second.record.blob_key(Variant::Original))?);
    for image in found {
        storage.delete(website(site), image.id)?;
    }
    assert_eq!(store_within(storage, &fifth, two)?, None, "after two were deleted");

    // The largest limits are no limits.
    let most = none.with_images(Some(u64::MAX)).with_bytes(Some(u64::MAX));
    assert_eq!(store_within(storage, &of(&user, b"6"), Quotas::new(most, most))?, None);
    Ok(())
}

fn uploads_cannot_pass_a_quota(storage: &dyn Storage) -> Result<(), StorageError> {
    const LIMIT: u64 = 5;
    need_limits(storage)?;
    let (site, user) = (new_website(), new_user());
    let quota = Quota::unlimited().with_images(Some(LIMIT));
    for quotas in [Quotas::new(quota, Quota::unlimited()), Quotas::new(Quota::unlimited(), quota)] {
        let upload = |number: u8| {
            let sample = Sample::new(site, &user, [number]);
            Ok::<_, StorageError>(store_within(storage, &sample, quotas)?.is_none())
        };
        let stored: Vec<bool> = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..16).map(|number| scope.spawn(move || upload(number))).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, _>| match thread.join() {
                Ok(stored) => stored,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            threads.into_iter().map(join).collect::<Result<_, _>>()
        })?;
        let stored = stored.into_iter().filter(|stored| *stored).count() as u64;
        assert_eq!(stored, LIMIT, "images that 16 threads stored");
        let user = Sample::new(site, &user, [0]).record.user_id;
        assert_eq!(storage.usage(website(site), None)?.images, LIMIT);
        assert_eq!(storage.delete_user(website(site), &user, &mut |_| true)?, LIMIT);
    }
    Ok(())
}

fn verify_reads_what_is_stored(storage: &dyn Storage) -> Result<(), StorageError> {
    let samples: Vec<Sample> = (0..3)
        .map(|number| {
            Sample::new(WEBSITE, &new_user(), [number]).with_rendition("thumbnail", *b"small")
        })
        .collect();
    let stored = store_all(storage, &samples)?;
    let keys: Vec<BlobKey> = stored.iter().flat_map(|image| image.record.blob_keys()).collect();
    // One step at a time, each from the document of the one before.
    let mut report = VerifyReport::default();
    while !report.complete {
        let start = VerifyReport::from_json(&report.to_json())?;
        report = storage.verify(start, &mut |_| false)?;
    }
    let at_once = storage.verify(VerifyReport::default(), &mut |_| true)?;
    for report in [&report, &at_once] {
        assert!(report.images >= 3 && report.files >= 9 && report.bytes > 0, "{report:?}");
        let ours = report.problems.iter().filter(|problem| {
            keys.iter().any(|key| problem.key.as_ref() == Some(&key.to_string()))
        });
        assert_eq!(ours.count(), 0, "problems of intact files: {:?}", report.problems);
    }
    Ok(())
}

fn images_are_copied_with_their_ids(storage: &dyn Storage) -> Result<(), StorageError> {
    let user = new_user();
    let samples = [*b"1", *b"2", *b"1"]
        .map(|content| Sample::new(WEBSITE, &user, content).with_rendition("thumbnail", content));
    let mut stored = store_all(storage, &samples)?;
    // The last id is never given again, also in the copy.
    let deleted = storage.store(&Sample::new(WEBSITE, &user, *b"3").image())?.id;
    storage.delete(website(WEBSITE), deleted)?;
    let target = MemoryStorage::new("https://copy.example/");
    let mut report = copy(storage, &target, CopyReport::default(), &mut |_| false)?;
    for _ in 0..2 {
        report = copy(storage, &target, CopyReport::default(), &mut |_| true)?;
    }
    assert!(report.copied == 0 && report.present >= 3, "{report:?}");
    for (sample, image) in samples.iter().zip(&stored) {
        sample.assert_kept(&target, image.id)?;
        let found = target.find(website(WEBSITE), image.id)?.map(|found| found.photo_code);
        assert_eq!(found.as_ref(), Some(&image.photo_code), "the photo code of a copy");
    }
    // A user who was reassigned since.
    let member = Sample::new(WEBSITE, &new_user(), *b"1").record.user_id;
    let Some(sample) = samples.first() else { return Ok(()) };
    storage.reassign(website(WEBSITE), user_of(sample), &member, &mut |_| true)?;
    copy(storage, &target, CopyReport::default(), &mut |_| true)?;
    let listed = ids(&list_all(&target, website(WEBSITE), &member)?);
    assert!(listed.iter().eq(stored.iter().rev().map(|image| &image.id)), "the member's list");
    assert_eq!(list_all(&target, website(WEBSITE), user_of(sample))?, [], "the guest's list");
    let next = target.store(&Sample::new(WEBSITE, &user, *b"4").image())?.id;
    assert!(next > deleted, "after the copy, {next} follows {deleted}");

    // And into this storage, with a gap in the ids.
    let Some(last) = storage.last_id()? else { return Err(StorageError::new("no last id")) };
    let sample = Sample::new(WEBSITE, &user, *b"1");
    let Some(id) = ImageId::new(last.get() + 10) else { return Ok(()) };
    let Some(first) = stored.drain(..).next() else { return Ok(()) };
    let imported = storage.import(&sample.image(), id, &first.photo_code)?;
    assert_eq!((imported.id, &imported.photo_code), (id, &first.photo_code), "the imported image");
    sample.assert_kept(storage, id)?;
    let again = Sample::new(WEBSITE, &user, *b"5");
    assert!(storage.import(&again.image(), id, "1").is_err(), "an id is imported twice");
    assert_eq!(storage.find_key(&again.record.blob_key(Variant::Original))?, None);
    let next = storage.store(&again.image())?.id;
    assert!(next > id, "after the import of {id}, the next id is {next}");
    assert!(storage.last_id()? >= Some(next), "the last id");
    Ok(())
}

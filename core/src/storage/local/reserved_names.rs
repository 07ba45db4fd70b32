//! Names that are reserved for the next uploads.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::name::UniqueName;
use crate::record::ImageRecord;

/// How long a reserved name may wait for its upload, in milliseconds. A sweep adds it to the age that it asks for.
pub(super) const RESERVED_FOR: i64 = 60_000;

/// The most names of one kind.
const MOST: usize = 64;

/// The names that a catalog has reserved and not given to an upload yet. The pending row of such a name is durable, so
/// its upload does not wait for one.
///
/// A row has the keys of its upload's blobs, so a name is reserved for uploads of a kind: those with the same month,
/// variants and formats.
#[derive(Debug, Default)]
pub(super) struct ReservedNames(Mutex<HashMap<String, Kind>>);

#[derive(Debug)]
struct Kind {
    /// When a name of this kind was last asked for.
    asked: i64,
    /// Whether one had been asked for shortly before. A process that stores one image reserves nothing.
    is_repeated: bool,
    names: Vec<Reserved>,
}

#[derive(Debug)]
struct Reserved {
    name: UniqueName,
    since: i64,
}

impl ReservedNames {
    /// Takes a name for the upload of `record`. `now` is in milliseconds since 1970.
    pub(super) fn take(&self, record: &ImageRecord, now: i64) -> Option<UniqueName> {
        let mut kinds = self.lock();
        kinds.retain(|_, kind| !kind.names.is_empty() || is_recent(kind.asked, now));
        let new = || Kind { asked: i64::MIN, is_repeated: false, names: Vec::new() };
        let kind = kinds.entry(kind_of(record)).or_insert_with(new);
        kind.is_repeated = is_recent(kind.asked, now);
        kind.asked = now;
        let recent = kind.names.iter().position(|reserved| is_recent(reserved.since, now))?;
        Some(kind.names.swap_remove(recent).name)
    }

    /// Whether to reserve a name with the commit of `record`.
    pub(super) fn are_wanted(&self, record: &ImageRecord) -> bool {
        let kinds = self.lock();
        kinds.get(&kind_of(record)).is_some_and(|kind| kind.is_repeated && kind.names.len() < MOST)
    }

    /// Adds the name of `record`, which has a pending row since `since` or later.
    pub(super) fn add(&self, record: &ImageRecord, since: i64) {
        if let Some(kind) = self.lock().get_mut(&kind_of(record)) {
            kind.names.push(Reserved { name: record.unique_name.clone(), since });
        }
    }

    /// Takes the names that have waited too long. Their pending rows are of no use any more.
    pub(super) fn take_expired(&self, now: i64) -> Vec<UniqueName> {
        let mut kinds = self.lock();
        let expired = |reserved: &mut Reserved| !is_recent(reserved.since, now);
        let expired = kinds.values_mut().flat_map(|kind| kind.names.extract_if(.., expired));
        expired.map(|reserved| reserved.name).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kind>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// False for a time in the future too: a clock was set back.
fn is_recent(since: i64, now: i64) -> bool {
    (0..RESERVED_FOR).contains(&now.saturating_sub(since))
}

/// The month of the record's name, and the keys of its blobs without the name.
fn kind_of(record: &ImageRecord) -> String {
    let stem = record.unique_name.stem();
    let month = stem.get(.."YYYY_MM".len()).unwrap_or(stem);
    let keys = record.blob_keys();
    let keys = keys.iter().map(|key| key.to_string().replacen(stem, "", 1));
    std::iter::once(month.to_owned()).chain(keys).collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, feature = "contract"))]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::storage::contract::{Sample, WEBSITE};

    const NOW: i64 = 1_800_000_000_000;

    fn record() -> ImageRecord {
        Sample::new(WEBSITE, "user", *b"any").record
    }

    /// Asks twice, as for two uploads, and adds a name.
    fn with_a_name() -> (ReservedNames, UniqueName) {
        let (names, reserved) = (ReservedNames::default(), record());
        for _ in 0..2 {
            assert_eq!(names.take(&record(), NOW), None);
        }
        assert!(names.are_wanted(&record()));
        names.add(&reserved, NOW);
        (names, reserved.unique_name)
    }

    #[test]
    fn a_name_is_given_once() {
        let (names, name) = with_a_name();
        assert_eq!(names.take(&record(), NOW + 1), Some(name));
        assert_eq!(names.take(&record(), NOW + 1), None);
    }

    #[test]
    fn a_name_is_given_only_for_the_blobs_that_its_row_has() {
        let (names, name) = with_a_name();
        let with_rendition =
            Sample::new(WEBSITE, "user", *b"any").with_rendition("thumbnail", *b"1");
        let mut png = record();
        png.standard.format = Format::Png;
        let mut earlier = record();
        let text = format!("1999_01{}", name.as_str().split_at("YYYY_MM".len()).1);
        earlier.unique_name = UniqueName::parse(&text).unwrap();
        for other in [with_rendition.record, png, earlier] {
            assert_eq!(names.take(&other, NOW), None);
        }
        assert_eq!(names.take(&record(), NOW), Some(name));
    }

    #[test]
    fn names_expire() {
        let (names, name) = with_a_name();
        assert_eq!(names.take_expired(NOW + RESERVED_FOR - 1), []);
        assert_eq!(names.take(&record(), NOW + RESERVED_FOR), None);
        assert_eq!(names.take_expired(NOW + RESERVED_FOR), [name]);
        assert_eq!(names.take_expired(NOW + RESERVED_FOR), []);
        // A clock that was set back.
        let (names, _) = with_a_name();
        assert_eq!(names.take(&record(), NOW - 1), None);
    }

    #[test]
    fn names_are_wanted_while_uploads_follow_each_other() {
        let names = ReservedNames::default();
        assert!(!names.are_wanted(&record()));
        names.take(&record(), NOW);
        assert!(!names.are_wanted(&record()), "after one upload");
        names.take(&record(), NOW + RESERVED_FOR - 1);
        assert!(names.are_wanted(&record()));
        names.take(&record(), NOW + 2 * RESERVED_FOR);
        assert!(!names.are_wanted(&record()), "after a pause");
        for _ in 0..2 * MOST {
            names.take(&record(), NOW + 2 * RESERVED_FOR);
            if names.are_wanted(&record()) {
                names.add(&record(), 0);
            }
        }
        assert_eq!(names.take_expired(NOW + 2 * RESERVED_FOR).len(), MOST);
    }
}

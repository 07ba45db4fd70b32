//! Names that are reserved for the next uploads.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::name::UniqueName;
use crate::record::ImageRecord;

/// How long a reserved name may wait for its upload, in milliseconds. A sweep adds it to the age that it asks for.
pub(super) const RESERVED_FOR: i64 = 60_000;

/// The most names at a time.
const MOST: usize = 256;

/// The names that a catalog has reserved for later uploads. Each has a durable pending row, so its upload does not wait for
/// one.
///
/// The row has the keys of the upload's blobs, so a name is reserved for uploads of one kind: with the same month, variants
/// and formats.
#[derive(Debug, Default)]
pub(super) struct ReservedNames(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    names: Vec<Reserved>,
    kinds: HashMap<String, Asked>,
}

#[derive(Debug)]
struct Reserved {
    name: UniqueName,
    kind: String,
    since: i64,
    /// Whether an upload has got the name, and not begun yet.
    is_given: bool,
}

/// When a name of a kind was last asked for, and whether one had been shortly before. A process that stores one image
/// reserves nothing.
#[derive(Clone, Copy, Debug)]
struct Asked {
    last: i64,
    is_repeated: bool,
}

impl ReservedNames {
    /// Gives a name to the upload of `record`. `now` is in milliseconds since 1970.
    pub(super) fn give(&self, record: &ImageRecord, now: i64) -> Option<UniqueName> {
        let mut state = self.lock();
        let kind = kind_of(record);
        let before = state.kinds.get(&kind).is_some_and(|asked| is_recent(asked.last, now));
        let is_free = |reserved: &&mut Reserved| {
            reserved.kind == kind && !reserved.is_given && is_recent(reserved.since, now)
        };
        let given = state.names.iter_mut().find(is_free).map(|reserved| {
            reserved.is_given = true;
            reserved.name.clone()
        });
        state.kinds.retain(|_, asked| is_recent(asked.last, now));
        state.kinds.insert(kind, Asked { last: now, is_repeated: before });
        given
    }

    /// Removes a name, for the upload that it was given to. Returns whether it was there, which is so once: two uploads
    /// of one name do not share its row.
    pub(super) fn use_up(&self, name: &UniqueName) -> bool {
        let mut state = self.lock();
        let found =
            state.names.iter().position(|reserved| reserved.is_given && reserved.name == *name);
        found.map(|found| state.names.swap_remove(found)).is_some()
    }

    /// The record of the next upload, if a name is to be reserved for it with the commit of `record`.
    pub(super) fn next(&self, record: &ImageRecord, now: SystemTime) -> Option<ImageRecord> {
        let state = self.lock();
        let kind = kind_of(record);
        let is_wanted = state.kinds.get(&kind).is_some_and(|asked| asked.is_repeated);
        if !is_wanted || state.names.len() >= MOST {
            return None;
        }
        let mut next = record.clone();
        next.unique_name = record.unique_name.generate_next(record.format, now);
        // The month, or the extension of a name of the caller's own, may be another.
        (kind_of(&next) == kind).then_some(next)
    }

    /// Adds the name of `record`, which has a pending row since `since` or later.
    pub(super) fn add(&self, record: &ImageRecord, since: i64) {
        let (name, kind) = (record.unique_name.clone(), kind_of(record));
        self.lock().names.push(Reserved { name, kind, since, is_given: false });
    }

    /// Removes the names that have waited too long, and returns them. Their pending rows are of no use any more.
    pub(super) fn take_expired(&self, now: i64) -> Vec<UniqueName> {
        // The upload that a name was given to may be about to begin.
        let is_expired = |reserved: &mut Reserved| {
            let time = if reserved.is_given { 2 * RESERVED_FOR } else { RESERVED_FOR };
            !(0..time).contains(&now.saturating_sub(reserved.since))
        };
        self.lock().names.extract_if(.., is_expired).map(|reserved| reserved.name).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
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

    fn next(names: &ReservedNames) -> Option<ImageRecord> {
        let record = record();
        names.next(&record, record.created)
    }

    /// Asks twice, as for two uploads, and adds a name.
    fn with_a_name() -> (ReservedNames, UniqueName) {
        let names = ReservedNames::default();
        for _ in 0..2 {
            assert_eq!(names.give(&record(), NOW), None);
        }
        let next = next(&names).unwrap();
        names.add(&next, NOW);
        (names, next.unique_name)
    }

    #[test]
    fn a_name_is_given_once_and_used_once() {
        let (names, name) = with_a_name();
        assert!(!names.use_up(&name), "it was not given");
        assert_eq!(names.give(&record(), NOW + 1), Some(name.clone()));
        assert_eq!(names.give(&record(), NOW + 1), None);
        assert!(names.use_up(&name));
        assert!(!names.use_up(&name));
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
        for other in [&with_rendition.record, &png, &earlier] {
            assert_eq!(names.give(other, NOW), None);
        }
        assert_eq!(names.give(&record(), NOW), Some(name));
        // The next name would have the current month, and could not be given to uploads of the earlier one.
        names.give(&earlier, NOW);
        assert_eq!(names.next(&earlier, earlier.created), None);
    }

    #[test]
    fn names_expire_given_or_not() {
        for (is_given, time) in [(false, RESERVED_FOR), (true, 2 * RESERVED_FOR)] {
            let (names, name) = with_a_name();
            if is_given {
                names.give(&record(), NOW).unwrap();
            }
            assert_eq!(names.give(&record(), NOW + RESERVED_FOR), None);
            assert_eq!(names.take_expired(NOW + time - 1), []);
            assert_eq!(names.take_expired(NOW + time), [name]);
            assert_eq!(names.take_expired(NOW + time), []);
        }
        // A clock that was set back.
        let (names, _) = with_a_name();
        assert_eq!(names.give(&record(), NOW - 1), None);
    }

    #[test]
    fn names_are_reserved_while_uploads_follow_each_other() {
        let names = ReservedNames::default();
        assert_eq!(next(&names), None);
        names.give(&record(), NOW);
        assert_eq!(next(&names), None, "after one upload");
        names.give(&record(), NOW + RESERVED_FOR - 1);
        assert!(next(&names).is_some());
        names.give(&record(), NOW + 2 * RESERVED_FOR);
        assert_eq!(next(&names), None, "after a pause");
        for _ in 0..2 * MOST {
            names.give(&record(), NOW + 2 * RESERVED_FOR);
            if let Some(next) = next(&names) {
                names.add(&next, 0);
            }
        }
        assert_eq!(names.take_expired(NOW + 2 * RESERVED_FOR).len(), MOST);
    }
}

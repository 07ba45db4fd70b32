//! A record as plain columns, the same for every catalog in a database.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::StorageError;
use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::{Orientation, Size};
use crate::name::{ImageName, UniqueName};
use crate::record::{ImageRecord, StandardRecord};

/// An [`ImageRecord`] in the types that every SQL database has. Integers are signed, of 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) website_id: i64,
    pub(crate) user_id: String,
    pub(crate) image_name: String,
    pub(crate) unique_name: String,
    pub(crate) format: String,
    pub(crate) width: i64,
    pub(crate) height: i64,
    pub(crate) orientation: i64,
    pub(crate) dpi: i64,
    pub(crate) bytes: i64,
    pub(crate) sha256: Vec<u8>,
    pub(crate) standard_format: String,
    pub(crate) standard_width: i64,
    pub(crate) standard_height: i64,
    pub(crate) standard_bytes: i64,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
}

impl Row {
    pub(crate) fn new(record: &ImageRecord) -> Self {
        Self {
            website_id: record.website_id.get().into(),
            user_id: record.user_id.as_str().to_owned(),
            image_name: record.image_name.as_str().to_owned(),
            unique_name: record.unique_name.as_str().to_owned(),
            format: record.format.name().to_owned(),
            width: record.stored_size.width.into(),
            height: record.stored_size.height.into(),
            orientation: record.orientation.to_exif().into(),
            dpi: record.dpi.get().into(),
            bytes: saturated(record.bytes),
            sha256: record.sha256.to_vec(),
            standard_format: record.standard.format.name().to_owned(),
            standard_width: record.standard.size.width.into(),
            standard_height: record.standard.size.height.into(),
            standard_bytes: saturated(record.standard.bytes),
            created: unix_milliseconds(record.created),
        }
    }

    /// The record again.
    ///
    /// # Errors
    ///
    /// [`StorageError`] naming the column whose value is not one that a record can have: somebody
    /// else has written to the database, or it is damaged.
    pub(crate) fn into_record(self) -> Result<ImageRecord, StorageError> {
        Ok(ImageRecord {
            website_id: number(self.website_id)
                .and_then(WebsiteId::new)
                .ok_or_else(|| corrupt("website_id"))?,
            user_id: UserId::parse(&self.user_id).map_err(|_| corrupt("user_id"))?,
            image_name: ImageName::parse(&self.image_name).map_err(|_| corrupt("image_name"))?,
            unique_name: UniqueName::parse(&self.unique_name)
                .map_err(|_| corrupt("unique_name"))?,
            format: format(&self.format).ok_or_else(|| corrupt("format"))?,
            stored_size: size(self.width, self.height).ok_or_else(|| corrupt("width or height"))?,
            orientation: number(self.orientation)
                .filter(|orientation| (1..=8).contains(orientation))
                .map(Orientation::from_exif)
                .ok_or_else(|| corrupt("orientation"))?,
            dpi: number(self.dpi).and_then(Dpi::new).ok_or_else(|| corrupt("dpi"))?,
            bytes: number(self.bytes).ok_or_else(|| corrupt("bytes"))?,
            sha256: self.sha256.try_into().map_err(|_| corrupt("sha256"))?,
            standard: StandardRecord {
                format: format(&self.standard_format).ok_or_else(|| corrupt("standard_format"))?,
                size: size(self.standard_width, self.standard_height)
                    .ok_or_else(|| corrupt("standard_width or standard_height"))?,
                bytes: number(self.standard_bytes).ok_or_else(|| corrupt("standard_bytes"))?,
            },
            created: from_unix_milliseconds(self.created).ok_or_else(|| corrupt("created"))?,
        })
    }
}

impl ImageRecord {
    /// The record as a JSON document, for a storage of the host's own to keep with the image.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Row::new(self)).unwrap_or_default()
    }

    /// Reads [`to_json`](Self::to_json)'s document back.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it is no such document.
    pub fn from_json(json: &str) -> Result<Self, StorageError> {
        let row: Row = serde_json::from_str(json)
            .map_err(|error| StorageError::new(format!("a record is damaged: {error}")))?;
        row.into_record()
    }
}

pub(crate) fn corrupt(column: &str) -> StorageError {
    StorageError::new(format!("a record is damaged: {column} has an impossible value"))
}

/// Milliseconds since 1970, rounded down.
pub(crate) fn unix_milliseconds(time: SystemTime) -> i64 {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

fn from_unix_milliseconds(millis: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

/// `value` as a database holds it. What does not fit (8 EiB) is not a number that occurs.
pub(crate) fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn number<T: TryFrom<i64>>(value: i64) -> Option<T> {
    T::try_from(value).ok()
}

fn size(width: i64, height: i64) -> Option<Size> {
    Some(Size::new(number(width)?, number(height)?))
}

fn format(name: &str) -> Option<Format> {
    Format::ALL.into_iter().find(|format| format.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> ImageRecord {
        let standard = StandardRecord {
            format: Format::Png,
            size: Size::new(3, 4),
            bytes: u64::from(u32::MAX),
        };
        let mut record = ImageRecord::new(
            WebsiteId::new(WebsiteId::MAX).unwrap(),
            UserId::parse("Жанна 🐈 'x'; --").unwrap(),
            Format::WebP,
            Size::new(u32::MAX, 1),
            b"original",
            standard,
        );
        record.orientation = Orientation::Transverse;
        record.dpi = Dpi::new(65535).unwrap();
        record.image_name = ImageName::from_file_name("C:\\фото\\ кот.webp").unwrap();
        record
    }

    #[test]
    fn a_record_is_read_back_as_it_was() {
        let record = record();
        assert_eq!(Row::new(&record).into_record().unwrap(), record);
        let mut old = record;
        old.created = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(Row::new(&old).into_record().unwrap(), old);
        assert_eq!(ImageRecord::from_json(&old.to_json()).unwrap(), old);
    }

    #[test]
    fn a_damaged_column_is_an_error_that_names_it() {
        type Damage = fn(&mut Row);
        let damages: [(&str, Damage); 15] = [
            ("website_id", |row| row.website_id = 0),
            ("website_id", |row| row.website_id = -1),
            ("user_id", |row| row.user_id = " ".into()),
            ("image_name", |row| row.image_name = "../a.png".into()),
            ("unique_name", |row| row.unique_name = "../../etc/passwd".into()),
            ("format", |row| row.format = "exe".into()),
            ("width", |row| row.width = -1),
            ("height", |row| row.height = i64::MAX),
            ("orientation", |row| row.orientation = 9),
            ("dpi", |row| row.dpi = 65536),
            ("bytes", |row| row.bytes = -1),
            ("sha256", |row| row.sha256.clear()),
            ("standard_format", |row| row.standard_format.clear()),
            ("standard_width", |row| row.standard_width = -5),
            ("standard_bytes", |row| row.standard_bytes = i64::MIN),
        ];
        for (column, damage) in damages {
            let mut row = Row::new(&record());
            damage(&mut row);
            let error = row.into_record().unwrap_err().to_string();
            assert!(error.contains(column), "{column}: {error}");
        }
        // Any number of milliseconds is a time or an error, never a panic.
        for created in [i64::MIN, i64::MAX] {
            let _ = Row { created, ..Row::new(&record()) }.into_record();
        }
    }

    #[test]
    fn a_damaged_document_is_an_error() {
        let json = record().to_json();
        for damaged in
            ["", "{}", &json[1..], &json.replace("webp", "exe"), &json.replace("dpi", "x")]
        {
            assert!(ImageRecord::from_json(damaged).is_err(), "{damaged}");
        }
    }

    #[test]
    fn every_format_is_read_back() {
        for known in Format::ALL {
            assert_eq!(format(known.name()), Some(known));
        }
    }
}

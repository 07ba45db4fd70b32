//! The table of an image's facts. A fact is listed here once: from the table come the columns of a
//! database, what is bound to them and read from them, and the JSON document.

use std::time::SystemTime;

use super::fact::{FactType, Kind, Value};
use super::{ImageRecord, InvalidRecord};
use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::Orientation;
use crate::name::{ImageName, UniqueName};

/// A fact of an [`ImageRecord`].
pub(crate) struct Fact {
    /// Its name, in documents, columns and bindings.
    pub(crate) name: &'static str,
    /// The type of its values.
    pub(crate) kind: Kind,
    /// Whether there may be no value.
    pub(crate) optional: bool,
    /// The version of the embedded catalog's tables that has it first.
    pub(crate) since: i64,
    /// Its value in a record.
    pub(crate) get: fn(&ImageRecord) -> Value,
    set: fn(&mut ImageRecord, &Value) -> Option<()>,
    /// What a record has that was written without it; `None` for a fact that is always written.
    default: Option<fn(&mut ImageRecord)>,
}

/// Each line: name, where it is in a record, its type, `since` a version of the tables; and
/// `default`, for a document without it.
macro_rules! facts {
    ($($name:ident: $($path:ident).+, $type:ty, since $since:literal $(, default $default:expr)?;)*) => {
        /// Every fact, in the order of documents and columns.
        pub(crate) const FACTS: &[Fact] = &[$(
            Fact {
                name: stringify!($name),
                kind: <$type as FactType>::KIND,
                optional: <$type as FactType>::OPTIONAL,
                since: $since,
                get: |record| record.$($path).+.to_value(),
                set: |record, value| {
                    record.$($path).+ = <$type>::from_value(value)?;
                    Some(())
                },
                default: facts!(@default $($default)?),
            },
        )*];
    };
    (@default) => { None };
    (@default $default:expr) => { Some($default) };
}

facts! {
    website_id: website_id, WebsiteId, since 1;
    user_id: user_id, UserId, since 1;
    unique_name: unique_name, UniqueName, since 1;
    image_name: image_name, ImageName, since 1, default |record| record.image_name = ImageName::from(&record.unique_name);
    format: format, Format, since 1;
    stored_width: stored_size.width, u32, since 1;
    stored_height: stored_size.height, u32, since 1;
    orientation: orientation, Orientation, since 1, default |record| record.orientation = Orientation::Upright;
    dpi: dpi, Dpi, since 1, default |record| record.dpi = Dpi::DEFAULT;
    dpi_y: dpi_y, Dpi, since 2, default |record| record.dpi_y = record.dpi;
    original_bytes: original_bytes, u64, since 1;
    sha256: sha256, [u8; 32], since 1;
    standard_format: standard.format, Format, since 1;
    standard_width: standard.size.width, u32, since 1;
    standard_height: standard.size.height, u32, since 1;
    standard_bytes: standard.bytes, u64, since 1;
    standard_sha256: standard.sha256, Option<[u8; 32]>, since 2, default |record| record.standard.sha256 = None;
    created: created, SystemTime, since 1;
}

impl ImageRecord {
    /// The names of a record's facts: the keys of its document, beside `version`.
    pub fn fact_names() -> impl Iterator<Item = &'static str> {
        FACTS.iter().map(|fact| fact.name)
    }

    /// A record of the values that `value_of` gives for each fact; `None` where there is no such
    /// value.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] naming the fact whose value is missing or impossible.
    pub(crate) fn from_values(
        value_of: impl Fn(&Fact) -> Option<Value>,
    ) -> Result<Self, InvalidRecord> {
        let mut record = Self::blank(
            required("website_id", &value_of)?,
            required("user_id", &value_of)?,
            required("unique_name", &value_of)?,
            required("format", &value_of)?,
        );
        for fact in FACTS {
            match (value_of(fact), fact.default) {
                (Some(value), _) => {
                    (fact.set)(&mut record, &value).ok_or(InvalidRecord::impossible(fact.name))?
                }
                (None, Some(default)) => default(&mut record),
                (None, None) => return Err(InvalidRecord::missing(fact.name)),
            }
        }
        Ok(record)
    }
}

fn required<T: FactType>(
    name: &'static str,
    value_of: &impl Fn(&Fact) -> Option<Value>,
) -> Result<T, InvalidRecord> {
    let fact = FACTS.iter().find(|fact| fact.name == name);
    let value = fact.and_then(value_of).ok_or(InvalidRecord::missing(name))?;
    T::from_value(&value).ok_or(InvalidRecord::impossible(name))
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::geometry::Size;
    use crate::record::StandardRecord;

    pub(in super::super) fn record() -> ImageRecord {
        let standard = StandardRecord::new(Format::Png, Size::new(3, 4), b"standard");
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
        record.dpi_y = Dpi::new(98).unwrap();
        record.image_name = ImageName::from_file_name("C:\\фото\\ кот.webp").unwrap();
        record
    }

    fn values(record: &ImageRecord) -> Vec<(&'static str, Value)> {
        FACTS.iter().map(|fact| (fact.name, (fact.get)(record))).collect()
    }

    fn read(values: &[(&'static str, Value)]) -> Result<ImageRecord, InvalidRecord> {
        ImageRecord::from_values(|fact| {
            values.iter().find(|(name, _)| *name == fact.name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn a_record_is_read_back_as_it_was() {
        let mut record = record();
        assert_eq!(read(&values(&record)).unwrap(), record);
        record.created = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
        record.standard.sha256 = None;
        assert_eq!(read(&values(&record)).unwrap(), record);
    }

    #[test]
    fn an_impossible_value_is_an_error_that_names_the_fact() {
        let impossible = |name: &str| {
            let text = |text: &str| Value::Text(text.to_owned());
            match name {
                "website_id" => {
                    vec![Value::Integer(0), Value::Integer(-1), Value::Integer(1 << 31)]
                }
                "user_id" => vec![text(" "), text("a\nb")],
                "unique_name" => vec![text("../../etc/passwd")],
                "image_name" => vec![text("../a.png")],
                "format" | "standard_format" => vec![text("exe"), text("")],
                "orientation" => vec![Value::Integer(0), Value::Integer(9)],
                "dpi" | "dpi_y" => vec![Value::Integer(0), Value::Integer(65536)],
                "sha256" | "standard_sha256" => vec![Value::Bytes(vec![0; 31])],
                "created" => vec![],
                _ => vec![Value::Integer(-1)],
            }
        };
        for fact in FACTS {
            let wrong_type = match fact.kind {
                Kind::Integer => Value::Text("1".into()),
                Kind::Text | Kind::Bytes => Value::Integer(1),
            };
            for value in impossible(fact.name).into_iter().chain([wrong_type]) {
                let mut values = values(&record());
                values.iter_mut().find(|(name, _)| *name == fact.name).unwrap().1 = value.clone();
                let error = read(&values).unwrap_err().to_string();
                assert!(error.contains(fact.name), "{} {value:?}: {error}", fact.name);
            }
        }
        // Any number of milliseconds is a time or an error, never a panic.
        for millis in [i64::MIN, i64::MAX] {
            let mut values = values(&record());
            values.iter_mut().find(|(name, _)| *name == "created").unwrap().1 =
                Value::Integer(millis);
            let _ = read(&values);
        }
    }

    #[test]
    fn a_missing_fact_has_its_default_or_is_an_error_that_names_it() {
        for fact in FACTS {
            let mut values = values(&record());
            values.retain(|(name, _)| *name != fact.name);
            match (read(&values), fact.default) {
                (Ok(_), Some(_)) => {}
                (Err(error), None) => assert!(error.to_string().contains(fact.name), "{error}"),
                (read, _) => panic!("{}: {read:?}", fact.name),
            }
        }
    }
}

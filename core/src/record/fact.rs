//! A fact of a record: its name, its type, and its value in the types that every database has.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::Orientation;
use crate::name::{ImageName, UniqueName};
use crate::warning::Warning;

/// A fact of a record of type `R`.
pub(crate) struct Fact<R> {
    /// Its name, in documents, columns and bindings.
    pub(crate) name: &'static str,
    /// The type of its values.
    pub(crate) kind: Kind,
    /// Whether it is a list of names: a text with commas between them, and in documents a list.
    pub(super) is_list: bool,
    /// Whether there may be no value.
    #[cfg(any(feature = "cloud", feature = "local"))]
    pub(crate) optional: bool,
    /// The version of SQLite's tables that has it first.
    pub(crate) since: i64,
    /// Its value in a record.
    pub(crate) get: fn(&R) -> Value,
    pub(super) set: fn(&mut R, &Value) -> Option<()>,
    /// The value for documents that lack the fact; `None` if every document has it.
    pub(super) default: Option<fn(&mut R)>,
}

/// Makes the table `FACTS`. Each line: name, where it is in a record, its type, `since` a version of the tables; and
/// `default`, for a document without it.
macro_rules! facts {
    ($record:ty { $($name:ident: $($path:ident).+, $type:ty, since $since:literal $(, default $default:expr)?;)* }) => {
        /// Every fact, in the order of documents and columns.
        pub(crate) const FACTS: &[Fact<$record>] = &[$(
            Fact {
                name: stringify!($name),
                kind: <$type as FactType>::KIND,
                is_list: <$type as FactType>::IS_LIST,
                #[cfg(any(feature = "cloud", feature = "local"))]
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

pub(super) use facts;

/// A plain value. Integers are signed, of 64 bits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The type of a fact's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Bytes,
    /// A [`Value::Text`] in JSON, which is a part of documents as it is.
    Json,
}

/// A type that a fact can have.
pub(super) trait FactType: Sized {
    const KIND: Kind;
    /// Whether it is a list of names.
    const IS_LIST: bool = false;
    /// Whether there may be no value.
    #[cfg(any(feature = "cloud", feature = "local"))]
    const OPTIONAL: bool = false;

    fn to_value(&self) -> Value;

    /// `None` when no fact of this type has the value.
    fn from_value(value: &Value) -> Option<Self>;
}

/// What an integer type needs: its number, and the conversion back.
macro_rules! integer_fact {
    ($type:ty, $to:expr, $from:expr) => {
        impl FactType for $type {
            const KIND: Kind = Kind::Integer;

            fn to_value(&self) -> Value {
                let to: fn(&$type) -> i64 = $to;
                Value::Integer(to(self))
            }

            fn from_value(value: &Value) -> Option<Self> {
                let from: fn(i64) -> Option<$type> = $from;
                match value {
                    Value::Integer(number) => from(*number),
                    _ => None,
                }
            }
        }
    };
}

/// What a text type needs: its text, and the conversion back.
macro_rules! text_fact {
    ($type:ty, $to:expr, $from:expr) => {
        impl FactType for $type {
            const KIND: Kind = Kind::Text;

            fn to_value(&self) -> Value {
                let to: fn(&$type) -> &str = $to;
                Value::Text(to(self).to_owned())
            }

            fn from_value(value: &Value) -> Option<Self> {
                let from: fn(&str) -> Option<$type> = $from;
                match value {
                    Value::Text(text) => from(text),
                    _ => None,
                }
            }
        }
    };
}

integer_fact!(u32, |number| (*number).into(), |number| number.try_into().ok());
// Lengths over 8 EiB do not occur.
integer_fact!(u64, |number| i64::try_from(*number).unwrap_or(i64::MAX), |number| number
    .try_into()
    .ok());
integer_fact!(WebsiteId, |id| id.get().into(), |id| WebsiteId::new(id.try_into().ok()?));
integer_fact!(Dpi, |dpi| dpi.get().into(), |dpi| Dpi::new(dpi.try_into().ok()?));
integer_fact!(Orientation, |orientation| orientation.to_exif().into(), |number| {
    let number = u32::try_from(number).ok().filter(|number| (1..=8).contains(number))?;
    Some(Orientation::from_exif(number))
});
integer_fact!(SystemTime, |time| unix_milliseconds(*time), from_unix_milliseconds);
text_fact!(UserId, UserId::as_str, |text| UserId::parse(text).ok());
text_fact!(ImageName, ImageName::as_str, |text| ImageName::parse(text).ok());
text_fact!(UniqueName, UniqueName::as_str, |text| UniqueName::parse(text).ok());
text_fact!(Format, |format| format.name(), |name| {
    Format::ALL.into_iter().find(|format| format.name() == name)
});

/// A later version may have further warnings: they are left out.
impl FactType for BTreeSet<Warning> {
    const KIND: Kind = Kind::Text;
    const IS_LIST: bool = true;

    fn to_value(&self) -> Value {
        let names: Vec<_> = self.iter().map(|warning| warning.name()).collect();
        Value::Text(names.join(","))
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(names) => {
                Some(names.split(',').filter_map(|name| name.parse().ok()).collect())
            }
            _ => None,
        }
    }
}

impl FactType for [u8; 32] {
    const KIND: Kind = Kind::Bytes;

    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

impl<T: FactType> FactType for Option<T> {
    const KIND: Kind = T::KIND;
    #[cfg(any(feature = "cloud", feature = "local"))]
    const OPTIONAL: bool = true;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
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

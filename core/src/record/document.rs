//! A record as a JSON document, for hosts that keep records themselves.
//!
//! The document has a version. A reader ignores keys that it does not know and fills in the defaults
//! of keys that are missing, so that documents of every version stay readable.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

use super::fact::{Kind, Value};
use super::image_record::FACTS;
use super::{ImageRecord, InvalidRecord};

/// The version of the documents that are written.
pub(super) const VERSION: u32 = 1;

impl ImageRecord {
    /// The record as a JSON document, for a host's own storage to keep with the image.
    ///
    /// ```
    /// # use userimage::{Format, ImageRecord, Size, StandardRecord, UserId, WebsiteId};
    /// # let standard = StandardRecord::new(Format::Jpeg, Size::new(64, 48), b"...");
    /// # let (website, user) = (WebsiteId::new(1001).unwrap(), UserId::parse("12345")?);
    /// # let record = ImageRecord::new(website, user, Format::Png, Size::new(64, 48), b"...", standard);
    /// let json = record.to_json();
    /// assert!(json.starts_with(r#"{"version":1,"website_id":1001,"user_id":"12345","#));
    /// assert_eq!(ImageRecord::from_json(&json)?, record);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Document(self)).unwrap_or_default()
    }

    /// Reads the document of [`to_json`](Self::to_json), of any version: unknown keys are ignored,
    /// and missing ones that have a default get it.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] when `json` is not such a document.
    pub fn from_json(json: &str) -> Result<Self, InvalidRecord> {
        let document = serde_json::from_str(json).map_err(InvalidRecord::not_json)?;
        Self::from_document(&document)
    }

    pub(super) fn from_document(document: &Json) -> Result<Self, InvalidRecord> {
        let no_keys = Map::new();
        let keys = document.as_object().unwrap_or(&no_keys);
        // A value of another type becomes one that no fact has.
        Self::from_values(|fact| {
            keys.get(fact.name).map(|json| from_json(fact.kind, json).unwrap_or(Value::Null))
        })
    }
}

/// A record, written as its document: the version, then the facts in the table's order.
pub(super) struct Document<'a>(pub(super) &'a ImageRecord);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + FACTS.len()))?;
        map.serialize_entry("version", &VERSION)?;
        for fact in FACTS {
            map.serialize_entry(fact.name, &to_json((fact.get)(self.0)))?;
        }
        map.end()
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Bytes(bytes) => {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
        }
    }
}

fn from_json(kind: Kind, json: &Json) -> Option<Value> {
    match kind {
        Kind::Integer => json.as_i64().map(Value::Integer),
        Kind::Text => json.as_str().map(|text| Value::Text(text.to_owned())),
        Kind::Bytes => json.as_str().and_then(hex).map(Value::Bytes),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::image_record::tests::record;
    use super::super::{ImageId, StoredImage};
    use super::*;

    #[test]
    fn a_record_is_read_back_as_it_was() {
        let record = record();
        assert_eq!(ImageRecord::from_json(&record.to_json()).unwrap(), record);
        let id = ImageId::new(ImageId::MAX).unwrap();
        let image = StoredImage::new(id, "7\"", "https://a/ö", "https://b/", record);
        assert_eq!(StoredImage::from_json(&image.to_json()).unwrap(), image);
    }

    #[test]
    fn unknown_keys_are_ignored_and_missing_ones_filled() {
        let record = record();
        let mut document = serde_json::to_value(Document(&record)).unwrap();
        let keys = document.as_object_mut().unwrap();
        keys.insert("version".into(), 7.into());
        keys.insert("camera".into(), Json::Null);
        for missing in ["dpi_y", "standard_sha256"] {
            keys.remove(missing);
        }
        let read = ImageRecord::from_json(&document.to_string()).unwrap();
        let mut expected = record;
        (expected.dpi_y, expected.standard.sha256) = (expected.dpi, None);
        assert_eq!(read, expected);
    }

    #[test]
    fn a_damaged_document_is_an_error() {
        let json = record().to_json();
        for damaged in [
            "",
            "{}",
            "[]",
            "null",
            &json[1..],
            &json.replace("webp", "exe"),
            &json.replace("\"format\"", "\"x\""),
            &json.replace("\"sha256\":\"", "\"sha256\":\"0"),
            &json.replace("\"sha256\":\"", "\"sha256\":\"zz"),
        ] {
            assert!(ImageRecord::from_json(damaged).is_err(), "{damaged}");
        }
    }
}

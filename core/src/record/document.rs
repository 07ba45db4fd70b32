//! A record as a JSON document, for hosts that keep records themselves.
//!
//! The document has a version. A reader ignores keys that it does not know and fills in the defaults
//! of keys that are missing, so that documents of every version stay readable.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json};

use super::fact::{Fact, Kind, Value};
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
        let keys = object(document)?;
        let value_of = |fact: &Fact<Self>| keys.get(fact.name).map(|json| from_json(fact, json));
        // A value of another type is not the same as none, which some facts may have.
        for fact in FACTS {
            if value_of(fact) == Some(None) {
                return Err(InvalidRecord::impossible(fact.name));
            }
        }
        Self::from_values(|fact| value_of(fact).flatten())
    }
}

/// The members of a document, which is an object.
pub(super) fn object(document: &Json) -> Result<&Map<String, Json>, InvalidRecord> {
    document.as_object().ok_or(InvalidRecord::not_an_object())
}

/// A record, written as its document: the version, then the facts in the table's order.
pub(super) struct Document<'a>(pub(super) &'a ImageRecord);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &VERSION)?;
        for fact in FACTS {
            let json = to_json(fact, (fact.get)(self.0));
            if fact.since < FIRST_LEFT_OUT || !is_nothing(&json) {
                map.serialize_entry(fact.name, &json)?;
            }
        }
        map.end()
    }
}

/// Facts that are new with this version of the tables, or later, are left out where there is nothing: so a
/// document of an earlier version of the library is written back as it was.
const FIRST_LEFT_OUT: i64 = 4;

fn is_nothing(json: &Json) -> bool {
    json.is_null() || json.as_array().is_some_and(Vec::is_empty)
}

fn to_json(fact: &Fact<ImageRecord>, value: Value) -> Json {
    match value {
        Value::Text(names) if fact.is_list => {
            names.split(',').filter(|name| !name.is_empty()).collect()
        }
        Value::Text(json) if fact.kind == Kind::Json => {
            serde_json::from_str(&json).unwrap_or_default()
        }
        Value::Null => Json::Null,
        Value::Integer(number) => number.into(),
        Value::Text(text) => text.into(),
        Value::Bytes(bytes) => hexadecimal(&bytes).into(),
    }
}

/// The value, or `None` for one of another type.
fn from_json(fact: &Fact<ImageRecord>, json: &Json) -> Option<Value> {
    if json.is_null() {
        return Some(Value::Null);
    }
    if fact.is_list {
        let names = json.as_array()?.iter().map(Json::as_str).collect::<Option<Vec<_>>>()?;
        return Some(Value::Text(names.join(",")));
    }
    match fact.kind {
        Kind::Integer => json.as_i64().map(Value::Integer),
        Kind::Text => json.as_str().map(|text| Value::Text(text.to_owned())),
        Kind::Bytes => json.as_str().and_then(from_hexadecimal).map(Value::Bytes),
        Kind::Json => Some(Value::Text(json.to_string())),
    }
}

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
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
    use crate::warning::Warning;

    #[test]
    fn a_record_is_read_back_as_it_was() {
        let record = record();
        assert_eq!(ImageRecord::from_json(&record.to_json()).unwrap(), record);
        let id = ImageId::new(ImageId::MAX).unwrap();
        let urls = record.renditions.iter().map(|rendition| (rendition.name, "c/".to_owned()));
        let urls: Vec<_> = urls.collect();
        let image = StoredImage::new(id, "7\"", "https://a/ö", "https://b/", record)
            .with_rendition_urls(urls);
        assert_eq!(StoredImage::from_json(&image.to_json()).unwrap(), image);
    }

    #[test]
    fn unknown_keys_are_ignored_and_missing_ones_filled() {
        let record = record();
        let mut document = serde_json::to_value(Document(&record)).unwrap();
        let keys = document.as_object_mut().unwrap();
        keys.insert("version".into(), 7.into());
        keys.insert("camera".into(), Json::Null);
        for missing in ["dpi_y", "standard_sha256", "warnings"] {
            keys.remove(missing);
        }
        let read = ImageRecord::from_json(&document.to_string()).unwrap();
        let mut expected = record;
        (expected.dpi_y, expected.standard.sha256) = (expected.dpi, None);
        expected.warnings.clear();
        assert_eq!(read, expected);
    }

    #[test]
    fn warnings_are_a_list_whose_unknown_names_are_left_out() {
        let mut record = record();
        let written = r#""warnings":["low_resolution","animation"]"#;
        assert!(record.to_json().contains(written), "{}", record.to_json());
        let of_a_later_version =
            record.to_json().replace(written, r#""warnings":["animation","glitter"]"#);
        record.warnings.remove(&Warning::LowResolution);
        assert_eq!(ImageRecord::from_json(&of_a_later_version).unwrap(), record);
        record.warnings.clear();
        assert!(!record.to_json().contains("warnings"), "as in documents of earlier versions");
        for wrong in [r#""animation""#, "[1]", "null", "{}"] {
            let json = record.to_json().replacen('{', &format!("{{\"warnings\":{wrong},"), 1);
            let error = ImageRecord::from_json(&json).unwrap_err().to_string();
            assert!(error.contains("warnings"), "{wrong}: {error}");
        }
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
            &json.replace("\"standard_sha256\":\"", "\"standard_sha256\":\"zz"),
            &json.replace("\"standard_sha256\":\"", "\"standard_sha256\":5,\"x\":\""),
        ] {
            assert!(ImageRecord::from_json(damaged).is_err(), "{damaged}");
        }
        let unknown = json.replace("\"standard_sha256\":\"", "\"standard_sha256\":null,\"x\":\"");
        assert_eq!(ImageRecord::from_json(&unknown).unwrap().standard.sha256, None);
    }

    #[test]
    fn an_error_names_the_key_of_an_image_s_document() {
        let image =
            StoredImage::new(ImageId::new(7).unwrap(), "7", "https://a/", "https://b/", record());
        let json = image.to_json();
        let record = record().to_json();
        for (damaged, expected) in [
            (String::new(), "not a JSON document"),
            ("null".to_owned(), "not an object"),
            // Not the members in their order.
            (format!(r#"[1,7,"7","https://a/","https://b/",{record}]"#), "not an object"),
            (json.replace("\"id\":7", "\"x\":7"), "id is missing"),
            (json.replace("\"id\":7", "\"id\":-7"), "id has an impossible value"),
            (json.replace("\"id\":7", "\"id\":\"7\""), "id has an impossible value"),
            (
                json.replace("\"photo_code\":\"7\"", "\"photo_code\":7"),
                "photo_code has an impossible value",
            ),
            (json.replace("standard_url", "x"), "standard_url is missing"),
            (
                json.replace("\"id\":7", "\"id\":7,\"rendition_urls\":{\"api\":\"u\"}"),
                "rendition_urls has an impossible value",
            ),
            (json.replace("\"record\":{", "\"record\":null,\"x\":{"), "record"),
            (json.replace("\"record\"", "\"x\""), "record is missing"),
        ] {
            let error = StoredImage::from_json(&damaged).unwrap_err().to_string();
            assert!(error.contains(expected), "{damaged}: {error}");
            for word in ["u64", "struct", "invalid type"] {
                assert!(!error.contains(word), "{damaged}: {error}");
            }
        }
    }
}

//! The records of an image's further renditions, as one fact.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::document::{from_hexadecimal, hexadecimal};
use super::fact::{FactType, Kind, Value};
use super::variant::RenditionName;
use crate::format::Format;
use crate::geometry::Size;

/// The record of a further rendition, which the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenditionRecord {
    /// Its name.
    pub name: RenditionName,
    /// JPEG, PNG where the picture has transparency, or WebP where that is chosen and smaller.
    pub format: Format,
    /// Its size in pixels.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

impl RenditionRecord {
    /// The record of a rendition with these bytes.
    #[must_use]
    pub fn new(name: RenditionName, format: Format, size: Size, bytes: &[u8]) -> Self {
        let sha256 = Sha256::digest(bytes).into();
        Self { name, format, size, bytes: bytes.len() as u64, sha256 }
    }
}

/// A record as a member of the list in documents and columns.
#[derive(Serialize, Deserialize)]
struct Element {
    name: String,
    format: String,
    width: u32,
    height: u32,
    bytes: u64,
    sha256: String,
}

impl From<&RenditionRecord> for Element {
    fn from(record: &RenditionRecord) -> Self {
        Self {
            name: record.name.to_string(),
            format: record.format.name().to_owned(),
            width: record.size.width,
            height: record.size.height,
            bytes: record.bytes,
            sha256: hexadecimal(&record.sha256),
        }
    }
}

impl Element {
    fn record(&self) -> Option<RenditionRecord> {
        Some(RenditionRecord {
            name: RenditionName::parse(&self.name).ok()?,
            format: Format::ALL.into_iter().find(|format| format.name() == self.format)?,
            size: Size::new(self.width, self.height),
            bytes: i64::try_from(self.bytes).ok()?.unsigned_abs(),
            sha256: from_hexadecimal(&self.sha256)?.try_into().ok()?,
        })
    }
}

/// A list in JSON, in the order of the names. An empty text is an empty list: rows of older versions have it.
impl FactType for Vec<RenditionRecord> {
    const KIND: Kind = Kind::Json;

    fn to_value(&self) -> Value {
        let elements: Vec<Element> = self.iter().map(Element::from).collect();
        Value::Text(serde_json::to_string(&elements).unwrap_or_default())
    }

    fn from_value(value: &Value) -> Option<Self> {
        let Value::Text(json) = value else { return None };
        if json.is_empty() {
            return Some(Self::new());
        }
        let elements: Vec<Element> = serde_json::from_str(json).ok()?;
        let records = elements.iter().map(Element::record).collect::<Option<Self>>()?;
        // No two of the same name.
        records.is_sorted_by(|a, b| a.name < b.name).then_some(records)
    }
}

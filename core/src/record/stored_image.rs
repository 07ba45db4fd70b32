//! A stored image.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::document::{Document, VERSION, object};
use super::{ImageId, ImageRecord, InvalidRecord, RenditionName, Variant};

/// A stored image: what the answer's `Data` is made of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StoredImage {
    /// Its number.
    pub id: ImageId,
    /// The first upload of the same bytes by the same user of the same website, or a text of a
    /// host's own storage.
    pub photo_code: String,
    /// Where a client gets the original.
    pub original_url: String,
    /// Where a client gets the standard rendition.
    pub standard_url: String,
    /// Where a client gets the further renditions.
    pub rendition_urls: BTreeMap<RenditionName, String>,
    /// Its record.
    pub record: ImageRecord,
}

impl StoredImage {
    /// The image that a storage has stored under `id`.
    #[must_use]
    pub fn new(
        id: ImageId,
        photo_code: impl Into<String>,
        original_url: impl Into<String>,
        standard_url: impl Into<String>,
        record: ImageRecord,
    ) -> Self {
        Self {
            id,
            photo_code: photo_code.into(),
            original_url: original_url.into(),
            standard_url: standard_url.into(),
            rendition_urls: BTreeMap::new(),
            record,
        }
    }

    /// The same image, with the URLs of its further renditions.
    #[must_use]
    pub fn with_rendition_urls(
        mut self,
        urls: impl IntoIterator<Item = (RenditionName, String)>,
    ) -> Self {
        self.rendition_urls = urls.into_iter().collect();
        self
    }

    /// Where a client gets one of its files. `None` for a rendition that it does not have.
    #[must_use]
    pub fn url(&self, variant: Variant) -> Option<&str> {
        match variant {
            Variant::Original => Some(&self.original_url),
            Variant::Standard => Some(&self.standard_url),
            Variant::Named(name) => self.rendition_urls.get(&name).map(String::as_str),
        }
    }
}

/// The JSON document of a stored image, as it is written.
#[derive(Serialize)]
struct ImageDocument<'a> {
    version: u32,
    id: u64,
    photo_code: &'a str,
    original_url: &'a str,
    standard_url: &'a str,
    /// A document without them has no such member, like documents of earlier versions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rendition_urls: BTreeMap<&'a str, &'a str>,
    record: Document<'a>,
}

impl StoredImage {
    /// The image as a JSON document, for a host to keep. [`from_json`](Self::from_json) reads it back,
    /// also in later versions of this library.
    #[must_use]
    pub fn to_json(&self) -> String {
        let document = ImageDocument {
            version: VERSION,
            id: self.id.get(),
            photo_code: &self.photo_code,
            original_url: &self.original_url,
            standard_url: &self.standard_url,
            rendition_urls: self
                .rendition_urls
                .iter()
                .map(|(name, url)| (name.as_str(), url.as_str()))
                .collect(),
            record: Document(&self.record),
        };
        serde_json::to_string(&document).unwrap_or_default()
    }

    /// Reads the document of [`to_json`](Self::to_json), of any version. Like a record's, it may have keys
    /// that are not known.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] when `json` is not such a document.
    pub fn from_json(json: &str) -> Result<Self, InvalidRecord> {
        let document: Json = serde_json::from_str(json).map_err(InvalidRecord::not_json)?;
        let keys = object(&document)?;
        let member = |name| keys.get(name).ok_or(InvalidRecord::missing(name));
        let text = |name| {
            let text = member(name)?.as_str().ok_or(InvalidRecord::impossible(name))?;
            Ok::<_, InvalidRecord>(text.to_owned())
        };
        let id = member("id")?.as_u64().and_then(ImageId::new);
        Ok(Self {
            id: id.ok_or(InvalidRecord::impossible("id"))?,
            photo_code: text("photo_code")?,
            original_url: text("original_url")?,
            standard_url: text("standard_url")?,
            rendition_urls: match keys.get("rendition_urls") {
                None | Some(Json::Null) => BTreeMap::new(),
                Some(urls) => urls
                    .as_object()
                    .and_then(rendition_urls)
                    .ok_or(InvalidRecord::impossible("rendition_urls"))?,
            },
            record: ImageRecord::from_document(member("record")?)?,
        })
    }
}

/// The URLs of renditions by their names. `None` where one is not a name or not a text.
fn rendition_urls(urls: &Map<String, Json>) -> Option<BTreeMap<RenditionName, String>> {
    let urls = urls.iter();
    urls.map(|(name, url)| Some((RenditionName::parse(name).ok()?, url.as_str()?.to_owned())))
        .collect()
}

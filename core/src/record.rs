//! What is known of an image that is being stored, and of one that is.

use std::fmt;
use std::time::SystemTime;

use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::{Orientation, Size};
use crate::name::{ImageName, UniqueName};

/// A stored image's number: positive, unique in its store, growing, never used twice.
pub type ImageId = u64;

/// Everything that is known of an image before a storage has given it an [`ImageId`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImageRecord {
    /// The website it was uploaded to. No other website can ever see it.
    pub website_id: WebsiteId,
    /// Who uploaded it.
    pub user_id: UserId,
    /// The client's file name, to show.
    pub image_name: ImageName,
    /// The name it is stored under.
    pub unique_name: UniqueName,
    /// The format found in the bytes.
    pub format: Format,
    /// Its pixels as stored, before orientation.
    pub stored_size: Size,
    /// How it must be turned to stand upright.
    pub orientation: Orientation,
    /// The answer's DPI: the request's, else the file's own, else 72.
    pub dpi: Dpi,
    /// Bytes of the original.
    pub bytes: u64,
    /// SHA-256 of the original: how a repeat is known.
    pub sha256: [u8; 32],
    /// The rendition for screens.
    pub standard: StandardRecord,
    /// When it was uploaded, in whole milliseconds.
    pub created: SystemTime,
}

impl ImageRecord {
    /// Its pixels as a person sees it: the answer's `Width` and `Height`.
    #[must_use]
    pub fn size(&self) -> Size {
        self.stored_size.upright(self.orientation)
    }

    /// Where a storage keeps one of its two blobs, relative to the store: `original/<UniqueName>`
    /// or `standard/<UniqueName with the rendition's extension>`.
    #[must_use]
    pub fn blob_key(&self, variant: Variant) -> String {
        let name = match variant {
            Variant::Original => self.unique_name.to_string(),
            Variant::Standard => self.unique_name.with_extension_of(self.standard.format),
        };
        format!("{variant}/{name}")
    }
}

/// What is known of the standard rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandardRecord {
    /// JPEG, or PNG where the picture has transparency.
    pub format: Format,
    /// Its pixels.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Which of the two files of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The bytes as they came.
    Original,
    /// The rendition for screens.
    Standard,
}

impl Variant {
    /// Both, in the order in which they are stored.
    pub const ALL: [Self; 2] = [Self::Original, Self::Standard];
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Original => "original",
            Self::Standard => "standard",
        })
    }
}

/// A checked image on its way into a storage: the record and the bytes of both files.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NewImage<'a> {
    /// What is known of it.
    pub record: &'a ImageRecord,
    /// The bytes as they came.
    pub original: &'a [u8],
    /// The standard rendition's bytes.
    pub standard: &'a [u8],
}

impl<'a> NewImage<'a> {
    /// An image to store. An [`Uploader`](crate::Uploader) makes these; a test of a storage may.
    #[must_use]
    pub fn new(record: &'a ImageRecord, original: &'a [u8], standard: &'a [u8]) -> Self {
        Self { record, original, standard }
    }

    /// The bytes of one of its files.
    #[must_use]
    pub fn bytes(&self, variant: Variant) -> &'a [u8] {
        match variant {
            Variant::Original => self.original,
            Variant::Standard => self.standard,
        }
    }
}

/// An image that is safely kept: what the answer's `Data` is made of.
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
    /// What is known of it.
    pub record: ImageRecord,
}

impl StoredImage {
    /// What a storage answers once `record` is kept under `id`.
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
            record,
        }
    }
}

//! What is known of an image that is being stored, and of one that is.

use std::fmt;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

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
    /// A record of `original` under a new name, uploaded now. What is not given is at its
    /// plainest (the image name is the unique name, upright, 72 DPI); every field may be set
    /// afterwards. An [`Uploader`](crate::Uploader) makes these; a test of a storage may.
    #[must_use]
    pub fn new(
        website_id: WebsiteId,
        user_id: UserId,
        format: Format,
        stored_size: Size,
        original: &[u8],
        standard: StandardRecord,
    ) -> Self {
        let created = whole_milliseconds(SystemTime::now());
        let unique_name = UniqueName::generate(format, created);
        Self {
            website_id,
            user_id,
            image_name: ImageName::from(&unique_name),
            unique_name,
            format,
            stored_size,
            orientation: Orientation::default(),
            dpi: Dpi::DEFAULT,
            bytes: original.len() as u64,
            sha256: Sha256::digest(original).into(),
            standard,
            created,
        }
    }

    /// Its pixels as a person sees it: the answer's `Width` and `Height`.
    #[must_use]
    pub fn size(&self) -> Size {
        self.stored_size.oriented(self.orientation)
    }

    /// Where a storage keeps one of its two blobs.
    #[must_use]
    pub fn blob_key(&self, variant: Variant) -> BlobKey {
        let name = match variant {
            Variant::Original => self.unique_name.clone(),
            Variant::Standard => self.unique_name.with_extension_of(self.standard.format),
        };
        BlobKey { variant, name }
    }

    /// How many bytes that blob has.
    #[must_use]
    pub fn blob_len(&self, variant: Variant) -> u64 {
        match variant {
            Variant::Original => self.bytes,
            Variant::Standard => self.standard.bytes,
        }
    }
}

/// `time` without what is finer than a millisecond: as storages keep it.
fn whole_milliseconds(time: SystemTime) -> SystemTime {
    let rest = |since: Duration| Duration::from_nanos(u64::from(since.subsec_nanos() % 1_000_000));
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => time - rest(since),
        Err(before) => time + rest(before.duration()),
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

    /// `original` or `standard`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Standard => "standard",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a storage keeps one of an image's two blobs, relative to the store:
/// `original/<UniqueName>` or `standard/<UniqueName with the rendition's extension>`. It can only
/// be made of such a name, so it never leads out of the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlobKey {
    variant: Variant,
    name: UniqueName,
}

impl BlobKey {
    /// Which of the image's files it is, and the folder's name.
    #[must_use]
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// The name in that folder.
    #[must_use]
    pub fn name(&self) -> &UniqueName {
        &self.name
    }

    /// The key of the same name in the other folder.
    #[cfg(feature = "http")]
    pub(crate) fn of(&self, variant: Variant) -> Self {
        Self { variant, name: self.name.clone() }
    }

    /// Reads a key back, e.g. from a storage's records.
    ///
    /// # Errors
    ///
    /// [`InvalidBlobKey`] when `text` is not a key of [`ImageRecord::blob_key`].
    pub fn parse(text: &str) -> Result<Self, InvalidBlobKey> {
        let (folder, name) = text.split_once('/').ok_or(InvalidBlobKey)?;
        let variant = Variant::ALL.into_iter().find(|variant| variant.name() == folder);
        match (variant, UniqueName::parse(name)) {
            (Some(variant), Ok(name)) => Ok(Self { variant, name }),
            _ => Err(InvalidBlobKey),
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.variant, self.name)
    }
}

/// A text is not a [`BlobKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key of the form original/<unique name> or standard/<unique name>")]
pub struct InvalidBlobKey;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_key_is_read_back_and_never_leads_out_of_the_store() {
        let name = UniqueName::generate(Format::Tiff, SystemTime::now());
        let key = BlobKey { variant: Variant::Standard, name: name.with_extension_of(Format::Png) };
        assert!(key.to_string().ends_with(".png"));
        assert_eq!(BlobKey::parse(&key.to_string()), Ok(key));
        for text in [
            String::new(),
            "original".into(),
            "original/".into(),
            "original/../userimage.sqlite3".into(),
            format!("../{name}"),
            format!("/original/{name}"),
            format!("original/{name}/"),
            format!("original/../{name}"),
            format!("original\\{name}"),
            format!("Original/{name}"),
            format!("original/{name}\0"),
            format!("original/{}", name.as_str().to_uppercase()),
        ] {
            assert_eq!(BlobKey::parse(&text), Err(InvalidBlobKey), "{text:?}");
        }
    }

    #[test]
    fn times_are_kept_in_whole_milliseconds_on_both_sides_of_1970() {
        let millis = Duration::from_millis(1500);
        let finer = millis + Duration::from_nanos(999_999);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(whole_milliseconds(epoch + finer), epoch + millis);
        assert_eq!(whole_milliseconds(epoch - finer), epoch - millis);
        assert_eq!(whole_milliseconds(epoch + millis), epoch + millis);
    }
}

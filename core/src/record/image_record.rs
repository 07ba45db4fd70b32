//! The record of an image.

use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::{BlobKey, Variant};
use crate::field::{Dpi, UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::{Orientation, Size};
use crate::name::{ImageName, UniqueName};

/// Everything that is known of an image before a storage has given it an
/// [`ImageId`](super::ImageId).
///
/// The table in `facts.rs` lists the same facts: from it come the columns of a database, the JSON
/// document and what the bindings show.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImageRecord {
    /// The website it was uploaded to. No other website can see it.
    pub website_id: WebsiteId,
    /// Who uploaded it.
    pub user_id: UserId,
    /// The client's file name, to show and never to use as a path.
    pub image_name: ImageName,
    /// The name it is stored under.
    pub unique_name: UniqueName,
    /// The format found in the bytes.
    pub format: Format,
    /// Its size in pixels as stored, before orientation.
    pub stored_size: Size,
    /// How the stored pixels must be turned to stand upright.
    pub orientation: Orientation,
    /// The answer's DPI, horizontally as displayed: the request's, else the file's own, else 72.
    pub dpi: Dpi,
    /// The vertical DPI as displayed. It differs from `dpi` for faxes and the like.
    pub dpi_y: Dpi,
    /// The length of the original in bytes.
    pub original_bytes: u64,
    /// SHA-256 of the original: a repeated upload is found by it.
    pub sha256: [u8; 32],
    /// The rendition for screens.
    pub standard: StandardRecord,
    /// When it was uploaded, in whole milliseconds.
    pub created: SystemTime,
}

impl ImageRecord {
    /// A record of `original` under a new name, uploaded now. The image name is the unique name, the
    /// image is upright and has 72 DPI until the fields are set. An [`Uploader`](crate::Uploader)
    /// makes records; a test of a storage may.
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
        let mut record = Self::blank(website_id, user_id, unique_name, format);
        record.stored_size = stored_size;
        record.original_bytes = original.len() as u64;
        record.sha256 = Sha256::digest(original).into();
        record.standard = standard;
        record.created = created;
        record
    }

    /// A record that knows only these facts.
    pub(super) fn blank(
        website_id: WebsiteId,
        user_id: UserId,
        unique_name: UniqueName,
        format: Format,
    ) -> Self {
        Self {
            website_id,
            user_id,
            image_name: ImageName::from(&unique_name),
            unique_name,
            format,
            stored_size: Size::new(0, 0),
            orientation: Orientation::default(),
            dpi: Dpi::DEFAULT,
            dpi_y: Dpi::DEFAULT,
            original_bytes: 0,
            sha256: [0; 32],
            standard: StandardRecord {
                format: Format::Jpeg,
                size: Size::new(0, 0),
                bytes: 0,
                sha256: None,
            },
            created: SystemTime::UNIX_EPOCH,
        }
    }

    /// Its size in pixels as displayed: the answer's `Width` and `Height`.
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
        BlobKey::new(variant, name)
    }

    /// How many bytes that blob has.
    #[must_use]
    pub fn blob_len(&self, variant: Variant) -> u64 {
        match variant {
            Variant::Original => self.original_bytes,
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

/// The record of the standard rendition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardRecord {
    /// JPEG, or PNG where the picture has transparency.
    pub format: Format,
    /// Its size in pixels.
    pub size: Size,
    /// Its length in bytes.
    pub bytes: u64,
    /// Its SHA-256. `None` for an image that was stored before this was recorded.
    pub sha256: Option<[u8; 32]>,
}

impl StandardRecord {
    /// The record of a rendition with these bytes.
    #[must_use]
    pub fn new(format: Format, size: Size, bytes: &[u8]) -> Self {
        let sha256 = Some(Sha256::digest(bytes).into());
        Self { format, size, bytes: bytes.len() as u64, sha256 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

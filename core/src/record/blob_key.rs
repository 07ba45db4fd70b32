//! Where a storage keeps a file of an image.

use std::fmt;
use std::str::FromStr;

use super::Variant;
use crate::name::UniqueName;

/// Where a storage keeps one of an image's blobs, relative to the store: `original/<UniqueName>`, or the name of
/// the rendition and the `UniqueName` with the rendition's extension, as in `standard/<UniqueName>`. A key always has
/// such a name, so it cannot point outside the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey {
    variant: Variant,
    name: UniqueName,
}

impl BlobKey {
    pub(super) fn new(variant: Variant, name: UniqueName) -> Self {
        Self { variant, name }
    }

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
    /// [`InvalidBlobKey`] when `text` is not a key of [`ImageRecord::blob_key`](super::ImageRecord::blob_key).
    pub fn parse(text: &str) -> Result<Self, InvalidBlobKey> {
        let (folder, name) = text.split_once('/').ok_or(InvalidBlobKey)?;
        match (folder.parse(), UniqueName::parse(name)) {
            (Ok(variant), Ok(name)) => Ok(Self { variant, name }),
            _ => Err(InvalidBlobKey),
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.variant, self.name)
    }
}

impl FromStr for BlobKey {
    type Err = InvalidBlobKey;

    /// As [`BlobKey::parse`].
    fn from_str(text: &str) -> Result<Self, InvalidBlobKey> {
        Self::parse(text)
    }
}

/// A text is not a [`BlobKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a key of the form original/<unique name>, standard/<unique name> or <rendition>/<unique name>"
)]
pub struct InvalidBlobKey;

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::format::Format;

    #[test]
    fn a_blob_key_is_read_back_and_never_leads_out_of_the_store() {
        let name = UniqueName::generate(Format::Tiff, SystemTime::now());
        let key = BlobKey { variant: Variant::Standard, name: name.with_extension_of(Format::Png) };
        assert!(key.to_string().ends_with(".png"));
        assert_eq!(BlobKey::parse(&key.to_string()), Ok(key));
        let key = BlobKey::parse(&format!("thumbnail/{name}")).unwrap();
        assert_eq!(key.variant().name(), "thumbnail");
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
            format!("api/{name}"),
            format!("original/{name}\0"),
            format!("original/{}", name.as_str().to_uppercase()),
        ] {
            assert_eq!(BlobKey::parse(&text), Err(InvalidBlobKey), "{text:?}");
        }
    }
}

//! Sample images for tests of storages.

use crate::field::{UserId, WebsiteId};
use crate::format::Format;
use crate::geometry::Size;
use crate::name::ImageName;
use crate::record::{
    ImageId, ImageRecord, RenditionName, RenditionRecord, StandardRecord, Variant,
};
use crate::storage::{NewImage, Storage, StorageError};
use crate::warning::Warning;

/// An image to store: any bytes, not necessarily decodable, and a record that matches them.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The record. A test may change it.
    pub record: ImageRecord,
    /// The bytes of the original.
    pub original: Vec<u8>,
    /// The bytes of the rendition.
    pub standard: Vec<u8>,
    /// The bytes of the further renditions, in the order of the record's.
    pub renditions: Vec<Vec<u8>>,
}

impl Sample {
    /// An upload of `original` by `user` to `website`. The rendition's bytes are derived from the
    /// original's.
    ///
    /// # Panics
    ///
    /// When website or user are not valid.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests, whose values are literals")]
    pub fn new(website: u32, user: &str, original: impl Into<Vec<u8>>) -> Self {
        let original = original.into();
        let standard: Vec<u8> = b"standard ".iter().chain(original.iter().rev()).copied().collect();
        let mut record = ImageRecord::new(
            WebsiteId::new(website).expect("a valid website"),
            UserId::parse(user).expect("a valid user"),
            Format::Png,
            Size::new(355, 142),
            &original,
            StandardRecord::new(Format::Jpeg, Size::new(35, 14), &standard),
        );
        record.image_name = ImageName::from_file_name("Logo.png").expect("a valid name");
        record.warnings = [Warning::LowResolution, Warning::Transparency].into();
        Self { record, original, standard, renditions: Vec::new() }
    }

    /// The same upload with a further rendition of these bytes. Renditions are added in the order of their names.
    ///
    /// # Panics
    ///
    /// When the name is not valid.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests, whose values are literals")]
    pub fn with_rendition(mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let (name, bytes) = (RenditionName::parse(name).expect("a valid name"), bytes.into());
        let record = RenditionRecord::new(name, Format::Jpeg, Size::new(7, 3), &bytes);
        self.record.renditions.push(record);
        self.renditions.push(bytes);
        self
    }

    /// The same upload under a name that the storage has reserved, if it has one, as an uploader stores it.
    #[must_use]
    pub fn with_reserved_name(mut self, storage: &dyn Storage) -> Self {
        if let Some(reserved) = storage.take_reserved_name(&self.record) {
            self.record.unique_name = reserved;
        }
        self
    }

    /// The argument of [`Storage::store`].
    #[must_use]
    pub fn image(&self) -> NewImage<'_> {
        NewImage::new(&self.record, &self.original, &self.standard)
            .with_renditions(&self.renditions)
    }

    /// The bytes of one of its files; none of a rendition that it does not have.
    #[must_use]
    pub fn bytes(&self, variant: Variant) -> &[u8] {
        match variant {
            Variant::Original => &self.original,
            Variant::Standard => &self.standard,
            Variant::Named(name) => {
                let mut renditions = self.record.renditions.iter().zip(&self.renditions);
                let found = renditions.find(|(record, _)| record.name == name);
                found.map_or(&[], |(_, bytes)| bytes)
            }
        }
    }

    /// Asserts that the storage has this image under `id`, with the same record and bytes.
    ///
    /// # Errors
    ///
    /// [`StorageError`] of the storage.
    ///
    /// # Panics
    ///
    /// When the image is missing or differs.
    pub fn assert_kept(&self, storage: &dyn Storage, id: ImageId) -> Result<(), StorageError> {
        let website = self.record.website_id;
        let found = storage.find(website, id)?;
        let record = found.as_ref().map(|found| &found.record);
        assert_eq!(record, Some(&self.record), "the record of image {id}");
        assert_eq!(found.map(|found| found.id), Some(id), "the id of image {id}");
        for variant in self.record.variants() {
            let kept = storage.read(website, id, variant)?;
            // Not assert_eq, which would print the bytes.
            assert!(
                kept.as_deref() == Some(self.bytes(variant)),
                "the {variant} of image {id} is not what was stored"
            );
        }
        Ok(())
    }
}

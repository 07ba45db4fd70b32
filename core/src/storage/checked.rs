//! A storage whose answers are checked, since a host's own may return another image than is asked for.

use std::time::Duration;

use super::{
    ImageList, NewImage, Page, SimilarImage, Storage, StorageError, StoredFile, SweepReport, Usage,
    VerifyReport,
};
use crate::field::{UserId, WebsiteId};
use crate::metrics::Metrics;
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, StoredImage, Variant};

/// Any storage. What is not what was asked for is an error: no website sees another's image, and no key
/// opens another's file. Errors are counted.
pub(crate) struct CheckedStorage {
    storage: Box<dyn Storage>,
    metrics: Metrics,
}

impl CheckedStorage {
    pub(crate) fn new(storage: Box<dyn Storage>, metrics: Metrics) -> Self {
        Self { storage, metrics }
    }

    /// Runs an operation of the storage and counts its error. What the storage does not support, and a quota
    /// that is used up, are not errors of its own.
    fn run<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&dyn Storage) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        work(&*self.storage).inspect_err(|error| {
            if !error.is_unsupported() && error.exceeded_quota().is_none() {
                self.metrics.storage_error(operation);
            }
        })
    }
}

fn ensure(holds: bool, problem: &str) -> Result<(), StorageError> {
    if holds { Ok(()) } else { Err(StorageError::new(format!("the storage returned {problem}"))) }
}

fn of_website(image: &StoredImage, website: WebsiteId) -> Result<(), StorageError> {
    ensure(image.record.website_id == website, "another website's image")
}

fn of_user(images: &[StoredImage], website: WebsiteId, user: &UserId) -> Result<(), StorageError> {
    images.iter().try_for_each(|image| {
        of_website(image, website)?;
        ensure(image.record.user_id == *user, "another user's image")
    })
}

impl Storage for CheckedStorage {
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        let name = self.storage.take_reserved_name(record)?;
        (name == name.with_extension_of(record.format)).then_some(name)
    }

    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        let stored = self.run("store", |storage| storage.store(image))?;
        of_website(&stored, image.record.website_id)?;
        ensure(stored.record.unique_name == image.record.unique_name, "another image")?;
        Ok(stored)
    }

    fn supports_limits(&self) -> bool {
        self.storage.supports_limits()
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        let found = self.run("find", |storage| storage.find(website, id))?;
        if let Some(image) = &found {
            of_website(image, website)?;
            ensure(image.id == id, "another image")?;
        }
        Ok(found)
    }

    fn read(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        self.run("read", |storage| storage.read(website, id, variant))
    }

    fn open(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
        let opened = self.run("open", |storage| storage.open(website, id, variant))?;
        if let Some(file) = &opened {
            of_website(file.image(), website)?;
            ensure(file.image().id == id && file.variant() == variant, "another file")?;
        }
        Ok(opened)
    }

    fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
        let opened = self.run("open_key", |storage| storage.open_key(key))?;
        if let Some(file) = &opened {
            ensure(file.key() == *key, "another key's file")?;
        }
        Ok(opened)
    }

    fn url(
        &self,
        image: &StoredImage,
        variant: Variant,
        expires: Duration,
    ) -> Result<String, StorageError> {
        self.run("url", |storage| storage.url(image, variant, expires))
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
        let found = self.run("find_key", |storage| storage.find_key(key))?;
        if let Some(image) = &found {
            ensure(image.record.has_key(key), "another key's image")?;
        }
        Ok(found)
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        let list = self.run("list", |storage| storage.list(website, user, page))?;
        of_user(&list.images, website, user)?;
        ensure(list.images.len() as u64 <= page.size.into(), "more images than a page has")?;
        Ok(list)
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        self.run("delete", |storage| storage.delete(website, id))
    }

    fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
        self.run("sweep", |storage| storage.sweep(min_age))
    }

    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<StoredImage>, StorageError> {
        let images =
            self.run("list_after", |storage| storage.list_after(website, user, before, size))?;
        of_user(&images, website, user)?;
        ensure(images.len() as u64 <= size.into(), "more images than were asked for")?;
        Ok(images)
    }

    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        let list = self.run("search", |storage| storage.search(website, user, text, page))?;
        of_user(&list.images, website, user)?;
        ensure(list.images.len() as u64 <= page.size.into(), "more images than a page has")?;
        Ok(list)
    }

    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<SimilarImage>, StorageError> {
        let found = self.run("find_similar", |storage| {
            storage.find_similar(website, user, hash, distance, limit)
        })?;
        for similar in &found {
            let record = &similar.image.record;
            of_website(&similar.image, website)?;
            ensure(user.is_none_or(|user| record.user_id == *user), "another user's image")?;
        }
        ensure(found.len() as u64 <= limit.into(), "more images than were asked for")?;
        Ok(found)
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        self.run("usage", |storage| storage.usage(website, user))
    }

    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        self.run("websites", |storage| storage.websites(after, limit))
    }

    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        self.run("delete_user", |storage| storage.delete_user(website, user, progress))
    }

    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        self.run("reassign", |storage| storage.reassign(website, from, to, progress))
    }

    fn expire(
        &self,
        website: WebsiteId,
        age: Duration,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        self.run("expire", |storage| storage.expire(website, age, progress))
    }

    fn verify(
        &self,
        report: VerifyReport,
        progress: &mut dyn FnMut(&VerifyReport) -> bool,
    ) -> Result<VerifyReport, StorageError> {
        self.run("verify", |storage| storage.verify(report, progress))
    }

    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<StoredImage>, StorageError> {
        self.run("scan", |storage| storage.scan(after, limit))
    }

    fn import(
        &self,
        image: &NewImage<'_>,
        id: ImageId,
        photo_code: &str,
    ) -> Result<StoredImage, StorageError> {
        self.run("import", |storage| storage.import(image, id, photo_code))
    }

    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        self.run("last_id", |storage| storage.last_id())
    }

    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        self.run("raise_last_id", |storage| storage.raise_last_id(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::geometry::Size;
    use crate::record::{ImageRecord, StandardRecord};

    /// Answers everything with the same image.
    struct Same(StoredImage);

    impl Storage for Same {
        fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
            Ok(self.0.clone())
        }

        fn find(&self, _: WebsiteId, _: ImageId) -> Result<Option<StoredImage>, StorageError> {
            Ok(Some(self.0.clone()))
        }

        fn find_key(&self, _: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
            Ok(Some(self.0.clone()))
        }

        fn open(
            &self,
            _: WebsiteId,
            _: ImageId,
            variant: Variant,
        ) -> Result<Option<StoredFile>, StorageError> {
            StoredFile::new(self.0.clone(), variant, Box::new(b"o".to_vec())).map(Some)
        }

        fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
            StoredFile::new(self.0.clone(), key.variant(), Box::new(b"o".to_vec())).map(Some)
        }

        fn list(&self, _: WebsiteId, _: &UserId, _: Page) -> Result<ImageList, StorageError> {
            let mut list = ImageList::default();
            (list.total, list.images) = (2, vec![self.0.clone(), self.0.clone()]);
            Ok(list)
        }
    }

    fn website(id: u32) -> WebsiteId {
        WebsiteId::new(id).unwrap()
    }

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn record() -> ImageRecord {
        let size = Size::new(1, 1);
        let standard = StandardRecord::new(Format::Jpeg, size, b"s");
        ImageRecord::new(website(1), user("u"), Format::Png, size, b"o", standard)
    }

    fn problem<T>(result: Result<T, StorageError>) -> String {
        result.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn an_answer_to_another_question_is_an_error() {
        let (record, other) = (record(), record());
        let id = ImageId::new(7).unwrap();
        let checked = CheckedStorage::new(
            Box::new(Same(StoredImage::new(id, "7", "", "", record.clone()))),
            Metrics::default(),
        );
        let image = |record| NewImage::new(record, b"o", b"s");
        let page = |size| Page::new(0, size);

        assert!(checked.store(&image(&record)).is_ok());
        assert_eq!(problem(checked.store(&image(&other))), "the storage returned another image");
        let mut foreign = record.clone();
        foreign.website_id = website(2);
        assert!(problem(checked.store(&image(&foreign))).contains("another website's image"));

        assert!(checked.find(website(1), id).is_ok());
        assert!(problem(checked.find(website(2), id)).contains("another website's image"));
        let next = ImageId::new(8).unwrap();
        assert!(problem(checked.find(website(1), next)).contains("another image"));

        for variant in Variant::FIXED {
            assert!(checked.find_key(&record.blob_key(variant)).is_ok());
            let found = checked.find_key(&other.blob_key(variant));
            assert!(problem(found).contains("another key's image"));
            assert!(checked.open(website(1), id, variant).is_ok());
            assert!(problem(checked.open(website(2), id, variant)).contains("another website's"));
            assert!(problem(checked.open(website(1), next, variant)).contains("another file"));
            assert!(checked.open_key(&record.blob_key(variant)).is_ok());
            let opened = checked.open_key(&other.blob_key(variant));
            assert!(problem(opened).contains("another key's file"));
        }

        assert!(checked.list(website(1), &user("u"), page(2)).is_ok());
        let lists = [
            (website(2), "u", 2, "another website's image"),
            (website(1), "v", 2, "another user's image"),
            (website(1), "u", 1, "more images than a page has"),
        ];
        for (website, name, size, expected) in lists {
            let list = checked.list(website, &user(name), page(size));
            assert!(problem(list).contains(expected), "{expected}");
        }
    }
}

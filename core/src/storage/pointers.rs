//! Pointers to storages and catalogs.

use std::sync::Arc;
use std::time::Duration;

use super::{
    AbortOutcome, Catalog, Entry, ImageList, NewImage, Orphan, Page, PendingId, Quotas, Scanned,
    SimilarImage, Storage, StorageError, StoredFile, SweepReport, Usage, VerifyReport,
};
use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, StoredImage, Variant};

/// A pointer to a storage is a storage.
macro_rules! forward_storage {
    ($pointer:ident) => {
        impl<S: Storage + ?Sized> Storage for $pointer<S> {
            fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
                (**self).take_reserved_name(record)
            }

            fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
                (**self).store(image)
            }

            fn supports_limits(&self) -> bool {
                (**self).supports_limits()
            }

            fn find(
                &self,
                website: WebsiteId,
                id: ImageId,
            ) -> Result<Option<StoredImage>, StorageError> {
                (**self).find(website, id)
            }

            fn read(
                &self,
                website: WebsiteId,
                id: ImageId,
                variant: Variant,
            ) -> Result<Option<Vec<u8>>, StorageError> {
                (**self).read(website, id, variant)
            }

            fn open(
                &self,
                website: WebsiteId,
                id: ImageId,
                variant: Variant,
            ) -> Result<Option<StoredFile>, StorageError> {
                (**self).open(website, id, variant)
            }

            fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
                (**self).open_key(key)
            }

            fn url(
                &self,
                image: &StoredImage,
                variant: Variant,
                expires: Duration,
            ) -> Result<String, StorageError> {
                (**self).url(image, variant, expires)
            }

            fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
                (**self).find_key(key)
            }

            fn list(
                &self,
                website: WebsiteId,
                user: &UserId,
                page: Page,
            ) -> Result<ImageList, StorageError> {
                (**self).list(website, user, page)
            }

            fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
                (**self).delete(website, id)
            }

            fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
                (**self).sweep(min_age)
            }

            fn list_after(
                &self,
                website: WebsiteId,
                user: &UserId,
                before: Option<ImageId>,
                size: u32,
            ) -> Result<Vec<StoredImage>, StorageError> {
                (**self).list_after(website, user, before, size)
            }

            fn search(
                &self,
                website: WebsiteId,
                user: &UserId,
                text: &str,
                page: Page,
            ) -> Result<ImageList, StorageError> {
                (**self).search(website, user, text, page)
            }

            fn find_similar(
                &self,
                website: WebsiteId,
                user: Option<&UserId>,
                hash: DifferenceHash,
                distance: u32,
                limit: u32,
            ) -> Result<Vec<SimilarImage>, StorageError> {
                (**self).find_similar(website, user, hash, distance, limit)
            }

            fn usage(
                &self,
                website: WebsiteId,
                user: Option<&UserId>,
            ) -> Result<Usage, StorageError> {
                (**self).usage(website, user)
            }

            fn websites(
                &self,
                after: Option<WebsiteId>,
                limit: u32,
            ) -> Result<Vec<WebsiteId>, StorageError> {
                (**self).websites(after, limit)
            }

            fn delete_user(
                &self,
                website: WebsiteId,
                user: &UserId,
                progress: &mut dyn FnMut(u64) -> bool,
            ) -> Result<u64, StorageError> {
                (**self).delete_user(website, user, progress)
            }

            fn reassign(
                &self,
                website: WebsiteId,
                from: &UserId,
                to: &UserId,
                progress: &mut dyn FnMut(u64) -> bool,
            ) -> Result<u64, StorageError> {
                (**self).reassign(website, from, to, progress)
            }

            fn expire(
                &self,
                website: WebsiteId,
                age: Duration,
                progress: &mut dyn FnMut(u64) -> bool,
            ) -> Result<u64, StorageError> {
                (**self).expire(website, age, progress)
            }

            fn verify(
                &self,
                report: VerifyReport,
                progress: &mut dyn FnMut(&VerifyReport) -> bool,
            ) -> Result<VerifyReport, StorageError> {
                (**self).verify(report, progress)
            }

            fn scan(
                &self,
                after: Option<ImageId>,
                limit: u32,
            ) -> Result<Vec<StoredImage>, StorageError> {
                (**self).scan(after, limit)
            }

            fn import(
                &self,
                image: &NewImage<'_>,
                id: ImageId,
                photo_code: &str,
            ) -> Result<StoredImage, StorageError> {
                (**self).import(image, id, photo_code)
            }

            fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
                (**self).last_id()
            }

            fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
                (**self).raise_last_id(id)
            }
        }
    };
}

forward_storage!(Arc);
forward_storage!(Box);

impl<C: Catalog + ?Sized> Catalog for Arc<C> {
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        (**self).take_reserved_name(record)
    }

    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        (**self).begin(record)
    }

    fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, StorageError> {
        (**self).commit(pending, record, quotas)
    }

    fn supports_limits(&self) -> bool {
        (**self).supports_limits()
    }

    fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, StorageError> {
        (**self).abort(pending, record)
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError> {
        (**self).find(website, id)
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError> {
        (**self).find_key(key)
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        (**self).list(website, user, page)
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        (**self).delete(website, id)
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        (**self).expire_pending(min_age)
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        (**self).remove_pending(pending)
    }

    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        (**self).list_after(website, user, before, size)
    }

    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        (**self).search(website, user, text, page)
    }

    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<(u32, Entry)>, StorageError> {
        (**self).find_similar(website, user, hash, distance, limit)
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        (**self).usage(website, user)
    }

    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        (**self).websites(after, limit)
    }

    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        (**self).delete_user(website, user, limit)
    }

    fn delete_older(
        &self,
        website: WebsiteId,
        age: Duration,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        (**self).delete_older(website, age, limit)
    }

    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        limit: u32,
    ) -> Result<u64, StorageError> {
        (**self).reassign(website, from, to, limit)
    }

    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<Scanned>, StorageError> {
        (**self).scan(after, limit)
    }

    fn holds(&self, key: &BlobKey) -> Result<bool, StorageError> {
        (**self).holds(key)
    }

    fn take_over(&self, record: &ImageRecord) -> Result<Option<PendingId>, StorageError> {
        (**self).take_over(record)
    }

    fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, StorageError> {
        (**self).commit_as(pending, record, id, photo_code)
    }

    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        (**self).last_id()
    }

    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        (**self).raise_last_id(id)
    }
}

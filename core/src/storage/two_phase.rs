//! A storage that commits blobs and records, which are kept separately, as one image.

use std::time::Duration;

use super::catalog::{AbortOutcome, Catalog, Entry, Orphan, PendingId};
use super::{
    Blobs, ImageList, NewImage, Page, SimilarImage, Storage, StorageError, StoredFile, SweepReport,
    Usage, VerifyReport, no_rendition, search, verify,
};
use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord, StoredImage, Variant};

/// A storage of two halves: [`Blobs`] store the bytes, a [`Catalog`] the records.
///
/// An upload has three steps, each durable before the next:
///
/// 1. The catalog adds a *pending* row with the keys of the blobs. If the upload's name is one that the catalog
///    [reserved](Storage::take_reserved_name), it has had this row since an earlier commit.
/// 2. The blobs are written.
/// 3. One transaction of the catalog replaces the row by a visible image.
///
/// A deletion reverses them: the image becomes a pending row, the blobs are removed, then the row. So
/// at any time a visible image has all its blobs, and every blob has a row with its key.
/// [`sweep`](Storage::sweep) removes the blobs of expired pending rows, and the rows.
///
/// A sweep cannot distinguish a crashed upload from a slow one. It first ensures that the upload can no
/// longer be committed, then removes its blobs, and keeps the row for another `min_age`, as the upload
/// may still be writing. With a `min_age` of zero the row is removed at once: use that only while no
/// uploads are running.
#[derive(Debug)]
pub struct TwoPhaseStorage<B, C> {
    blobs: B,
    catalog: C,
    base_url: String,
}

/// The most images of one transaction that deletes.
const DELETED_AT_ONCE: u32 = 100;

/// The most images of one transaction that reassigns.
const REASSIGNED_AT_ONCE: u32 = 1000;

/// Whether an upload that failed had attempted the commit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Commit {
    NotAttempted,
    Attempted,
}

impl<B: Blobs, C: Catalog> TwoPhaseStorage<B, C> {
    /// Creates a storage from its two halves. The URL of a blob is `base_url`, a `/` unless `base_url`
    /// ends with one, and the blob's key.
    pub fn from_parts(blobs: B, catalog: C, base_url: impl Into<String>) -> Self {
        let mut base_url = base_url.into();
        if !base_url.ends_with('/') {
            base_url.push('/');
        }
        Self { blobs, catalog, base_url }
    }

    /// Stores an image, with `commit` as step 3.
    fn store_with(
        &self,
        image: &NewImage<'_>,
        commit: impl FnOnce(PendingId) -> Result<Entry, StorageError>,
    ) -> Result<StoredImage, StorageError> {
        for variant in image.record.variants() {
            let stated = image.record.blob_len(variant);
            let Some(content) = image.content(variant) else {
                let reason =
                    format!("the record has a rendition {variant}, but no bytes are given");
                return Err(StorageError::new(reason));
            };
            let actual = content.len();
            if stated != actual {
                let reason =
                    format!("the {variant} has {actual} bytes, but its record states {stated}");
                return Err(StorageError::new(reason));
            }
        }
        let pending = self.catalog.begin(image.record)?;
        let entry = match self.put(image) {
            Ok(()) => {
                commit(pending).or_else(|error| self.undo(pending, image, Commit::Attempted, error))
            }
            Err(error) => self.undo(pending, image, Commit::NotAttempted, error),
        }?;
        Ok(self.stored(entry))
    }

    /// Deletes the images that `next` replaces by pending rows, until it finds none or `progress` stops it.
    fn delete_all(
        &self,
        next: impl Fn() -> Result<Vec<Orphan>, StorageError>,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        let mut deleted = 0;
        loop {
            let orphans = next()?;
            if orphans.is_empty() {
                return Ok(deleted);
            }
            for orphan in &orphans {
                self.remove(orphan)?;
            }
            deleted += orphans.len() as u64;
            if !progress(deleted) {
                return Ok(deleted);
            }
        }
    }

    /// Step 2: writes the blobs.
    fn put(&self, image: &NewImage<'_>) -> Result<(), StorageError> {
        self.blobs.put_all(&image.blobs())
    }

    /// Undoes an upload that failed with `error`. Returns the image if its commit succeeded after all.
    /// If undoing fails too, the pending row remains for the next sweep.
    fn undo(
        &self,
        pending: PendingId,
        image: &NewImage<'_>,
        commit: Commit,
        error: StorageError,
    ) -> Result<Entry, StorageError> {
        let mut outcome = self.catalog.abort(pending, image.record);
        if outcome.is_err() && commit == Commit::NotAttempted {
            // On a full disk the catalog can write only after the blobs are deleted. The image cannot be
            // visible, as no commit was attempted.
            for key in image.record.blob_keys() {
                let _ = self.blobs.delete(&key);
            }
            outcome = self.catalog.abort(pending, image.record);
        }
        // Otherwise no blob is deleted before it is certain that the image is not visible: a commit may
        // succeed and still return an error.
        let undone = match outcome {
            Ok(AbortOutcome::Visible(entry)) if entry.record == *image.record => return Ok(*entry),
            Ok(AbortOutcome::Visible(_) | AbortOutcome::Superseded) => Ok(()),
            Ok(AbortOutcome::Deleting) => {
                let keys = image.record.blob_keys();
                let orphan = Orphan::new(pending, Ok(keys));
                if commit == Commit::NotAttempted && error.is_outcome_unknown() {
                    // A blob may still appear: the row stays for a sweep to find it.
                    self.remove_blobs(&orphan).map(|_| ())
                } else {
                    self.remove(&orphan).map(|_| ())
                }
            }
            Err(error) => Err(error),
        };
        if let Err(undo_error) = undone {
            tracing::warn!(
                unique_name = %image.record.unique_name,
                error = &undo_error as &dyn std::error::Error,
                "a failed upload remains for the next sweep"
            );
        }
        Err(error)
    }

    /// Removes a pending row's blobs, then the row.
    fn remove(&self, orphan: &Orphan) -> Result<SweepReport, StorageError> {
        let files = self.remove_blobs(orphan)?;
        let removed = self.catalog.remove_pending(orphan.pending)?;
        let counts = if orphan.was_reserved { files > 0 } else { removed };
        Ok(SweepReport::new(counts.into(), files))
    }

    fn remove_blobs(&self, orphan: &Orphan) -> Result<u64, StorageError> {
        let keys = orphan.keys.as_ref().map_err(|damaged| {
            let reason = format!("pending row {} is damaged", orphan.pending.0);
            StorageError::new(reason).with_source(*damaged)
        })?;
        let mut files = 0;
        for key in keys {
            files += u64::from(self.blobs.delete(key)?);
        }
        Ok(files)
    }

    /// Opens a file of a visible image, if the image has it.
    fn open_file(
        &self,
        entry: Entry,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
        if !entry.record.has(variant) {
            return Ok(None);
        }
        let (website, id) = (entry.record.website_id, entry.id);
        let key = entry.record.blob_key(variant);
        let failure = match self.blobs.open(&key, entry.record.blob_len(variant))? {
            Some(bytes) => match StoredFile::new(self.stored(entry), variant, bytes) {
                Ok(file) => return Ok(Some(file)),
                Err(damaged) => damaged,
            },
            None => StorageError::new(format!("{key} of image {id} is missing")),
        };
        // It may have been deleted since the record was read.
        if self.catalog.find(website, id)?.is_none() { Ok(None) } else { Err(failure) }
    }

    fn stored(&self, entry: Entry) -> StoredImage {
        let url = |variant| format!("{}{}", self.base_url, entry.record.blob_key(variant));
        let renditions = entry.record.renditions.iter();
        let rendition_urls: Vec<_> =
            renditions.map(|rendition| (rendition.name, url(rendition.name.into()))).collect();
        StoredImage::new(
            entry.id,
            entry.photo_code.to_string(),
            url(Variant::Original),
            url(Variant::Standard),
            entry.record,
        )
        .with_rendition_urls(rendition_urls)
    }
}

impl<B: Blobs, C: Catalog> Storage for TwoPhaseStorage<B, C> {
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        self.catalog.take_reserved_name(record)
    }

    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        self.store_with(image, |pending| self.catalog.commit(pending, image.record, &image.quotas))
    }

    fn supports_limits(&self) -> bool {
        self.catalog.supports_limits()
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        Ok(self.catalog.find(website, id)?.map(|entry| self.stored(entry)))
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
        Ok(self.catalog.find_key(key)?.map(|entry| self.stored(entry)))
    }

    fn read(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        self.open(website, id, variant)?.map(|file| file.read_all()).transpose()
    }

    fn open(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
        let Some(entry) = self.catalog.find(website, id)? else { return Ok(None) };
        self.open_file(entry, variant)
    }

    fn open_key(&self, key: &BlobKey) -> Result<Option<StoredFile>, StorageError> {
        let Some(entry) = self.catalog.find_key(key)? else { return Ok(None) };
        self.open_file(entry, key.variant())
    }

    fn url(
        &self,
        image: &StoredImage,
        variant: Variant,
        expires: Duration,
    ) -> Result<String, StorageError> {
        let public = image.url(variant).filter(|_| image.record.has(variant));
        let Some(public) = public else { return Err(no_rendition(image, variant)) };
        let signed = self.blobs.url(&image.record.blob_key(variant), expires)?;
        Ok(signed.unwrap_or_else(|| public.to_owned()))
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        let (total, entries) = self.catalog.list(website, user, page)?;
        let images = entries.into_iter().map(|entry| self.stored(entry)).collect();
        Ok(ImageList { total, images })
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        let Some(orphan) = self.catalog.delete(website, id)? else { return Ok(false) };
        self.remove(&orphan)?;
        Ok(true)
    }

    fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
        let mut swept = SweepReport::default();
        let mut failure = None;
        for orphan in self.catalog.expire_pending(min_age)? {
            let removed = if orphan.may_be_writing && !min_age.is_zero() {
                // Only its files show that a reserved name had an upload.
                let counts = |files| orphan.was_reserved && files > 0;
                self.remove_blobs(&orphan)
                    .map(|files| SweepReport::new(counts(files).into(), files))
            } else {
                self.remove(&orphan)
            };
            // After a failure the sweep continues with the next row.
            match removed {
                Ok(removed) => {
                    swept.records += removed.records;
                    swept.files += removed.files;
                }
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(swept), Err)
    }

    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<StoredImage>, StorageError> {
        let entries = self.catalog.list_after(website, user, before, size)?;
        Ok(entries.into_iter().map(|entry| self.stored(entry)).collect())
    }

    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        match self.catalog.search(website, user, &search::folded(text), page) {
            Ok((total, entries)) => {
                let images = entries.into_iter().map(|entry| self.stored(entry)).collect();
                Ok(ImageList { total, images })
            }
            Err(error) if error.is_unsupported() => {
                search::search_lists(self, website, user, text, page)
            }
            Err(error) => Err(error),
        }
    }

    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<SimilarImage>, StorageError> {
        let found = self.catalog.find_similar(website, user, hash, distance, limit)?;
        let similar = found.into_iter().map(|(distance, entry)| {
            let image = self.stored(entry);
            SimilarImage { image, distance }
        });
        Ok(similar.collect())
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        self.catalog.usage(website, user)
    }

    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        self.catalog.websites(after, limit)
    }

    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        self.delete_all(|| self.catalog.delete_user(website, user, DELETED_AT_ONCE), progress)
    }

    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        if from == to {
            return Ok(0);
        }
        let mut all = 0;
        loop {
            let moved = self.catalog.reassign(website, from, to, REASSIGNED_AT_ONCE)?;
            all += moved;
            if moved < REASSIGNED_AT_ONCE.into() || !progress(all) {
                return Ok(all);
            }
        }
    }

    fn expire(
        &self,
        website: WebsiteId,
        age: Duration,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> Result<u64, StorageError> {
        self.delete_all(|| self.catalog.delete_older(website, age, DELETED_AT_ONCE), progress)
    }

    fn verify(
        &self,
        report: VerifyReport,
        progress: &mut dyn FnMut(&VerifyReport) -> bool,
    ) -> Result<VerifyReport, StorageError> {
        verify::verify(&self.blobs, &self.catalog, report, progress)
    }

    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<StoredImage>, StorageError> {
        let scanned = self.catalog.scan(after, limit)?;
        scanned.into_iter().map(|scanned| Ok(self.stored(scanned.entry?))).collect()
    }

    fn import(
        &self,
        image: &NewImage<'_>,
        id: ImageId,
        photo_code: &str,
    ) -> Result<StoredImage, StorageError> {
        let photo_code: ImageId = photo_code.parse().map_err(|error| {
            StorageError::new(format!("the photo code {photo_code:?} is not an id"))
                .with_source(error)
        })?;
        // An import of this image that was interrupted has left a row, and perhaps files.
        if self.catalog.holds(&image.record.blob_key(Variant::Original))?
            && let Some(pending) = self.catalog.take_over(image.record)?
        {
            let keys = image.record.blob_keys();
            self.remove(&Orphan::new(pending, Ok(keys)))?;
        }
        self.store_with(image, |pending| {
            self.catalog.commit_as(pending, image.record, id, photo_code)
        })
    }

    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        self.catalog.last_id()
    }

    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        self.catalog.raise_last_id(id)
    }
}

#[cfg(all(test, feature = "contract"))]
mod tests {
    use super::*;
    use crate::storage::contract::{Sample, WEBSITE};
    use crate::storage::{Content, MemoryBlobs, MemoryCatalog, ReadAt};

    /// A store that does not answer, and stores later.
    #[derive(Default)]
    struct Late(MemoryBlobs);

    impl Blobs for Late {
        fn put(&self, _: &BlobKey, _: &Content<'_>) -> Result<(), StorageError> {
            Err(StorageError::new("no answer").with_unknown_outcome())
        }

        fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
            self.0.open(key, len)
        }

        fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
            self.0.delete(key)
        }

        fn list(
            &self,
            after: Option<&BlobKey>,
            limit: usize,
        ) -> Result<Vec<BlobKey>, StorageError> {
            self.0.list(after, limit)
        }
    }

    #[test]
    fn a_blob_that_appears_after_its_upload_has_failed_is_swept() {
        let storage = TwoPhaseStorage::from_parts(Late::default(), MemoryCatalog::default(), "/");
        let sample = Sample::new(WEBSITE, "u", *b"any");
        storage.store(&sample.image()).unwrap_err();
        let key = sample.record.blob_key(Variant::Original);
        storage.blobs.0.put(&key, &Content::from(b"any")).unwrap();
        let hour = Duration::from_secs(3600);
        assert_eq!(storage.sweep(hour).unwrap(), SweepReport::default(), "it may still appear");
        assert_eq!(storage.sweep(Duration::ZERO).unwrap(), SweepReport::new(1, 1));
        assert_eq!(storage.blobs.0.keys(), []);
    }
}

//! A storage that commits blobs and records, which are kept separately, as one image.

use std::time::Duration;

use super::catalog::{AbortOutcome, Catalog, Entry, Orphan, PendingId};
use super::{Blobs, ImageList, NewImage, Page, Storage, StorageError, StoredFile, SweepReport};
use crate::field::{UserId, WebsiteId};
use crate::record::{BlobKey, ImageId, StoredImage, Variant};

/// A storage of two halves: [`Blobs`] store the bytes, a [`Catalog`] the records.
///
/// An upload has three steps, each durable before the next:
///
/// 1. The catalog adds a *pending* row with the keys of the blobs.
/// 2. The blobs are written.
/// 3. One transaction of the catalog replaces the row by a visible image.
///
/// A deletion reverses them: the image becomes a pending row, the blobs are removed, then the row. So
/// at any time a visible image has both its blobs, and every blob has a row with its key.
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

    /// Step 2: writes the blobs.
    fn put(&self, image: &NewImage<'_>) -> Result<(), StorageError> {
        self.blobs.put_all(
            &Variant::ALL.map(|variant| (image.record.blob_key(variant), image.content(variant))),
        )
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
            for variant in Variant::ALL {
                let _ = self.blobs.delete(&image.record.blob_key(variant));
            }
            outcome = self.catalog.abort(pending, image.record);
        }
        // Otherwise no blob is deleted before it is certain that the image is not visible: a commit may
        // succeed and still return an error.
        let undone = match outcome {
            Ok(AbortOutcome::Visible(entry)) if entry.record == *image.record => return Ok(*entry),
            Ok(AbortOutcome::Visible(_) | AbortOutcome::Superseded) => Ok(()),
            Ok(AbortOutcome::Deleting) => {
                let keys = Variant::ALL.map(|variant| image.record.blob_key(variant));
                let orphan = Orphan { pending, keys: Ok(keys), may_be_writing: false };
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
        let records = self.catalog.remove_pending(orphan.pending)?.into();
        Ok(SweepReport { records, files })
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

    /// Opens a file of a visible image.
    fn open_file(
        &self,
        entry: Entry,
        variant: Variant,
    ) -> Result<Option<StoredFile>, StorageError> {
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
        StoredImage::new(
            entry.id,
            entry.photo_code.to_string(),
            url(Variant::Original),
            url(Variant::Standard),
            entry.record,
        )
    }
}

impl<B: Blobs, C: Catalog> Storage for TwoPhaseStorage<B, C> {
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        for variant in Variant::ALL {
            let stated = image.record.blob_len(variant);
            let actual = image.content(variant).len();
            if stated != actual {
                let reason =
                    format!("the {variant} has {actual} bytes, but its record states {stated}");
                return Err(StorageError::new(reason));
            }
        }
        let pending = self.catalog.begin(image.record)?;
        let entry = match self.put(image) {
            Ok(()) => self
                .catalog
                .commit(pending, image.record)
                .or_else(|error| self.undo(pending, image, Commit::Attempted, error)),
            Err(error) => self.undo(pending, image, Commit::NotAttempted, error),
        }?;
        Ok(self.stored(entry))
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
        let url = self.blobs.url(&image.record.blob_key(variant), expires)?;
        Ok(url.unwrap_or_else(|| image.url(variant).to_owned()))
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
                self.remove_blobs(&orphan).map(|files| SweepReport { records: 0, files })
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
}

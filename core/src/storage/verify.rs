//! Comparing what a storage has with what its records state.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::catalog::{Catalog, Scanned};
use super::{Blobs, ReadAt, StorageError, content};
use crate::record::{BlobKey, ImageId, ImageRecord};

/// The images or blobs of one step.
const PAGE: u32 = 100;

/// The results of [`Storage::verify`](super::Storage::verify) so far, as a JSON document too. A report
/// that is not complete is where the next call continues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct VerifyReport {
    /// Whether everything was checked.
    pub complete: bool,
    /// The number of images whose files were checked.
    pub images: u64,
    /// The number of bytes that were read.
    pub bytes: u64,
    /// The number of files whose records were looked up.
    pub files: u64,
    /// What is not as it should be.
    pub problems: Vec<Problem>,
    /// The last image that was checked.
    pub last_image: Option<u64>,
    /// Whether all images were checked.
    pub images_complete: bool,
    /// The key of the last file whose record was looked up.
    pub last_file: Option<String>,
}

/// Something that [`Storage::verify`](super::Storage::verify) found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// The image, unless it is a file without one.
    pub image: Option<u64>,
    /// The key of the file, unless it is a record that cannot be read.
    pub key: Option<String>,
    /// In words.
    pub reason: String,
}

/// The kind of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProblemKind {
    /// A record cannot be read.
    DamagedRecord,
    /// An image lacks a file.
    Missing,
    /// A file has another length than its record states.
    WrongLength,
    /// A file has another SHA-256 than its record states.
    WrongSha256,
    /// A file cannot be read.
    Unreadable,
    /// A file has no record, and no upload or deletion that is in progress owns it.
    Orphan,
}

impl VerifyReport {
    /// The report as a JSON document.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the document of [`to_json`](Self::to_json).
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it is not such a document.
    pub fn from_json(json: &str) -> Result<Self, StorageError> {
        serde_json::from_str(json)
            .map_err(|error| StorageError::new("not a report of verify").with_source(error))
    }

    fn add(
        &mut self,
        kind: ProblemKind,
        image: Option<ImageId>,
        key: Option<&BlobKey>,
        reason: String,
    ) {
        let (image, key) = (image.map(ImageId::get), key.map(ToString::to_string));
        self.problems.push(Problem { kind, image, key, reason });
    }
}

/// Continues `report`. `progress` is called after each step, and stops when it returns `false`.
pub(super) fn verify<B: Blobs, C: Catalog>(
    blobs: &B,
    catalog: &C,
    mut report: VerifyReport,
    progress: &mut dyn FnMut(&VerifyReport) -> bool,
) -> Result<VerifyReport, StorageError> {
    while !report.images_complete {
        let page = catalog.scan(report.last_image.and_then(ImageId::new), PAGE)?;
        report.images_complete = page.len() < PAGE as usize;
        for Scanned { id, entry } in page {
            report.last_image = Some(id.get());
            report.images += 1;
            match entry {
                Ok(entry) => check_image(blobs, catalog, id, &entry.record, &mut report)?,
                Err(error) => {
                    report.add(ProblemKind::DamagedRecord, Some(id), None, error.to_string());
                }
            }
        }
        if !progress(&report) {
            return Ok(report);
        }
    }
    while !report.complete {
        let last = report.last_file.as_deref().map(BlobKey::parse).transpose();
        let last = last.map_err(|error| StorageError::new("last_file").with_source(error))?;
        let page = blobs.list(last.as_ref(), PAGE as usize)?;
        report.complete = page.len() < PAGE as usize;
        for key in page {
            report.files += 1;
            report.last_file = Some(key.to_string());
            // One that was deleted since it was listed is no orphan.
            if !catalog.holds(&key)? && blobs.open(&key, 0).is_ok_and(|blob| blob.is_some()) {
                report.add(ProblemKind::Orphan, None, Some(&key), "it has no record".to_owned());
            }
        }
        if !progress(&report) {
            return Ok(report);
        }
    }
    Ok(report)
}

/// Checks all files of an image.
fn check_image<B: Blobs, C: Catalog>(
    blobs: &B,
    catalog: &C,
    id: ImageId,
    record: &ImageRecord,
    report: &mut VerifyReport,
) -> Result<(), StorageError> {
    for key in record.blob_keys() {
        let Err((kind, reason)) = check_file(blobs, &key, record, report) else { continue };
        // It may have been deleted since the record was read.
        if catalog.find(record.website_id, id)?.is_some() {
            report.add(kind, Some(id), Some(&key), reason);
        }
    }
    Ok(())
}

fn check_file<B: Blobs>(
    blobs: &B,
    key: &BlobKey,
    record: &ImageRecord,
    report: &mut VerifyReport,
) -> Result<(), (ProblemKind, String)> {
    let stated = record.blob_len(key.variant());
    let unreadable = |error: StorageError| (ProblemKind::Unreadable, error.to_string());
    let blob: Box<dyn ReadAt> = match blobs.open(key, stated).map_err(unreadable)? {
        Some(blob) => blob,
        None => return Err((ProblemKind::Missing, "the file is missing".to_owned())),
    };
    if blob.len() != stated {
        let reason = format!("the file has {} bytes, not {stated}", blob.len());
        return Err((ProblemKind::WrongLength, reason));
    }
    let mut hasher = Sha256::new();
    content::for_each_piece(&*blob, |piece| {
        hasher.update(piece);
        report.bytes += piece.len() as u64;
        Ok::<_, StorageError>(())
    })
    .map_err(unreadable)?;
    let sha256: [u8; 32] = hasher.finalize().into();
    match record.sha256_of(key.variant()) {
        Some(stated) if stated != sha256 => {
            Err((ProblemKind::WrongSha256, "the bytes are not those that were stored".to_owned()))
        }
        _ => Ok(()),
    }
}

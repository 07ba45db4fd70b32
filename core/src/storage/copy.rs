//! Copying all images of a storage to another.

use super::{Content, NewImage, Storage, StorageError};
use crate::record::{ImageId, StoredImage};

/// The images of one step.
const PAGE: u32 = 100;

/// What [`copy`] has done so far. As an argument, where it continues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyReport {
    /// The number of images that were copied.
    pub copied: u64,
    /// The number of images that the target already had.
    pub present: u64,
    /// The last image that was looked at.
    pub last_image: Option<ImageId>,
}

/// Copies all images of `from` to `to`, of every website, with their ids and photo codes. Images that
/// `to` already has are left as they are, so that a copy that was stopped can be repeated, and one that
/// was made can be brought up to date; those that were reassigned since are copied again. Uploads may go on meanwhile: an image that is stored after the
/// copy has passed its id is left to the next copy. Images that were deleted from `from` remain in `to`.
///
/// `progress` is called after each step of at most 100 images, and stops the copy when it returns
/// `false`. `start` is a report of an earlier call, or the default.
///
/// # Errors
///
/// [`StorageError`] when an image cannot be read or stored, or `to` has another image with its id.
pub fn copy(
    from: &dyn Storage,
    to: &dyn Storage,
    start: CopyReport,
    progress: &mut dyn FnMut(&CopyReport) -> bool,
) -> Result<CopyReport, StorageError> {
    let mut report = start;
    loop {
        let page = from.scan(report.last_image, PAGE)?;
        let last_page = page.len() < PAGE as usize;
        for image in page {
            let (website, id) = (image.record.website_id, image.id);
            match to.find(website, id)? {
                Some(other) if other.record == image.record => report.present += 1,
                // It was reassigned since it was copied.
                Some(other) if other.record.unique_name == image.record.unique_name => {
                    to.delete(website, id)?;
                    report.copied += u64::from(copy_image(from, to, &image)?);
                }
                Some(_) => {
                    let reason = format!("the target has another image with the id {id}");
                    return Err(StorageError::new(reason));
                }
                None => report.copied += u64::from(copy_image(from, to, &image)?),
            }
            report.last_image = Some(id);
        }
        if !progress(&report) || last_page {
            break;
        }
    }
    // No id of an image that was deleted is given again.
    if let Some(last) = from.last_id()? {
        to.raise_last_id(last)?;
    }
    Ok(report)
}

/// Copies one image with all its files. False if it was deleted meanwhile.
fn copy_image(
    from: &dyn Storage,
    to: &dyn Storage,
    image: &StoredImage,
) -> Result<bool, StorageError> {
    let mut files = Vec::new();
    for variant in image.record.variants() {
        let Some(file) = from.open(image.record.website_id, image.id, variant)? else {
            return Ok(false);
        };
        files.push(file);
    }
    let contents: Vec<_> = files.iter().map(|file| Content::from_reader(file.bytes())).collect();
    let [original, standard, renditions @ ..] = &*contents else { return Ok(false) };
    let new = NewImage::new(&image.record, *original, *standard)
        .with_renditions(renditions.iter().copied());
    to.import(&new, image.id, &image.photo_code)?;
    Ok(true)
}

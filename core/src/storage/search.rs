//! Searching a user's images by listing them.

use super::{ImageList, Page, Storage, StorageError};
use crate::field::{UserId, WebsiteId};

/// The images of one step.
const PAGE: u32 = 1000;

/// The text that is compared, of a name and of what is searched for.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// For storages that cannot search: reads all of the user's records.
pub(super) fn search_lists<S: Storage + ?Sized>(
    storage: &S,
    website: WebsiteId,
    user: &UserId,
    text: &str,
    page: Page,
) -> Result<ImageList, StorageError> {
    let text = folded(text);
    let mut found = ImageList::default();
    for index in 0.. {
        let all = storage.list(website, user, Page::new(index, PAGE))?;
        if all.images.is_empty() {
            break;
        }
        for image in all.images {
            if folded(image.record.image_name.as_str()).contains(&text) {
                if found.total >= page.offset() && (found.images.len() as u64) < page.size.into() {
                    found.images.push(image);
                }
                found.total += 1;
            }
        }
    }
    Ok(found)
}

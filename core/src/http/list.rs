//! `GetUserUploadedList`: the images of a user.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::envelope::Envelope;
use crate::error::{ErrorKind, UploadError};
use crate::record::StoredImage;
use crate::request::{UploadHead, check};
use crate::storage::Page;
use crate::uploader::Uploader;

/// The number of images of a page if the request has no `pageSize`.
const PAGE_SIZE: u32 = 25;

/// The largest `pageSize`.
const MAX_PAGE_SIZE: u32 = 1000;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    asset_count: u64,
    asset_list: Vec<Asset<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Asset<'a> {
    id: u64,
    unique_name: &'a str,
    image_name: &'a str,
    width: u32,
    height: u32,
    /// The URLs of the further renditions. An image without them has no such member, as in the reference.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    renditions: BTreeMap<&'a str, &'a str>,
    /// An image without warnings has no such member, as in the reference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<&'static str>,
}

impl<'a> From<&'a StoredImage> for Asset<'a> {
    fn from(image: &'a StoredImage) -> Self {
        let size = image.record.size();
        Self {
            id: image.id.get(),
            unique_name: image.record.unique_name.as_str(),
            image_name: image.record.image_name.as_str(),
            width: size.width,
            height: size.height,
            renditions: image
                .rendition_urls
                .iter()
                .map(|(name, url)| (name.as_str(), url.as_str()))
                .collect(),
            warnings: image.record.warnings.iter().map(|warning| warning.name()).collect(),
        }
    }
}

/// Answers `userId`, `pageIndex` (counted from 1), `pageSize` and `searchKey`.
pub(super) fn answer(uploader: &Uploader, head: &UploadHead<'_>) -> Result<Envelope, UploadError> {
    let website = uploader.authenticate(head)?;
    let user = check::user_id(head, &[])?;
    let Some(page) = page(head) else {
        return Ok(Envelope::http_error(400, "Invalid pageIndex or pageSize"));
    };
    let Some(search) = head.query_text("searchKey") else {
        return Ok(Envelope::http_error(400, "Invalid searchKey"));
    };
    let found = match search.trim() {
        "" => uploader.storage().list(website, &user, page),
        search => uploader.storage().search(website, &user, search, page),
    };
    let list = found.map_err(|error| UploadError::from_error(ErrorKind::StorageFailed, error))?;
    Ok(Envelope::success(&Data {
        asset_count: list.total,
        asset_list: list.images.iter().map(Asset::from).collect(),
    }))
}

fn page(head: &UploadHead<'_>) -> Option<Page> {
    let number = |name, default: u32| match head.query_text(name)?.trim() {
        "" => Some(default),
        text => text.parse().ok(),
    };
    let index = number("pageIndex", 1)?.checked_sub(1)?;
    let size = number("pageSize", PAGE_SIZE)?;
    (1..=MAX_PAGE_SIZE).contains(&size).then_some(Page::new(index.into(), size))
}

//! Uploads of decompression bombs: each is refused with little memory and nothing is stored. A bomb in
//! metadata is skipped, with as little memory, and the image is stored.
#![cfg(feature = "rendition")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here is a failed test")]

use crate::common::files::fixtures;
use crate::common::memory::allocated;
use userimage::storage::{MemoryStorage, Page};
use userimage::{
    AlreadyChecked, ErrorCode, PostedFile, UploadHead, UploadRequest, Uploader, UserId, WebsiteId,
};

/// The most heap that an upload of a bomb may use, in bytes.
const MAX_HEAP: usize = 1 << 20;

/// Small pictures with a bomb in metadata that the decoder skips.
const STORED: [&str; 2] = ["png-bomb-iccp.png", "png-bomb-ztxt.png"];

#[test]
fn bombs_use_little_memory() {
    let uploader =
        Uploader::builder(MemoryStorage::new("u/")).authenticator(AlreadyChecked).build().unwrap();
    let (mut bombs, mut wrong) = (0, Vec::new());
    for bomb in fixtures().iter().filter(|fixture| fixture.truth["bomb"] == true) {
        let (name, data) = (bomb.name.as_str(), bomb.read());
        let head = UploadHead::new().website_id("1001").client_key("key").user_id("user-7");
        let request = UploadRequest::new(head, PostedFile::new(name, &data));
        let (answer, heap) = allocated(|| uploader.upload(&request));
        bombs += 1;
        let code = answer.err().map(|error| error.code());
        let expected = (!STORED.contains(&name)).then_some(ErrorCode::InvalidFile);
        if code != expected || heap.peak >= MAX_HEAP {
            wrong.push(format!("{name}: {code:?}, {} bytes", heap.peak));
        }
    }
    assert!(bombs >= 20, "only {bombs} bombs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (website, user) = (WebsiteId::new(1001).unwrap(), UserId::parse("user-7").unwrap());
    let page = Page::new(0, 100);
    let stored = uploader.storage().list(website, &user, page).unwrap();
    assert_eq!(stored.images.len(), STORED.len(), "{:?}", stored.images);
}

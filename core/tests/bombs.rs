//! Bombs through a whole upload: each is refused for a pittance and leaves nothing behind, and where
//! only its metadata is the bomb, it costs no more.
#![cfg(feature = "rendition")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failure here is a failed test")]

mod common;

use common::files::fixtures;
use common::memory::{Counting, allocated};
use userimage::storage::{MemoryStorage, Page};
use userimage::{AlreadyChecked, ErrorCode, UploadRequest, Uploader, UserId, WebsiteId};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MOST: usize = 1 << 20;

/// Small pictures with a bomb in what is read past: they are shown, and stored as any other.
const SHOWN: [&str; 2] = ["png-bomb-iccp.png", "png-bomb-ztxt.png"];

#[test]
fn every_bomb_is_refused_for_a_pittance() {
    let uploader =
        Uploader::builder(MemoryStorage::new("u/")).authenticator(AlreadyChecked).build().unwrap();
    let (mut bombs, mut wrong) = (0, Vec::new());
    for bomb in fixtures().iter().filter(|fixture| fixture.truth["bomb"] == true) {
        let (name, data) = (bomb.name.as_str(), bomb.read());
        let request =
            UploadRequest::new(name, &data).website_id("1001").client_key("key").user_id("user-7");
        let (answer, heap) = allocated(|| uploader.upload(&request));
        bombs += 1;
        let code = answer.err().map(|error| error.code());
        let wanted = (!SHOWN.contains(&name)).then_some(ErrorCode::InvalidFile);
        if code != wanted || heap.peak >= MOST {
            wrong.push(format!("{name}: {code:?}, {} bytes", heap.peak));
        }
    }
    assert!(bombs >= 20, "only {bombs} bombs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let (website, user) = (WebsiteId::new(1001).unwrap(), UserId::parse("user-7").unwrap());
    let page = Page { index: 0, size: 100 };
    let stored = uploader.storage().list(website, &user, page).unwrap();
    assert_eq!(stored.images.len(), SHOWN.len(), "{:?}", stored.images);
}

//! The memory that an uploader's renditions share.
#![cfg(feature = "rendition")]

use std::error::Error as _;
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use userimage::rendition::{RenderError, SharedMemory, StandardOptions};
use userimage::storage::{MemoryStorage, Page};
use userimage::{
    AlreadyChecked, ErrorCode, ErrorKind, Policy, PostedFile, UploadHead, UploadRequest, Uploader,
    UserId, WebsiteId,
};

const PNG: &[u8] = include_bytes!("../../../tests/fixtures/files/png-rgb8.png");

fn request() -> UploadRequest<'static> {
    let head = UploadHead::new().website_id("1001").client_key("key").user_id("user-7");
    UploadRequest::new(head, PostedFile::new("logo.png", PNG))
}

fn uploader(max_bytes: u64, max_wait: Duration) -> Uploader {
    Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(AlreadyChecked)
        .memory(SharedMemory::default().with_max_bytes(max_bytes).with_max_wait(max_wait))
        .build()
        .unwrap()
}

/// Only one test of this file runs at a time: `tracing` may miss a subscriber that begins while another thread
/// meets an event for the first time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stored(uploader: &Uploader) -> u64 {
    let (website, user) = (WebsiteId::new(1001).unwrap(), UserId::parse("user-7").unwrap());
    uploader.storage().list(website, &user, Page::new(0, 1)).unwrap().total
}

/// The bytes that the rendition of [`PNG`] needs.
fn needed() -> u64 {
    let policy = Policy::default().with_max_memory(0);
    let error = userimage::render(PNG, &policy, &StandardOptions::default()).unwrap_err();
    match error.source().and_then(|source| source.downcast_ref()) {
        Some(RenderError::TooMuchMemory { needed, .. }) => *needed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_hundred_uploads_wait_for_the_memory_of_two() {
    let _alone = alone();
    let uploader = uploader(2 * needed(), Duration::from_secs(600));
    thread::scope(|scope| {
        let uploads: Vec<_> =
            (0..200).map(|_| scope.spawn(|| uploader.upload(&request()).map(drop))).collect();
        for upload in uploads {
            upload.join().unwrap().unwrap();
        }
    });
    assert_eq!(stored(&uploader), 200);
}

#[test]
fn an_upload_that_may_not_wait_is_refused_while_others_have_the_memory() {
    let _alone = alone();
    let uploader = uploader(2 * needed(), Duration::ZERO);
    thread::scope(|scope| {
        let hold = || {
            let (made, is_made) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let holder = Holder { made, may_go_on: Mutex::new(Some(may_go_on)) };
            let upload = || uploader.upload(&request()).map(drop);
            let upload = scope.spawn(move || tracing::subscriber::with_default(holder, upload));
            // It has its memory.
            is_made.recv().unwrap();
            move || {
                go_on.send(()).unwrap();
                upload.join().unwrap()
            }
        };
        let first = hold();
        uploader.upload(&request()).unwrap();
        let second = hold();

        let error = uploader.upload(&request()).unwrap_err();
        assert_eq!((error.kind(), error.kind().name()), (ErrorKind::Busy, "busy"));
        assert_eq!((error.code(), error.http_status()), (ErrorCode::ServerError, 500));
        assert!(error.reason().contains("memory"), "{}", error.reason());
        assert_eq!(stored(&uploader), 1, "the upload before");

        first().unwrap();
        uploader.upload(&request()).unwrap();
        second().unwrap();
    });
    assert_eq!(stored(&uploader), 4);
}

#[test]
fn a_rendition_that_needs_more_than_all_of_it_is_refused() {
    let _alone = alone();
    let uploader = uploader(needed() - 1, Duration::from_secs(600));
    let error = uploader.upload(&request()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooMuchMemory);
    assert!(error.reason().contains(&format!("limit of {}", needed() - 1)), "{}", error.reason());
    assert_eq!(stored(&uploader), 0);
}

/// Stops an upload when it has made its rendition and still has the memory, until it may go on.
struct Holder {
    made: mpsc::Sender<()>,
    may_go_on: Mutex<Option<mpsc::Receiver<()>>>,
}

impl tracing::Subscriber for Holder {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "userimage::rendition"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        // The event "renditions made".
        let may_go_on = self.may_go_on.lock().unwrap().take();
        if let Some(may_go_on) = may_go_on {
            self.made.send(()).unwrap();
            may_go_on.recv().unwrap();
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

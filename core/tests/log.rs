//! The log event of each upload. Alone in its process: `tracing` caches whether a subscriber is
//! interested in an event for all threads, so uploads of other tests would interfere.
#![cfg(feature = "rendition")]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use userimage::storage::{MemoryStorage, Storage, StorageError};
use userimage::{
    ClientKeys, NewImage, PostedFile, StoredImage, UploadHead, UploadRequest, Uploader,
};

const PNG: &[u8] = include_bytes!("../../tests/fixtures/files/png-rgb8.png");
const KEY: &str = "s3cret-key";

fn head(key: &'static str) -> UploadHead<'static> {
    UploadHead::new().website_id("1001").client_key(key).user_id("user-7")
}

fn request(head: UploadHead<'static>) -> UploadRequest<'static> {
    UploadRequest::new(head, PostedFile::new("logo.png", PNG))
}

fn keys() -> ClientKeys {
    ClientKeys::new([(1001, KEY)]).unwrap()
}

/// A host's storage that fails.
struct FullDisk;

impl Storage for FullDisk {
    fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        Err(StorageError::new("cannot write").with_source(std::io::Error::other("disk full")))
    }
}

#[test]
fn the_log_has_one_event_per_upload_and_no_key() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::with_default(Recorder(lines.clone()), || {
        let good =
            Uploader::builder(MemoryStorage::new("u/")).authenticator(keys()).build().unwrap();
        good.upload(&request(head(KEY))).unwrap();
        good.upload(&request(head("other-s3cret"))).unwrap_err();
        good.upload(&request(head(KEY).dpi("none"))).unwrap_err();
        let full = Uploader::builder(FullDisk).authenticator(keys()).build().unwrap();
        full.upload(&request(head(KEY))).unwrap_err();
        #[cfg(feature = "http")]
        no_boundary(good);
        #[cfg(not(feature = "http"))]
        good.upload(&UploadRequest::default()).unwrap_err();
    });
    let lines = lines.lock().unwrap();
    let [stored, refused, wrong, failed, head] = &lines[..] else {
        panic!("not one event per upload: {lines:?}");
    };
    for word in [
        "INFO",
        "website=1001",
        "id=1",
        "format=\"png\"",
        "width=",
        "standard_bytes=",
        "request_us=",
        "probe_us=",
        "rendition_us=",
        "inspection_us=",
        "storage_us=",
    ] {
        assert!(stored.contains(word), "{word} is not in {stored}");
    }
    assert!(refused.contains("code=226") && refused.contains("website=1001"), "{refused}");
    assert!(wrong.contains("code=265"), "{wrong}");
    assert!(failed.contains("ERROR") && failed.contains("disk full"), "{failed}");
    if cfg!(feature = "http") {
        assert!(head.contains("code=262") && head.contains("has no boundary"), "{head}");
    }
    for line in lines.iter() {
        assert!(!line.contains("s3cret") && !line.contains("user-7"), "{line}");
    }
}

/// A request that is refused by its head is logged too.
#[cfg(feature = "http")]
fn no_boundary(uploader: Uploader) {
    let request = http::Request::post("/api/4/UploadImage/UploadImage?userId=user-7")
        .header("websiteId", "1001")
        .header("webApiClientKey", KEY)
        .header("Content-Type", "multipart/form-data")
        .body(());
    let endpoint = userimage::http::Endpoint::new(uploader, Default::default());
    assert_eq!(endpoint.handle(request.unwrap()).status(), 400);
}

/// Records every event as a line.
struct Recorder(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        // Details of the steps are logged at lower levels.
        metadata.target().starts_with("userimage") && *metadata.level() <= tracing::Level::INFO
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

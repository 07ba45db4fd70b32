//! The uploader around its parts: who may upload, whose fault a failure is.
#![cfg(feature = "rendition")]

mod common;

use common::pixels::Pixels;
use userimage::storage::{MemoryStorage, Storage, StorageError};
use userimage::{
    AlreadyChecked, AuthError, Authenticator, ClientKey, ClientKeys, Config, Dpi, Envelope,
    ErrorCode, ErrorKind, Format, Host, ImageId, NewImage, Policy, PostedFile, StoredImage,
    UploadHead, UploadRequest, Uploader, Variant, WebsiteId,
};

const PNG: &[u8] = include_bytes!("../../tests/fixtures/files/png-rgb8.png");
const KEY: &str = "s3cret-key";

fn request() -> UploadRequest<'static> {
    UploadRequest::new("logo.png", PNG).website_id("1001").client_key(KEY).user_id("user-7")
}

fn keys() -> ClientKeys {
    ClientKeys::new([(1001, KEY)]).unwrap()
}

#[test]
fn an_uploader_without_an_authenticator_cannot_be_made() {
    let error = Uploader::builder(MemoryStorage::new("u/")).build().unwrap_err();
    assert!(error.to_string().contains("authenticator"), "{error}");
}

#[test]
fn a_policy_with_a_format_that_has_no_rendition_cannot_be_made() {
    let mut policy = Policy::default();
    policy.formats.insert(userimage::Format::Heic);
    let error = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(AlreadyChecked)
        .policy(policy)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("heic"), "{error}");
}

#[test]
fn a_host_brings_what_the_configuration_leaves_to_it_and_nothing_else() {
    let named = r#""storage": {"memory": {"base_url": "u/"}}, "#;
    let make = |storage: &str, authentication: &str, brings: bool| {
        let json = format!(
            r#"{{{storage}"authentication": "{authentication}", "policy": {{"max_bytes": 70000}},
                "websites": [{{"id": 2, "policy": {{"max_bytes": 80000}}}}]}}"#
        );
        let config = Config::from_json(&json).unwrap();
        let mut host = Host::new();
        if brings {
            host = host.with_storage(MemoryStorage::new("v/")).with_authenticator(keys());
        }
        config.open_with(host)
    };
    let uploader = make("", "host", true).unwrap();
    assert_eq!(uploader.max_bytes_of_all(), 80_000);
    assert_eq!(uploader.max_bytes(WebsiteId::new(1).unwrap()), 70_000);
    assert_eq!(uploader.max_bytes(WebsiteId::new(2).unwrap()), 80_000);
    assert!(uploader.upload(&request()).unwrap().original_url.starts_with("v/"));
    let refused = uploader.upload(&request().client_key("other")).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidClientKey, "the host's authenticator decides");
    make(named, "already_checked", false).unwrap();
    for (storage, authentication, brings, word) in [
        (named, "host", true, "storage: "),
        ("", "keys", true, "authentication: "),
        (named, "host", false, "authentication: "),
        ("", "already_checked", false, "storage is missing"),
    ] {
        let error = make(storage, authentication, brings).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn what_was_uploaded_is_read_back() {
    let uploader =
        Uploader::builder(MemoryStorage::new("u/")).authenticator(keys()).build().unwrap();
    let stored = uploader.upload(&request()).unwrap();
    let website = WebsiteId::new(1001).unwrap();
    let storage = uploader.storage();
    assert_eq!(storage.find(website, stored.id).unwrap().as_ref(), Some(&stored));
    assert_eq!(storage.read(website, stored.id, Variant::Original).unwrap().as_deref(), Some(PNG));
    let standard = storage.read(website, stored.id, Variant::Standard).unwrap().unwrap();
    let told = &stored.record.standard;
    let (sent, shown) = (Pixels::of(Format::Png, PNG), Pixels::of(told.format, &standard));
    assert_eq!((told.format, told.size), (Format::Jpeg, shown.size));
    let (mean, _) = shown.difference(&sent);
    assert!(mean <= 7.0, "{mean}");
    assert_eq!(standard.len() as u64, told.bytes);
}

/// A storage of a host's own that knows only how to store, and fails.
struct FullDisk;

impl Storage for FullDisk {
    fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        Err(StorageError::new("cannot write").with_source(std::io::Error::from_raw_os_error(28)))
    }
}

/// An authenticator whose database is away.
struct Away;

impl Authenticator for Away {
    fn knows(&self, _: WebsiteId) -> Result<bool, AuthError> {
        Ok(true)
    }

    fn accepts(&self, _: WebsiteId, _: &ClientKey) -> Result<bool, AuthError> {
        Err(AuthError::new("the key database is away"))
    }
}

#[test]
fn failures_of_the_host_are_server_errors_with_their_cause() {
    let full = Uploader::builder(FullDisk).authenticator(keys()).build().unwrap();
    let away = Uploader::builder(MemoryStorage::new("u/")).authenticator(Away).build().unwrap();
    let causes = [(full, "No space left on device"), (away, "the key database is away")];
    for (uploader, cause) in causes {
        let error = uploader.upload(&request()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServerError);
        let source = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(source.contains(cause), "{source}");
        assert!(error.reason().contains(cause), "{}", error.reason());
        assert!(!Envelope::from(&error).as_json().contains(cause));
    }
}

#[test]
fn an_operation_that_a_storage_lacks_says_so() {
    let error = FullDisk.find(WebsiteId::new(1).unwrap(), ImageId::new(1).unwrap()).unwrap_err();
    assert!(error.is_unsupported());
    assert!(error.to_string().contains("find"), "{error}");
}

#[test]
fn a_request_s_debug_shows_no_value() {
    let shown = format!("{:?}", request());
    assert!(!shown.contains(KEY) && !shown.contains("user-7"), "{shown}");
    assert!(shown.contains("webApiClientKey"), "{shown}");
}

/// Counts how often it is asked.
#[derive(Clone, Default)]
struct Counting(std::sync::Arc<std::sync::atomic::AtomicU32>);

impl Authenticator for Counting {
    fn knows(&self, _: WebsiteId) -> Result<bool, AuthError> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(true)
    }

    fn accepts(&self, _: WebsiteId, _: &ClientKey) -> Result<bool, AuthError> {
        Ok(true)
    }
}

#[test]
fn an_upload_in_two_stages_is_refused_by_its_head_and_asks_once() {
    let counting = Counting::default();
    let uploader = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(counting.clone())
        .policy(Policy::default().with_max_bytes(70_000))
        .build()
        .unwrap();
    let head = UploadHead::new().website_id("7").client_key("k").user_id("5");
    // What the query decides is refused before a body is read.
    let kind = |head: &UploadHead<'_>| uploader.admit(head).unwrap_err().kind();
    assert_eq!(kind(&UploadHead::new()), ErrorKind::MissingWebsiteId);
    assert_eq!(kind(&head.clone().query("userId", "6")), ErrorKind::ConflictingUserId);
    assert_eq!(kind(&head.clone().dpi("x")), ErrorKind::MalformedDpi);
    assert_eq!(kind(&head.clone().query_bytes("userId", &b"\xFF"[..])), ErrorKind::MalformedUserId);
    let header = UploadHead::new().header_bytes("websiteId", &b"\xFF"[..]);
    assert_eq!(kind(&header), ErrorKind::MalformedWebsiteId);

    counting.0.store(0, std::sync::atomic::Ordering::Relaxed);
    let admitted = uploader.admit(&head).unwrap();
    assert_eq!((admitted.website_id().get(), admitted.max_bytes()), (7, 70_000));
    // It may wait in another thread, and outlives the uploader that made it.
    drop(uploader);
    let image = std::thread::spawn(move || {
        let file = PostedFile::from_reader(PNG, admitted.max_bytes()).unwrap();
        admitted.finish(&[file.with_file_name(Some("a.png")).into()])
    });
    assert_eq!(image.join().unwrap().unwrap().id.get(), 1);
    assert_eq!(counting.0.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn the_minimum_dpi_is_checked_before_pixels_are_decoded() {
    // A decoder that is asked fails for want of memory.
    let policy = Policy::default().with_min_dpi(Dpi::new(90)).with_max_memory(0);
    let uploader = Uploader::builder(MemoryStorage::new("u/")).authenticator(keys()).policy(policy);
    let uploader = uploader.build().unwrap();
    let low = uploader.upload(&request().dpi("89")).unwrap_err();
    assert_eq!(low.kind(), ErrorKind::DpiUnderMinimum);
    let high = uploader.upload(&request().dpi("90")).unwrap_err();
    assert_eq!(high.kind(), ErrorKind::TooMuchMemory);
}

#[test]
fn a_rendition_without_storing_obeys_the_policy() {
    use userimage::rendition::StandardOptions;
    let options = StandardOptions::default();
    let standard = userimage::render(PNG, &Policy::default(), &options).unwrap();
    assert_eq!(standard.format, Format::Jpeg);
    let jpeg_only = Policy::default().with_formats([Format::Jpeg]);
    let error = userimage::render(PNG, &jpeg_only, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FormatNotAllowed);
    let small = Policy::default().with_max_bytes(PNG.len() as u64 - 1);
    let error = userimage::render(PNG, &small, &options).unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::TooLarge, 413));
}

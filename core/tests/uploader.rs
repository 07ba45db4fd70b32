//! The uploader around its parts: who may upload, whose fault a failure is.
#![cfg(feature = "rendition")]

mod common;

use common::pixels::Pixels;
use userimage::storage::{MemoryStorage, Storage, StorageError};
use userimage::{
    AlreadyChecked, AuthError, Authenticator, ClientKey, ClientKeys, Config, Envelope, ErrorCode,
    Format, Host, ImageId, NewImage, Policy, StoredImage, UploadRequest, Uploader, Variant,
    WebsiteId,
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
        Err(StorageError::new("cannot write").with_source(std::io::Error::other("disk full")))
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
    for (uploader, cause) in [(full, "cannot write"), (away, "the key database is away")] {
        let error = uploader.upload(&request()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServerError);
        let source = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(source.contains(cause), "{source}");
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

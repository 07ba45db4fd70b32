//! The uploader: authentication, and errors of the host's parts.
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
fn an_uploader_needs_an_authenticator() {
    let error = Uploader::builder(MemoryStorage::new("u/")).build().unwrap_err();
    assert!(error.to_string().contains("authenticator"), "{error}");
}

#[test]
fn a_policy_with_a_format_without_a_rendition_is_refused() {
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
fn a_host_supplies_exactly_what_the_configuration_leaves_to_it() {
    let named = r#""storage": {"memory": {"base_url": "u/"}}, "#;
    let make = |storage: &str, authentication: &str, supplies: bool| {
        let json = format!(
            r#"{{{storage}"authentication": "{authentication}", "policy": {{"max_bytes": 70000}},
                "websites": [{{"id": 2, "policy": {{"max_bytes": 80000}}}}]}}"#
        );
        let config = Config::from_json(&json).unwrap();
        let mut host = Host::new();
        if supplies {
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
    for (storage, authentication, supplies, word) in [
        (named, "host", true, "storage: "),
        ("", "keys", true, "authentication: "),
        (named, "host", false, "authentication: "),
        ("", "already_checked", false, "storage is missing"),
    ] {
        let error = make(storage, authentication, supplies).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn an_uploaded_image_can_be_found_and_read() {
    let uploader =
        Uploader::builder(MemoryStorage::new("u/")).authenticator(keys()).build().unwrap();
    let stored = uploader.upload(&request()).unwrap();
    let website = WebsiteId::new(1001).unwrap();
    let storage = uploader.storage();
    assert_eq!(storage.find(website, stored.id).unwrap().as_ref(), Some(&stored));
    assert_eq!(storage.read(website, stored.id, Variant::Original).unwrap().as_deref(), Some(PNG));
    let standard = storage.read(website, stored.id, Variant::Standard).unwrap().unwrap();
    let record = &stored.record.standard;
    let (original, rendition) =
        (Pixels::of(Format::Png, PNG), Pixels::of(record.format, &standard));
    assert_eq!((record.format, record.size), (Format::Jpeg, rendition.size));
    let (mean, _) = rendition.difference(&original);
    assert!(mean <= 7.0, "{mean}");
    assert_eq!(standard.len() as u64, record.bytes);
}

/// A host's storage that supports only `store`, and fails.
struct FullDisk;

impl Storage for FullDisk {
    fn store(&self, _: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        Err(StorageError::new("cannot write").with_source(std::io::Error::other("disk full")))
    }
}

/// An authenticator whose database is unreachable.
struct Unreachable;

impl Authenticator for Unreachable {
    fn knows(&self, _: WebsiteId) -> Result<bool, AuthError> {
        Ok(true)
    }

    fn accepts(&self, _: WebsiteId, _: &ClientKey) -> Result<bool, AuthError> {
        Err(AuthError::new("the key database is unreachable"))
    }
}

#[test]
fn failures_of_the_host_are_server_errors_with_their_cause() {
    let full = Uploader::builder(FullDisk).authenticator(keys()).build().unwrap();
    let unreachable =
        Uploader::builder(MemoryStorage::new("u/")).authenticator(Unreachable).build().unwrap();
    for (uploader, cause) in
        [(full, "cannot write"), (unreachable, "the key database is unreachable")]
    {
        let error = uploader.upload(&request()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServerError);
        let source = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(source.contains(cause), "{source}");
        assert!(!Envelope::from(&error).as_json().contains(cause));
    }
}

#[test]
fn an_unsupported_operation_is_named_in_its_error() {
    let error = FullDisk.find(WebsiteId::new(1).unwrap(), ImageId::new(1).unwrap()).unwrap_err();
    assert!(error.is_unsupported());
    assert!(error.to_string().contains("find"), "{error}");
}

#[test]
fn debug_of_a_request_shows_no_value() {
    let shown = format!("{:?}", request());
    assert!(!shown.contains(KEY) && !shown.contains("user-7"), "{shown}");
    assert!(shown.contains("webApiClientKey"), "{shown}");
}

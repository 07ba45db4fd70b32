//! The uploader: authentication, stages, policies, and errors of the host's parts.
#![cfg(feature = "rendition")]

use std::time::Duration;

use crate::common::pixels::Pixels;
use userimage::storage::{MemoryStorage, Storage, StorageError, SweepReport};
use userimage::{
    AlreadyChecked, AuthError, Authenticator, ClientKey, ClientKeys, Config, Dpi, Envelope,
    ErrorCode, ErrorKind, Format, Host, ImageId, ImageRecord, LengthUnit, MinPrint, MinPrintAction,
    NewImage, Policy, PostedFile, Quota, Size, StandardRecord, StoredImage, UploadHead,
    UploadRequest, Uploader, UserId, Variant, WebsiteId,
};

const PNG: &[u8] = include_bytes!("../../../tests/fixtures/files/png-rgb8.png");
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

#[test]
fn an_uploader_needs_an_authenticator() {
    let error = Uploader::builder(MemoryStorage::new("u/")).build().unwrap_err();
    assert!(error.to_string().contains("authenticator"), "{error}");
}

#[test]
fn a_policy_with_a_format_without_a_rendition_is_refused() {
    let mut policy = Policy::default();
    policy.formats.insert(userimage::Format::Ico);
    let error = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(AlreadyChecked)
        .policy(policy)
        .build()
        .unwrap_err();
    assert!(error.to_string().contains("ico"), "{error}");
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
    assert!(uploader.upload(&request(head(KEY))).unwrap().original_url.starts_with("v/"));
    let refused = uploader.upload(&request(head("other"))).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RefusedClientKey, "the host's authenticator decides");
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
    let stored = uploader.upload(&request(head(KEY))).unwrap();
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
        Err(StorageError::new("cannot write").with_source(std::io::Error::from_raw_os_error(28)))
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
    let causes =
        [(full, "No space left on device"), (unreachable, "the key database is unreachable")];
    for (uploader, cause) in causes {
        let error = uploader.upload(&request(head(KEY))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServerError);
        let source = std::error::Error::source(&error).expect("a cause").to_string();
        assert!(source.contains(cause), "{source}");
        assert!(error.reason().contains(cause), "{}", error.reason());
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
    let shown = format!("{:?}", request(head(KEY)));
    assert!(!shown.contains(KEY) && !shown.contains("user-7"), "{shown}");
    assert!(shown.contains("webApiClientKey"), "{shown}");
}

/// Accepts everything and counts the calls of `knows`.
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
fn admit_refuses_by_the_head_and_authenticates_once() {
    let counting = Counting::default();
    let uploader = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(counting.clone())
        .policy(Policy::default().with_max_bytes(70_000))
        .build()
        .unwrap();
    let head = UploadHead::new().website_id("7").client_key("k").user_id("5");
    // An invalid head is refused before the body is read.
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
    // It can be sent to another thread, and outlives its uploader.
    drop(uploader);
    let image = std::thread::spawn(move || {
        let file = PostedFile::from_reader(PNG, admitted.max_bytes()).unwrap();
        admitted.finish(&[file.with_file_name(Some("a.png")).into()])
    });
    assert_eq!(image.join().unwrap().unwrap().id.get(), 1);
    assert_eq!(counting.0.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[test]
fn a_user_id_alone_has_the_error_of_an_upload() {
    assert_eq!(UserId::from_request(b" u ").unwrap().as_str(), " u ");
    let kind = |value| UserId::from_request(value).unwrap_err().kind();
    assert_eq!([b"".as_slice(), b" "].map(kind), [ErrorKind::MissingUserId; 2]);
    assert_eq!([b"a\n".as_slice(), b"\xFF"].map(kind), [ErrorKind::MalformedUserId; 2]);
}

#[test]
fn the_minimum_dpi_is_checked_before_pixels_are_decoded() {
    // Decoding fails, as no memory is allowed.
    let policy = Policy::default().with_min_dpi(Dpi::new(90)).with_max_memory(0);
    let uploader = Uploader::builder(MemoryStorage::new("u/")).authenticator(keys()).policy(policy);
    let uploader = uploader.build().unwrap();
    let low = uploader.upload(&request(head(KEY).dpi("89"))).unwrap_err();
    assert_eq!(low.kind(), ErrorKind::DpiUnderMinimum);
    let high = uploader.upload(&request(head(KEY).dpi("90"))).unwrap_err();
    assert_eq!(high.kind(), ErrorKind::TooMuchMemory);
}

#[test]
fn the_smallest_print_is_checked_before_pixels_are_decoded() {
    let print = |height| MinPrint::new(0.61, height, LengthUnit::Inch, Dpi::new(100)?);
    // The fixture has 61 x 45 pixels. Decoding fails, as no memory is allowed.
    let kind = |print| {
        let policy = Policy::default().with_min_print(Some(print)).with_max_memory(0);
        let uploader = Uploader::builder(MemoryStorage::new("u/")).authenticator(keys());
        let uploader = uploader.policy(policy).build().unwrap();
        uploader.upload(&request(head(KEY))).unwrap_err().kind()
    };
    let (enough, larger) = (print(0.45).unwrap(), print(0.46).unwrap());
    assert_eq!(kind(enough), ErrorKind::TooMuchMemory);
    assert_eq!(kind(larger), ErrorKind::PrintTooSmall);
    assert_eq!(kind(larger.with_action(MinPrintAction::Warn)), ErrorKind::TooMuchMemory);
}

#[test]
fn render_applies_the_policy() {
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

/// Stores an image of a website that was uploaded `days` ago.
fn store_old(uploader: &Uploader, website: u32, days: u64) -> (WebsiteId, ImageId) {
    let website = WebsiteId::new(website).unwrap();
    let standard = StandardRecord::new(Format::Jpeg, Size::new(1, 1), b"standard");
    let user = UserId::parse("user-7").unwrap();
    let size = Size::new(1, 1);
    let mut record = ImageRecord::new(website, user, Format::Png, size, b"any", standard);
    record.created -= Duration::from_secs(days * 86_400 + 60);
    let stored = uploader.storage().store(&NewImage::new(&record, b"any", b"standard")).unwrap();
    (website, stored.id)
}

#[test]
fn a_sweep_deletes_what_is_older_than_the_retention_of_its_website() {
    let uploader = Config::from_json(
        r#"{"storage": {"memory": {"base_url": "u/"}}, "authentication": "already_checked",
            "policy": {"retention_days": 30},
            "websites": [{"id": 2, "policy": {"retention_days": 90}}]}"#,
    )
    .unwrap()
    .open()
    .unwrap();
    // The images of websites without a policy of their own have the default's.
    let kept = [(1, 29), (2, 31), (2, 89)].map(|(site, days)| store_old(&uploader, site, days));
    let old = [(1, 31), (2, 91), (3, 30)].map(|(site, days)| store_old(&uploader, site, days));
    let hour = Duration::from_secs(3600);
    let report = uploader.sweep(hour, &mut |_| true).unwrap();
    assert_eq!((report.images, report.records, report.files), (3, 0, 0));
    let found = |(website, id)| uploader.storage().find(website, id).unwrap().is_some();
    assert!(kept.into_iter().all(found));
    assert!(!old.into_iter().any(found));
    assert_eq!(uploader.sweep(hour, &mut |_| true).unwrap(), SweepReport::default());
}

#[test]
fn without_a_retention_nothing_expires() {
    let uploader =
        Uploader::builder(MemoryStorage::new("u/")).authenticator(AlreadyChecked).build().unwrap();
    let (website, id) = store_old(&uploader, 1, 36_500);
    assert_eq!(uploader.sweep(Duration::ZERO, &mut |_| true).unwrap(), SweepReport::default());
    assert!(uploader.storage().find(website, id).unwrap().is_some());
}

#[test]
fn what_deletes_or_reassigns_stops_between_two_steps() {
    let uploader = Config::from_json(
        r#"{"storage": {"memory": {"base_url": "u/"}}, "authentication": "already_checked",
            "policy": {"retention_days": 30}}"#,
    )
    .unwrap()
    .open()
    .unwrap();
    let storage = uploader.storage();
    let site = WebsiteId::new(1).unwrap();
    let [user, member] = ["user-7", "member"].map(|user| UserId::parse(user).unwrap());
    for _ in 0..1100 {
        store_old(&uploader, 1, 31);
    }
    let mut steps = Vec::new();
    let mut stop_at_once = |done| {
        steps.push(done);
        false
    };
    assert_eq!(storage.reassign(site, &user, &member, &mut stop_at_once).unwrap(), 1000);
    assert_eq!(storage.delete_user(site, &member, &mut stop_at_once).unwrap(), 100);
    assert_eq!(storage.expire(site, Duration::ZERO, &mut stop_at_once).unwrap(), 100);
    assert_eq!(uploader.sweep(Duration::ZERO, &mut stop_at_once).unwrap().images, 100);
    assert_eq!(
        steps,
        [1000, 100, 100, 100, 100],
        "the sweep asks once more before its second part"
    );

    let mut steps = Vec::new();
    let mut go_on = |done| {
        steps.push(done);
        true
    };
    assert_eq!(storage.reassign(site, &user, &member, &mut go_on).unwrap(), 100);
    let left = storage.usage(site, Some(&member)).unwrap().images;
    assert_eq!(left, 800);
    assert_eq!(storage.delete_user(site, &member, &mut go_on).unwrap(), left);
    assert_eq!(steps, [100, 200, 300, 400, 500, 600, 700, 800]);
}

#[test]
fn a_full_quota_is_code_262_and_counts_what_was_deleted() {
    let uploader = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(keys())
        .policy(Policy::default().with_user_quota(Quota::unlimited().with_images(Some(1))))
        .build()
        .unwrap();
    let image = uploader.upload(&request(head(KEY))).unwrap();
    let error = uploader.upload(&request(head(KEY))).unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::UserQuotaExceeded, ErrorCode::InvalidFile)
    );
    assert_eq!(error.reason(), "the user's quota of 1 images is used up");
    assert_eq!(error.http_status(), 400);
    assert!(uploader.storage().delete(image.record.website_id, image.id).unwrap());
    uploader.upload(&request(head(KEY))).unwrap();
}

#[test]
fn limits_that_the_storage_would_ignore_are_refused() {
    for (policy, key) in [
        (r#"{"website_quota": {"images": 5}}"#, "policy.website_quota"),
        (r#"{"user_quota": {"bytes": 5}}"#, "policy.user_quota"),
        (r#"{"retention_days": 5}"#, "policy.retention_days"),
    ] {
        let json = format!(r#"{{"authentication": "already_checked", "policy": {policy}}}"#);
        let config = Config::from_json(&json).unwrap();
        let error = config.open_with(Host::new().with_storage(FullDisk)).unwrap_err().to_string();
        assert_eq!(error, format!("{key}: the host's storage does not support it"));
        config.open_with(Host::new().with_storage(MemoryStorage::new("u/"))).unwrap();
    }
}

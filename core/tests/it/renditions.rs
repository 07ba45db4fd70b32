//! Further renditions: made in the same pass, stored, listed, served and deleted with their image.
#![cfg(all(feature = "rendition", feature = "http"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::common::files;
use crate::common::pixels::Pixels;
use http::Request;
use serde_json::Value;
use userimage::http::{Endpoint, buffered};
use userimage::probe::count_frames;
use userimage::rendition::{OutputFormat, StandardOptions};
use userimage::storage::Page;
use userimage::{
    Config, Format, Policy, PostedFile, RenditionName, Size, StoredImage, UploadHead,
    UploadRequest, Uploader, Variant, probe, render,
};

fn name(name: &str) -> RenditionName {
    RenditionName::parse(name).unwrap()
}

fn config(fields: &str) -> Config {
    let json = format!(
        r#"{{"storage": {{"memory": {{"base_url": "https://img.example/"}}}},
            "authentication": "already_checked", "http": {{"files": true, "list": true}},
            "policy": {{"max_pixels": 200000000}}{fields}}}"#
    );
    Config::from_json(&json).unwrap()
}

fn upload(uploader: &Uploader, data: &[u8]) -> StoredImage {
    let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
    uploader.upload(&UploadRequest::new(head, PostedFile::new("photo.bmp", data))).unwrap()
}

fn bytes_of(uploader: &Uploader, image: &StoredImage, variant: Variant) -> Vec<u8> {
    let storage = uploader.storage();
    storage.read(image.record.website_id, image.id, variant).unwrap().unwrap()
}

/// A BMP of 24 bits with smooth colours, edges and fine texture.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let mut file = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend(*b"\x01\0\x18\0");
    file.extend([0; 24]);
    for y in 0..height {
        for x in 0..row / 3 {
            let texture = (x * 7 + y * 13) % 11 * 3;
            let edge = if (x / 90 + y / 70) % 2 == 0 { 60 } else { 0 };
            let shade = |by: u32, of: u32| (by * 140 / of.max(1) + texture + edge).min(255);
            let bgr = [shade(x, width), shade(y, height), shade(x + y, width + height)];
            file.extend(bgr.map(|value| value.to_le_bytes()[0]));
        }
        file.extend(vec![0; (row % 3) as usize]);
    }
    file
}

#[test]
fn each_is_as_if_it_were_made_alone() {
    let data = photo(2000, 1500);
    let uploader = config(
        r#", "standard": {"max_width": 800, "max_height": 800}, "renditions": {
            "thumbnail": {"max_width": 200, "max_height": 200, "jpeg_quality": 100},
            "print": {"max_width": 1500, "max_height": 1500, "jpeg_quality": 95},
            "card": {"max_width": 700, "max_height": 9000},
            "same": {"max_width": 800, "max_height": 600}
        }"#,
    )
    .open()
    .unwrap();
    let image = upload(&uploader, &data);
    let record = &image.record;
    let names: Vec<_> = record.renditions.iter().map(|made| made.name.to_string()).collect();
    assert_eq!(names, ["card", "print", "same", "thumbnail"]);
    for (variant, options, decoded_anew) in [
        // The print is the largest. The standard one is over half as large, and so is the card beside it.
        (Variant::Named(name("print")), uploader.renditions()[&name("print")], true),
        (Variant::Standard, uploader.standard(), true),
        (Variant::Named(name("same")), uploader.renditions()[&name("same")], true),
        (Variant::Named(name("card")), uploader.renditions()[&name("card")], true),
        (Variant::Named(name("thumbnail")), uploader.renditions()[&name("thumbnail")], false),
    ] {
        let alone = render(&data, &Policy::default(), &options).unwrap();
        let bytes = bytes_of(&uploader, &image, variant);
        assert_eq!(record.blob_len(variant), bytes.len() as u64, "{variant}");
        assert_eq!(record.format_of(variant), Some(alone.format), "{variant}");
        let (ours, expected) =
            (Pixels::of(Format::Jpeg, &bytes), Pixels::of(Format::Jpeg, &alone.bytes));
        assert_eq!(ours.size, alone.size, "{variant}");
        if decoded_anew {
            assert!(bytes == alone.bytes, "{variant} is the same file");
        } else {
            let (mean, worst) = ours.difference(&expected);
            assert!(mean < 1.0 && worst <= 16, "{variant}: {mean} {worst}");
        }
    }
    assert_eq!(record.rendition(name("card")).unwrap().size, Size::new(700, 525));
    let hash = render(&data, &Policy::default(), &uploader.standard()).unwrap().difference_hash;
    assert_eq!(record.difference_hash, Some(hash));
}

/// The bound that `docs/rust.md` states, on every fixture that is large enough.
#[test]
fn a_chain_of_renditions_differs_by_less_than_a_step() {
    let small = StandardOptions::default().with_max_size(Size::new(24, 24)).unwrap();
    let large = small.with_max_size(Size::new(48, 48)).unwrap();
    let small = small.with_jpeg_quality(100).unwrap();
    let mut count = 0;
    for fixture in files::rendered() {
        let Ok(alone) = render(&fixture.data, &Policy::default(), &small) else { continue };
        if fixture.size.width.max(fixture.size.height) < 60 || fixture.format == Format::Psd {
            continue;
        }
        // CMYK that is read as YCCK: most colours are clipped, before the second fit or behind it.
        if matches!(&*fixture.name, "jpeg-cmyk-adobe1.jpg" | "jpeg-cmyk-adobe3.jpg") {
            continue;
        }
        let uploader = Uploader::builder(userimage::storage::MemoryStorage::new("u/"))
            .authenticator(userimage::AlreadyChecked)
            .standard(large)
            .rendition(name("small"), small)
            .build()
            .unwrap();
        let head = UploadHead::new().website_id("1").client_key("k").user_id("u");
        let file = PostedFile::new("x", &fixture.data[..]);
        let Ok(image) = uploader.upload(&UploadRequest::new(head, file)) else { continue };
        let made = image.record.rendition(name("small")).unwrap();
        if made.size.width * 2 > image.record.standard.size.width
            || made.size.height * 2 > image.record.standard.size.height
        {
            continue;
        }
        let bytes = bytes_of(&uploader, &image, name("small").into());
        let ours = Pixels::of(made.format, &bytes);
        let (mean, worst) = ours.difference(&Pixels::of(alone.format, &alone.bytes));
        assert!(mean < 2.0, "{}: {mean} {worst}", fixture.name);
        count += 1;
    }
    assert!(count > 50, "{count} fixtures");
}

#[test]
fn lossless_webp_is_used_where_it_is_smaller() {
    // A drawing of few colours with soft transparency, in large areas.
    let drawing =
        files::fixtures().into_iter().find(|known| known.name == "png-rgba8.png").unwrap();
    let options = StandardOptions::default();
    let webp = options.with_format(OutputFormat::WebP);
    let mut kinds = Vec::new();
    for data in [photo(600, 400), drawing.read(), flat()] {
        let auto = render(&data, &Policy::default(), &options).unwrap();
        let chosen = render(&data, &Policy::default(), &webp).unwrap();
        assert!(chosen.bytes.len() <= auto.bytes.len());
        kinds.push(chosen.format);
        if chosen.format != Format::WebP {
            assert!(chosen.bytes == auto.bytes);
            continue;
        }
        let info = probe(&chosen.bytes).unwrap();
        assert_eq!((info.format, info.stored_size), (Format::WebP, Some(auto.size)));
        assert_eq!(count_frames(&chosen.bytes, Format::WebP, 9), 1);
        let dpi = info.dpi().unwrap();
        assert!((dpi.x - 72.0).abs() < 0.01 && (dpi.y - 72.0).abs() < 0.01);
        let (ours, expected) =
            (Pixels::of(Format::WebP, &chosen.bytes), Pixels::of(auto.format, &auto.bytes));
        let (mean, worst) = ours.difference(&expected);
        let bound = if auto.format == Format::Png { 0 } else { 60 };
        assert!(worst <= bound && mean < 2.0, "{mean} {worst}");
    }
    assert!(kinds.contains(&Format::WebP) && kinds.contains(&Format::Jpeg), "{kinds:?}");
}

/// Large areas of one colour.
fn flat() -> Vec<u8> {
    let mut file = photo(320, 200);
    for (at, byte) in file.iter_mut().skip(54).enumerate() {
        let (x, y) = (at / 3 % 320, at / 960);
        *byte = if (x / 160 + y / 100) % 2 == 0 { 200 } else { 40 };
    }
    file
}

fn get(endpoint: &Endpoint, path: &str) -> (u16, String, Vec<u8>) {
    let response = endpoint.handle(
        Request::get(path)
            .header("websiteId", "1001")
            .header("webApiClientKey", "k")
            .body(())
            .unwrap(),
    );
    let kind = response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap());
    let (status, kind) = (response.status().as_u16(), kind.to_owned());
    (status, kind, buffered(response).into_body())
}

#[test]
fn they_are_served_listed_and_deleted_with_their_image() {
    let with = config(r#", "renditions": {"thumbnail": {"max_width": 60, "max_height": 60}}"#);
    let endpoint = Endpoint::from_config(&with).unwrap();
    let uploader = endpoint.uploader();
    let image = upload(uploader, &photo(300, 200));
    let thumbnail = Variant::Named(name("thumbnail"));
    let url = image.url(thumbnail).unwrap();
    let key = image.record.blob_key(thumbnail).to_string();
    assert_eq!(url, format!("https://img.example/{key}"));
    assert!(key.starts_with("thumbnail/") && key.ends_with(".jpg"), "{key}");
    let bytes = bytes_of(uploader, &image, thumbnail);
    // Under its own name, and under the unique name, which a list has.
    for path in [format!("/{key}"), format!("/thumbnail/{}", image.record.unique_name)] {
        assert_eq!(get(&endpoint, &path), (200, "image/jpeg".to_owned(), bytes.clone()), "{path}");
    }
    // The envelope is that of the reference.
    let envelope = userimage::Envelope::from(&image);
    assert!(!envelope.as_json().contains("thumbnail"), "{}", envelope.as_json());

    let list = "/api/4/UploadImage/GetUserUploadedList?userId=12345";
    let (status, _, body) = get(&endpoint, list);
    let json: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        (status, &json["Data"]["AssetList"][0]["Renditions"]["thumbnail"]),
        (200, &url.into())
    );

    let website = image.record.website_id;
    assert!(uploader.storage().delete(website, image.id).unwrap());
    assert_eq!(get(&endpoint, &format!("/{key}")).0, 404);
    let rest = uploader.storage().list(website, &image.record.user_id, Page::new(0, 9)).unwrap();
    assert_eq!(rest.total, 0);
}

#[test]
fn an_image_without_a_rendition_says_so() {
    let without = Endpoint::from_config(&config("")).unwrap();
    let uploader = without.uploader();
    let image = upload(uploader, &photo(300, 200));
    assert!(image.record.renditions.is_empty() && image.rendition_urls.is_empty());
    let thumbnail = Variant::Named(name("thumbnail"));
    let (website, id) = (image.record.website_id, image.id);
    assert_eq!(uploader.storage().read(website, id, thumbnail).unwrap(), None);
    assert!(uploader.storage().open(website, id, thumbnail).unwrap().is_none());
    let url = uploader.storage().url(&image, thumbnail, std::time::Duration::from_secs(9));
    assert_eq!(url.unwrap_err().to_string(), format!("image {id} has no rendition thumbnail"));
    let (status, _, body) = get(&without, &format!("/thumbnail/{}", image.record.unique_name));
    assert_eq!(status, 404, "{}", String::from_utf8_lossy(&body));
    let list = get(&without, "/api/4/UploadImage/GetUserUploadedList?userId=12345").2;
    assert!(!String::from_utf8(list).unwrap().contains("Renditions"), "as in the reference");
}

#[test]
fn their_memory_is_a_part_of_the_limit() {
    let data = photo(3000, 2000);
    let policy = |bytes: u64| {
        let mut policy = Policy::default();
        policy.max_memory = bytes;
        policy
    };
    let uploader = |renditions: &[u32], memory: u64| {
        let mut builder = Uploader::builder(userimage::storage::MemoryStorage::new("u/"))
            .authenticator(userimage::AlreadyChecked)
            .policy(policy(memory));
        for side in renditions {
            let options =
                StandardOptions::default().with_max_size(Size::new(*side, *side)).unwrap();
            builder = builder.rendition(name(&format!("r{side}")), options);
        }
        builder.build().unwrap()
    };
    let head = || UploadHead::new().website_id("1").client_key("k").user_id("u");
    let fits = |uploader: &Uploader| {
        uploader.upload(&UploadRequest::new(head(), PostedFile::new("x", &data[..]))).is_ok()
    };
    let least = (1..400).map(|mib| mib << 20).find(|memory| fits(&uploader(&[], *memory))).unwrap();
    assert!(!fits(&uploader(&[2500], least)));
    assert!(fits(&uploader(&[2500, 200], 400 << 20)));
}

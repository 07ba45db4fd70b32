//! Stored documents of earlier versions are readable: see `documents/README.md`.

use std::time::{Duration, SystemTime};

use userimage::{Format, ImageRecord, Orientation, Size, StoredImage, Variant};

const RECORD: &str = include_str!("documents/record-1.json");
const LEAST: &str = include_str!("documents/record-1-least.json");
const IMAGE: &str = include_str!("documents/image-1.json");

#[test]
fn a_record_of_version_1_is_read() {
    let record = ImageRecord::from_json(RECORD).unwrap();
    assert_eq!((record.website_id.get(), record.user_id.as_str()), (1001, "Жанна 🐈"));
    assert_eq!(record.unique_name.as_str(), "2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.tif");
    assert_eq!((record.image_name.as_str(), record.format), ("fax (1).tif", Format::Tiff));
    assert_eq!(record.stored_size, Size::new(1728, 1145));
    assert_eq!((record.orientation, record.size()), (Orientation::Rotate90, Size::new(1145, 1728)));
    assert_eq!((record.dpi.get(), record.dpi_y.get()), (98, 204));
    assert_eq!((record.original_bytes, record.sha256[..2].to_vec()), (40_960, vec![0xe3, 0xb0]));
    assert_eq!(record.standard.format, Format::Jpeg);
    assert_eq!(record.standard.size, Size::new(679, 1024));
    assert_eq!(record.standard.bytes, 81_920);
    assert_eq!(record.standard.sha256.unwrap()[..2], [0xba, 0x78]);
    assert_eq!(record.created, SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_123));
    assert_eq!(
        record.blob_key(Variant::Standard).to_string(),
        "standard/2026_11_67e55044-10b1-426f-9247-bb680e5fe0c8.jpg"
    );
    // It is written back unchanged, as long as version 1 is the one that is written.
    assert_eq!(record.to_json(), RECORD.trim_end());
}

#[test]
fn missing_optional_fields_have_their_defaults() {
    let record = ImageRecord::from_json(LEAST).unwrap();
    assert_eq!(record.image_name.as_str(), record.unique_name.as_str());
    assert_eq!(record.orientation, Orientation::Upright);
    assert_eq!((record.dpi.get(), record.dpi_y.get()), (72, 72));
    assert_eq!(record.standard.sha256, None);
}

#[test]
fn fields_of_a_later_version_are_ignored() {
    let later = RECORD.replace("\"version\":1", "\"version\":9,\"camera\":{\"make\":\"X\"}");
    assert_eq!(ImageRecord::from_json(&later).unwrap(), ImageRecord::from_json(RECORD).unwrap());
    let later = IMAGE.replace("\"version\":1", "\"version\":9,\"thumbnail_url\":\"x\"");
    assert_eq!(StoredImage::from_json(&later).unwrap(), StoredImage::from_json(IMAGE).unwrap());
}

#[test]
fn a_stored_image_of_version_1_is_read() {
    let image = StoredImage::from_json(IMAGE).unwrap();
    assert_eq!((image.id.get(), image.photo_code.as_str()), (340_927, "340706"));
    assert!(image.original_url.ends_with(".tif") && image.standard_url.ends_with(".jpg"));
    assert_eq!(image.record, ImageRecord::from_json(RECORD).unwrap());
    assert_eq!(image.to_json(), IMAGE.trim_end());
}

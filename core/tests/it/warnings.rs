//! What is warned of, by the fixtures: scripts have made them, so what each has is known.
#![cfg(feature = "rendition")]

use std::collections::BTreeSet;
use std::path::Path;

use userimage::storage::MemoryStorage;
use userimage::{
    AlreadyChecked, Dpi, Format, LengthUnit, MinPrint, MinPrintAction, Policy, PostedFile,
    UploadHead, UploadRequest, Uploader, Warning,
};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/files");
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The warnings of an upload, which are also those of the image that is read back.
fn warnings(file: &[u8], policy: Policy) -> BTreeSet<Warning> {
    let formats = Format::ALL.into_iter().filter(|format| format.has_rendition());
    let uploader = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(AlreadyChecked)
        .policy(policy.with_formats(formats))
        .build()
        .unwrap();
    let head = UploadHead::new().website_id("1").client_key("k").user_id("u");
    let image = uploader.upload(&UploadRequest::new(head, PostedFile::new("a", file))).unwrap();
    let found = uploader.storage().find(image.record.website_id, image.id).unwrap().unwrap();
    assert_eq!(found.record.warnings, image.record.warnings);
    image.record.warnings
}

#[test]
fn every_fixture_has_the_warnings_of_what_it_has() {
    use Warning::{Animation, CmykWithoutProfile, Transparency};

    let cases: &[(&str, &[Warning])] = &[
        ("png-rgb8.png", &[]),
        ("jpeg-phone-orientation6.jpg", &[]),
        ("jpeg-cmyk-adobe.jpg", &[CmykWithoutProfile]),
        ("jpeg-cmyk-no-adobe.jpg", &[CmykWithoutProfile]),
        ("jpeg-cmyk-icc.jpg", &[]),
        ("tiff-cmyk.tif", &[CmykWithoutProfile]),
        ("tiff-cmyk-icc.tif", &[]),
        ("tiff-cmyk-alpha.tif", &[CmykWithoutProfile, Transparency]),
        ("tiff-alpha.tif", &[Transparency]),
        ("png-gray-alpha8.png", &[Transparency]),
        ("gif-transparent.gif", &[Transparency]),
        ("gif-animated.gif", &[Animation]),
        ("gif-89a.gif", &[]),
        ("png-apng.png", &[Animation]),
        ("webp-animated.webp", &[Animation]),
        ("webp-vp8x-alpha-lossy.webp", &[Transparency]),
        // Its flag announces transparency, which no pixel has.
        ("webp-flag-alpha.webp", &[]),
        // Extra samples of a meaning that the file does not state.
        ("tiff-spot-alpha.tif", &[Transparency]),
    ];
    for (name, expected) in cases {
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        assert_eq!(warnings(&fixture(name), Policy::default()), expected, "{name}");
    }
    #[cfg(feature = "psd")]
    for (name, expected) in [
        ("psd-rgb-raw.psd", &[][..]),
        ("psd-cmyk.psd", &[CmykWithoutProfile]),
        ("psd-cmyk-icc.psd", &[]),
        ("psd-rgba.psd", &[Transparency]),
        ("psd-duotone.psd", &[Warning::SpotColours]),
        ("psd-selection.psd", &[]),
    ] {
        let expected: BTreeSet<_> = expected.iter().copied().collect();
        assert_eq!(warnings(&fixture(name), Policy::default()), expected, "{name}");
    }
}

#[cfg(feature = "jxl")]
#[test]
fn an_ink_of_a_jpeg_xl_is_warned_of() {
    for (name, expected) in [
        ("jxl-spot.jxl", vec![Warning::SpotColours]),
        ("jxl-lossless.jxl", vec![]),
        ("jxl-rgba.jxl", vec![Warning::Transparency]),
    ] {
        let expected = expected.into_iter().collect();
        assert_eq!(warnings(&fixture(name), Policy::default()), expected, "{name}");
    }
}

/// Photoshop's resource that describes one channel behind those of the colours: 2 is an ink.
fn display_info(kind: u8) -> Vec<u8> {
    let mut resource = b"8BIM\x03\xEF\0\0\0\0\0\x0E".to_vec();
    resource.extend([0, 2, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 100, kind, 0]);
    resource
}

#[cfg(feature = "psd")]
#[test]
fn an_ink_beside_the_colours_of_a_psd_is_warned_of() {
    for (kind, expected) in [(0, vec![]), (1, vec![]), (2, vec![Warning::SpotColours])] {
        let mut file = fixture("psd-selection.psd");
        // Behind the header comes the colour data, which is empty, and then the resources.
        let len = u32::from_be_bytes(file[30..34].try_into().unwrap());
        let resource = display_info(kind);
        let longer = len + u32::try_from(resource.len()).unwrap();
        file.splice(30..34, longer.to_be_bytes());
        file.splice(34..34, resource);
        assert_eq!(warnings(&file, Policy::default()), expected.into_iter().collect(), "{kind}");
    }
}

#[test]
fn an_ink_beside_the_colours_of_a_tiff_is_warned_of() {
    for (kind, expected) in [(0, vec![]), (1, vec![]), (2, vec![Warning::SpotColours])] {
        let resource = display_info(kind);
        let len = u32::try_from(resource.len()).unwrap();
        // 1 x 1 pixel of RGB and an extra sample whose meaning only the resource states.
        let fields: [(u16, u16, u32, u32); 10] = [
            (256, 3, 1, 1),
            (257, 3, 1, 1),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (273, 4, 1, 8),
            (277, 3, 1, 4),
            (279, 4, 1, 4),
            (338, 3, 1, 0),
            (34377, 1, len, 138),
        ];
        let mut file = b"II\x2A\0\x0C\0\0\0\x10\x20\x30\x40".to_vec();
        file.extend(10_u16.to_le_bytes());
        for (tag, kind, count, value) in fields {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        file.extend([0; 4]);
        assert_eq!(file.len(), 138);
        file.extend(resource);
        assert_eq!(warnings(&file, Policy::default()), expected.into_iter().collect(), "{kind}");
    }
}

#[test]
fn low_resolution_is_warned_of_where_it_is_not_refused() {
    // 1200 x 1600 pixels, turned by its orientation.
    let file = fixture("jpeg-phone-orientation6.jpg");
    for (width, height, expected) in [(12.0, 16.0, false), (16.0, 12.0, false), (12.1, 16.0, true)]
    {
        let print = MinPrint::new(width, height, LengthUnit::Inch, Dpi::new(100).unwrap()).unwrap();
        let policy =
            Policy::default().with_min_print(Some(print.with_action(MinPrintAction::Warn)));
        let low = warnings(&file, policy).contains(&Warning::LowResolution);
        assert_eq!(low, expected, "{width} x {height}");
    }
}

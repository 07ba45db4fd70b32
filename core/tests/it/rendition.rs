//! The standard rendition compared with independent references: `tests/fixtures` contains the pictures
//! that Pillow with `LittleCMS` decodes from each file (see its README).
#![cfg(feature = "rendition")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Instant;

use crate::common::files::{self, Expected, Fixture, cuts};
use crate::common::pixels::Pixels;
use userimage::rendition::{RenderError, Source, StandardOptions, render_source};
use userimage::storage::MemoryStorage;
use userimage::{
    AlreadyChecked, Dpi, Format, Orientation, Policy, PostedFile, Size, UploadHead, UploadRequest,
    Uploader, Variant, probe,
};

fn options(max: u32, quality: u8) -> StandardOptions {
    let options = StandardOptions::default().with_max_size(Size::new(max, max)).unwrap();
    options.with_jpeg_quality(quality).unwrap()
}

/// The largest allowed mean and worst difference of a channel.
#[derive(Debug)]
struct Bound {
    mean: f64,
    worst: u32,
}

/// Parts of the names of JPEG XL files that are not lossless.
const LOSSY_JXL: [&str; 6] =
    ["lossy", "progressive", "noise", "orientation", "jpeg", "parts-header"];

/// The difference between two correct decoders, at JPEG quality 100 without subsampling:
///
/// * 4 for the JPEG of the rendition (a rounded YCbCr matrix in both directions, quantisation by 1), 0
///   for PNG;
/// * 3 for the lossy original: transforms, upsampling and matrices round differently, and once more where a
///   JPEG is kept and the test's own decoder has it before it;
/// * 4 for a profile, whose steep ends amplify the two above; 1 for PNG renditions;
/// * 4 for black point compensation, which is steepest at black;
/// * 2 for resizing: weights of 15 bits, samples of 14;
/// * 4 for resizing the planes of VP8: what YCbCr has beyond RGB is clipped after it, not before.
/// * 24 for a profile on a picture that is resized: what lies outside of sRGB is clipped after it, not before, and the
///   scene has such colours at hard edges;
/// * 4 for a JPEG that is resized: its smaller transform cuts off frequencies that Lanczos only weakens;
/// * 4 where a picture is made smaller by 4 or more: Lanczos then fits means of pixels;
/// * 1 for 16 bits of JPEG XL: its decoder dithers the 8 bits that are made of them.
///
/// Curves are drawn beside librsvg and poppler, whose edges have other shades (up to 128 of 255 where half a pixel is
/// covered, more where two edges meet) and whose blurs and gradients differ by a few: 2.5 on the mean. Where the
/// reference is made smaller and the rendition is drawn small, also thin lines: 6.
fn bound(fixture: &Fixture, png: bool, resized: bool) -> Bound {
    if fixture.name.contains("-curves") {
        return Bound { mean: if resized { 6.0 } else { 2.5 }, worst: 255 };
    }
    let jpeg = fixture.format == Format::Jpeg;
    let lossy = jpeg
        || matches!(fixture.format, Format::WebP | Format::Heic | Format::Heif)
        || (matches!(fixture.format, Format::Jp2 | Format::J2k)
            && !["lossless", "no-end"].iter().any(|part| fixture.name.contains(part)))
        || (fixture.format == Format::Jxl
            && LOSSY_JXL.iter().any(|part| fixture.name.contains(part)))
        || (fixture.format == Format::Tiff && fixture.name.contains("jpeg"));
    let profile = ["icc", "profile"].iter().any(|part| fixture.name.contains(part));
    let inks = ["cmyk-icc", "ycck-icc"].iter().any(|part| fixture.name.contains(part));
    let profile = (profile, if png { 1 } else { 4 });
    let planes = resized && fixture.name.starts_with("webp-vp8-");
    let smaller = (jpeg && resized, 4);
    let clipped = (profile.0 && resized, 24);
    let long = fixture.size.width.max(fixture.size.height);
    let means = (resized && long >= 4 * 64, 4);
    let dithered = (fixture.format == Format::Jxl && fixture.name.contains("16"), 1);
    let parts = [
        (!png, 4),
        (lossy, 3),
        profile,
        (inks, 4),
        (resized, 2),
        clipped,
        (planes, 4),
        smaller,
        means,
        dithered,
    ];
    let worst = parts.iter().filter(|part| part.0).map(|part| part.1).sum::<u32>();
    // A PNG of a lossless original must be equal.
    let mean = if worst == 0 { 0.0 } else { 0.1 + f64::from(worst.min(8)) * 0.1 };
    Bound { mean, worst }
}

fn compare(fixture: &Fixture, max: u32, quality: u8, reference: &[u8]) -> (f64, u32, Bound) {
    let standard = render_source(&fixture.source(), &options(max, quality), u64::MAX)
        .unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
    let expected = Pixels::png(reference);
    assert_eq!(standard.size, expected.size, "{}", fixture.name);
    let opaque = expected.rgba.iter().all(|pixel| pixel[3] == 255);
    let format = if opaque { Format::Jpeg } else { Format::Png };
    assert_eq!(standard.format, format, "{}", fixture.name);
    let actual = Pixels::of(standard.format, &standard.bytes);
    let (mean, worst) = actual.difference(&expected);
    let resized = fixture.size.width > max || fixture.size.height > max;
    (mean, worst, bound(fixture, !opaque, resized))
}

#[test]
fn every_fixture_matches_its_reference() {
    let mut faults = Vec::new();
    let (mut pictures, mut exact) = (0, 0);
    for fixture in files::rendered() {
        let Expected::Pictures { full, small } = &fixture.expected else { continue };
        for (max, reference) in [(30_000, Some(full)), (64, small.as_ref())] {
            let Some(reference) = reference else { continue };
            let (mean, worst, bound) = compare(&fixture, max, 100, reference);
            pictures += 1;
            exact += usize::from(worst == 0);
            if mean > bound.mean || worst > bound.worst {
                faults.push(format!("{} in {max}: {mean:.3} {worst}, {bound:?}", fixture.name));
            }
        }
    }
    println!("{pictures} renditions compared, {exact} of them exact");
    assert!(pictures > 380);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// With the default options. Quality 85 and halved chroma blur small pictures with hard edges, so only
/// the mean is compared.
#[test]
fn every_fixture_matches_its_reference_at_the_default_quality() {
    for fixture in files::rendered() {
        let Expected::Pictures { full, .. } = &fixture.expected else { continue };
        if fixture.size.width.min(fixture.size.height) >= 32 {
            let (mean, ..) = compare(&fixture, 30_000, 85, full);
            assert!(mean <= 7.0, "{}: {mean}", fixture.name);
        }
    }
}

/// Columns of pure red and blue, one pixel each: chroma subsampling would mix or lose one of them.
#[test]
fn colours_of_single_pixels_are_kept() {
    let (width, height) = (64, 48);
    let row: Vec<u8> = [[255, 0, 0], [0, 0, 255]].concat().repeat(width / 2);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 64, 48);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&row.repeat(height)).unwrap();
    let source = Source::new(&png, Format::Png, Size::new(64, 48));
    let standard = render_source(&source, &StandardOptions::default(), u64::MAX).unwrap();
    assert_eq!(standard.format, Format::Jpeg);
    for (at, pixel) in Pixels::of(standard.format, &standard.bytes).rgba.iter().enumerate() {
        let [red, green, blue, _] = *pixel;
        let (full, empty) = if at % 2 == 0 { (red, blue) } else { (blue, red) };
        assert!(full > 200 && green < 60 && empty < 60, "{at}: {pixel:?}");
    }
}

#[test]
fn what_must_be_refused_is() {
    let policy = Policy::default();
    for fixture in files::rendered() {
        if !matches!(fixture.expected, Expected::Refused) {
            continue;
        }
        let rendition = render_source(&fixture.source(), &options(64, 85), policy.max_memory);
        let too_many = fixture.size.pixels() > policy.max_pixels;
        assert!(rendition.is_err() || too_many, "{}", fixture.name);
    }
}

/// Well-formed fixtures with an unsupported coding, and a part of the reason.
const UNSUPPORTED: [(&str, &str); 11] = [
    ("jpeg-arithmetic.jpg", "arithmetic"),
    ("jpeg-arithmetic-progressive.jpg", "arithmetic"),
    ("jpeg-lossless.jpg", "lossless"),
    ("jpeg-12bit.jpg", "12 bits"),
    ("jpeg-height0-dnl.jpg", "DNL"),
    ("png-cgbi.png", "CgBI"),
    ("bmp-jpeg-inside.bmp", "JPEG"),
    ("tiff-zstd.tif", "Zstandard"),
    ("tiff-webp.tif", "WebP"),
    ("tiff-raw-dng.tif", "camera"),
    ("tiff-raw-nef.tif", "camera"),
];

#[test]
fn damage_and_unsupported_codings_are_distinguished() {
    let mut seen = 0;
    for fixture in files::rendered() {
        let unsupported = UNSUPPORTED.iter().find(|(name, _)| *name == fixture.name);
        let error = match render_source(&fixture.source(), &options(64, 85), 1 << 28) {
            Ok(_) => {
                assert_eq!(unsupported, None, "{} is rendered", fixture.name);
                continue;
            }
            Err(error) => error,
        };
        match (&error, unsupported) {
            (RenderError::UnsupportedCoding { format, reason }, Some((_, part))) => {
                assert!(*format == fixture.format && reason.contains(part), "{error}");
                seen += 1;
            }
            (_, Some(_)) => panic!("{}: {error}", fixture.name),
            // Truncated files are damaged in every format.
            (error, None) if fixture.name.contains("-cut") => {
                assert!(matches!(error, RenderError::Damaged { .. }), "{}: {error}", fixture.name);
            }
            _ => {}
        }
    }
    assert_eq!(seen, UNSUPPORTED.len());
    let source = Source::new(b"\0\0\x01\0", Format::Ico, Size::new(1, 1));
    let error = render_source(&source, &options(64, 85), 1 << 28).unwrap_err();
    assert!(matches!(error, RenderError::UnsupportedFormat(Format::Ico)), "{error}");
}

#[test]
fn a_cut_file_is_refused_or_whole() {
    for fixture in files::rendered() {
        // Without its checksum the truncated file is valid.
        let loses_error = fixture.name == "png-idat-bad-crc.png";
        if fixture.bomb || loses_error || fixture.data.len() > 300_000 {
            continue;
        }
        let whole = render_source(&fixture.source(), &options(64, 85), 1 << 28);
        for cut in cuts(fixture.data.len(), 600) {
            let mut source = fixture.source();
            source.data = &fixture.data[..cut];
            if let Ok(standard) = render_source(&source, &options(64, 85), 1 << 28) {
                let whole = whole.as_ref().map(|whole| &whole.bytes);
                assert_eq!(whole.ok(), Some(&standard.bytes), "{} cut at {cut}", fixture.name);
            }
        }
    }
}

/// A flipped bit may not be detected, but causes no panic and no long run.
#[test]
fn a_flipped_bit_is_survived() {
    for fixture in files::rendered() {
        if fixture.bomb || fixture.data.len() > 100_000 {
            continue;
        }
        let mut data = fixture.data.clone();
        let length = data.len();
        for at in cuts(length, 600).step_by(5).filter(|&at| at < length) {
            data[at] ^= 1 << (at % 8);
            let mut source = fixture.source();
            source.data = &data;
            let _ = render_source(&source, &options(64, 85), 1 << 28);
            data[at] = fixture.data[at];
        }
    }
}

#[test]
fn files_over_the_memory_limit_are_refused_with_need_and_limit() {
    for fixture in files::rendered() {
        if let Expected::Pictures { .. } = fixture.expected {
            let error = render_source(&fixture.source(), &options(64, 85), 1000).unwrap_err();
            let RenderError::TooMuchMemory { mut needed, limit: 1000 } = error else {
                panic!("{}: {error}", fixture.name)
            };
            // What the pictures of a page need is known once its streams may be read.
            if fixture.format == Format::Pdf
                && let Err(RenderError::TooMuchMemory { needed: with_pictures, .. }) =
                    render_source(&fixture.source(), &options(64, 85), needed)
            {
                assert!(with_pictures > needed, "{}", fixture.name);
                needed = with_pictures;
            }
            let enough = render_source(&fixture.source(), &options(64, 85), needed);
            assert!(enough.is_ok(), "{}: {:?}", fixture.name, enough.err());
            assert!(render_source(&fixture.source(), &options(64, 85), needed - 1).is_err());
        }
    }
}

/// The print size as displayed, in inches, of a file that states it.
fn print_size(data: &[u8]) -> Option<[f64; 2]> {
    let print = probe(data).ok()?.print_size()?;
    Some([print.width_inches, print.height_inches])
}

/// Also if the densities of the axes differ, and if the orientation swaps them.
#[test]
fn the_print_size_is_kept_on_both_axes() {
    let (mut swapped, mut unequal) = (0, 0);
    for fixture in files::rendered() {
        let (Expected::Pictures { .. }, Some(original)) =
            (&fixture.expected, print_size(&fixture.data))
        else {
            continue;
        };
        let density = probe(&fixture.data).unwrap().dpi().unwrap();
        let mut source = fixture.source();
        let (Some(dpi), Some(dpi_y)) = (Dpi::round(density.x), Dpi::round(density.y)) else {
            continue;
        };
        (source.dpi, source.dpi_y) = (dpi, dpi_y);
        if (density.x - density.y).abs() > 1.0 {
            unequal += 1;
            swapped += u32::from(source.orientation.swaps_axes());
        }
        for max in [20, 30_000] {
            let standard = render_source(&source, &options(max, 85), u64::MAX).unwrap();
            let kept = print_size(&standard.bytes).unwrap();
            // The remaining difference is the rounding of the density to an integer.
            let rounding = [density.x, density.y].map(|dpi| 0.501 / dpi);
            for ((kept, original), rounding) in kept.iter().zip(original).zip(rounding) {
                let off = (kept / original - 1.0).abs();
                assert!(off <= rounding, "{} to {max}: {kept} for {original}", fixture.name);
            }
        }
    }
    assert!(unequal > 10 && swapped > 2, "{unequal} {swapped}");
}

/// The answer's DPI is the horizontal one as displayed.
#[test]
fn an_upload_keeps_both_densities() {
    let uploader = Uploader::builder(MemoryStorage::new("u/"))
        .authenticator(AlreadyChecked)
        .standard(options(20, 85))
        .build()
        .unwrap();
    // 300 x 150 as stored, displayed after a quarter turn.
    let original = files::rendered().into_iter().find(|f| f.name == "webp-exif.webp").unwrap().data;
    let upload = |dpi: Option<&str>| {
        let head = UploadHead::new().website_id("1").client_key("k").user_id("u");
        let head = if let Some(dpi) = dpi { head.dpi(dpi) } else { head };
        let file = PostedFile::new("a.webp", &original[..]);
        let image = uploader.upload(&UploadRequest::new(head, file)).unwrap();
        let website = image.record.website_id;
        let standard = uploader.storage().read(website, image.id, Variant::Standard).unwrap();
        (image.record.dpi.get(), print_size(&standard.unwrap()).unwrap())
    };
    let near = |print: [f64; 2], expected: [f64; 2]| {
        print.iter().zip(expected).all(|(print, expected)| (print / expected - 1.0).abs() < 0.01)
    };
    let (dpi, print) = upload(None);
    assert_eq!(dpi, 150);
    assert!(near(print, [45.0 / 150.0, 61.0 / 300.0]), "{print:?}");
    // The request's DPI applies to both axes.
    let (dpi, print) = upload(Some("90"));
    assert_eq!(dpi, 90);
    assert!(near(print, [45.0 / 90.0, 61.0 / 90.0]), "{print:?}");
}

/// Real files with well-formed headers that the rendition refuses, and the reasons. Pillow 13 decodes
/// them unless the reason says otherwise.
const REFUSED: [(&str, &str); 15] = [
    ("453b2ad3-fsu_logo.eps", "it has no preview, and PostScript is not run"),
    ("7ff33027-tutte.eps", "it has no preview, and PostScript is not run"),
    ("96ddc0b4-circle.eps", "it has no preview, and PostScript is not run"),
    ("f83702f2-WHT.EPS", "it has no preview, and PostScript is not run"),
    (
        "f90bfe39-viewbox-width-height-brackets.svg",
        "a < in an attribute: not well-formed XML; librsvg refuses it too",
    ),
    ("d653d62a-rgb_trns_ycbc.j2k", "its tiles have codings of their own, which is not decoded"),
    (
        "73e36794-combined_larger_than_size.psd",
        "the layers are cut, and no merged picture follows; not decoded by ImageMagick",
    ),
    (
        "d6205137-8x4x8bit-Grayscale.psd",
        "it states that it has no merged picture; ImageMagick shows white",
    ),
    (
        "5a2f3b7b-m2-80e163ebface8b0d2fbf9823bca02936.png",
        "the compressed data is damaged; not decoded by Pillow",
    ),
    ("8fec89ba-test-rotated.avif", "AV1 under a brand that leaves the codec open"),
    ("bb95a860-test.avif", "AV1 under a brand that leaves the codec open"),
    ("97b87486-463d3570f92a6b6ecba0cc4fd9a7a384.png", "two palettes, of which PNG allows one"),
    (
        "af9364a7-c-m6-a46ce91d8975a017917156b8824f936e.png",
        "the compressed data is damaged; not decoded by Pillow",
    ),
    ("d8af2a60-badrle4ter.bmp", "bad on purpose: a run goes beyond its row"),
    (
        "ddd0e3da-crash-74d2a78403a5a59db1fb0a2b8735ac068a75f6e3.tif",
        "a fax strip is damaged; libtiff patches its rows",
    ),
];

/// Real files, if available: all well-formed ones but `REFUSED` are rendered, and the malformed ones
/// cause no panic and no long run.
#[test]
fn real_files_are_rendered() {
    let Some(files) = files::shared() else { return };
    let (mut rendered, mut wrong) = (0, Vec::new());
    for file in files {
        let (name, truth) = (&file.name, &file.truth);
        let Some(format) = truth["mime"].as_str().and_then(files::rendered_format) else {
            continue;
        };
        let data = file.read();
        let number = |field: &str| u32::try_from(truth[field].as_u64().unwrap_or(1)).unwrap_or(1);
        // The tools that made the expectation do not agree on the size of artwork.
        let probed = probe(&data).ok().and_then(|info| info.stored_size);
        let stated = Size::new(number("width"), number("height"));
        let size = if truth["width"].is_null() { probed.unwrap_or(stated) } else { stated };
        let mut source = Source::new(&data, format, size);
        source.orientation = Orientation::from_exif(number("orientation"));
        let start = Instant::now();
        let rendition =
            render_source(&source, &StandardOptions::default(), Policy::default().max_memory);
        assert!(start.elapsed().as_secs() < 20, "{name} took {:?}", start.elapsed());
        rendered += usize::from(rendition.is_ok());
        if truth["malformed"] == true {
            continue;
        }
        let reason = REFUSED.iter().find(|(refused, _)| refused == name);
        match (rendition, reason) {
            (Err(error), None) => wrong.push(format!("{name} is refused: {error}")),
            (Ok(_), Some((_, reason))) => wrong.push(format!("{name} is rendered: {reason}")),
            _ => {}
        }
    }
    println!("{rendered} real files rendered");
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
}

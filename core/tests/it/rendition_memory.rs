//! The memory that a rendition uses, counted: never more than the estimate from the header, and little
//! if a file is refused.
#![cfg(feature = "rendition")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use crate::common::files::{self, Expected};
use crate::common::memory::allocated;
use userimage::rendition::{RenderError, Source, StandardOptions, render_source};
use userimage::{Format, Policy, Size};

/// The peak of the memory that `work` allocates, in bytes.
fn peak<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let (result, heap) = allocated(work);
    (result, heap.peak)
}

const LARGE: Size = Size::new(2000, 1500);

/// Pictures so large that tables are negligible, and noisy so that no buffer stays small.
fn large() -> Vec<(&'static str, Format, Vec<u8>)> {
    let mut state = 1u32;
    let mut noise = |count: usize| -> Vec<u8> {
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect()
    };
    let (width, height) = (2000u16, 1500u16);
    let pixels = LARGE.width as usize * LARGE.height as usize;
    let mut jpeg = |progressive, kind, channels| {
        let mut file = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut file, 80);
        encoder.set_progressive(progressive);
        encoder.encode(&noise(pixels * channels), width, height, kind).unwrap();
        file
    };
    use jpeg_encoder::ColorType as Jpeg;
    let mut files = vec![
        ("jpeg", Format::Jpeg, jpeg(false, Jpeg::Rgb, 3)),
        ("grey jpeg", Format::Jpeg, jpeg(false, Jpeg::Luma, 1)),
        ("progressive jpeg", Format::Jpeg, jpeg(true, Jpeg::Rgb, 3)),
        ("cmyk jpeg", Format::Jpeg, jpeg(false, Jpeg::Cmyk, 4)),
    ];
    let mut png = |kind, depth, bytes| {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, LARGE.width, LARGE.height);
        encoder.set_color(kind);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&noise(pixels * bytes)).unwrap();
        writer.finish().unwrap();
        file
    };
    files.push(("png", Format::Png, png(png::ColorType::Rgb, png::BitDepth::Eight, 3)));
    files.push(("rgba png", Format::Png, png(png::ColorType::Rgba, png::BitDepth::Eight, 4)));
    files.push(("16-bit png", Format::Png, png(png::ColorType::Rgba, png::BitDepth::Sixteen, 8)));
    let mut webp = |kind, bytes| {
        let mut file = Vec::new();
        image_webp::WebPEncoder::new(&mut file)
            .encode(&noise(pixels * bytes), LARGE.width, LARGE.height, kind)
            .unwrap();
        file
    };
    files.push(("webp", Format::WebP, webp(image_webp::ColorType::Rgb8, 3)));
    files.push(("rgba webp", Format::WebP, webp(image_webp::ColorType::Rgba8, 4)));
    let mut gif = Vec::new();
    let frame = gif::Frame::from_indexed_pixels(width, height, noise(pixels), None);
    let mut encoder = gif::Encoder::new(&mut gif, width, height, &noise(768)).unwrap();
    encoder.write_frame(&frame).unwrap();
    drop(encoder);
    files.push(("gif", Format::Gif, gif));
    let tiff = tiff(LARGE, 1, 3, &noise(pixels * 3));
    files.push(("tiff", Format::Tiff, tiff));
    files
}

/// A bare TIFF: one strip of grey or RGB.
fn tiff(size: Size, compression: u32, samples: u32, data: &[u8]) -> Vec<u8> {
    const DATA: u32 = 122;
    let mut file = b"II*\0\x08\0\0\0\x09\0".to_vec();
    for (tag, kind, value) in [
        (256u16, 4u16, size.width),
        (257, 4, size.height),
        (258, 3, 8),
        (259, 3, compression),
        (262, 3, if samples == 1 { 1 } else { 2 }),
        (273, 4, DATA),
        (277, 3, samples),
        (278, 4, size.height),
        (279, 4, u32::try_from(data.len()).unwrap()),
    ] {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(1u32.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.resize(DATA as usize, 0);
    file.extend(data);
    file
}

/// A BMP of 8 bits, without a palette of its own.
fn bmp(size: Size, data: &[u8]) -> Vec<u8> {
    let mut file = b"BM\0\0\0\0\0\0\0\0\x36\x04\0\0\x28\0\0\0".to_vec();
    file.extend(size.width.to_le_bytes());
    file.extend(size.height.to_le_bytes());
    file.extend([1, 0, 8, 0]);
    file.resize(54 + 1024, 0);
    file.extend(data);
    file
}

/// Of 100 megapixels, whose rows are fitted as they are read: a strip may be the whole picture. The strings of a
/// LZW table take 8 MB at most, and twice that while its buffer grows.
#[test]
fn rows_are_not_held() {
    const HUGE: Size = Size::new(10_000, 10_000);
    const LIMIT: u64 = 64 << 20;
    const MOST: usize = 20 << 20;
    let pixels: Vec<u8> = (0..HUGE.pixels()).map(|i| (i / 999).to_le_bytes()[0]).collect();
    let lzw = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
        .encode(&pixels)
        .unwrap();
    let gif = {
        let pixels = vec![1; 10_000 * 10_000];
        let frame = gif::Frame::from_palette_pixels(10_000, 10_000, pixels, [0; 12], None);
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 10_000, 10_000, &[]).unwrap();
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        file
    };
    for (name, format, data) in [
        ("tiff", Format::Tiff, tiff(HUGE, 1, 1, &pixels)),
        ("lzw tiff", Format::Tiff, tiff(HUGE, 5, 1, &lzw)),
        ("bmp", Format::Bmp, bmp(HUGE, &pixels)),
        ("gif", Format::Gif, gif),
    ] {
        let source = Source::new(&data, format, HUGE);
        let options = StandardOptions::default();
        let (rendition, used) = peak(|| render_source(&source, &options, LIMIT));
        rendition.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {used} bytes");
        assert!(used <= MOST, "{name} took {used}");
    }
}

/// A TIFF of RGB in strips of `rows` rows.
#[cfg(feature = "local")]
fn striped(
    size: Size,
    big_endian: bool,
    compression: u16,
    rows: u32,
    strips: &[Vec<u8>],
) -> Vec<u8> {
    let (short, long) = if big_endian {
        (u16::to_be_bytes as fn(u16) -> [u8; 2], u32::to_be_bytes as fn(u32) -> [u8; 4])
    } else {
        (u16::to_le_bytes as fn(u16) -> [u8; 2], u32::to_le_bytes as fn(u32) -> [u8; 4])
    };
    // A value of 16 bits is at the start of its field, in both orders.
    let inline = |value: u16| [short(value), [0, 0]].concat();
    let count = u32::try_from(strips.len()).unwrap();
    let tables = 8 + 2 + 10 * 12 + 4;
    let data = tables + 6 + 8 * count;
    let mut offsets = vec![data];
    let mut lengths = Vec::new();
    for strip in strips {
        let length = u32::try_from(strip.len()).unwrap();
        lengths.push(length);
        offsets.push(offsets.last().unwrap() + length);
    }
    offsets.pop();
    let mut file = if big_endian { b"MM\0\x2A".to_vec() } else { b"II\x2A\0".to_vec() };
    file.extend(long(8));
    file.extend(short(10));
    let one =
        |values: &[u32], at: u32| long(if let [value] = values { *value } else { at }).to_vec();
    for (tag, kind, number, field) in [
        (256u16, 4u16, 1u32, long(size.width).to_vec()),
        (257, 4, 1, long(size.height).to_vec()),
        (258, 3, 3, long(tables).to_vec()),
        (259, 3, 1, inline(compression)),
        (262, 3, 1, inline(2)),
        (273, 4, count, one(&offsets, tables + 6)),
        (277, 3, 1, inline(3)),
        (278, 4, 1, long(rows).to_vec()),
        (279, 4, count, one(&lengths, tables + 6 + 4 * count)),
        (317, 3, 1, inline(1)),
    ] {
        file.extend(short(tag));
        file.extend(short(kind));
        file.extend(long(number));
        file.extend(field);
    }
    file.extend(long(0));
    (0..3).for_each(|_| file.extend(short(8)));
    offsets.iter().chain(&lengths).for_each(|&value| file.extend(long(value)));
    strips.iter().for_each(|strip| file.extend(strip));
    file
}

/// A large TIFF on disk is uploaded without being held, and becomes the same image as from memory.
#[cfg(feature = "local")]
#[test]
fn a_tiff_on_disk_is_uploaded_in_pieces() {
    use std::io::Write as _;

    use userimage::storage::LocalStorage;
    use userimage::{ClientKeys, ErrorKind, PostedFile, UploadHead, Uploader};

    const SIZE: Size = Size::new(2000, 1500);
    const ROW: usize = 2000 * 3;
    let folder = crate::common::TempDir::new();
    let storage = LocalStorage::open(folder.path().join("store"), "https://img.example/").unwrap();
    let uploader = Uploader::builder(storage)
        .authenticator(ClientKeys::new([(1001, "abc123")]).unwrap())
        .policy(Policy::default().with_max_bytes(1 << 30))
        .build()
        .unwrap();
    let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
    let mut state = 1u32;
    let pixels: Vec<u8> = (0..ROW * 1500)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let pieces = |rows: usize| pixels.chunks(ROW * rows).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let deflated = |rows| {
        let deflate = |strip: Vec<u8>| {
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(&strip).unwrap();
            encoder.finish().unwrap()
        };
        pieces(rows).into_iter().map(deflate).collect::<Vec<_>>()
    };
    let path = folder.path().join("scan.tif");
    for (name, file, held) in [
        ("one strip", striped(SIZE, false, 1, 1500, &pieces(1500)), 4 << 20),
        ("strips", striped(SIZE, true, 1, 7, &pieces(7)), 4 << 20),
        ("deflate", striped(SIZE, false, 8, 64, &deflated(64)), 5 << 20),
        ("deflate, big-endian", striped(SIZE, true, 8, 500, &deflated(500)), 7 << 20),
    ] {
        std::fs::write(&path, &file).unwrap();
        let admitted = uploader.admit(&head).unwrap();
        let (stored, used) = peak(|| admitted.finish_path(&path, None));
        let stored = stored.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {} bytes, {used} held", file.len());
        assert!(used <= held, "{name} took {used}");
        let admitted = uploader.admit(&head).unwrap();
        let posted = PostedFile::new("scan.tif", &file[..]);
        let in_memory = admitted.finish(&[posted.into()]).unwrap();
        assert_eq!(stored.record.sha256, in_memory.record.sha256, "{name}");
        assert_eq!(stored.record.standard, in_memory.record.standard, "{name}");
        assert_eq!(stored.record.image_name.as_str(), "scan.tif");
        assert_eq!(stored.record.original_bytes, file.len() as u64);
        let (website, original) = (stored.record.website_id, userimage::Variant::Original);
        let kept = uploader.storage().read(website, stored.id, original).unwrap().unwrap();
        assert!(kept == file, "{name}: the original");
        // Cut in its last strip.
        std::fs::write(&path, &file[..file.len() - 5000]).unwrap();
        let cut = uploader.admit(&head).unwrap().finish_path(&path, None).unwrap_err();
        assert_eq!(cut.kind(), ErrorKind::Damaged, "{name}: {cut}");
    }
    // Too long a strip is read into memory, with the file: this one ends before its pixels.
    const LONG: usize = 17 << 20;
    std::fs::write(&path, striped(SIZE, false, 8, 1500, &[vec![0; LONG]])).unwrap();
    let admitted = uploader.admit(&head).unwrap();
    let (long, used) = peak(|| admitted.finish_path(&path, None));
    assert_eq!(long.unwrap_err().kind(), ErrorKind::Damaged);
    assert!(used > LONG, "{used} held");
    let small = Uploader::builder(userimage::storage::MemoryStorage::new("u/"))
        .authenticator(ClientKeys::new([(1001, "abc123")]).unwrap())
        .policy(Policy::default().with_max_bytes(9 << 20))
        .build()
        .unwrap();
    let refused = small.admit(&head).unwrap().finish_path(&path, None).unwrap_err();
    assert_eq!((refused.kind(), refused.http_status()), (ErrorKind::TooLarge, 413));
    let none = small.admit(&head).unwrap().finish_path(folder.path(), None).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::UnreadableFile);
}

/// A HEIC of 12 megapixels in tiles, as iPhones write them: a row of tiles is held, and one tile while it is decoded.
#[cfg(feature = "heic")]
#[test]
fn tiles_are_not_all_held() {
    const MOST: usize = 16 << 20;
    let files = files::rendered();
    let file = files.iter().find(|file| file.name == "heic-derived-grid-large.heic").unwrap();
    let options = StandardOptions::default();
    let (rendition, used) = peak(|| render_source(&file.source(), &options, 32 << 20));
    assert_eq!(rendition.unwrap().size, Size::new(1024, 768));
    println!("heic grid: {used} bytes");
    assert!(used <= MOST, "the grid took {used}");
}

#[test]
fn memory_stays_within_the_estimate() {
    let options = StandardOptions::default();
    let policy = Policy::default();
    let mut worst = (0.0, String::new());
    for fixture in files::rendered() {
        let source = fixture.source();
        if matches!(fixture.expected, Expected::Pictures { .. }) {
            let (refusal, used) = peak(|| render_source(&source, &options, 0).unwrap_err());
            let RenderError::TooMuchMemory { needed, .. } = refusal else {
                panic!("{}: {refusal}", fixture.name)
            };
            assert!(used < 1 << 20, "refusing {} took {used}", fixture.name);
            let (_, used) = peak(|| render_source(&source, &options, u64::MAX).unwrap());
            assert!(used as u64 <= needed, "{} took {used} of {needed}", fixture.name);
            let share = used as f64 / needed as f64;
            if share > worst.0 {
                worst = (share, format!("{}: {used} of {needed}", fixture.name));
            }
        } else if fixture.size.pixels() <= policy.max_pixels {
            let (_, used) = peak(|| render_source(&source, &options, policy.max_memory));
            assert!(!fixture.bomb || used < 1 << 20, "{} took {used}", fixture.name);
        }
    }
    for (name, format, data) in large() {
        let source = Source::new(&data, format, LARGE);
        for max in [64, 1024, 4000] {
            let options = options.with_max_size(Size::new(max, max)).unwrap();
            let Err(RenderError::TooMuchMemory { needed, .. }) =
                render_source(&source, &options, 0)
            else {
                panic!("{name} without memory")
            };
            let (rendition, used) = peak(|| render_source(&source, &options, needed));
            rendition.unwrap_or_else(|e| panic!("{name}: {e}"));
            let share = used as f64 / needed as f64;
            println!("{name} to {max}: {used} of {needed}, {share:.2}");
            assert!(share <= 1.0, "{name} to {max} took {used} of {needed}");
            // The estimate is not so high that valid files are refused. Tables may take 4 MB, whatever the size.
            assert!(
                share > 0.15 || needed < 6 << 20,
                "{name} to {max} took only {used} of {needed}"
            );
        }
    }
    println!("nearest to its estimate: {}", worst.1);
}

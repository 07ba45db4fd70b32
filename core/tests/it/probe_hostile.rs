//! Files that are made to take long: each is probed or refused within a second.

use std::io::Cursor;
use std::time::{Duration, Instant};

use userimage::probe::{count_frames, probe_reader};
use userimage::{Format, probe};

const MEGABYTES: usize = 4_000_000;
/// Work that grows with the square of these lengths takes minutes; a busy machine is not that slow.
const LONG: Duration = Duration::from_secs(1);

/// `head`, then `piece` repeated up to four megabytes.
fn filled(head: &[u8], piece: &[u8]) -> Vec<u8> {
    let mut data = head.to_vec();
    while data.len() < MEGABYTES {
        data.extend(piece);
    }
    data
}

fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len()).unwrap_or(0).to_be_bytes();
    [&len[..], kind, data, &[0; 4]].concat()
}

fn iso_box(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let len = u32::try_from(data.len() + 8).unwrap_or(0).to_be_bytes();
    [&len[..], kind, data].concat()
}

/// A HEIF with as many EXIF items as fit in 2 MB, none of which has a usable location.
fn heif() -> Vec<u8> {
    let entry = iso_box(b"infe", b"\x02\0\0\0\0\x09\0\0Exif\0");
    let mut items = vec![0, 0, 0, 0, 0xFF, 0xFF];
    items.extend(entry.repeat(90_000));
    let mut locations = b"\0\0\0\0\x44\0\xFF\xFF".to_vec();
    locations.extend(b"\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0".repeat(65_535));
    let property = iso_box(b"ispe", b"\0\0\0\0\0\0\0\x07\0\0\0\x05");
    let associated = [&b"\0\0\0\0\0\0\0\x01\0\x01\xFF"[..], &[1; 255]].concat();
    let properties =
        [iso_box(b"ipco", &property.repeat(50_000)), iso_box(b"ipma", &associated)].concat();
    let meta = [
        vec![0; 4],
        iso_box(b"pitm", b"\0\0\0\0\0\x01"),
        iso_box(b"iinf", &items),
        iso_box(b"iloc", &locations),
        iso_box(b"iprp", &properties),
    ];
    [iso_box(b"ftyp", b"heic\0\0\0\0"), iso_box(b"meta", &meta.concat())].concat()
}

#[test]
fn no_file_takes_long() {
    let png = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x07\0\0\0\x05\x08\x02\0\0\0\0\0\0\0";
    let profile = png_chunk(b"zTXt", b"Raw profile type exif\0\0\x78\x9C\x4B");
    let exif = b"\xFF\xE1\xFF\xFFExif\0\0II\x2A\0\x08\0\0\0\x50\x15";
    let gif = b"GIF89a\x07\0\x05\0\0\0\0";
    for (name, data) in [
        ("png of empty chunks", filled(png, &png_chunk(b"IDAT", b""))),
        ("png of raw profiles", filled(png, &profile)),
        ("png of EXIF", filled(png, &png_chunk(b"eXIf", b"II\x2A\0\xFF\0\0\0"))),
        (
            "jpeg of EXIF",
            filled(b"\xFF\xD8", &[&exif[..], &vec![0; 0x1_0001 - exif.len()]].concat()),
        ),
        ("jpeg of garbage", filled(b"\xFF\xD8\xFF\xE0\0\x02", b"\0")),
        ("jpeg of fill bytes", filled(b"\xFF\xD8", b"\xFF")),
        ("jpeg of short segments", filled(b"\xFF\xD8", b"\xFF\xE1\0\x02")),
        ("gif of frames", filled(gif, b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\0")),
        ("gif of short blocks", filled(gif, b"\x21\xFE\x01\0")),
        (
            "webp of chunks",
            filled(b"RIFF\0\0\0\x7FWEBPVP8L\x05\0\0\0\x2F\x06\0\x01\0\0", b"EXIF\0\0\0\0"),
        ),
        (
            "tiff of entries",
            filled(b"II\x2A\0\x08\0\0\0\xFF\xFF", b"\0\x01\x03\0\x01\0\0\0\x07\0\0\0"),
        ),
        (
            "bigtiff of entries",
            filled(b"II\x2B\0\x08\0\0\0\x10\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0", &[9; 20]),
        ),
        (
            "icon of entries",
            filled(b"\0\0\x01\0\xFF\xFF", b"\x07\x05\0\0\x01\0\x20\0\x40\0\0\0\0\0\x20\0"),
        ),
        (
            "psd of resources",
            filled(
                b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x05\0\0\0\x07\0\x08\0\x03\0\0\0\0\0\x30\0\0",
                b"8BIM\x04\x04\0\0\0\0\0\0",
            ),
        ),
        ("svg of comments", filled(b"", b"<!--x-->")),
        ("svg of attributes", filled(b"<svg ", b"width='7' ")),
        ("eps of lines", filled(b"%!PS-Adobe-3.0 EPSF-3.0\n", b"%%BoundingBox: (atend)\n")),
        (
            "jp2 of boxes",
            filled(
                b"\0\0\0\x0CjP  \r\n\x87\n",
                &iso_box(b"uuid", b"JpgTiffExif->JP2II\x2A\0\x08\0\0\0\0\0"),
            ),
        ),
        ("jxl of parts", filled(b"\0\0\0\x0CJXL \r\n\x87\n", &iso_box(b"jxlp", b"\x80\0\0\0"))),
        (
            "jxl of compressed boxes",
            filled(
                b"\0\0\0\x0CJXL \r\n\x87\n",
                &iso_box(b"brob", &[b"Exif", &[0x0D; 20_000][..]].concat()),
            ),
        ),
        ("heif of boxes", filled(b"\0\0\0\x10ftypheic\0\0\0\0", &iso_box(b"meta", b"\0\0\0\0"))),
        ("heif of items", heif()),
        ("zeros", vec![0; MEGABYTES]),
    ] {
        let start = Instant::now();
        let result = probe(&data);
        let took = start.elapsed();
        assert!(took < LONG, "{name} took {took:?}");
        let start = Instant::now();
        assert_eq!(probe_reader(Cursor::new(&data)), result, "{name} from a reader");
        let took_reading = start.elapsed();
        assert!(took_reading < LONG, "{name} took {took_reading:?} to read");
        let start = Instant::now();
        let format = result.map_or(Format::Jpeg, |info| info.format);
        assert!(count_frames(&data, format, 1000) <= 1001);
        assert!(start.elapsed() < LONG, "{name}: frames");
        println!("{name}: {took:?}, read in {took_reading:?}");
    }
}

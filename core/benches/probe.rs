//! The time of a probe, compared with other crates in the same run.
//!
//! `cargo bench -p userimage --bench probe`. The files are the real ones in `USERIMAGE_SHARED` or beside
//! the checkout, else the fixtures. Times are medians over the files of a format.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, io};

use image::{ImageDecoder, ImageReader};
use userimage::probe::probe_path;
use userimage::{Format, probe};

/// Nanoseconds per call: the median of batches that are long enough to measure.
fn time<T>(mut call: impl FnMut() -> T) -> f64 {
    const BATCHES: usize = 15;
    const BATCH_NANOS: u128 = 40_000;
    let mut calls = 1_u32;
    loop {
        let start = Instant::now();
        (0..calls).for_each(|_| drop(black_box(call())));
        if start.elapsed().as_nanos() >= BATCH_NANOS || calls >= 1 << 16 {
            break;
        }
        calls *= 2;
    }
    let batch = |_| {
        let start = Instant::now();
        (0..calls).for_each(|_| drop(black_box(call())));
        start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    median((0..BATCHES).map(batch).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The same facts without this library: size and orientation from `image`, DPI from `kamadak-exif`.
fn image_and_kamadak(data: &[u8]) -> (Option<(u32, u32)>, Option<exif::Exif>) {
    let size = ImageReader::new(Cursor::new(data))
        .with_guessed_format()
        .ok()
        .and_then(|reader| reader.into_decoder().ok())
        .map(|mut decoder| {
            let _ = black_box(decoder.orientation());
            decoder.dimensions()
        });
    (size, exif::Reader::new().read_from_container(&mut Cursor::new(data)).ok())
}

#[derive(Default)]
struct Row {
    ours: Vec<f64>,
    imagesize: Vec<f64>,
    combined: Vec<f64>,
    against_imagesize: Vec<f64>,
    against_combined: Vec<f64>,
}

fn files() -> io::Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shared = std::env::var_os("USERIMAGE_SHARED")
        .map_or_else(|| root.join("../shared/images"), PathBuf::from);
    let has_shared = shared.join("expected.json").is_file();
    let folder = if has_shared { shared } else { root.join("tests/fixtures/files") };
    println!("files of {}", folder.display());
    let mut paths: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn main() -> io::Result<()> {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for path in files()? {
        let data = fs::read(&path)?;
        let Ok(info) = probe(&data) else { continue };
        let with = if info.has_exif && info.format != Format::Tiff { " with EXIF" } else { "" };
        let row = rows.entry(format!("{}{with}", info.format)).or_default();
        let ours = time(|| probe(black_box(&data)));
        row.ours.push(ours);
        if imagesize::blob_size(&data).is_ok() {
            let theirs = time(|| imagesize::blob_size(black_box(&data)));
            row.imagesize.push(theirs);
            row.against_imagesize.push(ours / theirs);
        }
        if image_and_kamadak(&data).0.is_some() {
            let theirs = time(|| image_and_kamadak(black_box(&data)));
            row.combined.push(theirs);
            row.against_combined.push(theirs / ours);
        }
    }

    println!("\nmedian nanoseconds, and medians of the ratios on the same file\n");
    println!(
        "{:<20}{:>6}{:>10}{:>10}{:>12}{:>16}{:>16}{:>18}",
        "format",
        "files",
        "ours",
        "slowest",
        "imagesize",
        "image+kamadak",
        "ours/imagesize",
        "combined/ours"
    );
    for (name, row) in rows {
        println!(
            "{name:<20}{:>6}{:>10.0}{:>10.0}{:>12.0}{:>16.0}{:>16.1}{:>18.0}",
            row.ours.len(),
            median(row.ours.clone()),
            row.ours.iter().copied().fold(0.0, f64::max),
            median(row.imagesize),
            median(row.combined),
            median(row.against_imagesize),
            median(row.against_combined),
        );
    }
    large_files()
}

/// A PNG of 13 MB in chunks of 8 KiB, and a JPEG of 20 MB, from memory and from disk.
fn large_files() -> io::Result<()> {
    const CHUNK: usize = 8192;
    const CHUNKS: usize = 13_000_000 / CHUNK;
    let mut png =
        b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\x10\0\0\0\x10\0\x08\x02\0\0\0\0\0\0\0".to_vec();
    let short = [&png[..], b"\0\0\0\0IEND\0\0\0\0"].concat();
    for _ in 0..CHUNKS {
        png.extend([0, 0, 0x20, 0]);
        png.extend(b"IDAT");
        png.resize(png.len() + CHUNK + 4, 0x55);
    }
    png.extend(b"\0\0\0\0IEND\0\0\0\0");
    let mut jpeg =
        b"\xFF\xD8\xFF\xC0\0\x0B\x08\x10\0\x10\0\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\x3F\0"
            .to_vec();
    jpeg.resize(20_000_000, 0x55);

    let folder = std::env::temp_dir().join(format!("userimage-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    println!();
    for (name, data) in [("png of 13 MB", &png), ("jpeg of 20 MB", &jpeg)] {
        let path = folder.join("file");
        fs::write(&path, data)?;
        let (memory, file) = (time(|| probe(black_box(data))), time(|| probe_path(&path)));
        println!("{name}: {memory:.0} ns in memory, {:.1} µs through probe_path", file / 1e3);
    }
    let per_chunk = (time(|| probe(&png)) - time(|| probe(&short))) / CHUNKS as f64;
    println!("{per_chunk:.1} ns for each of the png's {CHUNKS} further chunks in memory");
    fs::remove_dir_all(folder)
}

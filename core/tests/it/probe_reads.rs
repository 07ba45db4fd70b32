//! How much of a file the probe reads.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Result, Seek, SeekFrom};

use crate::common::files::every_file;
use userimage::probe::probe_reader;
use userimage::{Format, probe};

struct Counted<'a> {
    inner: Cursor<&'a [u8]>,
    bytes: &'a Cell<usize>,
    reads: &'a Cell<usize>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + read);
        self.reads.set(self.reads.get() + 1);
        Ok(read)
    }
}

impl Seek for Counted<'_> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.inner.seek(to)
    }
}

/// The number of bytes and of reads of a probe of `data`. Its result equals that from memory.
fn read(data: &[u8]) -> (usize, usize) {
    let (bytes, reads) = (Cell::new(0), Cell::new(0));
    let reader = Counted { inner: Cursor::new(data), bytes: &bytes, reads: &reads };
    assert_eq!(probe_reader(reader), probe(data));
    (bytes.get(), reads.get())
}

/// The most bytes that the probe may read of a real file or a fixture of each format. A PNG needs one
/// small read per chunk; EPS and SVG are searched as text. A GIF is read up to its first frame.
fn max_bytes(format: Format) -> usize {
    match format {
        Format::Bmp | Format::J2k => 1024,
        Format::Gif | Format::Ico | Format::Cur | Format::Jp2 => 8 * 1024,
        _ => 64 * 1024,
    }
}

#[test]
fn every_format_stays_within_its_limit() {
    let mut table: BTreeMap<Format, Vec<usize>> = BTreeMap::new();
    for (name, data) in every_file() {
        let (bytes, _) = read(&data);
        let Ok(info) = probe(&data) else { continue };
        // The objects of a PDF without a table are searched in all of it, seven times at most.
        let has_table = !name.ends_with("pdf-objects-open.pdf");
        let most = if has_table { max_bytes(info.format) } else { 7 * data.len() };
        assert!(bytes <= most, "{name}: {bytes} bytes");
        table.entry(info.format).or_default().push(bytes);
    }
    let files = table.values().map(Vec::len).sum::<usize>();
    assert!(files >= 550, "only {files} files were probed");
    for (format, mut bytes) in table {
        bytes.sort_unstable();
        let median = bytes.get(bytes.len() / 2).unwrap();
        println!(
            "{format:<6}{:>5} files, median {median:>6} bytes, most {:>6}",
            bytes.len(),
            bytes.last().unwrap()
        );
    }
}

#[test]
fn a_jpeg_of_20_mb_needs_64_kib() {
    // As phones write it: EXIF with a preview, a profile in two segments, then the picture.
    let mut data = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, head: &[u8], len: usize| {
        data.extend([0xFF, marker]);
        data.extend(u16::try_from(len + 2).unwrap().to_be_bytes());
        data.extend(head);
        data.resize(data.len() + len - head.len(), 0x55);
    };
    segment(0xE1, b"Exif\0\0II\x2A\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", 60_000);
    segment(0xE2, b"ICC_PROFILE\0\x01\x02", 60_000);
    segment(0xE2, b"ICC_PROFILE\0\x02\x02", 60_000);
    for _ in 0..40 {
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0", 60_000);
    }
    segment(0xC0, &[8, 0x10, 0, 0x10, 0, 3], 15);
    segment(0xDA, &[3], 10);
    data.resize(20_000_000, 0x55);
    assert_eq!(probe(&data).unwrap().orientation.to_exif(), 6);
    let (bytes, reads) = read(&data);
    println!("{bytes} bytes in {reads} reads");
    assert!(bytes <= 64 * 1024, "{bytes} bytes");
}

#[test]
fn a_png_needs_one_small_read_per_chunk() {
    const CHUNKS: usize = 1586;
    let mut data =
        b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\x10\0\0\0\x10\0\x08\x02\0\0\0\0\0\0\0".to_vec();
    for _ in 0..CHUNKS {
        data.extend([0, 0, 0x20, 0]);
        data.extend(b"IDAT");
        data.resize(data.len() + 8192 + 4, 0x55);
    }
    data.extend(b"\0\0\0\0IEND\0\0\0\0");
    let (bytes, reads) = read(&data);
    println!("{bytes} bytes in {reads} reads of {} MB", data.len() / 1_000_000);
    assert!(reads <= CHUNKS + 2);
    assert!(bytes <= CHUNKS * 64 + 2048, "{bytes} bytes");
}

#[test]
fn a_png_of_tiny_chunks_is_read_in_large_blocks() {
    let mut data =
        b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\0\0\0\0".to_vec();
    data.extend(b"\0\0\0\0IDAT\0\0\0\0".repeat(100_000));
    let (bytes, reads) = read(&data);
    assert!(reads <= data.len() / 4096 + 8, "{reads} reads");
    assert!(bytes <= data.len() + 4096, "{bytes} bytes");
}

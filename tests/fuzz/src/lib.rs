//! Invariants of the library for any bytes: of the probe here, of the rest in the modules.

pub mod http;
pub mod png;
pub mod rendition;
pub mod targets;

use std::io::Cursor;

use userimage::probe::{count_frames, exif_details, probe_reader};
use userimage::probe;

/// Probes `data` from memory and from a reader, and checks the invariants of the result.
pub fn check(data: &[u8]) {
    let answer = probe(data);
    assert_eq!(answer, probe_reader(Cursor::new(data)), "from a reader");
    let Ok(info) = answer else { return };
    assert!(info.stored_size.is_none_or(|size| size.pixels() > 0));
    for density in [info.stored_dpi, info.dpi()].into_iter().flatten() {
        assert!(density.x.is_finite() && density.x > 0.0);
        assert!(density.y.is_finite() && density.y > 0.0);
    }
    let frames = count_frames(data, info.format, 100);
    assert!((1..=101).contains(&frames));
    assert_eq!(info.largest_print(300.0).is_some(), info.stored_size.is_some());
    let details = exif_details(data);
    assert!(info.has_exif || details.is_none() || info.format == userimage::Format::Tiff);
}

/// Checks `data` with its first bytes replaced by those of a container, so that its parser is reached.
pub fn check_container(magic: &[u8], data: &[u8]) {
    let mut file = magic.to_vec();
    file.extend(data.get(magic.len()..).unwrap_or_default());
    check(&file);
}

/// Checks `block` as the EXIF of a WebP, which contains it unchanged.
pub fn check_exif(block: &[u8]) {
    let mut file = b"RIFF\0\0\0\0WEBPVP8L\x05\0\0\0\x2F\x06\0\x01\0\0EXIF".to_vec();
    let Ok(len) = u32::try_from(block.len()) else { return };
    file.extend(len.to_le_bytes());
    file.extend(block);
    let Ok(whole) = u32::try_from(file.len() - 8) else { return };
    file[4..8].copy_from_slice(&whole.to_le_bytes());
    check(&file);
}

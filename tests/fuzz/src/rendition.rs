//! Invariants of the rendition for any bytes: no panic, no hang, bounded memory, and a result within its limits.

use userimage::rendition::{Source, Standard, StandardOptions, render_source};
use userimage::{Format, Orientation, Size};

/// The memory of one rendition. The fuzzer's own limit is above it.
const MEMORY: u64 = 64 << 20;

/// Decodes `data` as `format`. The last byte chooses how the picture is turned and how small it is made.
pub fn check_decoder(format: Format, data: &[u8]) {
    let choice = data.last().copied().unwrap_or_default();
    let info = userimage::probe(data).ok().filter(|info| info.format == format);
    let size = info.and_then(|info| info.stored_size).unwrap_or(Size::new(16, 16));
    let mut source = Source::new(data, format, size);
    source.orientation = Orientation::from_exif(u32::from(choice % 8) + 1);
    let max = match choice / 8 % 3 {
        0 => Size::new(32, 24),
        1 => Size::new(7, 200),
        _ => Size::new(1024, 1024),
    };
    let _ = rendition(&source, max);
}

/// The rendition of `source` in at most `max`, or `None` if the source is refused.
pub fn rendition(source: &Source<'_>, max: Size) -> Option<Standard> {
    let options = StandardOptions::default().with_max_size(max).unwrap();
    let standard = render_source(source, &options, MEMORY).ok()?;
    assert!(standard.size.width <= max.width && standard.size.height <= max.height);
    assert!(!standard.bytes.is_empty());
    Some(standard)
}

/// `data` behind `magic`, which replaces its first bytes unless they are one of `magics` already.
pub fn with_magic(magics: &[&[u8]], data: &[u8]) -> Vec<u8> {
    if magics.iter().any(|magic| data.starts_with(magic)) {
        return data.to_vec();
    }
    let magic = magics[data.len() % magics.len()];
    [magic, data.get(magic.len()..).unwrap_or_default()].concat()
}

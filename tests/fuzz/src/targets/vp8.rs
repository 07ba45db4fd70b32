//! The rendition of a lossy WebP, whose frame is any bytes behind the start of a frame: no panic, no hang, bounded memory.

use userimage::rendition::{Source, StandardOptions, render_source};
use userimage::{Format, Size};

pub(super) fn run(data: &[u8]) {
    // Two bytes for the sides, up to 256 pixels; then the frame's tag and what stands behind its header.
    let Some((&[width, height, t0, t1, t2], rest)) = data.split_first_chunk() else { return };
    let (width, height) = (u32::from(width) + 1, u32::from(height) + 1);
    let mut file = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
    file.extend(u32::try_from(rest.len() + 10).unwrap().to_le_bytes());
    file.extend([t0 & !1, t1, t2, 0x9d, 0x01, 0x2a]);
    file.extend([width, height].iter().flat_map(|side| [side.to_le_bytes()[0], side.to_le_bytes()[1]]));
    file.extend(rest);
    let source = Source::new(&file, Format::WebP, Size::new(width, height));
    let options = StandardOptions::default().with_max_size(Size::new(32, 24)).unwrap();
    if let Ok(standard) = render_source(&source, &options, 64 << 20) {
        assert!(standard.size.width <= 32 && standard.size.height <= 24 && !standard.bytes.is_empty());
    }
}

//! The rendition of any bytes: no panic, no hang, bounded memory.

use userimage::rendition::{Source, StandardOptions, render_source};
use userimage::{Format, Orientation, Size};

pub(super) fn run(data: &[u8]) {
    // Format and size come from the probe, as in an upload, so that every seed is decoded. The last byte
    // chooses the orientation and, if the probe does not find a format with a rendition, the format.
    let Some(&choice) = data.last() else { return };
    let info = userimage::probe(data).ok();
    let probed = info.as_ref().map(|info| info.format).filter(|format| format.has_rendition());
    let format = probed.unwrap_or(Format::DEFAULT[usize::from(choice % 6)]);
    let size = info.and_then(|info| info.stored_size);
    let mut source = Source::new(data, format, size.unwrap_or(Size::new(16, 16)));
    source.orientation = Orientation::from_exif(u32::from(choice / 6 % 8) + 1);
    let options = StandardOptions::default().with_max_size(Size::new(32, 24)).unwrap();
    if let Ok(standard) = render_source(&source, &options, 64 << 20) {
        assert!(standard.size.width <= 32 && standard.size.height <= 32 && !standard.bytes.is_empty());
    }
}

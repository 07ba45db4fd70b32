//! The rendition of any bytes, as each of the six formats: no panic, no hang, bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use userimage::rendition::{Source, StandardOptions, render};
use userimage::{Format, Orientation, Size};

fuzz_target!(|input: &[u8]| {
    // The first byte chooses; the size comes from the probe, as it does in an upload, or is a guess.
    let Some((&choice, data)) = input.split_first() else { return };
    let format = Format::RENDERED[usize::from(choice % 6)];
    let size = userimage::probe(data).ok().and_then(|info| info.size);
    let mut source = Source::new(data, format, size.unwrap_or(Size::new(16, 16)));
    source.orientation = Orientation::from_exif(u32::from(choice / 6 % 8) + 1);
    let mut options = StandardOptions::default();
    (options.max_width, options.max_height) = (32, 24);
    if let Ok(standard) = render(&source, &options, 64 << 20) {
        assert!(standard.size.width <= 32 && standard.size.height <= 32 && !standard.bytes.is_empty());
    }
});

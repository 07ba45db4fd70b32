//! The decoder of PNG, with right checksums.
#![no_main]

use userimage::Format;
use userimage_fuzz::png::with_checksums;
use userimage_fuzz::rendition::check_decoder;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Png, &with_checksums(data)));

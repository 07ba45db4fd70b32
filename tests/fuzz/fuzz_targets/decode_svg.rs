//! The rendition of SVG.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::check_decoder;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Svg, data));

//! The decoder of WebP: its container, lossless pictures, alpha.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::WebP, &with_magic(&[b"RIFF"], data)));

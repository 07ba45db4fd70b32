//! The decoder of JPEG.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Jpeg, &with_magic(&[b"\xFF\xD8\xFF"], data)));

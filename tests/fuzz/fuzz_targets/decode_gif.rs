//! The decoder of GIF.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Gif, &with_magic(&[b"GIF89a", b"GIF87a"], data)));

//! The rendition of EPS's preview.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Eps, &with_magic(&[b"\xC5\xD0\xD3\xC6"], data)));

//! The rendition of PDF.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Pdf, &with_magic(&[b"%PDF-1.4\n"], data)));

//! The decoder of TIFF, classic and big.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Tiff, &with_magic(&[b"II\x2A\0", b"MM\0\x2A", b"II\x2B\0\x08\0\0\0", b"MM\0\x2B\0\x08\0\0"], data)));

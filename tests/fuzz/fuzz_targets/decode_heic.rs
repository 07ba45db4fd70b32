//! The decoder of HEIC: its items and their properties, derived pictures, HEVC.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

const MAGIC: &[u8] = b"\0\0\0\x18ftypheic";

libfuzzer_sys::fuzz_target!(|data: &[u8]| check_decoder(Format::Heic, &with_magic(&[MAGIC], data)));

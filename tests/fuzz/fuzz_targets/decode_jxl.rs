//! The decoder of JPEG XL: its boxes, the frames that are counted first, the crate that decodes them.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    check_decoder(Format::Jxl, &with_magic(&[b"\xFF\x0A", b"\0\0\0\x0CJXL \r\n\x87\n"], data));
});

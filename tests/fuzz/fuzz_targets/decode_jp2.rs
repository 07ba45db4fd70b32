//! The decoder of JPEG 2000: its boxes and headers, and the crate that decodes it.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

const BOXES: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
const CODE_STREAM: &[u8] = b"\xFF\x4F\xFF\x51";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let data = with_magic(&[BOXES, CODE_STREAM], data);
    let format = if data.starts_with(BOXES) { Format::Jp2 } else { Format::J2k };
    check_decoder(format, &data);
});

//! The rendition of PSD and PSB.
#![no_main]

use userimage::Format;
use userimage_fuzz::rendition::{check_decoder, with_magic};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let data = with_magic(&[b"8BPS\0\x01", b"8BPS\0\x02"], data);
    check_decoder(Format::Psd, &data);
});

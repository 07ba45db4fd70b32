#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::check_container(b"8BPS\0\x01", data));

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::check_container(b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", data));

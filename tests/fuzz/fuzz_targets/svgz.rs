#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::check_container(b"\x1F\x8B\x08", data));

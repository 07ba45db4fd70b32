#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::check_container(b"\xFF\x4F\xFF\x51", data));

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::check_container(b"%PDF-", data));

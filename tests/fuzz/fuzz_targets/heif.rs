#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::check_container(b"\0\0\0\x14ftypheic\0\0\0\0mif1", data));

//! Any request: method, target, headers and body, complete and in chunks.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::http::check_request(data));

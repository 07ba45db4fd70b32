//! Any request: method, target, headers and body, whole and in pieces.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| userimage_fuzz::http::check_request(data));

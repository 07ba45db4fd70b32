#![no_main]

/// The signature box and the type of the file.
const BOXED: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    userimage_fuzz::check_container(BOXED, data);
    userimage_fuzz::check_container(b"\xFF\x0A", data);
});

//! A form with any body, complete and in chunks. The first line is its content type if it starts with
//! `multipart/`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use userimage_fuzz::http::check_form;

fuzz_target!(|data: &[u8]| {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    if data.starts_with(b"multipart/") {
        check_form(&data[..line], data.get(line + 1..).unwrap_or_default());
    } else {
        check_form(b"multipart/form-data; boundary=x", data);
    }
});

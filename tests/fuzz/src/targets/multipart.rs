//! A form with any body, complete and in chunks. The first line is its content type if it starts with
//! `multipart/`.

use crate::http::check_form;

pub(super) fn run(data: &[u8]) {
    let line = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    if data.starts_with(b"multipart/") {
        check_form(&data[..line], data.get(line + 1..).unwrap_or_default());
    } else {
        check_form(b"multipart/form-data; boundary=x", data);
    }
}

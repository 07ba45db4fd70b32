//! `tests/multipart/bodies.json` through the endpoint: the response follows from the table, and does
//! not depend on how the body is split into chunks. The unit tests of the parser check the parts.
#![cfg(feature = "http")]

#[path = "../../examples/multipart_peer.rs"]
#[allow(dead_code, reason = "its main is not run")]
mod multipart_peer;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use userimage::Config;
use userimage::http::{Endpoint, RequestStart, buffered, parse_form};

fn table() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/multipart/bodies.json");
    let table: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    table["bodies"].as_array().unwrap().clone()
}

fn bytes(of: &Value, key: &str) -> Vec<u8> {
    match of[format!("{key}text")].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => BASE64.decode(of[format!("{key}base64")].as_str().unwrap()).unwrap(),
    }
}

fn endpoint() -> Endpoint {
    let config = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "keys",
        "websites": [{"id": 1001, "keys": ["abc123"]}]}"#;
    Endpoint::from_config(&Config::from_json(config).unwrap()).unwrap()
}

/// The response to a body in chunks: its status, its error code, and the client's file name.
fn answer(endpoint: &Endpoint, content_type: &[u8], chunks: &[&[u8]]) -> (u16, String, String) {
    // Some forms have a userId too.
    let (head, ()) = http::Request::post("/api/4/UploadImage/UploadImage?userId=12345")
        .header("websiteId", "1001")
        .header("webApiClientKey", "abc123")
        .header("Content-Type", content_type)
        .body(())
        .unwrap()
        .into_parts();
    let response = match endpoint.begin(&head) {
        RequestStart::Complete(response) => response,
        RequestStart::NeedsBody(mut receiver) => {
            assert!(chunks.iter().all(|chunk| receiver.feed(chunk)));
            receiver.finish()
        }
    };
    let response = buffered(response);
    let envelope: Value = serde_json::from_slice(response.body()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let status = response.status().as_u16();
    let (name, unique) = (&envelope["Data"]["ImageName"], &envelope["Data"]["UniqueName"]);
    // Without a client's file name it is the unique name, which differs every time.
    let name = if name == unique { String::new() } else { text(name) };
    (status, text(&envelope["ErrorCode"]), name)
}

/// The expected response: success if the only file is a picture.
fn expected(case: &Value) -> (u16, String, Option<String>) {
    let nothing = vec![];
    let parts = case["parts"].as_array().unwrap_or(&nothing);
    let is_file = |part: &&Value| part["name"].as_str().unwrap().eq_ignore_ascii_case("postedFile");
    let files: Vec<_> = parts.iter().filter(is_file).collect();
    // A userId in the form that differs from the query's is the first failure.
    if parts.iter().any(|part| part["name"] == "userId" && bytes(part, "") != b"12345") {
        return (400, "261".into(), None);
    }
    match files[..] {
        [file] if bytes(file, "").starts_with(b"\x89PNG") => {
            (200, String::new(), file["file_name"].as_str().map(ToOwned::to_owned))
        }
        _ => (400, "262".into(), None),
    }
}

#[test]
fn every_body_has_the_expected_response_in_any_chunks() {
    let table = table();
    assert!(table.len() >= 150, "only {} bodies were found", table.len());
    let mut uploads = 0;
    for case in &table {
        let name = &case["name"];
        let (content_type, body) = (bytes(case, "content_type_"), bytes(case, "body_"));
        let endpoint = endpoint();
        let whole = answer(&endpoint, &content_type, &[&body]);
        let (status, code, image_name) = expected(case);
        assert_eq!((whole.0, &whole.1), (status, &code), "{name}");
        if let Some(image_name) = image_name {
            uploads += 1;
            // The last segment of a path, without control characters.
            let shown = image_name.rsplit(['/', '\\']).next().unwrap_or_default();
            assert_eq!(whole.2, shown, "{name}");
        }
        // A body of a thousand parts is the same all along.
        let step = if body.len() < 20_000 { 1 } else { 499 };
        for at in (0..=body.len()).step_by(step) {
            let (first, second) = body.split_at(at);
            let split = answer(&endpoint, &content_type, &[first, second]);
            assert_eq!(split, whole, "{name}, split at {at}");
        }
        let bytes: Vec<_> = body.chunks(1).collect();
        assert_eq!(answer(&endpoint, &content_type, &bytes), whole, "{name}, byte by byte");
    }
    assert!(uploads >= 50, "only {uploads} bodies are uploads");
}

/// Why this library has a parser of its own.
#[test]
fn multer_misreads_some_forms() {
    let table = table();
    for name in [
        "Python requests over urllib3 1.24: a name in UTF-8",
        ".NET HttpClient: a name in UTF-8",
        ".NET HttpClient: FileName alone, in UTF-8",
        "Chrome and Safari: a quotation mark in the name",
        "disposition: a name inside another's quotes",
        "disposition: in capitals",
        "delimiters: a part without content or its line",
        "delimiters: content: the boundary and more in a line",
        "disposition: the name twice",
        "headers: the disposition twice",
    ] {
        let case = table.iter().find(|case| case["name"] == name).unwrap();
        let (content_type, body) = (bytes(case, "content_type_"), bytes(case, "body_"));
        // `http::multipart::table` compares these parts with the table's.
        let ours = parse_form(&content_type, &body).ok();
        let theirs = multipart_peer::parse_with_multer(&content_type, body.clone()).ok();
        assert_ne!(theirs, ours, "{name}: multer now reads this form");
    }
}

//! The vectors of `tests/vectors`: requests and their expected answers.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use userimage::{Config, FormPart, Format, UniqueName, UploadRequest};

#[derive(Deserialize)]
pub(crate) struct Document {
    pub(crate) config: serde_json::Value,
    pub(crate) files: HashMap<String, String>,
    pub(crate) cases: Vec<Case>,
}

#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) config: Option<serde_json::Value>,
    pub(crate) needs: Option<Format>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Deserialize)]
pub(crate) struct Step {
    pub(crate) request: Request,
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) kind: String,
    pub(crate) answer: String,
    pub(crate) all: String,
}

#[derive(Deserialize)]
pub(crate) struct Request {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<Part>,
}

#[derive(Deserialize)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) base64: Option<String>,
    pub(crate) file: Option<String>,
}

/// Runs every case with its configuration, and reports all failures.
pub(crate) fn each(run: impl Fn(&Document, &Case, &Config) -> Result<(), String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut cases = 0;
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let document: Document =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in &document.cases {
            if case.needs.is_some_and(|format| !format.has_rendition()) {
                continue;
            }
            cases += 1;
            let config = case.config.as_ref().unwrap_or(&document.config).to_string();
            let config = Config::from_json(&config).unwrap();
            if let Err(failure) = run(&document, case, &config) {
                failures.push(format!("{}: {failure}", case.name));
            }
        }
    }
    assert!(cases >= 120, "only {cases} vectors were found");
    assert!(failures.is_empty(), "{} of {cases} fail:\n{}", failures.len(), failures.join("\n"));
}

/// Compares an answer with the expected one, in which `{unique}` stands for the unique name.
pub(crate) fn equal_answer(answer: &str, status: u16, step: &Step) -> Result<(), String> {
    equal("answer", answer, &step.answer.replace("{unique}", &unique_name(answer)))?;
    equal("status", &status.to_string(), &step.status.to_string())
}

pub(crate) fn equal(what: &str, actual: &str, expected: &str) -> Result<(), String> {
    (actual == expected)
        .then_some(())
        .ok_or_else(|| format!("{what}\n   actual {actual}\n expected {expected}"))
}

/// The request of a step, by fields.
pub(crate) fn request<'a>(
    request: &'a Request,
    files: &HashMap<String, String>,
) -> UploadRequest<'a> {
    let mut built = UploadRequest::default();
    for (name, value) in &request.headers {
        built.head = built.head.header(name, value);
    }
    for (name, value) in &request.query {
        built.head = built.head.query(name, value);
    }
    for part in &request.form {
        let mut form_part = FormPart::new(&part.name, content(part, files));
        if let Some(file_name) = &part.file_name {
            form_part = form_part.file_name(file_name);
        }
        if let Some(content_type) = &part.content_type {
            form_part = form_part.content_type(content_type);
        }
        built.form.push(form_part);
    }
    built
}

/// The HTTP request of a step. `None` if it has a header or a file name that HTTP cannot transmit.
#[cfg(feature = "http")]
pub(crate) fn whole_request(
    request: &Request,
    files: &HashMap<String, String>,
) -> Option<http::Request<Vec<u8>>> {
    const BOUNDARY: &str = "----userimage-7MA4YWxkTrZu0gW";
    let pairs: Vec<_> = request
        .query
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    let mut built =
        http::Request::post(format!("/api/4/UploadImage/UploadImage?{}", pairs.join("&")))
            .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"));
    for (name, value) in &request.headers {
        built = built.header(name, http::HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    let mut body = Vec::new();
    for part in &request.form {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"", part.name)
                .bytes(),
        );
        if let Some(file_name) = &part.file_name {
            // Escaped as browsers do. A header cannot contain control characters.
            let escaped = file_name.replace('"', "%22");
            if escaped.contains(|c: char| c.is_ascii_control()) {
                return None;
            }
            body.extend(format!("; filename=\"{escaped}\"").bytes());
        }
        if let Some(content_type) = &part.content_type {
            body.extend(format!("\r\nContent-Type: {content_type}").bytes());
        }
        body.extend(b"\r\n\r\n");
        body.extend(content(part, files));
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    built.body(body).ok()
}

#[cfg(feature = "http")]
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn content(part: &Part, files: &HashMap<String, String>) -> Vec<u8> {
    match (&part.text, &part.base64, &part.file) {
        (Some(text), None, None) => text.as_bytes().to_vec(),
        (None, Some(base64), None) => decode_base64(base64),
        (None, None, Some(file)) => decode_base64(&files[file]),
        _ => panic!("a part has exactly one content"),
    }
}

/// The answer's unique name without its extension. Empty if it is missing or invalid.
fn unique_name(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    let name = answer["Data"]["UniqueName"].as_str().unwrap_or_default();
    match UniqueName::parse(name) {
        Ok(name) => name.as_str().rsplit_once('.').unwrap().0.to_owned(),
        Err(_) => String::new(),
    }
}

fn decode_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut value) = (0, 0u32);
    for digit in text.bytes().filter(|&byte| byte != b'=') {
        let digit = ALPHABET.iter().position(|&known| known == digit).unwrap();
        value = value << 6 | u32::try_from(digit).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((value >> bits & 0xFF) as u8);
        }
    }
    bytes
}

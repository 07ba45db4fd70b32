//! Runs `tests/vectors/*.json`: requests in, answers out, equal to the byte.
#![cfg(feature = "rendition")]

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use userimage::{Config, FormPart, Response, UniqueName, UploadRequest, Uploader};

#[derive(Deserialize)]
struct Document {
    config: serde_json::Value,
    files: HashMap<String, String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    config: Option<serde_json::Value>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    request: Request,
    status: u16,
    answer: String,
    all: String,
}

#[derive(Deserialize)]
struct Request {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    form: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    text: Option<String>,
    base64: Option<String>,
    file: Option<String>,
}

#[test]
fn every_vector_gives_its_exact_answer() {
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
            cases += 1;
            if let Err(failure) = run(&document, case) {
                failures.push(format!("{}: {failure}", case.name));
            }
        }
    }
    assert!(cases >= 120, "only {cases} vectors were found");
    assert!(failures.is_empty(), "{} of {cases} fail:\n{}", failures.len(), failures.join("\n"));
}

fn run(document: &Document, case: &Case) -> Result<(), String> {
    let config = case.config.as_ref().unwrap_or(&document.config).to_string();
    let config = Config::from_json(&config).map_err(|error| error.to_string())?;
    let uploader = Uploader::from_config(&config).map_err(|error| error.to_string())?;
    for step in &case.steps {
        let request = request(&step.request, &document.files);
        let all = Response::from_failures(&uploader.validate_all(&request));
        let all = all.map_or_else(String::new, |answer| error_code(answer.to_json()));
        equal("every failure", &all, &step.all)?;

        let result = uploader.upload(&request);
        let answer = Response::from(&result);
        let unique = unique_name(answer.to_json());
        equal("answer", answer.to_json(), &step.answer.replace("{unique}", &unique))?;
        equal("status", &answer.http_status().to_string(), &step.status.to_string())?;
    }
    #[cfg(feature = "http")]
    whole::run(document, case, &config)?;
    Ok(())
}

/// The same cases as whole requests of HTTP.
#[cfg(feature = "http")]
mod whole {
    use std::collections::HashMap;

    use http::HeaderValue;
    use userimage::Config;
    use userimage::http::{Begun, Endpoint};

    use super::{Case, Document, Request, content, equal, unique_name};

    pub(crate) fn run(document: &Document, case: &Case, config: &Config) -> Result<(), String> {
        let endpoint = Endpoint::from_config(config).map_err(|error| error.to_string())?;
        for step in &case.steps {
            // A header with line breaks or the like cannot be sent, so there is no such request.
            let Some(request) = request(&step.request, &document.files) else { return Ok(()) };
            let (head, body) = request.into_parts();
            let response = match endpoint.begin(&head) {
                Begun::Answered(answer) => answer,
                Begun::Receiving(mut receiving) => {
                    assert!(body.chunks(1000).all(|piece| receiving.feed(piece)));
                    receiving.finish()
                }
            };
            let answer = String::from_utf8(response.body().clone()).unwrap();
            let unique = unique_name(&answer);
            equal("whole answer", &answer, &step.answer.replace("{unique}", &unique))?;
            equal("whole status", response.status().as_str(), &step.status.to_string())?;
        }
        Ok(())
    }

    fn request(
        request: &Request,
        files: &HashMap<String, String>,
    ) -> Option<http::Request<Vec<u8>>> {
        const BOUNDARY: &str = "----userimage-7MA4YWxkTrZu0gW";
        let pairs: Vec<_> = request
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let mut made =
            http::Request::post(format!("/api/4/UploadImage/UploadImage?{}", pairs.join("&")))
                .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"));
        for (name, value) in &request.headers {
            made = made.header(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
        let mut body = Vec::new();
        for part in &request.form {
            body.extend(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"", part.name)
                    .bytes(),
            );
            if let Some(file_name) = &part.file_name {
                // As browsers escape it; what no header can hold cannot be sent.
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
        made.body(body).ok()
    }

    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    }
}

fn equal(what: &str, actual: &str, expected: &str) -> Result<(), String> {
    (actual == expected)
        .then_some(())
        .ok_or_else(|| format!("{what}\n     is {actual}\n not as {expected}"))
}

fn request<'a>(request: &'a Request, files: &HashMap<String, String>) -> UploadRequest<'a> {
    let mut made = UploadRequest::empty();
    for (name, value) in &request.headers {
        made = made.header(name, value);
    }
    for (name, value) in &request.query {
        made = made.query(name, value);
    }
    for part in &request.form {
        let mut made_part = FormPart::new(&part.name, content(part, files));
        if let Some(file_name) = &part.file_name {
            made_part = made_part.file_name(file_name);
        }
        if let Some(content_type) = &part.content_type {
            made_part = made_part.content_type(content_type);
        }
        made = made.form_part(made_part);
    }
    made
}

fn content(part: &Part, files: &HashMap<String, String>) -> Vec<u8> {
    match (&part.text, &part.base64, &part.file) {
        (Some(text), None, None) => text.as_bytes().to_vec(),
        (None, Some(base64), None) => decode_base64(base64),
        (None, None, Some(file)) => decode_base64(&files[file]),
        _ => panic!("a part has one content"),
    }
}

/// The answer's unique name without its extension; empty when there is none or it is no such name.
fn unique_name(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    let name = answer["Data"]["UniqueName"].as_str().unwrap_or_default();
    match UniqueName::parse(name) {
        Ok(name) => name.as_str().rsplit_once('.').unwrap().0.to_owned(),
        Err(_) => String::new(),
    }
}

fn error_code(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    answer["ErrorCode"].as_str().unwrap().to_owned()
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

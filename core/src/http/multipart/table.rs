//! Tests over `tests/multipart/bodies.json`: every body is parsed as the table says, and never to other
//! parts when it is truncated. Parsing takes time linear in the length of the body.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Deserialize)]
struct Table {
    bodies: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    #[serde(flatten)]
    bytes: serde_json::Map<String, Value>,
    refused: Option<String>,
    parts: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    file_name: Option<String>,
    content_type: Option<String>,
    #[serde(flatten)]
    bytes: serde_json::Map<String, Value>,
}

fn table() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/multipart/bodies.json");
    let table: Table = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(table.bodies.len() >= 150, "only {} bodies were found", table.bodies.len());
    table.bodies
}

fn bytes(of: &serde_json::Map<String, Value>, key: &str) -> Vec<u8> {
    match of.get(&format!("{key}text")) {
        Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
        None => BASE64.decode(of[&format!("{key}base64")].as_str().unwrap()).unwrap(),
    }
}

impl Case {
    fn expected(&self) -> Option<Vec<FormPart<'_>>> {
        let part = |part: &Part| {
            let mut expected = FormPart::new(part.name.clone(), bytes(&part.bytes, ""));
            if let Some(file_name) = &part.file_name {
                expected = expected.file_name(file_name.clone());
            }
            if let Some(content_type) = &part.content_type {
                expected = expected.content_type(content_type.clone());
            }
            expected
        };
        self.parts.as_ref().map(|parts| parts.iter().map(part).collect())
    }
}

fn read<'a>(content_type: &[u8], body: &'a [u8]) -> Result<Vec<FormPart<'a>>, MultipartError> {
    parse(body, &Boundary::from_content_type(content_type)?, HttpOptions::MAX_PARTS)
}

#[test]
fn every_body_is_parsed_as_the_table_says() {
    let mut wrong = Vec::new();
    for case in table() {
        let body = bytes(&case.bytes, "body_");
        let outcome = read(&bytes(&case.bytes, "content_type_"), &body);
        let right = match (&outcome, case.expected(), &case.refused) {
            (Ok(parts), Some(expected), None) => *parts == expected,
            (Err(error), None, Some(reason)) => error.to_string().contains(reason),
            _ => false,
        };
        if !right {
            wrong.push(format!(
                "{}: {outcome:?}, not {:?}{:?}",
                case.name,
                case.expected(),
                case.refused
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_truncated_body_is_refused_or_has_all_its_parts() {
    for case in table() {
        let (content_type, body) =
            (bytes(&case.bytes, "content_type_"), bytes(&case.bytes, "body_"));
        let Some(expected) = case.expected() else { continue };
        // Truncated after the hyphens, this content is a valid end of the form.
        if case.name.ends_with("the boundary, closed, and more")
            || case.name.ends_with("the boundary and three hyphens")
        {
            continue;
        }
        for end in 0..body.len() {
            if let Ok(parts) = read(&content_type, &body[..end]) {
                assert_eq!(parts, expected, "{}, cut at {end}", case.name);
            }
        }
    }
}

#[test]
fn the_work_is_linear_in_the_length_of_the_body() {
    let head = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n";
    for unit in [
        "\r\n",
        "\r\n--",
        "\r\n--x",
        "\r\n--xy",
        "\r\n--x \t",
        "\r\n--x--",
        "\r\n--x--y",
        "\r\n--x--  ",
        "\r\n--x-- \r",
        "\r",
        "\n",
        "-",
        " ",
        "\n--x",
        "\n--x \t",
        "\n--x--  ",
        "--x\r\n\r\n",
        "--x\r\nA: b\r\n",
        "--x\nA: b\n\n",
        "A: b\r\n",
        head,
    ] {
        for count in [1000, 10_000, 100_000] {
            let many = unit.repeat(count);
            // In the preamble, after the first boundary, in the content, and in the epilogue.
            for body in [
                many.clone(),
                format!("--x{many}"),
                format!("--x\r\n{many}"),
                format!("--x\n{many}"),
                format!("--x\nContent-Disposition: form-data; name=a\n\n{many}"),
                format!("{head}{many}"),
                format!("{head}\r\n--x {many}"),
                format!("{head}\r\n--x--\r\n{many}"),
            ] {
                WORK.set(0);
                let _ = read(b"multipart/form-data; boundary=x", body.as_bytes());
                let most = 4 * body.len() + header::MAX_BYTES;
                assert!(WORK.get() <= most, "{unit:?}: {} for {} bytes", WORK.get(), body.len());
            }
        }
    }
}

#[test]
fn a_form_has_at_most_1000_parts() {
    let form = |count: u32| {
        let part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n";
        format!("{}--x--", part.repeat(count as usize))
    };
    let read = |count| {
        read(b"multipart/form-data; boundary=x", form(count).as_bytes()).map(|parts| parts.len())
    };
    assert_eq!(read(1000), Ok(1000));
    assert_eq!(read(1001), Err(MultipartError::TooManyParts(1000)));
}

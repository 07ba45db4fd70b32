//! Invariants of the endpoint for any request.

use http::Request;
use userimage::Config;
use userimage::http::{Endpoint, RequestStart, buffered};

type Answer = http::Response<Vec<u8>>;

/// An endpoint with every resource enabled. It accepts only pictures so small that decoding is fast.
fn endpoint() -> Endpoint {
    let config = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "keys",
        "websites": [{"id": 1, "keys": ["k"], "policy": {"max_bytes": 65536, "max_width": 64, "max_height": 64}}],
        "http": {"files": true, "list": true, "settings": true, "page": true, "explain": true, "origins": ["https://shop.example"]}}"#;
    Endpoint::from_config(&Config::from_json(config).unwrap()).unwrap()
}

/// Sends a body of any content type as a form.
pub fn check_form(content_type: &[u8], body: &[u8]) {
    let request = Request::post("/api/4/UploadImage/UploadImage?userId=1")
        .header("websiteId", "1")
        .header("webApiClientKey", "k")
        .header("Content-Type", content_type);
    if let Ok(request) = request.body(body) {
        check(&request);
    }
}

/// Sends any request: a line of method and target, header lines, an empty line, and the body.
pub fn check_request(data: &[u8]) {
    let mut lines = data.splitn(2, |byte| *byte == b'\n');
    let (Some(line), Some(mut rest)) = (lines.next(), lines.next()) else { return };
    let Some(blank) = line.iter().position(|byte| *byte == b' ') else { return };
    let mut request = Request::builder().method(&line[..blank]).uri(&line[blank + 1..]);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let header = &rest[..end];
        rest = &rest[end + 1..];
        let Some(colon) = header.iter().position(|byte| *byte == b':') else { break };
        request = request.header(&header[..colon], &header[colon + 1..]);
    }
    if let Ok(request) = request.body(rest) {
        check(&request);
    }
}

/// Checks the invariants of a response, and that it does not depend on how the body is split.
fn check(request: &Request<&[u8]>) {
    let whole = buffered(endpoint().handle(request.clone()));
    let body = request.body();
    // Two chunks, then chunks of varying sizes, both derived from the body.
    let sum = body.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    let (first, second) = body.split_at(sum % (body.len() + 1));
    let split = in_chunks(request, [first, second].into_iter());
    let mut rest = *body;
    let mut seed = sum;
    let sizes = std::iter::from_fn(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (chunk, after) = rest.split_at_checked((seed >> 33) % 17)?;
        rest = after;
        Some(chunk)
    });
    let chunks: Vec<_> = sizes.collect();
    let trickled = in_chunks(request, chunks.into_iter().chain([rest]));
    for answer in [&split, &trickled] {
        assert_eq!(without_names(&whole), without_names(answer));
    }

    let length = whole.headers().get("content-length").map(|length| length.to_str().unwrap().parse());
    if request.method() == http::Method::HEAD {
        assert!(whole.body().is_empty(), "an answer to HEAD has a body");
    } else if let Some(length) = length {
        assert_eq!(length, Ok(whole.body().len()));
    }
    let known = [200, 204, 206, 304, 400, 401, 404, 405, 412, 413, 415, 416];
    assert!(known.contains(&whole.status().as_u16()), "{}", whole.status());
    // Only the configured origin is allowed, and a server error is never explained.
    let allowed = whole.headers().get("access-control-allow-origin");
    assert_eq!(allowed, allowed.and(request.headers().get("origin")));
    assert!(allowed.is_none_or(|origin| origin == "https://shop.example"));
    assert_eq!(whole.headers().get("x-upload-error").is_some(), whole.headers().get("x-upload-reason").is_some());
    assert!(whole.headers().get("x-content-type-options").is_some() || whole.body().is_empty());
}

fn in_chunks<'a>(request: &Request<&[u8]>, chunks: impl Iterator<Item = &'a [u8]>) -> Answer {
    let (head, _) = request.clone().into_parts();
    buffered(match endpoint().begin(&head) {
        RequestStart::Complete(answer) => answer,
        RequestStart::NeedsBody(mut receiver) => {
            for chunk in chunks {
                receiver.feed(chunk);
            }
            receiver.finish()
        }
    })
}

/// The status and the body of an answer, without its random unique name.
fn without_names(answer: &Answer) -> (u16, String) {
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    let unique = body.split_once("\"UniqueName\":\"").and_then(|(_, rest)| rest.split_once('.'));
    let body = unique.map(|(unique, _)| body.replace(unique, "{unique}")).unwrap_or(body);
    (answer.status().as_u16(), body)
}

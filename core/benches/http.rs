//! The cost of an upload by HTTP request over the same upload by fields: `cargo bench -p userimage --bench
//! http`.
//!
//! The methods alternate in one run. A file that is refused at its first byte shows the cost of parsing
//! the request; a photo of the same length shows its share of an upload.

mod photo;

use std::time::Instant;

use userimage::http::{Endpoint, RequestStart};
use userimage::{Config, PostedFile, UploadHead, UploadRequest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::from_json(
        r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "keys",
            "websites": [{"id": 1001, "keys": ["abc123"]}]}"#,
    )?;
    for (name, file, rounds) in
        [("no image", vec![0; 4_000_000], 301), ("a photo", photo::jpeg(4000, 3000, 95)?, 61)]
    {
        let body = form(&file);
        let mut fields = Vec::new();
        let mut over: [Vec<f64>; 2] = Default::default();
        for round in 0..rounds {
            let mut times = [0.0; 3];
            // Each method is first equally often, and starts with an empty storage.
            for method in (0..3).map(|method| (method + round) % 3) {
                let endpoint = Endpoint::from_config(&config)?;
                times[method] = micros(|| match method {
                    0 => by_fields(&endpoint, &file),
                    1 => drop(endpoint.handle(request(&body[..]))),
                    _ => in_chunks(&endpoint, &body),
                });
            }
            fields.push(times[0]);
            over[0].push(times[1] - times[0]);
            over[1].push(times[2] - times[0]);
        }
        let fields = median(fields);
        println!("{name}, {} bytes: by fields {fields:.1} µs", file.len());
        for (method, over) in
            ["handle, body in memory", "begin, feed, finish"].into_iter().zip(over)
        {
            let over = median(over);
            println!("  {method:<24} {over:>+8.1} µs  {:>+6.2} %", 100.0 * over / fields);
        }
    }
    Ok(())
}

fn by_fields(endpoint: &Endpoint, file: &[u8]) {
    let head = UploadHead::new();
    let head = head.website_id("1001").client_key("abc123").user_id("12345").dpi("96");
    let request = UploadRequest::new(head, PostedFile::new("a.jpg", file));
    let _ = endpoint.uploader().upload(&request);
}

fn request<B>(body: B) -> http::Request<B> {
    let mut request = http::Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() =
        http::Uri::from_static("/api/4/UploadImage/UploadImage?userId=12345&DPI=96");
    for (name, value) in [
        ("websiteid", "1001"),
        ("webapiclientkey", "abc123"),
        ("content-type", "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"),
    ] {
        request.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    request
}

fn in_chunks(endpoint: &Endpoint, body: &[u8]) {
    let (head, ()) = request(()).into_parts();
    if let RequestStart::NeedsBody(mut receiver) = endpoint.begin(&head) {
        for chunk in body.chunks(64 * 1024) {
            receiver.feed(chunk);
        }
        let _ = receiver.finish();
    }
}

fn form(file: &[u8]) -> Vec<u8> {
    let head = b"------WebKitFormBoundary7MA4YWxkTrZu0gW\r\n\
        Content-Disposition: form-data; name=\"postedFile\"; filename=\"a.jpg\"\r\n\
        Content-Type: image/jpeg\r\n\r\n";
    [head, file, b"\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW--\r\n"].concat()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn micros(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e6
}

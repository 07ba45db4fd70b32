//! The page to try uploads with, and what it asks of a picture before it is sent.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::answer::{self, Answer};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page is one file, so that it works under any prefix.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    include_str!("page/page.html").replace("{style}", STYLE).replace("{script}", SCRIPT)
});

/// Nothing runs on the page but its own script; pictures may come from where the storage keeps them.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| BASE64.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         img-src 'self' data: http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
});

pub(super) fn answer() -> Answer {
    let mut answer =
        answer::with_type(StatusCode::OK, "text/html; charset=utf-8", PAGE.as_bytes().to_vec());
    answer::set(answer.headers_mut(), CONTENT_SECURITY_POLICY, &POLICY);
    answer::set(answer.headers_mut(), CACHE_CONTROL, "no-cache");
    answer
}

#[derive(Serialize)]
struct Known {
    ok: bool,
    mime: &'static str,
    width: Option<u32>,
    height: Option<u32>,
    dpi: Option<[f64; 2]>,
    dpi_source: Option<&'static str>,
}

#[derive(Serialize)]
struct Unknown {
    ok: bool,
    error: String,
}

/// What a picture is, as a person sees it.
pub(super) fn probe(data: &[u8]) -> Answer {
    let json = match crate::probe(data) {
        Ok(info) => {
            let size = info.displayed_size();
            serde_json::to_vec(&Known {
                ok: true,
                mime: info.format.mime_type(),
                width: size.map(|size| size.width),
                height: size.map(|size| size.height),
                dpi: info.density.map(|density| [density.x, density.y]),
                dpi_source: info.density.map(|density| density.source.name()),
            })
        }
        Err(error) => serde_json::to_vec(&Unknown { ok: false, error: error.to_string() }),
    };
    let json = json.unwrap_or_default();
    let mut answer = answer::with_type(StatusCode::OK, "application/json; charset=utf-8", json);
    answer::set(answer.headers_mut(), CACHE_CONTROL, "no-store");
    answer
}

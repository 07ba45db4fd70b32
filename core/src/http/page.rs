//! The page for trial uploads.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use sha2::{Digest, Sha256};

use super::answer::{self, Answer};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The page with its style and script, in one file, so that it works under any prefix.
static PAGE: LazyLock<String> = LazyLock::new(|| {
    include_str!("page/page.html").replace("{style}", STYLE).replace("{script}", SCRIPT)
});

/// Only the page's own script may run. Images may come from any host, as the storage's URLs may;
/// `blob:` is the file that is chosen.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| BASE64.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
         img-src 'self' blob: data: http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
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

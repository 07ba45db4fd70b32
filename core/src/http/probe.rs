//! `/probe`: the facts of an image, from its headers. The page requests them before it uploads.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Serialize;

use super::answer::{self, Answer};
use crate::probe::{ImageInfo, probe};

/// The facts of an image, as in [`ImageInfo::to_json`].
#[derive(Serialize)]
struct ProbeReport {
    ok: bool,
    #[serde(flatten)]
    info: ImageInfo,
}

#[derive(Serialize)]
struct ProbeFailure {
    ok: bool,
    error: String,
}

pub(super) fn answer(data: &[u8]) -> Answer {
    let json = match probe(data) {
        Ok(info) => serde_json::to_vec(&ProbeReport { ok: true, info }),
        Err(error) => serde_json::to_vec(&ProbeFailure { ok: false, error: error.to_string() }),
    };
    let json = json.unwrap_or_default();
    let mut answer = answer::with_type(StatusCode::OK, "application/json; charset=utf-8", json);
    answer::set(answer.headers_mut(), CACHE_CONTROL, "no-store");
    answer
}

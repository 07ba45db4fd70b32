//! What a picture is, for the page: before it is sent, and with the source of its DPI.

use http::StatusCode;
use http::header::CACHE_CONTROL;
use serde::Serialize;

use super::answer::{self, Answer};

/// What is known of a picture, as a person sees it.
#[derive(Serialize)]
struct Told {
    ok: bool,
    mime: &'static str,
    width: Option<u32>,
    height: Option<u32>,
    dpi: Option<[f64; 2]>,
    dpi_source: Option<&'static str>,
}

#[derive(Serialize)]
struct Refused {
    ok: bool,
    error: String,
}

pub(super) fn answer(data: &[u8]) -> Answer {
    let json = match crate::probe(data) {
        Ok(info) => {
            let size = info.size();
            serde_json::to_vec(&Told {
                ok: true,
                mime: info.format.mime_type(),
                width: size.map(|size| size.width),
                height: size.map(|size| size.height),
                dpi: info.stored_dpi.map(|density| [density.x, density.y]),
                dpi_source: info.stored_dpi.map(|density| density.source.name()),
            })
        }
        Err(error) => serde_json::to_vec(&Refused { ok: false, error: error.to_string() }),
    };
    let json = json.unwrap_or_default();
    let mut answer = answer::with_type(StatusCode::OK, "application/json; charset=utf-8", json);
    answer::set(answer.headers_mut(), CACHE_CONTROL, "no-store");
    answer
}

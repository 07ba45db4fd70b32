//! Parses forms with this library and with `multer`. For tests/multipart/differential.py only.
//!
//! Standard input is a JSON list of pairs, a content type and a body, both in base64. Standard output is
//! the list of what each parser makes of them: `parts`, or the reason for which they are `refused`.

use std::convert::Infallible;
use std::io;
use std::pin::pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::{FutureExt as _, stream};
use serde_json::{Value, json};
use userimage::{FormPart, http};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let forms: Vec<[String; 2]> = serde_json::from_reader(io::stdin())?;
    let mut outcomes = Vec::new();
    for [content_type, body] in forms {
        let (content_type, body) = (BASE64.decode(content_type)?, BASE64.decode(body)?);
        let ours =
            http::parse_form(&content_type, &body).map_err(|error| error.reason().to_owned());
        let theirs = parse_with_multer(&content_type, body.clone());
        outcomes.push(json!({"userimage": outcome(ours), "multer": outcome(theirs)}));
    }
    serde_json::to_writer(io::stdout(), &outcomes)?;
    Ok(())
}

pub(crate) fn parse_with_multer(
    content_type: &[u8],
    body: Vec<u8>,
) -> Result<Vec<FormPart<'static>>, String> {
    let content_type = str::from_utf8(content_type).map_err(|error| error.to_string())?;
    let boundary = multer::parse_boundary(content_type).map_err(|error| error.to_string())?;
    let bytes = stream::once(async move { Ok::<_, Infallible>(body) });
    let mut form = multer::Multipart::new(bytes, boundary);
    let reading = async {
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await? {
            let name = field.name().unwrap_or("(none)").to_owned();
            let file_name = field.file_name().map(ToOwned::to_owned);
            let content_type = field.headers().get("content-type");
            let content_type =
                content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let mut part = FormPart::new(name, field.bytes().await?.to_vec());
            part.file_name = file_name.map(Into::into);
            part.content_type = content_type.map(Into::into);
            parts.push(part);
        }
        Ok(parts)
    };
    // Every byte is there already, so that it never waits.
    let parts: Option<Result<_, multer::Error>> = pin!(reading).now_or_never();
    parts.ok_or("multer waits for more")?.map_err(|error| error.to_string())
}

fn outcome(parsed: Result<Vec<FormPart<'_>>, String>) -> Value {
    let part = |part: FormPart<'_>| {
        json!({
            "name": part.name,
            "file_name": part.file_name,
            "content_type": part.content_type,
            "base64": BASE64.encode(part.data),
        })
    };
    match parsed {
        Ok(parts) => json!({"parts": parts.into_iter().map(part).collect::<Vec<_>>()}),
        Err(reason) => json!({"refused": reason}),
    }
}

//! Runs `tests/vectors/*.json`: every answer must equal the expected one byte for byte.
#![cfg(feature = "rendition")]

use crate::common::vectors::{self, equal, equal_answer};
use userimage::Envelope;

#[test]
fn every_vector_has_its_exact_answer() {
    vectors::each(|document, case, config| {
        let uploader = config.open().map_err(|error| error.to_string())?;
        for step in &case.steps {
            let request = vectors::request(&step.request, &document.files);
            let all = Envelope::from_failures(&uploader.validate_all(&request));
            let all = all.map_or_else(String::new, |answer| error_code(answer.as_json()));
            equal("every failure", &all, &step.all)?;

            let result = uploader.upload(&request);
            let kind = result.as_ref().err().map_or("", |error| error.kind().name());
            equal("kind", kind, &step.kind)?;
            let answer = Envelope::from(&result);
            equal_answer(answer.as_json(), answer.http_status(), step)?;
        }
        Ok(())
    });
}

#[cfg(feature = "http")]
#[test]
fn every_vector_has_its_exact_answer_through_the_endpoint() {
    use std::cell::Cell;

    use userimage::http::{Endpoint, RequestStart, buffered};

    let compared = Cell::new(0);
    vectors::each(|document, case, config| {
        let endpoint = Endpoint::from_config(config).map_err(|error| error.to_string())?;
        for step in &case.steps {
            let Some(request) = vectors::whole_request(&step.request, &document.files) else {
                return Ok(());
            };
            let (head, body) = request.into_parts();
            let response = match endpoint.begin(&head) {
                RequestStart::Complete(answer) => answer,
                RequestStart::NeedsBody(mut receiver) => {
                    assert!(body.chunks(1000).all(|chunk| receiver.feed(chunk)));
                    receiver.finish()
                }
            };
            let response = buffered(response);
            let answer = str::from_utf8(response.body()).unwrap();
            equal_answer(answer, response.status().as_u16(), step)?;
            compared.set(compared.get() + 1);
        }
        Ok(())
    });
    assert!(compared.get() >= 200, "only {compared:?} could be sent");
}

fn error_code(answer: &str) -> String {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
    answer["ErrorCode"].as_str().unwrap().to_owned()
}

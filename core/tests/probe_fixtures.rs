//! The fixtures with their known truth, and every file cut short, without a heap.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::files::{cuts, every_file, fixtures};
use common::memory::{Counting, allocated};
use serde_json::{Value, json};
use userimage::probe::probe_path;
use userimage::{Format, ImageInfo, ProbeError, probe};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn told(answer: &Result<ImageInfo, ProbeError>) -> Value {
    match answer {
        Ok(info) => json!({
            "mime": info.format.mime_type(),
            "extension": info.format.extension(),
            "width": info.stored_size.map(|size| size.width),
            "height": info.stored_size.map(|size| size.height),
            "orientation": info.orientation.to_exif(),
            "dpi": info.stored_dpi.map(|density| [density.x, density.y]),
            "dpi_source": info.stored_dpi.map(|density| density.source.name()),
        }),
        Err(_) => json!({ "error": true }),
    }
}

/// Equal, but for the last digits of numbers that went through a file's own units.
fn same(truth: &Value, told: &Value) -> bool {
    match (truth, told) {
        (Value::Object(truth), Value::Object(told)) => {
            truth.iter().all(|(key, value)| told.get(key).is_some_and(|told| same(value, told)))
        }
        (Value::Array(truth), Value::Array(told)) => {
            truth.len() == told.len() && truth.iter().zip(told).all(|(a, b)| same(a, b))
        }
        (Value::Number(truth), Value::Number(told)) => {
            let (truth, told) = (truth.as_f64().unwrap(), told.as_f64().unwrap());
            (truth - told).abs() <= 1e-4 * truth.abs()
        }
        _ => truth == told,
    }
}

#[test]
fn every_fixture_is_told_as_it_is() {
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let (name, truth) = (&fixture.name, &fixture.truth);
        let answer = probe(&fixture.read());
        assert_eq!(answer, probe_path(&fixture.path), "{name} read in pieces");
        let open = truth["open"].as_array().cloned().unwrap_or_default();
        let (mut truth, told) = (truth["probe"].clone(), told(&answer));
        // Fields that the rules leave open, and whole answers where an error is right too.
        if let Value::Object(fields) = &mut truth {
            fields.retain(|field, _| !open.iter().any(|open| open == field));
        }
        if !truth.is_null() && !same(&truth, &told) {
            wrong.push(format!("{name}:\n  is {truth}\n  told {told}"));
        }
    }
    assert!(wrong.is_empty(), "{} fixtures:\n{}", wrong.len(), wrong.join("\n"));
}

/// A cut file is an error, or told as the whole is. A PNG alone cannot know that chunks came after
/// the pixels in which it was cut: it is told by what is there.
#[test]
fn every_file_cut_short_is_an_error_or_right_and_needs_no_heap() {
    for (name, data) in every_file() {
        let (whole, heap) = allocated(|| probe(&data));
        assert_eq!(heap.times, 0, "{name} needed the heap");
        for cut in cuts(data.len(), 4096) {
            let (answer, heap) = allocated(|| probe(&data[..cut]));
            assert_eq!(heap.times, 0, "{name} cut at {cut} needed the heap");
            if let (Ok(cut_info), Ok(whole)) = (answer, &whole) {
                assert_eq!(cut_info.format, whole.format, "{name} cut at {cut}");
                assert_eq!(cut_info.stored_size, whole.stored_size, "{name} cut at {cut}");
                if whole.format != Format::Png {
                    assert_eq!(cut_info.stored_dpi, whole.stored_dpi, "{name} cut at {cut}");
                    assert_eq!(cut_info.orientation, whole.orientation, "{name} cut at {cut}");
                }
            }
        }
    }
}

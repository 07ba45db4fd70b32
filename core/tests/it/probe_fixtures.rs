//! Probes of all fixtures, compared with their known facts, and of truncated files. No probe uses the
//! heap.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use crate::common::files::{cuts, every_file, fixtures};
use crate::common::memory::allocated;
use serde_json::{Value, json};
use userimage::probe::probe_path;
use userimage::{Format, ImageInfo, ProbeError, Size, probe};

fn facts(result: &Result<ImageInfo, ProbeError>) -> Value {
    match result {
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

/// Whether `actual` has all fields of `expected`, within the rounding of a file's units.
fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => expected
            .iter()
            .all(|(key, value)| actual.get(key).is_some_and(|actual| same(value, actual))),
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len() && expected.iter().zip(actual).all(|(a, b)| same(a, b))
        }
        (Value::Number(expected), Value::Number(actual)) => {
            let (expected, actual) = (expected.as_f64().unwrap(), actual.as_f64().unwrap());
            (expected - actual).abs() <= 1e-4 * expected.abs()
        }
        _ => expected == actual,
    }
}

#[test]
fn every_fixture_has_its_known_facts() {
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        let (name, truth) = (&fixture.name, &fixture.truth);
        let result = probe(&fixture.read());
        assert_eq!(result, probe_path(&fixture.path), "{name} from its path");
        let open = truth["open"].as_array().cloned().unwrap_or_default();
        let (mut expected, actual) = (truth["probe"].clone(), facts(&result));
        // Without the fields that the rules leave open. Null means that an error is right too.
        if let Value::Object(fields) = &mut expected {
            fields.retain(|field, _| !open.iter().any(|open| open == field));
        }
        if !expected.is_null() && !same(&expected, &actual) {
            wrong.push(format!("{name}:\n  expected {expected}\n  actual {actual}"));
        }
    }
    assert!(wrong.is_empty(), "{} fixtures:\n{}", wrong.len(), wrong.join("\n"));
}

/// A truncated file is an error, or has the facts of the complete file. There are three exceptions: a PNG that
/// is truncated in its pixels lacks the metadata of the chunks after them, a GIF that is truncated
/// before its first frame has the size of its logical screen, and a PDF that was changed has the page that it had
/// before, if it is truncated behind that revision.
#[test]
fn every_truncated_file_is_an_error_or_right_and_uses_no_heap() {
    for (name, data) in every_file() {
        let (whole, heap) = allocated(|| probe(&data));
        assert_eq!(heap.times, 0, "{name} used the heap");
        for cut in cuts(data.len(), 4096) {
            let (result, heap) = allocated(|| probe(&data[..cut]));
            assert_eq!(heap.times, 0, "{name} cut at {cut} used the heap");
            if let (Ok(cut_info), Ok(whole)) = (result, &whole) {
                assert_eq!(cut_info.format, whole.format, "{name} cut at {cut}");
                let (size, whole_size) = (cut_info.stored_size, whole.stored_size);
                let is_screen = whole.format == Format::Gif
                    && size.zip(whole_size).is_some_and(|(size, whole)| {
                        let screen = data[6..10].as_chunks().0;
                        let [width, height] = [screen[0], screen[1]].map(u16::from_le_bytes);
                        size == Size::new(width.into(), height.into())
                            && size.width <= whole.width
                            && size.height <= whole.height
                    });
                let is_revision = whole.format == Format::Pdf
                    && data[..cut].windows(5).any(|window| window == b"start");
                let is_other = is_screen || is_revision;
                assert!(size == whole_size || is_other, "{name} cut at {cut}: {size:?}");
                if whole.format != Format::Png {
                    assert_eq!(cut_info.stored_dpi, whole.stored_dpi, "{name} cut at {cut}");
                    assert_eq!(cut_info.orientation, whole.orientation, "{name} cut at {cut}");
                }
            }
        }
    }
}

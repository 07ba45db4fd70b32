//! Compares the probe of real files with the settled fields in `expected.json`, on which mature tools
//! agree.
//!
//! The files are beside the checkout, or in the folder that `USERIMAGE_SHARED` names. Without them the
//! test prints that it is skipped.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::time::{Duration, Instant};

use crate::common::files::shared;
use serde_json::Value;
use userimage::probe::{count_frames, probe_path};
use userimage::{ImageInfo, probe};

/// The files and fields in which the specification's rule differs from the tools.
///
/// This file has no `irot` and an EXIF orientation of 6. HEIF readers ignore EXIF's orientation (ISO/IEC
/// 23008-12 annex A: it describes the file that was converted); exiftool prints it.
const RULED_OTHERWISE: [(&str, &str); 1] = [("8fec89ba-test-rotated.avif", "orientation")];

/// The differences between the probe's result and the settled fields.
fn differences(expected: &Value, info: &ImageInfo) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |field: &str, expected: String, actual: String| {
        if expected != actual {
            found.push(format!("{field}: expected {expected}, actual {actual}"));
        }
    };
    for field in expected["settled"].as_array().unwrap() {
        let field = field.as_str().unwrap();
        if RULED_OTHERWISE.contains(&(expected["file"].as_str().unwrap(), field)) {
            continue;
        }
        match field {
            "mime" => check("mime", text(&expected["mime"]), info.format.mime_type().into()),
            "ext" => {
                let extension = format!(".{}", text(&expected["ext"]));
                check("ext", extension, info.format.extension().into());
            }
            "size" => {
                let size =
                    info.stored_size.map(|size| (u64::from(size.width), u64::from(size.height)));
                let settled = expected["width"].as_u64().zip(expected["height"].as_u64());
                check("size", format!("{settled:?}"), format!("{size:?}"));
            }
            "orientation" => {
                let settled = expected["orientation"].as_u64().unwrap_or(1);
                check("orientation", settled.to_string(), info.orientation.to_exif().to_string());
            }
            "dpi" => {
                let settled = expected["dpi"]
                    .as_array()
                    .map(|axes| [axes[0].as_f64().unwrap(), axes[1].as_f64().unwrap()]);
                let actual = info.stored_dpi.map(|density| [density.x, density.y]);
                let same = match (settled, actual) {
                    (Some([sx, sy]), Some([x, y])) => close(sx, x) && close(sy, y),
                    (None, None) => true,
                    _ => false,
                };
                if !same {
                    check("dpi", format!("{settled:?}"), format!("{actual:?}"));
                }
            }
            other => panic!("unknown field {other}"),
        }
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("none").to_owned()
}

/// Within 0.4 % or 0.06, the tolerances in `expected.json`.
fn close(expected: f64, actual: f64) -> bool {
    let distance = (expected - actual).abs();
    distance <= 0.06 || distance <= expected.abs() * 0.004
}

#[test]
fn every_settled_field_of_every_file() {
    let Some(files) = shared() else { return };
    let mut wrong = Vec::new();
    for file in files {
        let (name, expected) = (&file.name, &file.truth);
        let data = file.read();
        let start = Instant::now();
        let result = probe(&data);
        assert!(start.elapsed() < Duration::from_secs(1), "{name} took too long");
        assert_eq!(result, probe_path(&file.path), "{name} from its path");
        match result {
            Ok(info) => {
                assert!(count_frames(&data, info.format, 100) >= 1, "{name}");
                let differences = differences(expected, &info);
                if !differences.is_empty() {
                    wrong.push(format!("{name}: {}", differences.join("; ")));
                }
            }
            Err(_) if expected["malformed"].as_bool().unwrap() => {}
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} files:\n{}", wrong.len(), wrong.join("\n"));
}

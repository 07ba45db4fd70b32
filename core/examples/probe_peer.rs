//! Identifies image files without this library: `image` for format, size and orientation, `kamadak-exif`
//! for the DPI. For tests/agreement only. The output is that of the example `probe`.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use exif::{In, Tag, Value};
use image::{ImageDecoder, ImageReader};
use serde_json::{Value as Json, json};

fn dpi(path: &Path) -> Option<[f64; 2]> {
    let file = std::fs::File::open(path).ok()?;
    let exif = exif::Reader::new().read_from_container(&mut BufReader::new(file)).ok()?;
    let number = |tag| match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Rational(values) => values.first().map(exif::Rational::to_f64),
        value => value.get_uint(0).map(f64::from),
    };
    let unit = exif.get_field(Tag::ResolutionUnit, In::PRIMARY);
    let factor = match unit.map(|unit| unit.value.get_uint(0)) {
        None | Some(Some(2)) => 1.0,
        Some(Some(3)) => 2.54,
        _ => return None,
    };
    let axes = [number(Tag::XResolution)? * factor, number(Tag::YResolution)? * factor];
    axes.iter().all(|axis| axis.is_finite() && *axis > 0.0).then_some(axes)
}

fn answer(path: &Path) -> Option<Json> {
    let reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let mime = reader.format()?.to_mime_type();
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let orientation = decoder.orientation().map_or(1, image::metadata::Orientation::to_exif);
    Some(json!({
        "ok": true, "mime_type": mime, "stored_width": width, "stored_height": height,
        "orientation": orientation, "stored_dpi": dpi(path),
    }))
}

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--root").skip(1);
    let root = PathBuf::from(arguments.next().unwrap_or_default());
    for path in io::stdin().lock().lines().map_while(Result::ok) {
        let mut answer = answer(&root.join(&path)).unwrap_or_else(|| json!({ "ok": false }));
        answer["path"] = path.into();
        println!("{answer}");
    }
}

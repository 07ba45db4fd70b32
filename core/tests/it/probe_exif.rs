//! Compares the probe's IFD reader with `kamadak-exif` on every file in which both find EXIF.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::Cursor;

use crate::common::files::every_file;
use exif::{Exif, In, Reader, Tag, Value};
use userimage::probe::DpiSource;
use userimage::{Format, probe};

fn integer(exif: &Exif, tag: Tag) -> Option<u32> {
    exif.get_field(tag, In::PRIMARY)?.value.get_uint(0)
}

fn number(exif: &Exif, tag: Tag) -> Option<f64> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Rational(values) => values.first().map(exif::Rational::to_f64),
        Value::SRational(values) => values.first().map(exif::SRational::to_f64),
        Value::Float(values) => values.first().map(|&value| value.into()),
        Value::Double(values) => values.first().copied(),
        value => value.get_uint(0).map(f64::from),
    }
}

/// Spec section 3: both axes finite and above zero, the unit inch, centimetre or absent.
fn density(exif: &Exif) -> Option<(f64, f64)> {
    let (x, y) = (number(exif, Tag::XResolution)?, number(exif, Tag::YResolution)?);
    let unit = match integer(exif, Tag::ResolutionUnit) {
        Some(2) => 1.0,
        None if exif.get_field(Tag::ResolutionUnit, In::PRIMARY).is_none() => 1.0,
        Some(3) => 2.54,
        _ => return None,
    };
    let is_valid = |value: f64| value.is_finite() && value > 0.0;
    (is_valid(x) && is_valid(y)).then_some((x * unit, y * unit))
}

#[test]
fn both_readers_agree() {
    let mut compared = 0;
    for (name, data) in every_file() {
        let Ok(info) = probe(&data) else { continue };
        let mut reader = Reader::new();
        reader.continue_on_error(true);
        let theirs = reader
            .read_from_container(&mut Cursor::new(&data))
            .or_else(|error| error.distill_partial_result(drop));
        let Ok(theirs) = theirs else { continue };
        if theirs.fields().next().is_none() {
            continue;
        }
        assert!(info.has_exif || info.format == Format::Tiff, "{name}");
        compared += 1;

        if !matches!(info.format, Format::Heic | Format::Heif | Format::Avif | Format::Jxl) {
            let orientation = integer(&theirs, Tag::Orientation).unwrap_or(1);
            let orientation = if (1..=8).contains(&orientation) { orientation } else { 1 };
            assert_eq!(u32::from(info.orientation.to_exif()), orientation, "{name}");
        }
        let ours = info.stored_dpi.filter(|density| density.source == DpiSource::Exif);
        // A PNG's pHYs chunk has precedence over its EXIF.
        if info.stored_dpi.is_none() || ours.is_some() {
            assert_eq!(ours.map(|density| (density.x, density.y)), density(&theirs), "{name}");
        }
        let position = [Tag::GPSLatitude, Tag::GPSLongitude];
        let position = position.iter().all(|&tag| theirs.get_field(tag, In::PRIMARY).is_some());
        assert_eq!(info.has_gps, position, "{name}");
    }
    println!("compared {compared} files");
    assert!(compared >= 150);
}

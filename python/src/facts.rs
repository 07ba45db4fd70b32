//! The facts of an image by their names, in a dict.

use std::time::{Duration, SystemTime};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use userimage::{ImageRecord, Variant};

/// The facts that follow from others, and the document's version.
const DERIVED: [&str; 8] = [
    "version",
    "extension",
    "mime_type",
    "width",
    "height",
    "original_key",
    "standard_key",
    "standard_mime_type",
];

/// Every fact by its name: those of the record's document, and those that follow from them.
pub(crate) fn facts_of<'py>(py: Python<'py>, record: &ImageRecord) -> PyResult<Bound<'py, PyDict>> {
    let size = record.size();
    let facts = py.import("json")?.call_method1("loads", (record.to_json(),))?;
    let facts = facts.cast_into::<PyDict>()?;
    facts.del_item("version")?;
    facts.set_item("created", record.created)?;
    facts.set_item("extension", record.format.extension())?;
    facts.set_item("mime_type", record.format.mime_type())?;
    facts.set_item("width", size.width)?;
    facts.set_item("height", size.height)?;
    facts.set_item("original_key", record.blob_key(Variant::Original).to_string())?;
    facts.set_item("standard_key", record.blob_key(Variant::Standard).to_string())?;
    facts.set_item("standard_mime_type", record.standard.format.mime_type())?;
    Ok(facts)
}

/// The record of these facts.
pub(crate) fn record_of(facts: &Bound<'_, PyDict>) -> PyResult<ImageRecord> {
    let py = facts.py();
    let document = facts.copy()?;
    for name in facts.keys() {
        let name: String = name.extract()?;
        let known = ImageRecord::fact_names().chain(DERIVED).any(|known| known == name);
        if !known {
            return Err(PyTypeError::new_err(format!("an image has no fact {name:?}")));
        }
    }
    if let Some(created) = facts.get_item("created")?
        && let Ok(created) = created.extract::<SystemTime>()
    {
        document.set_item("created", milliseconds(created))?;
    }
    let json: String = py.import("json")?.call_method1("dumps", (document,))?.extract()?;
    ImageRecord::from_json(&json).map_err(|invalid| PyValueError::new_err(invalid.to_string()))
}

fn milliseconds(time: SystemTime) -> i64 {
    let whole = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or_else(|before| -whole(before.duration()), whole)
}

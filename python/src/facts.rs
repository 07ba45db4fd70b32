//! The facts of an image by their names, in a dict.

use std::time::{Duration, SystemTime};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
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
    // Documents leave out what there is not.
    facts.call_method1("setdefault", ("difference_hash", py.None()))?;
    facts.call_method1("setdefault", ("thumb_hash", py.None()))?;
    facts.call_method1("setdefault", ("warnings", PyList::empty(py)))?;
    facts.set_item("renditions", renditions_of(py, record)?)?;
    facts.set_item("created", datetime_of(py, record.created)?)?;
    facts.set_item("extension", record.format.extension())?;
    facts.set_item("mime_type", record.format.mime_type())?;
    facts.set_item("width", size.width)?;
    facts.set_item("height", size.height)?;
    facts.set_item("original_key", record.blob_key(Variant::Original).to_string())?;
    facts.set_item("standard_key", record.blob_key(Variant::Standard).to_string())?;
    facts.set_item("standard_mime_type", record.standard.format.mime_type())?;
    Ok(facts)
}

/// The facts of the further renditions, each by its name: those of the record's document, its key and its type.
pub(crate) fn renditions_of<'py>(
    py: Python<'py>,
    record: &ImageRecord,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for rendition in &record.renditions {
        let facts = PyDict::new(py);
        facts.set_item("name", rendition.name.as_str())?;
        facts.set_item("format", rendition.format.name())?;
        facts.set_item("mime_type", rendition.format.mime_type())?;
        facts.set_item("width", rendition.size.width)?;
        facts.set_item("height", rendition.size.height)?;
        facts.set_item("bytes", rendition.bytes)?;
        facts.set_item("sha256", hexadecimal(&rendition.sha256))?;
        facts.set_item("key", record.blob_key(rendition.name.into()).to_string())?;
        list.append(facts)?;
    }
    Ok(list)
}

pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
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
        && created.is_instance(&py.import("datetime")?.getattr("datetime")?)?
    {
        document.set_item("created", milliseconds_of(&created)?)?;
    }
    let json: String = py.import("json")?.call_method1("dumps", (document,))?.extract()?;
    ImageRecord::from_json(&json).map_err(|invalid| PyValueError::new_err(invalid.to_string()))
}

/// The first and the last millisecond of a `datetime`, from 1970: those of the years 1 to 9999.
const FIRST_AND_LAST: (i64, i64) = (-62_135_596_800_000, 253_402_300_799_999);

/// A time as an aware `datetime` in UTC; one that no `datetime` can hold becomes the nearest that can.
pub(crate) fn datetime_of<'py>(py: Python<'py>, time: SystemTime) -> PyResult<Bound<'py, PyAny>> {
    let whole = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let millis = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or_else(|before| -whole(before.duration()), whole)
        .clamp(FIRST_AND_LAST.0, FIRST_AND_LAST.1);
    epoch(py)?.add(milliseconds(py, millis)?)
}

/// Milliseconds from 1970 to an aware `datetime`, rounded down.
fn milliseconds_of(created: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = created.py();
    created.sub(epoch(py)?)?.call_method1("__floordiv__", (milliseconds(py, 1)?,))?.extract()
}

fn epoch(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let module = py.import("datetime")?;
    let utc = module.getattr("timezone")?.getattr("utc")?;
    module.getattr("datetime")?.call1((1970, 1, 1, 0, 0, 0, 0, utc))
}

fn milliseconds(py: Python<'_>, count: i64) -> PyResult<Bound<'_, PyAny>> {
    // Days, seconds, microseconds, milliseconds.
    py.import("datetime")?.getattr("timedelta")?.call1((0, 0, 0, count))
}

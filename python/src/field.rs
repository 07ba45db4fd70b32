//! A field of a request as Python gives it: text, or a number that is its text.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use userimage::{UserId, WebsiteId};

use crate::error;

/// The text of a field, unchecked.
pub(crate) struct Field(pub(crate) String);

impl<'py> FromPyObject<'_, 'py> for Field {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Self(text_of(&text)));
        }
        // `True` is no number here, though it is an int: its text is refused as any other.
        if object.is_instance_of::<PyBool>() {
            return Ok(Self(text_of(&object.str()?)));
        }
        if let Some(index) = object.getattr_opt(intern!(object.py(), "__index__"))? {
            // An `IntEnum`, or a number of numpy, has a text of its own.
            let number = index.call0()?;
            // Python writes no more than 4300 digits in base ten; no field takes so many, in any base.
            let text = number.str().or_else(|_| in_base_16(&number))?;
            return Ok(Self(text_of(&text)));
        }
        let name = object.get_type().name()?;
        Err(PyTypeError::new_err(format!("a str or an int is needed, not {name}")))
    }
}

fn in_base_16<'py>(number: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Ok(number.call_method1(intern!(number.py(), "__format__"), ("x",))?.cast_into()?)
}

/// A website's id. What is none is a `ValueError`.
#[derive(Clone, Copy)]
pub(crate) struct Website(pub(crate) WebsiteId);

impl<'py> FromPyObject<'_, 'py> for Website {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Field(text) = object.extract()?;
        WebsiteId::parse(&text).map(Self).map_err(|invalid| error::field(&invalid))
    }
}

/// A user's id. What is none is a `ValueError`.
pub(crate) struct User(pub(crate) UserId);

impl<'py> FromPyObject<'_, 'py> for User {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Field(text) = object.extract()?;
        UserId::parse(&text).map(Self).map_err(|invalid| error::field(&invalid))
    }
}

/// A Python text in UTF-8. A lone surrogate, which UTF-8 cannot say and a client can still send (as
/// "\ud800" in JSON), becomes U+0000: no field of a request takes that, so the core refuses it. The
/// usual U+FFFD would make one user of two.
pub(crate) fn text_of(text: &Bound<'_, PyString>) -> String {
    match text.to_cow() {
        Ok(text) => text.into_owned(),
        Err(_) => text.to_string_lossy().replace('\u{FFFD}', "\0"),
    }
}

/// A text, as [`text_of`] reads it.
pub(crate) struct Text(pub(crate) String);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let text = object.cast::<PyString>()?;
        Ok(Self(text_of(&text)))
    }
}

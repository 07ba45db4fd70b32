//! Arguments that name something: the fields of a request, a website, a user, an image's id.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use userimage::{ImageId, InvalidField, UserId, WebsiteId};

/// The text of a request's field, not validated: a `str`, or the decimal digits of an `int`.
pub(crate) struct Field(pub(crate) String);

impl<'py> FromPyObject<'_, 'py> for Field {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Self(text_of(&text)));
        }
        // `True` is an int in Python. Its text is "True", which no field accepts.
        if object.is_instance_of::<PyBool>() {
            return Ok(Self(text_of(&object.str()?)));
        }
        if let Some(index) = object.getattr_opt(intern!(object.py(), "__index__"))? {
            // `str()` of an `IntEnum` or of a NumPy integer may be something else than its digits.
            let number = index.call0()?;
            // Python refuses to write more than 4300 decimal digits. No field accepts so many in any base.
            let text = number.str().or_else(|_| hexadecimal(&number))?;
            return Ok(Self(text_of(&text)));
        }
        let name = object.get_type().name()?;
        Err(PyTypeError::new_err(format!("a str or an int is needed, not {name}")))
    }
}

fn hexadecimal<'py>(number: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Ok(number.call_method1(intern!(number.py(), "__format__"), ("x",))?.cast_into()?)
}

/// A website's id. An invalid one is a `ValueError`.
#[derive(Clone, Copy)]
pub(crate) struct Website(pub(crate) WebsiteId);

impl<'py> FromPyObject<'_, 'py> for Website {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Field(text) = object.extract()?;
        WebsiteId::parse(&text).map(Self).map_err(|invalid| value_error(&invalid))
    }
}

/// A user's id. An invalid one is a `ValueError`.
pub(crate) struct User(pub(crate) UserId);

impl<'py> FromPyObject<'_, 'py> for User {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Field(text) = object.extract()?;
        UserId::parse(&text).map(Self).map_err(|invalid| value_error(&invalid))
    }
}

fn value_error(invalid: &InvalidField) -> PyErr {
    PyValueError::new_err(invalid.to_string())
}

/// The id of an image that is looked for. `None` is an int that no image can have.
#[derive(Clone, Copy)]
pub(crate) struct Id(pub(crate) Option<ImageId>);

impl<'py> FromPyObject<'_, 'py> for Id {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<u64>() {
            Ok(number) => Ok(Self(Some(number))),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

/// A Python text in UTF-8. A lone surrogate has no UTF-8, and a client can send one ("\ud800" in JSON).
/// It becomes U+0000, which no field accepts. The usual U+FFFD would make one user of two.
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

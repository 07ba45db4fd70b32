//! Arguments that name something: the fields of a request, a website, a user, an image's id.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use userimage::{ImageId, InvalidField, UserId, WebsiteId};

use crate::buffer::bytes_of;
use crate::exit;

/// The value of a request's field, not validated: the UTF-8 of a `str`, or the decimal digits of an `int`.
pub(crate) struct Field(pub(crate) Vec<u8>);

impl<'py> FromPyObject<'_, 'py> for Field {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Some(field) = field(&object)? {
            return Ok(field);
        }
        let name = object.get_type().name()?;
        Err(PyTypeError::new_err(format!("a str or an int is needed, not {name}")))
    }
}

/// The value of a `str` or an `int`.
fn field(object: &Bound<'_, PyAny>) -> PyResult<Option<Field>> {
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Some(Field(utf8_of(text)?)));
    }
    // `True` is an int in Python. Its text is "True", which no field accepts.
    if object.is_instance_of::<PyBool>() {
        return Ok(Some(Field(utf8_of(&object.str()?)?)));
    }
    let _call = exit::enter(object.py());
    let Some(index) = object.getattr_opt(intern!(object.py(), "__index__"))? else {
        return Ok(None);
    };
    // `str()` of an `IntEnum` or of a NumPy integer may be something else than its digits.
    let number = index.call0()?;
    // Python refuses to write more than 4300 decimal digits. No field accepts so many in any base.
    let text = number.str().or_else(|_| hexadecimal(&number))?;
    Ok(Some(Field(utf8_of(&text)?)))
}

/// The user of a request, not validated: a field, or the text of an object that has one of its own, such as a
/// UUID.
pub(crate) struct UserField(pub(crate) Field);

impl<'py> FromPyObject<'_, 'py> for UserField {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        if let Some(field) = field(&object)? {
            return Ok(Self(field));
        }
        let _call = exit::enter(py);
        let class = object.get_type();
        let inherited = py.get_type::<PyAny>().getattr(intern!(py, "__str__"))?;
        let own = !class.getattr(intern!(py, "__str__"))?.is(&inherited);
        // The text of bytes is "b'...'", and that of a member of an enumeration is its name in the program.
        let is_text = own
            && bytes_of(&object)?.is_none()
            && !object.is_instance(&py.import("enum")?.getattr("Enum")?)?;
        if is_text {
            return Ok(Self(Field(utf8_of(&object.str()?)?)));
        }
        let name = class.name()?;
        Err(PyTypeError::new_err(format!(
            "a str, an int or an object with a text form is needed, not {name}"
        )))
    }
}

impl Field {
    /// The value that `parse` reads. An invalid one is a `ValueError`.
    fn parse<T>(&self, parse: impl Fn(&str) -> Result<T, InvalidField>) -> PyResult<T> {
        let text = str::from_utf8(&self.0)
            .map_err(|_| PyValueError::new_err("a text with a lone surrogate is not valid"))?;
        parse(text).map_err(|invalid| PyValueError::new_err(invalid.to_string()))
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
        object.extract::<Field>()?.parse(WebsiteId::parse).map(Self)
    }
}

/// The website of an image that is looked for. `None` is an int that no website can have. An invalid text is a
/// `ValueError`.
#[derive(Clone, Copy)]
pub(crate) struct SoughtWebsite(Option<WebsiteId>);

impl<'py> FromPyObject<'_, 'py> for SoughtWebsite {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<Website>() {
            Ok(Website(website)) => Ok(Self(Some(website))),
            Err(error)
                if error.is_instance_of::<PyValueError>(object.py())
                    && !object.is_instance_of::<PyString>()
                    && !object.is_instance_of::<PyBool>() =>
            {
                Ok(Self(None))
            }
            Err(error) => Err(error),
        }
    }
}

/// A user's id. An invalid one is a `ValueError`.
pub(crate) struct User(pub(crate) UserId);

impl<'py> FromPyObject<'_, 'py> for User {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        object.extract::<UserField>()?.0.parse(UserId::parse).map(Self)
    }
}

/// The id of an image that is looked for. `None` is an int that no image can have.
#[derive(Clone, Copy)]
pub(crate) struct Id(pub(crate) Option<ImageId>);

impl<'py> FromPyObject<'_, 'py> for Id {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<u64>() {
            Ok(number) => Ok(Self(ImageId::new(number))),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

/// The website and the image to look for, if there can be such ones.
pub(crate) fn sought(website: SoughtWebsite, id: Id) -> Option<(WebsiteId, ImageId)> {
    website.0.zip(id.0)
}

/// A number of things: a negative one is a `ValueError`, and the largest stands for all that are larger.
#[derive(Clone, Copy)]
pub(crate) struct Count(pub(crate) u64);

impl Count {
    pub(crate) fn u32(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<u64>() {
            Ok(number) => Ok(Self(number)),
            Err(error) if !error.is_instance_of::<PyOverflowError>(object.py()) => Err(error),
            Err(_) if object.lt(0)? => {
                Err(PyValueError::new_err("a number of at least 0 is needed"))
            }
            Err(_) => Ok(Self(u64::MAX)),
        }
    }
}

/// The UTF-8 of a text. A lone surrogate has none, and a client can send one ("\ud800" in JSON): it is encoded
/// all the same, as bytes that are not UTF-8, so that the core refuses the field.
pub(crate) fn utf8_of(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    if let Ok(text) = text.to_cow() {
        return Ok(text.into_owned().into_bytes());
    }
    let arguments = (intern!(text.py(), "utf-8"), intern!(text.py(), "surrogatepass"));
    text.call_method1(intern!(text.py(), "encode"), arguments)?.extract()
}

/// A text in which U+FFFD stands for lone surrogates: a name, not a field.
pub(crate) struct Text(pub(crate) String);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(object.cast::<PyString>()?.to_string_lossy().into_owned()))
    }
}

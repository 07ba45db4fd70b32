//! A request in its general form: a head of headers and query parameters, and the parts of a form.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use userimage::{FormPart, UploadError, UploadHead};

use crate::field::{Field, Text, UserField, utf8_of};
use crate::input::{Content, Input};

/// The head of these headers and query parameters: mappings, or pairs of names and values.
pub(crate) fn head(
    headers: &Bound<'_, PyAny>,
    query: &Bound<'_, PyAny>,
) -> PyResult<UploadHead<'static>> {
    let mut head = UploadHead::new();
    for (name, value) in pairs(headers)? {
        let (Text(name), Field(value)) = (name.extract()?, value.extract()?);
        head = head.header_bytes(name, value);
    }
    for (name, value) in pairs(query)? {
        let (Text(name), Field(value)) = (name.extract()?, value.extract()?);
        head = head.query_bytes(name, value);
    }
    Ok(head)
}

/// The items of a mapping, or pairs.
pub(crate) fn pairs<'py>(
    fields: &Bound<'py, PyAny>,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let py = fields.py();
    let items = match fields.getattr_opt(intern!(py, "items"))? {
        Some(items) => items.call0()?,
        None => fields.clone(),
    };
    items
        .try_iter()?
        .map(|pair| {
            let [name, value]: [Bound<'_, PyAny>; 2] = pair?.extract()?;
            Ok((name, value))
        })
        .collect()
}

/// The head of a request that carries the usual four fields where clients usually put them.
pub(crate) struct Fields {
    pub(crate) website_id: Option<Field>,
    pub(crate) client_key: Option<Field>,
    pub(crate) user_id: Option<UserField>,
    pub(crate) dpi: Option<Field>,
}

impl Fields {
    pub(crate) fn into_head(self) -> UploadHead<'static> {
        let mut head = UploadHead::new();
        if let Some(Field(value)) = self.website_id {
            head = head.header_bytes("websiteId", value);
        }
        if let Some(Field(value)) = self.client_key {
            head = head.header_bytes("webApiClientKey", value);
        }
        // No form can add a user: a missing one is refused by the head, before the file is read.
        let user_id = self.user_id.map_or_else(Vec::new, |UserField(Field(value))| value);
        head = head.query_bytes("userId", user_id);
        if let Some(Field(value)) = self.dpi {
            head = head.query_bytes("DPI", value);
        }
        head
    }
}

/// The parts of a form. No file among them is read yet.
pub(crate) struct Form<'py>(Vec<Part<Input<'py>>>);

/// The parts of a form with their bytes, which the core's parts borrow.
pub(crate) struct ReadForm(Vec<Part<Content>>);

struct Part<D> {
    name: String,
    data: D,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl<'py> Form<'py> {
    /// The form of these `FormPart`s.
    pub(crate) fn new(form: &Bound<'py, PyAny>) -> PyResult<Self> {
        form.try_iter()?.map(|part| Part::new(&part?)).collect::<PyResult<_>>().map(Self)
    }

    /// Reads the files, at most `max_bytes` bytes and one more of each; an `UploadError` is for one that is too
    /// large.
    pub(crate) fn read(
        self,
        py: Python<'py>,
        max_bytes: u64,
    ) -> PyResult<Result<ReadForm, UploadError>> {
        let mut parts = Vec::with_capacity(self.0.len());
        for part in self.0 {
            match part.data.read(py, max_bytes)? {
                Ok(content) => parts.push(part.with(content)),
                Err(too_large) => return Ok(Err(too_large)),
            }
        }
        Ok(Ok(ReadForm(parts)))
    }

    /// As [`read`](Self::read), but only one byte of each file that has any.
    pub(crate) fn peek(self, py: Python<'py>) -> PyResult<ReadForm> {
        let peek = |part: Part<Input<'py>>| {
            let content = part.data.peek(py)?;
            Ok(part.with(content))
        };
        self.0.into_iter().map(peek).collect::<PyResult<_>>().map(ReadForm)
    }
}

impl<D> Part<D> {
    fn with(self, data: Content) -> Part<Content> {
        let Self { name, file_name, content_type, .. } = self;
        Part { name, data, file_name, content_type }
    }
}

impl ReadForm {
    pub(crate) fn to_core(&self) -> Vec<FormPart<'_>> {
        self.0.iter().map(Part::to_core).collect()
    }
}

impl<'py> Part<Input<'py>> {
    fn new(part: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = part.py();
        let text = |name| text(part, name);
        let name = text(intern!(py, "name"))?;
        Ok(Self {
            name: name
                .ok_or_else(|| PyTypeError::new_err("a form part's name is needed, not None"))?,
            data: data(&member(part, intern!(py, "data"))?)?,
            file_name: text(intern!(py, "file_name"))?,
            content_type: text(intern!(py, "content_type"))?,
        })
    }
}

/// A member of a part, which is a `FormPart` or any object that has its members.
fn member<'py>(
    part: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let member = part.getattr_opt(name)?;
    member.ok_or_else(|| match part.get_type().name() {
        Ok(other) => PyTypeError::new_err(format!("a FormPart is needed, not {other}")),
        Err(error) => error,
    })
}

/// A member that is a text or `None`.
fn text(part: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> PyResult<Option<String>> {
    let value = member(part, name)?;
    if value.is_none() {
        return Ok(None);
    }
    let Ok(Text(text)) = value.extract() else {
        let other = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!("a form part's {name} is a str, not {other}")));
    };
    Ok(Some(text))
}

/// The data of a part. A `str` is the text of a field here, not a path.
fn data<'py>(data: &Bound<'py, PyAny>) -> PyResult<Input<'py>> {
    if let Ok(text) = data.cast::<PyString>() {
        return Ok(Input::Bytes(PyBytes::new(data.py(), &utf8_of(text)?)));
    }
    Input::new(data)
}

impl Part<Content> {
    fn to_core(&self) -> FormPart<'_> {
        let mut part = FormPart::new(&self.name, self.data.bytes());
        if let Some(file_name) = &self.file_name {
            part = part.file_name(file_name);
        }
        if let Some(content_type) = &self.content_type {
            part = part.content_type(content_type);
        }
        part
    }
}

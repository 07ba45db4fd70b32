//! A request in its general form: headers, query parameters and the parts of a form.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{intern, pybacked::PyBackedBytes};
use userimage::{FormPart, UploadRequest};

use crate::buffer::bytes_of;
use crate::field::{Field, Text, text_of};
use crate::input::Content;

/// A request with everything that the core's request borrows.
#[derive(Default)]
pub(crate) struct Request {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    form: Vec<Part>,
}

struct Part {
    name: String,
    data: Content,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl Request {
    /// `headers` and `query` are mappings or pairs; `form` has `FormPart`s.
    pub(crate) fn new(
        headers: &Bound<'_, PyAny>,
        query: &Bound<'_, PyAny>,
        form: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        Ok(Self {
            headers: fields(headers)?,
            query: fields(query)?,
            form: form.try_iter()?.map(|part| Part::new(&part?)).collect::<PyResult<_>>()?,
        })
    }

    pub(crate) fn to_core(&self) -> UploadRequest<'_> {
        let mut request = UploadRequest::empty();
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        for part in &self.form {
            let mut made = FormPart::new(&part.name, part.data.as_ref());
            if let Some(file_name) = &part.file_name {
                made = made.file_name(file_name);
            }
            if let Some(content_type) = &part.content_type {
                made = made.content_type(content_type);
            }
            request = request.form_part(made);
        }
        request
    }
}

impl Part {
    fn new(part: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = part.py();
        let text = |name| -> PyResult<Option<String>> {
            let value: Option<Text> = part.getattr(name)?.extract()?;
            Ok(value.map(|text| text.0))
        };
        let data = part.getattr(intern!(py, "data"))?;
        let data = match data.cast::<PyString>() {
            Ok(text) => Content::Read(text_of(text).into_bytes()),
            Err(_) => match bytes_of(&data)? {
                Some(bytes) => Content::Bytes(PyBackedBytes::from(bytes)),
                None => {
                    let name = data.get_type().name()?;
                    let text = format!("a part's data must be bytes or a str, not {name}");
                    return Err(PyTypeError::new_err(text));
                }
            },
        };
        let name: Text = part.getattr(intern!(py, "name"))?.extract()?;
        Ok(Self {
            name: name.0,
            data,
            file_name: text(intern!(py, "file_name"))?,
            content_type: text(intern!(py, "content_type"))?,
        })
    }
}

/// The names and values of headers or query parameters, not validated.
fn fields(fields: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    pairs(fields)?
        .into_iter()
        .map(|(name, value)| {
            let (Text(name), Field(value)) = (name.extract()?, value.extract()?);
            Ok((name, value))
        })
        .collect()
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

/// The usual request: a file and four fields, each where a client sends it.
pub(crate) struct Fields {
    pub(crate) website_id: Option<Field>,
    pub(crate) client_key: Option<Field>,
    pub(crate) user_id: Option<Field>,
    pub(crate) dpi: Option<Field>,
    /// Empty where there is none.
    pub(crate) file_name: String,
}

impl Fields {
    pub(crate) fn to_core<'a>(&'a self, data: &'a [u8]) -> UploadRequest<'a> {
        let mut request = UploadRequest::new(&self.file_name, data);
        if let Some(Field(value)) = &self.website_id {
            request = request.website_id(value);
        }
        if let Some(Field(value)) = &self.client_key {
            request = request.client_key(value);
        }
        if let Some(Field(value)) = &self.user_id {
            request = request.user_id(value);
        }
        if let Some(Field(value)) = &self.dpi {
            request = request.dpi(value);
        }
        request
    }
}

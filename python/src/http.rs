//! Whole HTTP requests in, whole HTTP responses out.

use std::sync::{Mutex, PoisonError};

use http::request::Parts;
use http::{HeaderValue, Request};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use userimage::http::Endpoint;

use crate::buffer::{buffer_of, bytes_of};
use crate::events::detached;
use crate::exit;
use crate::field::Text;
use crate::file::{CHUNK, PyFile};
use crate::request::pairs;
use crate::uploader::Uploader;

/// A whole HTTP response. ``Uploader.handle`` and ``Uploader.begin`` return it.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct HttpResponse {
    /// The status, for example 200.
    #[pyo3(get)]
    status: u16,
    headers: Vec<(String, String)>,
    body: Py<PyBytes>,
}

#[pymethods]
impl HttpResponse {
    /// The headers: a list of pairs of name and value, as WSGI expects it.
    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone()
    }

    /// The bytes of the body; empty in an answer to ``HEAD``.
    #[getter]
    fn body(&self, py: Python<'_>) -> Py<PyBytes> {
        self.body.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<HttpResponse {}, {} bytes>", self.status, self.body.as_bytes(py).len())
    }
}

impl HttpResponse {
    fn from_core(py: Python<'_>, response: &http::Response<Vec<u8>>) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), latin_1(value)))
                .collect(),
            body: PyBytes::new(py, response.body()).unbind(),
        }
    }
}

/// Receives the body of a request whose head is valid: ``feed`` it piece by piece, then ``finish``.
///
/// It holds at most the website's largest file and 1 MiB. To give a request up, drop it.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct BodyReceiver {
    /// It keeps the host's own storage alive.
    uploader: Py<Uploader>,
    core: Mutex<Option<userimage::http::BodyReceiver>>,
}

#[pymethods]
impl BodyReceiver {
    /// Take the next bytes of the body. Returns whether more are needed: ``False`` once the body is longer
    /// than ``limit``, which ``finish`` then answers.
    #[pyo3(signature = (data, /))]
    fn feed(&self, data: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(data) = buffer_of(data)? else { return Err(no_bytes(data)?) };
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        let core = core.as_mut().ok_or_else(finished)?;
        Ok(core.feed(data.as_bytes()))
    }

    /// Answer the request, once its body has ended: decodes and stores the image, without the GIL.
    ///
    /// Raises ``ValueError`` the second time and once the uploader is closed.
    fn finish(&self, py: Python<'_>) -> PyResult<HttpResponse> {
        let _call = exit::enter(py);
        let _lease = self.uploader.get().endpoint()?;
        let core = self.core.lock().unwrap_or_else(PoisonError::into_inner).take();
        let core = core.ok_or_else(finished)?;
        let response = detached(py, || core.finish())?;
        Ok(HttpResponse::from_core(py, &response))
    }

    /// The longest body that is accepted, in bytes.
    #[getter]
    fn limit(&self) -> PyResult<u64> {
        let core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(core.as_ref().ok_or_else(finished)?.limit())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.uploader)
    }
}

fn finished() -> PyErr {
    PyValueError::new_err("the request is finished")
}

/// What `Uploader.begin` returns.
#[derive(IntoPyObject)]
pub(crate) enum RequestStart<'py> {
    Complete(Bound<'py, HttpResponse>),
    NeedsBody(Bound<'py, BodyReceiver>),
}

pub(crate) fn begin<'py>(
    endpoint: &Endpoint,
    uploader: &Bound<'py, Uploader>,
    head: &Parts,
) -> PyResult<RequestStart<'py>> {
    let py = uploader.py();
    Ok(match detached(py, || endpoint.begin(head))? {
        userimage::http::RequestStart::Complete(response) => {
            RequestStart::Complete(Bound::new(py, HttpResponse::from_core(py, &response))?)
        }
        userimage::http::RequestStart::NeedsBody(receiver) => {
            let (uploader, core) = (uploader.clone().unbind(), Mutex::new(Some(receiver)));
            RequestStart::NeedsBody(Bound::new(py, BodyReceiver { uploader, core })?)
        }
    })
}

pub(crate) fn handle(
    endpoint: &Endpoint,
    head: Parts,
    body: &Bound<'_, PyAny>,
) -> PyResult<HttpResponse> {
    let py = body.py();
    let response = match bytes_of(body)? {
        Some(bytes) => {
            let request = Request::from_parts(head, bytes.as_bytes());
            detached(py, || endpoint.handle(request))?
        }
        None => {
            let Some(file) = PyFile::new(body)? else {
                let Some(bytes) = buffer_of(body)? else { return Err(no_bytes(body)?) };
                return handle(endpoint, head, &bytes);
            };
            match detached(py, || endpoint.begin(&head))? {
                userimage::http::RequestStart::Complete(response) => response,
                userimage::http::RequestStart::NeedsBody(mut receiver) => {
                    loop {
                        let piece = file.piece(py, CHUNK)?;
                        if piece.as_bytes().is_empty() || !receiver.feed(piece.as_bytes()) {
                            break;
                        }
                    }
                    detached(py, || receiver.finish())?
                }
            }
        }
    };
    Ok(HttpResponse::from_core(py, &response))
}

fn no_bytes(object: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let name = object.get_type().name()?;
    Ok(PyTypeError::new_err(format!("a body is bytes or a binary file, not {name}")))
}

/// The head of a request as the core takes it.
pub(crate) fn head(
    method: &Bound<'_, PyString>,
    target: &Bound<'_, PyString>,
    headers: &Bound<'_, PyAny>,
) -> PyResult<Parts> {
    let headers: Vec<_> = pairs(headers)?
        .into_iter()
        .map(|(name, value)| Ok((octets(&name)?, octets(&value)?)))
        .collect::<PyResult<_>>()?;
    let headers = headers.iter().map(|(name, value)| (&name[..], &value[..]));
    let (Text(method), Text(target)) = (method.extract()?, target.extract()?);
    Ok(userimage::http::head(method.as_bytes(), target.as_bytes(), headers))
}

/// The bytes of a header: given as bytes, or as a text in latin-1, as WSGI has it.
fn octets(text: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Some(bytes) = bytes_of(text)? {
        return Ok(bytes.as_bytes().to_vec());
    }
    let Text(text) = text.extract()?;
    let octet = |letter: char| u8::try_from(letter).ok();
    text.chars()
        .map(octet)
        .collect::<Option<_>>()
        .ok_or_else(|| PyValueError::new_err("a header's text is not in latin-1"))
}

/// The inverse of [`octets`].
fn latin_1(value: &HeaderValue) -> String {
    value.as_bytes().iter().copied().map(char::from).collect()
}

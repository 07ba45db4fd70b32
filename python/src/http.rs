//! Whole HTTP requests in, whole HTTP responses out.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use userimage::http::{Endpoint, ResponseBody};
use userimage::storage::StorageError;

use crate::buffer::{buffer_of, bytes_of};
use crate::events::detached;
use crate::exit;
use crate::field::Text;
use crate::file::{CHUNK, PyFile};
use crate::request::pairs;
use crate::uploader::Uploader;

/// An HTTP response. ``Uploader.handle`` and ``Uploader.begin`` return it.
///
/// Iterating over it yields its body in pieces, of which one is in memory at a time: those of a file are read
/// from the storage then, without the GIL. A body can be read once in this manner.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct HttpResponse {
    /// The status, for example 200.
    #[pyo3(get)]
    status: u16,
    headers: Vec<(String, String)>,
    body: Mutex<Body>,
}

enum Body {
    InMemory(Py<PyBytes>),
    /// Of a file.
    File(ResponseBody),
    /// Passed on to an iterator.
    Taken,
}

#[pymethods]
impl HttpResponse {
    /// The headers: a list of pairs of name and value, as WSGI expects it.
    #[getter]
    fn headers(&self) -> Vec<(String, String)> {
        self.headers.clone()
    }

    /// The bytes of the body; empty in an answer to ``HEAD``. This reads all of a file into memory.
    ///
    /// Raises ``OSError`` if the file cannot be read, and ``ValueError`` if its pieces have been iterated over.
    #[getter]
    fn body(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        let bytes = match self.take(py) {
            Body::InMemory(bytes) => bytes,
            Body::File(body) => {
                let bytes =
                    detached(py, || body.into_bytes())?.map_err(|error| unreadable(&error))?;
                PyBytes::new(py, &bytes).unbind()
            }
            Body::Taken => return Err(taken()),
        };
        *self.lock() = Body::InMemory(bytes.clone_ref(py));
        Ok(bytes)
    }

    fn __iter__(&self, py: Python<'_>) -> PyResult<Pieces> {
        match self.take(py) {
            Body::InMemory(bytes) => Ok(Pieces(Mutex::new(Body::InMemory(bytes)))),
            Body::File(body) => Ok(Pieces(Mutex::new(Body::File(body)))),
            Body::Taken => Err(taken()),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let bytes = match &*self.lock() {
            Body::InMemory(bytes) => bytes.as_bytes(py).len() as u64,
            Body::File(body) => body.len(),
            Body::Taken => 0,
        };
        format!("<HttpResponse {}, {bytes} bytes>", self.status)
    }
}

fn unreadable(error: &StorageError) -> PyErr {
    PyOSError::new_err(format!("the file cannot be read: {error}"))
}

fn taken() -> PyErr {
    PyValueError::new_err("the body has been read in pieces")
}

/// The pieces of a response's body.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct Pieces(Mutex<Body>);

#[pymethods]
impl Pieces {
    fn __iter__(pieces: Py<Self>) -> Py<Self> {
        pieces
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyBytes>>> {
        let body = mem::replace(&mut *lock(&self.0), Body::Taken);
        match body {
            Body::InMemory(bytes) => Ok((!bytes.as_bytes(py).is_empty()).then_some(bytes)),
            Body::File(mut body) => {
                let mut piece = vec![0; PIECE];
                let read = detached(py, || body.read_piece(&mut piece))?
                    .map_err(|error| unreadable(&error))?;
                if read == 0 {
                    return Ok(None);
                }
                *lock(&self.0) = Body::File(body);
                Ok(Some(PyBytes::new(py, piece.get(..read).unwrap_or_default()).unbind()))
            }
            Body::Taken => Ok(None),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The response to a request that a server refuses itself, with this status and an envelope.
#[pyfunction]
pub(crate) fn error_response(py: Python<'_>, status: u16) -> PyResult<HttpResponse> {
    let status = StatusCode::from_u16(status)
        .map_err(|_| PyValueError::new_err(format!("{status} is not an HTTP status")))?;
    Ok(HttpResponse::from_core(py, userimage::http::error_response(status)))
}

impl HttpResponse {
    fn from_core(py: Python<'_>, response: http::Response<ResponseBody>) -> Self {
        let (head, body) = response.into_parts();
        Self {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), latin_1(value)))
                .collect(),
            body: Mutex::new(match body.as_bytes() {
                Some(bytes) => Body::InMemory(PyBytes::new(py, bytes).unbind()),
                None => Body::File(body),
            }),
        }
    }

    /// The body; leaves bytes in memory where they are, and takes a file.
    fn take(&self, py: Python<'_>) -> Body {
        let mut body = self.lock();
        match &*body {
            Body::InMemory(bytes) => Body::InMemory(bytes.clone_ref(py)),
            _ => mem::replace(&mut body, Body::Taken),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Body> {
        lock(&self.body)
    }
}

/// The length of a piece of a body.
const PIECE: usize = 32 * 1024;

/// Receives the body of a request whose head is valid: ``feed`` it piece by piece, then ``finish``.
///
/// It holds at most the website's largest file and 1 MiB.
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
        let core = self.take()?;
        let response = detached(py, || core.finish())?;
        Ok(HttpResponse::from_core(py, response))
    }

    /// Answer a body that is malformed or ends too early, for ``reason``: 400. Only for a client that can still
    /// read an answer; otherwise drop the receiver.
    #[pyo3(signature = (reason))]
    fn finish_broken(&self, py: Python<'_>, reason: Text) -> PyResult<HttpResponse> {
        let Text(reason) = reason;
        let _call = exit::enter(py);
        let _lease = self.uploader.get().endpoint()?;
        let core = self.take()?;
        let response = detached(py, || core.finish_broken(&reason))?;
        Ok(HttpResponse::from_core(py, response))
    }

    /// Give up a request whose client has gone. Nothing is stored, and the log has an event at debug level.
    fn abandon(&self, py: Python<'_>) -> PyResult<()> {
        let core = self.take()?;
        detached(py, || drop(core))
    }

    /// Answer a client that has not sent the body in time: 408.
    fn finish_timed_out(&self, py: Python<'_>) -> PyResult<HttpResponse> {
        let _call = exit::enter(py);
        let _lease = self.uploader.get().endpoint()?;
        let core = self.take()?;
        let response = detached(py, || core.finish_timed_out())?;
        Ok(HttpResponse::from_core(py, response))
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

impl BodyReceiver {
    fn take(&self) -> PyResult<userimage::http::BodyReceiver> {
        let core = self.core.lock().unwrap_or_else(PoisonError::into_inner).take();
        core.ok_or_else(finished)
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
            RequestStart::Complete(Bound::new(py, HttpResponse::from_core(py, response))?)
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
    Ok(HttpResponse::from_core(py, response))
}

fn no_bytes(object: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let name = object.get_type().name()?;
    Ok(PyTypeError::new_err(format!("a body is bytes or a binary file, not {name}")))
}

/// The head of a request as the core takes it, with its context. A `peer` that is not an address, such as
/// a socket's path, is not used.
pub(crate) fn head(
    endpoint: &Endpoint,
    method: &Bound<'_, PyString>,
    target: &Bound<'_, PyString>,
    headers: &Bound<'_, PyAny>,
    peer: Option<Text>,
) -> PyResult<Parts> {
    let py = method.py();
    let headers: Vec<_> = pairs(headers)?
        .into_iter()
        .map(|(name, value)| Ok((octets(&name)?, octets(&value)?)))
        .collect::<PyResult<_>>()?;
    let headers = headers.iter().map(|(name, value)| (&name[..], &value[..]));
    let (Text(method), Text(target)) = (method.extract()?, target.extract()?);
    let mut head = userimage::http::head(method.as_bytes(), target.as_bytes(), headers);
    if let Some(peer) = peer.and_then(|Text(peer)| peer.parse().ok()) {
        let context = detached(py, || endpoint.context(&head.headers, Some(peer)))?;
        head.extensions.insert(context);
    }
    Ok(head)
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

//! The uploader: arguments in, the core's answer or its exception out.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use userimage::http::Endpoint;
use userimage::storage::{ImageList, Page, Storage};
use userimage::{Authenticator, Config, Envelope, UploadError, UserId, Variant, WebsiteId};

use crate::data::{Content, Input, name_of};
use crate::error;
use crate::events::detached;
use crate::field::{Field, Text, User, Website};
use crate::host::{HostAuthenticator, HostObject, HostStorage};
use crate::http::{self, Head, HttpResponse};
use crate::image::StoredImage;
use crate::list::{ImageIterator, ImagePage, SweepReport};
use crate::request::{Fields, Request};

/// Takes uploads: checks each, tells what it is, makes its rendition for screens, keeps it safe.
///
/// Make one at the start and share it between threads: every method may be called from several threads
/// at once and works without the GIL. Use it as a context manager, or call ``close()``, to let go of
/// its storage.
///
/// ``storage``
///     where images are kept: the path of a folder, the ``storage`` part of a configuration such as
///     ``{"memory": {"base_url": "https://img.example/"}}``, or an object of your own that fulfils
///     ``userimage.Storage``.
/// ``base_url``
///     what the URLs of the images in a folder begin with; without it they are ``file://`` URLs.
/// ``keys``
///     who may upload: for each website's id its key, or a list of its keys; or pairs of an id and a key.
/// ``authentication``
///     ``"keys"``, which ``keys`` implies; ``"host"`` to say that you have checked website and key
///     yourself before you call; or an object of your own that fulfils ``userimage.Authenticator``.
/// ``websites``, ``policy``, ``standard``
///     these parts of a configuration: what each website takes, what all take, and how the rendition
///     for screens is made. What is left out is at the library's defaults.
/// ``http``
///     this part of a configuration: what ``handle``, ``begin`` and the applications of ``userimage.wsgi``
///     and ``userimage.asgi`` answer to. ``prefix`` is what stands before every path, as seen from the
///     server's root; ``always_200`` is the old habit; ``files``, ``list``, ``settings`` and ``page`` turn on
///     reading files, a user's list, the policy's settings, and a page to try uploads with.
///
/// Raises ``ConfigError`` when an argument is wrong or the storage cannot be opened.
///
/// A process that forks: make the uploader in the child, or make it before and use it only in the children.
/// A child of a process that has used a folder and not closed it gets an error for each use of a folder, also
/// by an uploader of its own; never a hang.
#[pyclass(frozen, weakref, module = "userimage")]
pub(crate) struct Uploader {
    endpoint: RwLock<Option<Endpoint>>,
    hosts: Vec<HostObject>,
}

#[pymethods]
impl Uploader {
    #[new]
    #[pyo3(signature = (storage, *, base_url=None, keys=None, authentication=None, websites=None, policy=None, standard=None, http=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
    fn new<'py>(
        storage: &Bound<'py, PyAny>,
        base_url: Option<&Bound<'py, PyAny>>,
        keys: Option<&Bound<'py, PyAny>>,
        authentication: Option<&Bound<'py, PyAny>>,
        websites: Option<&Bound<'py, PyAny>>,
        policy: Option<&Bound<'py, PyAny>>,
        standard: Option<&Bound<'py, PyAny>>,
        http: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let arguments = (storage, base_url, keys, authentication, websites, policy, standard, http);
        let config = storage.py().import("userimage._config")?;
        let (json, storage, authenticator): (String, Option<_>, Option<_>) =
            config.call_method1("from_arguments", arguments)?.extract()?;
        Self::open(config.py(), &json, storage, authenticator)
    }

    /// An uploader from the configuration that is the same for every language of the library: a dict or
    /// its JSON text.
    ///
    /// ``storage`` and ``authenticator`` are objects of your own that take the place of the
    /// configuration's.
    #[staticmethod]
    #[pyo3(signature = (config, *, storage=None, authenticator=None))]
    fn from_config<'py>(
        config: &Bound<'py, PyAny>,
        storage: Option<Bound<'py, PyAny>>,
        authenticator: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let py = config.py();
        let json = py.import("userimage._config")?.call_method1("to_json", (config,))?;
        Self::open(py, &json.extract::<String>()?, storage, authenticator)
    }

    /// Take an upload: check the request and the file, make the rendition, store all of it, durably, or
    /// nothing.
    ///
    /// ``file`` is a path (``str`` or ``os.PathLike``), the bytes themselves, an open binary file, or the
    /// upload object of Django, Starlette, Flask or another framework. A file that can seek is
    /// read from its beginning and left where it was. ``bytes`` are not copied.
    ///
    /// The fields are as the client sent them: texts or numbers, ``None`` where one is missing.
    /// ``filename`` is the client's file name; if it is not given, the file's own.
    ///
    /// Raises ``UploadError``, in the subclass of its code, with the first failure.
    #[pyo3(signature = (file, *, website_id, client_key, user_id, dpi=None, filename=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
    fn upload(
        &self,
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        website_id: Option<Field>,
        client_key: Option<Field>,
        user_id: Option<Field>,
        dpi: Option<Field>,
        filename: Option<Text>,
    ) -> PyResult<StoredImage> {
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        let fields =
            Fields { website_id, client_key, user_id, dpi, file_name: file_name(file, filename)? };
        // A request without a website's id is refused whatever the file is.
        let website = fields.website_id.as_ref().and_then(|field| WebsiteId::parse(&field.0).ok());
        let limit = website.map_or(0, |website| core.policy(website).max_bytes);
        let data = Input::new(file)?.read(py, limit)?;
        detached(py, || core.upload(&fields.to_core(data.as_ref())))?
            .map(StoredImage)
            .map_err(|failure| error::upload(py, &failure))
    }

    /// Take an upload without blocking the event loop: ``await uploader.upload_async(...)``, with the
    /// arguments of ``upload``.
    ///
    /// The work is done by ``asyncio.to_thread``, in a thread of the event loop's default executor: the
    /// library has no threads of its own. Cancelling is safe: an upload that has begun runs to its end in that
    /// thread and is stored whole or not at all, only its answer is lost; one that has not begun never
    /// begins. The file must stay open until then.
    #[pyo3(signature = (file, *, website_id, client_key, user_id, dpi=None, filename=None))]
    fn upload_async<'py>(
        uploader: &Bound<'py, Self>,
        file: &Bound<'py, PyAny>,
        website_id: &Bound<'py, PyAny>,
        client_key: &Bound<'py, PyAny>,
        user_id: &Bound<'py, PyAny>,
        dpi: Option<&Bound<'py, PyAny>>,
        filename: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = uploader.py();
        let fields = PyDict::new(py);
        fields.set_item("website_id", website_id)?;
        fields.set_item("client_key", client_key)?;
        fields.set_item("user_id", user_id)?;
        fields.set_item("dpi", dpi)?;
        fields.set_item("filename", filename)?;
        let upload = uploader.getattr(intern!(py, "upload"))?;
        py.import("asyncio")?.call_method("to_thread", (upload, file), Some(&fields))
    }

    /// Take an upload in the general form of a request: every header, every query parameter and every
    /// part of the form, as they came.
    ///
    /// ``headers`` and ``query`` are mappings or pairs, decoded; ``form`` has ``FormPart`` values. Names
    /// match without regard to case.
    #[pyo3(signature = (*, headers, query, form))]
    fn upload_request(
        &self,
        py: Python<'_>,
        headers: &Bound<'_, PyAny>,
        query: &Bound<'_, PyAny>,
        form: &Bound<'_, PyAny>,
    ) -> PyResult<StoredImage> {
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        let request = Request::new(headers, query, form)?;
        detached(py, || core.upload(&request.to_core()))?
            .map(StoredImage)
            .map_err(|failure| error::upload(py, &failure))
    }

    /// Every failure of the request's fields, in order: nothing is decoded or stored, and no more than
    /// whether the file is there is read of it. Takes the arguments of ``upload``.
    #[pyo3(signature = (file, *, website_id, client_key, user_id, dpi=None, filename=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
    fn validate_all<'py>(
        &self,
        py: Python<'py>,
        file: &Bound<'py, PyAny>,
        website_id: Option<Field>,
        client_key: Option<Field>,
        user_id: Option<Field>,
        dpi: Option<Field>,
        filename: Option<Text>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        let fields =
            Fields { website_id, client_key, user_id, dpi, file_name: file_name(file, filename)? };
        let data: Content = Input::new(file)?.read(py, 0)?;
        let failures = detached(py, || core.validate_all(&fields.to_core(data.as_ref())))?;
        failures_of(py, &failures)
    }

    /// As ``validate_all``, for the general form of a request.
    #[pyo3(signature = (*, headers, query, form))]
    fn validate_request<'py>(
        &self,
        py: Python<'py>,
        headers: &Bound<'py, PyAny>,
        query: &Bound<'py, PyAny>,
        form: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        let request = Request::new(headers, query, form)?;
        let failures = detached(py, || core.validate_all(&request.to_core()))?;
        failures_of(py, &failures)
    }

    /// Answer a whole request of HTTP: an upload, or what ``http`` has turned on. Whatever is asked, there
    /// is an answer; nothing of the protocol is raised.
    ///
    /// ``target`` is path and query as they came, ``headers`` a mapping or pairs of names and values,
    /// as ``bytes`` or as a ``str`` in latin-1, as WSGI has them. ``body`` is bytes, or a binary file that is
    /// read from where it is, no further than the limit, and not at all when the head tells the answer.
    ///
    /// Raises ``ValueError`` for a header's ``str`` that is not in latin-1, and what reading the file raises.
    #[pyo3(signature = (method, target, headers, body=None))]
    fn handle(
        &self,
        method: &Bound<'_, PyString>,
        target: &Bound<'_, PyString>,
        headers: &Bound<'_, PyAny>,
        body: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<HttpResponse> {
        let head = http::head(method, target, headers)?;
        let none = PyBytes::new(method.py(), b"");
        http::handle(&self.endpoint()?, head, body.unwrap_or(&none))
    }

    /// As ``handle``, for a host that streams the body: gives the answer where the request's head tells it,
    /// else a ``BodyReceiver`` that takes the body.
    ///
    /// Everything but ``feed`` may block, on your authenticator or the storage; run it in a thread where
    /// there is an event loop.
    #[pyo3(signature = (method, target, headers))]
    fn begin<'py>(
        uploader: &Bound<'py, Self>,
        method: &Bound<'py, PyString>,
        target: &Bound<'py, PyString>,
        headers: &Bound<'py, PyAny>,
    ) -> PyResult<Head<'py>> {
        http::begin(uploader, &http::head(method, target, headers)?)
    }

    /// The website's image with this id, or ``None``.
    #[pyo3(signature = (website_id, id))]
    fn find(&self, py: Python<'_>, website_id: Website, id: u64) -> PyResult<Option<StoredImage>> {
        let found = self.storage(py, |storage| storage.find(website_id.0, id))?;
        Ok(found.map(StoredImage))
    }

    /// The bytes of the website's image with this id, or ``None``. ``variant`` is ``"original"``, the
    /// bytes as they came, or ``"standard"``, the rendition for screens.
    #[pyo3(signature = (website_id, id, variant="original"))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        website_id: Website,
        id: u64,
        variant: &str,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let Some(variant) = Variant::ALL.into_iter().find(|known| known.name() == variant) else {
            return Err(PyValueError::new_err(format!("{variant:?} is no variant of an image")));
        };
        let bytes = self.storage(py, |storage| storage.read(website_id.0, id, variant))?;
        Ok(bytes.map(|bytes| PyBytes::new(py, &bytes)))
    }

    /// A user's images, newest first: an iterator that reads them page by page.
    ///
    /// Images that are uploaded or deleted meanwhile move the pages: to delete what is listed, take
    /// ``list(uploader.list(...))`` first.
    #[pyo3(signature = (website_id, user_id, *, page_size=100))]
    fn list(
        uploader: Py<Self>,
        website_id: Website,
        user_id: User,
        page_size: u32,
    ) -> PyResult<ImageIterator> {
        if page_size == 0 {
            return Err(PyValueError::new_err("page_size must be positive"));
        }
        Ok(ImageIterator::new(uploader, website_id.0, user_id.0, page_size))
    }

    /// One page of a user's images, newest first, and how many there are in all. ``index`` counts from 0.
    #[pyo3(signature = (website_id, user_id, index, size))]
    fn page(
        &self,
        py: Python<'_>,
        website_id: Website,
        user_id: User,
        index: u64,
        size: u32,
    ) -> PyResult<ImagePage> {
        let User(user) = user_id;
        let list = self.read_page(py, website_id.0, &user, Page { index, size })?;
        ImagePage::from_core(py, list)
    }

    /// Delete the website's image with this id and both its files. Tells whether there was one.
    #[pyo3(signature = (website_id, id))]
    fn delete(&self, py: Python<'_>, website_id: Website, id: u64) -> PyResult<bool> {
        self.storage(py, |storage| storage.delete(website_id.0, id))
    }

    /// Remove what uploads and deletions that never finished have left behind, once it is older than
    /// ``min_age``: seconds, or a ``timedelta``. It must be longer than any upload takes.
    #[pyo3(signature = (min_age))]
    fn sweep(&self, py: Python<'_>, min_age: &Bound<'_, PyAny>) -> PyResult<SweepReport> {
        let min_age = duration(min_age)?;
        self.storage(py, |storage| storage.sweep(min_age)).map(SweepReport::from_core)
    }

    /// Let go of the storage, once what other threads are doing with it is done. Whatever is called
    /// afterwards raises ``ValueError``.
    fn close(&self, py: Python<'_>) {
        let endpoint = self.endpoint.write().unwrap_or_else(PoisonError::into_inner).take();
        // Closing a database may wait for the disk.
        py.detach(|| drop(endpoint));
    }

    /// Whether ``close`` has been called.
    #[getter]
    fn closed(&self) -> bool {
        self.endpoint.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn __enter__(uploader: Bound<'_, Self>) -> Bound<'_, Self> {
        uploader
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) {
        self.close(py);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.hosts.iter().try_for_each(|host| host.traverse(visit))
    }

    fn __clear__(&self) {
        self.hosts.iter().for_each(HostObject::clear);
    }
}

impl Uploader {
    fn open(
        py: Python<'_>,
        json: &str,
        storage: Option<Bound<'_, PyAny>>,
        authenticator: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let own = |object: Option<_>, methods| {
            object.map(|object| HostObject::new(object, methods)).transpose()
        };
        let storage = own(storage, &HostStorage::METHODS)?;
        let authenticator = own(authenticator, &HostAuthenticator::METHODS)?;
        let hosts = storage.iter().chain(&authenticator).cloned().collect();
        let endpoint = detached(py, move || {
            let own = storage.map(|object| Box::new(HostStorage(object)) as Box<dyn Storage>);
            let check = authenticator
                .map(|object| Box::new(HostAuthenticator(object)) as Box<dyn Authenticator>);
            let config = Config::from_json(json)?;
            let core = userimage::Uploader::from_config_and_host(&config, own, check)?;
            Endpoint::new(core, &config.http)
        })?
        .map_err(|failure| error::config(py, &failure))?;
        Ok(Self { endpoint: RwLock::new(Some(endpoint)), hosts })
    }

    /// The core's endpoint and its uploader, which live until the call is over even if another thread closes this one.
    /// The lock is held for a moment only, never while the GIL is released: a fork cannot find it locked.
    pub(crate) fn endpoint(&self) -> PyResult<Endpoint> {
        let endpoint = self.endpoint.read().unwrap_or_else(PoisonError::into_inner);
        endpoint.clone().ok_or_else(|| PyValueError::new_err("the uploader is closed"))
    }

    fn storage<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&dyn Storage) -> Result<T, userimage::storage::StorageError> + Send,
    ) -> PyResult<T> {
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        detached(py, || work(core.storage()))?.map_err(|failure| error::storage(py, &failure))
    }

    pub(crate) fn read_page(
        &self,
        py: Python<'_>,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> PyResult<ImageList> {
        self.storage(py, |storage| storage.list(website, user, page))
    }
}

/// The file name that is given, else the file's own, else an empty one, which the core knows as none.
fn file_name(file: &Bound<'_, PyAny>, given: Option<Text>) -> PyResult<String> {
    match given {
        Some(Text(name)) => Ok(name),
        None => Ok(name_of(file)?.unwrap_or_default()),
    }
}

/// A `userimage.errors.Failures`.
fn failures_of<'py>(py: Python<'py>, failures: &[UploadError]) -> PyResult<Bound<'py, PyAny>> {
    let answer = Envelope::from_failures(failures);
    let answer = answer.as_ref().map(|answer| (answer.as_json(), answer.http_status()));
    let values: Vec<_> = failures.iter().map(|failure| error::upload_value(py, failure)).collect();
    py.import("userimage.errors")?.getattr("Failures")?.call1((values, answer))
}

/// Seconds or a `timedelta`.
fn duration(object: &Bound<'_, PyAny>) -> PyResult<Duration> {
    if let Ok(duration) = object.extract::<Duration>() {
        return Ok(duration);
    }
    let seconds: f64 = object.extract()?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|failure| PyValueError::new_err(failure.to_string()))
}

//! The uploader: arguments in, the core's answer or its exception out.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use userimage::storage::{self, Page, VerifyReport};
use userimage::{BlobKey, DifferenceHash, Envelope, ErrorKind, PostedFile, UploadRequest, Variant};

use crate::admitted::Admitted;
use crate::error;
use crate::events::detached;
use crate::exit;
use crate::field::{Count, Field, Id, SoughtWebsite, Text, User, UserField, Website, sought};
use crate::http::{self, HttpResponse, RequestStart};
use crate::image::StoredImage;
use crate::input::{Input, name_of};
use crate::iterator::ImageIterator;
use crate::lease::Lease;
use crate::list::ImageList;
use crate::opened::Opened;
use crate::operations::{CopyReport, Usage};
use crate::request::{self, Fields, Form};
use crate::stored_file::StoredFile;
use crate::sweep::SweepReport;

/// Takes uploads: validates each, identifies the image, renders a web-size copy, and stores both.
///
/// Make one at the start and share it between threads: every method may be called from several threads
/// at once and runs without the GIL. Use it as a context manager, or call ``close()``, to release its
/// storage.
///
/// ``storage``
///     where images are kept: the path of a folder, the ``storage`` part of a configuration such as
///     ``{"memory": {"base_url": "https://img.example/"}}``, or an object of your own that implements
///     ``userimage.Storage``.
/// ``base_url``
///     the start of the URLs of images in a folder; without it they are ``file://`` URLs.
/// ``keys``
///     who may upload: for each website's id its key, or a list of its keys; or pairs of an id and a key.
/// ``authentication``
///     ``"keys"``, which ``keys`` implies; an object of your own that implements ``userimage.Authenticator``; or
///     ``"already_checked"`` if you check website and key yourself before every call: any well-formed key
///     is then accepted.
/// ``websites``, ``policy``, ``standard``
///     these parts of a configuration: what each website accepts, what all accept, and how the
///     rendition is made. What is left out is at the library's defaults.
/// ``renditions``
///     further renditions that are made of every upload, by their names: each with the keys of ``standard``, such as
///     ``{"thumbnail": {"max_width": 200, "max_height": 200}}``.
/// ``memory``
///     this part of a configuration: how many bytes all renditions that are being made take together, and how
///     many seconds an upload waits for them before it fails with the kind ``busy``.
/// ``fonts``
///     the path of a folder with the fonts in which texts of SVG files are drawn.
/// ``inspectors``
///     what decides about each image before it is stored, one after the other: objects of your own that implement
///     ``userimage.Inspector``, callables that do the same, and parts of a configuration such as
///     ``{"clamd": {"address": "tcp://127.0.0.1:3310"}}``.
/// ``http``
///     this part of a configuration: what ``handle``, ``begin`` and the applications of ``userimage.wsgi``
///     and ``userimage.asgi`` answer. ``prefix`` is the start of every path, as seen from the server's root;
///     ``always_200`` answers errors with status 200, as the reference server does; ``files``, ``list``, ``settings``
///     and ``page`` turn on files, a user's list, the policy's settings, and a page to try uploads with;
///     ``origins`` are the origins whose pages may use all but that page; ``explain`` adds the kind and the reason of
///     an error to refusals; ``max_parts`` is the largest number of parts of a form; ``cache_control`` is the header of
///     files; ``health`` and ``metrics`` turn on ``/health``, ``/ready`` and ``/metrics``, whatever the prefix.
///
/// Raises ``ConfigError`` when an argument is wrong or the storage cannot be opened.
///
/// In a process that forks, make the uploader in the child, or make it before the fork and use it only in
/// the children, or close it before the fork. A child of a process that has used a folder and not closed it gets
/// an error for each use of that folder, also by an uploader of its own; it never hangs. It may open another
/// folder, unless a thread of its parent was using one at the moment of the fork.
#[pyclass(frozen, weakref, module = "userimage")]
pub(crate) struct Uploader {
    opened: Arc<Opened>,
}

#[pymethods]
impl Uploader {
    #[new]
    #[pyo3(signature = (storage, *, base_url=None, keys=None, authentication=None, websites=None, policy=None, standard=None, renditions=None, memory=None, fonts=None, inspectors=None, http=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
    fn new<'py>(
        storage: &Bound<'py, PyAny>,
        base_url: Option<&Bound<'py, PyAny>>,
        keys: Option<&Bound<'py, PyAny>>,
        authentication: Option<&Bound<'py, PyAny>>,
        websites: Option<&Bound<'py, PyAny>>,
        policy: Option<&Bound<'py, PyAny>>,
        standard: Option<&Bound<'py, PyAny>>,
        renditions: Option<&Bound<'py, PyAny>>,
        memory: Option<&Bound<'py, PyAny>>,
        fonts: Option<&Bound<'py, PyAny>>,
        inspectors: Option<&Bound<'py, PyAny>>,
        http: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let _call = exit::enter(storage.py());
        let arguments = (
            storage,
            base_url,
            keys,
            authentication,
            websites,
            policy,
            standard,
            renditions,
            memory,
            fonts,
            inspectors,
            http,
        );
        let config = storage.py().import("userimage._config")?;
        let arguments = config.call_method1("from_arguments", arguments)?;
        let (json, storage, authenticator, inspectors, folder, _keyed): (
            String,
            _,
            _,
            _,
            _,
            Bound<'_, PyAny>,
        ) = arguments.extract()?;
        let opened = Opened::new(config.py(), &json, storage, authenticator, inspectors, folder);
        let opened = opened.map_err(|failure| in_arguments(&config, failure, &arguments))?;
        Ok(Self { opened: Arc::new(opened) })
    }

    /// The uploader of ``userimage serve``: of the configuration `json`, with `base_url` instead of its own
    /// if there is one. It serves health and metrics unless the configuration turns them off.
    #[staticmethod]
    #[pyo3(signature = (json, base_url=None))]
    fn _for_server(py: Python<'_>, json: &str, base_url: Option<&str>) -> PyResult<Self> {
        Ok(Self { opened: Arc::new(Opened::for_server(py, json, base_url)?) })
    }

    /// An uploader from the configuration that every language of the library shares: a dict, its JSON text, or
    /// the ``pathlib.Path`` of a file with it.
    ///
    /// ``storage`` is an object of your own, for a configuration without ``storage``; ``authenticator`` is one for
    /// a configuration with ``"authentication": "host"``. ``inspectors`` are your own: each is asked where the
    /// configuration's ``inspectors`` has the next ``{"host": {}}``, and those that it does not name after its own.
    #[staticmethod]
    #[pyo3(signature = (config, *, storage=None, authenticator=None, inspectors=None))]
    fn from_config<'py>(
        config: &Bound<'py, PyAny>,
        storage: Option<Bound<'py, PyAny>>,
        authenticator: Option<Bound<'py, PyAny>>,
        inspectors: Option<Vec<Bound<'py, PyAny>>>,
    ) -> PyResult<Self> {
        let py = config.py();
        let _call = exit::enter(py);
        let config = py.import("userimage._config")?.call_method1("from_config", (config,))?;
        let (json, folder): (String, _) = config.extract()?;
        let inspectors = inspectors.unwrap_or_default();
        Ok(Self {
            opened: Arc::new(Opened::new(py, &json, storage, authenticator, inspectors, folder)?),
        })
    }

    /// Take an upload: validate the request and the file, make the rendition, and store both with their
    /// record, durably, or nothing.
    ///
    /// ``file`` is a path (``str`` or ``os.PathLike``), the bytes themselves or any other buffer, an open binary
    /// file, or the upload object of Django, Starlette, Flask or another framework. A file that can seek is
    /// read from its beginning and left where it was. ``bytes`` are not copied.
    ///
    /// The fields are as the client sent them: texts or numbers, ``None`` where one is missing. ``user_id`` may also
    /// be an object with a text of its own, such as a UUID.
    /// ``filename`` is the client's file name; if it is not given, the file's own.
    ///
    /// Raises the first failure as an ``UploadError``, in the subclass of its code. Raises ``OSError`` if your own
    /// file cannot be opened or read, and for a path that is not a regular file.
    #[pyo3(signature = (file, *, website_id, client_key, user_id, dpi=None, filename=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
    fn upload(
        &self,
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        website_id: Option<Field>,
        client_key: Option<Field>,
        user_id: Option<UserField>,
        dpi: Option<Field>,
        filename: Option<Text>,
    ) -> PyResult<StoredImage> {
        let _call = exit::enter(py);
        let input = Input::new(file)?;
        let file_name = file_name(file, filename)?;
        let head = Fields { website_id, client_key, user_id, dpi }.into_head();
        let endpoint = self.opened.endpoint()?;
        let core = endpoint.uploader();
        let admitted =
            detached(py, || core.admit(&head))?.map_err(|failure| error::upload(py, &failure))?;
        if let Some((path, object)) = input.path() {
            return detached(py, || admitted.finish_path(path, Some(&file_name)))?
                .map(StoredImage)
                .map_err(|failure| match failure.kind() {
                    ErrorKind::UnreadableFile => error::unreadable(py, &failure, Some(object)),
                    _ => error::upload(py, &failure),
                });
        }
        let content = input.read(py, admitted.max_bytes())?;
        detached(py, || match content {
            Ok(content) => {
                let file = PostedFile::new(file_name, content.bytes());
                admitted.finish(&[file.into()])
            }
            Err(too_large) => Err(admitted.refuse(too_large)),
        })?
        .map(StoredImage)
        .map_err(|failure| error::upload(py, &failure))
    }

    /// Take an upload in the general form of a request: all headers, all query parameters and all parts of
    /// the form, as received. The same as ``admit(headers=headers, query=query).finish(form)``.
    ///
    /// ``headers`` and ``query`` are mappings or pairs, decoded; ``form`` has ``FormPart`` values. Names are
    /// compared without regard to case.
    #[pyo3(signature = (*, headers, query, form))]
    fn upload_request(
        uploader: &Bound<'_, Self>,
        headers: &Bound<'_, PyAny>,
        query: &Bound<'_, PyAny>,
        form: &Bound<'_, PyAny>,
    ) -> PyResult<StoredImage> {
        let _call = exit::enter(uploader.py());
        let form = Form::new(form)?;
        Self::admit(uploader, headers, query)?.store(uploader.py(), form)
    }

    /// Validate what a request has before its body: website and key, and the user and DPI of a query that
    /// has a user. So a request can be refused before its body is read.
    ///
    /// ``headers`` and ``query`` are as in ``upload_request``. Raises the first failure as an ``UploadError``.
    #[pyo3(signature = (*, headers, query))]
    fn admit(
        uploader: &Bound<'_, Self>,
        headers: &Bound<'_, PyAny>,
        query: &Bound<'_, PyAny>,
    ) -> PyResult<Admitted> {
        let py = uploader.py();
        let _call = exit::enter(py);
        let head = request::head(headers, query)?;
        let endpoint = uploader.get().opened.endpoint()?;
        let core = endpoint.uploader();
        detached(py, || core.admit(&head))?
            .map(|admitted| Admitted::new(uploader.clone().unbind(), admitted))
            .map_err(|failure| error::upload(py, &failure))
    }

    /// Every failure of the request's fields, in order. Nothing is decoded or stored, and at most one byte of
    /// the file is read, to see whether it is empty. Takes the arguments of ``upload``.
    #[pyo3(signature = (file, *, website_id, client_key, user_id, dpi=None, filename=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keyword arguments")]
    fn validate_all<'py>(
        &self,
        py: Python<'py>,
        file: &Bound<'py, PyAny>,
        website_id: Option<Field>,
        client_key: Option<Field>,
        user_id: Option<UserField>,
        dpi: Option<Field>,
        filename: Option<Text>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _call = exit::enter(py);
        let input = Input::new(file)?;
        let file_name = file_name(file, filename)?;
        let head = Fields { website_id, client_key, user_id, dpi }.into_head();
        let content = input.peek(py)?;
        let file = PostedFile::new(file_name, content.bytes());
        let request = UploadRequest::new(head, file);
        self.failures_of(py, &request)
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
        let _call = exit::enter(py);
        let head = request::head(headers, query)?;
        let form = Form::new(form)?.peek(py)?;
        self.failures_of(py, &UploadRequest { head, form: form.to_core() })
    }

    /// Answer a whole HTTP request: an upload, or what ``http`` has turned on. Every request gets an answer; no
    /// error of the protocol is raised.
    ///
    /// ``target`` is path and query as received, ``headers`` a mapping or pairs of names and values,
    /// as ``bytes`` or as a ``str`` in latin-1, as WSGI has them. ``body`` is bytes, or a binary file that is
    /// read from its position up to the limit, and not at all when the head decides the answer.
    ///
    /// ``peer`` is the address at the other end of the connection, which the log shows; behind one of the
    /// ``trusted_proxies`` it shows the address in ``X-Forwarded-For``.
    ///
    /// Raises ``ValueError`` for a header's ``str`` that is not in latin-1, and what reading the file raises.
    #[pyo3(signature = (method, target, headers, body=None, *, peer=None))]
    fn handle(
        &self,
        method: &Bound<'_, PyString>,
        target: &Bound<'_, PyString>,
        headers: &Bound<'_, PyAny>,
        body: Option<&Bound<'_, PyAny>>,
        peer: Option<Text>,
    ) -> PyResult<HttpResponse> {
        let _call = exit::enter(method.py());
        let endpoint = self.opened.endpoint()?;
        let head = http::head(&endpoint, method, target, headers, peer)?;
        let none = PyBytes::new(method.py(), b"");
        http::handle(&endpoint, head, body.unwrap_or(&none))
    }

    /// As ``handle``, for a host that streams the body. Returns the answer if the request's head decides it,
    /// else a ``BodyReceiver`` that takes the body. ``peer`` is as in ``handle``.
    ///
    /// All but ``feed`` may block, on your authenticator or the storage; in an event loop, run them in a
    /// thread.
    #[pyo3(signature = (method, target, headers, *, peer=None))]
    fn begin<'py>(
        uploader: &Bound<'py, Self>,
        method: &Bound<'py, PyString>,
        target: &Bound<'py, PyString>,
        headers: &Bound<'py, PyAny>,
        peer: Option<Text>,
    ) -> PyResult<RequestStart<'py>> {
        let _call = exit::enter(uploader.py());
        let endpoint = uploader.get().opened.endpoint()?;
        let head = http::head(&endpoint, method, target, headers, peer)?;
        http::begin(&endpoint, uploader, &head)
    }

    /// What the uploader has done since it was made, as text for Prometheus (format version 0.0.4): uploads by
    /// result and kind of error, their bytes and the durations of their steps, those in flight, and errors of
    /// the storage. Of this process: each worker of a server counts on its own.
    fn metrics(&self) -> PyResult<String> {
        Ok(self.opened.endpoint()?.uploader().metrics())
    }

    /// The longest file that the website accepts, in bytes.
    #[pyo3(signature = (website_id))]
    fn max_bytes(&self, website_id: Website) -> PyResult<u64> {
        Ok(self.opened.endpoint()?.uploader().max_bytes(website_id.0))
    }

    /// The website's image with this id, or ``None``, also for a number that no image or website can have.
    #[pyo3(signature = (website_id, id))]
    fn find(
        &self,
        py: Python<'_>,
        website_id: SoughtWebsite,
        id: Id,
    ) -> PyResult<Option<StoredImage>> {
        let Some((website, id)) = sought(website_id, id) else { return Ok(None) };
        let found = self.opened.storage(py, |storage| storage.find(website, id))?;
        Ok(found.map(StoredImage))
    }

    /// The image that has this ``original_key``, ``standard_key`` or key of a further rendition, whatever its website, or
    /// ``None``.
    ///
    /// A key is the end of the image's URL and cannot be guessed: who knows it may read the file.
    #[pyo3(signature = (key))]
    fn find_key(&self, py: Python<'_>, key: Text) -> PyResult<Option<StoredImage>> {
        let Text(key) = key;
        // A text that is not a key is the key of no image.
        let Ok(key) = BlobKey::parse(&key) else { return Ok(None) };
        let found = self.opened.storage(py, |storage| storage.find_key(&key))?;
        Ok(found.map(StoredImage))
    }

    /// The bytes of the website's image with this id, or ``None``. ``variant`` is ``"original"``, the
    /// bytes as uploaded, ``"standard"``, the rendition, or the name of a further rendition; ``None`` also for an image
    /// that was uploaded without that.
    #[pyo3(signature = (website_id, id, variant="original"))]
    fn read<'py>(
        &self,
        py: Python<'py>,
        website_id: SoughtWebsite,
        id: Id,
        variant: &str,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let variant = self::variant(variant)?;
        let Some((website, id)) = sought(website_id, id) else { return Ok(None) };
        let bytes = self.opened.storage(py, |storage| storage.read(website, id, variant))?;
        Ok(bytes.map(|bytes| PyBytes::new(py, &bytes)))
    }

    /// Open one of the files of the website's image with this id, or ``None``: a binary file object that
    /// reads pieces when they are asked for. ``variant`` is as in ``read``.
    #[pyo3(signature = (website_id, id, variant="original"))]
    fn open(
        uploader: &Bound<'_, Self>,
        website_id: SoughtWebsite,
        id: Id,
        variant: &str,
    ) -> PyResult<Option<StoredFile>> {
        let variant = self::variant(variant)?;
        let Some((website, id)) = sought(website_id, id) else { return Ok(None) };
        let opened = &uploader.get().opened;
        let file = opened.storage(uploader.py(), |storage| storage.open(website, id, variant))?;
        Ok(file.map(|file| StoredFile::new(file, uploader.clone().into_any().unbind())))
    }

    /// Open the file that has this ``original_key``, ``standard_key`` or key of a further rendition, or ``None``.
    #[pyo3(signature = (key))]
    fn open_key(uploader: &Bound<'_, Self>, key: Text) -> PyResult<Option<StoredFile>> {
        let Text(key) = key;
        let Ok(key) = BlobKey::parse(&key) else { return Ok(None) };
        let opened = &uploader.get().opened;
        let file = opened.storage(uploader.py(), |storage| storage.open_key(&key))?;
        Ok(file.map(|file| StoredFile::new(file, uploader.clone().into_any().unbind())))
    }

    /// A URL of one of the image's files that works at least for ``expires`` seconds or that ``timedelta``:
    /// a signed one where the files are private, else the image's own.
    ///
    /// Raises ``ValueError`` if the image does not have the rendition.
    #[pyo3(signature = (image, variant="standard", *, expires))]
    fn get_url(
        &self,
        py: Python<'_>,
        image: &StoredImage,
        variant: &str,
        expires: &Bound<'_, PyAny>,
    ) -> PyResult<String> {
        let (variant, expires) = (self::variant(variant)?, duration(expires)?);
        if !image.0.record.has(variant) {
            let text = format!("image {} has no rendition {:?}", image.0.id, variant.name());
            return Err(PyValueError::new_err(text));
        }
        self.opened.storage(py, |storage| storage.url(&image.0, variant, expires))
    }

    /// A part of a user's images, newest first, and how many there are in all: ``page_size`` images, after
    /// skipping ``page_index`` times as many. ``iter_images`` gives all of them.
    #[pyo3(signature = (website_id, user_id, page_index=Count(0), page_size=Count(100)), text_signature = "($self, website_id, user_id, page_index=0, page_size=100)")]
    fn list(
        &self,
        py: Python<'_>,
        website_id: Website,
        user_id: User,
        page_index: Count,
        page_size: Count,
    ) -> PyResult<ImageList> {
        let User(user) = user_id;
        let page = Page::new(page_index.0, page_size.u32());
        let list = self.opened.list(py, website_id.0, &user, page)?;
        ImageList::from_core(py, list)
    }

    /// All of a user's images, newest first: an iterator that reads ``page_size`` of them at a time.
    ///
    /// Images that are uploaded or deleted meanwhile shift the later ones: to delete the images, take
    /// ``list(uploader.iter_images(...))`` first.
    #[pyo3(signature = (website_id, user_id, *, page_size=Count(100)), text_signature = "($self, website_id, user_id, *, page_size=100)")]
    fn iter_images(
        uploader: &Bound<'_, Self>,
        website_id: Website,
        user_id: User,
        page_size: Count,
    ) -> PyResult<ImageIterator> {
        let page_size = page_size.u32();
        if page_size == 0 {
            return Err(PyValueError::new_err("page_size must be positive"));
        }
        let opened = Arc::clone(&uploader.get().opened);
        let uploader = uploader.clone().into_any().unbind();
        Ok(ImageIterator::new(opened, uploader, website_id.0, user_id.0, page_size))
    }

    /// Delete the website's image with this id and all its files. Returns whether there was one.
    #[pyo3(signature = (website_id, id))]
    fn delete(&self, py: Python<'_>, website_id: SoughtWebsite, id: Id) -> PyResult<bool> {
        let Some((website, id)) = sought(website_id, id) else { return Ok(false) };
        self.opened.storage(py, |storage| storage.delete(website, id))
    }

    /// Remove what uploads and deletions that never finished have left behind, once it is older than
    /// ``min_age``: seconds, or a ``timedelta``. It must be longer than any upload takes. Delete the images
    /// that are older than the ``retention_days`` of their website's policy.
    #[pyo3(signature = (min_age))]
    fn sweep(&self, py: Python<'_>, min_age: &Bound<'_, PyAny>) -> PyResult<SweepReport> {
        let _call = exit::enter(py);
        let min_age = duration(min_age)?;
        self.opened.sweep(py, min_age).map(SweepReport::from_core)
    }

    /// At most ``size`` of a user's images, newest first: those with ids less than ``before``, the last id
    /// of the page before. Every page is as fast as the first.
    #[pyo3(signature = (website_id, user_id, before=None, *, size=100))]
    fn list_after(
        &self,
        py: Python<'_>,
        website_id: Website,
        user_id: User,
        before: Option<Id>,
        size: u32,
    ) -> PyResult<Vec<StoredImage>> {
        let User(user) = user_id;
        let before = match before {
            None => None,
            Some(Id(Some(id))) => Some(id),
            Some(Id(None)) => return Err(PyValueError::new_err("before must be an id")),
        };
        let images = self
            .opened
            .storage(py, |storage| storage.list_after(website_id.0, &user, before, size))?;
        Ok(images.into_iter().map(StoredImage).collect())
    }

    /// A part of those of a user's images whose name contains ``text``, ignoring case, newest first, and
    /// how many there are. Pages are as in ``list``.
    #[pyo3(signature = (website_id, user_id, text, page_index=0, page_size=100))]
    fn search(
        &self,
        py: Python<'_>,
        website_id: Website,
        user_id: User,
        text: Text,
        page_index: u64,
        page_size: u32,
    ) -> PyResult<ImageList> {
        let (User(user), Text(text)) = (user_id, text);
        let page = Page::new(page_index, page_size);
        let list =
            self.opened.storage(py, |storage| storage.search(website_id.0, &user, &text, page))?;
        ImageList::from_core(py, list)
    }

    /// At most ``limit`` images of the website, or of one of its users, that look like the picture with this
    /// ``difference_hash``: those whose hash differs from it in at most ``distance`` of the 64 bits. Returns pairs of an
    /// image and its distance, the most similar first. ``render(file).difference_hash`` is the hash of a file that is
    /// not stored. Distances up to 10 find the same picture coded anew.
    #[pyo3(signature = (website_id, user_id, difference_hash, distance=10, *, limit=100))]
    fn find_similar(
        &self,
        py: Python<'_>,
        website_id: Website,
        user_id: Option<User>,
        difference_hash: &str,
        distance: u32,
        limit: u32,
    ) -> PyResult<Vec<(StoredImage, u32)>> {
        let user = user_id.map(|User(user)| user);
        let hash: DifferenceHash = difference_hash.parse().map_err(|_| {
            PyValueError::new_err("difference_hash must have 16 hexadecimal digits")
        })?;
        let found = self.opened.storage(py, |storage| {
            storage.find_similar(website_id.0, user.as_ref(), hash, distance, limit)
        })?;
        Ok(found
            .into_iter()
            .map(|similar| (StoredImage(similar.image), similar.distance))
            .collect())
    }

    /// How many images the website, or one of its users, has, and their bytes.
    #[pyo3(signature = (website_id, user_id=None))]
    fn usage(&self, py: Python<'_>, website_id: Website, user_id: Option<User>) -> PyResult<Usage> {
        let user = user_id.map(|User(user)| user);
        let usage =
            self.opened.storage(py, |storage| storage.usage(website_id.0, user.as_ref()))?;
        Ok(Usage::from_core(usage))
    }

    /// Delete all images of a user and their files. Returns how many. After an error, call it again.
    #[pyo3(signature = (website_id, user_id))]
    fn delete_user(&self, py: Python<'_>, website_id: Website, user_id: User) -> PyResult<u64> {
        let User(user) = user_id;
        self.opened.storage(py, |storage| storage.delete_user(website_id.0, &user, &mut |_| true))
    }

    /// Make all images of one user those of another, e.g. when a guest signs in. Returns how many. Ids,
    /// photo codes and URLs remain. After an error, call it again.
    #[pyo3(signature = (website_id, from_user, to_user))]
    fn reassign(
        &self,
        py: Python<'_>,
        website_id: Website,
        from_user: User,
        to_user: User,
    ) -> PyResult<u64> {
        let (User(from), User(to)) = (from_user, to_user);
        self.opened.storage(py, |storage| storage.reassign(website_id.0, &from, &to, &mut |_| true))
    }

    /// Delete the website's images that were uploaded at least ``age`` ago: seconds, or a ``timedelta``.
    /// Returns how many.
    #[pyo3(signature = (website_id, age))]
    fn expire(&self, py: Python<'_>, website_id: Website, age: &Bound<'_, PyAny>) -> PyResult<u64> {
        let age = duration(age)?;
        self.opened.storage(py, |storage| storage.expire(website_id.0, age, &mut |_| true))
    }

    /// Compare every file with the length and SHA-256 of its record, and look for files without records.
    ///
    /// Returns the report, a JSON document. ``progress`` is called with the report so far after each step
    /// and stops when it returns ``False``; ``report`` is one that was stopped, to go on from there.
    #[pyo3(signature = (report=None, *, progress=None))]
    fn verify(
        &self,
        py: Python<'_>,
        report: Option<&str>,
        progress: Option<Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let report = report.map_or(Ok(VerifyReport::default()), VerifyReport::from_json);
        let report = report.map_err(|error| PyValueError::new_err(error.to_string()))?;
        let progress = progress.map(Bound::unbind);
        let mut raised = None;
        let mut proceed = |report: &VerifyReport| {
            let Some(progress) = &progress else { return true };
            let answer = Python::attach(|py| {
                let answer = progress.bind(py).call1((report.to_json(),))?;
                Ok::<_, PyErr>(!answer.is(false.into_pyobject(py)?))
            });
            answer.unwrap_or_else(|failure| {
                raised = Some(failure);
                false
            })
        };
        let report = self.opened.storage(py, |storage| storage.verify(report, &mut proceed))?;
        raised.map_or(Ok(report.to_json()), Err)
    }

    /// Copy all images to another uploader's storage, with their ids and photo codes. Those that it has
    /// are left as they are, so that a copy can be repeated and brought up to date.
    #[pyo3(signature = (target))]
    fn copy_to(&self, py: Python<'_>, target: &Bound<'_, Self>) -> PyResult<CopyReport> {
        let target = target.get().opened.endpoint()?;
        let target = target.uploader().storage();
        let report = self.opened.storage(py, |storage| {
            storage::copy(storage, target, storage::CopyReport::default(), &mut |_| true)
        })?;
        Ok(CopyReport::from_core(report))
    }

    /// Copy all images to the folder ``path`` while uploads go on. The folder is a storage: an
    /// ``Uploader`` opens it. An older backup in it is brought up to date.
    #[pyo3(signature = (path))]
    fn backup(&self, py: Python<'_>, path: PathBuf) -> PyResult<CopyReport> {
        let report = self
            .opened
            .storage(py, move |storage| storage::backup(storage, path, &mut |_| true))?;
        Ok(CopyReport::from_core(report))
    }

    /// Copy the images of the backup in the folder ``path`` to this storage, with their ids and photo
    /// codes.
    #[pyo3(signature = (path))]
    fn restore(&self, py: Python<'_>, path: PathBuf) -> PyResult<CopyReport> {
        let report = self
            .opened
            .storage(py, move |storage| storage::restore(path, storage, &mut |_| true))?;
        Ok(CopyReport::from_core(report))
    }

    /// Release the storage. Later calls raise ``ValueError``; calls in other threads that have begun run to
    /// their end, and ``close`` waits for them. It does not wait when your own storage or authenticator calls
    /// it: the call that it is in then releases the storage.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let _call = exit::enter(py);
        self.opened.close(py)
    }

    /// Whether ``close`` has been called.
    #[getter]
    fn closed(&self) -> bool {
        self.opened.is_closed()
    }

    fn __enter__(uploader: Bound<'_, Self>) -> Bound<'_, Self> {
        uploader
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        let _call = exit::enter(py);
        self.opened.close(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.opened.traverse(visit)
    }

    fn __clear__(&self) {
        self.opened.clear();
    }
}

/// A `ConfigError` in the words of the arguments. Another exception is unchanged.
fn in_arguments(
    config: &Bound<'_, PyModule>,
    failure: PyErr,
    arguments: &Bound<'_, PyAny>,
) -> PyErr {
    let py = config.py();
    let translated = || {
        let is_config = failure.get_type(py).is(&config.getattr("ConfigError")?);
        if is_config {
            config.call_method1("in_arguments", (failure.value(py), arguments))?;
        }
        PyResult::Ok(())
    };
    translated().err().unwrap_or(failure)
}

/// The file name that is given, else the file's own. The core treats an empty one as missing.
fn file_name(file: &Bound<'_, PyAny>, given: Option<Text>) -> PyResult<String> {
    match given {
        Some(Text(name)) => Ok(name),
        None => Ok(name_of(file)?.unwrap_or_default()),
    }
}

impl Uploader {
    /// The endpoint for one call; an error once the uploader is closed.
    pub(crate) fn endpoint(&self) -> PyResult<Lease> {
        self.opened.endpoint()
    }

    /// Every failure of the request's fields, as a `userimage.errors.Failures`.
    fn failures_of<'py>(
        &self,
        py: Python<'py>,
        request: &UploadRequest<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let endpoint = self.opened.endpoint()?;
        let core = endpoint.uploader();
        let failures = detached(py, || core.validate_all(request))?;
        let answer = Envelope::from_failures(&failures);
        let answer = answer.as_ref().map(|answer| (answer.as_json(), answer.http_status()));
        let values: Vec<_> =
            failures.iter().map(|failure| error::upload(py, failure).into_value(py)).collect();
        py.import("userimage.errors")?.getattr("Failures")?.call1((values, answer))
    }
}

fn variant(name: &str) -> PyResult<Variant> {
    name.parse().map_err(|_| {
        let text = format!(
            "variant must be \"original\", \"standard\" or the name of a rendition, not {name:?}"
        );
        PyValueError::new_err(text)
    })
}

/// Seconds or a `timedelta`.
fn duration(object: &Bound<'_, PyAny>) -> PyResult<Duration> {
    if let Ok(duration) = object.extract::<Duration>() {
        return Ok(duration);
    }
    let seconds: f64 = match object.getattr_opt(intern!(object.py(), "total_seconds"))? {
        Some(total_seconds) => total_seconds.call0()?.extract()?,
        None => object.extract()?,
    };
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err("min_age must be a time of at least 0 seconds"))
}

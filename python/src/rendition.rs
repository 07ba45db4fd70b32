//! A rendition that is made without storing anything.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use userimage::{Config, DifferenceHash, Format, Policy, Size, ThumbHash, WebsiteId};

use crate::error;
use crate::events::detached;
use crate::exit;
use crate::input::Input;

/// A standard rendition: a web-size copy of an image, in sRGB, turned as displayed. ``render`` returns it.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct Rendition {
    format: Format,
    size: Size,
    data: Py<PyBytes>,
    difference_hash: DifferenceHash,
    thumb_hash: ThumbHash,
}

#[pymethods]
impl Rendition {
    /// The format: ``"jpeg"``, ``"png"`` for a picture with transparency, or ``"webp"`` where that is chosen and smaller.
    #[getter]
    fn format(&self) -> &'static str {
        self.format.name()
    }

    /// The MIME type.
    #[getter]
    fn mime_type(&self) -> &'static str {
        self.format.mime_type()
    }

    /// The extension with its dot.
    #[getter]
    fn extension(&self) -> &'static str {
        self.format.extension()
    }

    /// Pixels across.
    #[getter]
    fn width(&self) -> u32 {
        self.size.width
    }

    /// Pixels down.
    #[getter]
    fn height(&self) -> u32 {
        self.size.height
    }

    /// The bytes of the file.
    #[getter]
    fn data(&self, py: Python<'_>) -> Py<PyBytes> {
        self.data.clone_ref(py)
    }

    /// The difference hash of the picture, 16 hexadecimal digits: what ``Uploader.find_similar`` looks for.
    #[getter]
    fn difference_hash(&self) -> String {
        self.difference_hash.to_string()
    }

    /// The ThumbHash of the picture, from which a placeholder is drawn, in hexadecimal.
    #[getter]
    fn thumb_hash(&self) -> String {
        self.thumb_hash.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let (format, bytes) = (self.format, self.data.as_bytes(py).len());
        format!("<Rendition {format} {}x{}, {bytes} bytes>", self.width(), self.height())
    }
}

/// Make the standard rendition of an image without storing anything, without the GIL.
///
/// ``source`` is bytes, a path or a binary file, as in ``Uploader.upload``. ``policy`` and ``standard`` are these parts
/// of a configuration: the limits of the original, and size and quality of the rendition.
///
/// Raises ``InvalidFile`` or ``InvalidDpi`` for a file that is damaged or that the policy refuses, ``ConfigError``
/// for a wrong option, and ``OSError`` if your own file cannot be read.
#[pyfunction]
#[pyo3(signature = (source, /, *, policy=None, standard=None))]
pub(crate) fn render(
    source: &Bound<'_, PyAny>,
    policy: Option<&Bound<'_, PyAny>>,
    standard: Option<&Bound<'_, PyAny>>,
) -> PyResult<Rendition> {
    let py = source.py();
    let _call = exit::enter(py);
    let input = Input::new(source)?;
    let config = py.import("userimage._config")?.call_method1("for_render", (policy, standard))?;
    let config: String = config.extract()?;
    let uploader = Config::from_json(&config)
        .and_then(|config| config.open())
        .map_err(|failure| error::config(py, &failure))?;
    // No website has a policy of its own here.
    let policy = WebsiteId::new(1).map_or_else(Policy::default, |any| uploader.policy(any).clone());
    let content = input.read(py, policy.max_bytes)?;
    let options = uploader.standard();
    let core = detached(py, || userimage::render(content?.bytes(), &policy, &options))?
        .map_err(|failure| error::upload(py, &failure))?;
    let data = PyBytes::new(py, &core.bytes).unbind();
    Ok(Rendition {
        format: core.format,
        size: core.size,
        data,
        difference_hash: core.difference_hash,
        thumb_hash: core.thumb_hash,
    })
}

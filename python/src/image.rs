//! An image that is about to be stored, and one that is stored.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use userimage::storage::StorageError;
use userimage::{Envelope, ImageId, ImageRecord, RenditionName, Size, Variant};

use crate::facts::{datetime_of, facts_of, hexadecimal, record_of, renditions_of};
use crate::field::Id;

/// A stored image.
///
/// ``width``, ``height`` and ``dpi`` are as displayed, that is after the orientation is applied; ``stored_width``
/// and ``stored_height`` are as stored. ``envelope()`` is the JSON answer for the client.
#[pyclass(frozen, eq, module = "userimage")]
#[derive(PartialEq)]
pub(crate) struct StoredImage(pub(crate) userimage::StoredImage);

/// A valid image that a storage of the host's own is asked to store: its facts, and the bytes of all
/// files. ``stored`` makes what ``Storage.store`` returns.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct NewImage {
    record: ImageRecord,
    original: Py<PyBytes>,
    standard: Py<PyBytes>,
    /// In the order of the record's.
    renditions: Vec<Py<PyBytes>>,
}

/// The facts that both have.
macro_rules! with_record {
    ($class:ident { $($own:tt)* }) => {
        #[pymethods]
        impl $class {
            /// The website it was uploaded to.
            #[getter]
            fn website_id(&self) -> u32 {
                self.record().website_id.get()
            }

            /// Who uploaded it.
            #[getter]
            fn user_id(&self) -> &str {
                self.record().user_id.as_str()
            }

            /// The client's file name. For display only: never use it as a path.
            #[getter]
            fn image_name(&self) -> &str {
                self.record().image_name.as_str()
            }

            /// The name it is stored under: ``YYYY_MM_<uuid>`` and the extension.
            #[getter]
            fn unique_name(&self) -> &str {
                self.record().unique_name.as_str()
            }

            /// The format of the original, from its bytes: ``"jpeg"``, ``"png"``, ...
            #[getter]
            fn format(&self) -> &'static str {
                self.record().format.name()
            }

            /// The format's extension with its dot, for example ``".jpg"``.
            #[getter]
            fn extension(&self) -> &'static str {
                self.record().format.extension()
            }

            /// The format's MIME type, for example ``"image/jpeg"``.
            #[getter]
            fn mime_type(&self) -> &'static str {
                self.record().format.mime_type()
            }

            /// Pixels across, as displayed.
            #[getter]
            fn width(&self) -> u32 {
                self.record().size().width
            }

            /// Pixels down, as displayed.
            #[getter]
            fn height(&self) -> u32 {
                self.record().size().height
            }

            /// Pixels across, as stored.
            #[getter]
            fn stored_width(&self) -> u32 {
                self.record().stored_size.width
            }

            /// Pixels down, as stored.
            #[getter]
            fn stored_height(&self) -> u32 {
                self.record().stored_size.height
            }

            /// The orientation by EXIF's numbers, 1 to 8: how the stored pixels are turned for display.
            #[getter]
            fn orientation(&self) -> u8 {
                self.record().orientation.to_exif()
            }

            /// Dots per inch across, as displayed: the request's, else the file's own, else 72.
            #[getter]
            fn dpi(&self) -> u16 {
                self.record().dpi.get()
            }

            /// Dots per inch down, as displayed.
            #[getter]
            fn dpi_y(&self) -> u16 {
                self.record().dpi_y.get()
            }

            /// Length of the original in bytes.
            #[getter]
            fn original_bytes(&self) -> u64 {
                self.record().original_bytes
            }

            /// SHA-256 of the original, 64 hexadecimal digits.
            #[getter]
            fn sha256(&self) -> String {
                hexadecimal(&self.record().sha256)
            }

            /// Where the original is kept in its store, and what ``find_key`` looks for:
            /// ``original/<unique_name>``.
            #[getter]
            fn original_key(&self) -> String {
                self.record().blob_key(Variant::Original).to_string()
            }

            /// Where the rendition is kept in its store, and what ``find_key`` looks for: ``standard/`` and the
            /// unique name with the rendition's extension.
            #[getter]
            fn standard_key(&self) -> String {
                self.record().blob_key(Variant::Standard).to_string()
            }

            /// The rendition's format: ``"jpeg"``, or ``"png"`` for a picture with transparency.
            #[getter]
            fn standard_format(&self) -> &'static str {
                self.record().standard.format.name()
            }

            /// The rendition's MIME type.
            #[getter]
            fn standard_mime_type(&self) -> &'static str {
                self.record().standard.format.mime_type()
            }

            /// The rendition's pixels across.
            #[getter]
            fn standard_width(&self) -> u32 {
                self.record().standard.size.width
            }

            /// The rendition's pixels down.
            #[getter]
            fn standard_height(&self) -> u32 {
                self.record().standard.size.height
            }

            /// Length of the rendition in bytes.
            #[getter]
            fn standard_bytes(&self) -> u64 {
                self.record().standard.bytes
            }

            /// SHA-256 of the rendition; ``None`` for an image stored before this was recorded.
            #[getter]
            fn standard_sha256(&self) -> Option<String> {
                self.record().standard.sha256.as_ref().map(|digest| hexadecimal(digest))
            }

            /// The further renditions that the configuration named when it was uploaded, in the order of their names:
            /// a dict for each, with its ``name``, ``format``, ``mime_type``, ``width``, ``height``, ``bytes`` (its
            /// length), ``sha256`` and ``key``.
            #[getter]
            fn renditions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
                renditions_of(py, self.record())
            }

            /// The difference hash of the picture, 16 hexadecimal digits, by which ``find_similar`` finds it; ``None`` for an
            /// image stored before this was recorded. It is that of ``imagehash.dhash``.
            #[getter]
            fn difference_hash(&self) -> Option<String> {
                self.record().difference_hash.map(|hash| hash.to_string())
            }

            /// The ThumbHash of the picture, from which a placeholder is drawn, in hexadecimal; ``None`` for an image stored
            /// before this was recorded.
            #[getter]
            fn thumb_hash(&self) -> Option<String> {
                self.record().thumb_hash.as_ref().map(ToString::to_string)
            }

            /// When it was uploaded: an aware ``datetime`` in UTC, in whole milliseconds.
            #[getter]
            fn created<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                datetime_of(py, self.record().created)
            }

            /// What whoever prints it should look at: ``"low_resolution"``, ``"cmyk_without_profile"``,
            /// ``"transparency"``, ``"spot_colours"``, ``"animation"``, ``"fonts_missing"``.
            #[getter]
            fn warnings(&self) -> Vec<&'static str> {
                self.record().warnings.iter().map(|warning| warning.name()).collect()
            }

            /// The facts as a JSON document, to keep in a database. ``StoredImage`` takes them from it.
            fn record_json(&self) -> String {
                self.record().to_json()
            }

            $($own)*
        }
    };
}

with_record!(StoredImage {
    /// An image that your own storage has stored: ``id``, ``photo_code`` and URLs, and the facts by their names as
    /// ``as_dict()`` or ``record_json()`` has them. ``created`` is an aware ``datetime``, or milliseconds since
    /// 1970. Facts that follow from others are ignored.
    ///
    /// Raises ``ValueError`` for a fact that is missing or impossible, and ``TypeError`` for an unknown name.
    #[new]
    #[pyo3(signature = (*, id, photo_code, original_url, standard_url, rendition_urls=None, **facts))]
    fn new(
        id: Id,
        photo_code: String,
        original_url: String,
        standard_url: String,
        rendition_urls: Option<BTreeMap<String, String>>,
        facts: Option<&Bound<'_, PyDict>>,
        py: Python<'_>,
    ) -> PyResult<Self> {
        let none = PyDict::new(py);
        let record = record_of(facts.unwrap_or(&none))?;
        let id = image_id(id)?;
        let image =
            userimage::StoredImage::new(id, photo_code, original_url, standard_url, record);
        Ok(Self(image.with_rendition_urls(names_of(rendition_urls)?)))
    }

    /// The image of a document that ``to_json`` has made, in this or an earlier version of the library.
    ///
    /// Raises ``ValueError`` if it is not such a document.
    #[staticmethod]
    #[pyo3(signature = (document, /))]
    fn from_json(document: &str) -> PyResult<Self> {
        userimage::StoredImage::from_json(document)
            .map(Self)
            .map_err(|invalid| PyValueError::new_err(invalid.to_string()))
    }

    /// The image as a JSON document, to keep in a database. Later versions of the library can read it.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// Its number: positive, unique in its store, growing with time.
    #[getter]
    fn id(&self) -> u64 {
        self.0.id.get()
    }

    /// The ``id``, as text, of the user's first upload of the same bytes.
    #[getter]
    fn photo_code(&self) -> &str {
        &self.0.photo_code
    }

    /// Where a client gets the original.
    #[getter]
    fn original_url(&self) -> &str {
        &self.0.original_url
    }

    /// Where a client gets the standard rendition.
    #[getter]
    fn standard_url(&self) -> &str {
        &self.0.standard_url
    }

    /// Where a client gets the further renditions, by their names.
    #[getter]
    fn rendition_urls(&self) -> BTreeMap<&str, &str> {
        let urls = self.0.rendition_urls.iter();
        urls.map(|(name, url)| (name.as_str(), url.as_str())).collect()
    }

    /// The HTTP status that goes with ``envelope()``.
    #[getter]
    fn http_status(&self) -> u16 {
        Envelope::from(&self.0).http_status()
    }

    /// The JSON answer for the client.
    fn envelope(&self) -> String {
        Envelope::from(&self.0).as_json().to_owned()
    }

    /// Every fact by its name; ``created`` is a ``datetime``.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("id", self.id())?;
        dict.set_item("photo_code", self.photo_code())?;
        dict.set_item("original_url", self.original_url())?;
        dict.set_item("standard_url", self.standard_url())?;
        dict.set_item("rendition_urls", self.rendition_urls())?;
        dict.update(facts_of(py, self.record())?.as_mapping())?;
        Ok(dict)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(),)))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.0.id, self.unique_name()).hash(&mut hasher);
        hasher.finish()
    }

    /// Itself, since it is immutable.
    fn __copy__(value: Py<Self>) -> Py<Self> {
        value
    }

    /// Itself, since it is immutable.
    fn __deepcopy__(value: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        value
    }

    fn __repr__(&self) -> String {
        let record = self.record();
        let Size { width, height } = record.size();
        format!(
            "<StoredImage {} {} {width}x{height} {} dpi {:?}>",
            self.0.id,
            record.format,
            record.dpi.get(),
            record.image_name.as_str()
        )
    }
});

impl StoredImage {
    fn record(&self) -> &ImageRecord {
        &self.0.record
    }
}

with_record!(NewImage {
    /// The bytes of the original, as uploaded.
    #[getter]
    fn original(&self, py: Python<'_>) -> Py<PyBytes> {
        self.original.clone_ref(py)
    }

    /// The bytes of the standard rendition.
    #[getter]
    fn standard(&self, py: Python<'_>) -> Py<PyBytes> {
        self.standard.clone_ref(py)
    }

    /// The bytes of the further renditions, by their names.
    #[getter]
    fn rendition_files<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let files = PyDict::new(py);
        for (rendition, bytes) in self.record.renditions.iter().zip(&self.renditions) {
            files.set_item(rendition.name.as_str(), bytes)?;
        }
        Ok(files)
    }

    /// The ``StoredImage`` for this image once it is stored under ``id``.
    #[pyo3(signature = (id, *, photo_code, original_url, standard_url, rendition_urls=None))]
    fn stored(
        &self,
        id: Id,
        photo_code: String,
        original_url: String,
        standard_url: String,
        rendition_urls: Option<BTreeMap<String, String>>,
    ) -> PyResult<StoredImage> {
        let (id, record) = (image_id(id)?, self.record.clone());
        let image =
            userimage::StoredImage::new(id, photo_code, original_url, standard_url, record);
        Ok(StoredImage(image.with_rendition_urls(names_of(rendition_urls)?)))
    }

    /// Every fact by its name, without the bytes of the files; ``created`` is a ``datetime``.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        facts_of(py, &self.record)
    }

    fn __repr__(&self) -> String {
        let Size { width, height } = self.record.size();
        format!(
            "<NewImage {} {width}x{height} {} dpi {:?}>",
            self.record.format,
            self.record.dpi.get(),
            self.record.image_name.as_str()
        )
    }
});

impl NewImage {
    /// A copy for Python: the host may keep it after `store` has returned.
    pub(crate) fn new(
        py: Python<'_>,
        image: &userimage::NewImage<'_>,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            record: image.record.clone(),
            original: PyBytes::new(py, &image.original.read_all()?).unbind(),
            standard: PyBytes::new(py, &image.standard.read_all()?).unbind(),
            renditions: image
                .renditions
                .iter()
                .map(|content| Ok(PyBytes::new(py, &content.read_all()?).unbind()))
                .collect::<Result<_, StorageError>>()?,
        })
    }

    fn record(&self) -> &ImageRecord {
        &self.record
    }
}

/// URLs by the names of renditions. A name that no rendition can have is a `ValueError`.
fn names_of(urls: Option<BTreeMap<String, String>>) -> PyResult<Vec<(RenditionName, String)>> {
    let urls = urls.unwrap_or_default().into_iter().map(|(name, url)| {
        let parsed = RenditionName::parse(&name);
        let parsed = parsed.map_err(|invalid| {
            PyValueError::new_err(format!("rendition_urls: {name:?}: {invalid}"))
        })?;
        Ok((parsed, url))
    });
    urls.collect()
}

/// The id of a stored image. An int that no image can have is a `ValueError`.
fn image_id(id: Id) -> PyResult<ImageId> {
    // 0 is refused as every other impossible number.
    let valid = id.0.map_or_else(|| ImageId::try_from(0), Ok);
    valid.map_err(|invalid| PyValueError::new_err(invalid.to_string()))
}

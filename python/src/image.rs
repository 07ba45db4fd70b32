//! An image that is about to be stored, and one that is stored.

use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use userimage::{Envelope, ImageRecord, Size, Variant};

/// A stored image.
///
/// ``width``, ``height`` and ``dpi`` are as displayed, that is after the orientation is applied; ``stored_width``
/// and ``stored_height`` are as stored. ``envelope()`` is the JSON answer for the client.
#[pyclass(frozen, eq, module = "userimage")]
#[derive(PartialEq)]
pub(crate) struct StoredImage(pub(crate) userimage::StoredImage);

/// A valid image that a storage of the host's own is asked to store: its facts, and the bytes of both
/// files. ``stored`` makes what ``Storage.store`` returns.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct NewImage {
    record: ImageRecord,
    original: Py<PyBytes>,
    standard: Py<PyBytes>,
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

            /// Dots per inch across: the request's, else the file's own, else 72.
            #[getter]
            fn dpi(&self) -> u16 {
                self.record().dpi.get()
            }

            /// Length of the original in bytes.
            #[getter]
            fn original_bytes(&self) -> u64 {
                self.record().bytes
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

            /// When it was uploaded: an aware ``datetime`` in UTC, in whole milliseconds.
            #[getter]
            fn created(&self) -> SystemTime {
                self.record().created
            }

            $($own)*
        }
    };
}

with_record!(StoredImage {
    /// Its number: positive, unique in its store, growing with time.
    #[getter]
    fn id(&self) -> u64 {
        self.0.id
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
        describe(&dict, self.record())?;
        Ok(dict)
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

    /// The ``StoredImage`` for this image once it is stored under ``id``.
    #[pyo3(signature = (id, *, photo_code, original_url, standard_url))]
    fn stored(
        &self,
        id: u64,
        photo_code: String,
        original_url: String,
        standard_url: String,
    ) -> StoredImage {
        let record = self.record.clone();
        StoredImage(userimage::StoredImage::new(id, photo_code, original_url, standard_url, record))
    }

    /// Every fact by its name, without the bytes of the files; ``created`` is a ``datetime``.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        describe(&dict, &self.record)?;
        Ok(dict)
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
    pub(crate) fn new(py: Python<'_>, image: &userimage::NewImage<'_>) -> Self {
        Self {
            record: image.record.clone(),
            original: PyBytes::new(py, image.original).unbind(),
            standard: PyBytes::new(py, image.standard).unbind(),
        }
    }

    fn record(&self) -> &ImageRecord {
        &self.record
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn describe(dict: &Bound<'_, PyDict>, record: &ImageRecord) -> PyResult<()> {
    let (size, stored, standard) = (record.size(), record.stored_size, record.standard);
    dict.set_item("website_id", record.website_id.get())?;
    dict.set_item("user_id", record.user_id.as_str())?;
    dict.set_item("image_name", record.image_name.as_str())?;
    dict.set_item("unique_name", record.unique_name.as_str())?;
    dict.set_item("format", record.format.name())?;
    dict.set_item("extension", record.format.extension())?;
    dict.set_item("mime_type", record.format.mime_type())?;
    dict.set_item("width", size.width)?;
    dict.set_item("height", size.height)?;
    dict.set_item("stored_width", stored.width)?;
    dict.set_item("stored_height", stored.height)?;
    dict.set_item("orientation", record.orientation.to_exif())?;
    dict.set_item("dpi", record.dpi.get())?;
    dict.set_item("original_bytes", record.bytes)?;
    dict.set_item("sha256", hexadecimal(&record.sha256))?;
    dict.set_item("original_key", record.blob_key(Variant::Original).to_string())?;
    dict.set_item("standard_key", record.blob_key(Variant::Standard).to_string())?;
    dict.set_item("standard_format", standard.format.name())?;
    dict.set_item("standard_mime_type", standard.format.mime_type())?;
    dict.set_item("standard_width", standard.size.width)?;
    dict.set_item("standard_height", standard.size.height)?;
    dict.set_item("standard_bytes", standard.bytes)?;
    dict.set_item("created", record.created)
}

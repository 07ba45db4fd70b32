//! Images: on their way into a storage of the host's own, and stored.

use std::time::SystemTime;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use userimage::{Envelope, ImageRecord, Size};

/// An image that is safely kept.
///
/// Width and height are pixels as a person sees the image. ``envelope()`` is the answer for the client.
#[pyclass(frozen, eq, module = "userimage")]
#[derive(PartialEq)]
pub(crate) struct StoredImage(pub(crate) userimage::StoredImage);

/// A checked image on its way into a storage of the host's own: all that is known of it, and the bytes
/// of both files. ``stored`` makes what ``Storage.store`` returns.
#[pyclass(frozen, module = "userimage")]
pub(crate) struct NewImage {
    record: ImageRecord,
    original: Py<PyBytes>,
    standard: Py<PyBytes>,
}

/// The attributes that both have.
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

            /// The client's file name, to show and never to use as a path.
            #[getter]
            fn image_name(&self) -> &str {
                self.record().image_name.as_str()
            }

            /// The name it is stored under: ``YYYY_MM_<uuid>`` and the extension.
            #[getter]
            fn unique_name(&self) -> &str {
                self.record().unique_name.as_str()
            }

            /// The format found in the bytes: ``"jpeg"``, ``"png"``, ...
            #[getter]
            fn format(&self) -> &'static str {
                self.record().format.name()
            }

            /// The format's extension with its dot.
            #[getter]
            fn extension(&self) -> &'static str {
                self.record().format.extension()
            }

            /// The format's MIME type.
            #[getter]
            fn mime_type(&self) -> &'static str {
                self.record().format.mime_type()
            }

            /// Pixels across, as a person sees the image.
            #[getter]
            fn width(&self) -> u32 {
                self.record().size().width
            }

            /// Pixels down, as a person sees the image.
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

            /// How the stored picture must be turned to stand upright: EXIF's number, 1 to 8.
            #[getter]
            fn orientation(&self) -> u8 {
                self.record().orientation.to_exif()
            }

            /// The request's DPI, else the file's own, else the default.
            #[getter]
            fn dpi(&self) -> u16 {
                self.record().dpi.get()
            }

            /// Bytes of the original.
            #[getter]
            fn original_bytes(&self) -> u64 {
                self.record().bytes
            }

            /// SHA-256 of the original, 64 hexadecimal digits.
            #[getter]
            fn sha256(&self) -> String {
                self.record().sha256.iter().map(|byte| format!("{byte:02x}")).collect()
            }

            /// The rendition's format.
            #[getter]
            fn standard_format(&self) -> &'static str {
                self.record().standard.format.name()
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

            /// Bytes of the rendition.
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
    /// Its number: positive, unique in its store, growing.
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

    /// The answer for the client: the protocol's JSON envelope.
    fn envelope(&self) -> String {
        Envelope::from(&self.0).as_json().to_owned()
    }

    /// Every attribute by its name; ``created`` is a ``datetime``.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("id", self.id())?;
        dict.set_item("photo_code", self.photo_code())?;
        dict.set_item("original_url", self.original_url())?;
        dict.set_item("standard_url", self.standard_url())?;
        describe(&dict, self.record())?;
        Ok(dict)
    }

    /// Itself: it never changes.
    fn __copy__(value: Py<Self>) -> Py<Self> {
        value
    }

    /// Itself: it never changes.
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
    /// The bytes as they came.
    #[getter]
    fn original(&self, py: Python<'_>) -> Py<PyBytes> {
        self.original.clone_ref(py)
    }

    /// The standard rendition.
    #[getter]
    fn standard(&self, py: Python<'_>) -> Py<PyBytes> {
        self.standard.clone_ref(py)
    }

    /// The ``StoredImage`` that this becomes once it is kept under ``id``.
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

    /// Every attribute by its name, but for the bytes; ``created`` is a ``datetime``.
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
    /// Python's own copy: the host may keep it after `store` has returned.
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

fn describe(dict: &Bound<'_, PyDict>, record: &ImageRecord) -> PyResult<()> {
    let (size, stored, standard) = (record.size(), record.stored_size, record.standard);
    let sha256: String = record.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
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
    dict.set_item("sha256", sha256)?;
    dict.set_item("standard_format", standard.format.name())?;
    dict.set_item("standard_width", standard.size.width)?;
    dict.set_item("standard_height", standard.size.height)?;
    dict.set_item("standard_bytes", standard.bytes)?;
    dict.set_item("created", record.created)
}

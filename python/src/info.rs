//! What a probe finds out.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use userimage::Size;
use userimage::probe::{Density, PrintSize};

/// What the header of an image file states.
///
/// ``width``, ``height`` and ``dpi`` are as displayed, that is after the orientation is applied; ``stored_width``,
/// ``stored_height`` and ``stored_dpi`` are as stored.
#[pyclass(frozen, eq, module = "userimage")]
pub(crate) struct ImageInfo(pub(crate) userimage::probe::ImageInfo);

#[pymethods]
impl ImageInfo {
    /// The format, from the bytes: ``"jpeg"``, ``"png"``, ...
    #[getter]
    fn format(&self) -> &'static str {
        self.0.format.name()
    }

    /// The MIME type, for example ``"image/jpeg"``.
    #[getter]
    fn mime_type(&self) -> &'static str {
        self.0.format.mime_type()
    }

    /// The extension with its dot, for example ``".jpg"``.
    #[getter]
    fn extension(&self) -> &'static str {
        self.0.format.extension()
    }

    /// Pixels across, as displayed; ``None`` where the format has no pixels.
    #[getter]
    fn width(&self) -> Option<u32> {
        self.0.size().map(|size| size.width)
    }

    /// Pixels down, as displayed.
    #[getter]
    fn height(&self) -> Option<u32> {
        self.0.size().map(|size| size.height)
    }

    /// Pixels across, as stored.
    #[getter]
    fn stored_width(&self) -> Option<u32> {
        self.0.stored_size.map(|size| size.width)
    }

    /// Pixels down, as stored.
    #[getter]
    fn stored_height(&self) -> Option<u32> {
        self.0.stored_size.map(|size| size.height)
    }

    /// The orientation by EXIF's numbers, 1 to 8: how the stored pixels are turned for display.
    #[getter]
    fn orientation(&self) -> u8 {
        self.0.orientation.to_exif()
    }

    /// Dots per inch across and down, as displayed; ``None`` where the file states none.
    #[getter]
    fn dpi(&self) -> Option<(f64, f64)> {
        self.0.dpi().map(|density| (density.x, density.y))
    }

    /// Dots per inch across and down, as stored.
    #[getter]
    fn stored_dpi(&self) -> Option<(f64, f64)> {
        self.0.stored_dpi.map(|density| (density.x, density.y))
    }

    /// The part of the file that states ``dpi``: ``"exif"``, ``"jfif"``, ``"8bim"``, ``"phys"``, ...
    #[getter]
    fn dpi_source(&self) -> Option<&'static str> {
        self.0.stored_dpi.map(|density| density.source.name())
    }

    /// The colour channels: ``"grey"``, ``"rgb"``, ``"cmyk"``, ``"palette"``, ``"lab"``, ``"devicen"``;
    /// ``None`` where the header does not state them.
    #[getter]
    fn colour_model(&self) -> Option<&'static str> {
        self.0.colour.map(|colour| colour.model.name())
    }

    /// Bits of one channel, or of a palette's index.
    #[getter]
    fn colour_bits(&self) -> Option<u16> {
        self.0.colour.map(|colour| colour.bits)
    }

    /// Whether there is transparency.
    #[getter]
    fn has_alpha(&self) -> Option<bool> {
        self.0.colour.map(|colour| colour.alpha)
    }

    /// Number of frames, pages or pictures, where the header states it; see ``count_frames``.
    #[getter]
    fn frames(&self) -> Option<u32> {
        self.0.frames
    }

    /// Whether an ICC profile is embedded.
    #[getter]
    fn has_icc(&self) -> bool {
        self.0.has_icc
    }

    /// Whether there is a valid EXIF block; see ``exif_details``.
    #[getter]
    fn has_exif(&self) -> bool {
        self.0.has_exif
    }

    /// Whether there is an XMP packet.
    #[getter]
    fn has_xmp(&self) -> bool {
        self.0.has_xmp
    }

    /// Whether EXIF has a GPS position.
    #[getter]
    fn has_gps(&self) -> bool {
        self.0.has_gps
    }

    /// Inches across and down of a print at the file's own ``dpi``; ``None`` without pixels or without a DPI.
    #[getter]
    fn print_size(&self) -> Option<(f64, f64)> {
        self.0.print_size().map(inches)
    }

    /// Inches across and down of the largest print that has ``min_dpi`` dots per inch. ``None`` without pixels.
    ///
    /// Raises ``ValueError`` for a ``min_dpi`` that is not a finite number above 0.
    #[pyo3(signature = (min_dpi))]
    fn largest_print(&self, min_dpi: f64) -> PyResult<Option<(f64, f64)>> {
        if !(min_dpi.is_finite() && min_dpi > 0.0) {
            return Err(PyValueError::new_err("min_dpi must be a finite number above 0"));
        }
        Ok(self.0.largest_print(min_dpi).map(inches))
    }

    /// Every fact as a JSON document, the same in every language of the library.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// Every fact by its name, in plain values that ``json`` can write: the document of ``to_json``.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.to_json(),))
    }

    /// The facts of a document that ``to_json`` has made.
    ///
    /// Raises ``ValueError`` if it is not such a document.
    #[staticmethod]
    #[pyo3(signature = (document, /))]
    fn from_json(document: &str) -> PyResult<Self> {
        let info = userimage::probe::ImageInfo::from_json(document);
        info.map(Self).map_err(|invalid| PyValueError::new_err(invalid.to_string()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        Ok((py.get_type::<Self>().getattr("from_json")?, (self.to_json(),)))
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.to_json().hash(&mut hasher);
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
        let mut text = format!("<ImageInfo {}", self.0.format);
        if let Some(Size { width, height }) = self.0.size() {
            text += &format!(" {width}x{height}");
        }
        if self.orientation() != 1 {
            text += &format!(" orientation {}", self.orientation());
        }
        if let Some(Density { x, y, source, .. }) = self.0.dpi() {
            text += &format!(" {x}x{y} dpi ({})", source.name());
        }
        if let Some(colour) = self.0.colour {
            let alpha = if colour.alpha { " with alpha" } else { "" };
            text += &format!(" {} {} bit{alpha}", colour.model.name(), colour.bits);
        }
        if let Some(frames) = self.0.frames.filter(|&frames| frames != 1) {
            text += &format!(" {frames} frames");
        }
        text + ">"
    }
}

/// Equal are those that state the same; where the parts of the file lie does not count.
impl PartialEq for ImageInfo {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.to_json() == other.to_json()
    }
}

fn inches(print: PrintSize) -> (f64, f64) {
    (print.width_inches, print.height_inches)
}

//! `probe` and what it tells.

use std::fs::File;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use userimage::Size;
use userimage::probe::Density;

use crate::data::{Input, Stream};
use crate::error;

/// What a file's header tells.
///
/// Width and height are pixels as stored; ``displayed_width`` and ``displayed_height`` are pixels as a
/// person sees the picture, after turning it upright.
#[pyclass(frozen, eq, module = "userimage")]
#[derive(PartialEq)]
pub(crate) struct ImageInfo(userimage::ImageInfo);

/// Tell what an image is, from its header alone: format, size, orientation, DPI.
///
/// ``source`` is the file's ``bytes``, its path (``str`` or ``os.PathLike``), or a binary file that can
/// seek, which is probed from its beginning and left where it was. Nothing is decoded, and only
/// what is needed is read.
///
/// Raises ``ProbeError`` when it is no known format or its header is cut or malformed, and whatever
/// opening and reading the file raises.
#[pyfunction]
#[pyo3(signature = (source, /))]
pub(crate) fn probe(source: &Bound<'_, PyAny>) -> PyResult<ImageInfo> {
    let py = source.py();
    let result = match source.cast::<PyBytes>() {
        Ok(bytes) => in_memory(py, bytes.as_bytes()),
        Err(_) => match Input::new(source)? {
            Input::Bytes(bytes) => in_memory(py, bytes.as_bytes()),
            Input::Path { path, object } => {
                let mut failure = None;
                let result = py.detach(|| {
                    let file = File::open(path)?;
                    Ok(userimage::probe::probe_reader(Stream::new(file, &mut failure)))
                });
                match failure.map_or(result, Err) {
                    Ok(result) => result,
                    Err(failure) => return Err(error::os(failure, &object)),
                }
            }
            Input::File(file) => {
                file.with_stream(py, |stream| userimage::probe::probe_reader(stream))?
            }
        },
    };
    result.map(ImageInfo).map_err(|failure| error::probe(py, &failure))
}

fn in_memory(py: Python<'_>, data: &[u8]) -> Result<userimage::ImageInfo, userimage::ProbeError> {
    py.detach(|| userimage::probe(data))
}

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

    /// Pixels across, as stored; ``None`` where the format has none.
    #[getter]
    fn width(&self) -> Option<u32> {
        self.0.stored_size.map(|size| size.width)
    }

    /// Pixels down, as stored.
    #[getter]
    fn height(&self) -> Option<u32> {
        self.0.stored_size.map(|size| size.height)
    }

    /// Pixels across, as a person sees the picture.
    #[getter]
    fn displayed_width(&self) -> Option<u32> {
        self.0.size().map(|size| size.width)
    }

    /// Pixels down, as a person sees the picture.
    #[getter]
    fn displayed_height(&self) -> Option<u32> {
        self.0.size().map(|size| size.height)
    }

    /// How the picture must be turned to stand upright: EXIF's number, 1 to 8.
    #[getter]
    fn orientation(&self) -> u8 {
        self.0.orientation.to_exif()
    }

    /// The file's own dots per inch, across and down as stored; ``None`` where it tells none.
    #[getter]
    fn dpi(&self) -> Option<(f64, f64)> {
        self.0.stored_dpi.map(|density| (density.x, density.y))
    }

    /// The part of the file that tells ``dpi``: ``"exif"``, ``"jfif"``, ``"8bim"``, ``"phys"``, ...
    #[getter]
    fn dpi_source(&self) -> Option<&'static str> {
        self.0.stored_dpi.map(|density| density.source.name())
    }

    /// ``dpi`` across and down as a person sees the picture.
    #[getter]
    fn displayed_dpi(&self) -> Option<(f64, f64)> {
        self.0.dpi().map(|density| (density.x, density.y))
    }

    /// What the colour channels are: ``"grey"``, ``"rgb"``, ``"cmyk"``, ``"palette"``, ``"lab"``,
    /// ``"devicen"``; ``None`` where the header does not tell.
    #[getter]
    fn colour(&self) -> Option<&'static str> {
        self.0.colour.map(|colour| colour.model.name())
    }

    /// Bits of one channel, or of a palette's index.
    #[getter]
    fn bits(&self) -> Option<u16> {
        self.0.colour.map(|colour| colour.bits)
    }

    /// Whether there is transparency.
    #[getter]
    fn alpha(&self) -> Option<bool> {
        self.0.colour.map(|colour| colour.alpha)
    }

    /// Frames, pages or pictures, if the header tells their number.
    #[getter]
    fn frames(&self) -> Option<u32> {
        self.0.frames
    }

    /// Whether an ICC profile is embedded.
    #[getter]
    fn has_icc(&self) -> bool {
        self.0.has_icc
    }

    /// Whether there is an EXIF block that parses.
    #[getter]
    fn has_exif(&self) -> bool {
        self.0.has_exif
    }

    /// Whether there is an XMP packet.
    #[getter]
    fn has_xmp(&self) -> bool {
        self.0.has_xmp
    }

    /// Whether EXIF tells where the picture was taken.
    #[getter]
    fn has_gps(&self) -> bool {
        self.0.has_gps
    }

    /// How large the picture prints, in inches across and down, at ``dpi`` dots per inch or at the file's
    /// own. ``None`` without a size in pixels or without a DPI.
    #[pyo3(signature = (dpi=None))]
    fn print_size(&self, dpi: Option<f64>) -> Option<(f64, f64)> {
        dpi.map_or_else(|| self.0.print_size(), |dpi| self.0.largest_print(dpi))
            .map(|print| (print.width_inches, print.height_inches))
    }

    /// Every attribute by its name, in plain values that ``json`` can write.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item("format", self.format())?;
        dict.set_item("mime_type", self.mime_type())?;
        dict.set_item("extension", self.extension())?;
        dict.set_item("width", self.width())?;
        dict.set_item("height", self.height())?;
        dict.set_item("displayed_width", self.displayed_width())?;
        dict.set_item("displayed_height", self.displayed_height())?;
        dict.set_item("orientation", self.orientation())?;
        dict.set_item("dpi", self.dpi())?;
        dict.set_item("dpi_source", self.dpi_source())?;
        dict.set_item("displayed_dpi", self.displayed_dpi())?;
        dict.set_item("colour", self.colour())?;
        dict.set_item("bits", self.bits())?;
        dict.set_item("alpha", self.alpha())?;
        dict.set_item("frames", self.frames())?;
        dict.set_item("has_icc", self.has_icc())?;
        dict.set_item("has_exif", self.has_exif())?;
        dict.set_item("has_xmp", self.has_xmp())?;
        dict.set_item("has_gps", self.has_gps())?;
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
        let mut text = format!("<ImageInfo {}", self.0.format);
        if let Some(Size { width, height }) = self.0.stored_size {
            text += &format!(" {width}x{height}");
        }
        if self.orientation() != 1 {
            text += &format!(" orientation {}", self.orientation());
        }
        if let Some(Density { x, y, source, .. }) = self.0.stored_dpi {
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

//! The functions that identify an image file.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use userimage::probe::ProbeError;

use crate::error;
use crate::exif::ExifDetails;
use crate::exit;
use crate::field::Count;
use crate::info::ImageInfo;
use crate::input::{Content, Input};

/// Read the header of an image file: format, size, orientation, DPI and more.
///
/// ``source`` is the file's bytes, its path (``str`` or ``os.PathLike``), or a binary file that can seek, which
/// is read from its start and left at its position. Nothing is decoded, and only what is needed is read.
///
/// Raises ``ProbeError`` for an unknown format and for a header that is truncated or malformed. Raises
/// ``OSError`` if the file cannot be opened or read, and for a path that is not a regular file. What the
/// file object raises is passed on.
#[pyfunction]
#[pyo3(signature = (source, /))]
pub(crate) fn probe(source: &Bound<'_, PyAny>) -> PyResult<ImageInfo> {
    let py = source.py();
    let raise = |failure: ProbeError| error::probe(py, failure, None);
    let in_memory = |data: &[u8]| py.detach(|| userimage::probe(data)).map_err(raise);
    // The usual source first: it takes a quarter of a microsecond.
    if let Ok(bytes) = source.cast::<PyBytes>() {
        return in_memory(bytes.as_bytes()).map(ImageInfo);
    }
    let _call = exit::enter(py);
    match Input::new(source)? {
        Input::Bytes(bytes) => in_memory(bytes.as_bytes()),
        Input::Path { path, object } => py
            .detach(|| userimage::probe::probe_path(path))
            .map_err(|failure| error::probe(py, failure, Some(&object))),
        Input::File(file) => {
            file.with_seekable(py, |file| userimage::probe::probe_reader(file), raise)
        }
    }
    .map(ImageInfo)
}

/// What EXIF states of how the picture was made: camera, lens, software, time. ``None`` where the file has no
/// valid EXIF block.
///
/// ``source`` is what ``probe`` takes, or any binary file; it is read to its end. EXIF that a PNG has as text
/// is not read. Raises ``OSError`` as ``probe`` does, and ``InvalidFile`` for a file of more than 1 GiB.
#[pyfunction]
#[pyo3(signature = (source, /))]
pub(crate) fn exif_details(source: &Bound<'_, PyAny>) -> PyResult<Option<ExifDetails>> {
    let py = source.py();
    let _call = exit::enter(py);
    let content = read(source)?;
    let data = content.bytes();
    Ok(py.detach(|| userimage::probe::exif_details(data)).map(ExifDetails))
}

/// Count the frames, pages or pictures of an image file; at least 1.
///
/// ``source`` is what ``probe`` takes, or any binary file; it is read to its end. With a ``limit``, counting stops
/// at ``limit`` + 1. Nothing is decoded. Of other formats than GIF, TIFF and WebP it is the number that the header
/// states.
///
/// Raises ``ProbeError`` and ``OSError`` as ``probe`` does, and ``InvalidFile`` for a file of more than 1 GiB.
#[pyfunction]
#[pyo3(signature = (source, /, limit=None))]
pub(crate) fn count_frames(source: &Bound<'_, PyAny>, limit: Option<Count>) -> PyResult<u32> {
    let py = source.py();
    let _call = exit::enter(py);
    let content = read(source)?;
    let data = content.bytes();
    py.detach(|| {
        let format = userimage::probe(data)?.format;
        Ok(userimage::probe::count_frames(data, format, limit.map_or(u32::MAX, Count::u32)))
    })
    .map_err(|failure| error::probe(py, failure, None))
}

/// The most that is read of a file: one of another program's may have no end.
const MOST: u64 = 1 << 30;

fn read(source: &Bound<'_, PyAny>) -> PyResult<Content> {
    let py = source.py();
    Input::new(source)?.read(py, MOST)?.map_err(|failure| error::upload(py, &failure))
}

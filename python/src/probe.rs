//! The functions that read a file's header, and what lies behind it.

use pyo3::prelude::*;

use crate::error;
use crate::exif::ExifDetails;
use crate::file::Stream;
use crate::info::ImageInfo;
use crate::input::{self, Content, Input};

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
    let result = match Input::new(source)? {
        Input::Bytes(bytes) => {
            let data = bytes.as_bytes();
            py.detach(|| userimage::probe(data))
        }
        Input::Path { path, object } => {
            let mut failure = None;
            let result = py.detach(|| {
                let file = input::open_regular(&path)?;
                Ok(userimage::probe_reader(Stream::new(file, &mut failure)))
            });
            match failure.map_or(result, Err) {
                Ok(result) => result,
                Err(failure) => return Err(error::os(failure, &object)),
            }
        }
        Input::File(file) => file.with_stream(py, |stream| userimage::probe_reader(stream))?,
    };
    result.map(ImageInfo).map_err(|failure| error::probe(py, failure))
}

/// What EXIF states of how the picture was made: camera, lens, software, time. ``None`` where the file has no
/// valid EXIF block.
///
/// ``source`` is what ``probe`` takes, or any binary file; it is read whole. EXIF that a PNG has as text is
/// not read. Raises ``OSError`` as ``probe`` does.
#[pyfunction]
#[pyo3(signature = (source, /))]
pub(crate) fn exif_details(source: &Bound<'_, PyAny>) -> PyResult<Option<ExifDetails>> {
    let py = source.py();
    let data = whole(source)?;
    Ok(py.detach(|| userimage::exif_details(data.as_ref())).map(ExifDetails))
}

/// Count the frames, pages or pictures of an image file; at least 1.
///
/// ``source`` is what ``probe`` takes, or any binary file; it is read whole. Counting stops at ``limit`` + 1, if there is a limit.
/// GIF, TIFF and WebP files are read to their end, but nothing is decoded; for other formats it is the
/// number that the header states.
///
/// Raises ``ProbeError`` and ``OSError`` as ``probe`` does.
#[pyfunction]
#[pyo3(signature = (source, /, limit=None))]
pub(crate) fn count_frames(source: &Bound<'_, PyAny>, limit: Option<u32>) -> PyResult<u32> {
    let py = source.py();
    let data = whole(source)?;
    py.detach(|| {
        let format = userimage::probe(data.as_ref())?.format;
        Ok(userimage::count_frames(data.as_ref(), format, limit.unwrap_or(u32::MAX)))
    })
    .map_err(|failure| error::probe(py, failure))
}

fn whole(source: &Bound<'_, PyAny>) -> PyResult<Content> {
    Input::new(source)?.read(source.py(), u64::MAX)
}

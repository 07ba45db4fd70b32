//! The Python module: every function translates, calls `userimage`, and translates back.
//!
//! It holds no rule, default or text of the library. The GIL is released around every call into the core, and
//! nothing here relies on it: there is no unsafe code and no shared state without a lock, so the module is
//! right on free-threaded builds too.
#![forbid(unsafe_code)]

mod admitted;
mod buffer;
mod error;
mod events;
mod exif;
mod exit;
mod facts;
mod field;
mod file;
mod format;
mod host;
mod http;
mod image;
mod info;
mod input;
mod iterator;
mod lease;
mod list;
mod opened;
mod probe;
mod raised;
mod rendition;
mod request;
mod sweep;
mod uploader;

use pyo3::pymodule;

/// The compiled part of `userimage`.
#[pymodule(gil_used = false)]
mod _userimage {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::admitted::Admitted;
    #[pymodule_export]
    use crate::exif::ExifDetails;
    #[pymodule_export]
    use crate::exit::Calls;
    #[pymodule_export]
    use crate::format::Format;
    #[pymodule_export]
    use crate::http::{BodyReceiver, HttpResponse, error_response};
    #[pymodule_export]
    use crate::image::{NewImage, StoredImage};
    #[pymodule_export]
    use crate::info::ImageInfo;
    #[pymodule_export]
    use crate::iterator::ImageIterator;
    #[pymodule_export]
    use crate::list::ImageList;
    #[pymodule_export]
    use crate::probe::{count_frames, exif_details, probe};
    #[pymodule_export]
    use crate::rendition::{Rendition, render};
    #[pymodule_export]
    use crate::sweep::SweepReport;
    #[pymodule_export]
    use crate::uploader::Uploader;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::events::subscribe();
        module.add("ERROR_KINDS", crate::error::kinds(module.py())?)?;
        module.add("FORMATS", crate::format::all(module.py())?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

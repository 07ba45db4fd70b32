//! The Python module: every function translates, calls `userimage`, and translates back.
//!
//! No rule, default or text of the library is here. The GIL is released around every call of the core,
//! and nothing here needs it for its own correctness: there is no unsafe code and no shared state
//! without a lock, so the module is right on free-threaded builds too.
#![forbid(unsafe_code)]

mod data;
mod error;
mod events;
mod field;
mod host;
mod http;
mod image;
mod info;
mod list;
mod request;
mod uploader;

use pyo3::pymodule;

/// The compiled part of `userimage`.
#[pymodule(gil_used = false)]
mod _userimage {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::http::{BodyReceiver, HttpResponse};
    #[pymodule_export]
    use crate::image::{NewImage, StoredImage};
    #[pymodule_export]
    use crate::info::{ImageInfo, probe};
    #[pymodule_export]
    use crate::list::{ImageIterator, ImagePage, SweepReport};
    #[pymodule_export]
    use crate::uploader::Uploader;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::events::listen();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

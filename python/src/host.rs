//! A storage and an authenticator of the host's own: Python objects behind the core's traits.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyException, PyRuntimeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString, PyTuple};
use userimage::storage::{ImageList, Page, Storage, StorageError, SweepReport};
use userimage::{
    AuthError, Authenticator, ClientKey, ImageId, NewImage, StoredImage, UserId, Variant, WebsiteId,
};

use crate::data::bytes_of;
use crate::{image, list};

/// A Python object that the core calls, shared with the uploader's Python object, which shows it to the
/// garbage collector: a storage may hold the uploader that holds it.
#[derive(Clone)]
pub(crate) struct HostObject(Arc<Mutex<Option<Py<PyAny>>>>);

impl HostObject {
    /// `object`, which must have `methods`.
    pub(crate) fn new(object: Bound<'_, PyAny>, methods: &[&str]) -> PyResult<Self> {
        for method in methods {
            if !object.getattr_opt(*method)?.is_some_and(|method| method.is_callable()) {
                let name = object.get_type().name()?;
                return Err(PyTypeError::new_err(format!("{name} has no method {method}")));
            }
        }
        Ok(Self(Arc::new(Mutex::new(Some(object.unbind())))))
    }

    pub(crate) fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // It is only ever locked for a moment, by a thread that does not stop for the collector.
        match self.0.try_lock() {
            Ok(object) => visit.call(&*object),
            Err(_) => Ok(()),
        }
    }

    /// Lets go of the object; what is asked of it from now on fails.
    pub(crate) fn clear(&self) {
        let object = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(object);
    }

    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let object = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*object {
            Some(object) => Ok(object.bind(py).clone()),
            None => Err(PyRuntimeError::new_err("the object is gone")),
        }
    }

    /// The method, unless the object has none or has set it to `None`.
    fn method<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.get(py)?.getattr_opt(name)?.filter(|method| !method.is_none()))
    }
}

thread_local! {
    /// What the host's code has raised within the call of the core that this thread is in.
    static FAILURE: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// What the host's code has raised in this thread since this was last asked: an interrupt (`KeyboardInterrupt`,
/// `SystemExit`, gevent's timeout), or a failure that may be logged.
pub(crate) fn last_failure() -> Option<PyErr> {
    FAILURE.take()
}

/// A class of the host that fulfils `userimage.Storage`.
pub(crate) struct HostStorage(pub(crate) HostObject);

impl HostStorage {
    pub(crate) const METHODS: [&str; 1] = ["store"];

    /// Calls the method `name`, and turns its answer with `answer`.
    fn call<T>(
        &self,
        name: &'static str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
        answer: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<Option<T>>,
    ) -> Result<T, StorageError> {
        let call = |py: Python<'_>| {
            let Some(method) = self.0.method(py, &PyString::intern(py, name))? else {
                return Ok(None);
            };
            let given = method.call1(arguments(py)?)?;
            match answer(&given)? {
                Some(value) => Ok(Some(value)),
                None => {
                    let given = given.get_type().name()?;
                    Err(PyTypeError::new_err(format!("{name} returned an object of type {given}")))
                }
            }
        };
        match Python::attach(|py| {
            call(py).inspect_err(|failure| FAILURE.set(Some(failure.clone_ref(py))))
        }) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(StorageError::unsupported(name)),
            Err(failure) => Err(StorageError::new(format!("{name} failed")).with_source(failure)),
        }
    }
}

impl Storage for HostStorage {
    fn store(&self, image: &NewImage<'_>) -> Result<StoredImage, StorageError> {
        self.call(
            "store",
            |py| (image::NewImage::new(py, image),).into_pyobject(py),
            |given| Ok(stored(given)),
        )
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        self.call(
            "find",
            |py| (website.get(), id).into_pyobject(py),
            |given| Ok(if given.is_none() { Some(None) } else { stored(given).map(Some) }),
        )
    }

    fn read(
        &self,
        website: WebsiteId,
        id: ImageId,
        variant: Variant,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        self.call(
            "read",
            |py| (website.get(), id, variant.name()).into_pyobject(py),
            |given| {
                if given.is_none() {
                    return Ok(Some(None));
                }
                Ok(bytes_of(given)?.map(|bytes| Some(bytes.as_bytes().to_vec())))
            },
        )
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<ImageList, StorageError> {
        self.call(
            "page",
            |py| (website.get(), user.as_str(), page.index, page.size).into_pyobject(py),
            |given| {
                given
                    .cast::<list::ImagePage>()
                    .ok()
                    .map(|page| page.get().to_core(page.py()))
                    .transpose()
            },
        )
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        self.call("delete", |py| (website.get(), id).into_pyobject(py), |given| Ok(truth(given)))
    }

    fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
        self.call(
            "sweep",
            |py| (min_age,).into_pyobject(py),
            |given| Ok(given.cast::<list::SweepReport>().ok().map(|swept| swept.get().to_core())),
        )
    }
}

fn stored(given: &Bound<'_, PyAny>) -> Option<StoredImage> {
    given.cast::<image::StoredImage>().ok().map(|image| image.get().0.clone())
}

/// Nothing but `True` and `False`: a coroutine or a forgotten `return` must not open a door.
fn truth(given: &Bound<'_, PyAny>) -> Option<bool> {
    Some(given.cast::<PyBool>().ok()?.is_true())
}

/// A class of the host that fulfils `userimage.Authenticator`.
pub(crate) struct HostAuthenticator(pub(crate) HostObject);

impl HostAuthenticator {
    pub(crate) const METHODS: [&str; 2] = ["knows", "accepts"];

    fn ask(
        &self,
        name: &'static str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
    ) -> Result<bool, AuthError> {
        let call = |py: Python<'_>| {
            let given = self.0.get(py)?.call_method1(name, arguments(py)?)?;
            match truth(&given) {
                Some(answer) => Ok(answer),
                None => {
                    let given = given.get_type().name()?;
                    Err(PyTypeError::new_err(format!("{name} returned {given}, not a bool")))
                }
            }
        };
        Python::attach(|py| {
            call(py).inspect_err(|failure| {
                // Only an interrupt: another exception's text may hold the key.
                if !failure.is_instance_of::<PyException>(py) {
                    FAILURE.set(Some(failure.clone_ref(py)));
                }
            })
        })
        .map_err(|failure| AuthError::new(format!("{name} failed")).with_source(Unsaid(failure)))
    }
}

/// An exception of an authenticator. Its text is for nobody's log: it may hold the key.
pub(crate) struct Unsaid(pub(crate) PyErr);

impl fmt::Display for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Python::attach(|py| self.0.get_type(py).name().map(|name| name.to_string()));
        f.write_str(name.as_deref().unwrap_or("an exception"))
    }
}

impl fmt::Debug for Unsaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Unsaid {}

impl Authenticator for HostAuthenticator {
    fn knows(&self, website: WebsiteId) -> Result<bool, AuthError> {
        self.ask("knows", |py| (website.get(),).into_pyobject(py))
    }

    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError> {
        self.ask("accepts", |py| (website.get(), key.expose()).into_pyobject(py))
    }
}

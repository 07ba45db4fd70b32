//! A storage, an authenticator and inspectors of the host's own: Python objects behind the core's traits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyException, PyRuntimeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString, PyTuple, PyType};
use userimage::storage::{ImageList, Page, Storage, StorageError, SweepReport};
use userimage::{
    AuthError, Authenticator, BlobKey, ClientKey, ImageId, Inspector, InspectorError, NewImage,
    StoredImage, UserId, Variant, Verdict, WebsiteId,
};

use crate::buffer::buffer_of;
use crate::raised::{self, Redacted};
use crate::{image, list, sweep};

/// A Python object that the core calls. The uploader's Python object shares it and shows it to the garbage
/// collector, since a storage may refer to the uploader that refers to it.
#[derive(Clone)]
pub(crate) struct HostObject(Arc<Mutex<Option<Py<PyAny>>>>);

impl HostObject {
    /// `object`, which must have `methods`.
    pub(crate) fn new(object: Bound<'_, PyAny>, methods: &[&str]) -> PyResult<Self> {
        if let Ok(class) = object.cast::<PyType>() {
            let name = class.name()?;
            return Err(PyTypeError::new_err(format!("{name} is a class: an object is needed")));
        }
        for method in methods {
            if !object.getattr_opt(*method)?.is_some_and(|method| method.is_callable()) {
                let name = object.get_type().name()?;
                return Err(PyTypeError::new_err(format!("{name} has no method {method}")));
            }
        }
        Ok(Self(Arc::new(Mutex::new(Some(object.unbind())))))
    }

    pub(crate) fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The lock is held for a moment only, by a thread that does not run the collector meanwhile.
        match self.0.try_lock() {
            Ok(object) => visit.call(&*object),
            Err(_) => Ok(()),
        }
    }

    /// Releases the object. Later calls of it fail.
    pub(crate) fn clear(&self) {
        let object = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(object);
    }

    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let object = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*object {
            Some(object) => Ok(object.bind(py).clone()),
            None => Err(PyRuntimeError::new_err("the object is released")),
        }
    }

    /// The method, unless it is missing or `None`.
    fn method<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.get(py)?.getattr_opt(name)?.filter(|method| !method.is_none()))
    }
}

/// An object of the host's own that implements `userimage.Storage`.
pub(crate) struct HostStorage(pub(crate) HostObject);

impl HostStorage {
    pub(crate) const METHODS: [&str; 1] = ["store"];

    /// Calls the method `name` and converts what it returns; `convert` gives `None` for a wrong type.
    fn call<T>(
        &self,
        name: &'static str,
        arguments: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>,
        convert: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<Option<T>>,
    ) -> Result<T, StorageError> {
        let call = |py: Python<'_>| {
            let Some(method) = self.0.method(py, &PyString::intern(py, name))? else {
                return Ok(None);
            };
            let given = method.call1(arguments(py)?)?;
            match convert(&given)? {
                Some(value) => Ok(Some(value)),
                None => {
                    let given = given.get_type().name()?;
                    Err(PyTypeError::new_err(format!("{name} returned an object of type {given}")))
                }
            }
        };
        match Python::attach(|py| {
            call(py).inspect_err(|failure| raised::keep(failure.clone_ref(py)))
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
            |py| {
                let image = image::NewImage::new(py, image)
                    .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
                (image,).into_pyobject(py)
            },
            |given| Ok(stored(given)),
        )
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<StoredImage>, StorageError> {
        self.call(
            "find",
            |py| (website.get(), id.get()).into_pyobject(py),
            |given| Ok(stored_or_none(given)),
        )
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<StoredImage>, StorageError> {
        self.call(
            "find_key",
            |py| (key.to_string(),).into_pyobject(py),
            |given| Ok(stored_or_none(given)),
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
            |py| (website.get(), id.get(), variant.name()).into_pyobject(py),
            |given| {
                if given.is_none() {
                    return Ok(Some(None));
                }
                Ok(buffer_of(given)?.map(|bytes| Some(bytes.as_bytes().to_vec())))
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
            "list",
            |py| (website.get(), user.as_str(), page.index, page.size).into_pyobject(py),
            |given| Ok(given.cast::<list::ImageList>().ok().map(|list| list.get().to_core())),
        )
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<bool, StorageError> {
        self.call(
            "delete",
            |py| (website.get(), id.get()).into_pyobject(py),
            |given| Ok(truth(given)),
        )
    }

    fn sweep(&self, min_age: Duration) -> Result<SweepReport, StorageError> {
        self.call(
            "sweep",
            |py| (min_age,).into_pyobject(py),
            |given| {
                Ok(given.cast::<sweep::SweepReport>().ok().map(|report| report.get().to_core()))
            },
        )
    }
}

fn stored(given: &Bound<'_, PyAny>) -> Option<StoredImage> {
    given.cast::<image::StoredImage>().ok().map(|image| image.get().0.clone())
}

fn stored_or_none(given: &Bound<'_, PyAny>) -> Option<Option<StoredImage>> {
    if given.is_none() { Some(None) } else { stored(given).map(Some) }
}

/// `True` or `False` and nothing else: a coroutine or a missing `return` must not let anybody in.
fn truth(given: &Bound<'_, PyAny>) -> Option<bool> {
    Some(given.cast::<PyBool>().ok()?.is_true())
}

/// An object of the host's own that implements `userimage.Authenticator`.
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
                    raised::keep(failure.clone_ref(py));
                }
            })
        })
        .map_err(|failure| AuthError::new(format!("{name} failed")).with_source(Redacted(failure)))
    }
}

impl Authenticator for HostAuthenticator {
    fn knows(&self, website: WebsiteId) -> Result<bool, AuthError> {
        self.ask("knows", |py| (website.get(),).into_pyobject(py))
    }

    fn accepts(&self, website: WebsiteId, key: &ClientKey) -> Result<bool, AuthError> {
        self.ask("accepts", |py| (website.get(), key.expose()).into_pyobject(py))
    }
}

/// A callable, or an object that implements `userimage.Inspector`.
pub(crate) struct HostInspector {
    object: HostObject,
    name: String,
    /// It is called itself, and has no method `inspect`.
    is_callable: bool,
}

impl HostInspector {
    pub(crate) fn new(object: Bound<'_, PyAny>) -> PyResult<Self> {
        let is_callable = !object.hasattr("inspect")?;
        let own = if is_callable { object.getattr_opt("__name__")? } else { None };
        let name = match own.and_then(|own| own.extract().ok()) {
            Some(name) => name,
            None => object.get_type().name()?.to_string(),
        };
        let method = if is_callable { "__call__" } else { "inspect" };
        Ok(Self { object: HostObject::new(object, &[method])?, name, is_callable })
    }

    pub(crate) fn object(&self) -> &HostObject {
        &self.object
    }

    fn ask(&self, py: Python<'_>, image: &NewImage<'_>) -> PyResult<Verdict> {
        let image = image::NewImage::new(py, image)
            .map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let object = self.object.get(py)?;
        let given = if self.is_callable {
            object.call1((image,))?
        } else {
            object.call_method1("inspect", (image,))?
        };
        if let Ok(reason) = given.cast::<PyString>() {
            return Ok(Verdict::refuse(reason.to_string_lossy()));
        }
        match truth(&given) {
            Some(true) => Ok(Verdict::Accept),
            Some(false) => Ok(Verdict::refuse("the image is refused")),
            None => {
                let given = given.get_type().name()?;
                let reason = format!("an inspector returned {given}, not True or a reason");
                Err(PyTypeError::new_err(reason))
            }
        }
    }
}

impl Inspector for HostInspector {
    fn name(&self) -> &str {
        &self.name
    }

    fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError> {
        Python::attach(|py| {
            self.ask(py, image).inspect_err(|failure| raised::keep(failure.clone_ref(py)))
        })
        .map_err(|failure| InspectorError::new("it failed").with_source(failure))
    }
}

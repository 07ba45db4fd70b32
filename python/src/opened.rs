//! An open uploader: the core's, and the host's objects that it calls.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use userimage::http::{Endpoint, HttpOptions};
use userimage::storage::{ImageList, Page, Storage, StorageError, SweepReport};
use userimage::{Config, Host, StorageConfig, UserId, WebsiteId};

use crate::error;
use crate::events::detached;
use crate::exit;
use crate::host::{HostAuthenticator, HostInspector, HostObject, HostStorage};
use crate::lease::{Lease, Leases};

/// What an `Uploader` shares with its iterators, until it is closed.
pub(crate) struct Opened {
    endpoint: RwLock<Option<Endpoint>>,
    leases: Arc<Leases>,
    hosts: Vec<HostObject>,
}

impl Opened {
    /// Opens what the configuration `json` describes, with the host's own storage, authenticator and inspectors.
    /// `folder` is the path of its local storage where JSON cannot hold it.
    pub(crate) fn new(
        py: Python<'_>,
        json: &str,
        storage: Option<Bound<'_, PyAny>>,
        authenticator: Option<Bound<'_, PyAny>>,
        inspectors: Vec<Bound<'_, PyAny>>,
        folder: Option<PathBuf>,
    ) -> PyResult<Self> {
        let own = |object: Option<_>, methods| {
            object.map(|object| HostObject::new(object, methods)).transpose()
        };
        let storage = own(storage, &HostStorage::METHODS)?;
        let authenticator = own(authenticator, &HostAuthenticator::METHODS)?;
        let inspectors: Vec<_> =
            inspectors.into_iter().map(HostInspector::new).collect::<PyResult<_>>()?;
        let hosts = storage.iter().chain(&authenticator);
        let hosts = hosts.chain(inspectors.iter().map(HostInspector::object)).cloned().collect();
        let endpoint = detached(py, move || {
            let mut host = Host::new();
            if let Some(object) = storage {
                host = host.with_storage(HostStorage(object));
            }
            if let Some(object) = authenticator {
                host = host.with_authenticator(HostAuthenticator(object));
            }
            for inspector in inspectors {
                host = host.with_inspector(inspector);
            }
            let mut config = Config::from_json(json)?;
            if let (Some(StorageConfig::Local { path, .. }), Some(folder)) =
                (&mut config.storage, folder)
            {
                *path = folder;
            }
            Ok(Endpoint::new(config.open_with(host)?, config.http))
        })?
        .map_err(|failure| error::config(py, &failure))?;
        Ok(Self { endpoint: RwLock::new(Some(endpoint)), leases: Arc::default(), hosts })
    }

    /// Opens what the configuration `json` describes, for a server: with `base_url` instead of its own if there
    /// is one.
    pub(crate) fn for_server(py: Python<'_>, json: &str, base_url: Option<&str>) -> PyResult<Self> {
        let endpoint = detached(py, || {
            let defaults = HttpOptions::for_server();
            let mut config = Config::from_json_with(json, defaults)?;
            if let (Some(url), Some(storage)) = (base_url, &mut config.storage) {
                storage.set_base_url(url);
            }
            Endpoint::from_config(&config)
        })?
        .map_err(|failure| error::config(py, &failure))?;
        Ok(Self {
            endpoint: RwLock::new(Some(endpoint)),
            leases: Arc::default(),
            hosts: Vec::new(),
        })
    }

    /// The core's endpoint and its uploader for one call, which `close` waits for. Locks are held for a moment
    /// and never while the GIL is released, so a fork cannot happen while another thread holds one.
    pub(crate) fn endpoint(&self) -> PyResult<Lease> {
        let endpoint = self.endpoint.read().unwrap_or_else(PoisonError::into_inner);
        // Taken within the lock: a thread that closes sees either no endpoint to take, or this call.
        let endpoint = endpoint.as_ref().map(|endpoint| self.leases.take(endpoint.clone()));
        endpoint.ok_or_else(|| PyValueError::new_err("the uploader is closed"))
    }

    /// Runs `work` on the storage without the GIL.
    pub(crate) fn storage<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&dyn Storage) -> Result<T, StorageError> + Send,
    ) -> PyResult<T> {
        let _call = exit::enter(py);
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        detached(py, || work(core.storage()))?.map_err(|failure| error::storage(py, &failure))
    }

    pub(crate) fn sweep(&self, py: Python<'_>, min_age: Duration) -> PyResult<SweepReport> {
        let _call = exit::enter(py);
        let endpoint = self.endpoint()?;
        let core = endpoint.uploader();
        detached(py, || core.sweep(min_age, &mut |_| true))?
            .map_err(|failure| error::storage(py, &failure))
    }

    pub(crate) fn list(
        &self,
        py: Python<'_>,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> PyResult<ImageList> {
        self.storage(py, |storage| storage.list(website, user, page))
    }

    /// Refuses new calls, waits for those of other threads, and releases the storage.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        let endpoint = self.endpoint.write().unwrap_or_else(PoisonError::into_inner).take();
        let waited = self.leases.wait(py);
        // To close a database may wait for the disk.
        py.detach(|| drop(endpoint));
        waited
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.endpoint.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Shows the host's objects to the garbage collector. Only the `Uploader` may do so: the collector counts
    /// each reference once.
    pub(crate) fn traverse(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.hosts.iter().try_for_each(|host| host.traverse(visit))
    }

    pub(crate) fn clear(&self) {
        self.hosts.iter().for_each(HostObject::clear);
    }
}

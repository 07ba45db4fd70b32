//! Halves of a storage that fail at planned steps.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use userimage::storage::{
    AbortOutcome, Blobs, Catalog, Content, Entry, Orphan, Page, PendingId, Quotas, ReadAt,
    StorageError,
};
use userimage::{BlobKey, ImageId, ImageRecord, UniqueName, UserId, Variant, WebsiteId};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The step fails and does nothing.
    Before,
    /// The step is done, but returns an error.
    After,
    /// A blob is written in part. Other steps fail as with `Before`.
    Torn,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) fault: Fault,
    /// The index of the step that fails, from 0.
    pub(crate) at: usize,
    /// Whether all later steps fail too.
    pub(crate) dead: bool,
}

/// The plan, shared by both halves of a storage.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<(usize, Option<Plan>)>>);

impl Faults {
    pub(crate) fn plan(&self, plan: Plan) {
        *self.0.lock().unwrap() = (0, Some(plan));
    }

    /// Ends the plan. Returns whether its step was reached.
    pub(crate) fn end(&self) -> bool {
        let (steps, plan) = std::mem::take(&mut *self.0.lock().unwrap());
        plan.is_some_and(|plan| steps > plan.at)
    }

    fn step<T>(
        &self,
        work: impl FnOnce() -> Result<T, StorageError>,
        tear: impl FnOnce(),
    ) -> Result<T, StorageError> {
        let now = {
            let mut state = self.0.lock().unwrap();
            let step = state.0;
            state.0 += 1;
            match state.1 {
                Some(plan) if plan.at == step => Some(plan.fault),
                Some(plan) if plan.dead && plan.at < step => Some(Fault::Before),
                _ => None,
            }
        };
        match now {
            None => return work(),
            Some(Fault::Before) => {}
            Some(Fault::After) => drop(work()?),
            Some(Fault::Torn) => tear(),
        }
        Err(StorageError::new("a planned fault"))
    }
}

pub(crate) struct Faulty<T> {
    pub(crate) inner: Arc<T>,
    pub(crate) faults: Faults,
}

impl<B: Blobs> Blobs for Faulty<B> {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        let half = || {
            let bytes = content.read_all().unwrap();
            self.inner.put(key, &bytes.split_at(bytes.len() / 2).0.into()).unwrap();
        };
        self.faults.step(|| self.inner.put(key, content), half)
    }

    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        self.inner.open(key, len)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        self.faults.step(|| self.inner.delete(key), || ())
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        self.inner.list(after, limit)
    }
}

impl<C: Catalog> Catalog for Faulty<C> {
    fn take_reserved_name(&self, record: &ImageRecord) -> Option<UniqueName> {
        self.inner.take_reserved_name(record)
    }

    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        self.faults.step(|| self.inner.begin(record), || ())
    }

    fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, StorageError> {
        self.faults.step(|| self.inner.commit(pending, record, quotas), || ())
    }

    fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, StorageError> {
        self.faults.step(|| self.inner.abort(pending, record), || ())
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError> {
        self.inner.find(website, id)
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError> {
        self.inner.find_key(key)
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        self.inner.list(website, user, page)
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        self.faults.step(|| self.inner.delete(website, id), || ())
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        self.faults.step(|| self.inner.expire_pending(min_age), || ())
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        self.faults.step(|| self.inner.remove_pending(pending), || ())
    }
}

/// Blobs of a slow upload: `pause` runs before the second one is written.
pub(crate) struct Slow<'a, B> {
    pub(crate) inner: Arc<B>,
    pub(crate) pause: &'a (dyn Fn() + Sync),
}

impl<B: Blobs> Blobs for Slow<'_, B> {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        if key.variant() == Variant::Standard {
            (self.pause)();
        }
        self.inner.put(key, content)
    }

    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        self.inner.open(key, len)
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        self.inner.delete(key)
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        self.inner.list(after, limit)
    }
}

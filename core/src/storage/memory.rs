//! A storage in memory, for tests.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::catalog::{AbortOutcome, Catalog, Entry, Orphan, PendingId, Scanned};
use super::{
    Blobs, Content, Page, QuotaScope, Quotas, ReadAt, StorageError, TwoPhaseStorage, Usage, search,
};
use crate::field::{UserId, WebsiteId};
use crate::name::UniqueName;
use crate::record::{BlobKey, DifferenceHash, ImageId, ImageRecord};

/// A storage in memory, for tests. It behaves like the other storages, but is not durable: its content
/// is lost when it is dropped.
pub type MemoryStorage = TwoPhaseStorage<MemoryBlobs, MemoryCatalog>;

impl MemoryStorage {
    /// Creates an empty storage. URLs start with `base_url`, which need not be served.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self::from_parts(MemoryBlobs::default(), MemoryCatalog::default(), base_url)
    }
}

/// [`Blobs`] in memory.
#[derive(Debug, Default)]
pub struct MemoryBlobs(Mutex<HashMap<BlobKey, Arc<Vec<u8>>>>);

impl MemoryBlobs {
    /// All keys, in no particular order: for tests that look for orphaned blobs.
    #[must_use]
    pub fn keys(&self) -> Vec<BlobKey> {
        lock(&self.0).keys().cloned().collect()
    }
}

impl Blobs for MemoryBlobs {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        let bytes = content.read_all()?.into_owned();
        let mut blobs = lock(&self.0);
        if blobs.contains_key(key) {
            return Err(StorageError::new(format!("{key} already exists")));
        }
        blobs.insert(key.clone(), Arc::new(bytes));
        Ok(())
    }

    fn open(&self, key: &BlobKey, _: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        let bytes = lock(&self.0).get(key).cloned();
        Ok(bytes.map(|bytes| Box::new(bytes) as Box<dyn ReadAt>))
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        Ok(lock(&self.0).remove(key).is_some())
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        let blobs = lock(&self.0);
        let follows = |key: &&BlobKey| after.is_none_or(|after| *key > after);
        let mut keys: Vec<BlobKey> = blobs.keys().filter(follows).cloned().collect();
        keys.sort_unstable();
        keys.truncate(limit);
        Ok(keys)
    }
}

/// A [`Catalog`] in memory.
#[derive(Debug, Default)]
pub struct MemoryCatalog(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    last_id: u64,
    last_pending: i64,
    images: BTreeMap<ImageId, Entry>,
    pending: BTreeMap<PendingId, Pending>,
}

#[derive(Debug)]
struct Pending {
    name: UniqueName,
    keys: Vec<BlobKey>,
    state: State,
    since: SystemTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Storing,
    Swept,
    Deleting,
}

impl Tables {
    fn visible(&self, name: &UniqueName) -> Option<&Entry> {
        self.images.values().find(|entry| entry.record.unique_name == *name)
    }

    fn pending(&self, name: &UniqueName) -> Option<PendingId> {
        self.pending.iter().find(|(_, row)| row.name == *name).map(|(id, _)| *id)
    }

    fn put(&mut self, pending: PendingId, record: &ImageRecord, state: State) {
        let keys = record.blob_keys();
        let name = record.unique_name.clone();
        self.pending.insert(pending, Pending { name, keys, state, since: SystemTime::now() });
    }

    fn of_user(
        &self,
        website: WebsiteId,
        user: &UserId,
    ) -> impl DoubleEndedIterator<Item = &Entry> {
        let of_user = move |entry: &&Entry| {
            entry.record.website_id == website && entry.record.user_id == *user
        };
        self.images.values().filter(of_user)
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Usage {
        let mut usage = Usage::default();
        let mut users = HashSet::new();
        for record in self.images.values().map(|entry| &entry.record) {
            if record.website_id == website && user.is_none_or(|user| record.user_id == *user) {
                usage.images += 1;
                usage.bytes += record.all_bytes();
                users.insert(record.user_id.as_str());
            }
        }
        usage.users = users.len() as u64;
        usage
    }

    /// Removes a pending row that can be committed.
    fn take_storing(&mut self, pending: PendingId) -> Result<(), StorageError> {
        if self.pending.get(&pending).is_none_or(|row| row.state != State::Storing) {
            return Err(StorageError::new("the upload was swept before it finished"));
        }
        self.pending.remove(&pending);
        Ok(())
    }

    /// Replaces images by pending rows.
    fn delete(&mut self, ids: Vec<ImageId>, limit: u32) -> Vec<Orphan> {
        let ids = ids.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX));
        let entries: Vec<Entry> = ids.filter_map(|id| self.images.remove(&id)).collect();
        let mut orphans = Vec::new();
        for entry in entries {
            let pending = self.next_pending_id();
            self.put(pending, &entry.record, State::Deleting);
            let keys = entry.record.blob_keys();
            orphans.push(Orphan::new(pending, Ok(keys)));
        }
        orphans
    }

    fn next_pending_id(&mut self) -> PendingId {
        self.last_pending += 1;
        PendingId(self.last_pending)
    }
}

impl Catalog for MemoryCatalog {
    fn begin(&self, record: &ImageRecord) -> Result<PendingId, StorageError> {
        let mut tables = lock(&self.0);
        let name = &record.unique_name;
        if tables.visible(name).is_some() || tables.pending(name).is_some() {
            return Err(StorageError::new(format!("the name {name} is in use")));
        }
        let pending = tables.next_pending_id();
        tables.put(pending, record, State::Storing);
        Ok(pending)
    }

    fn commit(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        quotas: &Quotas,
    ) -> Result<Entry, StorageError> {
        let mut tables = lock(&self.0);
        quotas.check(record.all_bytes(), |scope| {
            let user = (scope == QuotaScope::User).then_some(&record.user_id);
            Ok::<_, StorageError>(tables.usage(record.website_id, user))
        })?;
        tables.take_storing(pending)?;
        tables.last_id += 1;
        let id =
            ImageId::new(tables.last_id).ok_or_else(|| StorageError::new("ids are used up"))?;
        let same = |entry: &&Entry| {
            let other = &entry.record;
            other.website_id == record.website_id
                && other.user_id == record.user_id
                && other.sha256 == record.sha256
        };
        let photo_code = tables.images.values().find(same).map_or(id, |first| first.photo_code);
        let entry = Entry { id, photo_code, record: record.clone() };
        tables.images.insert(id, entry.clone());
        Ok(entry)
    }

    fn abort(
        &self,
        pending: PendingId,
        record: &ImageRecord,
    ) -> Result<AbortOutcome, StorageError> {
        let mut tables = lock(&self.0);
        if let Some(entry) = tables.visible(&record.unique_name) {
            return Ok(AbortOutcome::Visible(Box::new(entry.clone())));
        }
        if tables.pending(&record.unique_name).is_some_and(|other| other != pending) {
            return Ok(AbortOutcome::Superseded);
        }
        tables.put(pending, record, State::Deleting);
        Ok(AbortOutcome::Deleting)
    }

    fn find(&self, website: WebsiteId, id: ImageId) -> Result<Option<Entry>, StorageError> {
        let tables = lock(&self.0);
        Ok(tables.images.get(&id).filter(|entry| entry.record.website_id == website).cloned())
    }

    fn find_key(&self, key: &BlobKey) -> Result<Option<Entry>, StorageError> {
        let tables = lock(&self.0);
        let is = |entry: &&Entry| entry.record.has_key(key);
        Ok(tables.images.values().find(is).cloned())
    }

    fn list(
        &self,
        website: WebsiteId,
        user: &UserId,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let tables = lock(&self.0);
        let all = || {
            let of_user = |entry: &&Entry| {
                entry.record.website_id == website && entry.record.user_id == *user
            };
            tables.images.values().rev().filter(of_user)
        };
        let offset = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let entries = all().skip(offset).take(size).cloned().collect();
        Ok((all().count() as u64, entries))
    }

    fn delete(&self, website: WebsiteId, id: ImageId) -> Result<Option<Orphan>, StorageError> {
        let mut tables = lock(&self.0);
        if tables.images.get(&id).is_none_or(|entry| entry.record.website_id != website) {
            return Ok(None);
        }
        let Some(entry) = tables.images.remove(&id) else { return Ok(None) };
        let pending = tables.next_pending_id();
        tables.put(pending, &entry.record, State::Deleting);
        let keys = entry.record.blob_keys();
        Ok(Some(Orphan::new(pending, Ok(keys))))
    }

    fn expire_pending(&self, min_age: Duration) -> Result<Vec<Orphan>, StorageError> {
        let now = SystemTime::now();
        let mut expired = Vec::new();
        for (pending, row) in &mut lock(&self.0).pending {
            if now.duration_since(row.since).unwrap_or_default() < min_age {
                continue;
            }
            let may_be_writing = row.state == State::Storing;
            if may_be_writing {
                (row.state, row.since) = (State::Swept, now);
            }
            let keys = Ok(row.keys.clone());
            expired.push(Orphan::new(*pending, keys).with_may_be_writing(may_be_writing));
        }
        Ok(expired)
    }

    fn remove_pending(&self, pending: PendingId) -> Result<bool, StorageError> {
        let mut tables = lock(&self.0);
        if tables.pending.get(&pending).is_some_and(|row| row.state == State::Storing) {
            return Err(StorageError::new("the upload is in progress"));
        }
        Ok(tables.pending.remove(&pending).is_some())
    }

    fn list_after(
        &self,
        website: WebsiteId,
        user: &UserId,
        before: Option<ImageId>,
        size: u32,
    ) -> Result<Vec<Entry>, StorageError> {
        let tables = lock(&self.0);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let all = tables.of_user(website, user).rev();
        let older = all.filter(|entry| before.is_none_or(|before| entry.id < before));
        Ok(older.take(size).cloned().collect())
    }

    fn search(
        &self,
        website: WebsiteId,
        user: &UserId,
        text: &str,
        page: Page,
    ) -> Result<(u64, Vec<Entry>), StorageError> {
        let tables = lock(&self.0);
        let matches =
            |entry: &&Entry| search::folded(entry.record.image_name.as_str()).contains(text);
        let found: Vec<&Entry> = tables.of_user(website, user).rev().filter(matches).collect();
        let offset = usize::try_from(page.offset()).unwrap_or(usize::MAX);
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let entries = found.iter().skip(offset).take(size).map(|entry| (*entry).clone());
        Ok((found.len() as u64, entries.collect()))
    }

    fn find_similar(
        &self,
        website: WebsiteId,
        user: Option<&UserId>,
        hash: DifferenceHash,
        distance: u32,
        limit: u32,
    ) -> Result<Vec<(u32, Entry)>, StorageError> {
        let tables = lock(&self.0);
        let of_owner = |entry: &&Entry| {
            entry.record.website_id == website
                && user.is_none_or(|user| entry.record.user_id == *user)
        };
        let mut found: Vec<(u32, &Entry)> = tables
            .images
            .values()
            .filter(of_owner)
            .filter_map(|entry| Some((entry.record.difference_hash?.distance(hash), entry)))
            .filter(|(bits, _)| *bits <= distance)
            .collect();
        found.sort_by_key(|(bits, entry)| (*bits, Reverse(entry.id)));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found.into_iter().map(|(bits, entry)| (bits, entry.clone())).collect())
    }

    fn usage(&self, website: WebsiteId, user: Option<&UserId>) -> Result<Usage, StorageError> {
        Ok(lock(&self.0).usage(website, user))
    }

    fn supports_limits(&self) -> bool {
        true
    }

    fn websites(
        &self,
        after: Option<WebsiteId>,
        limit: u32,
    ) -> Result<Vec<WebsiteId>, StorageError> {
        let tables = lock(&self.0);
        let all: BTreeSet<_> =
            tables.images.values().map(|entry| entry.record.website_id).collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let follows = |website: &WebsiteId| after.is_none_or(|after| *website > after);
        Ok(all.into_iter().filter(follows).take(limit).collect())
    }

    fn delete_user(
        &self,
        website: WebsiteId,
        user: &UserId,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        let mut tables = lock(&self.0);
        let ids: Vec<ImageId> = tables.of_user(website, user).map(|entry| entry.id).collect();
        Ok(tables.delete(ids, limit))
    }

    fn delete_older(
        &self,
        website: WebsiteId,
        age: Duration,
        limit: u32,
    ) -> Result<Vec<Orphan>, StorageError> {
        let mut tables = lock(&self.0);
        let now = SystemTime::now();
        let is_old = |entry: &&Entry| {
            let record = &entry.record;
            record.website_id == website
                && now.duration_since(record.created).unwrap_or_default() >= age
        };
        let ids = tables.images.values().filter(is_old).map(|entry| entry.id).collect();
        Ok(tables.delete(ids, limit))
    }

    fn reassign(
        &self,
        website: WebsiteId,
        from: &UserId,
        to: &UserId,
        limit: u32,
    ) -> Result<u64, StorageError> {
        let mut tables = lock(&self.0);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let of_user = |entry: &&mut Entry| {
            entry.record.website_id == website && entry.record.user_id == *from
        };
        let mut moved = 0;
        for entry in tables.images.values_mut().filter(of_user).take(limit) {
            entry.record.user_id = to.clone();
            moved += 1;
        }
        Ok(moved)
    }

    fn scan(&self, after: Option<ImageId>, limit: u32) -> Result<Vec<Scanned>, StorageError> {
        let tables = lock(&self.0);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let follows = |entry: &&Entry| after.is_none_or(|after| entry.id > after);
        let entries = tables.images.values().filter(follows).take(limit);
        Ok(entries.map(|entry| Scanned::new(entry.id, Ok(entry.clone()))).collect())
    }

    fn holds(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let tables = lock(&self.0);
        let visible = |entry: &Entry| entry.record.has_key(key);
        Ok(tables.images.values().any(visible)
            || tables.pending.values().any(|row| row.keys.contains(key)))
    }

    fn take_over(&self, record: &ImageRecord) -> Result<Option<PendingId>, StorageError> {
        let mut tables = lock(&self.0);
        let pending = tables.pending(&record.unique_name);
        if let Some(pending) = pending {
            tables.put(pending, record, State::Deleting);
        }
        Ok(pending)
    }

    fn commit_as(
        &self,
        pending: PendingId,
        record: &ImageRecord,
        id: ImageId,
        photo_code: ImageId,
    ) -> Result<Entry, StorageError> {
        let mut tables = lock(&self.0);
        if tables.images.contains_key(&id) {
            return Err(StorageError::new(format!("there is an image with the id {id}")));
        }
        tables.take_storing(pending)?;
        tables.last_id = tables.last_id.max(id.get());
        let entry = Entry { id, photo_code, record: record.clone() };
        tables.images.insert(id, entry.clone());
        Ok(entry)
    }

    fn last_id(&self) -> Result<Option<ImageId>, StorageError> {
        Ok(ImageId::new(lock(&self.0).last_id))
    }

    fn raise_last_id(&self, id: ImageId) -> Result<(), StorageError> {
        let mut tables = lock(&self.0);
        tables.last_id = tables.last_id.max(id.get());
        Ok(())
    }
}

/// Ignores poisoning: no lock is held over a call that can panic in the middle of a change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

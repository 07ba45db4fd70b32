//! The blobs of images as objects.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{join_all, try_join_all};
use object_store::path::Path;
use object_store::signer::Method;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, GetResult, ObjectStoreExt, PutMode,
    PutMultipartOptions, PutOptions, PutPayload,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::ObjectOptions;
use super::connect::{self, Client};
use super::failure::Failure;
use super::open_object::{OpenObject, WINDOW};
use crate::format::Format;
use crate::record::BlobKey;
use crate::storage::cloud::CloudRuntime;
use crate::storage::cloud::retry::Retry;
use crate::storage::{Blobs, Content, ReadAt, StorageError};

/// How long opening tries to reach the store.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time for which every engine signs.
const LONGEST_SIGNATURE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The number of parts of one blob that are sent at the same time.
const PARTS_AT_ONCE: usize = 4;

/// [`Blobs`] in an object store: S3 and what speaks its protocol, Azure Blob Storage, or Google Cloud
/// Storage. The key of an object is the prefix, `/` and the blob's key.
///
/// A request that fails is sent again, after pauses of a random length, until
/// [`ObjectOptions::retry_timeout`]. A blob is written on the condition that its key does not exist; if
/// an attempt has no answer and the next one finds the key, the bytes are read back and compared.
#[derive(Clone)]
pub struct ObjectBlobs {
    pub(super) runtime: CloudRuntime,
    client: Client,
    options: Arc<ObjectOptions>,
    permits: Arc<Semaphore>,
}

impl ObjectBlobs {
    /// Opens the store, and checks that its keys can be listed.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when an option is invalid, or the store cannot be reached or refuses.
    pub fn open(runtime: &CloudRuntime, options: &ObjectOptions) -> Result<Self, StorageError> {
        let make = || {
            Ok::<_, StorageError>(Self {
                runtime: runtime.clone(),
                client: connect::client(options)?,
                options: Arc::new(options.clone()),
                permits: Arc::new(Semaphore::new(options.max_requests.clamp(1, 10_000))),
            })
        };
        // With a client of its own, whose connections end with the runtime that they are opened on.
        let trial = make()?;
        CloudRuntime::block_on_once(trial.check())??;
        make()
    }

    async fn check(&self) -> Result<(), StorageError> {
        let list = || self.client.once.list_with_delimiter(Some(&self.client.prefix));
        let mut retry = Retry::new(OPEN_TIMEOUT.min(self.options.retry_timeout));
        loop {
            match self.attempt(list()).await {
                Ok(_) => return Ok(()),
                Err(failure) if failure.is_transient() && retry.wait().await => {}
                Err(failure) => return Err(failure.while_trying_to("list its keys")),
            }
        }
    }

    /// One attempt of a request, within the limits on time and number.
    async fn attempt<T>(
        &self,
        request: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, Failure> {
        let _permit = self.permits.acquire().await;
        let longest = self.options.request_timeout;
        match timeout(longest, request).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Failure::TimedOut(longest)),
        }
    }

    /// Attempts of a request that may be carried out several times.
    async fn repeat<T, R>(&self, request: impl Fn() -> R) -> Result<T, Failure>
    where
        R: Future<Output = object_store::Result<T>>,
    {
        let mut retry = Retry::new(self.options.retry_timeout);
        loop {
            match self.attempt(request()).await {
                Err(failure) if failure.is_transient() && retry.wait().await => {}
                answer => return answer,
            }
        }
    }

    fn path(&self, key: &BlobKey) -> Path {
        let variant = key.variant();
        self.client.prefix.clone().join(variant.name()).join(key.name().as_str())
    }

    fn attributes(&self, key: &BlobKey) -> Attributes {
        let mut attributes = Attributes::new();
        let name = key.name().as_str();
        let format = Format::ALL.into_iter().find(|format| name.ends_with(format.extension()));
        if let Some(format) = format {
            attributes.insert(Attribute::ContentType, format.mime_type().into());
        }
        if let Some(value) = &self.options.cache_control {
            attributes.insert(Attribute::CacheControl, value.clone().into());
        }
        attributes
    }

    async fn put_one(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        if content.len() >= self.part_size() as u64 {
            return self.put_parts(key, content).await;
        }
        let path = self.path(key);
        let bytes = Bytes::from(content.read_all()?.into_owned());
        let payload = PutPayload::from_bytes(bytes.clone());
        let options = PutOptions {
            mode: PutMode::Create,
            attributes: self.attributes(key),
            ..PutOptions::default()
        };
        let mut retry = Retry::new(self.options.retry_timeout);
        // Whether an earlier attempt may have been carried out.
        let mut in_doubt = false;
        loop {
            let put = self.client.once.put_opts(&path, payload.clone(), options.clone());
            let failure = match self.attempt(put).await {
                Ok(_) => return Ok(()),
                Err(failure) => failure,
            };
            if failure.is_already_there() && in_doubt && self.has(key, &bytes).await? {
                return Ok(());
            }
            in_doubt |= failure.is_transient();
            if !failure.is_transient() || !retry.wait().await {
                let error = failure.while_trying_to(&format!("write {key}"));
                return Err(if in_doubt { error.with_unknown_outcome() } else { error });
            }
        }
    }

    /// Whether `key` has exactly these bytes.
    async fn has(&self, key: &BlobKey, bytes: &Bytes) -> Result<bool, StorageError> {
        let found = self.fetch(key, None).await?;
        Ok(found.is_some_and(|(_, found)| found == bytes))
    }

    /// Sends a large blob in parts. The store shows it once all are there.
    async fn put_parts(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        let path = self.path(key);
        let failed = |failure: Failure| failure.while_trying_to(&format!("write {key}"));
        // Engines have no condition on the last step. A name is random, and used once.
        match self.repeat(|| self.client.once.head(&path)).await {
            Err(failure) if failure.is_not_found() => {}
            Err(failure) => return Err(failed(failure)),
            Ok(_) => return Err(StorageError::new(format!("{key} already exists"))),
        }
        let options = PutMultipartOptions {
            attributes: self.attributes(key),
            ..PutMultipartOptions::default()
        };
        let _permit = self.permits.acquire().await;
        let upload = self.client.repeating.put_multipart_opts(&path, options).await;
        let mut upload = upload.map_err(|error| failed(error.into()))?;
        let sent = async {
            let mut offset = 0;
            while offset < content.len() {
                let mut parts = Vec::with_capacity(PARTS_AT_ONCE);
                while parts.len() < PARTS_AT_ONCE && offset < content.len() {
                    let part = self.part(content, offset)?;
                    offset += part.len() as u64;
                    parts.push(upload.put_part(part.into()));
                }
                try_join_all(parts).await.map_err(|error| failed(error.into()))?;
            }
            upload.complete().await.map_err(|error| failed(error.into()))
        };
        let Err(error) = sent.await else { return Ok(()) };
        // The last step may have succeeded without an answer.
        match self.repeat(|| self.client.once.head(&path)).await {
            Ok(found) if found.size == content.len() => Ok(()),
            _ => {
                let _ = upload.abort().await;
                Err(error.with_unknown_outcome())
            }
        }
    }

    async fn list_after(
        &self,
        after: Option<&BlobKey>,
        limit: usize,
    ) -> Result<Vec<BlobKey>, StorageError> {
        let prefix = Some(&self.client.prefix).filter(|prefix| !prefix.as_ref().is_empty());
        let mut keys = Vec::new();
        let mut retry = Retry::new(self.options.retry_timeout);
        let mut last = after.map(|key| self.path(key));
        loop {
            let mut found = match &last {
                Some(last) => self.client.once.list_with_offset(prefix, last),
                None => self.client.once.list(prefix),
            };
            let failure = loop {
                if keys.len() >= limit {
                    return Ok(keys);
                }
                match self.attempt(async { found.next().await.transpose() }).await {
                    Ok(None) => return Ok(keys),
                    Ok(Some(object)) => {
                        keys.extend(self.key(&object.location));
                        last = Some(object.location);
                    }
                    Err(failure) => break failure,
                }
            };
            if !failure.is_transient() || !retry.wait().await {
                return Err(failure.while_trying_to("list its keys"));
            }
        }
    }

    /// The key of an object, or `None` if it is not a blob of an image.
    fn key(&self, path: &Path) -> Option<BlobKey> {
        let parts: Vec<_> = path.prefix_match(&self.client.prefix)?.collect();
        match parts.as_slice() {
            [folder, name] => {
                BlobKey::parse(&format!("{}/{}", folder.as_ref(), name.as_ref())).ok()
            }
            _ => None,
        }
    }

    fn part_size(&self) -> usize {
        self.options.part_size.max(ObjectOptions::MIN_PART_SIZE)
    }

    /// The part of a large blob that begins at `offset`.
    fn part(&self, content: &Content<'_>, offset: u64) -> Result<Bytes, StorageError> {
        let rest = content.len().saturating_sub(offset);
        let mut part = vec![0; self.part_size().min(usize::try_from(rest).unwrap_or(usize::MAX))];
        let read = content.read_at(offset, &mut part)?;
        if read < part.len() {
            let reason = format!("the bytes end at {}", offset + read as u64);
            return Err(StorageError::new(reason));
        }
        Ok(part.into())
    }

    /// A range of a blob, or all of it, and the length of all of it.
    pub(super) async fn fetch(
        &self,
        key: &BlobKey,
        range: Option<GetRange>,
    ) -> Result<Option<(u64, Bytes)>, StorageError> {
        let path = self.path(key);
        let get = || {
            let options = GetOptions { range: range.clone(), ..GetOptions::default() };
            async {
                let found: GetResult = self.client.once.get_opts(&path, options).await?;
                Ok((found.meta.size, found.bytes().await?))
            }
        };
        match self.repeat(get).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.is_not_found() => Ok(None),
            Err(failure) => Err(failure.while_trying_to(&format!("read {key}"))),
        }
    }
}

impl Blobs for ObjectBlobs {
    fn put(&self, key: &BlobKey, content: &Content<'_>) -> Result<(), StorageError> {
        self.runtime.block_on(self.put_one(key, content))?
    }

    fn put_all(&self, blobs: &[(BlobKey, Content<'_>)]) -> Result<(), StorageError> {
        let puts = blobs.iter().map(|(key, content)| self.put_one(key, content));
        // All of them end before the result is known: none is being written when this returns.
        let results = self.runtime.block_on(join_all(puts))?;
        let (unknown, known): (Vec<_>, Vec<_>) =
            results.into_iter().filter_map(Result::err).partition(StorageError::is_outcome_unknown);
        unknown.into_iter().chain(known).next().map_or(Ok(()), Err)
    }

    fn open(&self, key: &BlobKey, len: u64) -> Result<Option<Box<dyn ReadAt>>, StorageError> {
        let first = (len > WINDOW).then_some(GetRange::Bounded(0..WINDOW));
        let found = self.runtime.block_on(self.fetch(key, first))??;
        Ok(found.map(|(len, bytes)| {
            Box::new(OpenObject::new(self.clone(), key.clone(), len, bytes)) as Box<dyn ReadAt>
        }))
    }

    fn delete(&self, key: &BlobKey) -> Result<bool, StorageError> {
        let path = self.path(key);
        let failed = |failure: Failure| failure.while_trying_to(&format!("delete {key}"));
        let delete = async {
            // S3 does not answer whether an object existed.
            let existed = match self.repeat(|| self.client.once.head(&path)).await {
                Ok(_) => true,
                Err(failure) if failure.is_not_found() => false,
                Err(failure) => return Err(failed(failure)),
            };
            match self.repeat(|| self.client.once.delete(&path)).await {
                Ok(()) => Ok(existed),
                Err(failure) if failure.is_not_found() => Ok(existed),
                Err(failure) => Err(failed(failure)),
            }
        };
        self.runtime.block_on(delete)?
    }

    fn list(&self, after: Option<&BlobKey>, limit: usize) -> Result<Vec<BlobKey>, StorageError> {
        self.runtime.block_on(self.list_after(after, limit))?
    }

    fn url(&self, key: &BlobKey, expires: Duration) -> Result<Option<String>, StorageError> {
        if !self.options.signed_urls {
            return Ok(None);
        }
        if expires > LONGEST_SIGNATURE {
            return Err(StorageError::new("a signed URL expires after 7 days at most"));
        }
        let path = self.path(key);
        let sign = || self.client.signer.signed_url(Method::GET, &path, expires);
        let signed = self.runtime.block_on(self.repeat(sign))?;
        let url = signed.map_err(|failure| failure.while_trying_to(&format!("sign {key}")))?;
        Ok(Some(url.into()))
    }
}

impl fmt::Debug for ObjectBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBlobs").field("options", &self.options).finish_non_exhaustive()
    }
}
